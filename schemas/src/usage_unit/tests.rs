//! Names of usage units and their places.

use super::{USAGE_COLUMNS, USAGE_UNITS, UsageUnit, is_usage_unit, other_usage_units};
use crate::event::EVENT_COLUMNS;

#[test]
fn every_name_finds_its_own_unit() {
    assert_eq!(UsageUnit::COUNT, 59);
    for (unit, name) in UsageUnit::all().zip(USAGE_UNITS) {
        assert_eq!(unit.name(), *name);
        assert_eq!(UsageUnit::from_name(name), Some(unit));
    }
    for name in ["", "input", "INPUT_TOKENS", "gpu_seconds", "zzz"] {
        assert!(!is_usage_unit(name), "{name:?}");
    }
}

#[test]
fn units_are_columns_or_other_usage() {
    for name in USAGE_COLUMNS {
        assert!(is_usage_unit(name));
        assert!(EVENT_COLUMNS.iter().any(|column| column.name == *name));
    }
    for name in other_usage_units() {
        assert!(EVENT_COLUMNS.iter().all(|column| column.name != name));
    }
    assert_eq!(other_usage_units().count() + USAGE_COLUMNS.len(), 59);
}
