//! The program's configuration from a text, as a target sees it.

use crate::config::{Inputs, resolve, show};

/// Reads a configuration over the defaults: the effective one as it is shown, or how many problems
/// it has.
///
/// # Errors
/// The problems, one a line.
pub fn effective(text: &str) -> Result<String, String> {
    let inputs = Inputs {
        file: Some(("config.toml".to_owned(), text.to_owned())),
        environment: Vec::new(),
        flags: Vec::new(),
    };
    match resolve(&inputs) {
        Ok((_, settings)) => Ok(show::effective(&settings)),
        Err(problems) => {
            assert!(!problems.problems().is_empty(), "refused without a reason");
            Err(problems.to_string())
        }
    }
}
