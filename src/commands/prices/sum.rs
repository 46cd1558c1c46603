//! An answer as a sum on paper: what was counted, at which rate, and what it comes to.

use crate::commands::prices::answer::Answer;

const HEADINGS: [&str; 5] = ["unit", "count", "rate", "per", "cost_usd"];

/// The answer for people: where its price is from, one line a leaf, the sum; below it the other two
/// prices, where one differs.
pub(crate) fn text(answer: &Answer) -> String {
    let mut text = format!("status   {}\n", answer.price_status);
    let mut add = |name: &str, value: Option<&String>| {
        if let Some(value) = value {
            text.push_str(&format!("{name:<8} {value}\n"));
        }
    };
    add("reason", answer.reason.as_ref());
    add("detail", answer.detail.as_ref());
    add("entry", answer.price_entry.as_ref());
    add("match", answer.price_match.as_ref());
    add("book", Some(&answer.price_book));
    if let Some(cost) = &answer.cost_usd {
        text.push('\n');
        text.push_str(&table(answer, cost));
    }
    text
}

fn table(answer: &Answer, cost: &str) -> String {
    let mut rows = vec![HEADINGS.map(str::to_owned)];
    for leaf in &answer.leaves {
        rows.push([
            leaf.unit.to_owned(),
            leaf.count.to_string(),
            leaf.rate.clone(),
            leaf.per.to_string(),
            leaf.cost_usd.clone(),
        ]);
    }
    let mut add_total = |name: &str, cost: &str| {
        let mut total = <[String; 5]>::default();
        total[0] = name.to_owned();
        total[4] = cost.to_owned();
        rows.push(total);
    };
    add_total("sum", cost);
    let others = [
        ("contracted", &answer.contracted_cost_usd),
        ("at list", &answer.list_cost_usd),
    ];
    let known = others.map(|(name, other)| (name, other.as_deref().unwrap_or(cost)));
    // Without an operator's book all three are the same, and one is enough.
    if known.iter().any(|&(_, other)| other != cost) {
        for (name, other) in known {
            add_total(name, other);
        }
    }
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: Vec<usize> = (0..HEADINGS.len()).filter_map(width).collect();
    let mut text = String::new();
    for row in &rows {
        let cells = row.iter().zip(&widths).enumerate();
        let cells = cells.map(|(column, (cell, &width))| match column {
            0 => format!("{cell:<width$}"),
            _ => format!("{cell:>width$}"),
        });
        text.push_str(&cells.collect::<Vec<_>>().join("  "));
        text.push('\n');
    }
    text
}
