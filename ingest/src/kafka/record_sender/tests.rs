//! Which errors end the attempts to send a record.

use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::{RecordAnswer, answer};

#[test]
fn only_what_can_never_be_stored_is_refused() {
    let of = |code| answer(&KafkaError::MessageProduction(code));
    for code in [
        RDKafkaErrorCode::MessageSizeTooLarge,
        RDKafkaErrorCode::TopicAuthorizationFailed,
    ] {
        assert!(matches!(of(code), RecordAnswer::Refused(_)), "{code:?}");
    }
    for code in [
        RDKafkaErrorCode::MessageTimedOut,
        RDKafkaErrorCode::QueueFull,
        RDKafkaErrorCode::UnknownTopicOrPartition,
        RDKafkaErrorCode::AllBrokersDown,
    ] {
        assert!(matches!(of(code), RecordAnswer::Unanswered(_)), "{code:?}");
    }
}
