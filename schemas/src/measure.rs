//! What is summed in each window: measures that merge by addition or maximum, nothing else.

use crate::column::{Column, ColumnType};

/// How parts of a window merge into one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Merge {
    /// By addition.
    Sum,
    /// By the larger one.
    Max,
}

/// What one event adds to a measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contribution {
    /// One.
    Call,
    /// One if the column has this value, else zero.
    CallIf {
        /// The event's column.
        column: &'static str,
        /// The value that counts.
        value: &'static str,
    },
    /// One from the second attempt on, else zero.
    Retry,
    /// The event's value in this column; null adds nothing.
    Value(&'static str),
}

/// One measure of `cost_windows`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measure {
    /// Its column.
    pub column: Column,
    /// What an event adds to it.
    pub contribution: Contribution,
    /// How parts merge.
    pub merge: Merge,
}

const fn calls(
    name: &'static str,
    contribution: Contribution,
    description: &'static str,
) -> Measure {
    let column = Column::required(name, ColumnType::Count, description);
    Measure {
        column,
        contribution,
        merge: Merge::Sum,
    }
}

const fn sum(name: &'static str, column_type: ColumnType, description: &'static str) -> Measure {
    let column = Column::optional(name, column_type, description);
    Measure {
        column,
        contribution: Contribution::Value(name),
        merge: Merge::Sum,
    }
}

const fn calls_if(
    name: &'static str,
    column: &'static str,
    value: &'static str,
    description: &'static str,
) -> Measure {
    calls(name, Contribution::CallIf { column, value }, description)
}

/// The measures of `cost_windows`, in the order of their columns.
///
/// A sum is null where no event of the window had the value, as SQL's `SUM` has it: null and zero
/// never mix.
pub const MEASURES: &[Measure] = &[
    calls("calls", Contribution::Call, "Model calls."),
    calls_if("error_calls", "status", "error", "Calls with status error."),
    calls(
        "retry_calls",
        Contribution::Retry,
        "Calls that were a second or later attempt.",
    ),
    calls_if(
        "unpriced_calls",
        "price_status",
        "unpriced",
        "Calls of models that no price book knows; their cost is missing from cost_usd.",
    ),
    calls_if(
        "unmetered_calls",
        "price_status",
        "unmetered",
        "Calls without usage counters.",
    ),
    calls_if(
        "estimated_calls",
        "usage_state",
        "estimated",
        "Calls whose counters are estimates.",
    ),
    sum(
        "input_tokens",
        ColumnType::Count,
        "Sum of input tokens, cached ones included.",
    ),
    sum(
        "output_tokens",
        ColumnType::Count,
        "Sum of output tokens, reasoning ones included.",
    ),
    sum(
        "cache_read_tokens",
        ColumnType::Count,
        "Sum of input tokens served from a cache.",
    ),
    sum(
        "cache_write_tokens",
        ColumnType::Count,
        "Sum of input tokens written to a cache.",
    ),
    sum(
        "output_reasoning_tokens",
        ColumnType::Count,
        "Sum of reasoning tokens.",
    ),
    sum("cost_usd", ColumnType::Money, "Sum of cost, US dollars."),
    sum(
        "input_cost_usd",
        ColumnType::Money,
        "Part of cost_usd for input units.",
    ),
    sum(
        "output_cost_usd",
        ColumnType::Money,
        "Part of cost_usd for output units.",
    ),
    sum(
        "other_cost_usd",
        ColumnType::Money,
        "Part of cost_usd for everything else.",
    ),
    sum(
        "list_cost_usd",
        ColumnType::Money,
        "Sum of cost at list prices.",
    ),
    sum(
        "contracted_cost_usd",
        ColumnType::Money,
        "Sum of cost at negotiated prices, as if no capacity had been bought.",
    ),
    sum(
        "reported_cost_usd",
        ColumnType::Money,
        "Sum of what emitters believe the calls cost.",
    ),
    Measure {
        column: Column::optional(
            "latency_ms_sum",
            ColumnType::MillisecondsSum,
            "Sum of durations, milliseconds.",
        ),
        contribution: Contribution::Value("latency_ms"),
        merge: Merge::Sum,
    },
    Measure {
        column: Column::optional(
            "latency_ms_max",
            ColumnType::Milliseconds,
            "Longest duration, milliseconds.",
        ),
        contribution: Contribution::Value("latency_ms"),
        merge: Merge::Max,
    },
];
