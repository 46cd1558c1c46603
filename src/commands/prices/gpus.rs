//! `tokenmeter prices gpus`: GPUs against each other and against an API.

use schemas::money::PICO_USD_PER_USD;

use crate::cli::book_options::{Gpu, GpusOptions};
use crate::console;

/// How busy a GPU is, percent, in the tables.
const UTILISATIONS: [u128; 4] = [100, 75, 50, 25];
const S_PER_HOUR: u128 = 3_600;
const MILLION: u128 = 1_000_000;

/// Prints the tables.
///
/// # Errors
/// If stdout is closed.
pub(crate) fn run(options: &GpusOptions) -> anyhow::Result<()> {
    console::text(text(options))
}

fn text(options: &GpusOptions) -> String {
    let mut gpus = options.gpus.clone();
    gpus.sort_by_key(|gpu| gpu.hour);
    let mut text = cost_table(&gpus);
    for (at, cheaper) in gpus.iter().enumerate() {
        for dearer in &gpus[at + 1..] {
            text.push_str(&versus(cheaper, dearer));
        }
    }
    text.push_str("\nBreak-even with an API: how busy a GPU must be to cost less than the API\n");
    text.push_str(&format!("  {:<30}", ""));
    for gpu in &gpus {
        text.push_str(&format!(" {:>8}", gpu.name));
    }
    text.push('\n');
    for api in &options.apis {
        let million = api.million.0.unsigned_abs();
        let name = format!("{} at ${} per million", api.name, dollars(million, 2));
        text.push_str(&format!("  {name:<30}"));
        for gpu in &gpus {
            let percent = share(pico(gpu) * MILLION, S_PER_HOUR * tokens(gpu) * million);
            text.push_str(&format!(" {percent:>8}"));
        }
        text.push('\n');
    }
    text
}

fn cost_table(gpus: &[Gpu]) -> String {
    let mut text = "Cost per million tokens, US dollars, by how busy the GPU is\n".to_owned();
    text.push_str(&format!("  {:<8} {:>9} {:>9}", "gpu", "$/hour", "tokens/s"));
    for percent in UTILISATIONS {
        text.push_str(&format!(" {:>8}", format!("{percent} %")));
    }
    text.push('\n');
    for gpu in gpus {
        let hour = dollars(pico(gpu), 2);
        text.push_str(&format!(
            "  {:<8} {hour:>9} {:>9}",
            gpu.name, gpu.tokens_per_second
        ));
        for percent in UTILISATIONS {
            let cost = rounded(
                pico(gpu) * MILLION * 100,
                S_PER_HOUR * tokens(gpu) * percent,
            );
            text.push_str(&format!(" {:>8}", dollars(cost, 4)));
        }
        text.push('\n');
    }
    text
}

/// From which utilisation on the dearer chip is the cheaper, for some of the other one.
fn versus(cheaper: &Gpu, dearer: &Gpu) -> String {
    let mut text = format!(
        "\n{} is cheaper per token than {} from this utilisation on\n",
        dearer.name, cheaper.name
    );
    for percent in UTILISATIONS {
        let numerator = pico(dearer) * tokens(cheaper) * percent;
        let needed = share(numerator, pico(cheaper) * tokens(dearer) * 100);
        text.push_str(&format!(
            "  {:<22} {needed:>8}\n",
            format!("{} at {percent} %", cheaper.name)
        ));
    }
    text
}

fn pico(gpu: &Gpu) -> u128 {
    gpu.hour.0.unsigned_abs()
}

fn tokens(gpu: &Gpu) -> u128 {
    u128::from(gpu.tokens_per_second)
}

/// A share as a percentage; `never` above all of it.
fn share(numerator: u128, denominator: u128) -> String {
    if numerator > denominator {
        return "never".to_owned();
    }
    let tenths = rounded(numerator * 1_000, denominator);
    format!("{}.{} %", tenths / 10, tenths % 10)
}

fn rounded(numerator: u128, denominator: u128) -> u128 {
    (numerator + denominator / 2) / denominator
}

/// Pico-dollars as dollars with some decimal places, rounded for display.
fn dollars(pico: u128, places: u32) -> String {
    let unit = PICO_USD_PER_USD.unsigned_abs() / 10_u128.pow(places);
    let value = rounded(pico, unit);
    let one = 10_u128.pow(places);
    let width = usize::try_from(places).unwrap_or(0);
    format!("{}.{:0width$}", value / one, value % one)
}

#[cfg(test)]
mod tests;
