//! Functions that every session has beside those of SQL.

use std::sync::{Arc, LazyLock};

use arrow::array::{AsArray, StringArray};
use arrow::datatypes::DataType;
use datafusion::common::{DataFusionError, exec_err};
use datafusion::logical_expr::{ColumnarValue, ScalarUDF, Volatility, create_udf};
use schemas::price_book::PriceBook;

/// Names that [`nearest_models`] gives at most.
const NAMES_MAX: usize = 3;

/// The prices in the program, read when a query first asks for names of models.
static BUILT_IN: LazyLock<Result<PriceBook, String>> =
    LazyLock::new(|| PriceBook::built_in().map_err(|error| error.to_string()));

/// `nearest_models(text)`: the models of the built-in book whose names are nearest to a text, comma
/// separated, the nearest first; null if none is near.
pub(crate) fn nearest_models() -> ScalarUDF {
    create_udf(
        "nearest_models",
        vec![DataType::Utf8View],
        DataType::Utf8,
        Volatility::Immutable,
        Arc::new(name_nearest),
    )
}

fn name_nearest(arguments: &[ColumnarValue]) -> Result<ColumnarValue, DataFusionError> {
    let book = match &*BUILT_IN {
        Ok(book) => book,
        Err(error) => return exec_err!("could not load the prices in the program: {error}"),
    };
    let arrays = ColumnarValue::values_to_arrays(arguments)?;
    let names = arrays.first().and_then(|array| array.as_string_view_opt());
    let Some(names) = names else {
        return exec_err!("nearest_models takes one text");
    };
    let nearest = names.iter().map(|name| {
        let near = book.nearest_models(name?, NAMES_MAX);
        (!near.is_empty()).then(|| near.join(", "))
    });
    let nearest: StringArray = nearest.collect();
    Ok(ColumnarValue::Array(Arc::new(nearest)))
}
