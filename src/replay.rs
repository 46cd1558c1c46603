//! Traces and NDJSON as events: which event is sent when, with which times.
//!
//! - [`source`]: files, the embedded traces and stdin as lines; [`trace`]: a trace's rows
//! - [`trace_events`]: rows to native events, assigned from a seed; [`ndjson`]: lines as they are
//! - [`merge`]: several sources as one, in the order of their times; [`survey`]: what is in them
//! - [`pace`]: when an event is due; [`topic_sink`], [`print_sink`]: the ways to Kafka and stdout

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use schemas::clock::Clock;
use schemas::time::US_PER_MS;

pub(crate) mod merge;
pub(crate) mod ndjson;
pub(crate) mod pace;
pub(crate) mod print_sink;
pub(crate) mod source;
pub(crate) mod survey;
pub(crate) mod topic_sink;
pub(crate) mod trace;
pub(crate) mod trace_events;

use crate::cli::blocks::TrafficOptions;
use crate::cli::options::{RecordTime, TraceTimes};
use crate::replay::merge::{Merge, Record, RecordBody};
use crate::replay::pace::Pace;
use crate::replay::source::Source;
use crate::replay::survey::Survey;
use crate::replay::trace_events::{Stamp, TraceEvents};

/// The longest sleep between two looks at the stop flag.
const SLEEP_MAX: Duration = Duration::from_millis(50);
/// Events that are due within this time are sent at once: shorter sleeps cost more than they wait.
const EARLY_US: i64 = US_PER_MS;

/// Where events go.
pub(crate) trait EventSink {
    /// Takes one event; waits while there is no room for it.
    ///
    /// # Units
    /// `time_ms`: the record's time, milliseconds since the Unix epoch.
    ///
    /// # Errors
    /// If the event cannot be taken at all.
    fn send(&mut self, key: &str, payload: &[u8], time_ms: i64) -> anyhow::Result<()>;

    /// Waits until everything that was taken has arrived.
    ///
    /// # Errors
    /// If something did not arrive.
    fn flush(&mut self) -> anyhow::Result<()>;
}

/// What is replayed, and how.
#[derive(Debug, Clone)]
pub(crate) struct Traffic {
    /// Files, embedded traces or stdin.
    pub(crate) sources: Vec<Source>,
    /// How fast.
    pub(crate) pace: Pace,
    /// Which event times a trace's events carry.
    pub(crate) times: TraceTimes,
    /// Which time the records carry.
    pub(crate) record_time: RecordTime,
    /// How often the sources are played.
    pub(crate) repeat: u64,
    /// Stops after this many events.
    pub(crate) limit: Option<u64>,
    /// Assigns what a trace does not say.
    pub(crate) seed: u64,
}

impl Traffic {
    /// What options say, with the defaults of those that were left out.
    pub(crate) fn new(sources: Vec<Source>, options: &TrafficOptions, speed_default: u64) -> Self {
        let pace = match (options.flat_out, options.rate, options.speed) {
            (true, ..) => Pace::FlatOut,
            (_, Some(events_per_s), _) => Pace::Rate { events_per_s },
            (_, _, Some(speed)) => Pace::Speed {
                thousandths: speed.thousandths,
            },
            _ => Pace::Speed {
                thousandths: speed_default.saturating_mul(1000),
            },
        };
        Self {
            sources,
            pace,
            times: match pace {
                Pace::FlatOut => TraceTimes::Past,
                _ => TraceTimes::Live,
            },
            record_time: RecordTime::Event,
            repeat: options.repeat,
            limit: options.limit,
            seed: options.seed,
        }
    }
}

/// How far a replay came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Replayed {
    /// Events that were sent and arrived.
    pub(crate) events: u64,
    /// Their bytes, without keys.
    pub(crate) bytes: u64,
    /// Whether the stop flag ended it early.
    pub(crate) stopped: bool,
}

/// Sends the traffic to a sink, and flushes it at the end or when `stop` is set.
///
/// `progress` is called with the number of events sent so far. Blocks: call it on a thread of its
/// own.
///
/// # Errors
/// If a source cannot be read or the sink fails.
pub(crate) fn run_trace(
    sink: &mut dyn EventSink,
    traffic: &Traffic,
    clock: &dyn Clock,
    stop: &AtomicBool,
    progress: &mut dyn FnMut(u64),
) -> anyhow::Result<Replayed> {
    let survey = Survey::of(traffic)?;
    let mut player = Player::new(traffic, &survey, clock);
    let mut replayed = Replayed {
        events: 0,
        bytes: 0,
        stopped: false,
    };
    'rounds: for round in 0..traffic.repeat {
        for record in Merge::open(&traffic.sources)? {
            if traffic.limit.is_some_and(|limit| replayed.events >= limit) {
                break 'rounds;
            }
            let event = player.event(record?, round, replayed.events);
            if !player.wait(event.due_us, stop) {
                replayed.stopped = true;
                break 'rounds;
            }
            let time_ms = player.record_time_ms(event.time_us);
            sink.send(&player.key, &player.payload, time_ms)?;
            replayed.events += 1;
            replayed.bytes += u64::try_from(player.payload.len()).unwrap_or(0);
            progress(replayed.events);
        }
    }
    sink.flush()?;
    Ok(replayed)
}

/// When an event is due, and which time it carries.
struct Timing {
    /// Since the replay began.
    due_us: i64,
    /// Since the Unix epoch; `None` for a line that names no time.
    time_us: Option<i64>,
}

/// Turns records into events; the last one stands in `key` and `payload`.
struct Player<'a> {
    traffic: &'a Traffic,
    times: TraceTimes,
    survey: &'a Survey,
    clock: &'a dyn Clock,
    events: TraceEvents,
    started: Instant,
    started_us: i64,
    first_us: Option<i64>,
    key: String,
    payload: Vec<u8>,
}

impl<'a> Player<'a> {
    fn new(traffic: &'a Traffic, survey: &'a Survey, clock: &'a dyn Clock) -> Self {
        let started_us = clock.now_us();
        // Where a trace ends cannot be known if it is read from stdin.
        let times = match (traffic.times, survey.last_us) {
            (TraceTimes::Past, None) => TraceTimes::Live,
            (times, _) => times,
        };
        // Sent again with other times, an event is another event: the id says when it was played.
        let played_ms = match times {
            TraceTimes::Keep => None,
            TraceTimes::Live | TraceTimes::Past => Some(started_us.div_euclid(US_PER_MS)),
        };
        Self {
            traffic,
            times,
            survey,
            clock,
            events: TraceEvents::new(traffic.seed, played_ms),
            started: Instant::now(),
            started_us,
            first_us: survey.first_us,
            key: String::new(),
            payload: Vec::new(),
        }
    }

    /// Fills `key` and `payload` from a record of a round.
    fn event(&mut self, record: Record, round: u64, index: u64) -> Timing {
        let first_us = *self.first_us.get_or_insert(record.time_us);
        let rounds = i64::try_from(round).unwrap_or(i64::MAX);
        let offset_us = self.survey.period_us.saturating_mul(rounds);
        let since_us = record.time_us - first_us + offset_us;
        let due_us = self.traffic.pace.due_us(since_us, index);
        let source = record.source;
        match record.body {
            RecordBody::Trace(row) => {
                let time_us = match self.times {
                    TraceTimes::Keep => first_us + since_us,
                    TraceTimes::Past => self.started_us - self.span_us() + since_us,
                    TraceTimes::Live if self.traffic.pace == Pace::FlatOut => self.clock.now_us(),
                    TraceTimes::Live => self.started_us + due_us,
                };
                let stamp = Stamp {
                    number: round * self.survey.lines(source) + record.line,
                    time_us,
                };
                let name = self.traffic.sources.get(source).map_or("", Source::stem);
                self.events
                    .write(name, stamp, row, &mut self.key, &mut self.payload);
                Timing {
                    due_us,
                    time_us: Some(time_us),
                }
            }
            RecordBody::Line(line) => {
                let time_us = line.head.time_us;
                self.key = line.head.key;
                self.payload = line.bytes;
                Timing { due_us, time_us }
            }
        }
    }

    /// From the first event to the last, over all rounds.
    fn span_us(&self) -> i64 {
        let rounds = i64::try_from(self.traffic.repeat - 1).unwrap_or(i64::MAX);
        let last_us = self.survey.last_us.unwrap_or_default();
        let first_us = self.first_us.unwrap_or_default();
        let more_us = self.survey.period_us.saturating_mul(rounds);
        (last_us - first_us).saturating_add(more_us)
    }

    /// Waits until an event is due; `false` if the stop flag was set first.
    fn wait(&self, due_us: i64, stop: &AtomicBool) -> bool {
        loop {
            if stop.load(Ordering::Relaxed) {
                return false;
            }
            let elapsed_us = i64::try_from(self.started.elapsed().as_micros()).unwrap_or(i64::MAX);
            let ahead_us = due_us - elapsed_us;
            if ahead_us <= EARLY_US {
                return true;
            }
            let ahead = Duration::from_micros(ahead_us.unsigned_abs());
            std::thread::sleep(ahead.min(SLEEP_MAX));
        }
    }

    fn record_time_ms(&self, time_us: Option<i64>) -> i64 {
        let time_us = match self.traffic.record_time {
            RecordTime::Event => time_us.unwrap_or_else(|| self.clock.now_us()),
            RecordTime::Now => self.clock.now_us(),
        };
        time_us.div_euclid(US_PER_MS)
    }
}

#[cfg(test)]
mod tests;
