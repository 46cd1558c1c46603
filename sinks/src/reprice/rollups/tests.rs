//! Tests of how rollups are compared.

use super::{RollupsByDate, compare};

fn days(days: &[(&str, &[&str])]) -> RollupsByDate {
    let days = days.iter().map(|(date, names)| {
        let names = names.iter().map(|name| (*name).to_owned());
        ((*date).to_owned(), names.collect())
    });
    days.collect()
}

#[test]
fn the_days_that_are_corrected_must_have_the_same_rollups() {
    let windows = days(&[
        ("2026-11-01", &["old", "user"]),
        ("2026-11-02", &["feature", "user"]),
    ]);
    let check = |corrections: &[(&str, &[&str])]| {
        compare(&days(corrections), &windows).map_err(|error| error.to_string())
    };
    assert_eq!(check(&[]), Ok(()));
    assert_eq!(check(&[("2026-11-02", &["user", "feature"])]), Ok(()));
    let error = check(&[("2026-11-01", &["user", "feature"])]).unwrap_err();
    assert!(error.contains("2026-11-01"), "{error}");
    assert!(error.contains("not configured: [old]"), "{error}");
    assert!(error.contains("not in the lake: [feature]"), "{error}");
    assert!(check(&[("2026-11-03", &["user"])]).is_err());
}
