//! Reads a topic to its end and does nothing with it: what any reader of it must at least cost.
//!
//! `bare_consumer BOOTSTRAP TOPIC` prints messages and bytes. The end-to-end bench compares the
//! worker with it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench stops at the first thing that is wrong, and prints"
)]

use std::collections::BTreeSet;
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (bootstrap, topic) = (arguments.next().unwrap(), arguments.next().unwrap());
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", bootstrap)
        .set("group.id", "bare-consumer")
        .set("enable.auto.commit", "false")
        .set("enable.partition.eof", "true")
        .set("fetch.queue.backoff.ms", "10")
        .create()
        .unwrap();
    let metadata = consumer
        .fetch_metadata(Some(&topic), Duration::from_secs(30))
        .unwrap();
    let partitions: BTreeSet<i32> = metadata.topics()[0]
        .partitions()
        .iter()
        .map(|partition| partition.id())
        .collect();
    let mut assignment = TopicPartitionList::new();
    for &partition in &partitions {
        assignment
            .add_partition_offset(&topic, partition, Offset::Beginning)
            .unwrap();
    }
    consumer.assign(&assignment).unwrap();
    let (mut messages, mut bytes, mut ended) = (0_u64, 0_u64, BTreeSet::new());
    while ended.len() < partitions.len() {
        match consumer.poll(Duration::from_secs(1)) {
            Some(Ok(message)) => {
                messages += 1;
                bytes += message.payload_len() as u64;
            }
            Some(Err(KafkaError::PartitionEOF(partition))) => {
                ended.insert(partition);
            }
            Some(Err(error)) => panic!("{error}"),
            None => {}
        }
    }
    println!("{messages} {bytes}");
}
