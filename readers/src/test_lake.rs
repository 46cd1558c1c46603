//! A small lake for tests: real Delta tables, written through delta-rs with the lake's schemas.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::json::ReaderBuilder;
use deltalake::kernel::engine::arrow_conversion::TryIntoKernel;
use deltalake::kernel::transaction::CommitProperties;
use deltalake::kernel::{StructType, Transaction};
use deltalake::logstore::{StorageConfig, default_logstore};
use deltalake::{DeltaTable, TableProperty};
use futures::TryStreamExt;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload};
use schemas::position::SourcePartition;
use schemas::table::Table;
use serde_json::{Value, json};
use url::Url;

use crate::lake::{LakeReader, QueryResult};
use crate::output::{OutputFormat, write_result};

pub(crate) struct TestLake {
    pub(crate) store: Arc<dyn ObjectStore>,
    pub(crate) reader: LakeReader,
    url: Url,
    _folder: tempfile::TempDir,
}

impl TestLake {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = LocalFileSystem::new_with_prefix(folder.path()).unwrap();
        let url = Url::from_directory_path(folder.path()).unwrap();
        let store: Arc<dyn ObjectStore> = Arc::new(store);
        Self {
            reader: LakeReader::new(Arc::clone(&store), url.clone()),
            url,
            store,
            _folder: folder,
        }
    }

    /// The lake's objects in another store, which readers find at `memory:///`.
    pub(crate) async fn copy_in_memory(&self) -> Arc<dyn ObjectStore> {
        let copy = InMemory::new();
        let objects: Vec<_> = self.store.list(None).try_collect().await.unwrap();
        for object in objects {
            let bytes = self
                .store
                .get(&object.location)
                .await
                .unwrap()
                .bytes()
                .await
                .unwrap();
            copy.put(&object.location, bytes.into()).await.unwrap();
        }
        Arc::new(copy)
    }

    /// Appends rows in one commit with these transactions; the table is made if there is none.
    pub(crate) async fn append(&self, table: Table, rows: &[Value], txns: &[(&str, i64)]) {
        let opened = self.open_or_create(table).await;
        if rows.is_empty() {
            return self
                .put_commit(table, opened.version().unwrap() + 1, txns)
                .await;
        }
        let txns = txns
            .iter()
            .map(|&(id, version)| Transaction::new(id, version));
        let properties = CommitProperties::default()
            .with_application_transactions(txns.collect())
            .with_create_checkpoint(false)
            .with_cleanup_expired_logs(Some(false));
        opened
            .write([rows_of(table, rows)])
            .with_commit_properties(properties)
            .await
            .unwrap();
    }

    /// Writes a log entry of transactions and nothing else.
    async fn put_commit(&self, table: Table, version: u64, txns: &[(&str, i64)]) {
        let lines = txns.iter().map(|(app_id, version)| {
            let action = json!({"txn": {"appId": app_id, "version": version}});
            format!("{action}\n")
        });
        let path = Path::from(format!("{}/_delta_log/{version:020}.json", table.name()));
        let entry = PutPayload::from(lines.collect::<String>());
        self.store.put(&path, entry).await.unwrap();
    }

    pub(crate) async fn open_or_create(&self, table: Table) -> DeltaTable {
        let address = self.url.join(&format!("{}/", table.name())).unwrap();
        std::fs::create_dir_all(address.to_file_path().unwrap()).unwrap();
        let root: Arc<dyn ObjectStore> = Arc::new(LocalFileSystem::new());
        let folder = PrefixStore::new(Arc::clone(&self.store), table.name());
        let log_store =
            default_logstore(Arc::new(folder), root, &address, &StorageConfig::default());
        let mut opened = DeltaTable::new(log_store);
        if opened.load().await.is_ok() {
            return opened;
        }
        let schema: StructType = table.schema().as_ref().try_into_kernel().unwrap();
        opened
            .create()
            .with_columns(schema.fields().cloned())
            .with_partition_columns(table.partition_columns().iter().copied())
            .with_configuration_property(
                TableProperty::DataSkippingStatsColumns,
                Some(statistics_columns(table)),
            )
            .await
            .unwrap()
    }

    pub(crate) async fn query(&self, sql: &str) -> QueryResult {
        match self.reader.sql(sql).await {
            Ok(result) => result,
            Err(error) => panic!("{sql}: {error}"),
        }
    }

    /// The rows of a query as JSON lines.
    pub(crate) async fn json(&self, sql: &str) -> Vec<Value> {
        let mut out = Vec::new();
        write_result(&self.query(sql).await, OutputFormat::Json, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// The rows of a query as CSV without the line of names.
    pub(crate) async fn csv(&self, sql: &str) -> String {
        let mut out = Vec::new();
        write_result(&self.query(sql).await, OutputFormat::Csv, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        text.split_once('\n').unwrap().1.to_owned()
    }
}

/// Rows of a table; what a row leaves out is null, or a default where the table has no null.
pub(crate) fn rows_of(table: Table, rows: &[Value]) -> RecordBatch {
    let mut lines = String::new();
    for row in rows {
        let mut whole = defaults(table);
        for (name, value) in row.as_object().unwrap() {
            whole[name] = value.clone();
        }
        lines.push_str(&format!("{whole}\n"));
    }
    let mut reader = ReaderBuilder::new(table.schema())
        .with_batch_size(rows.len().max(1))
        .with_strict_mode(true)
        .build(lines.as_bytes())
        .unwrap();
    match reader.next() {
        Some(batch) => batch.unwrap(),
        None => RecordBatch::new_empty(table.schema()),
    }
}

/// The columns whose smallest and largest values the log keeps.
const fn statistics_columns(table: Table) -> &'static str {
    match table {
        Table::Events => "event_time,kafka_topic,kafka_partition,kafka_offset,kafka_time",
        Table::CostWindows => "window_start,tenant,user_id,feature,workflow",
        Table::Rejects => "kafka_topic,kafka_partition,kafka_offset,kafka_time",
        Table::Alerts => "number,changed_at",
    }
}

fn defaults(table: Table) -> Value {
    let time = "2026-11-23T10:00:00Z";
    match table {
        Table::Events => json!({
            "date": "2026-11-23", "event_id": "e", "event_time": time, "provider": "openai",
            "model": "gpt-5", "tenant": "acme", "user_id": "ann", "status": "ok",
            "usage_state": "final", "served_from": "model", "content_hash": 1,
            "kafka_topic": "usage", "kafka_topic_id": "T1", "kafka_partition": 0,
            "kafka_offset": 0, "kafka_time": time, "price_status": "priced", "price_book": "b1",
            "ingested_at": time,
        }),
        Table::CostWindows => json!({
            "rollup": "user", "date": "2026-11-23", "window_start": time, "window_seconds": 900,
            "calls": 1, "error_calls": 0, "retry_calls": 0, "unpriced_calls": 0,
            "unmetered_calls": 0, "estimated_calls": 0,
        }),
        Table::Rejects => json!({
            "date": "2026-11-23", "reason": "not_json", "detail": "", "raw": "", "raw_bytes": 0,
            "raw_sha256": "", "kafka_topic": "usage", "kafka_topic_id": "T1",
            "kafka_partition": 0, "kafka_offset": 0, "kafka_time": time, "ingested_at": time,
        }),
        Table::Alerts => json!({
            "date": "2026-11-23", "number": 0, "alert_id": "a", "change_number": 0,
            "rule_group": "spend", "rule": "TooDear", "labels": {}, "annotations": {},
            "state": "firing", "step": "", "value": "1", "unit": "usd", "started_at": time,
            "changed_at": time, "contributors": "[]",
        }),
    }
}

pub(crate) fn source(partition: i32) -> SourcePartition {
    SourcePartition {
        topic: Arc::from("usage"),
        topic_id: Arc::from("T1"),
        partition,
    }
}

/// Microseconds since the Unix epoch.
pub(crate) fn us(time: &str) -> i64 {
    schemas::time::parse_rfc3339_us(time).unwrap()
}
