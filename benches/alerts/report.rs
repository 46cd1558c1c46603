//! The tables, in Markdown.

use crate::baselines::Method;
use crate::incidents::Kind;
use crate::rounds::{FACTORS, SHIPPED, Scores};
use crate::score::Score;

/// Prints the pack beside the baselines. Each baseline has the threshold and floor that found most
/// in `tuned` without more false alarms than the pack there; all are scored in `scored`.
pub(crate) fn print(tuned: &Scores, scored: &Scores) {
    println!("\n| detector | recall | false alarms | dollars lost | mean share lost |");
    println!("|---|---|---|---|---|");
    for (factor, name) in FACTORS.iter().enumerate() {
        let name = if factor == SHIPPED {
            "**starter pack**".to_owned()
        } else {
            format!("starter pack, sensitivities x {name}")
        };
        line(&name, &scored.pack[factor]);
        line("its rules on cost alone", &scored.cost_rules[factor]);
        let alarms_max = tuned.pack[factor].false_alarm_rate();
        for (place, method) in Method::ALL.iter().enumerate() {
            let choice = best(&tuned.methods[place], alarms_max);
            let (threshold, floor_usd) = method.choices()[choice];
            let name = format!("{} > {threshold}, ${floor_usd}", method.name());
            line(&name, &scored.methods[place][choice]);
        }
    }
    by_kind(tuned, scored);
    println!("\n| rule | incidents found | false alarms |");
    println!("|---|---|---|");
    for (name, score) in &scored.rules {
        let found: u32 = score.found.iter().sum();
        println!("| {name} | {found} | {:.1} |", score.false_alarm_rate());
    }
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

/// The choice that found most with no more false alarms; the quietest if all have more.
fn best(choices: &[Score], alarms_max: f64) -> usize {
    let quiet = |&choice: &usize| choices[choice].false_alarm_rate() <= alarms_max;
    let most = |left: &usize, right: &usize| {
        let (left, right) = (&choices[*left], &choices[*right]);
        left.recall().total_cmp(&right.recall())
    };
    let all = 0..choices.len();
    let quietest = || {
        all.clone().min_by(|&left, &right| {
            let rates = [left, right].map(|choice| choices[choice].false_alarm_rate());
            rates[0].total_cmp(&rates[1])
        })
    };
    let found = all.clone().filter(quiet).max_by(most);
    found.or_else(quietest).unwrap()
}

fn by_kind(tuned: &Scores, scored: &Scores) {
    let alarms_max = tuned.pack[SHIPPED].false_alarm_rate();
    let methods = Method::ALL.iter().enumerate().map(|(place, method)| {
        let choice = best(&tuned.methods[place], alarms_max);
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
