//! Pricing events again: what changes, what does not, and what is told of it.

use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::{Int32Type, Int64Type};
use object_store::{ObjectStore, ObjectStoreExt};
use schemas::position::PartitionSpan;
use schemas::priced::PRICE_COLUMNS;
use schemas::table::Table;
use schemas::window_rows::WindowRows;
use sinks::hook::CommitPoint;
use sinks::{EpochWriter, RepriceOutcome, RepriceRequest, RepriceSelection, SealRequest};

use crate::repricer::{
    FIRST_US, MINUTE_US, OLD_COST, OnceAt, OnePrice, append, assert_whole, everything, open_with,
    reprice, repriced, stored_events,
};
use crate::rig::{NOON_US, TestClock, delta_table, memory, partition, read_all, seeded, settings};
use crate::rows::window_part;

fn minutes(from: i64, to: i64) -> RepriceSelection {
    RepriceSelection {
        from_us: FIRST_US + from * MINUTE_US,
        to_us: FIRST_US + to * MINUTE_US,
        ..everything(0).selection
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_rows_of_the_span_get_the_new_price_and_nothing_else_moves() {
    let store = memory();
    let lake = seeded(&store, 2).await;
    append(&lake, 0, 0, 10).await;
    append(&lake, 0, 10, 20).await;
    append(&lake, 1, 0, 4).await;
    let before = all_events(&store).await;
    let request = RepriceRequest {
        selection: minutes(4, 12),
        ..everything(70)
    };
    let report = repriced(lake.reprice(request, OnePrice::boxed(70)).await.unwrap());
    assert_eq!((report.files_read, report.files_replaced), (3, 2));
    let total = report.difference.total;
    assert_eq!((total.rows, total.rows_changed), (8, 8));
    // Offsets 5, 8 and 11 had no price.
    assert_eq!((total.old_unpriced, total.new_unpriced), (3, 0));
    assert_eq!((total.old_cost.0, total.new_cost.0), (5 * OLD_COST, 560));
    assert_whole(&store, "a span").await;
    for event in stored_events(&store).await {
        let is_within = event.partition == 0 && (4..12).contains(&event.offset);
        assert_eq!(event.book == "book-70", is_within, "{event:?}");
        assert_eq!(event.status == "priced", is_within || event.offset % 3 != 2);
    }
    let after = all_events(&store).await;
    assert_eq!(before.num_rows(), after.num_rows());
    for field in before.schema().fields() {
        let is_price = PRICE_COLUMNS
            .iter()
            .any(|column| column.name == field.name());
        if !is_price {
            let (before, after) = (
                before.column_by_name(field.name()),
                after.column_by_name(field.name()),
            );
            assert!(before == after, "{field} changed");
        }
    }
}

/// All rows as they lie in their files, the files in the order of their first rows: replaced files
/// are listed in another order than they were.
async fn all_events(store: &Arc<dyn ObjectStore>) -> RecordBatch {
    let mut files = read_all(store, Table::Events).await;
    files.sort_by_key(position_of);
    concat_batches(&files[0].schema(), &files).unwrap()
}

/// Partition and offset of the first row.
fn position_of(rows: &RecordBatch) -> (i32, i64) {
    let partitions = rows.column_by_name("kafka_partition").unwrap();
    let offsets = rows.column_by_name("kafka_offset").unwrap();
    (
        partitions.as_primitive::<Int32Type>().value(0),
        offsets.as_primitive::<Int64Type>().value(0),
    )
}

/// A closed period is repriced only when asked, and safe to repeat: the second run changes 0 rows.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_run_changes_no_row_and_makes_no_commit() {
    let store = memory();
    let lake = seeded(&store, 1).await;
    append(&lake, 0, 0, 9).await;
    let report = repriced(reprice(&lake, 5).await);
    assert_eq!(report.difference.rows_rewritten, 9);
    assert_eq!(report.events_version, Some(3));
    let outcome = reprice(&lake, 5).await;
    let RepriceOutcome::Unchanged(report) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(report.difference.total.rows, 9);
    assert_eq!(report.difference.rows_rewritten, 0);
    for table in [Table::Events, Table::CostWindows] {
        assert_eq!(delta_table(&store, table).await.version(), Some(3));
    }
    assert_whole(&store, "twice").await;
}

/// Repricing is audited: the commit says what was repriced, with totals before and after.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_tells_what_was_repriced() {
    let store = memory();
    let lake = seeded(&store, 1).await;
    append(&lake, 0, 0, 3).await;
    let request = RepriceRequest {
        selection: RepriceSelection {
            only_unpriced: true,
            ..minutes(0, 9)
        },
        ..everything(5)
    };
    let _ = lake.reprice(request, OnePrice::boxed(5)).await.unwrap();
    let path = sinks::paths::commit(Table::Events, 3);
    let entry = store.get(&path).await.unwrap().bytes().await.unwrap();
    let info = entry.split(|byte| *byte == b'\n').next().unwrap();
    let info: serde_json::Value = serde_json::from_slice(info).unwrap();
    let parameters = &info["commitInfo"]["operationParameters"];
    assert_eq!(info["commitInfo"]["operation"], "UPDATE");
    assert_eq!(parameters["priceBook"], "book-5");
    assert_eq!(
        parameters["predicate"],
        "event_time >= '2026-11-23T12:00:00.000000Z' AND event_time < \
         '2026-11-23T12:09:00.000000Z' AND price_status = 'unpriced'"
    );
    assert_eq!(parameters["oldCostUsd"], "0.000000000000");
    assert_eq!(parameters["newCostUsd"], "0.000000000005");
    assert_eq!(parameters["rowsChanged"], "1");
    assert_whole(&store, "audit").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn conditions_select_models_providers_and_unpriced_calls() {
    let store = memory();
    let lake = seeded(&store, 1).await;
    append(&lake, 0, 0, 60).await;
    let events = stored_events(&store).await;
    let model = events[7].model.clone();
    let of_model = events.iter().filter(|event| event.model == model).count();
    assert!(of_model > 0 && of_model < 60);
    let request = RepriceRequest {
        selection: RepriceSelection {
            model: Some(model.clone()),
            ..everything(0).selection
        },
        ..everything(3)
    };
    let report = repriced(lake.reprice(request, OnePrice::boxed(3)).await.unwrap());
    assert_eq!(report.difference.rows_rewritten, of_model as u64);
    let models: Vec<_> = report
        .difference
        .by_model
        .keys()
        .map(|key| &key.1)
        .collect();
    assert!(models.iter().all(|found| **found == model));
    for event in stored_events(&store).await {
        assert_eq!(event.book == "book-3", event.model == model);
    }
    let nobody = RepriceRequest {
        selection: RepriceSelection {
            provider: Some("nobody".to_owned()),
            ..everything(0).selection
        },
        ..everything(4)
    };
    let outcome = lake.reprice(nobody, OnePrice::boxed(4)).await.unwrap();
    assert!(matches!(outcome, RepriceOutcome::Unchanged(_)));
    assert_whole(&store, "conditions").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dry_run_tells_the_difference_and_commits_nothing() {
    let store = memory();
    let lake = seeded(&store, 1).await;
    append(&lake, 0, 0, 9).await;
    let request = RepriceRequest {
        is_dry_run: true,
        ..everything(8)
    };
    let outcome = lake.reprice(request, OnePrice::boxed(8)).await.unwrap();
    let RepriceOutcome::Planned(planned) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(delta_table(&store, Table::Events).await.version(), Some(2));
    assert_whole(&store, "dry").await;
    let report = repriced(reprice(&lake, 8).await);
    assert_eq!(planned.difference, report.difference);
    assert_eq!(planned.files_replaced, report.files_replaced);
    let by_tenant = report.difference.by_tenant.values();
    let of_tenants: i128 = by_tenant.map(|amounts| amounts.difference().0).sum();
    assert_eq!(of_tenants, 9 * 8 - 6 * OLD_COST);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reprice_that_took_too_long_commits_nothing() {
    let store = memory();
    let clock = TestClock::new();
    let hook = OnceAt::new(CommitPoint::AfterManifest);
    let lake = open_with(&store, &clock, &hook).await;
    let _ = lake.seed(&[(partition(0), 0)]).await.unwrap();
    append(&lake, 0, 0, 6).await;
    hook.arm(move || clock.forward_s(settings().batch_age_s_max + 1));
    assert_eq!(reprice(&lake, 5).await, RepriceOutcome::Expired);
    assert_whole(&store, "expired").await;
    assert!(
        stored_events(&store)
            .await
            .iter()
            .all(|event| event.book == "old")
    );
}

/// Corrections that would go to other rollups than the windows have are refused.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rollup_that_would_get_no_corrections_is_named() {
    let store = memory();
    let lake = seeded(&store, 1).await;
    append(&lake, 0, 0, 6).await;
    let part = WindowRows {
        rollup: "forgotten".to_owned(),
        rows: window_part(NOON_US, &[("user".to_owned(), 0, 0)]),
    };
    let span = PartitionSpan {
        next: 7,
        tombstones: 1,
        ..PartitionSpan::empty(partition(0), 6)
    };
    let request = SealRequest {
        spans: vec![span],
        windows: vec![part],
        sealed_at_us: NOON_US,
        ..SealRequest::default()
    };
    let writer = EpochWriter::new(&settings()).unwrap();
    let _ = lake
        .commit_epoch(&writer.seal(request).unwrap())
        .await
        .unwrap();
    let error = lake.reprice(everything(5), OnePrice::boxed(5)).await;
    let error = error.unwrap_err().to_string();
    assert!(error.contains("not configured: [forgotten]"), "{error}");
    assert_whole(&store, "refused").await;
    assert!(
        stored_events(&store)
            .await
            .iter()
            .all(|event| event.book == "old")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_price_book_is_kept_once() {
    let store = memory();
    let lake = seeded(&store, 1).await;
    lake.keep_price_book("abc", b"facts").await.unwrap();
    lake.keep_price_book("abc", b"others").await.unwrap();
    let kept = store.get(&sinks::paths::price_book("abc")).await.unwrap();
    let kept = kept.bytes().await.unwrap();
    assert_eq!(zstd::decode_all(kept.as_ref()).unwrap(), b"facts");
}
