//! All lanes of this process, and what runs beside them until the work is done.

use std::sync::Arc;
use std::time::Duration;

use anyhow::anyhow;
use ingest::IngestError;
use ingest::decode::DecodeOptions;
use ingest::dedup::DedupLimits;
use ingest::kafka::topic_info::TopicInfo;
use ingest::kafka::topic_reader::ReaderSettings;
use schemas::alerts::rule::RuleGroup;
use schemas::clock::Clock;
use schemas::position::SourcePartition;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use super::epoch::EpochLimits;
use super::first_start::begin_behind_last;
use super::kafka_settings::{kafka_settings, reader_kafka_settings};
use super::lake_access::{lake_settings, maintenance_policy, open_lake};
use super::lane::{Lane, LaneSettings, Shared};
use super::maintenance::maintain_until;
use super::memory_budget::MemoryBudget;
use super::memory_guard;
use super::monitor;
use super::progress::TopicProgress;
use super::shutdown::Shutdown;
use super::threads::lane_count;
use super::topic_identity::TopicIdentity;
use crate::alerting::setup;
use crate::config::{Config, StartOffset};
use crate::lake_store::LakeStore;
use crate::metrics::Metrics;
use crate::price_books;

/// How long a batch waits for more rows: the price of freshness for a quiet topic.
const BATCH_WAIT: Duration = Duration::from_millis(100);

/// What the decoder accepts under a config.
#[must_use]
pub(crate) fn decode_options(config: &Config) -> DecodeOptions {
    DecodeOptions {
        message_bytes_max: config.decode.message_bytes_max,
        time_past_max_s: u32::try_from(config.decode.time_past_max_s).unwrap_or(u32::MAX),
        time_future_max_s: u32::try_from(config.decode.time_future_max_s).unwrap_or(u32::MAX),
        ..DecodeOptions::default()
    }
}

/// What each part of so many lanes may hold under a config.
#[must_use]
pub(crate) fn memory_budget(config: &Config, lanes: usize) -> MemoryBudget {
    let ceiling_bytes = config.worker.memory_bytes_max;
    MemoryBudget::new(ceiling_bytes, lanes, config.dedup.entries_max)
}

/// What one lane's duplicate index may hold under a config.
#[must_use]
pub(crate) fn dedup_limits(config: &Config, budget: MemoryBudget) -> DedupLimits {
    DedupLimits {
        horizon_s: u32::try_from(config.dedup.horizon_s).unwrap_or(u32::MAX),
        entries_max: budget.dedup_entries,
    }
}

/// What a worker is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RunKind {
    /// To follow a topic.
    Forever,
    /// To read up to the ends that the partitions have at the start.
    UntilEnd,
    /// To follow the topic of a broker in this process.
    EmbeddedBroker,
}

/// A worker that is running.
#[derive(Debug)]
pub(crate) struct Pool {
    /// What its lanes share.
    pub(crate) shared: Shared,
    lanes: Vec<JoinHandle<anyhow::Result<()>>>,
    beside: Vec<JoinHandle<()>>,
    // It ends by itself when a stop is requested, once receivers have what is on its way.
    delivering: Option<JoinHandle<()>>,
}

impl Pool {
    /// Joins the consumer group with one lane a thread, and starts what runs beside them.
    ///
    /// # Errors
    /// The price book is refused, no broker answers, there is no such topic, or the lake cannot be
    /// opened.
    pub(crate) async fn start(
        config: &Config,
        store: &LakeStore,
        clock: Arc<dyn Clock>,
        shutdown: Shutdown,
        kind: RunKind,
    ) -> anyhow::Result<Self> {
        // Before anything is asked of others: a book that is refused ends here.
        let prices = Arc::new(price_books::load(&config.prices)?);
        let rules = setup::rules(config)?;
        let kafka = kafka_settings(config);
        let info = Arc::new(TopicInfo::connect(&kafka, &config.kafka.topic)?);
        let asked = Arc::clone(&info);
        let embedded_id = format!("embedded-{}", clock.now_us());
        let (partitions, topic_id) = tokio::task::spawn_blocking(move || {
            let topic_id = match kind {
                // It knows no ids; and its log is gone when it ends, so that each start makes
                // another topic.
                RunKind::EmbeddedBroker => embedded_id,
                RunKind::Forever | RunKind::UntilEnd => asked.topic_id()?,
            };
            Ok::<_, IngestError>((asked.partitions()?, topic_id))
        })
        .await??;
        let until_end = kind == RunKind::UntilEnd;
        let access = open_lake(config, store, Arc::clone(&clock)).await?;
        let sources = monitor::sources(&config.kafka.topic, &topic_id, &partitions);
        if config.kafka.start == StartOffset::Latest {
            begin_behind_last(&access.lake, &info, sources.clone()).await?;
        }
        let progress = Arc::new(TopicProgress::default());
        if until_end {
            monitor::set_goals(&info, &partitions, &progress).await?;
        }
        let told_id = (kind != RunKind::EmbeddedBroker).then_some(topic_id.as_str());
        let shared = Shared {
            topic: TopicIdentity::new(Arc::clone(&info), &config.kafka.topic, told_id),
            access,
            prices,
            clock,
            metrics: Arc::new(Metrics::new()),
            progress,
            shutdown,
            runtime: Handle::current(),
        };
        shared.access.keep_book(&shared.prices).await?;
        let (evaluating, delivering) = start_alerts(config, rules, &shared).await?;
        let threads = lane_count(config, partitions.len());
        tracing::info!(
            topic = config.kafka.topic,
            topic_id,
            partitions = partitions.len(),
            threads,
            lake = %store.url,
            "reading"
        );
        let settings = lane_settings(config, &topic_id, threads);
        let mut lanes = Vec::with_capacity(threads);
        for _ in 0..threads {
            let lane = Lane::join(settings.clone(), shared.clone())?;
            lanes.push(spawn_lane(lane, &shared.shutdown));
        }
        let goals = until_end.then_some(sources);
        let mut beside = start_beside(config, &shared, info, threads, goals);
        beside.extend(evaluating);
        Ok(Self {
            shared,
            lanes,
            beside,
            delivering,
        })
    }

    /// Waits until the lanes have finished; if one fails, the others finish too.
    ///
    /// # Errors
    /// The first lane's error.
    pub(crate) async fn wait(self) -> anyhow::Result<()> {
        let mut first_error = Ok(());
        for lane in self.lanes {
            let ended = lane
                .await
                .map_err(|panic| anyhow!("a lane broke off: {panic}"))
                .flatten();
            if first_error.is_ok() {
                first_error = ended;
            }
        }
        self.shared.shutdown.request();
        for task in self.beside {
            // What runs beside the lanes holds nothing that needs saving.
            task.abort();
        }
        if let Some(delivering) = self.delivering {
            delivering.await?;
        }
        first_error
    }
}

fn spawn_lane(lane: Lane, shutdown: &Shutdown) -> JoinHandle<anyhow::Result<()>> {
    let shutdown = shutdown.clone();
    tokio::task::spawn_blocking(move || {
        let ended = lane.run();
        if ended.is_err() {
            shutdown.request();
        }
        ended
    })
}

/// Starts to evaluate rules, if there are any, and to tell receivers of their alerts.
async fn start_alerts(
    config: &Config,
    rules: Vec<RuleGroup>,
    shared: &Shared,
) -> anyhow::Result<(Option<JoinHandle<()>>, Option<JoinHandle<()>>)> {
    if rules.is_empty() {
        return Ok((None, None));
    }
    let (access, clock) = (&shared.access, Arc::clone(&shared.clock));
    let (metrics, facts_at_us) = (shared.metrics.alerts.clone(), shared.prices.as_of_us());
    let delivery = setup::delivery(config, access, &clock, &metrics, &shared.shutdown).await?;
    let (outbox, delivering) = delivery.unzip();
    let evaluation = setup::evaluation(config, rules, access, clock, facts_at_us, metrics, outbox);
    let evaluating = tokio::spawn(evaluation.run(shared.shutdown.clone()));
    Ok((Some(evaluating), delivering))
}

fn start_beside(
    config: &Config,
    shared: &Shared,
    info: Arc<TopicInfo>,
    lanes: usize,
    goals: Option<Vec<SourcePartition>>,
) -> Vec<JoinHandle<()>> {
    let ceiling_bytes = u64::try_from(config.worker.memory_bytes_max).unwrap_or(u64::MAX);
    let mut beside = vec![
        tokio::spawn(monitor::watch_lag(info, shared.clone())),
        tokio::spawn(memory_guard::keep_below(ceiling_bytes)),
    ];
    if let Some(sources) = goals {
        beside.push(tokio::spawn(monitor::stop_at_goals(
            sources,
            shared.clone(),
        )));
    }
    if config.maintenance.enabled {
        beside.push(tokio::spawn(maintain_until(
            shared.access.lake.clone(),
            maintenance_policy(config, memory_budget(config, lanes).merges),
            Duration::from_secs(config.maintenance.interval_s),
            shared.shutdown.clone(),
        )));
    }
    beside
}

fn lane_settings(config: &Config, topic_id: &str, threads: usize) -> LaneSettings {
    let budget = memory_budget(config, threads);
    LaneSettings {
        reader: ReaderSettings {
            kafka: reader_kafka_settings(config, budget),
            topic: config.kafka.topic.clone(),
            topic_id: topic_id.to_owned(),
            group: config.kafka.group.clone(),
            batch_rows_max: config.worker.poll_rows_max,
            batch_wait_max: BATCH_WAIT.min(Duration::from_millis(config.worker.epoch_max_ms)),
            decode: DecodeOptions {
                batch_bytes_max: budget.queue_bytes,
                ..decode_options(config)
            },
            dedup: dedup_limits(config, budget),
        },
        rollups: config.rollups.clone(),
        lake: lake_settings(config),
        limits: EpochLimits {
            age_max: Duration::from_millis(config.worker.epoch_max_ms),
            bytes_max: config
                .worker
                .epoch_encoded_bytes_max
                .min(budget.epoch_bytes),
        },
        lateness_s_max: u32::try_from(config.watermark.lateness_s_max).unwrap_or(u32::MAX),
        watermark_step_ms: i64::try_from(config.watermark.idle_interval_ms).unwrap_or(i64::MAX),
        dedup_horizon_s: u32::try_from(config.dedup.horizon_s).unwrap_or(u32::MAX),
    }
}
