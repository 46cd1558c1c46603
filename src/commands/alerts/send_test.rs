//! `tokenmeter alerts send-test`: does a receiver get what is sent to it?

use std::collections::BTreeMap;
use std::time::Instant;

use anyhow::Context;
use schemas::alerts::alert::{ALERT_NAME, AlertChange, AlertState, Contributor};
use schemas::alerts::amount::Amount;
use schemas::clock::Clock;
use schemas::money::{PICO_USD_PER_USD, PicoUsd};

use crate::alerting::delivery::test_once;
use crate::cli::WrongOptions;
use crate::cli::send_test_options::SendTestOptions;
use crate::config::Config;
use crate::config::key::{did_you_mean, nearest, quoted};
use crate::config::receivers::ReceiverConfig;
use crate::console;
use crate::system_clock::SystemClock;
use crate::worker::kafka_settings::kafka_settings;

/// Sends a test alert once, and says that it was taken.
///
/// # Errors
/// If there is no such receiver, or it does not take the alert; the message says what it answered.
pub(crate) async fn run(config: &Config, options: &SendTestOptions) -> anyhow::Result<()> {
    let receiver = find(&config.alerts.receivers, &options.receiver)?;
    let change = test_change(options, SystemClock.now_us());
    let begun = Instant::now();
    test_once(receiver, &kafka_settings(config), change, &SystemClock)
        .await
        .with_context(|| format!("the receiver {:?} did not take the alert", receiver.name))?;
    let ms = begun.elapsed().as_millis();
    console::line(format!("{} took the alert after {ms} ms.", receiver.name))
}

fn find<'a>(
    receivers: &'a [ReceiverConfig],
    name: &str,
) -> Result<&'a ReceiverConfig, WrongOptions> {
    let found = receivers.iter().find(|receiver| receiver.name == name);
    found.ok_or_else(|| {
        let names: Vec<&str> = receivers
            .iter()
            .map(|receiver| receiver.name.as_str())
            .collect();
        let hint = match nearest(name, names.iter().copied()) {
            near @ Some(_) => did_you_mean(near),
            None if names.is_empty() => {
                "; the configuration has no [[alerts.receivers]]: name it with --config".to_owned()
            }
            None => format!("; the configuration has {}", quoted(&names)),
        };
        WrongOptions(format!("there is no receiver {name:?}{hint}"))
    })
}

/// An alert with everything that an alert may have. All tests are one alert for Alertmanager.
fn test_change(options: &SendTestOptions, now_us: i64) -> AlertChange {
    let dollars = |count: i128| PicoUsd(count * PICO_USD_PER_USD);
    let state = options.state.state();
    let mut labels = BTreeMap::from([(ALERT_NAME.to_owned(), "TokenmeterTest".to_owned())]);
    labels.extend(options.labels.iter().cloned());
    let summary = "this is a test: nothing costs more than it should".to_owned();
    AlertChange {
        alert_id: format!("test-{now_us}"),
        change_number: u32::from(state == AlertState::Resolved),
        rule_group: "test".to_owned(),
        rule: "TokenmeterTest".to_owned(),
        labels,
        annotations: BTreeMap::from([("summary".to_owned(), summary)]),
        state,
        step: String::new(),
        value: Amount::usd(dollars(12)),
        threshold: Some(Amount::usd(dollars(10))),
        baseline: Some(Amount::usd(dollars(4))),
        over_usd: Some(dollars(8)),
        started_at_us: now_us,
        fired_at_us: Some(now_us),
        resolved_at_us: (state == AlertState::Resolved).then_some(now_us),
        projected_at_us: None,
        changed_at_us: now_us,
        contributors: vec![Contributor {
            dimension: "user_id".to_owned(),
            value: "somebody".to_owned(),
            cost_usd: dollars(9),
            calls: 300,
            share_permille: 750,
        }],
    }
}
