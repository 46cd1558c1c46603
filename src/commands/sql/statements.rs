//! Where statements end in a text: at a `;` that is in no literal, quoted name or comment.

/// Splits a script into its statements.
///
/// Each statement keeps its place: what stands before it is blanked, not cut off, so that lines
/// and columns in messages are those of the script.
pub(super) fn split(script: &str) -> Vec<String> {
    let mut statements = Vec::new();
    let mut start = 0;
    for end in ends(script).chain([script.len()]) {
        if has_content(&script[start..end]) {
            let before = script[..start].chars();
            let mut statement: String = before.map(|c| if c == '\n' { c } else { ' ' }).collect();
            statement.push_str(&script[start..end]);
            statements.push(statement);
        }
        start = script.len().min(end + 1);
    }
    statements
}

/// Whether a text at the prompt can be run: its last statement is ended, or there is none.
pub(super) fn is_complete(text: &str) -> bool {
    match ends(text).last() {
        Some(end) => !has_content(&text[end + 1..]),
        None => !has_content(text),
    }
}

/// What a character is part of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Region {
    Code,
    Quoted(char),
    LineComment,
    /// These comments nest.
    BlockComment(usize),
}

/// The places of the semicolons that end statements.
fn ends(text: &str) -> impl Iterator<Item = usize> + '_ {
    regions(text).filter_map(|(at, character, region)| {
        (region == Region::Code && character == ';').then_some(at)
    })
}

/// Whether there is anything but blanks, comments and semicolons.
fn has_content(text: &str) -> bool {
    regions(text).any(|(_, character, region)| match region {
        Region::Code => !character.is_whitespace() && character != ';',
        Region::Quoted(_) => true,
        Region::LineComment | Region::BlockComment(_) => false,
    })
}

/// Each character with its place and what it is part of. A doubled quote ends a literal and
/// begins the next, which comes to the same.
fn regions(text: &str) -> impl Iterator<Item = (usize, char, Region)> + '_ {
    let mut region = Region::Code;
    let mut closes_comment = false;
    let mut opens_comment = false;
    text.char_indices().map(move |(at, character)| {
        let rest = &text[at..];
        let was = region;
        if std::mem::take(&mut closes_comment) {
            // The `/` of `*/` is part of the comment that it ends.
            region = match region {
                Region::BlockComment(depth) if depth > 1 => Region::BlockComment(depth - 1),
                _ => Region::Code,
            };
            return (at, character, was);
        }
        if std::mem::take(&mut opens_comment) {
            return (at, character, was);
        }
        match region {
            Region::Code if matches!(character, '\'' | '"' | '`') => {
                region = Region::Quoted(character);
            }
            Region::Code if rest.starts_with("--") => region = Region::LineComment,
            Region::Code if rest.starts_with("/*") => {
                region = Region::BlockComment(1);
                opens_comment = true;
            }
            Region::Quoted(quote) if character == quote => region = Region::Code,
            Region::LineComment if character == '\n' => region = Region::Code,
            Region::BlockComment(depth) if rest.starts_with("/*") => {
                region = Region::BlockComment(depth + 1);
                opens_comment = true;
            }
            Region::BlockComment(_) if rest.starts_with("*/") => closes_comment = true,
            _ => {}
        }
        let is_within = if was == Region::Code { region } else { was };
        (at, character, is_within)
    })
}

#[cfg(test)]
mod tests;
