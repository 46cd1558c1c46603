//! What is JSON, by serde_json.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// Whether serde_json takes a text for JSON, every name and string in it read.
///
/// serde_json has the two bounds that the program documents: containers nest at most 127 deep, and
/// half a surrogate pair is no character. Numbers may have any length, as their text is kept.
#[must_use]
pub fn is_json(text: &[u8]) -> bool {
    serde_json::from_slice::<Any>(text).is_ok()
}

/// Any value, read through and dropped. A `serde_json::Value` would do the same more slowly, and it
/// takes an object with one certain private name for a number.
struct Any;

impl<'de> Deserialize<'de> for Any {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyVisitor)
    }
}

struct AnyVisitor;

impl<'de> Visitor<'de> for AnyVisitor {
    type Value = Any;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Any, E> {
        Ok(Any)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Any, E> {
        Ok(Any)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Any, E> {
        Ok(Any)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Any, E> {
        Ok(Any)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Any, E> {
        Ok(Any)
    }

    fn visit_unit<E: Error>(self) -> Result<Any, E> {
        Ok(Any)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Any, A::Error> {
        while items.next_element::<Any>()?.is_some() {}
        Ok(Any)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Any, A::Error> {
        while fields.next_entry::<Any, Any>()?.is_some() {}
        Ok(Any)
    }
}
