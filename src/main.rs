//! tokenmeter: from usage events in Kafka to priced cost windows in open tables, exactly once.
//!
//! - [`cli`]: the command line; [`config`]: the configuration; [`commands`]: one file a command
//! - [`worker`]: the loop from a topic to committed tables; [`metrics`]: what it shows of itself
//! - [`replay`]: traces and NDJSON as events
//! - [`alerting`]: rules of alerts, and what becomes of them
//! - [`price_books`]: loads the price book; [`kept_books`]: the lake keeps the books that price
//! - [`fault_points`]: where tests strike; nothing in the product
//! - [`lake_store`]: opens the lake's store; [`system_clock`], [`logging`], [`console`]: the edge

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

mod alerting;
mod cli;
mod commands;
mod config;
mod console;
mod fault_points;
mod kept_books;
mod lake_store;
mod logging;
mod metrics;
mod price_books;
mod replay;
mod system_clock;
mod worker;

use crate::alerting::rule_set::RulesRefused;
use crate::cli::{Cli, Command, WrongOptions};
use crate::config::Config;
use crate::config::layer::Settings;
use crate::config::problem::ConfigProblems;
use crate::config::secret::Scrubber;
use crate::console::OutputClosed;
use crate::price_books::BookRefused;

/// How long the end of the program waits for what still runs in the background.
const SHUTDOWN_WAIT: Duration = Duration::from_millis(200);
/// Exit code for a command line or a configuration that is wrong.
const EXIT_USAGE: u8 = 2;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match configure(&cli) {
        Ok((config, settings)) => {
            let environment = std::env::vars_os().filter_map(|(name, value)| {
                Some((name.into_string().ok()?, value.into_string().ok()?))
            });
            let scrubber = settings.scrubber().with_environment(environment);
            match run(cli.command, config, &settings, scrubber.clone()) {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) if error.is::<OutputClosed>() => ExitCode::SUCCESS,
                Err(error) => {
                    console::note(scrubber.scrub(&format!("error: {}", chain(&error))));
                    if is_usage(&error) {
                        ExitCode::from(EXIT_USAGE)
                    } else {
                        ExitCode::FAILURE
                    }
                }
            }
        }
        Err(problems) => {
            report_problems(&problems);
            ExitCode::from(EXIT_USAGE)
        }
    }
}

/// Whether what failed is wrong in what the user wrote.
fn is_usage(error: &anyhow::Error) -> bool {
    error.is::<BookRefused>() || error.is::<RulesRefused>() || error.is::<WrongOptions>()
}

fn configure(cli: &Cli) -> Result<(Config, Settings), ConfigProblems> {
    let file = cli.config_file().map(PathBuf::as_path);
    let inputs = config::Inputs::read(file, cli.overrides())?;
    config::resolve(&inputs)
}

fn run(
    command: Command,
    config: Config,
    settings: &Settings,
    scrubber: Scrubber,
) -> anyhow::Result<()> {
    if let Command::CheckConfig(options) = &command {
        return commands::check_config::run(settings, options);
    }
    logging::install(config.log.format, &config.log.level, scrubber)?;
    fault_points::arm()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(worker::threads::blocking_max(&config))
        .build()?;
    let ended = runtime.block_on(async {
        match command {
            Command::Run(options) => commands::run::run(config, options).await,
            Command::Dev(options) => commands::dev::run(config, options).await,
            Command::Replay(options) => commands::replay::run(config, options).await,
            Command::Backfill(options) => commands::backfill::run(config, options).await,
            Command::Reprice(options) => commands::reprice::run(config, options).await,
            Command::Sql(options) => commands::sql::run(config, options).await,
            Command::Lag(options) => commands::lag::run(config, options).await,
            Command::Prices(options) => commands::prices::run(config, options).await,
            Command::Alert(options) => commands::alert::run(config, options).await,
            Command::Alerts(options) => commands::alerts::run(config, options).await,
            Command::Maintain(options) => commands::maintain::run(config, options).await,
            Command::CheckConfig(_) => Ok(()),
        }
    });
    // A question to a broker that is gone may wait for its time-out; nothing depends on it.
    runtime.shutdown_timeout(SHUTDOWN_WAIT);
    ended
}

fn report_problems(problems: &ConfigProblems) {
    let count = problems.problems().len();
    let things = if count == 1 { "thing is" } else { "things are" };
    console::note(format!(
        "error: {count} {things} wrong with the configuration"
    ));
    for problem in problems.problems() {
        console::note(format!("  {problem}"));
    }
    console::note("`tokenmeter check-config --show` prints every key with its default.");
}

/// An error with its causes, each on a line of its own, and what to do where that is known; what a
/// cause repeats is left out.
fn chain(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !text.contains(&cause) {
            text.push_str(&format!("\n  because: {cause}"));
        }
    }
    if let Some(advice) = sinks::advice(error.as_ref()) {
        text.push_str(&format!("\n  what to do: {advice}"));
    }
    text
}
