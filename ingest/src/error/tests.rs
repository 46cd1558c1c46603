//! Errors name properties and keep their values to themselves.

use std::collections::BTreeMap;

use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::IngestError;
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

#[test]
fn brokers_that_are_gone_pass_and_missing_rights_do_not() {
    let passes = |code| {
        let source = KafkaError::MetadataFetch(code);
        IngestError::kafka("ask", source).is_passing()
    };
    assert!(passes(RDKafkaErrorCode::BrokerTransportFailure));
    assert!(passes(RDKafkaErrorCode::OperationTimedOut));
    assert!(passes(RDKafkaErrorCode::LeaderNotAvailable));
    assert!(!passes(RDKafkaErrorCode::TopicAuthorizationFailed));
    let topic = "usage".to_owned();
    assert!(!IngestError::NoTopic { topic }.is_passing());
}
