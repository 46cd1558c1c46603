//! Groups of options that several commands share.

use std::str::FromStr;

use clap::Args;

use crate::cli::flag;
use crate::config::text::{Override, OverrideText};

/// A key of the configuration and its value, `KEY=VALUE`.
#[derive(Debug, Clone)]
pub(crate) struct KeyValue {
    /// The dotted path.
    pub(crate) key: String,
    /// The value as a text.
    pub(crate) value: OverrideText,
}

impl FromStr for KeyValue {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=') {
            Some((key, value)) if !key.is_empty() => Ok(Self {
                key: key.trim().to_owned(),
                value: OverrideText(value.to_owned()),
            }),
            _ => Err("write KEY=VALUE, such as worker.epoch_max_ms=500".to_owned()),
        }
    }
}

/// Which brokers, and which topic.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Kafka")]
pub(crate) struct KafkaOptions {
    /// Brokers, host:port,... [env: TOKENMETER_KAFKA__BOOTSTRAP_SERVERS].
    #[arg(long, value_name = "BROKERS")]
    pub(crate) bootstrap_servers: Option<String>,
    /// The topic of events [env: TOKENMETER_KAFKA__TOPIC].
    #[arg(long, value_name = "TOPIC")]
    pub(crate) topic: Option<String>,
}

impl KafkaOptions {
    /// The keys that these options set.
    pub(crate) fn overrides(&self) -> Vec<Override> {
        let servers = self.bootstrap_servers.as_deref();
        let flags = [
            flag("--bootstrap-servers", "kafka.bootstrap_servers", servers),
            flag("--topic", "kafka.topic", self.topic.as_deref()),
        ];
        flags.into_iter().flatten().collect()
    }
}

/// Which lake.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Lake")]
pub(crate) struct LakeOptions {
    /// A folder, s3://, gs:// or az:// URL of the lake [env: TOKENMETER_LAKE__URL].
    #[arg(long, value_name = "URL")]
    pub(crate) lake: Option<String>,
}

impl LakeOptions {
    /// The keys that these options set.
    pub(crate) fn overrides(&self) -> Vec<Override> {
        flag("--lake", "lake.url", self.lake.as_deref())
            .into_iter()
            .collect()
    }
}

/// How fast, and how often, traces are replayed.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Traffic")]
pub(crate) struct TrafficOptions {
    /// How many times as fast as the traffic was: 1, 60, 0.5.
    #[arg(long, value_name = "N", conflicts_with_all = ["flat_out", "rate"])]
    pub(crate) speed: Option<Speed>,
    /// As fast as the broker takes it.
    #[arg(long, conflicts_with = "rate")]
    pub(crate) flat_out: bool,
    /// A steady rate, events a second.
    #[arg(long, value_name = "EVENTS", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) rate: Option<u64>,
    /// How often the files are played, one time after the other.
    #[arg(long, value_name = "TIMES", default_value_t = 1,
          value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) repeat: u64,
    /// Stops after this many events.
    #[arg(long, value_name = "EVENTS")]
    pub(crate) limit: Option<u64>,
    /// Assigns users, features, models and the rest: the same seed, the same events.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub(crate) seed: u64,
}

/// A multiple of the speed at which the traffic was, in thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Speed {
    /// 1000 is the speed of the traffic itself; at least 1.
    pub(crate) thousandths: u64,
}

impl FromStr for Speed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parse = || {
            let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
            if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            let whole: u64 = whole.parse().ok()?;
            let fraction: u64 = format!("{fraction:0<3}").parse().ok()?;
            let thousandths = whole.checked_mul(1000)?.checked_add(fraction)?;
            (thousandths > 0).then_some(Self { thousandths })
        };
        parse().ok_or_else(|| "write a number above 0, such as 1, 60 or 0.5".to_owned())
    }
}
