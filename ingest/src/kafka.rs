//! Kafka at the edge: reading a topic in a consumer group, producing to it, asking about it.
//!
//! - [`client_config`]: which librdkafka properties a client gets
//! - [`topic_reader`]: one member of the group, which decodes where it consumes
//! - [`topic_info`]: a topic's id, its partitions and their first and last offsets
//! - [`producer`]: sends events, waiting while the queue is full
//! - [`record_sender`]: sends single records, each with its own answer
//! - [`embedded_broker`]: a broker in this process, for one machine with nothing installed

pub mod client_config;
pub mod embedded_broker;
mod group_context;
mod membership;
mod message_queue;
pub mod producer;
pub mod record_sender;
mod topic_id;
pub mod topic_info;
pub mod topic_reader;
