//! The rows of a trace: when a request came, and how many tokens went in and out.

use anyhow::{Context, anyhow};
use schemas::time::parse_rfc3339_us;

/// One request of a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TraceRow {
    /// When it came, microseconds since the Unix epoch.
    pub(crate) time_us: i64,
    /// Tokens in.
    pub(crate) input_tokens: u64,
    /// Tokens out.
    pub(crate) output_tokens: u64,
}

impl TraceRow {
    /// Reads `TIMESTAMP,ContextTokens,GeneratedTokens`. A time without an offset is UTC.
    ///
    /// # Errors
    /// What is wrong with the row.
    pub(crate) fn parse(line: &[u8]) -> anyhow::Result<Self> {
        let line = std::str::from_utf8(line).context("the row is not UTF-8")?;
        let mut fields = line.split(',');
        let (Some(time), Some(input), Some(output), None) =
            (fields.next(), fields.next(), fields.next(), fields.next())
        else {
            return Err(anyhow!("a row must have three fields, got {line:?}"));
        };
        let count = |text: &str| -> anyhow::Result<u64> {
            text.trim()
                .parse()
                .with_context(|| format!("{text:?} is no number of tokens"))
        };
        Ok(Self {
            time_us: parse_rfc3339_us(time)
                .or_else(|| parse_rfc3339_us(&format!("{time}Z")))
                .ok_or_else(|| anyhow!("{time:?} is no time"))?,
            input_tokens: count(input)?,
            output_tokens: count(output)?,
        })
    }
}

#[cfg(test)]
mod tests;
