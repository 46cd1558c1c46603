//! Lines of native events, each with its answer, in their order.

use std::io::{BufReader, Read};
use std::mem;

use aggregate::pricing::Pricer;
use anyhow::Context;
use ingest::decode::{DecodeOptions, Decoded, NativeDecoder, RawRecord};
use ingest::dedup::{DedupIndex, DedupLimits};
use ingest::file_source::read_line;
use schemas::price_book::PriceBook;

use crate::commands::prices::answer::{Answer, answers};

/// Lines that are priced at a time.
const LINES_MAX: usize = 4_096;
/// All lines have one offset: to the duplicate index each is the same event met again, never a copy
/// of an earlier one, so every line is priced.
const OFFSET: i64 = 0;

/// A line that was decoded but not answered yet.
#[derive(Debug)]
enum Line {
    /// It is the next row of the batch.
    Event,
    /// It is no event.
    Rejected(Box<Answer>),
}

/// Decodes lines and prices them batch by batch.
pub(super) struct EventLines {
    decoder: NativeDecoder,
    dedup: DedupIndex,
    pricer: Pricer,
    book: String,
    bytes_max: usize,
    waiting: Vec<Line>,
}

impl EventLines {
    pub(super) fn new(pricer: Pricer, book: &PriceBook, options: DecodeOptions) -> Self {
        let limits = DedupLimits {
            horizon_s: 0,
            entries_max: 1,
        };
        Self {
            bytes_max: options.message_bytes_max,
            decoder: NativeDecoder::new("stdin", "", options),
            dedup: DedupIndex::new(limits),
            pricer,
            book: book.short_id().to_owned(),
            waiting: Vec::new(),
        }
    }

    /// Answers every line of an input, each answer a line of JSON. What was read so far is answered
    /// before more is waited for, so that another program can ask line by line.
    ///
    /// # Errors
    /// Input that cannot be read, and what `emit` gives.
    pub(super) fn answer_all(
        &mut self,
        mut input: BufReader<impl Read>,
        emit: &mut dyn FnMut(&str) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let mut line = Vec::new();
        loop {
            let read = read_line(&mut input, &mut line, self.bytes_max);
            let is_end = read.context("cannot read standard input")? == 0;
            if !is_end {
                self.push(&line);
            }
            let may_wait = !input.buffer().contains(&b'\n');
            if is_end || may_wait || self.is_full() {
                emit(&self.take_text()?)?;
            }
            if is_end {
                return Ok(());
            }
        }
    }

    /// Decodes a line; its answer comes with [`Self::take_answers`].
    pub(super) fn push(&mut self, line: &[u8]) {
        let record = RawRecord {
            partition: 0,
            offset: OFFSET,
            time_us: None,
            key: None,
            payload: Some(line),
        };
        let decoded = self.decoder.decode(&record, &Vec::new, &mut self.dedup);
        let reject = self.decoder.take_rejects().pop();
        self.waiting.push(match (decoded, reject) {
            (Decoded::Event { .. }, _) => Line::Event,
            (_, Some(reject)) => Line::Rejected(Box::new(Answer::rejected(&reject, &self.book))),
            (_, None) => Line::Rejected(Box::new(Answer::empty(&self.book))),
        });
    }

    fn take_text(&mut self) -> anyhow::Result<String> {
        let mut text = String::new();
        for answer in self.take_answers()? {
            text.push_str(&serde_json::to_string(&answer)?);
            text.push('\n');
        }
        Ok(text)
    }

    fn is_full(&self) -> bool {
        self.waiting.len() >= LINES_MAX || self.decoder.is_full()
    }

    /// The answers to the lines since the last call, in their order.
    ///
    /// # Errors
    /// An error of a stage means a defect, not bad input.
    pub(super) fn take_answers(&mut self) -> anyhow::Result<Vec<Answer>> {
        let events = self.decoder.finish()?;
        let mut priced = answers(&mut self.pricer, &events)?.into_iter();
        let lines = mem::take(&mut self.waiting).into_iter();
        let answer = |line| match line {
            Line::Event => priced.next().context("an event got no answer"),
            Line::Rejected(answer) => Ok(*answer),
        };
        lines.map(answer).collect()
    }
}

#[cfg(test)]
mod tests;
