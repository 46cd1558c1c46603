//! What rules mean, in words, with every default.

use readers::alerts::feed::feed_of;
use schemas::alerts::amount::Unit;
use schemas::alerts::rule::{
    BudgetRule, Direction, Filter, Period, Rule, RuleGroup, RuleKind, Seasonality, Sensitivity,
    SpikeRule, ThresholdRule,
};
use schemas::money::PicoUsd;
use schemas::rollup::Rollup;

/// Groups with their rules.
pub(super) fn groups(groups: &[RuleGroup], rollups: &[Rollup]) -> String {
    let mut text = String::new();
    for group in groups {
        text.push_str(&format!(
            "\n{}, every {}\n",
            group.name,
            span(group.interval_s)
        ));
        for shown in &group.rules {
            text.push_str(&rule(shown, rollups));
        }
    }
    text
}

fn rule(rule: &Rule, rollups: &[Rollup]) -> String {
    let keys: Vec<&str> = rule.keys.iter().map(|key| key.column()).collect();
    let by = match (&rule.kind, keys.is_empty()) {
        (RuleKind::Sql(_), _) => String::new(),
        (_, true) => ", one key".to_owned(),
        (_, false) => format!(", each {}", keys.join(" and ")),
    };
    let filters: Vec<String> = rule.filters.iter().map(filter).collect();
    let filters = if filters.is_empty() {
        String::new()
    } else {
        format!(", where {}", filters.join(" and "))
    };
    let mut text = format!("  {}: {}{by}{filters}\n", rule.name, kind(&rule.kind));
    let fed = match feed_of(rule, rollups) {
        Ok(Some(feed)) => format!(
            "fed by the rollup {}, windows of {}",
            feed.rollup,
            span(feed.window_seconds)
        ),
        Ok(None) => "needs no rollup".to_owned(),
        Err(_) => "no rollup feeds it".to_owned(),
    };
    text.push_str(&format!(
        "    for {}, keep_firing_for {}; {fed}\n",
        span(rule.for_s),
        span(rule.keep_firing_for_s)
    ));
    for (name, value) in rule.labels.iter().chain(&rule.annotations) {
        text.push_str(&format!("    {name}: {}\n", value.trim_end()));
    }
    text
}

fn kind(kind: &RuleKind) -> String {
    match kind {
        RuleKind::Threshold(threshold) => of_threshold(threshold),
        RuleKind::Spike(spike) => of_spike(spike),
        RuleKind::Budget(budget) => of_budget(budget),
        RuleKind::Sql(sql) => {
            let query: Vec<&str> = sql.query.split_whitespace().collect();
            format!("rows of {}", query.join(" "))
        }
    }
}

fn of_threshold(rule: &ThresholdRule) -> String {
    let levels = rule.levels.iter();
    let levels: Vec<String> = levels
        .map(|level| amount(level.pico, rule.measure.unit()))
        .collect();
    let over = match rule.span_s {
        0 => String::new(),
        span_s => format!(" over {}", span(span_s)),
    };
    format!(
        "{}{over} {} {}{}",
        rule.measure.as_str(),
        direction(rule.direction),
        levels.join(", then "),
        at_least(rule.calls_min, rule.floor_usd)
    )
}

/// What a key must have to be looked at.
fn at_least(calls_min: u64, floor_usd: PicoUsd) -> String {
    match (calls_min, floor_usd) {
        (0, PicoUsd(0)) => String::new(),
        (0, floor_usd) => format!(", of at least ${}", dollars(floor_usd)),
        (calls_min, PicoUsd(0)) => format!(", of at least {calls_min} calls"),
        (calls_min, floor_usd) => format!(
            ", of at least {calls_min} calls and ${}",
            dollars(floor_usd)
        ),
    }
}

/// A level as rules write it.
fn amount(pico: i128, unit: Unit) -> String {
    match unit {
        Unit::Usd | Unit::UsdPerCall | Unit::UsdPerToken | Unit::UsdPerUser => {
            format!("${}", number(pico))
        }
        Unit::Share => format!("{}%", number(pico.saturating_mul(100))),
        Unit::Days => format!("{}d", number(pico)),
        Unit::Tokens | Unit::Calls | Unit::TokensPerCall | Unit::Plain => number(pico),
    }
}

fn of_spike(rule: &SpikeRule) -> String {
    let sensitivity = match rule.sensitivity {
        Sensitivity::Low => "low",
        Sensitivity::Medium => "medium",
        Sensitivity::High => "high",
    };
    let seasonality = match rule.seasonality {
        Seasonality::Off => "off",
        Seasonality::Day => "day",
        Seasonality::Week => "week",
    };
    let cold_start = match rule.cold_start_usd {
        Some(amount) => format!("${} a day", dollars(amount)),
        None => "none".to_owned(),
    };
    format!(
        "spike of {} {} what is usual, sensitivity {sensitivity}, seasonality {seasonality}, cold \
         start {cold_start}{}",
        rule.measure.as_str(),
        direction(rule.direction),
        at_least(0, rule.floor_usd)
    )
}

fn of_budget(rule: &BudgetRule) -> String {
    let period = match rule.period {
        Period::Day => "day",
        Period::Week => "week",
        Period::Month => "month",
    };
    let steps = rule.steps_permille.iter();
    let steps: Vec<String> = steps
        .map(|permille| match permille % 10 {
            0 => format!("{}%", permille / 10),
            tenths => format!("{}.{tenths}%", permille / 10),
        })
        .collect();
    let forecast = if rule.forecast {
        "with a forecast"
    } else {
        "without a forecast"
    };
    format!(
        "budget of ${} a {period}, steps {}, {forecast}",
        dollars(rule.amount_usd),
        steps.join(", ")
    )
}

fn filter(filter: &Filter) -> String {
    let values: Vec<String> = filter
        .values
        .iter()
        .map(|value| format!("\"{value}\""))
        .collect();
    let is = if filter.keeps { "is" } else { "is not" };
    format!("{} {is} {}", filter.dimension.column(), values.join(" or "))
}

const fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::Above => "above",
        Direction::Below => "below",
    }
}

fn dollars(amount: PicoUsd) -> String {
    number(amount.0)
}

/// An exact decimal without zeros at its end.
fn number(pico: i128) -> String {
    let text = PicoUsd(pico).to_string();
    let text = text.trim_end_matches('0').trim_end_matches('.');
    text.to_owned()
}

/// A duration as rules write it.
pub(super) fn span(seconds: u32) -> String {
    if seconds == 0 {
        return "0s".to_owned();
    }
    let mut rest = seconds;
    let mut text = String::new();
    for (length_s, unit) in [(86_400, "d"), (3600, "h"), (60, "m"), (1, "s")] {
        if rest >= length_s {
            text.push_str(&format!("{}{unit}", rest / length_s));
        }
        rest %= length_s;
    }
    text
}
