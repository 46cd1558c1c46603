//! What must hold in every state, whatever happened.

use super::logs::Table;
use super::rows::{OFFSETS_MAX, PARTITIONS, Rows};
use super::world::{State, World};

impl World {
    /// The rule that a state breaks.
    pub(super) fn broken(&self, state: &State) -> Option<&'static str> {
        let rows = Table::ALL.map(|table| state.log(table).rows());
        (0..PARTITIONS).find_map(|partition| {
            let next = self.next(state, partition);
            let [_, events_next, windows_next] = next;
            if windows_next > events_next {
                return Some("cost_windows are ahead of events");
            }
            (0..OFFSETS_MAX).find_map(|offset| self.broken_at(partition, offset, rows, next))
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
        let due = |is_due: bool| u32::from(is_due);
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

    /// Whether the whole topic is in all tables.
    pub(super) fn is_end(&self, state: &State) -> bool {
        (0..PARTITIONS).all(|partition| {
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
