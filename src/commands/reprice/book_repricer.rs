//! Stored events, priced by a book; and what their windows differ by then.

use std::sync::Arc;

use aggregate::{Pricer, WindowDifference};
use arrow::array::RecordBatch;
use schemas::event::event_schema;
use schemas::price_book::PriceBook;
use schemas::rollup::Rollup;
use schemas::window_rows::WindowRows;
use sinks::Repricer;
use sinks::reprice::RepricerError;

/// Prices by one book, and corrects the windows of some rollups.
#[derive(Debug)]
pub(super) struct BookRepricer {
    pricer: Pricer,
    difference: WindowDifference,
}

impl BookRepricer {
    /// # Errors
    /// A rollup that cannot be kept.
    pub(super) fn new(book: Arc<PriceBook>, rollups: &[Rollup]) -> anyhow::Result<Self> {
        Ok(Self {
            pricer: Pricer::new(book),
            difference: WindowDifference::new(rollups)?,
        })
    }
}

impl Repricer for BookRepricer {
    fn price(&mut self, stored: &RecordBatch) -> Result<RecordBatch, RepricerError> {
        // Priced rows are the event's columns, then those of its price.
        let columns: Vec<usize> = (0..event_schema().fields().len()).collect();
        let events = stored.project(&columns)?;
        let events = RecordBatch::try_new(event_schema(), events.columns().to_vec())?;
        Ok(self.pricer.price(&events)?)
    }

    fn correct(&mut self, old: &RecordBatch, new: &RecordBatch) -> Result<(), RepricerError> {
        Ok(self.difference.add(old, new)?)
    }

    fn memory_bytes(&self) -> usize {
        self.difference.memory_bytes()
    }

    fn take_corrections(&mut self) -> Result<Vec<WindowRows>, RepricerError> {
        Ok(self.difference.finish()?)
    }
}
