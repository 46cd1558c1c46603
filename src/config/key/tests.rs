//! Suggestions: near names are found, far ones are not.

use crate::config::key::{nearest, pass_through, suggestion};

#[test]
fn suggestions() {
    for (written, meant) in [
        ("worker.epoch_ms_max", Some("worker.epoch_max_ms")),
        ("worker.epoch_max", Some("worker.epoch_max_ms")),
        ("kafka.bootstrap.servers", Some("kafka.bootstrap_servers")),
        ("bootstrap_servers", Some("kafka.bootstrap_servers")),
        ("kafka.topics", Some("kafka.topic")),
        ("lake.path", None),
        ("lake.option", Some("lake.options")),
        ("maintainance", Some("maintenance")),
        ("decode.epoch_max_ms", Some("worker.epoch_max_ms")),
        ("frobnicate", None),
    ] {
        assert_eq!(suggestion(written), meant, "{written}");
    }
}

#[test]
fn short_names_need_to_be_nearer() {
    assert_eq!(nearest("ab", ["xy"]), None);
    assert_eq!(nearest("ab", ["ax"]), Some("ax"));
}

#[test]
fn pass_through_entries_keep_their_dots() {
    let found = pass_through("kafka.properties.ssl.ca.location");
    assert_eq!(found, Some(("kafka.properties", "ssl.ca.location")));
    assert_eq!(pass_through("kafka.properties"), None);
    assert_eq!(pass_through("kafka.topic"), None);
}
