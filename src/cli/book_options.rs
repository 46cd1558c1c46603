//! The options of the commands that check and compare price books and tell what capacity was used.

use std::str::FromStr;

use clap::{Args, ValueEnum};
use schemas::money::PicoUsd;

use crate::cli::blocks::LakeOptions;

const CHECK_HELP: &str = "\
Examples:
  tokenmeter prices check prices.toml
  tokenmeter prices check newer-facts.json

A .json or .json.zst file is read as price facts, any other as an operator's book over the facts
that the configuration names. Exit code 2 if anything is wrong.";

/// Options of `tokenmeter prices check`.
#[derive(Debug, Clone, Args)]
#[command(after_help = CHECK_HELP)]
pub(crate) struct CheckOptions {
    /// The file.
    #[arg(value_name = "FILE")]
    pub(crate) file: String,
}

const DIFF_HELP: &str = "\
Examples:
  tokenmeter prices diff built-in newer-facts.json
  tokenmeter prices diff built-in newer-facts.json --operator prices.toml --lake s3://costs/lake
  tokenmeter prices diff built-in built-in --operator-b prices.toml --lake s3://costs/lake
                                          (what a contract saves: list prices against yours)

With --lake the events of the last days are priced by both books; nothing is changed.";

/// Options of `tokenmeter prices diff`.
#[derive(Debug, Clone, Args)]
#[command(after_help = DIFF_HELP)]
pub(crate) struct DiffOptions {
    /// The earlier book: built-in, or a file of price facts.
    #[arg(value_name = "A")]
    pub(crate) earlier: String,
    /// The later book: built-in, or a file of price facts.
    #[arg(value_name = "B")]
    pub(crate) later: String,
    /// An operator's book over both.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["operator_a", "operator_b"])]
    pub(crate) operator: Option<String>,
    /// An operator's book over A.
    #[arg(long, value_name = "FILE")]
    pub(crate) operator_a: Option<String>,
    /// An operator's book over B.
    #[arg(long, value_name = "FILE")]
    pub(crate) operator_b: Option<String>,
    /// How many days of the lake's events are priced by both.
    #[arg(long, value_name = "DAYS", default_value_t = 7,
          value_parser = clap::value_parser!(u16).range(1..=3660))]
    pub(crate) days: u16,
    #[command(flatten)]
    pub(crate) lake: LakeOptions,
}

const UPCOMING_HELP: &str = "\
Examples:
  tokenmeter prices upcoming
  tokenmeter prices upcoming newer-facts.json

An announced price may be taken back: look at this list before each approval of new facts.";

/// Options of `tokenmeter prices upcoming`.
#[derive(Debug, Clone, Args)]
#[command(after_help = UPCOMING_HELP)]
pub(crate) struct UpcomingOptions {
    /// built-in, or a file of price facts; without it the book that the configuration names.
    #[arg(value_name = "BOOK")]
    pub(crate) book: Option<String>,
}

const CAPACITY_HELP: &str = "\
Examples:
  tokenmeter prices capacity --lake s3://costs/lake
  tokenmeter prices capacity --from 2026-10-01 --to 2026-11-01 --format csv > october.csv

Days are UTC. For each commitment and fleet paid = used + unused, and the days add up to the invoice.
The operator's book comes from prices.operator_book of the configuration.";

/// Options of `tokenmeter prices capacity`.
#[derive(Debug, Clone, Args)]
#[command(after_help = CAPACITY_HELP)]
pub(crate) struct CapacityOptions {
    /// The first day [default: the first of this month].
    #[arg(long, value_name = "DAY")]
    pub(crate) from: Option<Day>,
    /// The day behind the last one [default: tomorrow].
    #[arg(long, value_name = "DAY")]
    pub(crate) to: Option<Day>,
    /// How the lines are written.
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub(crate) format: CapacityFormat,
    #[command(flatten)]
    pub(crate) lake: LakeOptions,
}

/// How lines of capacity are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CapacityFormat {
    /// For people, with totals.
    Table,
    /// With a header line.
    Csv,
    /// One JSON object a line.
    Json,
}

/// A UTC day, days since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Day(pub(crate) i32);

impl FromStr for Day {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        schemas::time::parse_rfc3339_us(&format!("{text}T00:00:00Z"))
            .map(|time_us| Self(schemas::time::date_of_us(time_us)))
            .ok_or_else(|| "write a day such as 2026-11-01".to_owned())
    }
}

const GPUS_HELP: &str = "\
Examples:
  tokenmeter prices gpus
  tokenmeter prices gpus --gpu H100=3.43:1850 --gpu B200=5.62:4100 --api gpt-4o-mini=0.60

Tokens per second are what you measured on one GPU with your model and your traffic; the defaults are
round figures, no measurement.";

/// Options of `tokenmeter prices gpus`.
#[derive(Debug, Clone, Args)]
#[command(after_help = GPUS_HELP)]
pub(crate) struct GpusOptions {
    /// A GPU: NAME=USD_PER_HOUR:TOKENS_PER_SECOND; may be repeated.
    #[arg(long = "gpu", value_name = "GPU",
          default_values = ["H100=3.43:2000", "B200=5.62:5000"])]
    pub(crate) gpus: Vec<Gpu>,
    /// What an API takes: NAME=USD_PER_MILLION_TOKENS; may be repeated.
    #[arg(long = "api", value_name = "API", default_values = ["cheap=0.60", "dear=2.50"])]
    pub(crate) apis: Vec<Api>,
}

/// A GPU with its price and throughput.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Gpu {
    /// Its name.
    pub(crate) name: String,
    /// US dollars an hour.
    pub(crate) hour: PicoUsd,
    /// Tokens per second that one GPU gives at full load.
    pub(crate) tokens_per_second: u64,
}

/// An API with its price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Api {
    /// Its name.
    pub(crate) name: String,
    /// US dollars per million tokens.
    pub(crate) million: PicoUsd,
}

/// Larger figures are slips, and keep the arithmetic in range.
const USD_MAX: PicoUsd = PicoUsd(1_000_000 * schemas::money::PICO_USD_PER_USD);
const TOKENS_PER_SECOND_MAX: u64 = 1_000_000_000;

fn price(text: &str) -> Option<PicoUsd> {
    let price: PicoUsd = text.parse().ok()?;
    (price > PicoUsd(0) && price <= USD_MAX).then_some(price)
}

impl FromStr for Gpu {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parse = || {
            let (name, figures) = text.split_once('=')?;
            let (hour, tokens) = figures.split_once(':')?;
            let tokens: u64 = tokens.parse().ok()?;
            (!name.is_empty() && (1..=TOKENS_PER_SECOND_MAX).contains(&tokens)).then_some(())?;
            Some(Self {
                name: name.to_owned(),
                hour: price(hour)?,
                tokens_per_second: tokens,
            })
        };
        parse().ok_or_else(|| {
            "write NAME=USD_PER_HOUR:TOKENS_PER_SECOND, such as H100=3.43:2000".to_owned()
        })
    }
}

impl FromStr for Api {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parse = || {
            let (name, million) = text.split_once('=')?;
            (!name.is_empty()).then_some(())?;
            Some(Self {
                name: name.to_owned(),
                million: price(million)?,
            })
        };
        parse().ok_or_else(|| "write NAME=USD_PER_MILLION_TOKENS, such as cheap=0.60".to_owned())
    }
}
