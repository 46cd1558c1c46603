//! One world from its first day to its last, with everything that watches it.

use crate::baselines::{Baseline, Method};
use crate::day::Generator;
use crate::incidents::{self, Incident};
use crate::rules::{Evaluator, Key, minutes_by_key, starter_pack};
use crate::score::{Score, score};
use crate::traces::Trace;
use crate::world::{DAYS, World};

const KEYS: [Key; 4] = [Key::Feature, Key::Workflow, Key::User, Key::Model];
/// The pack is tried at its sensitivities times these: what was shipped, and around it.
pub(crate) const FACTORS: [f64; 3] = [0.6, 1.0, 1.8];
/// The place of what was shipped.
pub(crate) const SHIPPED: usize = 1;

/// The scores of everything over some worlds.
#[derive(Default)]
pub(crate) struct Scores {
    /// Of the whole pack, at each factor.
    pub(crate) pack: Vec<Score>,
    /// Of the rules on cost alone, at each factor.
    pub(crate) cost_rules: Vec<Score>,
    /// Of each rule alone, as shipped.
    pub(crate) rules: Vec<(&'static str, Score)>,
    /// Of each method and choice of threshold and floor.
    pub(crate) methods: Vec<Vec<Score>>,
}

impl Scores {
    /// Adds those of another world.
    fn add(&mut self, other: Self) {
        if self.pack.is_empty() {
            *self = other;
            return;
        }
        for (sum, score) in self.pack.iter_mut().zip(&other.pack) {
            sum.add(score);
        }
        for (sum, score) in self.cost_rules.iter_mut().zip(&other.cost_rules) {
            sum.add(score);
        }
        for ((_, sum), (_, score)) in self.rules.iter_mut().zip(&other.rules) {
            sum.add(score);
        }
        for (sums, scores) in self.methods.iter_mut().zip(&other.methods) {
            for (sum, score) in sums.iter_mut().zip(scores) {
                sum.add(score);
            }
        }
    }
}

/// Scores the worlds of these seeds.
pub(crate) fn scores(seeds: &[u64], part: usize, traces: &[Trace; 2]) -> Scores {
    let mut all = Scores::default();
    for &seed in seeds {
        let world = World::new(seed, part);
        let mut incidents = incidents::draw(&world);
        all.add(watch(&world, &mut incidents, traces));
        println!(
            "seed {seed}: {} incidents of ${:.0}",
            incidents.len(),
            incidents.iter().map(Incident::total_usd).sum::<f64>(),
        );
    }
    all
}

fn watch(world: &World, incidents: &mut [Incident], traces: &[Trace; 2]) -> Scores {
    let generator = Generator::new(world, traces, incidents);
    let mut evaluators: Vec<Evaluator> = starter_pack()
        .into_iter()
        .map(|rule| Evaluator::new(rule, &FACTORS))
        .collect();
    let mut baselines: Vec<Baseline> = Method::ALL
        .iter()
        .flat_map(|&method| KEYS.map(|key| Baseline::new(method, key)))
        .collect();
    for day in 0..DAYS {
        let rows: Vec<_> = (0..world.streams.len())
            .map(|stream| generator.day(stream, day, incidents))
            .collect();
        for key in KEYS {
            let keys = minutes_by_key(key, &world.streams, &rows, day);
            for one in evaluators.iter_mut().filter(|one| one.rule.key == key) {
                one.day(&keys);
            }
            for one in baselines.iter_mut().filter(|one| one.key == key) {
                one.day(&keys);
            }
        }
    }
    judge(world, incidents, &evaluators, &baselines)
}

fn judge(
    world: &World,
    incidents: &[Incident],
    evaluators: &[Evaluator],
    baselines: &[Baseline],
) -> Scores {
    let together = |counts: fn(&Evaluator) -> bool| {
        let at = |factor: usize| {
            let rules = evaluators.iter().filter(|one| counts(one));
            score(world, incidents, rules.flat_map(|one| &one.alerts[factor]))
        };
        (0..FACTORS.len()).map(at).collect()
    };
    let rules = evaluators
        .iter()
        .map(|one| {
            let alerts = one.alerts[SHIPPED].iter();
            (one.rule.name, score(world, incidents, alerts))
        })
        .collect();
    let methods = Method::ALL
        .iter()
        .map(|&method| {
            let of_it = || baselines.iter().filter(move |one| one.method == method);
            (0..method.choices().len())
                .map(|choice| {
                    let alerts = of_it().flat_map(|one| &one.alerts[choice]);
                    score(world, incidents, alerts)
                })
                .collect()
        })
        .collect();
    Scores {
        pack: together(|_| true),
        cost_rules: together(|one| one.rule.is_of_cost()),
        rules,
        methods,
    }
}
