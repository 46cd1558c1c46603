//! That a commit costs the same after thousands of others.

use std::time::Instant;

use schemas::table::Table;

use crate::rig::{epoch, is_committed, memory, offsets, seeded};

#[tokio::test]
async fn the_two_thousandth_commit_costs_what_the_first_did() {
    const COMMITS: i64 = 2_000;
    let store = memory();
    let lake = seeded(&store, 1).await;
    let mut micros = Vec::new();
    for start in 0..COMMITS {
        let sealed = epoch(&[(0, start, start + 1)]);
        let begun = Instant::now();
        assert!(is_committed(&lake.commit_epoch(&sealed).await.unwrap()));
        micros.push(begun.elapsed().as_micros());
    }
    let median = |part: &[u128]| {
        let mut part = part.to_vec();
        part.sort_unstable();
        part[part.len() / 2]
    };
    let first = median(&micros[..100]);
    let last = median(&micros[micros.len() - 100..]);
    println!("median of the first hundred {first} us, of the last hundred {last} us");
    assert!(last < 4 * first + 500, "{first} us grew to {last} us");
    assert_eq!(offsets(&store, Table::Events).await.len(), COMMITS as usize);
}
