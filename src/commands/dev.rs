//! `tokenmeter dev`: a broker, real traffic, a worker and a lake, all in this process.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context;
use ingest::kafka::client_config::KafkaSettings;
use ingest::kafka::embedded_broker::EmbeddedBroker;
use ingest::kafka::producer::TopicProducer;
use schemas::clock::Clock;

use crate::cli::options::DevOptions;
use crate::config::Config;
use crate::config::secret::PassThrough;
use crate::console;
use crate::lake_store::open_store;
use crate::replay::source::Source;
use crate::replay::{EventSink, Replayed, Traffic, run_trace};
use crate::system_clock::SystemClock;
use crate::worker::pool::{Pool, RunKind};
use crate::worker::progress::TopicProgress;
use crate::worker::shutdown::Shutdown;
use crate::worker::{status_line, status_pages};

const PARTITIONS: i32 = 4;
/// How fast the traces are played unless told otherwise: an hour in a minute.
const SPEED_DEFAULT: u64 = 60;
/// Events that may be in the broker and not in the lake. The broker forgets what is beyond 5 MiB a
/// partition; this many events of the traces do not fill one partition, were they all in it.
const UNCOMMITTED_MAX: u64 = 6_000;
const ROOM_POLL: Duration = Duration::from_millis(5);

/// Queries that show what is in the lake, with a word on each.
const QUERIES: &[(&str, &str)] = &[
    (
        "what each feature costs",
        "SELECT feature, sum(calls) AS calls, sum(cost_usd) AS cost_usd FROM cost_windows \
         WHERE rollup = 'feature' GROUP BY feature ORDER BY cost_usd DESC",
    ),
    (
        "the dearest users",
        "SELECT tenant, user_id, sum(cost_usd) AS cost_usd FROM cost_windows \
         WHERE rollup = 'user' GROUP BY tenant, user_id ORDER BY cost_usd DESC LIMIT 10",
    ),
    (
        "models, with the tokens they read from a cache",
        "SELECT provider, model, count(*) AS calls, sum(input_tokens) AS input_tokens, \
         sum(cache_read_tokens) AS cache_read_tokens, sum(cost_usd) AS cost_usd FROM events \
         GROUP BY provider, model ORDER BY cost_usd DESC",
    ),
];

/// Runs everything until the traffic is through, or Ctrl-C.
///
/// # Errors
/// The lake cannot be written, or no loopback port can be opened.
pub(crate) async fn run(mut config: Config, options: DevOptions) -> anyhow::Result<()> {
    let broker = EmbeddedBroker::start(&config.kafka.topic, PARTITIONS)?;
    config.kafka.bootstrap_servers = broker.bootstrap_servers();
    // What the operator's cluster needs, such as TLS, the embedded broker does not speak.
    config.kafka.properties = PassThrough::default();
    let shutdown = Shutdown::default();
    shutdown.on_signals()?;
    let store = open_store(&config.lake.url, config.lake.options.as_map())?;
    console::note(format!(
        "broker  {}  topic {}  (any librdkafka client can produce to it)\nlake    {}",
        config.kafka.bootstrap_servers, config.kafka.topic, store.url
    ));
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let pool = Pool::start(
        &config,
        &store,
        Arc::clone(&clock),
        shutdown.clone(),
        RunKind::EmbeddedBroker,
    )
    .await?;
    let shared = pool.shared.clone();
    if let Err(error) = status_pages::start(&config.status.listen_address, shared.clone()).await {
        console::note(format!("no status pages: {error:#}"));
    }
    if status_line::is_wanted(config.worker.status_line) {
        tokio::spawn(status_line::draw(shared.clone()));
    }
    if !options.no_traffic {
        let traffic = Traffic::new(Source::embedded(), &options.traffic, SPEED_DEFAULT);
        let player = TrafficPlayer {
            kafka: KafkaSettings {
                bootstrap_servers: config.kafka.bootstrap_servers.clone(),
                properties: std::collections::BTreeMap::new(),
            },
            topic: config.kafka.topic.clone(),
            progress: Arc::clone(&shared.progress),
            clock,
        };
        let replayed = player.play(traffic, &shutdown).await?;
        wait_until_committed(&shared.progress, replayed.events, &shutdown).await;
        if !options.keep_running {
            shutdown.request();
        }
    } else {
        console::note("waiting for events; Ctrl-C ends");
    }
    pool.wait().await?;
    drop(broker);
    let totals = shared.metrics.totals();
    console::line(format!(
        "\n{} events, {} rejects, {} duplicates in {} commits: ${} in {}",
        totals.events, totals.rejects, totals.duplicates, totals.commits, totals.cost, store.url
    ))?;
    print_queries(&config)
}

fn print_queries(config: &Config) -> anyhow::Result<()> {
    console::line("\nTry next:")?;
    for (what, query) in QUERIES {
        console::line(format!(
            "\n  # {what}\n  tokenmeter sql --lake {} \"{query}\"",
            config.lake.url
        ))?;
    }
    console::line("\n  # a prompt with completion\n  tokenmeter sql")?;
    Ok(())
}

/// Messages that the lake has taken: offsets of the embedded broker begin at 0.
fn committed(progress: &TopicProgress) -> u64 {
    let next: i64 = progress
        .snapshot()
        .values()
        .filter_map(|view| view.committed)
        .sum();
    next.unsigned_abs()
}

async fn wait_until_committed(progress: &TopicProgress, events: u64, shutdown: &Shutdown) {
    while committed(progress) < events && !shutdown.is_requested() {
        tokio::time::sleep(ROOM_POLL).await;
    }
}

struct TrafficPlayer {
    kafka: KafkaSettings,
    topic: String,
    progress: Arc<TopicProgress>,
    clock: Arc<dyn Clock>,
}

impl TrafficPlayer {
    async fn play(self, traffic: Traffic, shutdown: &Shutdown) -> anyhow::Result<Replayed> {
        let stop = Arc::new(AtomicBool::new(false));
        let (flag, asked) = (Arc::clone(&stop), shutdown.clone());
        let watcher = tokio::spawn(async move {
            asked.requested().await;
            flag.store(true, Ordering::Relaxed);
        });
        let played = tokio::task::spawn_blocking(move || {
            let producer = TopicProducer::new(&self.kafka, &self.topic)?;
            let mut sink = PacedSink {
                producer,
                progress: self.progress,
                sent: 0,
                stop: Arc::clone(&stop),
            };
            run_trace(&mut sink, &traffic, &*self.clock, &stop, &mut |_| {})
        })
        .await?
        .context("could not replay the traffic");
        watcher.abort();
        played
    }
}

/// Waits for the worker before the broker would forget what it has not read.
struct PacedSink {
    producer: TopicProducer,
    progress: Arc<TopicProgress>,
    sent: u64,
    stop: Arc<AtomicBool>,
}

impl EventSink for PacedSink {
    fn send(&mut self, key: &str, payload: &[u8], time_ms: i64) -> anyhow::Result<()> {
        while self.sent.saturating_sub(committed(&self.progress)) >= UNCOMMITTED_MAX
            && !self.stop.load(Ordering::Relaxed)
        {
            self.producer.poll();
            std::thread::sleep(ROOM_POLL);
        }
        self.producer.send(key.as_bytes(), payload, time_ms)?;
        self.sent += 1;
        Ok(())
    }

    fn flush(&mut self) -> anyhow::Result<()> {
        Ok(self.producer.flush()?)
    }
}
