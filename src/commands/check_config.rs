//! `tokenmeter check-config`: what is wrong with a configuration, and where.

use crate::cli::options::CheckConfigOptions;
use crate::config::layer::Settings;
use crate::config::show;
use crate::console;

/// Says that a configuration is right, or prints it. What is wrong was said when it was read.
///
/// # Errors
/// If stdout is closed.
pub(crate) fn run(settings: &Settings, options: &CheckConfigOptions) -> anyhow::Result<()> {
    if options.show {
        console::text(show::effective(settings))?;
    } else {
        console::line("The configuration is right.")?;
    }
    Ok(())
}
