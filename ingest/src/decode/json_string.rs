//! JSON strings: finding their end, and turning escapes into characters.

use super::byte_block::{BLOCK, plain_prefix};

/// The content of a JSON string as it is spelled, known to be valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RawString<'a> {
    spelling: &'a str,
    escaped: bool,
}

impl<'a> RawString<'a> {
    pub(crate) const fn new(spelling: &'a str, escaped: bool) -> Self {
        Self { spelling, escaped }
    }

    /// The characters that the string means. Escapes are written out into the front of `arena`,
    /// which then shrinks to its rest; a text has room in an arena as long as itself.
    #[inline]
    pub(crate) fn decode(self, arena: &mut &'a mut [u8]) -> &'a str {
        if self.escaped {
            self.unescape(arena)
        } else {
            self.spelling
        }
    }

    #[cold]
    fn unescape(self, arena: &mut &'a mut [u8]) -> &'a str {
        let length = write_unescaped(self.spelling, arena);
        let (text, rest) = std::mem::take(arena).split_at_mut(length);
        *arena = rest;
        std::str::from_utf8(text).unwrap_or_default()
    }
}

/// Writes a valid spelling's characters to the front of `target`, as many bytes as are returned.
fn write_unescaped(spelling: &str, target: &mut [u8]) -> usize {
    let bytes = spelling.as_bytes();
    let mut written = 0;
    let mut put = |piece: &[u8]| {
        if let Some(room) = target.get_mut(written..written + piece.len()) {
            room.copy_from_slice(piece);
            written += piece.len();
        }
    };
    let mut at = 0;
    while at < bytes.len() {
        let end = find_special(bytes, at);
        put(&bytes[at..end]);
        let Some(&kind) = bytes.get(end + 1) else {
            break;
        };
        let (character, next) = match kind {
            b'u' => unicode_escape(bytes, end).unwrap_or((char::REPLACEMENT_CHARACTER, end + 6)),
            other => (
                short_escape(other).unwrap_or(char::REPLACEMENT_CHARACTER),
                end + 2,
            ),
        };
        put(character.encode_utf8(&mut [0; 4]).as_bytes());
        at = next;
    }
    written
}

/// Where the first byte from `at` on stands that ends a run of plain characters: a quote, a
/// backslash or a control character; the text's length if there is none.
#[inline]
pub(crate) fn find_special(bytes: &[u8], mut at: usize) -> usize {
    while let Some(block) = bytes.get(at..).and_then(|rest| rest.first_chunk()) {
        let plain = plain_prefix(block);
        at += plain;
        if plain < BLOCK {
            return at;
        }
    }
    while bytes
        .get(at)
        .is_some_and(|&byte| byte >= b' ' && byte != b'"' && byte != b'\\')
    {
        at += 1;
    }
    at
}

/// Where the escape ends whose backslash stands at `at`; `None` if it names no character.
pub(crate) fn escape_end(bytes: &[u8], at: usize) -> Option<usize> {
    match *bytes.get(at + 1)? {
        b'u' => unicode_escape(bytes, at).map(|(_, end)| end),
        kind => short_escape(kind).map(|_| at + 2),
    }
}

const fn short_escape(kind: u8) -> Option<char> {
    Some(match kind {
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        _ => return None,
    })
}

/// Reads the escape whose backslash stands at `at`, with the second one of a surrogate pair.
fn unicode_escape(bytes: &[u8], at: usize) -> Option<(char, usize)> {
    let first = hex_escape(bytes, at)?;
    if !(0xd800..0xdc00).contains(&first) {
        // A low surrogate on its own is no character either.
        return char::from_u32(first).map(|character| (character, at + 6));
    }
    let second = hex_escape(bytes, at + 6).filter(|second| (0xdc00..0xe000).contains(second))?;
    let code = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
    char::from_u32(code).map(|character| (character, at + 12))
}

/// The number in an escape of the form `\uXXXX`.
fn hex_escape(bytes: &[u8], at: usize) -> Option<u32> {
    let [b'\\', b'u', digits @ ..] = bytes.get(at..at + 6)? else {
        return None;
    };
    digits.iter().try_fold(0, |code, &digit| {
        Some(code << 4 | char::from(digit).to_digit(16)?)
    })
}

#[cfg(test)]
mod tests;
