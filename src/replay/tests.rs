//! Whole replays into a list: every line, in order, with the right times, and stops.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use schemas::clock::FixedClock;
use schemas::time::parse_rfc3339_us;
use serde_json::Value;

use crate::cli::options::{RecordTime, TraceTimes};
use crate::replay::pace::Pace;
use crate::replay::source::Source;
use crate::replay::{EventSink, Replayed, Traffic, run_trace};

const NOW_US: i64 = 1_800_000_000_000_000;
const HEADER: &str = "TIMESTAMP,ContextTokens,GeneratedTokens\r\n";

#[derive(Debug, Default)]
struct List {
    sent: Vec<(String, Vec<u8>, i64)>,
    flushes: usize,
    fails_at: Option<usize>,
}

impl EventSink for List {
    fn send(&mut self, key: &str, payload: &[u8], time_ms: i64) -> anyhow::Result<()> {
        anyhow::ensure!(self.fails_at != Some(self.sent.len()), "the broker is gone");
        self.sent.push((key.to_owned(), payload.to_vec(), time_ms));
        Ok(())
    }

    fn flush(&mut self) -> anyhow::Result<()> {
        self.flushes += 1;
        Ok(())
    }
}

impl List {
    fn events(&self) -> Vec<Value> {
        let parse = |sent: &(String, Vec<u8>, i64)| serde_json::from_slice(&sent.1).unwrap();
        self.sent.iter().map(parse).collect()
    }

    fn times_us(&self) -> Vec<i64> {
        let time = |event: &Value| parse_rfc3339_us(event["event_time"].as_str().unwrap()).unwrap();
        self.events().iter().map(time).collect()
    }

    fn ids(&self) -> BTreeSet<String> {
        let id = |event: &Value| event["event_id"].as_str().unwrap().to_owned();
        self.events().iter().map(id).collect()
    }
}

fn traffic(sources: Vec<Source>) -> Traffic {
    Traffic {
        sources,
        pace: Pace::FlatOut,
        times: TraceTimes::Past,
        record_time: RecordTime::Event,
        repeat: 1,
        limit: None,
        seed: 1,
    }
}

fn play(traffic: &Traffic) -> (List, Replayed) {
    let mut list = List::default();
    let stop = AtomicBool::new(false);
    let played = run_trace(&mut list, traffic, &FixedClock(NOW_US), &stop, &mut |_| {});
    (list, played.unwrap())
}

struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Source {
        let path: PathBuf = self.0.path().join(name);
        std::fs::File::create(&path)
            .unwrap()
            .write_all(bytes)
            .unwrap();
        Source::of_path(&path)
    }
}

#[test]
fn every_row_of_the_embedded_traces_arrives_with_its_tokens() {
    let mut expected = (0, 0, 0);
    for source in Source::embedded() {
        let mut lines = source.open().unwrap();
        while let Some(line) = lines.next().unwrap() {
            let text = String::from_utf8(line).unwrap();
            let fields: Vec<&str> = text.split(',').collect();
            expected.0 += 1;
            expected.1 += fields[1].parse::<u64>().unwrap();
            expected.2 += fields[2].parse::<u64>().unwrap();
        }
    }
    let (list, played) = play(&traffic(Source::embedded()));
    let sum = |field: &str| -> u64 {
        list.events()
            .iter()
            .map(|event| event[field].as_u64().unwrap())
            .sum()
    };
    assert_eq!(played.events, 28_185);
    assert_eq!(
        (played.events, sum("input_tokens"), sum("output_tokens")),
        expected
    );
    assert_eq!(list.ids().len(), 28_185);
    assert_eq!(list.flushes, 1);
    assert!(list.times_us().is_sorted());
    assert_eq!(list.times_us().last(), Some(&NOW_US));
}

#[test]
fn a_last_line_without_an_end_arrives() {
    let files = Files::new();
    let rows =
        format!("{HEADER}2023-11-16 18:00:00.0000000,1,2\r\n2023-11-16 18:00:01.0000000,3,4");
    let (list, _) = play(&traffic(vec![files.write("t.csv", rows.as_bytes())]));
    assert_eq!(list.events()[1]["output_tokens"], 4);
}

#[test]
fn files_are_played_together_in_the_order_of_their_times() {
    let files = Files::new();
    let row = |second: u32| format!("2023-11-16 18:00:0{second}.5,{second},1\n");
    let first = format!("{HEADER}{}{}", row(1), row(4));
    let second = format!("{HEADER}{}{}", row(2), row(3));
    let mut traffic = traffic(vec![
        files.write("a.csv", first.as_bytes()),
        files.write("b.csv", second.as_bytes()),
    ]);
    let tokens = |list: &List| -> Vec<u64> {
        let events = list.events();
        events
            .iter()
            .map(|event| event["input_tokens"].as_u64().unwrap())
            .collect()
    };
    assert_eq!(tokens(&play(&traffic).0), [1, 2, 3, 4]);

    traffic.repeat = 2;
    traffic.times = TraceTimes::Keep;
    let (list, _) = play(&traffic);
    assert_eq!(tokens(&list), [1, 2, 3, 4, 1, 2, 3, 4]);
    assert_eq!(list.ids().len(), 8);
    assert!(list.times_us().is_sorted());
    let first_us = parse_rfc3339_us("2023-11-16T18:00:01.5Z").unwrap();
    // A round begins one second after the end of the one before it.
    assert_eq!(list.times_us()[4], first_us + 4_000_000);

    traffic.limit = Some(5);
    assert_eq!(tokens(&play(&traffic).0), [1, 2, 3, 4, 1]);
}

#[test]
fn kept_times_make_the_same_events_again_and_others_do_not() {
    let mut traffic = traffic(Source::embedded());
    traffic.limit = Some(100);
    let play_at = |traffic: &Traffic, now_us| {
        let mut list = List::default();
        let stop = AtomicBool::new(false);
        run_trace(&mut list, traffic, &FixedClock(now_us), &stop, &mut |_| {}).unwrap();
        list
    };
    let later_us = NOW_US + 5_000_000;
    let (first, second) = (play_at(&traffic, NOW_US), play_at(&traffic, later_us));
    assert!(first.ids().is_disjoint(&second.ids()));
    traffic.times = TraceTimes::Keep;
    let (first, second) = (play_at(&traffic, NOW_US), play_at(&traffic, later_us));
    assert_eq!(first.sent, second.sent);
    traffic.seed = 2;
    assert!(play_at(&traffic, NOW_US).ids().is_disjoint(&first.ids()));
}

#[test]
fn live_times_follow_the_pace() {
    let files = Files::new();
    let rows = format!("{HEADER}2023-11-16 18:00:00.0,1,2\n2023-11-16 18:00:10.0,3,4\n");
    let mut traffic = traffic(vec![files.write("t.csv", rows.as_bytes())]);
    traffic.times = TraceTimes::Live;
    traffic.pace = Pace::Speed {
        thousandths: 100_000,
    };
    let (list, _) = play(&traffic);
    assert_eq!(list.times_us(), [NOW_US, NOW_US + 100_000]);
    let times: Vec<i64> = list.sent.iter().map(|(_, _, time_ms)| *time_ms).collect();
    assert_eq!(times, [NOW_US / 1000, NOW_US / 1000 + 100]);
}

#[test]
fn ndjson_is_sent_byte_for_byte_with_its_user_and_time() {
    let files = Files::new();
    let lines = "{\"user_id\":\"u\",\"event_time\":5}\r\n\nnot json\n{\"event_id\":\"e\", \"x\":1}";
    let mut traffic = traffic(vec![files.write("events.ndjson", lines.as_bytes())]);
    let (list, _) = play(&traffic);
    let text = |sent: &(String, Vec<u8>, i64)| {
        (
            sent.0.clone(),
            String::from_utf8(sent.1.clone()).unwrap(),
            sent.2,
        )
    };
    let sent: Vec<_> = list.sent.iter().map(text).collect();
    let now_ms = NOW_US / 1000;
    let line = |key: &str, text: &str, time_ms| (key.to_owned(), text.to_owned(), time_ms);
    assert_eq!(
        sent,
        [
            line("u", "{\"user_id\":\"u\",\"event_time\":5}", 5),
            line("", "not json", now_ms),
            line("e", "{\"event_id\":\"e\", \"x\":1}", now_ms),
        ]
    );
    traffic.record_time = RecordTime::Now;
    assert_eq!(play(&traffic).0.sent[0].2, now_ms);
}

#[test]
fn a_row_that_is_none_is_found_before_anything_is_sent() {
    let files = Files::new();
    let rows = format!("{HEADER}2023-11-16 18:00:00.0,1,2\n2023-11-16 18:00:01.0,x,2\n");
    let traffic = traffic(vec![files.write("t.csv", rows.as_bytes())]);
    let mut list = List::default();
    let stop = AtomicBool::new(false);
    let error = run_trace(&mut list, &traffic, &FixedClock(0), &stop, &mut |_| {}).unwrap_err();
    let text = format!("{error:#}");
    assert!(
        text.contains("t.csv:3") && text.contains("\"x\" is no number of tokens"),
        "{text}"
    );
    assert!(list.sent.is_empty());
}

#[test]
fn a_stop_flushes_what_was_sent() {
    let stop = AtomicBool::new(false);
    let mut list = List::default();
    let mut traffic = traffic(Source::embedded());
    traffic.pace = Pace::Speed {
        thousandths: 1_000_000,
    };
    let mut progress = |sent| {
        if sent == 10 {
            stop.store(true, Ordering::Relaxed);
        }
    };
    let played = run_trace(
        &mut list,
        &traffic,
        &FixedClock(NOW_US),
        &stop,
        &mut progress,
    )
    .unwrap();
    assert!(played.stopped);
    assert_eq!((played.events, list.sent.len(), list.flushes), (10, 10, 1));
}

#[test]
fn a_sink_that_fails_ends_the_replay() {
    let mut list = List {
        fails_at: Some(3),
        ..List::default()
    };
    let stop = AtomicBool::new(false);
    let traffic = traffic(Source::embedded());
    let error = run_trace(&mut list, &traffic, &FixedClock(0), &stop, &mut |_| {}).unwrap_err();
    assert_eq!(error.to_string(), "the broker is gone");
    assert_eq!(list.sent.len(), 3);
}
