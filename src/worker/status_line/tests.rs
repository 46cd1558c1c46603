//! What the status line says.

use std::time::Duration;

use schemas::money::PicoUsd;

use super::text;
use crate::metrics::Totals;

#[test]
fn the_line_shows_money_to_four_places() {
    let totals = Totals {
        events: 12,
        rejects: 1,
        duplicates: 2,
        commits: 3,
        cost: PicoUsd(1_234_567_890_123),
    };
    assert_eq!(
        text(&totals, 4, 5, Duration::from_secs(61)),
        "1:01 | 12 events | 4/s | $1.2345 | 1 rejects | 2 duplicates | lag 5 | 3 commits"
    );
}
