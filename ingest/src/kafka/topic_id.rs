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

/// Asks the cluster for a topic's id.
///
/// `None` if the topic does not exist or the cluster does not say (brokers before Kafka 2.8).
pub(crate) fn topic_id<C: ClientContext + ConsumerContext>(
    consumer: &BaseConsumer<C>,
    topic: &str,
    timeout: Duration,
) -> Option<String> {
    let name = CString::new(topic).ok()?;
    let timeout_ms = c_int::try_from(timeout.as_millis()).ok()?;
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
            None
        } else {
            id_of_event(event)
        };
        if !event.is_null() {
            native::rd_kafka_event_destroy(event);
        }
        native::rd_kafka_TopicCollection_destroy(topics);
        native::rd_kafka_queue_destroy(queue);
        id
    }
}

/// # Safety
/// `event` must be a live event of librdkafka.
unsafe fn id_of_event(event: *mut native::rd_kafka_event_t) -> Option<String> {
    // SAFETY: the results are parts of `event`, which the caller keeps alive; each pointer is
    // checked before it is used.
    unsafe {
        let result = native::rd_kafka_event_DescribeTopics_result(event);
        if result.is_null() {
            return None;
        }
        let mut count = 0;
        let topics = native::rd_kafka_DescribeTopics_result_topics(result, &raw mut count);
        if topics.is_null() || count == 0 {
            return None;
        }
        let description = *topics;
        let error = native::rd_kafka_TopicDescription_error(description);
        if !error.is_null()
            && native::rd_kafka_error_code(error)
                != native::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR
        {
            return None;
        }
        let id = native::rd_kafka_TopicDescription_topic_id(description);
        if id.is_null() {
            return None;
        }
        let text = native::rd_kafka_Uuid_base64str(id);
        if text.is_null() {
            return None;
        }
        // In the form that Kafka's own tools print, which has no slash.
        let text = CStr::from_ptr(text)
            .to_str()
            .ok()?
            .replace('+', "-")
            .replace('/', "_");
        // The id of all zeros stands for "not known".
        (!text.is_empty() && text.bytes().any(|byte| byte != b'A')).then_some(text)
    }
}
