//! The options of `tokenmeter reprice`.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use schemas::time::{format_rfc3339, parse_rfc3339_us};

use crate::cli::WrongOptions;
use crate::cli::blocks::LakeOptions;

const REPRICE_HELP: &str = "\
Examples:
  tokenmeter reprice --from 2026-11-01 --to 2026-12-01 --dry-run         (what would change)
  tokenmeter reprice --from 2026-11-01 --to 2026-12-01 --book prices.json
  tokenmeter reprice --from 2026-11-24T06:00:00Z --to 2026-11-25 --only-unpriced
  tokenmeter reprice --from 2026-11-01 --to 2026-12-01 --provider openai --model gpt-4o

Workers may run meanwhile; what they commit after the start keeps their prices. Ctrl-C before the
commit leaves everything as it was. A second run changes nothing. Use the rollups of the workers:
the same configuration file.";

/// Options of `tokenmeter reprice`.
#[derive(Debug, Clone, Args)]
#[command(after_help = REPRICE_HELP)]
pub(crate) struct RepriceOptions {
    /// Start of the span of event time, inclusive: a day, or RFC 3339 with an offset.
    #[arg(long, value_name = "TIME")]
    pub(crate) from: Instant,
    /// End of the span, exclusive.
    #[arg(long, value_name = "TIME")]
    pub(crate) to: Instant,
    /// Price facts to price with, or a book that the lake kept, plain or .zst; without it the book of
    /// the configuration.
    #[arg(long, value_name = "FILE")]
    pub(crate) book: Option<PathBuf>,
    /// Says what would change, by model and by tenant, and commits nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Only calls without a known price.
    #[arg(long)]
    pub(crate) only_unpriced: bool,
    /// Only calls of this provider, as the events name it.
    #[arg(long, value_name = "PROVIDER")]
    pub(crate) provider: Option<String>,
    /// Only calls of this model, as the events name it.
    #[arg(long, value_name = "MODEL")]
    pub(crate) model: Option<String>,
    /// How long to wait for workers that are between their two commits.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub(crate) wait: u64,
    #[command(flatten)]
    pub(crate) lake: LakeOptions,
}

impl RepriceOptions {
    /// Whether the span has any time in it.
    ///
    /// # Errors
    /// [`WrongOptions`] with both instants if it has none.
    pub(crate) fn check(&self) -> Result<(), WrongOptions> {
        if self.from.us < self.to.us {
            return Ok(());
        }
        Err(WrongOptions(format!(
            "--from {} must be before --to {}, which is exclusive: give the day behind the last one",
            format_rfc3339(self.from.us),
            format_rfc3339(self.to.us)
        )))
    }
}

/// An instant on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Instant {
    /// Microseconds since the Unix epoch.
    pub(crate) us: i64,
}

impl FromStr for Instant {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let midnight = || parse_rfc3339_us(&format!("{text}T00:00:00Z"));
        match parse_rfc3339_us(text).or_else(midnight) {
            Some(us) => Ok(Self { us }),
            None => Err(
                "write a day such as 2026-11-01 (it begins in UTC), or an instant such as \
                         2026-11-01T06:00:00+01:00"
                    .to_owned(),
            ),
        }
    }
}
