//! The prompt: lines with history and completion, statements that can be cancelled.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context;
use readers::LakeReader;
use readers::catalog::CatalogTable;
use readers::output::OutputFormat;
use rustyline::error::ReadlineError;
use rustyline::history::DefaultHistory;
use rustyline::{CompletionType, Config, Editor};

use super::{run_statement, statements};
use crate::console::{self, OutputClosed, note};

mod line_helper;

use line_helper::LineHelper;

const HISTORY_LINES_MAX: usize = 1_000;
const HELP: &str = "\
SELECT ..;   runs a query; it may span lines and ends with a semicolon
\\d           lists tables and views
\\d NAME      lists the columns of one
\\?           shows this help
\\q           leaves, as does Ctrl-D

Ctrl-C cancels the query that runs, or drops the line. Tab completes names.
";

type LineEditor = Editor<LineHelper, DefaultHistory>;

/// What to do after a line.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    Go,
    Leave,
}

/// Reads statements and runs them until the user leaves.
///
/// # Errors
/// A lake that is not there, a terminal that cannot be used. What a statement gives is shown, and
/// the prompt goes on.
pub(super) async fn run(reader: &LakeReader, format: OutputFormat) -> anyhow::Result<()> {
    let catalog = reader.catalog().await?;
    let mut editor = open_editor(&catalog)?;
    let history = history_path();
    if let Some(path) = history.as_ref().filter(|path| path.exists())
        && let Err(error) = editor.load_history(path)
    {
        note(format!("no history from earlier: {error}"));
    }
    note(format!("lake {}; \\? for help, \\q to leave", reader.url()));
    loop {
        // Reading a line blocks; other tasks of the program go on meanwhile.
        let line = tokio::task::block_in_place(|| editor.readline("tokenmeter> "));
        match line {
            Ok(line) => {
                remember(&mut editor, &line);
                if act(reader, &line, format).await == Next::Leave {
                    break;
                }
            }
            Err(ReadlineError::Interrupted) => {}
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(error).context("cannot read from the terminal"),
        }
    }
    if let Some(path) = history {
        save_history(&mut editor, &path);
    }
    Ok(())
}

fn open_editor(catalog: &[CatalogTable]) -> anyhow::Result<LineEditor> {
    let config = Config::builder()
        .max_history_size(HISTORY_LINES_MAX)
        .context("cannot set up the terminal")?
        .completion_type(CompletionType::List)
        .build();
    let mut editor = LineEditor::with_config(config).context("cannot use the terminal")?;
    editor.set_helper(Some(LineHelper::new(catalog)));
    Ok(editor)
}

async fn act(reader: &LakeReader, line: &str, format: OutputFormat) -> Next {
    let line = line.trim();
    let Some(command) = line.strip_prefix('\\') else {
        for statement in statements::split(line) {
            if !run_cancellable(reader, &statement, format).await {
                break;
            }
        }
        return Next::Go;
    };
    let mut words = command.trim_end_matches(';').split_whitespace();
    match (words.next(), words.next()) {
        (Some("q"), None) => return Next::Leave,
        (Some("?"), None) => show(HELP),
        (Some("d"), None) => describe(reader, None).await,
        (Some("d"), Some(name)) => describe(reader, Some(name)).await,
        _ => note(format!("no such command: \\{command} (\\? for help)")),
    }
    Next::Go
}

/// Runs a statement until it ends or Ctrl-C is pressed; gives whether it ended well.
async fn run_cancellable(reader: &LakeReader, statement: &str, format: OutputFormat) -> bool {
    let started = Instant::now();
    let mut out = io::stdout();
    let outcome = tokio::select! {
        outcome = run_statement(reader, statement, format, &mut out) => outcome,
        _ = tokio::signal::ctrl_c() => {
            note("cancelled");
            return false;
        }
    };
    match outcome {
        Ok(rows) => {
            note(format!("{rows} rows in {:.1?}", started.elapsed()));
            true
        }
        Err(error) if error.is::<OutputClosed>() => false,
        Err(error) => {
            note(format!("error: {error:#}"));
            false
        }
    }
}

async fn describe(reader: &LakeReader, name: Option<&str>) {
    let catalog = match reader.catalog().await {
        Ok(catalog) => catalog,
        Err(error) => {
            note(format!("error: {:#}", anyhow::Error::from(error)));
            return;
        }
    };
    let Some(name) = name else {
        let lines = catalog
            .iter()
            .map(|table| (table.name, "", table.description));
        show(&aligned(lines));
        return;
    };
    match catalog.iter().find(|table| table.name == name) {
        Some(table) => {
            let lines = table.columns.iter().map(|column| {
                let texts = (column.name.as_str(), column.data_type.as_str());
                (texts.0, texts.1, column.description.as_str())
            });
            show(&format!("{}\n{}", table.description, aligned(lines)));
        }
        None => note(format!("no table or view named {name}: \\d lists them")),
    }
}

/// Lines of three columns, the first two as wide as they must be.
fn aligned<'a>(lines: impl Iterator<Item = (&'a str, &'a str, &'a str)> + Clone) -> String {
    let width_of = |of: fn(&(&str, &str, &str)) -> usize| {
        lines.clone().map(|line| of(&line)).max().unwrap_or(0)
    };
    let first = width_of(|line| line.0.len());
    let second = width_of(|line| line.1.len());
    let gap = if second > 0 { "  " } else { "" };
    lines
        .map(|(name, kind, text)| {
            let line = format!("  {name:first$}{gap}{kind:second$}  {text}");
            format!("{}\n", line.trim_end())
        })
        .collect()
}

fn remember(editor: &mut LineEditor, line: &str) {
    if line.trim().is_empty() {
        return;
    }
    if let Err(error) = editor.add_history_entry(line.trim_end()) {
        note(format!("the line is not remembered: {error}"));
    }
}

fn save_history(editor: &mut LineEditor, path: &Path) {
    let folder_made = match path.parent() {
        Some(folder) => std::fs::create_dir_all(folder),
        None => Ok(()),
    };
    let saved = folder_made
        .map_err(ReadlineError::from)
        .and_then(|()| editor.save_history(path));
    if let Err(error) = saved {
        note(format!(
            "the history was not kept in {}: {error}",
            path.display()
        ));
    }
}

/// Where the history is kept: the user's state folder, if there is one.
fn history_path() -> Option<PathBuf> {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let state = set("XDG_STATE_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(set("HOME")?).join(".local/state")))?;
    Some(state.join("tokenmeter").join("sql_history"))
}

/// Shows what was asked for. A terminal that is gone is noticed when the next line is read.
fn show(text: &str) {
    if let Err(error) = console::text(text) {
        note(format!("error: {error}"));
    }
}
