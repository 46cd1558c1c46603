//! Which changes a receiver is told of.

use std::collections::BTreeMap;

use schemas::alerts::alert::AlertState;

use super::wants;
use crate::alerting::delivery::test_changes::{firing, pending, receiver, resolved};

#[test]
fn by_default_what_fires_and_what_is_over() {
    let receiver = receiver("r");
    assert!(wants(&receiver, &firing("a")));
    assert!(wants(&receiver, &resolved("a")));
    assert!(!wants(&receiver, &pending("a")));
    let mut never_fired = resolved("a");
    never_fired.fired_at_us = None;
    assert!(!wants(&receiver, &never_fired));
}

#[test]
fn states_may_be_chosen() {
    let mut receiver = receiver("r");
    receiver.states = vec![AlertState::Pending, AlertState::Resolved];
    let mut never_fired = resolved("a");
    never_fired.fired_at_us = None;
    assert!(wants(&receiver, &pending("a")));
    assert!(wants(&receiver, &never_fired));
    assert!(!wants(&receiver, &firing("a")));
}

#[test]
fn every_label_must_have_one_of_its_values() {
    let mut receiver = receiver("r");
    let mut matches = |label: &str, values: &[&str]| {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        receiver.matches = BTreeMap::from([(label.to_owned(), values)]);
        wants(&receiver, &firing("a"))
    };
    assert!(matches("severity", &["ticket", "page"]));
    assert!(!matches("severity", &["ticket"]));
    assert!(!matches("team", &["search"]));
    // A label that is not there is an empty one, as in Alertmanager.
    assert!(matches("team", &[""]));
}
