//! Counts of deliveries as Prometheus reads them.

use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;

use super::DeliveryMetrics;

fn lines(metrics: &DeliveryMetrics) -> String {
    let mut registry = Registry::with_prefix("tokenmeter");
    metrics.register(&mut registry);
    let mut text = String::new();
    encode(&mut text, &registry).unwrap();
    text
}

#[test]
fn every_receiver_is_there_from_the_start() {
    let metrics = DeliveryMetrics::default();
    let receiver = metrics.of_receiver("oncall");
    let text = lines(&metrics);
    for name in [
        "alert_deliveries_total",
        "alert_delivery_retries_total",
        "alert_dead_letters_total",
        "alert_deliveries_queued",
    ] {
        let line = format!("tokenmeter_{name}{{receiver=\"oncall\"}} 0\n");
        assert!(text.contains(&line), "{line}");
    }
    receiver.sent(Duration::from_secs(2));
    receiver.dead();
    receiver.retried();
    receiver.set_queued(7);
    let text = lines(&metrics);
    for line in [
        "alert_deliveries_total{receiver=\"oncall\"} 1\n",
        "alert_delivery_retries_total{receiver=\"oncall\"} 1\n",
        "alert_dead_letters_total{receiver=\"oncall\"} 1\n",
        "alert_deliveries_queued{receiver=\"oncall\"} 7\n",
        "alert_delivery_seconds_bucket{le=\"2.5\",receiver=\"oncall\"} 1\n",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
}
