//! Which statements may run, and where in their text an error lies.

use datafusion::common::config::Dialect;
use datafusion::error::DataFusionError;
use datafusion::execution::context::SQLOptions;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{DescribeAlias, Statement as SqlStatement};

use crate::error::{QueryPosition, ReaderError};

/// The kinds of statement that read.
const READING_WORDS: &str = "SELECT, WITH, VALUES, EXPLAIN, SHOW or DESCRIBE";

/// Parses one statement and refuses it if it would change something.
pub(crate) fn parse(state: &SessionState, query: &str) -> Result<Statement, ReaderError> {
    if is_blank(query) {
        let message = format!("the query is empty: it takes one {READING_WORDS} statement");
        return Err(query_error(DataFusionError::Plan(message)));
    }
    let statement = state
        .sql_to_statement(query, &Dialect::Generic)
        .map_err(query_error)?;
    if reads(&statement) {
        Ok(statement)
    } else {
        Err(refused(&first_words(query)))
    }
}

/// Refuses a plan with a node that would change something, such as `SELECT .. INTO`.
pub(crate) fn check_reads_only(plan: &LogicalPlan, query: &str) -> Result<(), ReaderError> {
    let reading = SQLOptions::new()
        .with_allow_ddl(false)
        .with_allow_dml(false)
        .with_allow_statements(false);
    reading
        .verify_plan(plan)
        .map_err(|_| refused(&first_words(query)))
}

/// Wraps what DataFusion says about a query, with the place if it tells.
pub(crate) fn query_error(error: DataFusionError) -> ReaderError {
    let spanned = error
        .diagnostic()
        .and_then(|diagnostic| diagnostic.span)
        .map(|span| QueryPosition {
            line: span.start.line,
            column: span.start.column,
        });
    let (message, written) = match error.find_root() {
        DataFusionError::SQL(parser_error, _) => {
            let text = parser_error.to_string();
            split_written_position(text.strip_prefix("sql parser error: ").unwrap_or(&text))
        }
        _ => (plain_message(&error.strip_backtrace()).to_owned(), None),
    };
    ReaderError::Query {
        // 0 stands for "unknown" in spans.
        position: written.or(spanned).filter(|position| position.line > 0),
        message,
        source: Box::new(error),
    }
}

fn reads(statement: &Statement) -> bool {
    match statement {
        Statement::Statement(statement) => reads_sql(statement),
        Statement::Explain(explain) => reads(&explain.statement),
        Statement::CreateExternalTable(_) | Statement::CopyTo(_) | Statement::Reset(_) => false,
    }
}

fn reads_sql(statement: &SqlStatement) -> bool {
    match statement {
        SqlStatement::Query(_)
        | SqlStatement::ShowTables { .. }
        | SqlStatement::ShowColumns { .. }
        | SqlStatement::ShowFunctions { .. }
        | SqlStatement::ShowVariable { .. }
        | SqlStatement::ShowCreate { .. } => true,
        SqlStatement::ExplainTable { describe_alias, .. } => {
            !matches!(describe_alias, DescribeAlias::Explain)
        }
        SqlStatement::Explain { statement, .. } => reads_sql(statement),
        _ => false,
    }
}

fn refused(statement: &str) -> ReaderError {
    ReaderError::Refused {
        statement: statement.to_owned(),
    }
}

/// The words that name a statement: `CREATE TABLE`, `INSERT INTO`.
fn first_words(query: &str) -> String {
    let code = query
        .lines()
        .map(|line| line.split("--").next().unwrap_or_default());
    let words = code.flat_map(str::split_whitespace).take(2);
    words.map(str::to_uppercase).collect::<Vec<_>>().join(" ")
}

fn is_blank(query: &str) -> bool {
    query
        .lines()
        .map(|line| line.split("--").next().unwrap_or_default())
        .all(|line| {
            line.trim_matches(|c: char| c.is_whitespace() || c == ';')
                .is_empty()
        })
}

/// Takes away the wrapping that says which part of the engine spoke.
fn plain_message(text: &str) -> &str {
    let wrappings = [
        "Error during planning: ",
        "Schema error: ",
        "Execution error: ",
        "External error: ",
        "type_coercion\ncaused by\n",
    ];
    let mut rest = text;
    while let Some(inner) = wrappings
        .iter()
        .find_map(|prefix| rest.strip_prefix(prefix))
    {
        rest = inner;
    }
    rest
}

/// Takes the parser's ` at Line: 1, Column: 8` off the end of a message.
fn split_written_position(message: &str) -> (String, Option<QueryPosition>) {
    let split = || {
        let (before, place) = message.rsplit_once(" at Line: ")?;
        let (line, column) = place.split_once(", Column: ")?;
        let position = QueryPosition {
            line: line.trim().parse().ok()?,
            column: column.trim().parse().ok()?,
        };
        Some((before.to_owned(), position))
    };
    match split() {
        Some((message, position)) => (message, Some(position)),
        None => (message.to_owned(), None),
    }
}

#[cfg(test)]
mod tests;
