//! What breaks a rule: the four kinds, one key each.

use readers::alerts::spike::looks_at;
use schemas::alerts::alert_measure::AlertMeasure;
use schemas::alerts::amount::Unit;
use schemas::alerts::rule::{
    BudgetRule, Direction, Level, Period, RuleKind, Seasonality, Sensitivity, SpikeRule, SqlRule,
    ThresholdRule,
};
use schemas::money::{PICO_USD_PER_USD, PicoUsd};

use crate::alerting::fields::{Fields, one_or_more, shortened, text};
use crate::alerting::problem::{Problems, hint};
use crate::alerting::values::{
    choice, count, days, dollars, dollars_above_zero, number, permille, share, span_s, truth,
};
use crate::alerting::yaml::Node;

/// The kinds, as rules name them.
const KINDS: [&str; 4] = ["threshold", "spike", "budget", "sql"];
/// Most levels of a threshold and steps of a budget.
const LEVELS_MAX: usize = 16;
/// Longest span of a threshold, seconds.
const SPAN_S_MAX: u32 = 31 * 86_400;
/// Longest query, bytes.
const QUERY_BYTES_MAX: usize = 64 << 10;
/// Steps of a budget that names none.
const STEPS_PERMILLE: [u32; 4] = [500, 800, 950, 1000];
/// What must be at stake for a spike that says nothing of it.
const SPIKE_FLOOR_USD: PicoUsd = PicoUsd(5 * PICO_USD_PER_USD);

const DIRECTIONS: [(&str, Direction); 2] =
    [("above", Direction::Above), ("below", Direction::Below)];
const SENSITIVITIES: [(&str, Sensitivity); 3] = [
    ("low", Sensitivity::Low),
    ("medium", Sensitivity::Medium),
    ("high", Sensitivity::High),
];
const SEASONALITIES: [(&str, Seasonality); 3] = [
    ("off", Seasonality::Off),
    ("day", Seasonality::Day),
    ("week", Seasonality::Week),
];
const PERIODS: [(&str, Period); 3] = [
    ("day", Period::Day),
    ("week", Period::Week),
    ("month", Period::Month),
];

/// What the values of a rule's alerts count.
pub(super) const fn unit(kind: Option<&RuleKind>) -> Unit {
    match kind {
        Some(RuleKind::Threshold(threshold)) => threshold.measure.unit(),
        Some(RuleKind::Spike(spike)) => spike.measure.unit(),
        Some(RuleKind::Budget(_)) => Unit::Usd,
        Some(RuleKind::Sql(_)) | None => Unit::Plain,
    }
}

/// Reads what breaks a rule.
pub(super) fn read(rule: &Fields<'_>, problems: &mut Problems) -> Option<RuleKind> {
    let mut named = KINDS.iter().filter(|kind| rule.get(kind).is_some());
    let Some(kind) = named.next() else {
        let message = format!("a rule needs what breaks it: one of {}", KINDS.join(", "));
        problems.add(rule.place, message);
        return None;
    };
    if let Some(second) = named.next() {
        let message = format!("a rule is of one kind: make a rule of its own of `{second}`");
        problems.add(rule.place(second), message);
    }
    let node = rule.get(kind)?;
    match *kind {
        "threshold" => threshold(node, problems).map(RuleKind::Threshold),
        "spike" => spike(node, problems).map(RuleKind::Spike),
        "budget" => budget(node, problems).map(RuleKind::Budget),
        _ => sql(node, problems).map(RuleKind::Sql),
    }
}

fn measure(text: &str) -> Result<AlertMeasure, String> {
    AlertMeasure::from_name(text).ok_or_else(|| {
        let known = AlertMeasure::ALL.map(AlertMeasure::as_str);
        format!("cannot be \"{}\"{}", shortened(text), hint(text, &known))
    })
}

fn threshold(node: &Node, problems: &mut Problems) -> Option<ThresholdRule> {
    const KEYS: [&str; 6] = [
        "measure",
        "over",
        "above",
        "below",
        "calls_min",
        "floor_usd",
    ];
    let fields = Fields::new("`threshold`", node, &KEYS, problems)?;
    let measure = fields.required_value("measure", measure, problems);
    let span_s = fields.value("over", threshold_span, problems);
    let calls_min = fields.value("calls_min", count, problems);
    let floor_usd = fields.value("floor_usd", dollars, problems);
    if measure == Some(AlertMeasure::PriceBookAge) {
        for name in ["over", "calls_min", "floor_usd"] {
            if fields.get(name).is_some() {
                let message = format!("`{name}` must go: the age of the price book is of no calls");
                problems.add(fields.place(name), message);
            }
        }
    } else {
        fields.required("over", problems);
    }
    let (direction, levels) = levels(&fields, measure?, problems)?;
    Some(ThresholdRule {
        measure: measure?,
        span_s: span_s.unwrap_or_default(),
        direction,
        levels,
        calls_min: calls_min.unwrap_or_default(),
        floor_usd: floor_usd.unwrap_or_default(),
    })
}

fn threshold_span(text: &str) -> Result<u32, String> {
    match span_s(text)? {
        span_s if span_s <= SPAN_S_MAX => Ok(span_s),
        _ => Err("must be at most 31d: a budget looks at longer spans".to_owned()),
    }
}

/// The levels of `above` or `below`, from the mildest on.
fn levels(
    fields: &Fields<'_>,
    measure: AlertMeasure,
    problems: &mut Problems,
) -> Option<(Direction, Vec<Level>)> {
    let mut named = DIRECTIONS
        .into_iter()
        .filter(|(name, _)| fields.get(name).is_some());
    let Some((name, direction)) = named.next() else {
        let message = "`threshold` needs `above` or `below`: one level, or a list of steps";
        problems.add(fields.place, message);
        return None;
    };
    if let Some((second, _)) = named.next() {
        let message = "`threshold` takes `above` or `below`: make a rule of its own of the other";
        problems.add(fields.place(second), message);
    }
    let nodes = one_or_more(fields.get(name)?);
    check_count(name, nodes, fields, problems);
    let is_stepped = nodes.len() > 1;
    let mut levels: Vec<Level> = Vec::new();
    for node in nodes {
        let scalar = text(&format!("`{name}`"), node, problems)?;
        let pico = match level(&scalar.text, measure) {
            Ok(pico) => pico,
            Err(wrong) => {
                problems.add(node.place, format!("`{name}` {wrong}"));
                continue;
            }
        };
        let is_milder = levels.last().is_none_or(|before| match direction {
            Direction::Above => before.pico < pico,
            Direction::Below => before.pico > pico,
        });
        if !is_milder {
            let message = format!("the steps of `{name}` go from the mildest to the severest");
            problems.add(node.place, message);
        }
        let step = if is_stepped { scalar.text.as_str() } else { "" };
        levels.push(Level {
            name: step.to_owned(),
            pico,
        });
    }
    Some((direction, levels))
}

fn check_count(name: &str, nodes: &[Node], fields: &Fields<'_>, problems: &mut Problems) {
    if nodes.is_empty() || nodes.len() > LEVELS_MAX {
        let message = format!(
            "`{name}` takes 1 to {LEVELS_MAX} values, got {}",
            nodes.len()
        );
        problems.add(fields.place(name), message);
    }
}

/// A level of a measure, 10^-12 of its unit.
fn level(text: &str, measure: AlertMeasure) -> Result<i128, String> {
    match measure.unit() {
        Unit::Usd | Unit::UsdPerCall | Unit::UsdPerToken | Unit::UsdPerUser => {
            dollars(text).map(|amount| amount.0)
        }
        Unit::Share => share(text),
        Unit::Days => days(text),
        Unit::Tokens | Unit::Calls | Unit::TokensPerCall | Unit::Plain => number(text),
    }
}

fn spike(node: &Node, problems: &mut Problems) -> Option<SpikeRule> {
    const KEYS: [&str; 7] = [
        "measure",
        "direction",
        "sensitivity",
        "seasonality",
        "floor_usd",
        "cold_start_usd",
        "calls_min",
    ];
    let fields = Fields::new("`spike`", node, &KEYS, problems)?;
    let measure = fields.value("measure", measure, problems);
    let measure = measure.unwrap_or(AlertMeasure::Cost);
    let direction = fields.value("direction", |text| choice(text, &DIRECTIONS), problems);
    let direction = direction.unwrap_or(Direction::Above);
    check_tested(&fields, measure, direction, problems);
    let sensitivity = fields.value("sensitivity", |text| choice(text, &SENSITIVITIES), problems);
    let seasonality = fields.value("seasonality", |text| choice(text, &SEASONALITIES), problems);
    let floor_usd = fields.value("floor_usd", dollars, problems);
    if fields.get("calls_min").is_some() {
        let message = "`calls_min` must go: a spike is weighed in dollars, so that a share of few \
                       calls weighs little; raise `floor_usd` instead";
        problems.add(fields.place("calls_min"), message);
    }
    Some(SpikeRule {
        measure,
        direction,
        sensitivity: sensitivity.unwrap_or(Sensitivity::Medium),
        seasonality: seasonality.unwrap_or(Seasonality::Week),
        floor_usd: floor_usd.unwrap_or(SPIKE_FLOOR_USD),
        cold_start_usd: fields.value("cold_start_usd", dollars_above_zero, problems),
    })
}

/// Which measures have a past that tells what is usual, and on which side it matters.
fn check_tested(
    fields: &Fields<'_>,
    measure: AlertMeasure,
    direction: Direction,
    problems: &mut Problems,
) {
    let name = measure.as_str();
    let message = match direction {
        _ if looks_at(measure, direction) => return,
        Direction::Above if looks_at(measure, Direction::Below) => {
            format!("`spike` looks at {name} when it falls: add direction: below")
        }
        Direction::Below if looks_at(measure, Direction::Above) => {
            format!("`spike` looks at {name} when it rises: leave direction: below out")
        }
        _ => format!("`spike` does not look at {name}: use `threshold`"),
    };
    problems.add(fields.place("measure"), message);
}

fn budget(node: &Node, problems: &mut Problems) -> Option<BudgetRule> {
    const KEYS: [&str; 4] = ["amount_usd", "period", "steps", "forecast"];
    let fields = Fields::new("`budget`", node, &KEYS, problems)?;
    let amount_usd = fields.required_value("amount_usd", dollars_above_zero, problems);
    let period = fields.value("period", |text| choice(text, &PERIODS), problems);
    let forecast = fields.value("forecast", truth, problems);
    let steps_permille = match fields.get("steps") {
        Some(_) => steps(&fields, problems),
        None => STEPS_PERMILLE.to_vec(),
    };
    Some(BudgetRule {
        amount_usd: amount_usd?,
        period: period.unwrap_or(Period::Month),
        steps_permille,
        forecast: forecast.unwrap_or(true),
    })
}

fn steps(fields: &Fields<'_>, problems: &mut Problems) -> Vec<u32> {
    let mut steps: Vec<u32> = Vec::new();
    let nodes = fields.list("steps", LEVELS_MAX, problems);
    check_count("steps", nodes, fields, problems);
    for node in nodes {
        let step = text("a step", node, problems).map(|step| permille(&step.text));
        match step {
            Some(Ok(step)) if steps.last().is_some_and(|before| *before >= step) => {
                problems.add(node.place, "`steps` go from the lowest to the highest");
            }
            Some(Ok(step)) => steps.push(step),
            Some(Err(wrong)) => problems.add(node.place, format!("a step {wrong}")),
            None => {}
        }
    }
    steps
}

fn sql(node: &Node, problems: &mut Problems) -> Option<SqlRule> {
    let fields = Fields::new("`sql`", node, &["query"], problems)?;
    let query = fields.required_value("query", query, problems)?;
    Some(SqlRule { query })
}

fn query(text: &str) -> Result<String, String> {
    if text.trim().is_empty() || text.len() > QUERY_BYTES_MAX {
        return Err(format!(
            "must be a SELECT of at most {QUERY_BYTES_MAX} bytes"
        ));
    }
    Ok(text.to_owned())
}
