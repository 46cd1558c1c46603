//! Tests of the decision: each rule by itself, then all combinations against what must never be.

use super::{ClaimFact, CommitDecision, CommitFacts, decide};

fn claim(expected: Option<i64>, next: i64, stored: Option<i64>, ours: bool) -> ClaimFact {
    ClaimFact {
        expected,
        next,
        stored,
        stored_is_ours: ours,
    }
}

fn facts(claims: Vec<ClaimFact>) -> CommitFacts {
    CommitFacts {
        claims,
        is_fresh: true,
        put_unresolved: false,
        head_is_stale: false,
        inputs_are_gone: false,
        is_expired: false,
        puts_left: 5,
    }
}

#[test]
fn a_claim_that_holds_is_put_without_reading_first() {
    let mut facts = facts(vec![claim(Some(10), 20, Some(10), false)]);
    facts.is_fresh = false;
    assert_eq!(decide(&facts), CommitDecision::Put);
}

#[test]
fn a_prefix_that_somebody_committed_fences() {
    // A zombie committed [10, 18) while we hold [10, 20): 10 < 18 < 20 must not be taken over.
    let facts = facts(vec![claim(Some(10), 20, Some(18), false)]);
    assert_eq!(decide(&facts), CommitDecision::Fenced { claim: 0 });
}

#[test]
fn a_mismatch_is_believed_only_after_reading() {
    let mut facts = facts(vec![claim(Some(10), 20, Some(5), false)]);
    facts.is_fresh = false;
    assert_eq!(decide(&facts), CommitDecision::Refresh);
    facts.is_fresh = true;
    assert_eq!(decide(&facts), CommitDecision::Fenced { claim: 0 });
}

#[test]
fn the_same_offsets_by_somebody_else_are_not_ours() {
    let theirs = facts(vec![claim(Some(10), 20, Some(20), false)]);
    assert_eq!(decide(&theirs), CommitDecision::Fenced { claim: 0 });
    let ours = facts(vec![claim(Some(10), 20, Some(20), true)]);
    assert_eq!(decide(&ours), CommitDecision::Landed);
}

#[test]
fn an_unresolved_put_is_read_before_anything_else_is_believed() {
    let mut facts = facts(vec![claim(Some(10), 20, Some(10), false)]);
    facts.put_unresolved = true;
    assert_eq!(decide(&facts), CommitDecision::Refresh);
    facts.head_is_stale = true;
    assert_eq!(decide(&facts), CommitDecision::Reload);
}

#[test]
fn a_landed_commit_is_landed_however_old_or_often_tried() {
    let mut facts = facts(vec![
        claim(Some(10), 20, Some(20), true),
        claim(Some(3), 3, Some(3), false),
    ]);
    facts.is_expired = true;
    facts.puts_left = 0;
    facts.inputs_are_gone = true;
    assert_eq!(decide(&facts), CommitDecision::Landed);
}

#[test]
fn a_landed_commit_that_was_overtaken_in_one_partition_fences() {
    let facts = facts(vec![
        claim(Some(10), 20, Some(20), true),
        claim(Some(3), 8, Some(9), false),
    ]);
    assert!(matches!(decide(&facts), CommitDecision::Fenced { .. }));
}

#[test]
fn a_seed_is_put_only_where_nothing_is() {
    let missing = facts(vec![claim(None, 100, None, false)]);
    assert_eq!(decide(&missing), CommitDecision::Put);
    let begun = facts(vec![claim(None, 100, Some(100), false)]);
    assert_eq!(decide(&begun), CommitDecision::Fenced { claim: 0 });
    let ours = facts(vec![claim(None, 100, Some(100), true)]);
    assert_eq!(decide(&ours), CommitDecision::Landed);
}

#[test]
fn old_files_and_gone_inputs_are_never_put() {
    let mut expired = facts(vec![claim(Some(1), 2, Some(1), false)]);
    expired.is_expired = true;
    assert_eq!(decide(&expired), CommitDecision::Expired);
    let mut gone = facts(vec![claim(Some(1), 2, Some(1), false)]);
    gone.inputs_are_gone = true;
    assert_eq!(decide(&gone), CommitDecision::InputsGone);
    let mut tired = facts(vec![claim(Some(1), 2, Some(1), false)]);
    tired.puts_left = 0;
    assert_eq!(decide(&tired), CommitDecision::GiveUp);
}

fn every_claim() -> Vec<ClaimFact> {
    let offsets = [None, Some(0), Some(1), Some(2)];
    let pairs = offsets
        .into_iter()
        .flat_map(|expected| [1, 2].map(|next| (expected, next)));
    let states = pairs.flat_map(|pair| offsets.map(|stored| (pair, stored)));
    states
        .flat_map(|((expected, next), stored)| {
            [false, true].map(|ours| claim(expected, next, stored, ours))
        })
        .collect()
}

fn every_fact() -> Vec<CommitFacts> {
    let claims = every_claim();
    let mut all = Vec::new();
    for first in &claims {
        for second in &claims {
            for bits in 0_u32..64 {
                let bit = |at: u32| bits & (1 << at) != 0;
                all.push(CommitFacts {
                    claims: vec![*first, *second],
                    is_fresh: bit(0),
                    put_unresolved: bit(1),
                    head_is_stale: bit(2),
                    inputs_are_gone: bit(3),
                    is_expired: bit(4),
                    puts_left: u32::from(bit(5)),
                });
            }
        }
    }
    all
}

fn must_hold(facts: &CommitFacts, decision: CommitDecision) -> bool {
    let holds = facts.claims.iter().all(|one| one.stored == one.expected);
    let some_ours = facts.claims.iter().any(|one| one.stored_is_ours);
    let is_resolved = !facts.put_unresolved && !facts.head_is_stale;
    match decision {
        CommitDecision::Put => {
            let may = !facts.is_expired && !facts.inputs_are_gone && facts.puts_left > 0;
            holds && is_resolved && may
        }
        CommitDecision::Landed => some_ours && is_resolved,
        CommitDecision::Fenced { claim } => {
            let claim = &facts.claims[claim];
            facts.is_fresh && is_resolved && claim.stored != claim.expected
        }
        CommitDecision::InputsGone => holds && is_resolved && facts.inputs_are_gone,
        CommitDecision::Expired => holds && is_resolved && facts.is_expired,
        CommitDecision::GiveUp => holds && is_resolved && facts.puts_left == 0,
        CommitDecision::Reload => facts.head_is_stale,
        CommitDecision::Refresh => !facts.is_fresh || facts.put_unresolved,
    }
}

#[test]
fn no_combination_of_facts_is_decided_wrongly() {
    for facts in every_fact() {
        let decision = decide(&facts);
        assert!(must_hold(&facts, decision), "{facts:?} -> {decision:?}");
    }
}
