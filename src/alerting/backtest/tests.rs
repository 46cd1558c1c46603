//! When an alert of a replay begins.

use schemas::alerts::alert::AlertChange;

use super::{PastAlert, STEP_US};
use crate::alerting::delivery::test_changes::firing;

fn past_alert(breach_us: i64, fired_us: i64) -> PastAlert {
    let change = AlertChange {
        started_at_us: breach_us,
        fired_at_us: Some(fired_us),
        ..firing("id")
    };
    PastAlert {
        fired: change.clone(),
        last: change,
    }
}

#[test]
fn an_alert_begins_in_the_minute_that_made_it_fire() {
    assert_eq!(past_alert(0, STEP_US).began_us(), 0);
    assert_eq!(past_alert(0, 15 * STEP_US).began_us(), 14 * STEP_US);
    assert_eq!(past_alert(7 * STEP_US, 7 * STEP_US).began_us(), 7 * STEP_US);
}
