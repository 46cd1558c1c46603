//! One event between its text and its columns: borrowed values, checked against each other.

use schemas::money::PICO_USD_PER_USD;

use super::fault::Fault;
use super::field::{COUNT_FIELDS, Field, OTHER_UNITS, TEXT_FIELDS};

/// A name and a text of `attributes`.
pub(crate) type Attribute<'a> = (&'a str, &'a str);

/// One in the fixed point of a quantity: the same twelve places as money.
const QUANTITY_ONE: i128 = PICO_USD_PER_USD;

const TEXT_BITS: u64 = (1 << TEXT_FIELDS) - 1;
const COUNT_BITS: u64 = (1 << COUNT_FIELDS) - 1;

/// The values of one event; which of them the event has, is kept as a set of fields.
#[derive(Debug)]
pub(crate) struct ParsedEvent<'a> {
    present: u64,
    texts: [&'a str; TEXT_FIELDS],
    counts: [i64; COUNT_FIELDS],
    /// Microseconds since the Unix epoch.
    pub(crate) event_time_us: i64,
    /// In 10^-12 seconds.
    pub(crate) gpu_seconds: i128,
    /// In 10^-3 milliseconds.
    pub(crate) latency: i128,
    /// In 10^-3 milliseconds.
    pub(crate) time_to_first_token: i128,
    /// In 10^-12 US dollars.
    pub(crate) reported_cost: i128,
    /// Sorted by name.
    pub(crate) attributes: Vec<Attribute<'a>>,
    /// Indexes of [`OTHER_UNITS`] with quantities in 10^-12 of the unit, sorted.
    pub(crate) other_usage: Vec<(u8, i128)>,
}

impl<'a> ParsedEvent<'a> {
    /// An event without any value; the lists are empty ones whose memory is used again.
    pub(crate) fn new(attributes: Vec<Attribute<'a>>, other_usage: Vec<(u8, i128)>) -> Self {
        Self {
            present: 0,
            texts: [""; TEXT_FIELDS],
            counts: [0; COUNT_FIELDS],
            event_time_us: 0,
            gpu_seconds: 0,
            latency: 0,
            time_to_first_token: 0,
            reported_cost: 0,
            attributes,
            other_usage,
        }
    }

    #[inline]
    pub(crate) const fn has(&self, field: Field) -> bool {
        self.present & field.bit() != 0
    }

    pub(crate) const fn mark(&mut self, field: Field) {
        self.present |= field.bit();
    }

    #[inline]
    pub(crate) fn set_text(&mut self, field: Field, text: &'a str) {
        self.texts[field.number()] = text;
        self.mark(field);
    }

    #[inline]
    pub(crate) fn set_count(&mut self, field: Field, count: i64) {
        self.counts[field.number() - TEXT_FIELDS] = count;
        self.mark(field);
    }

    /// The text of a field below [`TEXT_FIELDS`].
    #[inline]
    pub(crate) fn text(&self, field: Field) -> Option<&'a str> {
        self.has(field).then_some(self.texts[field.number()])
    }

    /// The texts that the event has, by their number.
    #[inline]
    pub(crate) fn texts(&self) -> impl Iterator<Item = (usize, &'a str)> {
        numbers(self.present & TEXT_BITS).map(|number| (number, self.texts[number]))
    }

    /// The counts that the event has, by their place among the [`COUNT_FIELDS`].
    #[inline]
    pub(crate) fn counts(&self) -> impl Iterator<Item = (usize, i64)> {
        let counts = (self.present >> TEXT_FIELDS) & COUNT_BITS;
        numbers(counts).map(|place| (place, self.counts[place]))
    }

    /// The count of one of the [`COUNT_FIELDS`] behind the texts.
    #[inline]
    pub(crate) fn count(&self, field: Field) -> Option<i64> {
        self.has(field)
            .then_some(self.counts[field.number() - TEXT_FIELDS])
    }

    /// Sets what a missing field means and checks the values against each other.
    pub(crate) fn complete(&mut self) -> Result<(), Fault> {
        self.check_required()?;
        let defaults = [
            (Field::TENANT, ""),
            (Field::USER_ID, ""),
            (Field::STATUS, "ok"),
            (Field::USAGE_STATE, "final"),
            (Field::SERVED_FROM, "model"),
        ];
        for (field, default) in defaults {
            if !self.has(field) {
                self.set_text(field, default);
            }
        }
        self.other_usage.sort_unstable();
        self.check_metered()?;
        self.check_parts()
    }

    fn check_required(&self) -> Result<(), Fault> {
        if !self.has(Field::EVENT_TIME) {
            return Err(Fault::missing(Field::EVENT_TIME.name()));
        }
        for field in [Field::EVENT_ID, Field::PROVIDER, Field::MODEL] {
            if self.texts[field.number()].is_empty() {
                return Err(Fault::missing(field.name()));
            }
        }
        Ok(())
    }

    /// A call that went well must say what it used.
    fn check_metered(&self) -> Result<(), Fault> {
        let usage = (Field::INPUT_TOKENS.number()..=Field::OUTPUT_REASONING_TOKENS.number())
            .fold(Field::GPU_SECONDS.bit(), |fields, number| {
                fields | Field::at(number).bit()
            });
        let is_metered = self.present & usage != 0 || !self.other_usage.is_empty();
        let may_lack_usage = self.text(Field::STATUS) != Some("ok")
            || self.text(Field::USAGE_STATE) != Some("final");
        if is_metered || may_lack_usage {
            Ok(())
        } else {
            Err(Fault::missing(
                "input_tokens, output_tokens or any other usage counter",
            ))
        }
    }

    /// What is part of a total must not exceed it; a part whose total is missing is left alone.
    fn check_parts(&self) -> Result<(), Fault> {
        let cache_write_parts = [Field::CACHE_WRITE_5M_TOKENS, Field::CACHE_WRITE_1H_TOKENS];
        self.check_sum(&cache_write_parts, Field::CACHE_WRITE_TOKENS)?;
        if self.has(Field::CACHE_WRITE_TOKENS) {
            let parts = [Field::CACHE_READ_TOKENS, Field::CACHE_WRITE_TOKENS];
            self.check_sum(&parts, Field::INPUT_TOKENS)?;
        } else {
            let [write_5m, write_1h] = cache_write_parts;
            self.check_sum(
                &[Field::CACHE_READ_TOKENS, write_5m, write_1h],
                Field::INPUT_TOKENS,
            )?;
        }
        self.check_sum(&[Field::OUTPUT_REASONING_TOKENS], Field::OUTPUT_TOKENS)?;
        self.other_usage.iter().try_for_each(|&(unit, quantity)| {
            let name = OTHER_UNITS[usize::from(unit)];
            match total_of_modality(name).and_then(|total| Some((total, self.count(total)?))) {
                Some((total, count)) if quantity > i128::from(count) * QUANTITY_ONE => {
                    let whole = quantity / QUANTITY_ONE;
                    Err(Fault::parts_exceed(
                        name,
                        &whole.to_string(),
                        total.name(),
                        count,
                    ))
                }
                _ => Ok(()),
            }
        })
    }

    fn check_sum(&self, parts: &[Field], total: Field) -> Result<(), Fault> {
        let Some(count) = self.count(total) else {
            return Ok(());
        };
        let sum: i128 = parts
            .iter()
            .filter_map(|&part| self.count(part))
            .map(i128::from)
            .sum();
        if sum <= i128::from(count) {
            return Ok(());
        }
        let names: Vec<_> = parts
            .iter()
            .filter(|&&part| self.has(part))
            .map(|p| p.name())
            .collect();
        Err(Fault::parts_exceed(
            &names.join(" + "),
            &sum.to_string(),
            total.name(),
            count,
        ))
    }

    /// Checks the event's own time against that of its record, both in microseconds.
    pub(crate) fn check_time(
        &self,
        record_time_us: Option<i64>,
        past_max_us: i64,
        future_max_us: i64,
    ) -> Result<(), Fault> {
        let Some(record_time_us) = record_time_us else {
            return Ok(());
        };
        let earliest_us = record_time_us.saturating_sub(past_max_us);
        let latest_us = record_time_us.saturating_add(future_max_us);
        if (earliest_us..=latest_us).contains(&self.event_time_us) {
            return Ok(());
        }
        Err(Fault::time_out_of_range(self.event_time_us, record_time_us))
    }
}

/// The numbers of the bits that are set, in order.
#[inline]
fn numbers(mut bits: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let number = bits.trailing_zeros();
        bits &= bits.wrapping_sub(1);
        (number < u64::BITS).then_some(number as usize)
    })
}

/// The total that a unit of one modality is a part of.
fn total_of_modality(unit: &str) -> Option<Field> {
    match unit {
        "input_text_tokens" | "input_audio_tokens" | "input_image_tokens"
        | "input_video_tokens" => Some(Field::INPUT_TOKENS),
        "output_text_tokens"
        | "output_audio_tokens"
        | "output_image_tokens"
        | "output_video_tokens" => Some(Field::OUTPUT_TOKENS),
        _ => None,
    }
}
