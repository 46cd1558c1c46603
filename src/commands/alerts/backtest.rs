//! `tokenmeter alerts backtest`: what rules would have fired over the lake's past.

use indicatif::{ProgressBar, ProgressStyle};
use readers::LakeReader;
use schemas::alerts::alert::ALERT_NAME;
use schemas::alerts::alert_measure::AlertMeasure;
use schemas::alerts::amount::Amount;
use schemas::alerts::rule::{RuleGroup, RuleKind};
use schemas::money::PicoUsd;
use schemas::time::{US_PER_S, format_rfc3339};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::alerting::backtest::{Backtest, PastAlert};
use crate::alerting::setup;
use crate::cli::WrongOptions;
use crate::cli::alerts_options::{BacktestFormat, BacktestOptions};
use crate::config::Config;
use crate::console;
use crate::lake_store::open_existing_store;

/// What queries of a replay may hold in memory; sorts beyond it go to temporary files, bytes.
const MEMORY_BYTES_MAX: usize = 1 << 30;

/// Replays rules and lists their alerts.
///
/// # Errors
/// Rules that are refused, a span without time, and what reading the lake gives.
pub(crate) async fn run(config: Config, options: BacktestOptions) -> anyhow::Result<()> {
    if options.from.us >= options.to.us {
        return Err(WrongOptions(format!(
            "--from {} must be before --to {}, which is exclusive",
            format_rfc3339(options.from.us),
            format_rfc3339(options.to.us)
        ))
        .into());
    }
    let groups = setup::rules(&config)?;
    if groups.is_empty() {
        let message = "there are no rules: name a file with --rules or alerts.rules";
        return Err(WrongOptions(message.to_owned()).into());
    }
    note_left_out(&groups);
    let store = open_existing_store(&config.lake.url, config.lake.options.as_map())?;
    let reader = LakeReader::with_memory_limit(store.store, store.url, MEMORY_BYTES_MAX);
    let backtest = Backtest {
        groups,
        rollups: config.rollups.clone(),
        from_us: options.from.us,
        to_us: options.to.us,
        keys_max: config.alerts.keys_max,
    };
    let bar = progress_bar(options.to.us);
    let alerts = backtest
        .run(&reader, &mut |at_us| {
            if at_us.rem_euclid(3_600 * US_PER_S) == 0 {
                bar.set_message(format_rfc3339(at_us));
                bar.tick();
            }
        })
        .await?;
    bar.finish_and_clear();
    match options.format {
        BacktestFormat::Json => alerts
            .iter()
            .try_for_each(|alert| console::line(json_line(alert)?)),
        BacktestFormat::Table => console::text(table(&alerts)),
    }
}

/// Says on a terminal which instant was reached of the last one.
fn progress_bar(to_us: i64) -> ProgressBar {
    let bar = ProgressBar::new_spinner().with_prefix(format_rfc3339(to_us));
    let template = "{spinner} replaying {msg} of {prefix} ({elapsed})";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}

/// Says which rules are not replayed.
fn note_left_out(groups: &[RuleGroup]) {
    for rule in groups.iter().flat_map(|group| &group.rules) {
        if let Some(reason) = left_out_because(&rule.kind) {
            console::note(format!("{} is left out: {reason}", rule.name));
        }
    }
}

/// Why rules of a kind are not replayed; `None` if they are.
fn left_out_because(kind: &RuleKind) -> Option<&'static str> {
    match kind {
        RuleKind::Sql(_) => Some("a query sees the lake as it is now, not as it was"),
        RuleKind::Threshold(rule) if rule.measure == AlertMeasure::PriceBookAge => {
            Some("the lake does not say how old the price facts were")
        }
        RuleKind::Threshold(_) | RuleKind::Spike(_) | RuleKind::Budget(_) => None,
    }
}

/// One alert as a line of JSON; numbers are written exactly.
fn json_line(alert: &PastAlert) -> anyhow::Result<String> {
    let last = &alert.last;
    let number = |pico: i128| -> anyhow::Result<Value> {
        let raw = RawValue::from_string(PicoUsd(pico).to_string())?;
        Ok(serde_json::to_value(raw)?)
    };
    let amount = |amount: Option<Amount>| amount.map(|amount| number(amount.pico)).transpose();
    let time = |at_us: Option<i64>| at_us.map(format_rfc3339);
    let line = json!({
        "rule": last.rule,
        "group": last.rule_group,
        "labels": last.labels,
        "annotations": last.annotations,
        "step": last.step,
        "started_at": format_rfc3339(alert.began_us()),
        "breach_started_at": format_rfc3339(last.started_at_us),
        "fired_at": time(alert.fired.fired_at_us),
        "resolved_at": time(last.resolved_at_us),
        "value": number(last.value.pico)?,
        "unit": last.value.unit.as_str(),
        "threshold": amount(last.threshold)?,
        "baseline": amount(last.baseline)?,
        "over_usd": amount(last.over_usd.map(Amount::usd))?,
        "after_alert_usd": amount(alert.after_alert_usd().map(Amount::usd))?,
    });
    Ok(line.to_string())
}

/// The alerts for people: the dearest can be found by what came after them.
fn table(alerts: &[PastAlert]) -> String {
    let mut text = String::new();
    let (mut over, mut after) = (0_i128, 0_i128);
    for alert in alerts {
        let last = &alert.last;
        let usd = |usd: Option<PicoUsd>| usd.map_or_else(|| "-".to_owned(), short_usd);
        let labels = last.labels.iter().filter(|(name, _)| *name != ALERT_NAME);
        let labels: Vec<String> = labels
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let until = last
            .resolved_at_us
            .map_or_else(|| "still firing".to_owned(), minute);
        text.push_str(&format!(
            "{}  {}  {}  over {}  after the alert {}\n    fired {}  until {until}\n",
            minute(last.started_at_us),
            last.rule,
            labels.join(" "),
            usd(last.over_usd),
            usd(alert.after_alert_usd()),
            alert.fired.fired_at_us.map_or_else(String::new, minute),
        ));
        over += last.over_usd.map_or(0, |usd| usd.0);
        after += alert.after_alert_usd().map_or(0, |usd| usd.0);
    }
    let alerts_word = if alerts.len() == 1 { "alert" } else { "alerts" };
    text.push_str(&format!(
        "{} {alerts_word}, {} over what was to be expected, {} of it after the alerts: what acting on them could have saved\n",
        alerts.len(),
        short_usd(PicoUsd(over)),
        short_usd(PicoUsd(after)),
    ));
    text
}

/// Dollars cut behind the cents.
fn short_usd(usd: PicoUsd) -> String {
    let text = usd.to_string();
    let cents_end = text.find('.').map_or(text.len(), |point| point + 3);
    format!("${}", text.get(..cents_end).unwrap_or(&text))
}

fn minute(at_us: i64) -> String {
    let text = format_rfc3339(at_us);
    text.get(..16)
        .map_or(text.clone(), |text| text.replace('T', " "))
}

#[cfg(test)]
mod tests;
