//! Log lines on stderr: text for people or JSON for collectors.

use std::io::{self, IsTerminal, Write};

use serde::Deserialize;
use tracing_subscriber::EnvFilter;

use crate::config::secret::Scrubber;

/// Libraries that log each step of opening a table, and as errors what callers expect.
const QUIET_LIBRARIES: &str = "buoyant_kernel=off,buoyant_kernel_engine=off,deltalake_core=warn";

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// One line for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Sends log lines of this level and format to stderr, for the life of the process; secrets that
/// a library put into one are removed.
///
/// # Errors
/// If the level is none, or another logger was installed before.
pub(crate) fn install(format: LogFormat, level: &str, scrubber: Scrubber) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(format!("{QUIET_LIBRARIES},{level}"))?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(move || ScrubbedLines(scrubber.clone()));
    let installed = match format {
        LogFormat::Text => lines.with_ansi(io::stderr().is_terminal()).try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
    installed.map_err(|error| anyhow::anyhow!("cannot install the log: {error}"))
}

/// Writes each line to stderr without secrets. The log hands a line over in one piece.
struct ScrubbedLines(Scrubber);

impl Write for ScrubbedLines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        let scrubbed = self.0.scrub(&text);
        io::stderr().lock().write_all(scrubbed.as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().lock().flush()
    }
}

/// Says what is wrong with a level, or with a list of levels per module.
///
/// # Errors
/// What to write instead.
pub(crate) fn check_level(level: &str) -> Result<(), String> {
    let expected = "must be error, warn, info, debug or trace, or per module such as \
                    \"info,sinks=debug\"";
    let levels = ["off", "error", "warn", "info", "debug", "trace"];
    // A word that is no level would be taken as the name of a module, and log nothing.
    let known = level.split(',').all(|part| {
        let level = part.rsplit('=').next().unwrap_or(part).trim();
        levels.contains(&level.to_ascii_lowercase().as_str())
    });
    if known && EnvFilter::try_new(level).is_ok() {
        Ok(())
    } else {
        Err(format!("{expected}, got {level:?}"))
    }
}
