//! Leads rules over the keys of their pictures together, a block at a time.

use std::ops::Range;

use crate::alerts::judgement::Instant;
use crate::alerts::picture::Picture;
use crate::alerts::rule_state::{Look, RuleState};
use crate::alerts::threshold::Present;

/// A rule that is evaluated.
pub(super) struct AtWork<'a> {
    pub(super) state: &'a mut RuleState,
    /// Where its picture stands, if steps have become complete since the last time.
    pub(super) turn: Option<Present>,
    pub(super) look: Look,
}

impl<'a> AtWork<'a> {
    /// Begins to learn and to judge.
    pub(super) fn judging(state: &'a mut RuleState, pictures: &[Picture], at: Instant) -> Self {
        let picture = picture_of(pictures, state);
        let turn = state.turn(picture, at);
        let look = state.look(picture, at, turn.is_some());
        Self { state, turn, look }
    }

    /// Begins to learn alone.
    pub(super) fn learning(state: &'a mut RuleState, pictures: &[Picture], at: Instant) -> Self {
        let turn = state.turn(picture_of(pictures, state), at);
        Self {
            state,
            turn,
            look: Look::default(),
        }
    }
}

/// The picture that a rule looks at.
pub(super) fn picture_of<'a>(pictures: &'a [Picture], state: &RuleState) -> Option<&'a Picture> {
    state.picture.and_then(|place| pictures.get(place))
}

/// Learns what is final of all keys.
pub(super) fn learn(pictures: &[Picture], rules: &mut [AtWork<'_>]) {
    lead(pictures, rules, |rule, picture, block| {
        if let Some(present) = rule.turn {
            rule.state.learn_block(picture, block, present);
        }
    });
}

/// Judges the keys that each rule has to look at.
pub(super) fn judge(pictures: &[Picture], rules: &mut [AtWork<'_>]) {
    lead(pictures, rules, |rule, picture, block| {
        rule.state.judge_block(picture, block, &mut rule.look);
    });
}

fn lead(
    pictures: &[Picture],
    rules: &mut [AtWork<'_>],
    work: impl Fn(&mut AtWork<'_>, &Picture, Range<usize>),
) {
    for (number, picture) in pictures.iter().enumerate() {
        let of_picture = rules.iter_mut();
        let mut of_picture: Vec<_> = of_picture
            .filter(|rule| rule.state.picture == Some(number))
            .collect();
        for block in picture.blocks() {
            for rule in &mut of_picture {
                work(rule, picture, block.clone());
            }
        }
    }
}
