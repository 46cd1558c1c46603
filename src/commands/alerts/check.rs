//! `tokenmeter alerts check`: what is wrong with files of rules, and where.

use anyhow::bail;
use readers::alerts::feed::{Feed, feed_of};
use schemas::alerts::rule::{Rule, RuleKind};

use crate::alerting::query_check::EmptyLake;
use crate::alerting::rule_set::{self, RulesOfFile};
use crate::cli::alerts_options::CheckOptions;
use crate::commands::alerts::{counted, show};
use crate::config::Config;
use crate::console;

/// Says that rules are right, or everything that is wrong with them.
///
/// # Errors
/// [`rule_set::RulesRefused`] if a file is wrong or cannot be read; another error if no rollup feeds a
/// rule.
pub(crate) async fn run(config: &Config, options: &CheckOptions) -> anyhow::Result<()> {
    let files = rule_set::load(&options.files)?;
    check_queries(&files).await?;
    let mut unfed = 0_usize;
    for file in &files {
        let rules: usize = file.groups.iter().map(|group| group.rules.len()).sum();
        console::line(format!(
            "{} is right: {} in {}",
            file.path,
            counted(rules, "rule"),
            counted(file.groups.len(), "group")
        ))?;
        if options.show {
            console::text(show::groups(&file.groups, &config.rollups))?;
        }
        unfed += feeds(config, file)?;
    }
    if unfed > 0 {
        bail!(
            "{} without a rollup: a worker keeps windows of a rollup from the moment on that its \
             configuration has it",
            counted(unfed, "rule")
        );
    }
    Ok(())
}

/// Runs the queries of rules on a lake without rows.
async fn check_queries(files: &[RulesOfFile]) -> anyhow::Result<()> {
    let mut lake = None;
    let mut wrong = Vec::new();
    for file in files {
        for rule in file.groups.iter().flat_map(|group| &group.rules) {
            let RuleKind::Sql(sql) = &rule.kind else {
                continue;
            };
            let lake = match &mut lake {
                Some(lake) => lake,
                none => none.insert(EmptyLake::new().await?),
            };
            let problems = lake.check(rule, &sql.query).await.into_iter();
            let place = format!("{}:{}: {}", file.path, rule.line, rule.name);
            wrong.extend(problems.map(|problem| format!("{place}: {problem}")));
        }
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(rule_set::refusal("rules", &wrong).into())
    }
}

/// Says which rules no rollup feeds, and which see other spans than they say; counts the former.
fn feeds(config: &Config, file: &RulesOfFile) -> anyhow::Result<usize> {
    let mut unfed = 0;
    for rule in file.groups.iter().flat_map(|group| &group.rules) {
        let note = match feed_of(rule, &config.rollups) {
            Ok(feed) => feed.and_then(|feed| other_span(rule, &feed)),
            Err(missing) => {
                unfed += 1;
                Some(missing.to_string())
            }
        };
        if let Some(note) = note {
            console::line(format!(
                "{}:{}: {}: {note}",
                file.path, rule.line, rule.name
            ))?;
        }
    }
    Ok(unfed)
}

/// What a rule sees instead of its span, if the windows that feed it do not fit into it.
fn other_span(rule: &Rule, feed: &Feed) -> Option<String> {
    let RuleKind::Threshold(threshold) = &rule.kind else {
        return None;
    };
    let seen_s = feed.step_s.saturating_mul(feed.steps);
    (seen_s != threshold.span_s).then(|| {
        format!(
            "note: `over` of {} is looked at as {}, in steps of {} (rollup {}, windows of {})",
            show::span(threshold.span_s),
            show::span(seen_s),
            show::span(feed.step_s),
            feed.rollup,
            show::span(feed.window_seconds)
        )
    })
}
