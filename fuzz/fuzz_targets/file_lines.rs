//! Lines of files and of standard input, however the bytes come in.
#![no_main]

use std::io::BufReader;

use ingest::file_source::read_line;
use libfuzzer_sys::fuzz_target;

/// The longest line; so short that longer ones are common.
const LINE_BYTES_MAX: usize = 40;

fuzz_target!(|input: &[u8]| {
    let Some((&capacity, content)) = input.split_first() else {
        return;
    };
    let mut source = BufReader::with_capacity(1 + usize::from(capacity % 64), content);
    let mut line = Vec::new();
    for expected in content.split_inclusive(|&byte| byte == b'\n') {
        let width = read_line(&mut source, &mut line, LINE_BYTES_MAX).expect("memory can be read");
        assert_eq!(usize::try_from(width), Ok(expected.len()));
        let expected = expected.strip_suffix(b"\n").unwrap_or(expected);
        let expected = expected.strip_suffix(b"\r").unwrap_or(expected);
        if expected.len() > LINE_BYTES_MAX {
            assert_eq!(line.len(), LINE_BYTES_MAX + 1, "seen to be too long");
            assert!(expected.starts_with(&line));
        } else {
            assert_eq!(line, expected);
        }
    }
    let end = read_line(&mut source, &mut line, LINE_BYTES_MAX).expect("memory can be read");
    assert_eq!(end, 0);
});
