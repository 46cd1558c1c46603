//! Values that stand in files and variables of the environment.

use anyhow::{Context, bail};

use crate::config::receivers::Given;

/// Reads a value; white space around it, such as the end of a file's line, is none of it.
///
/// # Errors
/// If the file or the variable is not there, or is empty. No message holds the value.
pub(crate) fn read(given: &Given) -> anyhow::Result<String> {
    let text = match given {
        Given::Text(text) => text.clone(),
        Given::File(path) => std::fs::read_to_string(path)
            .with_context(|| format!("cannot read the file {}", path.display()))?,
        Given::Variable(name) => std::env::var(name)
            .with_context(|| format!("cannot read the environment variable {name}"))?,
    };
    match text.trim() {
        "" => bail!("nothing stands in {given:?}"),
        text => Ok(text.to_owned()),
    }
}

#[cfg(test)]
mod tests;
