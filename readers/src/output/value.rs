//! Values of Arrow columns as text and as JSON, exactly.

use std::fmt::{self, Write};

use arrow::array::{Array, ArrayRef, AsArray, Int64Array};
use arrow::buffer::NullBuffer;
use arrow::compute::cast;
use arrow::datatypes::{
    BinaryType, BinaryViewType, DataType, GenericBinaryType, Int64Type, TimeUnit,
};
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use schemas::time::format_rfc3339;

/// Who reads a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reader {
    /// A person: bytes that are text are shown as such, instants without empty places.
    Person,
    /// A program: every value of a column has the same form.
    Program,
}

/// The values of one column.
pub(super) struct Values<'a> {
    nulls: Option<NullBuffer>,
    kind: Kind<'a>,
}

enum Kind<'a> {
    /// What JSON writes bare: counts and booleans.
    Bare(ArrayFormatter<'a>),
    /// Numbers that may be none.
    Float(ArrayFormatter<'a>),
    /// What JSON writes as a string: texts, decimals, days, durations.
    Text(ArrayFormatter<'a>),
    Instant {
        raw: Int64Array,
        unit: TimeUnit,
        has_zone: bool,
    },
    Bytes(&'a dyn Array),
    Dictionary {
        keys: Vec<usize>,
        values: Box<Values<'a>>,
    },
    List {
        bounds: Vec<usize>,
        items: Box<Values<'a>>,
    },
    Struct(Vec<(&'a str, Values<'a>)>),
    Map {
        bounds: Vec<usize>,
        keys: Box<Values<'a>>,
        values: Box<Values<'a>>,
    },
}

impl<'a> Values<'a> {
    /// Looks at a column; fails on a type that Arrow itself cannot write.
    pub(super) fn of(array: &'a dyn Array) -> Result<Self, ArrowError> {
        Ok(Self {
            nulls: array.logical_nulls(),
            kind: Kind::of(array)?,
        })
    }

    pub(super) fn is_null(&self, row: usize) -> bool {
        self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row))
    }

    /// Whether people expect the column at the right.
    pub(super) fn is_number(data_type: &DataType) -> bool {
        data_type.is_numeric()
    }

    /// Appends the value as text; nothing for null.
    pub(super) fn text(&self, row: usize, reader: Reader, out: &mut String) -> fmt::Result {
        if self.is_null(row) {
            return Ok(());
        }
        match &self.kind {
            Kind::Bare(formatter) | Kind::Float(formatter) | Kind::Text(formatter) => {
                write!(out, "{}", formatter.value(row))
            }
            Kind::Instant {
                raw,
                unit,
                has_zone,
            } => {
                let text = instant(raw.value(row), *unit, *has_zone);
                out.push_str(&match reader {
                    Reader::Person => text.replacen(".000000", "", 1),
                    Reader::Program => text,
                });
                Ok(())
            }
            Kind::Bytes(array) => {
                let bytes = bytes_of(*array, row);
                match std::str::from_utf8(bytes) {
                    Ok(text) if reader == Reader::Person => out.push_str(text),
                    _ => push_hexadecimal(bytes, out)?,
                }
                Ok(())
            }
            Kind::Dictionary { keys, values } => values.text(keys[row], reader, out),
            Kind::List { .. } | Kind::Struct(_) | Kind::Map { .. } => self.json(row, out),
        }
    }

    /// Appends the value as JSON.
    pub(super) fn json(&self, row: usize, out: &mut String) -> fmt::Result {
        if self.is_null(row) {
            out.push_str("null");
            return Ok(());
        }
        match &self.kind {
            Kind::Bare(formatter) => write!(out, "{}", formatter.value(row)),
            Kind::Float(formatter) => {
                let text = formatter.value(row).to_string();
                // JSON has no word for what is no number.
                let is_number = text.bytes().all(|byte| !matches!(byte, b'N' | b'n' | b'i'));
                out.push_str(if is_number { &text } else { "null" });
                Ok(())
            }
            Kind::Text(formatter) => push_json_text(&formatter.value(row).to_string(), out),
            Kind::Instant { .. } | Kind::Bytes(_) => {
                let mut text = String::new();
                self.text(row, Reader::Program, &mut text)?;
                push_json_text(&text, out)
            }
            Kind::Dictionary { keys, values } => values.json(keys[row], out),
            Kind::List { bounds, items } => {
                let rows = bounds[row]..bounds[row + 1];
                push_enclosed(rows, ['[', ']'], out, |item, out| items.json(item, out))
            }
            Kind::Struct(fields) => push_enclosed(fields, ['{', '}'], out, |(name, value), out| {
                push_json_text(name, out)?;
                out.push(':');
                value.json(row, out)
            }),
            Kind::Map {
                bounds,
                keys,
                values,
            } => {
                let rows = bounds[row]..bounds[row + 1];
                push_enclosed(rows, ['{', '}'], out, |entry, out| {
                    let mut key = String::new();
                    keys.text(entry, Reader::Program, &mut key)?;
                    push_json_text(&key, out)?;
                    out.push(':');
                    values.json(entry, out)
                })
            }
        }
    }
}

impl<'a> Kind<'a> {
    fn of(array: &'a dyn Array) -> Result<Self, ArrowError> {
        const OPTIONS: FormatOptions<'static> = FormatOptions::new();
        let formatter = || ArrayFormatter::try_new(array, &OPTIONS);
        Ok(match array.data_type() {
            data_type if data_type.is_integer() => Self::Bare(formatter()?),
            DataType::Boolean => Self::Bare(formatter()?),
            data_type if data_type.is_floating() => Self::Float(formatter()?),
            DataType::Timestamp(unit, zone) => Self::Instant {
                raw: cast(array, &DataType::Int64)?
                    .as_primitive::<Int64Type>()
                    .clone(),
                unit: *unit,
                has_zone: zone.is_some(),
            },
            DataType::Binary
            | DataType::LargeBinary
            | DataType::BinaryView
            | DataType::FixedSizeBinary(_) => Self::Bytes(array),
            DataType::Dictionary(_, _) => {
                let dictionary = array.as_any_dictionary();
                // Without values every row is null, and Arrow has no keys to normalize.
                let keys = match dictionary.values().is_empty() {
                    true => vec![0; array.len()],
                    false => dictionary.normalized_keys(),
                };
                Self::Dictionary {
                    keys,
                    values: Box::new(Values::of(dictionary.values().as_ref())?),
                }
            }
            DataType::List(_) => {
                let list = array.as_list::<i32>();
                Self::list(list.value_offsets(), list.values())?
            }
            DataType::LargeList(_) => {
                let list = array.as_list::<i64>();
                Self::list(list.value_offsets(), list.values())?
            }
            DataType::Struct(fields) => {
                let columns = fields.iter().zip(array.as_struct().columns());
                let values = columns.map(|(field, column)| {
                    Ok((field.name().as_str(), Values::of(column.as_ref())?))
                });
                Self::Struct(values.collect::<Result<_, ArrowError>>()?)
            }
            DataType::Map(_, _) => {
                let map = array.as_map();
                Self::Map {
                    bounds: bounds_of(map.value_offsets())?,
                    keys: Box::new(Values::of(map.keys().as_ref())?),
                    values: Box::new(Values::of(map.values().as_ref())?),
                }
            }
            _ => Self::Text(formatter()?),
        })
    }

    fn list<O: Copy + TryInto<usize>>(
        offsets: &[O],
        items: &'a ArrayRef,
    ) -> Result<Self, ArrowError> {
        Ok(Self::List {
            bounds: bounds_of(offsets)?,
            items: Box::new(Values::of(items.as_ref())?),
        })
    }
}

fn bounds_of<O: Copy + TryInto<usize>>(offsets: &[O]) -> Result<Vec<usize>, ArrowError> {
    let bounds = offsets.iter().map(|&offset| offset.try_into());
    bounds
        .collect::<Result<_, _>>()
        .map_err(|_| ArrowError::InvalidArgumentError("an offset is negative".to_owned()))
}

fn bytes_of(array: &dyn Array, row: usize) -> &[u8] {
    match array.data_type() {
        DataType::LargeBinary => array.as_bytes::<GenericBinaryType<i64>>().value(row),
        DataType::BinaryView => array.as_byte_view::<BinaryViewType>().value(row),
        DataType::FixedSizeBinary(_) => array.as_fixed_size_binary().value(row),
        _ => array.as_bytes::<BinaryType>().value(row),
    }
}

/// Writes an instant as RFC 3339 with six decimal places, nine if it has nanoseconds.
fn instant(raw: i64, unit: TimeUnit, has_zone: bool) -> String {
    let (time_us, nanoseconds) = match unit {
        TimeUnit::Second => (raw.saturating_mul(1_000_000), 0),
        TimeUnit::Millisecond => (raw.saturating_mul(1_000), 0),
        TimeUnit::Microsecond => (raw, 0),
        TimeUnit::Nanosecond => (raw.div_euclid(1_000), raw.rem_euclid(1_000)),
    };
    let text = format_rfc3339(time_us);
    let Some(local) = text.strip_suffix('Z') else {
        return text;
    };
    let more = match nanoseconds {
        0 => String::new(),
        nanoseconds => format!("{nanoseconds:03}"),
    };
    let zone = if has_zone { "Z" } else { "" };
    format!("{local}{more}{zone}")
}

fn push_hexadecimal(bytes: &[u8], out: &mut String) -> fmt::Result {
    out.push_str("\\x");
    for byte in bytes {
        write!(out, "{byte:02x}")?;
    }
    Ok(())
}

/// Appends a text as a JSON string.
pub(super) fn push_json_text(text: &str, out: &mut String) -> fmt::Result {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if control < ' ' => write!(out, "\\u{:04x}", u32::from(control))?,
            other => out.push(other),
        }
    }
    out.push('"');
    Ok(())
}

/// Appends items between two characters, with commas.
fn push_enclosed<T>(
    items: impl IntoIterator<Item = T>,
    [open, close]: [char; 2],
    out: &mut String,
    mut push: impl FnMut(T, &mut String) -> fmt::Result,
) -> fmt::Result {
    out.push(open);
    for (at, item) in items.into_iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        push(item, out)?;
    }
    out.push(close);
    Ok(())
}
