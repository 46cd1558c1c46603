//! Errors name properties and keep their values to themselves.

use std::collections::BTreeMap;

use crate::kafka::client_config::KafkaSettings;
use crate::kafka::producer::TopicProducer;

#[test]
fn a_property_that_cannot_be_set_is_named_without_its_value() {
    for (name, value) in [
        ("sasl.pasword", "hunter2"),
        ("security.protocol", "hunter2"),
    ] {
        let settings = KafkaSettings {
            bootstrap_servers: "127.0.0.1:1".to_owned(),
            properties: BTreeMap::from([(name.to_owned(), value.to_owned())]),
        };
        let error = TopicProducer::new(&settings, "topic").unwrap_err();
        let told = format!("{error} {error:?}");
        assert!(told.contains(name), "{told}");
        assert!(!told.contains(value), "{told}");
    }
}
