//! What the program says to people: results on stdout, notes on stderr.

use std::fmt::{self, Display};
use std::io::{self, ErrorKind, Write};

/// The reader of stdout, such as `head`, has seen enough: no failure.
#[derive(Debug)]
pub(crate) struct OutputClosed;

impl Display for OutputClosed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the reader of the output has closed it")
    }
}

impl std::error::Error for OutputClosed {}

/// Writes one line to stdout.
///
/// # Errors
/// [`OutputClosed`] if its reader is gone, otherwise what the system says.
pub(crate) fn line(text: impl Display) -> anyhow::Result<()> {
    write(format_args!("{text}\n"))
}

/// Writes a text to stdout as it is.
///
/// # Errors
/// As [`fn@line`].
pub(crate) fn text(text: impl Display) -> anyhow::Result<()> {
    write(format_args!("{text}"))
}

fn write(text: fmt::Arguments<'_>) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_fmt(text).and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(OutputClosed.into()),
        Err(error) => Err(error.into()),
    }
}

/// Writes one line to stderr.
pub(crate) fn note(text: impl Display) {
    let mut out = io::stderr().lock();
    // Nobody is left to tell if this fails.
    drop(writeln!(out, "{text}"));
}
