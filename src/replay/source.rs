//! Where replayed events come from: files, the embedded traces, stdin; packed or plain.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use flate2::bufread::MultiGzDecoder;

/// The longest line; a file without line ends must not fill the memory.
const LINE_BYTES_MAX: u64 = 16 << 20;
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// How a trace begins.
const TRACE_HEADER: &[u8] = b"TIMESTAMP,ContextTokens,GeneratedTokens";

const CODE_TRACE: &[u8] = include_bytes!("../../traces/AzureLLMInferenceTrace_code.csv.zst");
const CHAT_TRACE: &[u8] = include_bytes!("../../traces/AzureLLMInferenceTrace_conv.csv.zst");

/// One source of lines.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Source {
    stem: String,
    place: Place,
}

#[derive(Clone, PartialEq, Eq)]
enum Place {
    File(PathBuf),
    Embedded(&'static [u8]),
    Stdin,
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Source({})", self.name())
    }
}

/// What the lines of a source are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LineFormat {
    /// Rows of a trace, below its header.
    Trace,
    /// One event a line.
    Ndjson,
}

impl Source {
    /// A file, or stdin if the path is `-`.
    pub(crate) fn of_path(path: &Path) -> Self {
        if path == Path::new("-") {
            return Self {
                stem: "stdin".to_owned(),
                place: Place::Stdin,
            };
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Self {
            stem: name.split('.').next().unwrap_or_default().to_owned(),
            place: Place::File(path.to_owned()),
        }
    }

    /// The traces that the program carries: a code completion service and a chat service.
    pub(crate) fn embedded() -> Vec<Self> {
        let trace = |stem: &str, bytes| Self {
            stem: stem.to_owned(),
            place: Place::Embedded(bytes),
        };
        vec![trace("code", CODE_TRACE), trace("chat", CHAT_TRACE)]
    }

    /// The file's name up to its first dot.
    pub(crate) fn stem(&self) -> &str {
        &self.stem
    }

    /// What to call it in messages.
    pub(crate) fn name(&self) -> String {
        match &self.place {
            Place::File(path) => path.display().to_string(),
            Place::Embedded(_) => format!("the embedded trace `{}`", self.stem),
            Place::Stdin => "stdin".to_owned(),
        }
    }

    /// Whether it can be read only once.
    pub(crate) fn is_stdin(&self) -> bool {
        self.place == Place::Stdin
    }

    /// Opens it at its first line.
    ///
    /// # Errors
    /// If it cannot be opened or unpacked.
    pub(crate) fn open(&self) -> anyhow::Result<Lines> {
        let opened = || -> io::Result<Box<dyn BufRead>> {
            match &self.place {
                Place::File(path) => unpacked(BufReader::new(File::open(path)?)),
                Place::Embedded(bytes) => unpacked(*bytes),
                Place::Stdin => unpacked(BufReader::new(io::stdin())),
            }
        };
        let reader = opened().with_context(|| format!("cannot open {}", self.name()))?;
        Lines::new(reader, self.name())
    }
}

/// Unpacks by content, so that a wrong ending does no harm.
fn unpacked(mut reader: impl BufRead + 'static) -> io::Result<Box<dyn BufRead>> {
    let start = reader.fill_buf()?;
    if start.starts_with(&GZIP_MAGIC) {
        Ok(Box::new(BufReader::new(MultiGzDecoder::new(reader))))
    } else if start.starts_with(&ZSTD_MAGIC) {
        let decoder = zstd::stream::read::Decoder::with_buffer(reader)?;
        Ok(Box::new(BufReader::new(decoder)))
    } else {
        Ok(Box::new(reader))
    }
}

/// The lines of one source, without their ends; empty lines are passed over.
pub(crate) struct Lines {
    reader: Box<dyn BufRead>,
    name: String,
    format: LineFormat,
    /// Lines of the file so far, counted for messages.
    line: u64,
    ahead: Option<Vec<u8>>,
}

impl fmt::Debug for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lines({}:{})", self.name, self.line)
    }
}

impl Lines {
    fn new(reader: Box<dyn BufRead>, name: String) -> anyhow::Result<Self> {
        let mut lines = Self {
            reader,
            name,
            format: LineFormat::Ndjson,
            line: 0,
            ahead: None,
        };
        match lines.next()? {
            Some(first) if first.starts_with(TRACE_HEADER) => lines.format = LineFormat::Trace,
            first => lines.ahead = first,
        }
        Ok(lines)
    }

    /// What its lines are.
    pub(crate) fn format(&self) -> LineFormat {
        self.format
    }

    /// `FILE:LINE` of the line read last.
    pub(crate) fn place(&self) -> String {
        format!("{}:{}", self.name, self.line)
    }

    /// The next line that is not empty, the last one with or without a line end.
    ///
    /// # Errors
    /// If it cannot be read, or is longer than a line may be.
    pub(crate) fn next(&mut self) -> anyhow::Result<Option<Vec<u8>>> {
        if let Some(line) = self.ahead.take() {
            return Ok(Some(line));
        }
        loop {
            let mut line = Vec::new();
            let mut reader = (&mut self.reader).take(LINE_BYTES_MAX + 1);
            let read = reader.read_until(b'\n', &mut line);
            self.line += 1;
            let read = read.with_context(|| format!("cannot read {}", self.place()))?;
            if read == 0 {
                return Ok(None);
            }
            if line.ends_with(b"\n") {
                line.pop();
            } else if u64::try_from(read).is_ok_and(|read| read > LINE_BYTES_MAX) {
                bail!(
                    "{}: the line is longer than {LINE_BYTES_MAX} bytes",
                    self.place()
                );
            }
            if line.ends_with(b"\r") {
                line.pop();
            }
            if !line.is_empty() {
                return Ok(Some(line));
            }
        }
    }
}

#[cfg(test)]
mod tests;
