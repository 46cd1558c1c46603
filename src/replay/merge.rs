//! Several sources as one: the next line is that with the earliest time.

use anyhow::Context;

use crate::replay::ndjson::Head;
use crate::replay::source::{LineFormat, Lines, Source};
use crate::replay::trace::TraceRow;

/// One line of one source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    /// The source's place in the list.
    pub(crate) source: usize,
    /// The line's number among the source's rows or events, from 0.
    pub(crate) line: u64,
    /// Its time; a line without one takes that of the line before it.
    pub(crate) time_us: i64,
    /// What it says.
    pub(crate) body: RecordBody,
}

/// What a line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RecordBody {
    /// A row of a trace.
    Trace(TraceRow),
    /// An event as it is.
    Line(NdjsonLine),
}

/// A line of NDJSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NdjsonLine {
    /// Its bytes.
    pub(crate) bytes: Vec<u8>,
    /// Its user and time.
    pub(crate) head: Head,
}

/// The records of one source.
#[derive(Debug)]
pub(crate) struct Records {
    source: usize,
    lines: Lines,
    line: u64,
    time_us: i64,
}

impl Records {
    /// Opens a source.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub(crate) fn open(source: &Source, index: usize) -> anyhow::Result<Self> {
        Ok(Self {
            source: index,
            lines: source.open()?,
            line: 0,
            time_us: 0,
        })
    }

    /// The next record.
    ///
    /// # Errors
    /// If the source cannot be read, or a trace has a row that is none.
    pub(crate) fn next(&mut self) -> anyhow::Result<Option<Record>> {
        let Some(bytes) = self.lines.next()? else {
            return Ok(None);
        };
        let body = match self.lines.format() {
            LineFormat::Trace => {
                let row = TraceRow::parse(&bytes).with_context(|| self.lines.place())?;
                self.time_us = row.time_us;
                RecordBody::Trace(row)
            }
            LineFormat::Ndjson => {
                let head = Head::of(&bytes);
                self.time_us = head.time_us.unwrap_or(self.time_us);
                RecordBody::Line(NdjsonLine { bytes, head })
            }
        };
        let record = Record {
            source: self.source,
            line: self.line,
            time_us: self.time_us,
            body,
        };
        self.line += 1;
        Ok(Some(record))
    }
}

/// The records of all sources, each source in its own order.
#[derive(Debug)]
pub(crate) struct Merge {
    heads: Vec<(Record, Records)>,
    failed: bool,
}

impl Merge {
    /// Opens the sources.
    ///
    /// # Errors
    /// If one cannot be opened or its first line not read.
    pub(crate) fn open(sources: &[Source]) -> anyhow::Result<Self> {
        let mut heads = Vec::new();
        for (index, source) in sources.iter().enumerate() {
            let mut records = Records::open(source, index)?;
            if let Some(first) = records.next()? {
                heads.push((first, records));
            }
        }
        Ok(Self {
            heads,
            failed: false,
        })
    }
}

impl Iterator for Merge {
    type Item = anyhow::Result<Record>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let by_time = |(_, (record, _)): &(usize, &(Record, Records))| record.time_us;
        let (at, _) = self.heads.iter().enumerate().min_by_key(by_time)?;
        let (head, records) = self.heads.get_mut(at)?;
        match records.next() {
            Ok(Some(next)) => Some(Ok(std::mem::replace(head, next))),
            Ok(None) => Some(Ok(self.heads.remove(at).0)),
            Err(error) => {
                self.failed = true;
                Some(Err(error))
            }
        }
    }
}

#[cfg(test)]
mod tests;
