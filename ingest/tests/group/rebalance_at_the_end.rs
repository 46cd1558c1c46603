//! A rebalance while a partition is read to its end: the next message is still the next one.

use std::time::{Duration, Instant};

use ingest::kafka::embedded_broker::EmbeddedBroker;
use ingest::kafka::topic_reader::{Read, TopicReader};
use schemas::position::PartitionSpan;

use crate::rig::{PATIENCE, TOPIC, enter, join, producer, send};

const STRATEGY: &str = "cooperative-sticky";

/// What one reading brought that matters here.
#[derive(Debug, PartialEq)]
enum News {
    Read { span: PartitionSpan, at_end: bool },
    Ended,
    Assigned(Vec<i32>),
}

/// Reads until there is news, and takes what the group gives.
fn news(reader: &mut TopicReader) -> Option<News> {
    match reader.read(Duration::from_millis(20)).unwrap() {
        Read::Batch { batch, ended, .. } => {
            let at_end = !ended.is_empty();
            let span = batch.spans.into_iter().next();
            span.map(|span| News::Read { span, at_end })
        }
        Read::Idle { ended } => (!ended.is_empty()).then_some(News::Ended),
        Read::Assigned(partitions) => {
            enter(reader, &partitions, |_| 0);
            Some(News::Assigned(partitions))
        }
        other => panic!("{other:?}"),
    }
}

fn await_news(
    what: &str,
    readers: &mut [TopicReader],
    wanted: impl Fn(usize, &News) -> bool,
) -> News {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        for (at, reader) in readers.iter_mut().enumerate() {
            match news(reader) {
                Some(news) if wanted(at, &news) => return news,
                _ => {}
            }
        }
    }
    panic!("{what} did not come");
}

#[test]
fn the_message_behind_a_rebalance_at_the_end_is_read() {
    let broker = EmbeddedBroker::start(TOPIC, 1).unwrap();
    let producer = producer(&broker);
    send(&producer, 0, 1);
    let mut readers = vec![join(&broker, STRATEGY)];
    await_news("the end", &mut readers, |_, news| {
        matches!(news, News::Ended | News::Read { at_end: true, .. })
    });
    // The newcomer gets nothing, as there is one partition; but the group is asked anew, and
    // librdkafka pauses what its members read.
    readers.push(join(&broker, STRATEGY));
    await_news("a rebalance", &mut readers, |at, news| {
        at == 0 && matches!(news, News::Assigned(_))
    });
    send(&producer, 0, 2);
    let mut next = 1;
    while next < 3 {
        let is_read = |_, news: &News| matches!(news, News::Read { .. });
        let News::Read { span, .. } = await_news("the next message", &mut readers, is_read) else {
            panic!("no batch");
        };
        assert_eq!((span.start, span.gaps), (next, 0));
        next = span.next;
    }
}
