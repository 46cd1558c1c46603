//! What is in the sources, found before the first event is sent: how many, and from when to when.

use anyhow::bail;
use schemas::time::US_PER_S;

use crate::replay::Traffic;
use crate::replay::merge::{Record, RecordBody, Records};
use crate::replay::pace::Pace;
use crate::replay::source::{LineFormat, Source};

/// What is in the sources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Survey {
    lines: Vec<u64>,
    is_complete: bool,
    /// The earliest time, microseconds since the Unix epoch.
    pub(crate) first_us: Option<i64>,
    /// The latest time, microseconds since the Unix epoch.
    pub(crate) last_us: Option<i64>,
    /// How far two rounds lie apart, microseconds.
    pub(crate) period_us: i64,
}

impl Survey {
    /// Reads the sources once, so that a row that is none is found before anything is sent.
    ///
    /// # Errors
    /// If a source cannot be read, or is stdin and must be read twice.
    pub(crate) fn of(traffic: &Traffic) -> anyhow::Result<Self> {
        let mut survey = Self {
            lines: vec![0; traffic.sources.len()],
            is_complete: true,
            first_us: None,
            last_us: None,
            period_us: 0,
        };
        for (index, source) in traffic.sources.iter().enumerate() {
            if !source.is_stdin() {
                survey.read(source, index, traffic)?;
            } else if traffic.repeat > 1 {
                bail!("stdin can be read only once: leave out --repeat, or name a file");
            } else {
                survey.is_complete = false;
            }
        }
        if let (Some(first), Some(last)) = (survey.first_us, survey.last_us) {
            survey.period_us = last - first + US_PER_S;
        }
        Ok(survey)
    }

    /// How many lines a source has.
    pub(crate) fn lines(&self, source: usize) -> u64 {
        self.lines.get(source).copied().unwrap_or(0)
    }

    /// How many events the traffic has, if that can be known.
    pub(crate) fn events(&self, traffic: &Traffic) -> Option<u64> {
        let once: u64 = self.lines.iter().sum();
        let all = self
            .is_complete
            .then(|| once.saturating_mul(traffic.repeat));
        match (all, traffic.limit) {
            (Some(all), Some(limit)) => Some(all.min(limit)),
            (all, limit) => all.or(limit),
        }
    }

    fn read(&mut self, source: &Source, index: usize, traffic: &Traffic) -> anyhow::Result<()> {
        let is_paced = matches!(traffic.pace, Pace::Speed { .. });
        let mut lines = source.open()?;
        let mut count = 0;
        if lines.format() == LineFormat::Ndjson && !is_paced {
            // Nothing but their number matters: reading their times would cost as much as sending.
            while lines.next()?.is_some() {
                count += 1;
            }
        } else {
            let mut records = Records::open(source, index)?;
            while let Some(record) = records.next()? {
                count += 1;
                self.include(&record);
            }
        }
        if let Some(lines) = self.lines.get_mut(index) {
            *lines = count;
        }
        Ok(())
    }

    fn include(&mut self, record: &Record) {
        let time_us = match &record.body {
            RecordBody::Trace(row) => Some(row.time_us),
            RecordBody::Line(line) => line.head.time_us,
        };
        if let Some(time_us) = time_us {
            self.first_us = Some(self.first_us.map_or(time_us, |us| us.min(time_us)));
            self.last_us = Some(self.last_us.map_or(time_us, |us| us.max(time_us)));
        }
    }
}
