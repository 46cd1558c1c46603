//! What a reprice changes, as people read it: exact, by model and by tenant.

use schemas::money::PicoUsd;
use sinks::RepriceReport;
use sinks::reprice::RepriceAmounts;

/// The report; `verb` says whether it was done, `span` what was looked at.
pub(super) fn render(verb: &str, span: &str, report: &RepriceReport) -> String {
    let total = &report.difference.total;
    let version = report.events_version;
    let version = version.map_or_else(String::new, |at| format!(", version {at} of events"));
    let mut text = format!(
        "{verb}: {span}{version}\n\n\
         {} events, of which {} change their cost or status and {} are written anew; {} of {} \
         files replaced\n\
         unpriced: {} before, {} after\n\
         cost: ${} before, ${} after, difference {}\n",
        total.rows,
        total.rows_changed,
        report.difference.rows_rewritten,
        report.files_replaced,
        report.files_read,
        total.old_unpriced,
        total.new_unpriced,
        total.old_cost,
        total.new_cost,
        signed(total.difference())
    );
    let models = report.difference.by_model.iter();
    let models =
        models.map(|((provider, model), amounts)| (format!("{provider}/{model}"), amounts));
    text.push_str(&table("model", models));
    let tenants = report.difference.by_tenant.iter();
    let tenants = tenants.map(|(tenant, amounts)| (named(tenant), amounts));
    text.push_str(&table("tenant", tenants));
    text
}

fn named(tenant: &str) -> String {
    if tenant.is_empty() {
        "(none)".to_owned()
    } else {
        tenant.to_owned()
    }
}

/// What changes under each name, in a table; nothing if nothing does.
fn table<'a>(what: &str, amounts: impl Iterator<Item = (String, &'a RepriceAmounts)>) -> String {
    let mut lines: Vec<[String; 5]> = amounts
        .map(|(name, amounts)| {
            [
                name,
                amounts.rows_changed.to_string(),
                amounts.old_cost.to_string(),
                amounts.new_cost.to_string(),
                signed(amounts.difference()),
            ]
        })
        .collect();
    if lines.is_empty() {
        return String::new();
    }
    let header = [what, "events", "old cost USD", "new cost USD", "difference"];
    lines.insert(0, header.map(str::to_owned));
    let widths: Vec<usize> = (0..header.len())
        .map(|at| lines.iter().map(|line| line[at].chars().count()).max())
        .map(Option::unwrap_or_default)
        .collect();
    let mut text = "\n".to_owned();
    for line in &lines {
        let mut padded = format!("{:<1$}", line[0], widths[0]);
        for (cell, width) in line.iter().zip(&widths).skip(1) {
            padded.push_str(&format!("  {cell:>width$}"));
        }
        text.push_str(&padded);
        text.push('\n');
    }
    text
}

fn signed(amount: PicoUsd) -> String {
    if amount.0 > 0 {
        format!("+{amount}")
    } else {
        amount.to_string()
    }
}

#[cfg(test)]
mod tests;
