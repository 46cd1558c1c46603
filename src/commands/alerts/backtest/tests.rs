//! Which rules of the starter pack are not replayed.

use super::left_out_because;
use crate::alerting::rule_set;

#[test]
fn what_the_lake_does_not_tell_the_past_of_is_left_out() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/alerts/starter.yaml");
    let files = rule_set::load(&[path.to_owned()]).unwrap();
    let groups = files.iter().flat_map(|file| &file.groups);
    let rules = groups.flat_map(|group| &group.rules);
    let left_out: Vec<&str> = rules
        .filter(|rule| left_out_because(&rule.kind).is_some())
        .map(|rule| rule.name.as_str())
        .collect();
    assert_eq!(left_out, ["PriceBookOld", "OutsideRegion"]);
}
