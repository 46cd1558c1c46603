//! `tokenmeter sql`: one query, a script from standard input, or a prompt.

use std::io::{self, ErrorKind, IsTerminal, Read, Write};
use std::sync::Arc;

use anyhow::Context;
use readers::output::{OutputError, OutputFormat, ResultWriter};
use readers::{LakeReader, ReaderError};

use crate::cli::options::{SqlFormat, SqlOptions};
use crate::config::Config;
use crate::console::OutputClosed;
use crate::lake_store::open_existing_store;

mod prompt;
mod statements;

/// Runs the query of the command line, else what standard input holds, else (at a terminal) a
/// prompt, and writes the results to standard output.
///
/// A query or script may have several statements; the first that fails ends it.
///
/// # Errors
/// A lake that is not there or cannot be read; what a statement gives, with its line and column
/// if they are known; [`OutputClosed`] if nobody reads the output any more.
pub(crate) async fn run(config: Config, options: SqlOptions) -> anyhow::Result<()> {
    let store = open_existing_store(&config.lake.url, config.lake.options.as_map())?;
    let reader = LakeReader::new(Arc::clone(&store.store), store.url);
    let format = match options.format {
        SqlFormat::Table => OutputFormat::Table,
        SqlFormat::Csv => OutputFormat::Csv,
        SqlFormat::Json => OutputFormat::Json,
    };
    run_on(&reader, options.query, format).await
}

async fn run_on(
    reader: &LakeReader,
    query: Option<String>,
    format: OutputFormat,
) -> anyhow::Result<()> {
    let script = match query {
        Some(query) => query,
        None if io::stdin().is_terminal() => return prompt::run(reader, format).await,
        None => {
            let mut script = String::new();
            io::stdin()
                .read_to_string(&mut script)
                .context("cannot read SQL from standard input: is it UTF-8?")?;
            script
        }
    };
    run_script(reader, &script, format, &mut io::stdout()).await
}

async fn run_script(
    reader: &LakeReader,
    script: &str,
    format: OutputFormat,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let statements = statements::split(script);
    anyhow::ensure!(
        !statements.is_empty(),
        "the query is empty: try `SELECT * FROM windows`"
    );
    for statement in statements {
        run_statement(reader, &statement, format, out).await?;
    }
    Ok(())
}

/// Runs one statement and gives the number of its rows.
async fn run_statement(
    reader: &LakeReader,
    statement: &str,
    format: OutputFormat,
    out: &mut impl Write,
) -> anyhow::Result<usize> {
    let failed = |error| explained(error, statement);
    let mut rows = reader.sql_stream(statement).await.map_err(failed)?;
    let out = io::BufWriter::new(out);
    let mut writer = ResultWriter::new(format, rows.schema(), out).map_err(output_error)?;
    while let Some(batch) = rows.next().await.map_err(failed)? {
        writer.write(&batch).map_err(output_error)?;
    }
    writer.finish().map_err(output_error)
}

fn output_error(error: OutputError) -> anyhow::Error {
    match error {
        OutputError::Write(error) if error.kind() == ErrorKind::BrokenPipe => OutputClosed.into(),
        error => error.into(),
    }
}

/// Makes a reader's error one for people: the line at fault is shown with a mark under its place.
fn explained(error: ReaderError, statement: &str) -> anyhow::Error {
    let ReaderError::Query { position, .. } = &error else {
        return error.into();
    };
    // Its source says the same once more.
    let mut message = error.to_string();
    let at_fault = position.and_then(|position| {
        let line = usize::try_from(position.line.checked_sub(1)?).ok()?;
        let indent = usize::try_from(position.column.checked_sub(1)?).ok()?;
        Some((statement.lines().nth(line)?, indent))
    });
    if let Some((line, indent)) = at_fault {
        message.push_str(&format!("\n  {line}\n  {:indent$}^", ""));
    }
    anyhow::Error::msg(message)
}

#[cfg(test)]
mod tests;
