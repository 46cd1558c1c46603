//! `tokenmeter prices quote`: what calls cost, by the same decoder and pricer as in the pipeline.

use std::io::{self, BufReader};
use std::sync::Arc;

use aggregate::pricing::Pricer;
use anyhow::Context;
use schemas::clock::Clock;
use schemas::price_book::PriceBook;
use schemas::priced::PriceStatus;
use schemas::time::format_rfc3339;
use serde_json::{Map, Value, json};

use crate::cli::prices_options::{PricesFormat, QuoteOptions};
use crate::commands::prices::known_names::nearest_models;
use crate::commands::prices::sum;
use crate::config::Config;
use crate::console;
use crate::system_clock::SystemClock;
use crate::worker::pool::decode_options;

mod event_lines;

use event_lines::EventLines;

/// Bytes that are read of standard input at a time.
const BUFFER_BYTES: usize = 256 * 1024;

/// Prices the event that the flags describe, or those of standard input.
///
/// # Errors
/// Input that cannot be read, output that cannot be written.
pub(crate) fn run(
    config: &Config,
    book: Arc<PriceBook>,
    options: QuoteOptions,
) -> anyhow::Result<()> {
    let mut lines = EventLines::new(
        Pricer::new(Arc::clone(&book)),
        &book,
        decode_options(config),
    );
    if options.ndjson {
        let input = BufReader::with_capacity(BUFFER_BYTES, io::stdin().lock());
        return lines.answer_all(input, &mut |text| console::text(text));
    }
    let event = event_of(&options)?;
    lines.push(event.to_string().as_bytes());
    let answer = lines.take_answers()?.pop();
    let answer = answer.context("the event got no answer")?;
    if options.format == PricesFormat::Json {
        return console::line(serde_json::to_string(&answer)?);
    }
    console::text(sum::text(&answer))?;
    if answer.price_status == PriceStatus::Unpriced.as_str() {
        let model = options.model.as_deref().unwrap_or_default();
        console::text(nearest_models(&book, model))?;
    }
    Ok(())
}

/// The native event that the flags describe.
fn event_of(options: &QuoteOptions) -> anyhow::Result<Value> {
    let time_us = options
        .at
        .map_or_else(|| SystemClock.now_us(), |at| at.time_us);
    let mut event = Map::new();
    event.insert("event_id".to_owned(), json!("quote"));
    event.insert("event_time".to_owned(), json!(format_rfc3339(time_us)));
    let texts = [
        ("provider", &options.provider),
        ("model", &options.model),
        ("service_tier", &options.service_tier),
        ("region", &options.region),
        ("route", &options.route),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            event.insert(name.to_owned(), json!(text));
        }
    }
    for usage in &options.usage {
        let count = Value::Number(usage.count.clone());
        let before = event.insert(usage.unit.clone(), count);
        anyhow::ensure!(before.is_none(), "--usage {} is given twice", usage.unit);
    }
    if options.usage.is_empty() {
        // What is quoted then is what a call costs whatever it uses: nothing, or a price a request.
        event.insert("input_tokens".to_owned(), json!(0));
    }
    let attributes = options.attribute.iter();
    let attributes: Map<_, _> = attributes
        .map(|attribute| (attribute.name.clone(), json!(attribute.text)))
        .collect();
    event.insert("attributes".to_owned(), Value::Object(attributes));
    Ok(Value::Object(event))
}
