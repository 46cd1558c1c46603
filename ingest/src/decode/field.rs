//! The fields of the native event: their numbers, what each holds, and finding one by its name.

use schemas::usage_unit::{USAGE_COLUMNS, USAGE_UNITS};

use super::name_pattern::NamePattern;
use super::text_ends::{spread, text_ends};

/// What a field's value must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A text.
    Text,
    /// A text out of the closed list [`Field::choices`].
    Choice,
    /// An instant.
    Time,
    /// A whole number from [`Field::minimum`] on.
    Count,
    /// A whole number of usage units.
    Usage,
    /// A quantity of usage units, perhaps not whole.
    Quantity,
    /// Milliseconds, perhaps not whole.
    Milliseconds,
    /// US dollars.
    Money,
    /// An object of texts.
    Attributes,
}

/// A field, by its number.
///
/// Numbers below [`COLUMN_FIELDS`] index [`FIELDS`]; those from there on are the units of
/// [`OTHER_UNITS`]. Fields with a column enter the content hash by their number, units by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Field(u8);

/// The texts stand first, so that a text's number is its index among the texts.
pub(crate) const TEXT_FIELDS: usize = 19;
/// The whole numbers follow.
pub(crate) const COUNT_FIELDS: usize = 9;
/// How many fields are columns of their own.
pub(crate) const COLUMN_FIELDS: usize = FIELDS.len();
/// How many fields there are.
pub(crate) const FIELD_COUNT: usize = COLUMN_FIELDS + OTHER_UNIT_COUNT;
/// How many units go into the column `other_usage`.
pub(crate) const OTHER_UNIT_COUNT: usize = USAGE_UNITS.len() - USAGE_COLUMNS.len();

/// The fields that are columns. A number is part of the content hash for good: new fields may
/// only be appended, and only to the end.
pub(crate) const FIELDS: [(&str, Kind); 34] = [
    ("event_id", Kind::Text),
    ("provider", Kind::Text),
    ("model", Kind::Text),
    ("requested_model", Kind::Text),
    ("tenant", Kind::Text),
    ("user_id", Kind::Text),
    ("feature", Kind::Text),
    ("workflow", Kind::Text),
    ("run_id", Kind::Text),
    ("session_id", Kind::Text),
    ("agent", Kind::Text),
    ("region", Kind::Text),
    ("route", Kind::Text),
    ("service_tier", Kind::Text),
    ("requested_service_tier", Kind::Text),
    ("status", Kind::Choice),
    ("usage_state", Kind::Choice),
    ("served_from", Kind::Choice),
    ("emitter", Kind::Text),
    ("sequence", Kind::Count),
    ("attempt", Kind::Count),
    ("input_tokens", Kind::Usage),
    ("output_tokens", Kind::Usage),
    ("cache_read_tokens", Kind::Usage),
    ("cache_write_tokens", Kind::Usage),
    ("cache_write_5m_tokens", Kind::Usage),
    ("cache_write_1h_tokens", Kind::Usage),
    ("output_reasoning_tokens", Kind::Usage),
    ("event_time", Kind::Time),
    ("gpu_seconds", Kind::Quantity),
    ("latency_ms", Kind::Milliseconds),
    ("time_to_first_token_ms", Kind::Milliseconds),
    ("reported_cost_usd", Kind::Money),
    ("attributes", Kind::Attributes),
];

/// The usage units without a column of their own, sorted by name.
pub(crate) const OTHER_UNITS: [&str; OTHER_UNIT_COUNT] = sorted_other_units();

impl Field {
    pub(crate) const EVENT_ID: Self = Self(0);
    pub(crate) const PROVIDER: Self = Self(1);
    pub(crate) const MODEL: Self = Self(2);
    pub(crate) const TENANT: Self = Self(4);
    pub(crate) const USER_ID: Self = Self(5);
    pub(crate) const STATUS: Self = Self(15);
    pub(crate) const USAGE_STATE: Self = Self(16);
    pub(crate) const SERVED_FROM: Self = Self(17);
    pub(crate) const ATTEMPT: Self = Self(20);
    pub(crate) const INPUT_TOKENS: Self = Self(21);
    pub(crate) const OUTPUT_TOKENS: Self = Self(22);
    pub(crate) const CACHE_READ_TOKENS: Self = Self(23);
    pub(crate) const CACHE_WRITE_TOKENS: Self = Self(24);
    pub(crate) const CACHE_WRITE_5M_TOKENS: Self = Self(25);
    pub(crate) const CACHE_WRITE_1H_TOKENS: Self = Self(26);
    pub(crate) const OUTPUT_REASONING_TOKENS: Self = Self(27);
    pub(crate) const EVENT_TIME: Self = Self(28);
    pub(crate) const GPU_SECONDS: Self = Self(29);
    pub(crate) const LATENCY_MS: Self = Self(30);
    pub(crate) const TIME_TO_FIRST_TOKEN_MS: Self = Self(31);
    pub(crate) const REPORTED_COST_USD: Self = Self(32);
    pub(crate) const ATTRIBUTES: Self = Self(33);

    /// The field of a name; `None` if the native event knows none.
    #[inline]
    pub(crate) fn of_name(name: &[u8]) -> Option<Self> {
        let number = NAME_TABLE.slots[NAME_TABLE.slot_of(name)];
        let field = Self(number);
        (number != NO_FIELD && field.name().as_bytes() == name).then_some(field)
    }

    /// The field's name as it is recognised ahead.
    #[inline]
    pub(crate) fn pattern(self) -> &'static NamePattern {
        &PATTERNS[self.number()]
    }

    /// A text or whole number field by its number, for walks over all of them.
    #[inline]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "there are fewer than 128 fields"
    )]
    pub(crate) const fn at(number: usize) -> Self {
        Self(number as u8)
    }

    #[inline]
    pub(crate) const fn number(self) -> usize {
        self.0 as usize
    }

    pub(crate) const fn name(self) -> &'static str {
        if self.number() < COLUMN_FIELDS {
            FIELDS[self.number()].0
        } else {
            OTHER_UNITS[self.number() - COLUMN_FIELDS]
        }
    }

    #[inline]
    pub(crate) const fn kind(self) -> Kind {
        if self.number() < COLUMN_FIELDS {
            FIELDS[self.number()].1
        } else {
            Kind::Quantity
        }
    }

    /// The texts that a [`Kind::Choice`] may have.
    pub(crate) const fn choices(self) -> &'static [&'static str] {
        match self {
            Self::STATUS => &["ok", "error", "cancelled"],
            Self::USAGE_STATE => &["final", "partial", "estimated"],
            Self::SERVED_FROM => &["model", "app_cache"],
            _ => &[],
        }
    }

    /// The smallest number that a [`Kind::Count`] may have.
    pub(crate) const fn minimum(self) -> i64 {
        match self {
            Self::ATTEMPT => 1,
            _ => 0,
        }
    }

    /// The bit of a field that is a column in a set of such fields.
    #[inline]
    pub(crate) const fn bit(self) -> u64 {
        1 << self.0
    }
}

static PATTERNS: [NamePattern; FIELD_COUNT] = patterns();

const fn patterns() -> [NamePattern; FIELD_COUNT] {
    let mut patterns = [const { NamePattern::new("") }; FIELD_COUNT];
    let mut number = 0;
    while number < FIELD_COUNT {
        patterns[number] = NamePattern::new(Field::at(number).name());
        number += 1;
    }
    patterns
}

const NO_FIELD: u8 = u8::MAX;
const SLOT_BITS: u32 = 10;

/// Finds names without comparing more than one: a hash of a name's length and ends under which
/// no two names share a slot, found when the program is compiled.
struct NameTable {
    multiplier: u64,
    slots: [u8; 1 << SLOT_BITS],
}

static NAME_TABLE: NameTable = NameTable::build();

impl NameTable {
    const fn build() -> Self {
        let mut multiplier = 0x9e37_79b9_7f4a_7c15;
        loop {
            if let Some(table) = Self::try_build(multiplier) {
                return table;
            }
            // A linear congruential step; odd stays odd.
            multiplier = multiplier
                .wrapping_mul(0x5851_f42d_4c95_7f2d)
                .wrapping_add(2);
        }
    }

    const fn try_build(multiplier: u64) -> Option<Self> {
        let mut table = Self {
            multiplier,
            slots: [NO_FIELD; 1 << SLOT_BITS],
        };
        let mut number = 0;
        while number < FIELD_COUNT {
            let field = Field::at(number);
            let slot = table.slot_of(field.name().as_bytes());
            if table.slots[slot] != NO_FIELD {
                return None;
            }
            table.slots[slot] = field.0;
            number += 1;
        }
        Some(table)
    }

    #[inline]
    const fn slot_of(&self, name: &[u8]) -> usize {
        spread(text_ends(name), name.len(), self.multiplier, SLOT_BITS)
    }
}

const fn sorted_other_units() -> [&'static str; OTHER_UNIT_COUNT] {
    let mut units = [""; OTHER_UNIT_COUNT];
    let mut count = 0;
    let mut at = 0;
    while at < USAGE_UNITS.len() {
        let unit = USAGE_UNITS[at];
        if !contains(USAGE_COLUMNS, unit) {
            // Insertion: moves larger names up.
            let mut place = count;
            while place > 0 && precedes(unit, units[place - 1]) {
                units[place] = units[place - 1];
                place -= 1;
            }
            units[place] = unit;
            count += 1;
        }
        at += 1;
    }
    assert!(
        count == OTHER_UNIT_COUNT,
        "every usage column is a usage unit"
    );
    units
}

const fn contains(names: &[&str], name: &str) -> bool {
    let mut at = 0;
    while at < names.len() {
        if !precedes(names[at], name) && !precedes(name, names[at]) {
            return true;
        }
        at += 1;
    }
    false
}

/// Whether one name sorts before another by its bytes.
const fn precedes(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    let mut at = 0;
    while at < left.len() && at < right.len() {
        if left[at] != right[at] {
            return left[at] < right[at];
        }
        at += 1;
    }
    left.len() < right.len()
}

#[cfg(test)]
mod tests;
