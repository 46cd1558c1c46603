//! The id of a topic, which changes when a topic is deleted and made again.
//!
//! rdkafka has no safe call for it, so this file calls librdkafka itself.
#![expect(
    unsafe_code,
    reason = "librdkafka's DescribeTopics has no safe wrapper in rdkafka 0.39"
)]

use std::ffi::{CStr, CString};
use std::os::raw::c_int;
use std::time::Duration;

use rdkafka::bindings as native;
use rdkafka::client::ClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::types::RDKafkaRespErr;

/// Asks the cluster for a topic's id.
///
/// `None` if its topics have none (brokers before Kafka 2.8).
///
/// # Errors
/// No answer in time, or a refusal; neither says anything of the id.
pub(crate) fn topic_id<C: ClientContext + ConsumerContext>(
    consumer: &BaseConsumer<C>,
    topic: &str,
    timeout: Duration,
) -> Result<Option<String>, KafkaError> {
    let name = CString::new(topic)
        .map_err(|_| KafkaError::AdminOp(RDKafkaErrorCode::UnknownTopicOrPartition))?;
    let timeout_ms = c_int::try_from(timeout.as_millis()).unwrap_or(c_int::MAX);
    let client = consumer.client().native_ptr();
    let mut names = [name.as_ptr()];
    // SAFETY: `client` lives as long as `consumer`, which is borrowed; every object made here is
    // destroyed here, in reverse order, and the id is copied out before its event is destroyed.
    unsafe {
        let queue = native::rd_kafka_queue_new(client);
        let topics = native::rd_kafka_TopicCollection_of_topic_names(names.as_mut_ptr(), 1);
        native::rd_kafka_DescribeTopics(client, topics, std::ptr::null(), queue);
        let event = native::rd_kafka_queue_poll(queue, timeout_ms);
        let id = if event.is_null() {
            Err(RDKafkaErrorCode::OperationTimedOut)
        } else {
            let id = id_of_event(event);
            native::rd_kafka_event_destroy(event);
            id
        };
        native::rd_kafka_TopicCollection_destroy(topics);
        native::rd_kafka_queue_destroy(queue);
        match id {
            Err(RDKafkaErrorCode::UnsupportedFeature) => Ok(None),
            id => id.map_err(KafkaError::AdminOp),
        }
    }
}

/// # Safety
/// `event` must be a live event of librdkafka.
unsafe fn id_of_event(
    event: *mut native::rd_kafka_event_t,
) -> Result<Option<String>, RDKafkaErrorCode> {
    // SAFETY: the results are parts of `event`, which the caller keeps alive; each pointer is
    // checked before it is used.
    unsafe {
        told(native::rd_kafka_event_error(event))?;
        let result = native::rd_kafka_event_DescribeTopics_result(event);
        if result.is_null() {
            return Err(RDKafkaErrorCode::BadMessage);
        }
        let mut count = 0;
        let topics = native::rd_kafka_DescribeTopics_result_topics(result, &raw mut count);
        if topics.is_null() || count == 0 {
            return Err(RDKafkaErrorCode::UnknownTopicOrPartition);
        }
        let description = *topics;
        let error = native::rd_kafka_TopicDescription_error(description);
        if !error.is_null() {
            told(native::rd_kafka_error_code(error))?;
        }
        let id = native::rd_kafka_TopicDescription_topic_id(description);
        if id.is_null() {
            return Ok(None);
        }
        let text = native::rd_kafka_Uuid_base64str(id);
        if text.is_null() {
            return Ok(None);
        }
        let text = CStr::from_ptr(text).to_string_lossy();
        // In the form that Kafka's own tools print, which has no slash.
        let text = text.replace('+', "-").replace('/', "_");
        // The id of all zeros stands for "not known".
        Ok((!text.is_empty() && text.bytes().any(|byte| byte != b'A')).then_some(text))
    }
}

fn told(code: RDKafkaRespErr) -> Result<(), RDKafkaErrorCode> {
    match code {
        RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR => Ok(()),
        code => Err(code.into()),
    }
}
