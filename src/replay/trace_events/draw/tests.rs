//! Draws: even, repeatable, and falling where they should.

use crate::replay::trace_events::draw::{Draw, Weights};

#[test]
fn draws_are_the_same_on_every_machine() {
    let mut draw = Draw::new(1, "name", 2);
    let drawn: Vec<u64> = (0..4).map(|_| draw.below(1_000_000)).collect();
    assert_eq!(drawn, [970_829, 383_817, 510_884, 461_379]);
}

#[test]
fn draws_are_even() {
    let mut counts = [0_u32; 10];
    for number in 0..100_000 {
        let at = usize::try_from(Draw::new(7, "even", number).below(10)).unwrap();
        counts[at] += 1;
    }
    for count in counts {
        assert!((9_500..10_500).contains(&count), "{counts:?}");
    }
}

#[test]
fn falling_weights_favour_the_first() {
    let weights = Weights::falling(2_000);
    let mut counts = vec![0_u32; 2_000];
    for number in 0..200_000 {
        let picked = weights.pick(&mut Draw::new(7, "falling", number));
        counts[usize::try_from(picked).unwrap()] += 1;
    }
    // Harmonic numbers: the first of 2,000 has 1/8.18 of all, twice as many as the second.
    assert!((23_500..25_500).contains(&counts[0]), "{}", counts[0]);
    assert!((11_500..13_000).contains(&counts[1]), "{}", counts[1]);
    assert!(counts[1_999] < 50);
}
