//! The values that tell one key of a rule from another, as bytes that hash and compare fast.

use std::collections::BTreeMap;

use schemas::rollup::Dimension;

/// The values of a rule's dimensions, one behind the other, each behind its length.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct GroupKey(Box<[u8]>);

/// Appends one value to the bytes of a key.
pub(crate) fn push_value(bytes: &mut Vec<u8>, value: &str) {
    bytes.extend_from_slice(&(value.len() as u64).to_le_bytes());
    bytes.extend_from_slice(value.as_bytes());
}

impl GroupKey {
    pub(crate) fn from_bytes(bytes: &[u8]) -> Self {
        Self(Box::from(bytes))
    }

    /// The key of some values.
    pub(crate) fn of<'a>(values: impl IntoIterator<Item = &'a str>) -> Self {
        let mut bytes = Vec::new();
        for value in values {
            push_value(&mut bytes, value);
        }
        Self(bytes.into_boxed_slice())
    }

    /// The key that an alert's labels name; a label that is absent is the empty text.
    pub(crate) fn of_labels(keys: &[Dimension], labels: &BTreeMap<String, String>) -> Self {
        let value =
            |dimension: &Dimension| labels.get(dimension.column()).map_or("", String::as_str);
        Self::of(keys.iter().map(value))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The values, in the order of the dimensions.
    pub(crate) fn values(&self) -> Vec<&str> {
        let mut values = Vec::new();
        let mut rest = &self.0[..];
        while let Some((length, behind)) = rest.split_first_chunk::<8>() {
            let length = usize::try_from(u64::from_le_bytes(*length)).unwrap_or(usize::MAX);
            let (value, behind) = behind.split_at(length.min(behind.len()));
            values.push(std::str::from_utf8(value).unwrap_or_default());
            rest = behind;
        }
        values
    }

    /// The first values of the key, as a key.
    pub(crate) fn prefix(&self, values: usize) -> Self {
        Self::of(self.values().into_iter().take(values))
    }
}
