//! When an alert of a replay begins.

use std::collections::BTreeMap;

use schemas::alerts::alert::{AlertChange, AlertState};
use schemas::alerts::amount::Amount;
use schemas::money::PicoUsd;

use super::{PastAlert, STEP_US};

fn past_alert(breach_us: i64, fired_us: i64) -> PastAlert {
    let change = AlertChange {
        alert_id: "id".to_owned(),
        change_number: 0,
        rule_group: "group".to_owned(),
        rule: "rule".to_owned(),
        labels: BTreeMap::new(),
        annotations: BTreeMap::new(),
        state: AlertState::Firing,
        step: String::new(),
        value: Amount::usd(PicoUsd(1)),
        threshold: None,
        baseline: None,
        over_usd: None,
        started_at_us: breach_us,
        fired_at_us: Some(fired_us),
        resolved_at_us: None,
        projected_at_us: None,
        changed_at_us: fired_us,
        contributors: Vec::new(),
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
