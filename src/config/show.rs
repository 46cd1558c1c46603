//! The effective configuration for people: TOML with secrets masked, and where each value is from.

use toml::Value;

use crate::config::key::{KEYS, PASS_THROUGH};
use crate::config::layer::{Setting, Settings};
use crate::config::receivers;
use crate::config::secret::{MASK, is_secret};

/// Column at which the source of a value is written, where the value is short enough.
const SOURCE_COLUMN: usize = 56;

/// Writes all settings as TOML; a comment behind each says which layer it came from.
pub(crate) fn effective(settings: &Settings) -> String {
    let mut text = String::new();
    let mut section = "";
    for key in KEYS {
        let Some(setting) = settings.get(key.path) else {
            continue;
        };
        let (of, name) = key.path.split_once('.').unwrap_or(("", key.path));
        if of != section {
            pass_through(section, settings, &mut text);
            section = of;
            heading(section, &mut text);
        }
        if key.path == "rollups" {
            let fields = ["name", "window_seconds", "dimensions"];
            list("rollups", &fields, setting, &mut text);
        } else if key.path == "alerts.receivers" && !is_empty(setting) {
            let fields: Vec<&str> = receivers::field_names().collect();
            list("alerts.receivers", &fields, setting, &mut text);
        } else {
            line(name, &setting.value.to_string(), setting, &mut text);
        }
    }
    text
}

/// The pass-through section below a section.
fn pass_through(parent: &str, settings: &Settings, text: &mut String) {
    let below = |section: &&&str| section.split_once('.').is_some_and(|(of, _)| of == parent);
    for section in PASS_THROUGH.iter().filter(below) {
        heading(section, text);
        for (name, setting) in settings.entries(section) {
            let shown = if is_secret(name) {
                Value::from(MASK)
            } else {
                setting.value.clone()
            };
            let name = Value::from(name).to_string();
            line(&name, &shown.to_string(), setting, text);
        }
    }
}

fn heading(section: &str, text: &mut String) {
    if !section.is_empty() {
        text.push_str(&format!("\n[{section}]\n"));
    }
}

fn line(name: &str, value: &str, setting: &Setting, text: &mut String) {
    let left = format!("{name} = {value}");
    text.push_str(&format!("{left:<SOURCE_COLUMN$} # {}\n", setting.source));
}

fn is_empty(setting: &Setting) -> bool {
    setting.value.as_array().is_some_and(Vec::is_empty)
}

/// A list of sections, each with its fields in this order.
fn list(name: &str, fields: &[&str], setting: &Setting, text: &mut String) {
    for section in setting.value.as_array().into_iter().flatten() {
        let header = format!(
            "{:<SOURCE_COLUMN$} # {}",
            format!("[[{name}]]"),
            setting.source
        );
        let mut body = String::new();
        for field in fields {
            if let Some(value) = section.get(field) {
                body.push_str(&format!("{field} = {value}\n"));
            }
        }
        text.push_str(&format!("\n{header}\n{body}"));
    }
}
