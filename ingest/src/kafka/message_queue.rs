//! Messages borrowed from librdkafka's own memory, one after the other from one queue.
//!
//! rdkafka's safe `poll` turns each message into an event and back, so this file calls librdkafka
//! itself. The messages of all partitions are forwarded to one queue of ours, so that nothing else,
//! such as a rebalance, is among them.
//!
//! Neither of librdkafka 2.12's calls for many messages will do. `rd_kafka_consume_batch_queue`
//! takes the end of a partition for a message there: if a rebalance pauses the partition before
//! the next real one comes, it goes on behind that one, which is never read.
//! `rd_kafka_consume_callback_queue` takes the whole queue out while it works, so that the client
//! fetches on as if it were empty, without bound.
#![expect(
    unsafe_code,
    reason = "rd_kafka_consume_queue has no safe wrapper in rdkafka 0.39"
)]

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr::{NonNull, null, null_mut};
use std::time::Duration;

use rdkafka::bindings as native;
use rdkafka::client::ClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::RDKafkaErrorCode;

/// What stands in the queue.
#[derive(Debug)]
pub(crate) enum Queued<'a> {
    /// A message.
    Message(QueuedMessage<'a>),
    /// What happened to a partition instead of a message.
    Trouble {
        partition: i32,
        code: RDKafkaErrorCode,
    },
}

/// One message, as long as it is looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct QueuedMessage<'a> {
    native: &'a native::rd_kafka_message_t,
}

/// The queue that the partitions of one consumer are forwarded to.
#[derive(Debug)]
pub(crate) struct MessageQueue {
    queue: NonNull<native::rd_kafka_queue_t>,
}

// SAFETY: librdkafka's queues may be used from any thread.
unsafe impl Send for MessageQueue {}

impl MessageQueue {
    /// A queue beside those of a consumer, which must outlive it. `None` without memory.
    pub(crate) fn new<C: ClientContext + ConsumerContext>(
        consumer: &BaseConsumer<C>,
    ) -> Option<Self> {
        // SAFETY: the client lives as long as `consumer`, which is borrowed.
        let queue = unsafe { native::rd_kafka_queue_new(consumer.client().native_ptr()) };
        let queue = NonNull::new(queue)?;
        Some(Self { queue })
    }

    /// Has the messages of a partition come to this queue from its next assignment on.
    pub(crate) fn forward<C: ClientContext + ConsumerContext>(
        &self,
        consumer: &BaseConsumer<C>,
        topic: &str,
        partition: i32,
    ) {
        let Ok(topic) = CString::new(topic) else {
            return;
        };
        let client = consumer.client().native_ptr();
        // SAFETY: the client lives as long as `consumer`; the partition's queue is counted by
        // librdkafka and given back here, the forwarding holds its own count of ours.
        unsafe {
            let of_partition =
                native::rd_kafka_queue_get_partition(client, topic.as_ptr(), partition);
            if !of_partition.is_null() {
                native::rd_kafka_queue_forward(of_partition, self.queue.as_ptr());
                native::rd_kafka_queue_destroy(of_partition);
            }
        }
    }

    /// Looks at what is in the queue, in order, at most at as many as asked for.
    ///
    /// Waits for a first one only, and not longer than `wait_max`.
    pub(crate) fn consume(
        &mut self,
        wait_max: Duration,
        messages_max: usize,
        mut look: impl FnMut(Queued<'_>),
    ) {
        let mut wait_max_ms = c_int::try_from(wait_max.as_millis()).unwrap_or(c_int::MAX);
        for _ in 0..messages_max {
            // SAFETY: the queue is ours. A message that librdkafka hands out is not used behind its
            // destruction.
            unsafe {
                let message = native::rd_kafka_consume_queue(self.queue.as_ptr(), wait_max_ms);
                if message.is_null() {
                    break;
                }
                look(queued(&*message));
                native::rd_kafka_message_destroy(message);
            }
            wait_max_ms = 0;
        }
    }
}

impl Drop for MessageQueue {
    fn drop(&mut self) {
        // SAFETY: the queue is ours and the consumer still there, by the contract of `new`.
        unsafe { native::rd_kafka_queue_destroy(self.queue.as_ptr()) }
    }
}

fn queued(message: &native::rd_kafka_message_t) -> Queued<'_> {
    match message.err {
        native::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR => {
            Queued::Message(QueuedMessage { native: message })
        }
        error => Queued::Trouble {
            partition: message.partition,
            code: error.into(),
        },
    }
}

impl<'a> QueuedMessage<'a> {
    pub(crate) const fn partition(self) -> i32 {
        self.native.partition
    }

    pub(crate) const fn offset(self) -> i64 {
        self.native.offset
    }

    pub(crate) const fn key(self) -> Option<&'a [u8]> {
        // SAFETY: librdkafka says where the key is and how long.
        unsafe { bytes(self.native.key, self.native.key_len) }
    }

    pub(crate) const fn payload(self) -> Option<&'a [u8]> {
        // SAFETY: librdkafka says where the payload is and how long.
        unsafe { bytes(self.native.payload, self.native.len) }
    }

    /// The record's time, milliseconds since the Unix epoch; `None` if it has none.
    pub(crate) fn time_ms(self) -> Option<i64> {
        let mut kind = native::rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
        // SAFETY: the message lives as long as `self`.
        let time_ms = unsafe { native::rd_kafka_message_timestamp(self.native, &raw mut kind) };
        let has_time = kind != native::rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
        (has_time && time_ms != -1).then_some(time_ms)
    }

    /// Names and values of the headers, as far as they are texts.
    pub(crate) fn headers(self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        let mut headers = null_mut();
        // SAFETY: names and values live as long as the message, and are copied here.
        unsafe {
            let error = native::rd_kafka_message_headers(self.native, &raw mut headers);
            if error != native::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR {
                return found;
            }
            let mut name: *const c_char = null();
            let mut value: *const c_void = null();
            let mut length = 0;
            while native::rd_kafka_header_get_all(
                headers,
                found.len(),
                &raw mut name,
                &raw mut value,
                &raw mut length,
            ) == native::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR
            {
                let name = CStr::from_ptr(name).to_string_lossy().into_owned();
                let value = bytes(value, length).unwrap_or_default();
                found.push((name, String::from_utf8_lossy(value).into_owned()));
            }
        }
        found
    }
}

/// # Safety
/// `start` is null, or so many bytes behind it are readable for as long as the result is used.
const unsafe fn bytes<'a>(start: *const c_void, length: usize) -> Option<&'a [u8]> {
    if start.is_null() {
        return None;
    }
    // SAFETY: as the caller promises.
    Some(unsafe { std::slice::from_raw_parts(start.cast(), length) })
}
