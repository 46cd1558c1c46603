//! Whether a consumer is a member of its group.
#![expect(
    unsafe_code,
    reason = "rd_kafka_memberid has no safe wrapper in rdkafka 0.39"
)]

use rdkafka::bindings as native;
use rdkafka::client::ClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};

/// Whether the group's coordinator knows the consumer, which has not said yet that it leaves.
pub(crate) fn is_member<C: ClientContext + ConsumerContext>(consumer: &BaseConsumer<C>) -> bool {
    let client = consumer.client().native_ptr();
    // SAFETY: the client lives as long as `consumer`; the text is ours, ends with a zero byte and is
    // freed after it was looked at.
    unsafe {
        let id = native::rd_kafka_memberid(client);
        if id.is_null() {
            return false;
        }
        let is_member = *id != 0;
        native::rd_kafka_mem_free(client, id.cast());
        is_member
    }
}
