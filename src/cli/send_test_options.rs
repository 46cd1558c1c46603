//! The options of `tokenmeter alerts send-test`.

use clap::{Args, ValueEnum};
use schemas::alerts::alert::AlertState;

const SEND_TEST_HELP: &str = "\
Examples:
  tokenmeter alerts send-test oncall --config tokenmeter.toml
  tokenmeter alerts send-test oncall --state resolved      (ends it again, in Alertmanager at once)
  tokenmeter alerts send-test oncall --label severity=page (to see where Alertmanager routes it)

It is tried once, whatever the receiver's `match` and `states` say. Exit code 1: it was not taken.";

/// Options of `tokenmeter alerts send-test`.
#[derive(Debug, Clone, Args)]
#[command(after_help = SEND_TEST_HELP)]
pub(crate) struct SendTestOptions {
    /// The receiver's name in the configuration.
    #[arg(value_name = "RECEIVER")]
    pub(crate) receiver: String,
    /// The state that the test alert has.
    #[arg(long, value_name = "STATE", default_value = "firing")]
    pub(crate) state: TestState,
    /// A label of the test alert; may be repeated.
    #[arg(long = "label", value_name = "NAME=VALUE", value_parser = name_and_value)]
    pub(crate) labels: Vec<(String, String)>,
}

/// The state of a test alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TestState {
    /// It fires.
    Firing,
    /// It is over.
    Resolved,
}

impl TestState {
    /// The state.
    pub(crate) fn state(self) -> AlertState {
        match self {
            Self::Firing => AlertState::Firing,
            Self::Resolved => AlertState::Resolved,
        }
    }
}

fn name_and_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write NAME=VALUE, such as severity=page".to_owned()),
    }
}
