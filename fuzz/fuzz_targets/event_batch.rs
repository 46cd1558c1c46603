//! Messages one behind the other, each of which must be what it is alone.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tokenmeter_fuzz::message::Bench;

/// Stands between messages, where JSON has none.
const SEPARATOR: u8 = 0x1e;
const MESSAGES_MAX: usize = 16;

fuzz_target!(|input: &[u8]| {
    let mut together = Bench::default();
    let mut rows = Vec::new();
    let mut rejects = Vec::new();
    let messages = input.split(|&byte| byte == SEPARATOR);
    for (place, message) in (0..).zip(messages.take(MESSAGES_MAX)) {
        // Each in a partition of its own, so that none is a copy of another.
        let mut alone = Bench::default();
        let expected = alone.decode(message, place, 0);
        assert_eq!(together.decode(message, place, 0), expected);
        let (row, reject) = alone.take();
        rows.extend((row.num_rows() == 1).then_some(row));
        rejects.extend(reject);
    }
    let (batch, found) = together.take();
    assert_eq!(found, rejects);
    assert_eq!(batch.num_rows(), rows.len());
    for (place, row) in rows.iter().enumerate() {
        assert_eq!(&batch.slice(place, 1), row);
    }
});
