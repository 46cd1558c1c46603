//! Delivery to receivers over real connections: retries, order, dead letters, marks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ingest::kafka::client_config::KafkaSettings;
use schemas::alerts::alert::AlertChange;
use schemas::clock::{Clock, FixedClock};
use serde_json::Value;

use super::test_changes::{firing, receiver, resolved, webhook};
use super::test_receiver::{Received, Says, TestReceiver};
use super::{Deliveries, NumberedChange, QUEUE_CHANGES_MAX, Start};
use crate::config::receivers::{Destination, Given, ReceiverConfig};
use crate::metrics::delivery::DeliveryMetrics;

/// 2026-11-27T08:00:00Z.
const NOW_US: i64 = 1_795_766_400_000_000;

fn kafka() -> KafkaSettings {
    KafkaSettings {
        bootstrap_servers: "127.0.0.1:9".to_owned(),
        properties: BTreeMap::new(),
    }
}

fn start_with(receivers: &[ReceiverConfig], start: Start) -> Deliveries {
    let metrics = DeliveryMetrics::default();
    let clock: Arc<dyn Clock> = Arc::new(FixedClock(NOW_US));
    Deliveries::start(receivers, &kafka(), start, &clock, &metrics).unwrap()
}

fn start(receivers: &[ReceiverConfig]) -> Deliveries {
    let start = Start {
        acknowledged: BTreeMap::new(),
        next: 0,
        standing: Vec::new(),
    };
    start_with(receivers, start)
}

fn alertmanager(url: &str) -> ReceiverConfig {
    ReceiverConfig {
        destination: Destination::Alertmanager {
            url: Given::Text(format!("{url}/am/")),
            token: None,
            generator_url: None,
        },
        ..receiver("alertmanager")
    }
}

fn numbered(changes: &[AlertChange]) -> Vec<NumberedChange> {
    let numbers = 0..;
    numbers
        .zip(changes)
        .map(|(number, change)| NumberedChange::new(number, change.clone()))
        .collect()
}

fn ids(received: &[Received]) -> Vec<&str> {
    received
        .iter()
        .map(|request| request.headers["webhook-id"].as_str())
        .collect()
}

async fn wait_for_mark(deliveries: &Deliveries, receiver: &str, number: i64) {
    let begun = Instant::now();
    while deliveries.acknowledged()[receiver] != number {
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "{:?}",
            deliveries.acknowledged()
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_webhook_that_is_down_for_a_while_gets_each_change_once_and_in_order() {
    let server = TestReceiver::start(&[
        Says::Status(500),
        Says::HangsUp,
        Says::Status(204),
        Says::Later(429, 2),
    ])
    .await;
    let deliveries = start(&[webhook("hook", &server.url)]);
    deliveries.send(&numbered(&[firing("a"), firing("b"), resolved("a")]));
    // A repetition by the evaluator, as after a commit whose outcome was unknown.
    deliveries.send(&numbered(&[firing("a"), firing("b"), resolved("a")]));
    let received = server.wait_for(6).await;
    assert_eq!(ids(&received), ["a.1", "a.1", "a.1", "b.1", "b.1", "a.2"]);
    wait_for_mark(&deliveries, "hook", 3).await;
    assert!(
        received[4].at - received[3].at >= Duration::from_secs(2),
        "patience was asked for"
    );
    assert!(received.iter().all(|request| request.path == "/hook"));
    // A repetition has the same body.
    assert_eq!(received[0].body, received[2].body);
    assert!(deliveries.take_dead_letters().is_empty());
}

#[tokio::test]
async fn what_is_refused_becomes_a_dead_letter_and_the_rest_goes_on() {
    let server = TestReceiver::start(&[Says::Status(200), Says::Status(422)]).await;
    let deliveries = start(&[webhook("hook", &server.url)]);
    deliveries.send(&numbered(&[firing("a"), firing("b"), firing("c")]));
    wait_for_mark(&deliveries, "hook", 3).await;
    assert_eq!(ids(&server.received()), ["a.1", "b.1", "c.1"]);
    let dead = deliveries.take_dead_letters();
    assert_eq!(dead.len(), 1);
    assert_eq!((dead[0].number, dead[0].change.alert_id.as_str()), (1, "b"));
    assert_eq!(dead[0].reason, "status 422: said");
    let kept = dead[0].to_json().unwrap();
    let columns = concat!(
        r#"{"receiver":"hook","number":1,"alert_id":"b","change_number":1,"#,
        r#""rule":"FeatureSpike","state":"firing","reason":"status 422: said","#,
        r#""given_up_at":"2026-11-27T08:00:00.000000Z","payload":{"type":"alert.firing","#,
    );
    assert!(kept.starts_with(columns), "{kept}");
    assert!(deliveries.take_dead_letters().is_empty(), "taken once");
}

#[tokio::test]
async fn a_dead_receiver_holds_up_nobody_and_is_given_up_in_the_end() {
    let server = TestReceiver::start(&[]).await;
    let hanging = TestReceiver::start(&[Says::Hangs; 100]).await;
    let mut dead = webhook("dead", "http://127.0.0.1:9");
    dead.retry_for = Duration::from_millis(1500);
    let mut hangs = webhook("hangs", &hanging.url);
    hangs.timeout = Duration::from_millis(300);
    let deliveries = start(&[dead, hangs, webhook("good", &server.url)]);
    let begun = Instant::now();
    deliveries.send(&numbered(&[firing("a"), firing("b")]));
    assert!(
        begun.elapsed() < Duration::from_millis(100),
        "an evaluator never waits"
    );
    wait_for_mark(&deliveries, "good", 2).await;
    assert_eq!(deliveries.acknowledged()["dead"], 0);
    wait_for_mark(&deliveries, "dead", 2).await;
    let given_up = deliveries.take_dead_letters();
    assert_eq!(given_up.len(), 2);
    assert!(given_up.iter().all(|letter| letter.receiver == "dead"));
    assert!(
        given_up[0].reason.contains("error sending request"),
        "{}",
        given_up[0].reason
    );
    // It is asked again and again, and its answer is waited for no longer than it may take.
    hanging.wait_for(2).await;
    assert_eq!(deliveries.acknowledged()["hangs"], 0);
}

#[tokio::test]
async fn after_a_restart_delivery_goes_on_behind_the_mark() {
    let server = TestReceiver::start(&[]).await;
    let start = Start {
        acknowledged: BTreeMap::from([("hook".to_owned(), 1)]),
        next: 3,
        standing: vec![firing("b")],
    };
    let receivers = [webhook("hook", &server.url), webhook("new", &server.url)];
    let deliveries = start_with(&receivers, start);
    assert_eq!(
        deliveries.acknowledged()["new"],
        3,
        "a new one is not told of the past"
    );
    deliveries.send(&numbered(&[firing("a"), firing("b"), resolved("a")]));
    wait_for_mark(&deliveries, "hook", 3).await;
    assert_eq!(ids(&server.received()), ["b.1", "a.2"]);
    // Another process goes on with what comes next.
    let elsewhere = BTreeMap::from([("hook".to_owned(), 5)]);
    deliveries.skip(&elsewhere, 6);
    assert_eq!(deliveries.acknowledged()["hook"], 5);
    let lacks = BTreeMap::from([("hook".to_owned(), 5), ("new".to_owned(), 3)]);
    assert_eq!(deliveries.missing(), lacks);
    deliveries.stop(Duration::from_secs(1)).await;
}

#[tokio::test]
async fn alertmanager_gets_many_at_once_and_hears_again_of_what_fires() {
    let server = TestReceiver::start(&[]).await;
    let start = Start {
        acknowledged: BTreeMap::from([("alertmanager".to_owned(), 0)]),
        next: 0,
        standing: vec![firing("z")],
    };
    let deliveries = start_with(&[alertmanager(&server.url)], start);
    let received = server.wait_for(1).await;
    assert_eq!(received[0].path, "/am/api/v2/alerts");
    assert!(
        received[0].body.contains("\"alert_id\":\"z\""),
        "what stood before the start"
    );
    deliveries.send(&numbered(&[firing("a"), firing("b"), resolved("a")]));
    let received = server.wait_for(2).await;
    let alerts: Vec<Value> = serde_json::from_str(&received[1].body).unwrap();
    // Of several changes of one alert it needs the last alone.
    let ends: Vec<(&str, &str)> = alerts
        .iter()
        .map(|alert| {
            let id = alert["annotations"]["alert_id"].as_str().unwrap();
            (id, alert["endsAt"].as_str().unwrap())
        })
        .collect();
    let expected = [
        ("a", "2026-11-27T07:30:00.000000Z"),
        ("b", "2026-11-27T08:05:00.000000Z"),
    ];
    assert_eq!(ends, expected);
}

#[tokio::test]
async fn one_that_alertmanager_refuses_does_not_take_the_others_with_it() {
    let says = [400, 200, 400, 200].map(Says::Status);
    let server = TestReceiver::start(&says).await;
    let deliveries = start(&[alertmanager(&server.url)]);
    deliveries.send(&numbered(&[firing("a"), firing("b"), firing("c")]));
    wait_for_mark(&deliveries, "alertmanager", 3).await;
    let received = server.received();
    let told = received
        .iter()
        .map(|post| post.body.matches("startsAt").count());
    assert_eq!(told.take(4).collect::<Vec<_>>(), [3, 1, 1, 1]);
    let dead = deliveries.take_dead_letters();
    assert_eq!(dead.len(), 1);
    assert_eq!(dead[0].change.alert_id, "b");
}

#[tokio::test]
async fn what_a_full_queue_did_not_take_is_asked_for_again() {
    let server = TestReceiver::start(&[Says::Hangs]).await;
    let mut config = alertmanager(&server.url);
    config.timeout = Duration::from_millis(300);
    let deliveries = start(&[config]);
    let last = QUEUE_CHANGES_MAX + 5;
    let changes: Vec<AlertChange> = (1..=last).map(|id| firing(&id.to_string())).collect();
    let changes = numbered(&changes);
    deliveries.send(&changes);
    assert!(deliveries.missing().is_empty(), "there is no room");
    let begun = Instant::now();
    let missing = loop {
        assert!(begun.elapsed() < Duration::from_secs(20));
        tokio::time::sleep(Duration::from_millis(5)).await;
        if let Some(number) = deliveries.missing().get("alertmanager") {
            break *number;
        }
    };
    assert_eq!(usize::try_from(missing), Ok(QUEUE_CHANGES_MAX));
    deliveries.send_to("alertmanager", &changes[QUEUE_CHANGES_MAX..]);
    wait_for_mark(&deliveries, "alertmanager", i64::try_from(last).unwrap()).await;
    // Some may be told twice: an answer that is slow counts as none.
    let mut told = BTreeSet::new();
    for request in server.received() {
        let alerts: Vec<Value> = serde_json::from_str(&request.body).unwrap();
        let ids = alerts
            .iter()
            .map(|alert| alert["annotations"]["alert_id"].to_string());
        told.extend(ids);
    }
    assert_eq!(told.len(), last);
}

#[tokio::test]
async fn a_receiver_that_cannot_be_set_up_is_named() {
    let mut hook = webhook("oncall", "http://127.0.0.1:9");
    if let Destination::Webhook { secret, .. } = &mut hook.destination {
        *secret = Given::Variable("NO_SUCH_SECRET_HERE".to_owned());
    }
    let clock: Arc<dyn Clock> = Arc::new(FixedClock(NOW_US));
    let nothing = Start {
        acknowledged: BTreeMap::new(),
        next: 0,
        standing: Vec::new(),
    };
    let metrics = DeliveryMetrics::default();
    let error = Deliveries::start(&[hook], &kafka(), nothing, &clock, &metrics).unwrap_err();
    let text = format!("{error:#}");
    assert_eq!(
        text,
        "cannot set up the receiver \"oncall\": cannot read the environment variable \
         NO_SUCH_SECRET_HERE: environment variable not found"
    );
}
