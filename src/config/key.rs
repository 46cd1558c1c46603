//! Which keys exist, what each takes, and the nearest one to a mistyped name.

/// What a key takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Any text.
    Text,
    /// One of some texts.
    Choice(&'static [&'static str]),
    /// A whole number in a range, both ends included, with its unit in words.
    Integer(i64, i64, &'static str),
    /// `true` or `false`.
    Boolean,
    /// The list of rollups.
    Rollups,
    /// The list of receivers of alerts.
    Receivers,
}

impl Kind {
    /// What to write, for messages.
    pub(crate) fn expected(self) -> String {
        match self {
            Self::Text => "a text in quotes".to_owned(),
            Self::Choice(choices) => format!("one of {}", quoted(choices)),
            Self::Integer(..) => "a whole number".to_owned(),
            Self::Boolean => "true or false".to_owned(),
            Self::Rollups => "a list of [[rollups]] sections".to_owned(),
            Self::Receivers => "a list of [[alerts.receivers]] sections".to_owned(),
        }
    }
}

/// One key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key {
    /// Its section and name, joined by a dot.
    pub(crate) path: &'static str,
    /// What it takes.
    pub(crate) kind: Kind,
}

/// Sections whose entries pass through to a library under the library's own names.
pub(crate) const PASS_THROUGH: [&str; 2] = [KAFKA_PROPERTIES, LAKE_OPTIONS];
/// The section of librdkafka properties.
pub(crate) const KAFKA_PROPERTIES: &str = "kafka.properties";
/// The section of `object_store` options.
pub(crate) const LAKE_OPTIONS: &str = "lake.options";

const MIB: i64 = 1 << 20;
const GIB: i64 = 1 << 30;
const DAY_S: i64 = 86_400;

const fn key(path: &'static str, kind: Kind) -> Key {
    Key { path, kind }
}

const fn integer(path: &'static str, min: i64, max: i64, unit: &'static str) -> Key {
    key(path, Kind::Integer(min, max, unit))
}

/// All keys, in the order of the default file.
pub(crate) const KEYS: &[Key] = &[
    key("pipeline", Kind::Text),
    key("kafka.bootstrap_servers", Kind::Text),
    key("kafka.topic", Kind::Text),
    key("kafka.group", Kind::Text),
    key("kafka.start", Kind::Choice(&["earliest", "latest"])),
    key("kafka.format", Kind::Choice(&["native"])),
    key("lake.url", Kind::Text),
    integer("worker.threads", 0, 256, "threads"),
    integer("worker.epoch_max_ms", 50, 600_000, "milliseconds"),
    integer("worker.epoch_encoded_bytes_max", MIB, 4 * GIB, "bytes"),
    integer("worker.memory_bytes_max", 192 * MIB, 1024 * GIB, "bytes"),
    integer("worker.poll_rows_max", 1, 1_000_000, "messages"),
    key(
        "worker.status_line",
        Kind::Choice(&["auto", "always", "never"]),
    ),
    integer("decode.message_bytes_max", 1024, 64 * MIB, "bytes"),
    integer("decode.time_past_max_s", 60, 36_500 * DAY_S, "seconds"),
    integer("decode.time_future_max_s", 0, 365 * DAY_S, "seconds"),
    key("prices.book", Kind::Text),
    key("prices.book_id", Kind::Text),
    key("prices.operator_book", Kind::Text),
    integer("dedup.horizon_s", 0, 365 * DAY_S, "seconds"),
    integer("dedup.entries_max", 1000, 1_000_000_000, "ids"),
    integer("watermark.lateness_s_max", 0, 30 * DAY_S, "seconds"),
    integer("watermark.idle_interval_ms", 100, 3_600_000, "milliseconds"),
    integer("commit.attempts_max", 1, 100_000, "attempts"),
    key("maintenance.enabled", Kind::Boolean),
    integer("maintenance.interval_s", 1, DAY_S, "seconds"),
    integer("maintenance.file_bytes_target", MIB, 4 * GIB, "bytes"),
    integer("maintenance.files_min", 2, 100_000, "files"),
    integer("maintenance.log_retention_s", 3600, 3650 * DAY_S, "seconds"),
    integer(
        "maintenance.deleted_file_retention_s",
        3600,
        3650 * DAY_S,
        "seconds",
    ),
    key("alerts.rules", Kind::Text),
    integer("alerts.keys_max", 1, 100_000_000, "keys"),
    key("alerts.receivers", Kind::Receivers),
    key("status.listen_address", Kind::Text),
    key("log.format", Kind::Choice(&["text", "json"])),
    key("log.level", Kind::Text),
    key("rollups", Kind::Rollups),
];

/// What a dotted path names.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Named {
    /// A key.
    Key(&'static Key),
    /// A section that passes its entries through.
    PassThrough,
    /// A section that holds keys.
    Section,
    /// Nothing.
    Unknown,
}

/// Looks a dotted path up.
pub(crate) fn lookup(path: &str) -> Named {
    if let Some(key) = KEYS.iter().find(|key| key.path == path) {
        return Named::Key(key);
    }
    if PASS_THROUGH.contains(&path) {
        return Named::PassThrough;
    }
    let is_section = sections().any(|section| section == path);
    if is_section {
        Named::Section
    } else {
        Named::Unknown
    }
}

/// The library's name of a pass-through entry, and the section that it stands in.
pub(crate) fn pass_through(path: &str) -> Option<(&'static str, &str)> {
    PASS_THROUGH.into_iter().find_map(|section| {
        let name = path.strip_prefix(section)?.strip_prefix('.')?;
        (!name.is_empty()).then_some((section, name))
    })
}

fn sections() -> impl Iterator<Item = &'static str> {
    let of_keys = KEYS.iter().filter_map(|key| key.path.split_once('.'));
    of_keys.map(|(section, _)| section)
}

/// The path that somebody who wrote this one most likely meant.
///
/// A known name in the wrong section is found as well as a mistyped one.
pub(crate) fn suggestion(path: &str) -> Option<&'static str> {
    let name = last_part(path);
    let moved = KEYS.iter().find(|key| last_part(key.path) == name);
    if let Some(key) = moved {
        return Some(key.path);
    }
    let paths = KEYS.iter().map(|key| key.path).chain(PASS_THROUGH);
    let candidates: Vec<&'static str> = paths.chain(sections()).collect();
    let by_path = nearest(path, candidates.iter().copied());
    // In the wrong section a mistyped name is far from the whole path, but near to the name.
    by_path.or_else(|| {
        let near = nearest(name, candidates.iter().copied().map(last_part))?;
        candidates.into_iter().find(|path| last_part(path) == near)
    })
}

/// The candidate nearest to a name, if it is near enough to be a slip.
pub(crate) fn nearest<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let edits_max = (name.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (edits(name, candidate), candidate))
        .filter(|(edits, _)| *edits <= edits_max)
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate)
}

/// Edits between two names; words in another order count as one.
fn edits(name: &str, candidate: &str) -> usize {
    let sorted = |text: &str| {
        let mut words: Vec<&str> = text.split(['_', '.', '-']).collect();
        words.sort_unstable();
        words.join("_")
    };
    let plain = strsim::damerau_levenshtein(name, candidate);
    let reordered = strsim::damerau_levenshtein(&sorted(name), &sorted(candidate)) + 1;
    plain.min(reordered)
}

/// `; did you mean ...?`, or nothing.
pub(crate) fn did_you_mean(suggestion: Option<&str>) -> String {
    suggestion.map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

/// Texts in quotes, separated by commas.
pub(crate) fn quoted(texts: &[&str]) -> String {
    let quoted: Vec<String> = texts.iter().map(|text| format!("\"{text}\"")).collect();
    quoted.join(", ")
}

fn last_part(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

#[cfg(test)]
mod tests;
