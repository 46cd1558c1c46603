//! The options of `tokenmeter prices` and its subcommands.

use std::str::FromStr;

use clap::{Args, Subcommand, ValueEnum};
use schemas::time::parse_rfc3339_us;
use schemas::usage_unit::{GPU_SECONDS, USAGE_UNITS};
use serde_json::Number;

use crate::cli::blocks::LakeOptions;
use crate::cli::book_options::{
    CapacityOptions, CheckOptions, DiffOptions, GpusOptions, UpcomingOptions,
};
use crate::config::key;
use crate::config::text::Override;

const PRICES_HELP: &str = "\
Examples:
  tokenmeter prices show gpt-4o
  tokenmeter prices quote --provider openai --model gpt-4o --usage input_tokens=1200
  tokenmeter prices explain chatcmpl-9x2 --lake s3://costs/lake
  tokenmeter prices check prices.toml                    (your own book: every problem with its line)
  tokenmeter prices diff built-in newer.json --lake s3://costs/lake

How a call is charged: docs/pricing.md. Books of your own, commitments, fleets: docs/prices.md.";

/// Options of `tokenmeter prices`.
#[derive(Debug, Clone, Args)]
#[command(after_help = PRICES_HELP)]
pub(crate) struct PricesOptions {
    /// What to do with the prices.
    #[command(subcommand)]
    pub(crate) command: PricesCommand,
}

/// What to do with the prices.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum PricesCommand {
    /// Says what a call costs, and for which parts, without a lake or a topic.
    Quote(QuoteOptions),
    /// Shows the prices that a model's name means: rates, tiers, variants, dates.
    Show(ShowOptions),
    /// Prints the sum by which a stored event got its cost.
    Explain(ExplainOptions),
    /// Says what is wrong with an operator's book or a file of price facts, and where.
    Check(CheckOptions),
    /// Says what changed between two books, and what the last days would have cost.
    Diff(DiffOptions),
    /// Lists prices that are dated after now.
    Upcoming(UpcomingOptions),
    /// Tells by day what of commitments and fleets was paid, used and not used.
    Capacity(CapacityOptions),
    /// Compares GPUs with each other and with an API: cost per million tokens, break-even.
    Gpus(GpusOptions),
}

impl PricesOptions {
    /// The keys that these options set.
    pub(crate) fn overrides(&self) -> Vec<Override> {
        match &self.command {
            PricesCommand::Explain(options) => options.lake.overrides(),
            PricesCommand::Diff(options) => options.lake.overrides(),
            PricesCommand::Capacity(options) => options.lake.overrides(),
            PricesCommand::Quote(_)
            | PricesCommand::Show(_)
            | PricesCommand::Check(_)
            | PricesCommand::Upcoming(_)
            | PricesCommand::Gpus(_) => Vec::new(),
        }
    }
}

const QUOTE_HELP: &str = "\
Examples:
  tokenmeter prices quote --provider openai --model gpt-4o \\
                          --usage input_tokens=1200 --usage cache_read_tokens=1000 \\
                          --usage output_tokens=80
  tokenmeter prices quote --provider openai --model o3 --service-tier batch \\
                          --at 2026-06-01T00:00:00Z --usage output_tokens=500 --format json
  tokenmeter prices quote --ndjson < events.ndjson > answers.ndjson

With --ndjson every line of standard input is one native event (docs/events.md) and gets one line of
JSON, in their order: event_id, price_status, cost_usd, price_book, price_entry and the leaves, which
are the parts of the charge: unit, count, rate in US dollars for `per` units, cost_usd. An event is
decoded and priced as `run` does it, but each is priced, also one that was met before; one that is no
valid event has the price_status rejected, or invalid_usage if its counters are at fault.";

/// Options of `tokenmeter prices quote`.
#[derive(Debug, Clone, Args)]
#[command(after_help = QUOTE_HELP)]
pub(crate) struct QuoteOptions {
    /// Prices native events from standard input, one a line.
    #[arg(long, conflicts_with_all = ["provider", "model", "at", "usage", "service_tier",
          "region", "route", "attribute", "format"])]
    pub(crate) ndjson: bool,
    /// Who is paid, as events name it.
    #[arg(long, value_name = "PROVIDER", required_unless_present = "ndjson")]
    pub(crate) provider: Option<String>,
    /// The model that answers, as events name it.
    #[arg(long, value_name = "MODEL", required_unless_present = "ndjson")]
    pub(crate) model: Option<String>,
    /// When: an RFC 3339 instant or a day (its start in UTC) [default: now].
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<Instant>,
    /// How much of a usage unit, such as input_tokens=1200; repeated for each.
    #[arg(long, value_name = "UNIT=COUNT")]
    pub(crate) usage: Vec<UsageCount>,
    /// The tier that serves the call: batch, flex, priority.
    #[arg(long, value_name = "TIER")]
    pub(crate) service_tier: Option<String>,
    /// Where the call runs.
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<String>,
    /// The routing rule that chose the model.
    #[arg(long, value_name = "ROUTE")]
    pub(crate) route: Option<String>,
    /// An attribute of the event, such as processing=batch; repeated for each.
    #[arg(long, value_name = "NAME=TEXT")]
    pub(crate) attribute: Vec<AttributeText>,
    /// How the answer is written.
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub(crate) format: PricesFormat,
}

/// How answers about prices are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PricesFormat {
    /// For people.
    Table,
    /// One JSON object a line.
    Json,
}

const SHOW_HELP: &str = "\
Examples:
  tokenmeter prices show gpt-4o
  tokenmeter prices show claude-sonnet-4-5 --provider anthropic
  tokenmeter prices show deepseek-v4-pro --at 2026-08-17T02:00:00Z

A model is shown for every provider that sells it under this name. A star marks what is in force.";

/// Options of `tokenmeter prices show`.
#[derive(Debug, Clone, Args)]
#[command(after_help = SHOW_HELP)]
pub(crate) struct ShowOptions {
    /// The model, as events name it or as provider/model.
    #[arg(value_name = "MODEL")]
    pub(crate) model: String,
    /// Only this provider, as events name it.
    #[arg(long, value_name = "PROVIDER")]
    pub(crate) provider: Option<String>,
    /// When: an RFC 3339 instant or a day (its start in UTC) [default: now].
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<Instant>,
}

const EXPLAIN_HELP: &str = "\
Examples:
  tokenmeter prices explain chatcmpl-9x2 --lake s3://costs/lake
  tokenmeter prices check prices.toml                    (your own book: every problem with its line)
  tokenmeter prices diff built-in newer.json --lake s3://costs/lake
  tokenmeter prices explain chatcmpl-9x2 --format json

The event is read from the lake and priced once more, by the book that priced it, which the lake
keeps. The exit code is 1 if that gives another cost than the stored one.";

/// Options of `tokenmeter prices explain`.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXPLAIN_HELP)]
pub(crate) struct ExplainOptions {
    /// The event's id.
    #[arg(value_name = "EVENT_ID")]
    pub(crate) event_id: String,
    /// How the answer is written.
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub(crate) format: PricesFormat,
    #[command(flatten)]
    pub(crate) lake: LakeOptions,
}

/// An instant, or the start of a UTC day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Instant {
    /// Microseconds since the Unix epoch.
    pub(crate) time_us: i64,
}

impl FromStr for Instant {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let instant = parse_rfc3339_us(text);
        let start_of_day = || parse_rfc3339_us(&format!("{text}T00:00:00Z"));
        let time_us = instant.or_else(start_of_day).ok_or(
            "write an instant with its offset, such as 2026-11-20T12:00:00Z, or a day, 2026-11-20",
        )?;
        Ok(Self { time_us })
    }
}

/// How much of a usage unit, `UNIT=COUNT`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UsageCount {
    /// The unit's name.
    pub(crate) unit: String,
    /// The number as it was spelled.
    pub(crate) count: Number,
}

impl FromStr for UsageCount {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (unit, count) = text
            .split_once('=')
            .ok_or("write UNIT=COUNT, such as input_tokens=1200")?;
        let units = || USAGE_UNITS.iter().copied().chain([GPU_SECONDS]);
        if !units().any(|known| known == unit) {
            let hint = key::did_you_mean(key::nearest(unit, units()));
            return Err(format!("there is no usage unit {unit:?}{hint}"));
        }
        let count = serde_json::from_str(count)
            .map_err(|_| format!("{count:?} is no number: write {unit}=1200"))?;
        Ok(Self {
            unit: unit.to_owned(),
            count,
        })
    }
}

/// An attribute of an event, `NAME=TEXT`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AttributeText {
    /// Its name.
    pub(crate) name: String,
    /// Its text.
    pub(crate) text: String,
}

impl FromStr for AttributeText {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=') {
            Some((name, text)) if !name.is_empty() => Ok(Self {
                name: name.to_owned(),
                text: text.to_owned(),
            }),
            _ => Err("write NAME=TEXT, such as processing=batch".to_owned()),
        }
    }
}
