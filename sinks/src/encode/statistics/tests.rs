//! Tests of the statistics.
