//! What must hold in every state, whatever happened.

use crate::reprice::decision::Standing;

use super::logs::Table;
use super::rows::{OFFSETS_MAX, PARTITIONS, Rows};
use super::world::{State, World};

impl World {
    /// The rule that a state breaks.
    pub(super) fn broken(&self, state: &State) -> Option<&'static str> {
        let rows = Table::ALL.map(|table| state.log(table).rows());
        let owed = owed(state);
        (0..PARTITIONS).find_map(|partition| {
            let next = self.next(state, partition);
            let [_, events_next, windows_next] = next;
            if windows_next > events_next {
                return Some("cost_windows are ahead of events");
            }
            (0..OFFSETS_MAX).find_map(|offset| {
                let broken = self.broken_at(partition, offset, rows, next);
                broken.or_else(|| costs_differ(partition, offset, rows, owed))
            })
        })
    }

    /// The rule that one offset breaks: it is due where the table has come so far.
    fn broken_at(
        &self,
        partition: usize,
        offset: u8,
        rows: [Rows; 3],
        [_, events_next, windows_next]: [u8; 3],
    ) -> Option<&'static str> {
        let message = self.topic[partition].as_bytes().get(usize::from(offset));
        let [rejects, events, windows] = rows.map(|rows| rows.count(partition, offset));
        let (is_event, is_reject) = (message == Some(&b'e'), message == Some(&b'r'));
        let due = |is_due: bool| u64::from(is_due);
        if events != due(is_event && offset < events_next) {
            return Some("an offset is not exactly once in events");
        }
        if windows != due(is_event && offset < windows_next) {
            return Some("cost_windows do not sum to the events they claim");
        }
        // Rejects may be ahead of events, not behind.
        let is_enough = rejects >= due(is_reject && offset < events_next);
        if rejects > due(is_reject) || !is_enough {
            return Some("an offset is not exactly once in rejects");
        }
        None
    }

    /// Whether the whole topic is in all tables, and no reprice is half-done.
    pub(super) fn is_end(&self, state: &State) -> bool {
        let is_settled = state.standing() == Standing::Settled;
        is_settled
            && (0..PARTITIONS).all(|partition| {
                let [_, events, windows] = self.next(state, partition);
                events == self.end(partition) && windows == events
            })
    }

    /// The next offsets of the tables as they truly are.
    fn next(&self, state: &State, partition: usize) -> [u8; 3] {
        Table::ALL.map(|table| {
            let log = state.log(table);
            log.next(partition, log.head()).value
        })
    }
}

/// The corrections that `cost_windows` lacks, as the manifest of the last reprice has them.
fn owed(state: &State) -> Rows {
    let events = state.log(Table::Events);
    match state.standing() {
        Standing::HalfDone { .. } => events.manifest(events.head()).unwrap_or_default(),
        Standing::Settled | Standing::Contradiction => Rows::default(),
    }
}

/// What windows have of an event, they have at its price, once what is owed is in.
fn costs_differ(
    partition: usize,
    offset: u8,
    [_, events, windows]: [Rows; 3],
    owed: Rows,
) -> Option<&'static str> {
    let corrected = (windows + owed).cost(partition, offset);
    let due = match windows.count(partition, offset) {
        0 => 0,
        _ => events.cost(partition, offset),
    };
    (corrected != due).then_some("cost_windows have another price than events")
}
