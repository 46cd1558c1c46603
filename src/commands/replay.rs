//! `tokenmeter replay`: produces events to a topic, from NDJSON or from traces.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use ingest::kafka::client_config::KafkaSettings;
use ingest::kafka::producer::TopicProducer;

use crate::cli::options::{ReplayOptions, TraceTimes};
use crate::config::Config;
use crate::console;
use crate::replay::print_sink::PrintSink;
use crate::replay::source::Source;
use crate::replay::survey::Survey;
use crate::replay::topic_sink::TopicSink;
use crate::replay::{Replayed, Traffic, run_trace};
use crate::system_clock::SystemClock;

/// The speed of a trace unless a flag says otherwise: its own.
const SPEED_DEFAULT: u64 = 1;
/// How often a line is written where stderr is no terminal.
const LINE_INTERVAL: Duration = Duration::from_secs(5);
/// Exit code after a second Ctrl-C: 128 + SIGINT.
const EXIT_INTERRUPTED: i32 = 130;

/// Produces the files' events, and says how far it came.
///
/// # Errors
/// If a file cannot be read, or events cannot be delivered.
pub(crate) async fn run(config: Config, options: ReplayOptions) -> anyhow::Result<()> {
    let stop = Arc::new(AtomicBool::new(false));
    stop_on_interrupt(Arc::clone(&stop))?;
    let started = Instant::now();
    let topic = config.kafka.topic.clone();
    let is_printed = options.print;
    let replay = tokio::task::spawn_blocking(move || replay(&config, &options, &stop));
    let replayed = replay.await??;
    if is_printed {
        return Ok(());
    }
    console::line(summary(&replayed, &topic, started.elapsed()))
}

fn replay(config: &Config, options: &ReplayOptions, stop: &AtomicBool) -> anyhow::Result<Replayed> {
    let traffic = traffic(options);
    if options.print {
        return run_trace(&mut PrintSink, &traffic, &SystemClock, stop, &mut |_| {});
    }
    let events = Survey::of(&traffic)?.events(&traffic);
    let settings = KafkaSettings {
        bootstrap_servers: config.kafka.bootstrap_servers.clone(),
        properties: config.kafka.properties.as_map().clone(),
    };
    let mut sink = TopicSink::new(TopicProducer::new(&settings, &config.kafka.topic)?);
    let progress = Progress::new(events);
    let mut show = |sent| progress.show(sent);
    let replayed = run_trace(&mut sink, &traffic, &SystemClock, stop, &mut show);
    progress.finish();
    let sent = progress.bar.position();
    replayed.with_context(|| format!("the replay failed after {sent} events were sent"))
}

fn traffic(options: &ReplayOptions) -> Traffic {
    let sources = options.files.iter().map(|file| Source::of_path(file));
    let mut traffic = Traffic::new(sources.collect(), &options.traffic, SPEED_DEFAULT);
    if let Some(times) = options.times {
        traffic.times = times;
    }
    if options.keep_times {
        traffic.times = TraceTimes::Keep;
    }
    traffic.record_time = options.record_time;
    traffic
}

fn stop_on_interrupt(stop: Arc<AtomicBool>) -> anyhow::Result<()> {
    let mut interrupt = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt())?;
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            if stop.swap(true, Ordering::Relaxed) {
                std::process::exit(EXIT_INTERRUPTED);
            }
            console::note("stopping: delivering what was queued; once more stops at once");
        }
    });
    Ok(())
}

/// A bar with its rate on a terminal, a line now and then elsewhere.
struct Progress {
    bar: ProgressBar,
    is_terminal: bool,
    started: Instant,
    line: std::cell::Cell<Instant>,
}

impl Progress {
    fn new(events: Option<u64>) -> Self {
        let bar = match events {
            Some(events) => ProgressBar::new(events),
            None => ProgressBar::no_length(),
        };
        let template = "{wide_bar} {human_pos}/{human_len} events  {per_sec}  {eta} left";
        if let (Some(_), Ok(style)) = (events, ProgressStyle::with_template(template)) {
            bar.set_style(style);
        }
        bar.set_draw_target(ProgressDrawTarget::stderr());
        Self {
            is_terminal: !bar.is_hidden(),
            bar,
            started: Instant::now(),
            line: std::cell::Cell::new(Instant::now()),
        }
    }

    fn show(&self, sent: u64) {
        self.bar.set_position(sent);
        if !self.is_terminal && self.line.get().elapsed() >= LINE_INTERVAL {
            self.line.set(Instant::now());
            let of = self
                .bar
                .length()
                .map_or_else(String::new, |all| format!(" of {all}"));
            let rate = per_second(sent, self.started.elapsed());
            console::note(format!("{sent}{of} events sent, {rate} events/s"));
        }
    }

    fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

fn per_second(events: u64, elapsed: Duration) -> u128 {
    u128::from(events) * 1000 / elapsed.as_millis().max(1)
}

fn summary(replayed: &Replayed, topic: &str, elapsed: Duration) -> String {
    let rate = per_second(replayed.events, elapsed);
    let seconds = elapsed.as_millis() / 1000;
    let tenths = elapsed.as_millis() % 1000 / 100;
    let how = if replayed.stopped {
        "stopped after"
    } else {
        "sent"
    };
    format!(
        "{how} {} events ({} bytes) to {topic} in {seconds}.{tenths} s, {rate} events/s; all are \
         delivered",
        replayed.events, replayed.bytes
    )
}
