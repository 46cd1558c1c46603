//! `tokenmeter lag`: how far the lake is behind Kafka, per partition.

use std::sync::Arc;

use ingest::kafka::topic_info::{OffsetBounds, TopicInfo};
use readers::LakeReader;
use schemas::time::{US_PER_MS, format_rfc3339};
use serde::Serialize;

use crate::cli::options::{LagFormat, LagOptions};
use crate::config::Config;
use crate::console;
use crate::lake_store::open_existing_store;
use crate::worker::kafka_settings::kafka_settings;

/// One partition.
#[derive(Debug, Serialize)]
struct PartitionLag {
    topic: String,
    topic_id: String,
    partition: i32,
    /// The offset behind the last message in Kafka.
    end_offset: i64,
    /// The next offset that the lake takes; null if it has never seen the partition.
    committed_offset: Option<i64>,
    /// Messages between both.
    behind: i64,
    /// Event time that is complete, RFC 3339.
    watermark: Option<String>,
}

/// Compares Kafka's ends with the lake's offsets.
///
/// # Errors
/// No broker answers, or the lake cannot be read.
pub(crate) async fn run(config: Config, options: LagOptions) -> anyhow::Result<()> {
    let store = open_existing_store(&config.lake.url, config.lake.options.as_map())?;
    let reader = LakeReader::new(Arc::clone(&store.store), store.url.clone());
    let kafka = kafka_settings(&config);
    let topic = config.kafka.topic.clone();
    let (topic_id, bounds) =
        tokio::task::spawn_blocking(move || bounds_of(&kafka, &topic)).await??;
    let known = reader.partitions().await?;
    let rows: Vec<PartitionLag> = bounds
        .into_iter()
        .map(|(partition, bounds)| {
            let state = known.iter().find(|state| {
                *state.source.topic == *config.kafka.topic
                    && *state.source.topic_id == *topic_id
                    && state.source.partition == partition
            });
            let committed_offset = state.and_then(|state| state.next_offset);
            PartitionLag {
                topic: config.kafka.topic.clone(),
                topic_id: topic_id.clone(),
                partition,
                end_offset: bounds.end,
                committed_offset,
                behind: (bounds.end - committed_offset.unwrap_or(bounds.first)).max(0),
                watermark: state
                    .and_then(|state| state.watermark_ms)
                    .map(|watermark_ms| format_rfc3339(watermark_ms * US_PER_MS)),
            }
        })
        .collect();
    match options.format {
        LagFormat::Json => {
            for row in &rows {
                console::line(serde_json::to_string(row)?)?;
            }
            Ok(())
        }
        LagFormat::Table => Ok(console::text(table(&rows))?),
    }
}

fn bounds_of(
    kafka: &ingest::kafka::client_config::KafkaSettings,
    topic: &str,
) -> anyhow::Result<(String, Vec<(i32, OffsetBounds)>)> {
    let info = TopicInfo::connect(kafka, topic)?;
    let mut bounds = Vec::new();
    for partition in info.partitions()? {
        bounds.push((partition, info.bounds(partition)?));
    }
    Ok((info.topic_id()?, bounds))
}

fn table(rows: &[PartitionLag]) -> String {
    let mut text = format!(
        "{:>9} {:>14} {:>14} {:>12}  watermark\n",
        "partition", "end", "committed", "behind"
    );
    for row in rows {
        let committed = row
            .committed_offset
            .map_or_else(|| "-".to_owned(), |next| next.to_string());
        let watermark = row.watermark.as_deref().unwrap_or("-");
        text.push_str(&format!(
            "{:>9} {:>14} {committed:>14} {:>12}  {watermark}\n",
            row.partition, row.end_offset, row.behind
        ));
    }
    let behind: i64 = rows.iter().map(|row| row.behind).sum();
    text.push_str(&format!(
        "{behind} messages behind in {} partitions\n",
        rows.len()
    ));
    text
}
