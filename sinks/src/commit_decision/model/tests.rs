//! The worlds that are searched, and bugs that the search must catch.

use std::time::Instant;

use super::commits::FALSELY_LANDED;
use super::logs::Table;
use super::world::{Bug, World};

const BOTH: [bool; 2] = [true, true];

/// Two workers that both believe to own the topic, and a zombie; a reject among events.
fn takeover() -> World {
    World {
        name: "two workers and a zombie",
        topic: ["re", ""],
        workers: vec![BOTH, BOTH],
        zombie: Some([2, 0]),
        maintainers: 0,
        reprices: Vec::new(),
        merged: Vec::new(),
        cleared: Vec::new(),
        epoch_max: 2,
        faults: 1,
        crashes: 1,
        merges: 0,
        reprices_begun: 0,
        ticks: 0,
        bug: None,
    }
}

/// The store at its worst: three faults and two kills against one worker and a zombie.
fn bad_store() -> World {
    World {
        name: "a bad store",
        topic: ["ere", ""],
        workers: vec![BOTH],
        faults: 3,
        crashes: 2,
        ..takeover()
    }
}

/// One worker owns both partitions, another one of them.
fn rebalance() -> World {
    World {
        name: "a rebalance over two partitions",
        topic: ["er", "e"],
        workers: vec![BOTH, [false, true]],
        zombie: None,
        epoch_max: 1,
        ..takeover()
    }
}

/// Two maintainers beside a worker.
fn merging() -> World {
    World {
        name: "two maintainers beside a worker and a zombie",
        topic: ["ere", ""],
        workers: vec![BOTH],
        maintainers: 2,
        merged: vec![Table::Events, Table::Windows],
        epoch_max: 1,
        merges: 2,
        ..takeover()
    }
}

/// Logs are cleared while a worker and a zombie sleep.
fn clearing() -> World {
    World {
        name: "logs cleared behind sleepers",
        topic: ["ee", ""],
        workers: vec![BOTH],
        zombie: Some([1, 0]),
        epoch_max: 1,
        faults: 1,
        crashes: 0,
        cleared: vec![Table::Events],
        ticks: 2,
        ..takeover()
    }
}

/// A maintainer, too, and the log is cleared behind all three.
fn clearing_and_merging() -> World {
    World {
        name: "logs cleared behind sleepers and a maintainer",
        maintainers: 1,
        merged: vec![Table::Events],
        merges: 1,
        faults: 0,
        ..clearing()
    }
}

/// Events get another price beside a worker and a zombie.
fn repricing() -> World {
    World {
        name: "a reprice beside a worker and a zombie",
        topic: ["ee", ""],
        workers: vec![BOTH],
        zombie: Some([1, 0]),
        reprices: vec![1],
        reprices_begun: 2,
        ..takeover()
    }
}

/// Two reprices to different prices.
fn repricing_twice() -> World {
    World {
        name: "two reprices at once",
        topic: ["e", ""],
        zombie: None,
        reprices: vec![1, 2],
        ..repricing()
    }
}

/// Files are merged meanwhile.
fn repricing_and_merging() -> World {
    World {
        name: "a reprice beside a worker and a maintainer",
        zombie: None,
        maintainers: 1,
        merged: vec![Table::Events, Table::Windows],
        epoch_max: 1,
        merges: 1,
        reprices_begun: 1,
        ..repricing()
    }
}

/// A topic without rejects, where a bug shows in `events`.
fn of_events(world: World) -> World {
    World {
        topic: ["ee", ""],
        ..world
    }
}

fn worlds() -> [World; 9] {
    [
        takeover(),
        bad_store(),
        rebalance(),
        merging(),
        clearing(),
        clearing_and_merging(),
        repricing(),
        repricing_twice(),
        repricing_and_merging(),
    ]
}

#[test]
fn no_order_of_steps_breaks_a_rule_or_loses_the_end() {
    for world in worlds() {
        let begun = Instant::now();
        let found = world.search();
        println!(
            "{}: {} states, {} steps, depth {}, {:.1} s",
            world.name,
            found.states,
            found.steps,
            found.depth,
            begun.elapsed().as_secs_f64()
        );
        if let Some((rule, trace)) = found.broken {
            panic!("{}: {rule}:\n{trace}", world.name);
        }
        assert!(found.states > 100_000, "{} is hardly explored", world.name);
    }
}

/// Searches a world with a bug planted in it, and says how it was caught.
fn caught(world: World, bug: Bug, rule: &str) {
    let world = World {
        bug: Some(bug),
        ..world
    };
    let found = world.search();
    let Some((broken, trace)) = found.broken else {
        panic!("{bug:?} is not caught in {} states", found.states);
    };
    println!("{bug:?}: {broken} ({} states):\n{trace}", found.states);
    assert_eq!(broken, rule, "{bug:?}:\n{trace}");
}

const NOT_ONCE: &str = "an offset is not exactly once in events";
const OTHER_PRICE: &str = "cost_windows have another price than events";

#[test]
fn a_put_without_a_compare_is_caught() {
    caught(of_events(takeover()), Bug::CompareSkipped, NOT_ONCE);
}

#[test]
fn a_compare_that_lets_a_prefix_pass_is_caught() {
    caught(of_events(takeover()), Bug::PrefixAccepted, NOT_ONCE);
}

#[test]
fn an_error_that_is_taken_for_no_commit_is_caught() {
    caught(
        bad_store(),
        Bug::ErrorMeansNotLanded,
        "a commit landed twice",
    );
}

#[test]
fn an_unfenced_merge_is_caught() {
    let world = World {
        faults: 0,
        ..of_events(merging())
    };
    caught(
        world,
        Bug::MergeUnfenced,
        "a merge changed the rows of a table",
    );
}

#[test]
fn resuming_at_the_lowest_offset_of_all_tables_is_caught() {
    caught(of_events(bad_store()), Bug::ResumeAtLowest, NOT_ONCE);
}

#[test]
fn writing_rejects_again_that_outran_events_is_caught() {
    caught(
        takeover(),
        Bug::RejectsForgotten,
        "an offset is not exactly once in rejects",
    );
}

#[test]
fn windows_committed_before_events_are_caught() {
    caught(
        takeover(),
        Bug::WindowsFirst,
        "cost_windows are ahead of events",
    );
}

#[test]
fn believing_an_old_head_is_caught() {
    caught(clearing(), Bug::StaleHeadBelieved, FALSELY_LANDED);
}

#[test]
fn believing_an_absent_entry_after_a_long_sleep_is_caught() {
    caught(clearing(), Bug::AbsenceBelieved, FALSELY_LANDED);
}

#[test]
fn going_on_after_a_fence_is_caught() {
    let world = World {
        faults: 1,
        ..of_events(bad_store())
    };
    caught(world, Bug::FenceIgnored, "the end is out of reach");
}

#[test]
fn new_prices_without_a_manifest_are_caught() {
    caught(repricing(), Bug::ManifestForgotten, OTHER_PRICE);
}

#[test]
fn a_half_done_reprice_that_nobody_finishes_is_caught() {
    caught(repricing(), Bug::NobodyFinishes, "the end is out of reach");
}

#[test]
fn corrections_that_are_committed_twice_are_caught() {
    let world = World {
        faults: 0,
        ..repricing()
    };
    caught(
        world,
        Bug::CorrectionsUnclaimed,
        "a transaction did not grow",
    );
}

#[test]
fn a_reprice_of_files_that_were_merged_is_caught() {
    caught(
        repricing_and_merging(),
        Bug::RepriceInputsUnwatched,
        "a reprice changed which rows a table has",
    );
}

#[test]
fn prices_worked_out_before_a_merge_are_caught() {
    caught(
        repricing_and_merging(),
        Bug::PlanKept,
        "a reprice changed which rows a table has",
    );
}

#[test]
fn a_reprice_of_events_without_windows_is_caught() {
    caught(repricing(), Bug::BehindIgnored, OTHER_PRICE);
}

#[test]
fn a_reprice_upon_a_half_done_one_is_caught() {
    caught(
        repricing_twice(),
        Bug::HalfDoneIgnored,
        "a reprice is done, and its corrections are not there",
    );
}
