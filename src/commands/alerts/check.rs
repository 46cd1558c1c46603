//! `tokenmeter alerts check`: what is wrong with files of rules, and where.

use crate::alerting::rule_set;
use crate::cli::alerts_options::CheckOptions;
use crate::commands::alerts::show;
use crate::config::Config;
use crate::console;

/// Says that rules are right, or everything that is wrong with them.
///
/// # Errors
/// [`rule_set::RulesRefused`] if a file is wrong or cannot be read.
pub(crate) fn run(_config: &Config, options: &CheckOptions) -> anyhow::Result<()> {
    for file in rule_set::load(&options.files)? {
        let rules: usize = file.groups.iter().map(|group| group.rules.len()).sum();
        console::line(format!(
            "{} is right: {} in {}",
            file.path,
            counted(rules, "rule"),
            counted(file.groups.len(), "group")
        ))?;
        if options.show {
            console::text(show::groups(&file.groups))?;
        }
    }
    Ok(())
}

fn counted(count: usize, thing: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {thing}{plural}")
}
