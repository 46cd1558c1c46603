//! The tables, in Markdown.

use crate::baselines::Method;
use crate::incidents::Kind;
use crate::rounds::{SHIPPED, Scores, Trial};
use crate::score::Score;

/// Prints the pack beside the baselines, as they are tuned in `tuned` and as they would do best in
/// `scored`; all are scored in `scored`.
pub(crate) fn print(trial: &Trial, tuned: &Scores, scored: &Scores) {
    println!("\n| detector | recall | false alarms | dollars lost | mean share lost |");
    println!("|---|---|---|---|---|");
    for (place, variant) in trial.variants.iter().enumerate() {
        let name = if place == SHIPPED {
            "**starter pack**".to_owned()
        } else {
            format!("starter pack, sensitivities x {}", variant.sensitivity)
        };
        line(&name, &scored.pack[place]);
        line("its rules on cost alone", &scored.cost_rules[place]);
        let alarms_max = tuned.pack[place].false_alarm_rate();
        for (place, method) in trial.methods.iter().enumerate() {
            let choice = best(&tuned.methods[place], alarms_max, Score::recall);
            let name = choice_name(*method, choice);
            line(&name, &scored.methods[place][choice]);
        }
    }
    at_equal_alarms(trial, scored);
    by_kind(tuned, scored);
    println!("\n| rule | incidents found | false alarms |");
    println!("|---|---|---|");
    for (name, scores) in &scored.rules {
        let score = &scores[SHIPPED];
        let found: u32 = score.found.iter().sum();
        println!("| {name} | {found} | {:.1} |", score.false_alarm_rate());
    }
}

/// Prints the pack in each variant, and each of its rules.
pub(crate) fn print_pack(trial: &Trial, scores: &Scores) {
    println!(
        "\n| sensitivities, floors | recall | false alarms | dollars lost | mean share lost |"
    );
    println!("|---|---|---|---|---|");
    for (place, variant) in trial.variants.iter().enumerate() {
        let name = format!("x {}, x {}", variant.sensitivity, variant.floor_usd);
        line(&name, &scores.pack[place]);
        for (rule, scores) in &scores.rules {
            line(&format!("{name}: {rule}"), &scores[place]);
        }
    }
}

/// Each baseline has the best of its choices that has no more false alarms than the pack here, where
/// it is scored: the best for recall, and the best for dollars.
fn at_equal_alarms(trial: &Trial, scored: &Scores) {
    println!("\n| no more false alarms | recall | false alarms | dollars lost | false alarms |");
    println!("|---|---|---|---|---|");
    for (place, variant) in trial.variants.iter().enumerate() {
        let pack = &scored.pack[place];
        let name = format!("starter pack, sensitivities x {}", variant.sensitivity);
        two(&name, pack, pack);
        for (place, method) in trial.methods.iter().enumerate() {
            let choices = &scored.methods[place];
            let of = |worth: fn(&Score) -> f64| best(choices, pack.false_alarm_rate(), worth);
            let (most, least) = (of(Score::recall), of(|score| -score.lost_share()));
            let mut settings = vec![choice_name(*method, most)];
            if least != most {
                settings.push(choice_name(*method, least));
            }
            two(&settings.join("; "), &choices[most], &choices[least]);
        }
    }
}

fn choice_name(method: Method, choice: usize) -> String {
    let (threshold, floor_usd) = method.choices()[choice];
    format!("{} > {threshold}, ${floor_usd}", method.name())
}

fn line(name: &str, score: &Score) {
    println!(
        "| {name} | {:.1} % | {:.1} | {:.1} % | {:.1} % |",
        100.0 * score.recall(),
        score.false_alarm_rate(),
        100.0 * score.lost_share(),
        100.0 * score.lost_share_mean(),
    );
}

fn two(name: &str, most: &Score, least: &Score) {
    println!(
        "| {name} | {:.1} % | {:.1} | {:.1} % | {:.1} |",
        100.0 * most.recall(),
        most.false_alarm_rate(),
        100.0 * least.lost_share(),
        least.false_alarm_rate(),
    );
}

/// The choice that is worth most with no more false alarms; the quietest if all have more.
fn best(choices: &[Score], alarms_max: f64, worth: fn(&Score) -> f64) -> usize {
    let quiet = |&choice: &usize| choices[choice].false_alarm_rate() <= alarms_max;
    let more = |left: &usize, right: &usize| {
        let (left, right) = (&choices[*left], &choices[*right]);
        worth(left).total_cmp(&worth(right))
    };
    let all = 0..choices.len();
    let quietest = || {
        all.clone().min_by(|&left, &right| {
            let rates = [left, right].map(|choice| choices[choice].false_alarm_rate());
            rates[0].total_cmp(&rates[1])
        })
    };
    let found = all.clone().filter(quiet).max_by(more);
    found.or_else(quietest).unwrap()
}

fn by_kind(tuned: &Scores, scored: &Scores) {
    let alarms_max = tuned.pack[SHIPPED].false_alarm_rate();
    let methods = Method::ALL.iter().enumerate().map(|(place, method)| {
        let choice = best(&tuned.methods[place], alarms_max, Score::recall);
        (method.name(), &scored.methods[place][choice])
    });
    let mut columns = vec![("starter pack", &scored.pack[SHIPPED])];
    columns.extend(methods);
    print!("\n| recall by kind |");
    for (name, _) in &columns {
        print!(" {name} |");
    }
    println!("\n|---{}|", "|---".repeat(columns.len()));
    for (kind, name) in Kind::ALL.iter().map(|kind| kind.name()).enumerate() {
        print!("| {name} |");
        for (_, score) in &columns {
            let share = f64::from(score.found[kind]) / f64::from(score.of[kind].max(1));
            print!(" {:.0} % |", 100.0 * share);
        }
        println!();
    }
}
