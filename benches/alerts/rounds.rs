//! One world from its first day to its last, with everything that watches it.

use crate::baselines::{Baseline, Method};
use crate::day::Generator;
use crate::incidents::{self, Incident};
use crate::rules::{Evaluator, Key, Rule, Variant, minutes_by_key};
use crate::score::{Score, score};
use crate::traces::Trace;
use crate::world::{DAYS, World};

const KEYS: [Key; 4] = [Key::Feature, Key::Workflow, Key::User, Key::Model];
/// The place of what was shipped among the variants of [`Trial::beside_baselines`].
pub(crate) const SHIPPED: usize = 1;

/// What is scored.
#[derive(Clone)]
pub(crate) struct Trial {
    pub(crate) rules: Vec<Rule>,
    /// The rules, with these factors of its sensitivities and floors.
    pub(crate) variants: Vec<Variant>,
    pub(crate) methods: Vec<Method>,
}

impl Trial {
    /// The pack as it is shipped, easier and harder to rouse, and all baselines.
    pub(crate) fn beside_baselines(rules: Vec<Rule>) -> Self {
        let variant = |sensitivity| Variant {
            sensitivity,
            floor_usd: 1.0,
        };
        Self {
            rules,
            variants: [0.6, 1.0, 1.8].map(variant).to_vec(),
            methods: Method::ALL.to_vec(),
        }
    }

    /// The pack alone, at every combination of these factors.
    pub(crate) fn of_pack(rules: Vec<Rule>, sensitivities: &[f64], floors: &[f64]) -> Self {
        let variants = floors.iter().flat_map(|&floor_usd| {
            let with = move |&sensitivity| Variant {
                sensitivity,
                floor_usd,
            };
            sensitivities.iter().map(with)
        });
        Self {
            rules,
            variants: variants.collect(),
            methods: Vec::new(),
        }
    }
}

/// The scores of everything over some worlds.
#[derive(Default)]
pub(crate) struct Scores {
    /// Of the whole pack, in each variant.
    pub(crate) pack: Vec<Score>,
    /// Of the rules on cost alone, in each variant.
    pub(crate) cost_rules: Vec<Score>,
    /// Of each rule alone, in each variant.
    pub(crate) rules: Vec<(String, Vec<Score>)>,
    /// Of each method and choice of threshold and floor.
    pub(crate) methods: Vec<Vec<Score>>,
}

impl Scores {
    /// Adds those of other worlds.
    pub(crate) fn add(&mut self, other: Self) {
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
        for ((_, sums), (_, scores)) in self.rules.iter_mut().zip(&other.rules) {
            for (sum, score) in sums.iter_mut().zip(scores) {
                sum.add(score);
            }
        }
        for (sums, scores) in self.methods.iter_mut().zip(&other.methods) {
            for (sum, score) in sums.iter_mut().zip(scores) {
                sum.add(score);
            }
        }
    }
}

/// Scores the worlds of these seeds, one after the other.
pub(crate) fn scores(seeds: &[u64], part: usize, trial: &Trial, traces: &[Trace; 2]) -> Scores {
    let mut all = Scores::default();
    for &seed in seeds {
        let world = World::new(seed, part);
        let mut incidents = incidents::draw(&world);
        all.add(watch(&world, &mut incidents, trial, traces));
        println!(
            "seed {seed}: {} incidents of ${:.0}",
            incidents.len(),
            incidents.iter().map(Incident::total_usd).sum::<f64>(),
        );
    }
    all
}

/// Scores two halves of the seeds at the same time.
pub(crate) fn scores_in_two(
    seeds: [&[u64]; 2],
    part: usize,
    trial: &Trial,
    traces: &[Trace; 2],
) -> [Scores; 2] {
    std::thread::scope(|scope| {
        let one = scope.spawn(|| scores(seeds[0], part, trial, traces));
        let other = scores(seeds[1], part, trial, traces);
        [one.join().unwrap(), other]
    })
}

fn watch(world: &World, incidents: &mut [Incident], trial: &Trial, traces: &[Trace; 2]) -> Scores {
    let generator = Generator::new(world, traces, incidents);
    let mut evaluators: Vec<Evaluator> = trial
        .rules
        .iter()
        .map(|rule| Evaluator::new(rule, &trial.variants))
        .collect();
    let mut baselines: Vec<Baseline> = trial
        .methods
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
    judge(world, incidents, trial, &evaluators, &baselines)
}

fn judge(
    world: &World,
    incidents: &[Incident],
    trial: &Trial,
    evaluators: &[Evaluator],
    baselines: &[Baseline],
) -> Scores {
    let together = |counts: fn(&Evaluator) -> bool| {
        let at = |variant: usize| {
            let rules = evaluators.iter().filter(|one| counts(one));
            score(world, incidents, rules.flat_map(|one| &one.alerts[variant]))
        };
        (0..trial.variants.len()).map(at).collect()
    };
    let rules = evaluators
        .iter()
        .map(|one| {
            let variants = one.alerts.iter();
            let scores = variants.map(|alerts| score(world, incidents, alerts.iter()));
            (one.rule.name.clone(), scores.collect())
        })
        .collect();
    let methods = trial
        .methods
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
