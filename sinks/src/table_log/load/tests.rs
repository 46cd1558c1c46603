//! Tests of what a read of the log proves.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use object_store::memory::InMemory;
use schemas::clock::Clock;
use schemas::table::Table;
use schemas::time::US_PER_S;

use super::{LogState, create, refresh};
use crate::hook::NoHook;
use crate::lake_context::LakeContext;
use crate::settings::LakeSettings;

#[derive(Debug)]
struct SetClock(AtomicI64);

impl Clock for SetClock {
    fn now_us(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// What a refresh at a time says of a log that has version 0 alone and was seen to its end at 0.
async fn seen_after_refresh(now_us: i64) -> i64 {
    let clock = Arc::new(SetClock(AtomicI64::new(0)));
    let context = LakeContext {
        store: Arc::new(InMemory::new()),
        url: "memory:///".to_owned(),
        settings: Arc::new(LakeSettings::standard("tokenmeter", "test")),
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        hook: Arc::new(NoHook),
    };
    create(Table::Events, &context).await.unwrap();
    let mut state = LogState::new(0, 0);
    clock.0.store(now_us, Ordering::SeqCst);
    refresh(Table::Events, &context, &mut state, false)
        .await
        .unwrap();
    state.head_seen_at_us
}

#[tokio::test]
async fn an_absent_entry_proves_the_end_of_a_log_that_was_seen_lately() {
    assert_eq!(seen_after_refresh(60 * US_PER_S).await, 60 * US_PER_S);
}

#[tokio::test]
async fn an_absent_entry_proves_nothing_to_whoever_slept_for_a_day() {
    assert_eq!(seen_after_refresh(86_400 * US_PER_S).await, 0);
}
