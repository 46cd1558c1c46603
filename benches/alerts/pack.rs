//! The spike rules of a file, as the benchmark scores them.

use readers::alerts::detect::{
    DetectorSettings, Seasonality, Sensitivity, SeriesTest, TestedMeasure,
};
use saphyr_parser::{Event, Parser};

use crate::rules::{Key, Rule};

/// The rules that are shipped.
pub(crate) const STARTER_PACK: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/alerts/starter.yaml");

/// A value of the file.
enum Node {
    Text(String),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

impl Node {
    fn get(&self, key: &str) -> Option<&Self> {
        let Self::Map(entries) = self else {
            return None;
        };
        let (_, value) = entries.iter().find(|(name, _)| name == key)?;
        Some(value)
    }

    fn text(&self, key: &str) -> Option<&str> {
        match self.get(key)? {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    fn items(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }
}

/// The spike rules of a file, in its order; rules of other kinds are not scored.
pub(crate) fn spike_rules(path: &str) -> Vec<Rule> {
    let text = std::fs::read_to_string(path).unwrap();
    let root = read(&mut Parser::new_from_str(&text).map(|event| event.unwrap().0)).unwrap();
    let groups = root.get("groups").unwrap().items().iter();
    let rules = groups.flat_map(|group| group.get("rules").unwrap().items());
    rules.filter_map(rule_of).collect()
}

fn rule_of(rule: &Node) -> Option<Rule> {
    let spike = rule.get("spike")?;
    let key = match rule.get("by").unwrap().items().last() {
        Some(Node::Text(name)) => key_of(name),
        _ => panic!("a rule of the pack has no key"),
    };
    let direction = spike.text("direction").unwrap_or("above");
    let (test, measure) = test_of(spike.text("measure").unwrap(), direction);
    let usd = |key: &str| spike.text(key).unwrap().parse().unwrap();
    Some(Rule {
        name: rule.text("alert").unwrap().to_owned(),
        key,
        measure,
        settings: DetectorSettings {
            sensitivity: match spike.text("sensitivity").unwrap() {
                "low" => Sensitivity::LOW,
                "medium" => Sensitivity::MEDIUM,
                "high" => Sensitivity::HIGH,
                other => panic!("no sensitivity is named {other}"),
            },
            seasonality: match spike.text("seasonality").unwrap() {
                "off" => Seasonality::Off,
                "day" => Seasonality::Day,
                "week" => Seasonality::Week,
                other => panic!("no seasonality is named {other}"),
            },
            floor_usd: usd("floor_usd"),
            cold_start_usd: usd("cold_start_usd"),
            ..DetectorSettings::new(test)
        },
    })
}

fn key_of(name: &str) -> Key {
    match name {
        "feature" => Key::Feature,
        "workflow" => Key::Workflow,
        "user_id" => Key::User,
        "model" => Key::Model,
        other => panic!("no series of the world is told apart by {other}"),
    }
}

fn test_of(measure: &str, direction: &str) -> (SeriesTest, TestedMeasure) {
    let measure = match (measure, direction) {
        ("cost", "above") => return (SeriesTest::Volume, TestedMeasure::Cost),
        ("calls", "below") => return (SeriesTest::Silence, TestedMeasure::Cost),
        ("cost_per_call", "above") => TestedMeasure::CostPerCall,
        ("cost_per_token", "above") => TestedMeasure::CostPerToken,
        ("input_tokens_per_call", "above") => TestedMeasure::InputTokensPerCall,
        ("retry_share", "above") => TestedMeasure::RetryShare,
        ("cache_hit_share", "below") => TestedMeasure::CacheMissShare,
        other => panic!("the benchmark knows no {other:?}"),
    };
    (SeriesTest::Ratio, measure)
}

/// The next whole value; `None` where a list or a mapping ends.
fn read<'a>(events: &mut impl Iterator<Item = Event<'a>>) -> Option<Node> {
    loop {
        match events.next()? {
            Event::Scalar(text, ..) => return Some(Node::Text(text.into_owned())),
            Event::SequenceStart(..) => {
                let items = std::iter::from_fn(|| read(events));
                return Some(Node::List(items.collect()));
            }
            Event::MappingStart(..) => {
                let entry = || match read(events)? {
                    Node::Text(key) => Some((key, read(events)?)),
                    _ => panic!("a key of the pack is no text"),
                };
                return Some(Node::Map(std::iter::from_fn(entry).collect()));
            }
            Event::SequenceEnd | Event::MappingEnd => return None,
            _ => {}
        }
    }
}
