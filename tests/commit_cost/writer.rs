//! A worker's stages without Kafka: epochs of a few messages, committed to a maintained lake.

use std::sync::Arc;
use std::time::{Duration, Instant};

use aggregate::pricing::Pricer;
use aggregate::window_fold::{FoldOptions, WindowFold};
use aggregate::window_merge::merge_window_rows;
use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use ingest::decode::{DecodeOptions, Decoded, NativeDecoder, RawRecord};
use ingest::dedup::{DedupIndex, DedupLimits};
use readers::LakeReader;
use schemas::clock::Clock;
use schemas::position::{PartitionSpan, SourcePartition};
use schemas::price_book::PriceBook;
use schemas::rollup::default_rollups;
use schemas::time::US_PER_S;
use sinks::{
    CommitOutcome, EpochWriter, Lake, LakeSettings, MaintenancePolicy, MaintenanceReport,
    MergeWindows, SealRequest, Topic,
};

use super::Place;

/// Events of an epoch; one message more is a reject.
const EVENTS: i64 = 20;
/// Event time from one epoch to the next: the worker's default.
const EPOCH_S: i64 = 2;
/// Commits from one round of maintenance to the next, at the default of a minute.
const COMMITS_PER_ROUND: i64 = 30;
/// The span of event time that a query for the newest windows asks for.
const NEWEST_S: i64 = 180;
/// The least that may be set, so that logs and files are cleared while the test runs.
const RETENTION_S: i64 = 60;

#[derive(Debug)]
struct MachineClock;

impl Clock for MachineClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "stores date their objects by the machine's clock"
    )]
    fn now_us(&self) -> i64 {
        let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        i64::try_from(since_epoch.unwrap().as_micros()).unwrap()
    }
}

fn settings() -> LakeSettings {
    LakeSettings {
        log_retention_s: RETENTION_S,
        deleted_file_retention_s: 2 * RETENTION_S,
        batch_age_s_max: RETENTION_S,
        ..LakeSettings::standard("tokenmeter", "commit-cost")
    }
}

fn source() -> SourcePartition {
    SourcePartition {
        topic: Arc::from("usage"),
        topic_id: Arc::from("id0"),
        partition: 0,
    }
}

/// One lane of a worker.
pub(crate) struct Writer {
    lake: Lake,
    decoder: NativeDecoder,
    dedup: DedupIndex,
    pricer: Pricer,
    fold: WindowFold,
    topic: Topic,
    began_at_us: i64,
    commits: i64,
    rejects_next: i64,
    /// How long each round of maintenance took.
    pub(crate) rounds: Vec<Duration>,
    /// What all rounds did.
    pub(crate) maintained: MaintenanceReport,
}

impl Writer {
    /// Begins a lake with one partition.
    pub(crate) async fn open((store, url): &Place) -> Self {
        let clock = Arc::new(MachineClock);
        let began_at_us = clock.now_us();
        let opened = Lake::open(Arc::clone(store), url.clone(), settings(), clock).await;
        let lake = opened.unwrap();
        let seeded = lake.seed(&[(source(), 0)]).await.unwrap();
        let source = source();
        let options = DecodeOptions {
            message_bytes_max: 1 << 20,
            time_past_max_s: 30 * 86_400,
            time_future_max_s: 86_400,
            ..DecodeOptions::default()
        };
        let limits = DedupLimits {
            horizon_s: 6 * 3_600,
            entries_max: 2_000_000,
        };
        Self {
            lake,
            decoder: NativeDecoder::new(&source.topic, &source.topic_id, options),
            dedup: DedupIndex::new(limits),
            pricer: Pricer::new(Arc::new(PriceBook::built_in().unwrap())),
            fold: WindowFold::new(default_rollups(), FoldOptions::default()).unwrap(),
            topic: Topic {
                name: source.topic,
                id: source.topic_id,
            },
            began_at_us,
            commits: 0,
            rejects_next: seeded.progress[0].rejects_next.unwrap(),
            rounds: Vec::new(),
            maintained: MaintenanceReport::default(),
        }
    }

    /// Commits the next epoch, and says how long that took.
    pub(crate) async fn commit(&mut self) -> Duration {
        if self.commits % COMMITS_PER_ROUND == COMMITS_PER_ROUND - 1 {
            self.maintain().await;
        }
        let sealed = self.seal();
        let begun = Instant::now();
        let outcome = self.lake.commit_epoch(&sealed).await.unwrap();
        let taken = begun.elapsed();
        let CommitOutcome::Committed(report) = outcome else {
            panic!("{outcome:?}");
        };
        assert_eq!(report.versions.len(), 3, "rejects, events, windows");
        self.rejects_next = report.rejects_next[0].1;
        self.commits += 1;
        taken
    }

    /// A round of maintenance. It is between two commits, since most rounds are: a worker waits a
    /// minute from one to the next.
    pub(crate) async fn maintain(&mut self) {
        let merge: Arc<MergeWindows> =
            Arc::new(|parts| merge_window_rows(parts).map_err(Into::into));
        let begun = Instant::now();
        let policy = MaintenancePolicy::standard();
        let report = self.lake.maintain(&merge, &policy).await.unwrap();
        self.rounds.push(begun.elapsed());
        self.maintained.merges += report.merges;
        self.maintained.checkpoints += report.checkpoints;
        self.maintained.log_objects_deleted += report.log_objects_deleted;
        self.maintained.data_files_deleted += report.data_files_deleted;
    }

    /// Decodes, prices, folds and encodes the messages of an epoch.
    fn seal(&mut self) -> sinks::SealedEpoch {
        let settings = settings();
        let start = self.commits * (EVENTS + 1);
        let now_us = self.began_at_us + self.commits * EPOCH_S * US_PER_S;
        for offset in start..=start + EVENTS {
            let is_event = offset < start + EVENTS;
            let payload = if is_event {
                message(offset, now_us)
            } else {
                b"{".to_vec()
            };
            let record = RawRecord {
                partition: 0,
                offset,
                time_us: Some(now_us),
                key: None,
                payload: Some(&payload),
            };
            let decoded = self.decoder.decode(&record, &Vec::new, &mut self.dedup);
            assert_eq!(
                matches!(decoded, Decoded::Event { .. }),
                is_event,
                "{decoded:?}"
            );
        }
        let rejects = self.decoder.take_rejects();
        let priced = self.pricer.price(&self.decoder.finish().unwrap()).unwrap();
        self.fold.fold(&priced).unwrap();
        let mut writer = EpochWriter::new(&settings).unwrap();
        writer.write_events(&self.topic, now_us, &priced).unwrap();
        writer.write_rejects(&rejects, now_us).unwrap();
        let span = PartitionSpan {
            next: start + EVENTS + 1,
            events: EVENTS,
            rejects: 1,
            ..PartitionSpan::empty(source(), start)
        };
        let request = SealRequest {
            spans: vec![span],
            windows: self.fold.finish().unwrap(),
            watermarks: vec![(source(), now_us / 1_000)],
            rejects_next: vec![(source(), self.rejects_next)],
            sealed_at_us: MachineClock.now_us(),
        };
        writer.seal(request).unwrap()
    }

    /// Queries that open a table each, and need as much of it in a lake of any age.
    pub(crate) fn queries(&self) -> [String; 3] {
        let newest_us = self.began_at_us + (self.commits * EPOCH_S - NEWEST_S) * US_PER_S;
        [
            "SELECT count(*) FROM events".to_owned(),
            "SELECT count(*) FROM rejects".to_owned(),
            format!(
                "SELECT sum(cost_usd) FROM cost_windows WHERE rollup = 'feature' \
                 AND window_start >= to_timestamp_micros({newest_us})"
            ),
        ]
    }

    /// Every event and reject is there once, and each rollup counts every event.
    pub(crate) async fn check(&self, (store, url): &Place) {
        let reader = LakeReader::new(Arc::clone(store), url.clone());
        let expected = [
            (
                "SELECT count(*), count(DISTINCT kafka_offset) FROM events",
                EVENTS,
            ),
            (
                "SELECT count(*), count(DISTINCT kafka_offset) FROM rejects",
                1,
            ),
            (
                "SELECT min(calls), max(calls) FROM \
                 (SELECT rollup AS name, sum(calls) AS calls FROM cost_windows GROUP BY name)",
                EVENTS,
            ),
        ];
        for (query, per_commit) in expected {
            let result = reader.sql(query).await.unwrap();
            let row = result.batches[0].columns();
            let row: Vec<i64> = row
                .iter()
                .map(|column| column.as_primitive::<Int64Type>().value(0))
                .collect();
            let due = self.commits * per_commit;
            assert_eq!(row, [due, due], "{query}");
        }
    }
}

/// An event of one of many users, features and models.
fn message(offset: i64, now_us: i64) -> Vec<u8> {
    let models = ["gpt-4o", "gpt-4o-mini", "o3-mini"];
    let model = models[usize::try_from(offset).unwrap() % models.len()];
    format!(
        concat!(
            r#"{{"event_id":"call-{}","event_time":{},"provider":"openai","model":"{}","#,
            r#""tenant":"tenant-{}","user_id":"user-{}","feature":"feature-{}","#,
            r#""workflow":"workflow-{}","input_tokens":{},"output_tokens":{}}}"#,
        ),
        offset,
        now_us / 1_000,
        model,
        offset % 7,
        offset % 1_009,
        offset % 11,
        offset % 5,
        20 + offset % 8_000,
        1 + offset % 1_500,
    )
    .into_bytes()
}
