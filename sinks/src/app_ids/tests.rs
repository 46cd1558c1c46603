//! Tests of the app ids.

use std::sync::Arc;

use schemas::position::SourcePartition;
use schemas::table::Table;

use super::{
    AppId, Count, count, is_reserved, maintenance, offset, parse, reprice, reprice_manifest, seed,
    watermark,
};

fn source(topic: &str, partition: i32) -> SourcePartition {
    SourcePartition {
        topic: Arc::from(topic),
        topic_id: Arc::from("Xy_-12"),
        partition,
    }
}

#[test]
fn every_app_id_parses_back() {
    for topic in ["usage-events", "file:/a/b@c/d.jsonl", "a.b_c"] {
        let source = source(topic, 17);
        assert_eq!(
            parse(&offset("tokenmeter", &source)),
            Some(AppId::Offset {
                pipeline: "tokenmeter".to_owned(),
                source: source.clone()
            })
        );
        assert_eq!(parse(&seed(&source)), Some(AppId::Seed(source.clone())));
        assert_eq!(
            parse(&watermark(&source)),
            Some(AppId::Watermark(source.clone()))
        );
        for what in Count::ALL {
            assert_eq!(
                parse(&count(what, &source)),
                Some(AppId::Count(what, source.clone()))
            );
        }
    }
    assert_eq!(
        parse(&maintenance(Table::CostWindows)),
        Some(AppId::Maintenance("cost_windows".to_owned()))
    );
    assert_eq!(
        parse(&reprice(Table::Events)),
        Some(AppId::Reprice("events".to_owned()))
    );
    assert_eq!(
        parse(&reprice_manifest()),
        Some(AppId::Reprice("manifest".to_owned()))
    );
}

#[test]
fn foreign_app_ids_are_none_of_ours() {
    for text in ["", "spark", "a/b", "a/b/1", "a/b@c/x", "counts/new/t@i/0"] {
        assert_eq!(parse(text), None, "{text}");
    }
}

#[test]
fn offsets_are_written_as_the_design_says() {
    assert_eq!(
        offset("tokenmeter", &source("usage", 3)),
        "tokenmeter/usage@Xy_-12/3"
    );
    assert!(is_reserved("wm") && is_reserved("reprice") && !is_reserved("tokenmeter"));
}
