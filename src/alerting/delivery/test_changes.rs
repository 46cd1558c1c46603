//! Changes and receivers for the tests of delivery.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;

use schemas::alerts::alert::{AlertChange, AlertState, Contributor};
use schemas::alerts::amount::{Amount, Unit};
use schemas::money::PicoUsd;

use crate::config::receivers::{Destination, Given, ReceiverConfig};

/// 2026-11-27T07:00:00Z.
const STARTED_US: i64 = 1_795_762_800_000_000;
const MINUTE_US: i64 = 60_000_000;

fn texts(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let owned = pairs
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    owned.collect()
}

fn usd(text: &str) -> PicoUsd {
    text.parse().unwrap()
}

/// A change to pending.
pub(crate) fn pending(alert_id: &str) -> AlertChange {
    AlertChange {
        alert_id: alert_id.to_owned(),
        change_number: 0,
        rule_group: "spend".to_owned(),
        rule: "FeatureSpike".to_owned(),
        labels: texts(&[
            ("alertname", "FeatureSpike"),
            ("feature", "search"),
            ("severity", "page"),
        ]),
        annotations: texts(&[("summary", "search costs more than usual")]),
        state: AlertState::Pending,
        step: String::new(),
        value: Amount::usd(usd("12.5")),
        threshold: Some(Amount::usd(usd("9"))),
        baseline: Some(Amount {
            pico: usd("3.25").0,
            unit: Unit::Usd,
        }),
        over_usd: Some(usd("9.25")),
        started_at_us: STARTED_US,
        fired_at_us: None,
        resolved_at_us: None,
        projected_at_us: None,
        changed_at_us: STARTED_US + MINUTE_US,
        contributors: vec![
            Contributor {
                dimension: "user_id".to_owned(),
                value: "u-17".to_owned(),
                cost_usd: usd("10"),
                calls: 420,
                share_permille: 800,
            },
            Contributor {
                dimension: "model".to_owned(),
                value: String::new(),
                cost_usd: usd("0.004"),
                calls: 1,
                share_permille: 5,
            },
        ],
    }
}

/// A change to firing.
pub(crate) fn firing(alert_id: &str) -> AlertChange {
    AlertChange {
        change_number: 1,
        state: AlertState::Firing,
        fired_at_us: Some(STARTED_US + MINUTE_US),
        changed_at_us: STARTED_US + 2 * MINUTE_US,
        ..pending(alert_id)
    }
}

/// A change to resolved, of an alert that fired.
pub(crate) fn resolved(alert_id: &str) -> AlertChange {
    AlertChange {
        change_number: 2,
        state: AlertState::Resolved,
        resolved_at_us: Some(STARTED_US + 30 * MINUTE_US),
        changed_at_us: STARTED_US + 31 * MINUTE_US,
        ..firing(alert_id)
    }
}

/// A receiver that nobody listens for.
pub(crate) fn receiver(name: &str) -> ReceiverConfig {
    ReceiverConfig {
        name: name.to_owned(),
        destination: Destination::Slack {
            url: Given::Text("http://127.0.0.1:9/".to_owned()),
        },
        matches: BTreeMap::new(),
        states: vec![AlertState::Firing, AlertState::Resolved],
        timeout: Duration::from_secs(5),
        retry_for: Duration::from_secs(3600),
    }
}

/// A webhook with a secret in a file that stays for the length of the test.
pub(crate) fn webhook(name: &str, url: &str) -> ReceiverConfig {
    let (mut file, path) = tempfile::NamedTempFile::new().unwrap().keep().unwrap();
    file.write_all(b"a secret of a test").unwrap();
    ReceiverConfig {
        destination: Destination::Webhook {
            url: Given::Text(format!("{url}/hook")),
            secret: Given::File(path),
        },
        ..receiver(name)
    }
}
