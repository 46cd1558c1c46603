//! The whole payload, to the letter: receivers rely on it.

use super::Payload;
use crate::alerting::delivery::test_changes::firing;

#[test]
fn the_payload_is_as_documented() {
    let text = Payload::of(&firing("4f1c")).to_json().unwrap();
    let expected = concat!(
        r#"{"type":"alert.firing","timestamp":"2026-11-27T07:02:00.000000Z","data":{"#,
        r#""alert_id":"4f1c","change_number":1,"state":"firing","group":"spend","#,
        r#""rule":"FeatureSpike","labels":{"alertname":"FeatureSpike","feature":"search","#,
        r#""severity":"page"},"annotations":{"summary":"search costs more than usual"},"#,
        r#""step":"","unit":"usd","value":"12.500000000000","threshold":"9.000000000000","#,
        r#""baseline":"3.250000000000","over_usd":"9.250000000000","#,
        r#""started_at":"2026-11-27T07:00:00.000000Z","#,
        r#""fired_at":"2026-11-27T07:01:00.000000Z","resolved_at":null,"projected_at":null,"#,
        r#""contributors":[{"dimension":"user_id","value":"u-17","cost_usd":"10.000000000000","#,
        r#""calls":420,"share":"0.800"},{"dimension":"model","value":"","#,
        r#""cost_usd":"0.004000000000","calls":1,"share":"0.005"}]}}"#,
    );
    assert_eq!(text, expected);
}
