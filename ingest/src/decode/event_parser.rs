//! From one JSON text to the values of one event.
//!
//! The whole text is read even when a field is at fault: a text that is no JSON at all is called
//! so whatever else is wrong with it. Otherwise the first fault in the text is the one reported.

use schemas::money::{EVENT_COST_MAX, MONEY_SCALE};
use schemas::reject::RejectReason;

use super::fault::Fault;
use super::field::{COLUMN_FIELDS, Field, Kind};
use super::field_set::{BEGINNING, FieldOrder, FieldSet};
use super::instant::{InstantReader, instant_of_ms};
use super::json_cursor::{JsonCursor, NotJson, RawValue, check_json};
use super::json_string::RawString;
use super::number::{NumberFault, decimal, signed_whole_number, whole_number};
use super::parsed_event::ParsedEvent;
use super::unknown_fields::UnknownFields;

/// The largest usage counter of one event. No call is near it, and below it no sum of fewer than
/// nine million events can leave an `Int64`, so one absurd event cannot stop a window.
pub(crate) const USAGE_COUNT_MAX: i64 = 1_000_000_000_000;

/// Bytes of an `event_id`.
pub(crate) const EVENT_ID_BYTES_MAX: usize = 128;
/// Bytes of any other text, and of an attribute's name.
pub(crate) const TEXT_BYTES_MAX: usize = 1024;
/// Bytes of an attribute's text.
pub(crate) const ATTRIBUTE_BYTES_MAX: usize = 4096;
/// Names in `attributes`.
pub(crate) const ATTRIBUTES_MAX: usize = 32;

const MILLISECONDS_SCALE: u8 = 3;
/// The largest count of 10^-3 milliseconds that has 18 digits.
const MILLISECONDS_MAX: i128 = 10_i128.pow(18) - 1;

/// What a parser keeps from message to message.
#[derive(Debug)]
pub(crate) struct ParserMemory {
    pub(crate) order: FieldOrder,
    pub(crate) instants: InstantReader,
    pub(crate) unknown_fields: UnknownFields,
}

/// Reads a text into an event that has no values yet.
///
/// # Errors
/// What is wrong with the text or with a value in it; the event is then not to be used.
pub(crate) fn parse_event<'a>(
    text: &'a str,
    arena: &'a mut [u8],
    event: &mut ParsedEvent<'a>,
    memory: &mut ParserMemory,
) -> Result<(), Fault> {
    let mut cursor = JsonCursor::new(text);
    if !cursor.enter_object() {
        return Err(match check_json(text) {
            Ok(()) => Fault::not_an_object(text),
            Err(NotJson { at }) => Fault::not_json(text, at),
        });
    }
    let seen = FieldSet::default();
    let mut parser = EventParser {
        text,
        cursor,
        arena,
        event,
        memory,
        seen,
        fault: None,
    };
    match parser.read_fields() {
        Err(NotJson { at }) => Err(Fault::not_json(text, at)),
        Ok(()) => parser.fault.map_or(Ok(()), Err),
    }
}

struct EventParser<'a, 'e> {
    text: &'a str,
    cursor: JsonCursor<'a>,
    arena: &'a mut [u8],
    event: &'e mut ParsedEvent<'a>,
    memory: &'e mut ParserMemory,
    /// The names that were met, whatever their values.
    seen: FieldSet,
    fault: Option<Fault>,
}

impl<'a> EventParser<'a, '_> {
    fn read_fields(&mut self) -> Result<(), NotJson> {
        let mut first = true;
        let mut previous = BEGINNING;
        loop {
            let expected = self.memory.order.after(previous);
            if self.cursor.take_name(first, expected.pattern()) {
                previous = expected;
                self.read_field(expected)?;
            } else {
                previous = match self.cursor.next_name(first)? {
                    Some(name) => self.read_named(name, previous)?,
                    None => return self.cursor.end(),
                };
            }
            first = false;
        }
    }

    /// Reads a field whose name was not foreseen; returns the field to look on from.
    #[cold]
    #[inline(never)]
    fn read_named(&mut self, name: RawString<'a>, previous: Field) -> Result<Field, NotJson> {
        let name = name.decode(&mut self.arena);
        let Some(field) = Field::of_name(name.as_bytes()) else {
            self.memory.unknown_fields.count(name);
            self.cursor.value(1)?;
            return Ok(previous);
        };
        self.memory.order.learn(previous, field);
        self.read_field(field)?;
        Ok(field)
    }

    #[inline(always)]
    fn read_field(&mut self, field: Field) -> Result<(), NotJson> {
        let is_new = self.seen.insert(field);
        self.cursor.peek();
        let start = self.cursor.position();
        if is_new && self.store_plain(field).is_some() {
            return Ok(());
        }
        self.cursor.rewind(start);
        self.read_carefully(field, start, is_new)
    }

    /// Takes a value that is spelled as nearly all are and fits its field; `None`, with the
    /// cursor anywhere in the value, if it takes more care.
    #[inline(always)]
    fn store_plain(&mut self, field: Field) -> Option<()> {
        match field.kind() {
            Kind::Text => {
                let text = self.cursor.plain_string()?;
                if text.len() > text_bytes_max(field) {
                    return None;
                }
                self.event.set_text(field, text);
            }
            Kind::Usage => {
                let count = self
                    .cursor
                    .plain_count()
                    .filter(|&count| count <= USAGE_COUNT_MAX)?;
                self.event.set_count(field, count);
            }
            Kind::Count => {
                let count = self
                    .cursor
                    .plain_count()
                    .filter(|&count| count >= field.minimum())?;
                self.event.set_count(field, count);
            }
            Kind::Choice => {
                let text = self.cursor.plain_string()?;
                let choice = field.choices().iter().find(|&&choice| choice == text)?;
                self.event.set_text(field, choice);
            }
            Kind::Time => {
                let text = self.cursor.plain_string()?;
                self.event.event_time_us = self.memory.instants.read(text)?;
                self.event.mark(field);
            }
            Kind::Milliseconds => {
                let value = self.cursor.plain_decimal(MILLISECONDS_SCALE)?;
                self.set_milliseconds(field, value.into());
            }
            Kind::Quantity => {
                let value = self.cursor.plain_decimal(MONEY_SCALE.unsigned_abs())?;
                self.set_quantity(field, value.into());
            }
            Kind::Money => {
                let value = self.cursor.plain_decimal(MONEY_SCALE.unsigned_abs())?;
                self.set_cost(field, value.into());
            }
            Kind::Attributes => return None,
        }
        Some(())
    }

    /// Reads any value that JSON has, and reports what does not fit the field.
    #[inline(never)]
    fn read_carefully(&mut self, field: Field, start: usize, is_new: bool) -> Result<(), NotJson> {
        if is_new && field == Field::ATTRIBUTES && self.cursor.peek() == b'{' {
            return self.read_attributes(start);
        }
        let value = self.cursor.value(1)?;
        let stored = if is_new {
            self.store(field, value)
        } else {
            Err(RejectReason::DuplicateField)
        };
        if let Err(reason) = stored {
            self.report(reason, field.name(), start);
        }
        Ok(())
    }

    /// Takes note of a fault in the value that began at `start` and has been read, unless there
    /// was another before it.
    #[cold]
    fn report(&mut self, reason: RejectReason, field: &str, start: usize) {
        if self.fault.is_none() {
            let spelling = &self.text[start..self.cursor.position()];
            self.fault = Some(Fault::of_value(reason, field, spelling));
        }
    }

    fn store(&mut self, field: Field, value: RawValue<'a>) -> Result<(), RejectReason> {
        match (field.kind(), value) {
            (_, RawValue::Null) => {}
            (Kind::Text, RawValue::String(text)) => {
                let text = text.decode(&mut self.arena);
                check_length(text, text_bytes_max(field))?;
                self.event.set_text(field, text);
            }
            (Kind::Choice, RawValue::String(text)) => {
                let text = text.decode(&mut self.arena);
                let choice = field.choices().iter().find(|&&choice| choice == text);
                self.event
                    .set_text(field, choice.ok_or(RejectReason::WrongType)?);
            }
            (Kind::Usage, RawValue::Number(number)) => {
                let count = whole_number(number).map_err(usage_reason)?;
                if count > USAGE_COUNT_MAX {
                    return Err(RejectReason::WrongType);
                }
                self.event.set_count(field, count);
            }
            (Kind::Count, RawValue::Number(number)) => {
                let count = whole_number(number)
                    .ok()
                    .filter(|&count| count >= field.minimum());
                self.event
                    .set_count(field, count.ok_or(RejectReason::WrongType)?);
            }
            (Kind::Time, value) => {
                self.event.event_time_us = self.instant(value)?;
                self.event.mark(field);
            }
            (Kind::Quantity, RawValue::Number(number)) => {
                let scale = MONEY_SCALE.unsigned_abs();
                let quantity = decimal(number, scale).map_err(usage_reason)?;
                self.set_quantity(field, quantity);
            }
            (Kind::Milliseconds, RawValue::Number(number)) => {
                let value = bounded_decimal(number, MILLISECONDS_SCALE, MILLISECONDS_MAX)?;
                self.set_milliseconds(field, value);
            }
            (Kind::Money, RawValue::Number(amount)) => {
                self.set_cost(field, cost(amount)?);
            }
            (Kind::Money, RawValue::String(amount)) => {
                let amount = amount.decode(&mut self.arena);
                self.set_cost(field, cost(amount)?);
            }
            _ => return Err(RejectReason::WrongType),
        }
        Ok(())
    }

    fn instant(&mut self, value: RawValue<'a>) -> Result<i64, RejectReason> {
        let instant = match value {
            RawValue::String(text) => self.memory.instants.read(text.decode(&mut self.arena)),
            RawValue::Number(time_ms) => signed_whole_number(time_ms).ok().and_then(instant_of_ms),
            _ => return Err(RejectReason::WrongType),
        };
        instant.ok_or(RejectReason::BadTime)
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "there are fewer than 128 fields"
    )]
    fn set_quantity(&mut self, field: Field, quantity: i128) {
        match field.number().checked_sub(COLUMN_FIELDS) {
            Some(unit) => self.event.other_usage.push((unit as u8, quantity)),
            None => {
                self.event.gpu_seconds = quantity;
                self.event.mark(field);
            }
        }
    }

    fn set_milliseconds(&mut self, field: Field, value: i128) {
        match field {
            Field::LATENCY_MS => self.event.latency = value,
            _ => self.event.time_to_first_token = value,
        }
        self.event.mark(field);
    }

    fn set_cost(&mut self, field: Field, cost: i128) {
        self.event.reported_cost = cost;
        self.event.mark(field);
    }

    /// Reads the object `attributes`; the cursor stands on its bracket. A null counts as missing.
    fn read_attributes(&mut self, start: usize) -> Result<(), NotJson> {
        self.cursor.enter_object();
        let mut names = 0;
        let mut nulls: Vec<&'a str> = Vec::new();
        while let Some(name) = self.cursor.next_name(names == 0)? {
            names += 1;
            self.cursor.peek();
            let value_start = self.cursor.position();
            let value = self.cursor.value(2)?;
            if names > ATTRIBUTES_MAX {
                continue;
            }
            let name = name.decode(&mut self.arena);
            match self.attribute(name, value) {
                Ok(Some(text)) => self.event.attributes.push((name, text)),
                Ok(None) => nulls.push(name),
                Err(reason) => self.report(reason, &format!("attributes.{name}"), value_start),
            }
        }
        if names > ATTRIBUTES_MAX {
            self.report(
                RejectReason::TooManyAttributes,
                Field::ATTRIBUTES.name(),
                start,
            );
        }
        self.event.attributes.sort_unstable();
        if let Some(name) = repeated_name(&self.event.attributes, &nulls) {
            self.report(
                RejectReason::DuplicateField,
                &format!("attributes.{name}"),
                start,
            );
        }
        self.event.mark(Field::ATTRIBUTES);
        Ok(())
    }

    fn attribute(
        &mut self,
        name: &str,
        value: RawValue<'a>,
    ) -> Result<Option<&'a str>, RejectReason> {
        check_length(name, TEXT_BYTES_MAX)?;
        match value {
            RawValue::Null => Ok(None),
            RawValue::String(text) => {
                let text = text.decode(&mut self.arena);
                check_length(text, ATTRIBUTE_BYTES_MAX)?;
                Ok(Some(text))
            }
            _ => Err(RejectReason::WrongType),
        }
    }
}

/// A name that stands twice among sorted attributes and those whose value was null.
fn repeated_name<'a>(sorted: &[(&'a str, &'a str)], nulls: &[&'a str]) -> Option<&'a str> {
    let twice = sorted.windows(2).find(|pair| pair[0].0 == pair[1].0);
    let of_null = || {
        let places = nulls.iter().enumerate();
        let mut repeated = places.filter(|&(at, name)| {
            nulls[..at].contains(name) || sorted.iter().any(|(other, _)| other == name)
        });
        repeated.next().map(|(_, &name)| name)
    };
    twice.map(|pair| pair[0].0).or_else(of_null)
}

const fn text_bytes_max(field: Field) -> usize {
    match field {
        Field::EVENT_ID => EVENT_ID_BYTES_MAX,
        _ => TEXT_BYTES_MAX,
    }
}

/// A cost beyond what one event may cost is refused: sums of it would leave their column.
fn cost(amount: &str) -> Result<i128, RejectReason> {
    bounded_decimal(amount, MONEY_SCALE.unsigned_abs(), EVENT_COST_MAX.0)
}

fn bounded_decimal(number: &str, scale: u8, maximum: i128) -> Result<i128, RejectReason> {
    let value = decimal(number, scale)
        .ok()
        .filter(|&value| value <= maximum);
    value.ok_or(RejectReason::WrongType)
}

fn check_length(text: &str, bytes_max: usize) -> Result<(), RejectReason> {
    if text.len() <= bytes_max {
        Ok(())
    } else {
        Err(RejectReason::FieldTooLong)
    }
}

const fn usage_reason(fault: NumberFault) -> RejectReason {
    match fault {
        NumberFault::Negative => RejectReason::NegativeUsage,
        NumberFault::Unfit => RejectReason::WrongType,
    }
}
