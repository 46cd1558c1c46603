//! What is wrong with a configuration, and where.

use std::fmt::{self, Display};

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    place: String,
    message: String,
}

impl Problem {
    /// A problem at a place: `FILE:LINE`, a variable or a flag.
    ///
    /// The message must not quote a secret's value.
    pub(crate) fn new(place: impl Display, message: impl Into<String>) -> Self {
        Self {
            place: place.to_string(),
            message: message.into(),
        }
    }
}

impl Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

/// All that is wrong with a configuration: exit code 2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConfigProblems(Vec<Problem>);

impl ConfigProblems {
    /// A single problem.
    pub(crate) fn one(problem: Problem) -> Self {
        Self(vec![problem])
    }

    /// The problems, in the order of the layers.
    pub(crate) fn problems(&self) -> &[Problem] {
        &self.0
    }
}

impl Display for ConfigProblems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for ConfigProblems {}

/// The problems as an error, if there are any.
pub(crate) fn none_or(problems: Vec<Problem>) -> Result<(), ConfigProblems> {
    if problems.is_empty() {
        Ok(())
    } else {
        Err(ConfigProblems(problems))
    }
}
