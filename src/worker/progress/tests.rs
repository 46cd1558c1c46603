//! When a run with a goal is done.

use super::TopicProgress;

#[test]
fn a_run_is_done_when_every_partition_is() {
    let progress = TopicProgress::default();
    progress.set_goal(0, 10);
    progress.set_goal(1, 5);
    progress.set_goal(2, 0);
    progress.committed(2, 0);
    assert!(!progress.is_done());
    progress.committed(0, 10);
    assert!(!progress.is_done());
    progress.committed(1, 4);
    assert!(!progress.is_done());
    progress.ended(1);
    assert!(progress.is_done());
}

#[test]
fn lag_counts_what_is_not_committed() {
    let progress = TopicProgress::default();
    progress.end_seen(0, 10);
    assert_eq!(progress.lag(), 0);
    progress.committed(0, 4);
    progress.end_seen(0, 8);
    assert_eq!(progress.lag(), 6);
}
