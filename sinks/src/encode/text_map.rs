//! Texts by name as a column of maps, null where there are none.

use std::sync::Arc;

use arrow::array::{ArrayRef, MapBuilder, MapFieldNames, StringBuilder};
use arrow::datatypes::{DataType, FieldRef, Schema};

use crate::error::SinkError;

/// The column of a name in a schema, from the texts of each row; in a row a text's name must occur
/// once.
pub(crate) fn text_map_column<'a, R>(
    schema: &Schema,
    column: &str,
    rows: impl IntoIterator<Item = R>,
) -> Result<ArrayRef, SinkError>
where
    R: IntoIterator<Item = (&'a str, &'a str)>,
{
    let field = schema
        .field_with_name(column)
        .map_err(SinkError::arrow("find a column of texts by name"))?;
    let (entry, key, value) = map_fields(field.data_type())?;
    let names = MapFieldNames {
        entry: entry.name().clone(),
        key: key.name().clone(),
        value: value.name().clone(),
    };
    let mut builder = MapBuilder::new(Some(names), StringBuilder::new(), StringBuilder::new())
        .with_keys_field(key)
        .with_values_field(value);
    for row in rows {
        let mut is_valid = false;
        for (name, value) in row {
            builder.keys().append_value(name);
            builder.values().append_value(value);
            is_valid = true;
        }
        builder
            .append(is_valid)
            .map_err(SinkError::arrow("lay out texts by name"))?;
    }
    Ok(Arc::new(builder.finish()))
}

fn map_fields(data_type: &DataType) -> Result<(FieldRef, FieldRef, FieldRef), SinkError> {
    if let DataType::Map(entry, _) = data_type
        && let DataType::Struct(pair) = entry.data_type()
        && let [key, value] = pair.as_ref()
    {
        return Ok((Arc::clone(entry), Arc::clone(key), Arc::clone(value)));
    }
    Err(SinkError::Accounting {
        detail: "a column of texts by name is no map".to_owned(),
    })
}
