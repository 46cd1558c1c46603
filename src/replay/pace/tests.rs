//! When events are due.

use crate::replay::pace::Pace;

#[test]
fn due_times() {
    let ten_s = 10_000_000;
    for (pace, since_us, index, due_us) in [
        (Pace::Speed { thousandths: 1000 }, ten_s, 7, ten_s),
        (Pace::Speed { thousandths: 500 }, ten_s, 7, 2 * ten_s),
        (
            Pace::Speed {
                thousandths: 60_000,
            },
            60 * ten_s,
            7,
            ten_s,
        ),
        (
            Pace::Rate {
                events_per_s: 20_000,
            },
            ten_s,
            20_000,
            1_000_000,
        ),
        (Pace::Rate { events_per_s: 3 }, 0, 1, 333_333),
        (Pace::FlatOut, ten_s, 7, 0),
        (Pace::Speed { thousandths: 1 }, i64::MAX, 7, i64::MAX),
    ] {
        assert_eq!(pace.due_us(since_us, index), due_us, "{pace:?}");
    }
}
