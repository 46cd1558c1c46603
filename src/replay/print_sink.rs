//! Replayed events on stdout, one a line.

use std::io::{self, ErrorKind, Write};

use crate::console::OutputClosed;
use crate::replay::EventSink;

/// Writes payloads as lines.
#[derive(Debug)]
pub(crate) struct PrintSink;

impl EventSink for PrintSink {
    fn send(&mut self, _key: &str, payload: &[u8], _time_ms: i64) -> anyhow::Result<()> {
        let mut out = io::stdout().lock();
        let written = out.write_all(payload).and_then(|()| out.write_all(b"\n"));
        checked(written)
    }

    fn flush(&mut self) -> anyhow::Result<()> {
        checked(io::stdout().lock().flush())
    }
}

fn checked(written: io::Result<()>) -> anyhow::Result<()> {
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(OutputClosed.into()),
        written => Ok(written?),
    }
}
