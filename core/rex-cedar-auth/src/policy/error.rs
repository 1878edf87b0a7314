//! What is wrong with a policy, and where.

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};
use std::fmt;

/// At which step a policy was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Parse,
    Validation,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The bytes of the text that it is about.
    pub span: Option<(usize, usize)>,
    /// What the span shows.
    pub label: Option<String>,
}

impl Problem {
    pub(super) fn text(message: String) -> Self {
        Self { message, help: None, span: None, label: None }
    }

    pub(super) fn at(offset: usize, message: String) -> Self {
        Self { span: Some((offset, 1)), ..Self::text(message) }
    }

    /// Of the statement that begins at `offset`.
    pub(super) fn of_statement(offset: usize, message: String, help: &str) -> Self {
        Self { help: Some(help.to_owned()), ..Self::at(offset, message) }
    }
}

/// How many problems one line tells.
const SHOWN: usize = 10;

/// How many characters of one sentence are kept: it may quote a name without end.
const SENTENCE: usize = 400;

/// Keeps a sentence one line of bounded length, without characters that a terminal obeys.
fn tidy(sentence: &mut String) {
    if sentence.contains(char::is_control) {
        *sentence = sentence.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    }
    if let Some((cut, _)) = sentence.char_indices().nth(SENTENCE) {
        sentence.truncate(cut);
        sentence.push('…');
    }
}

/// A policy that was refused. Shown, it is one line; as a [`Diagnostic`] it shows the text with labels.
#[derive(Debug)]
pub struct PolicyError {
    source: NamedSource<String>,
    stage: Stage,
    problems: Vec<Problem>,
}

impl PolicyError {
    pub(super) fn new(source: &str, text: &str, stage: Stage, mut problems: Vec<Problem>) -> Self {
        for problem in &mut problems {
            let Problem { message, help, label, .. } = problem;
            [Some(message), help.as_mut(), label.as_mut()].into_iter().flatten().for_each(tidy);
        }
        Self { source: NamedSource::new(source, text.to_owned()), stage, problems }
    }

    /// Everything that is wrong, in the order of the text.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Line and column, from 1, of a problem.
    pub fn position(&self, problem: &Problem) -> Option<(usize, usize)> {
        let before = self.source.inner().get(..problem.span?.0)?;
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Some((before.matches('\n').count() + 1, before.get(line_start..)?.chars().count() + 1))
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.stage {
            Stage::Parse => "Failed to parse Cedar policy - check syntax and structure: ",
            Stage::Validation => "Cedar policy does not fit the schema: ",
        })?;
        for (count, problem) in self.problems.iter().enumerate().take(SHOWN) {
            if count > 0 {
                f.write_str("; ")?;
            }
            f.write_str(&problem.message)?;
            if let Some(label) = &problem.label {
                write!(f, " ({label})")?;
            }
            if let Some((line, column)) = self.position(problem) {
                write!(f, " at line {line}, column {column}")?;
            }
            if let Some(help) = &problem.help {
                write!(f, ": {help}")?;
            }
        }
        match self.problems.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, "; and {more} more problems"),
        }
    }
}

impl std::error::Error for PolicyError {}

impl Diagnostic for PolicyError {
    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.problems.iter().filter_map(|problem| {
            let text = problem.label.as_ref().unwrap_or(&problem.message);
            problem.span.map(|(offset, length)| LabeledSpan::new(Some(text.clone()), offset, length))
        })))
    }

    fn help(&self) -> Option<Box<dyn fmt::Display + '_>> {
        let help: Vec<_> = self.problems.iter().filter_map(|problem| problem.help.as_deref()).collect();
        (!help.is_empty()).then(|| Box::new(help.join("\n")) as Box<dyn fmt::Display>)
    }
}

/// Something in a policy that is suspicious but not wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyWarning(pub(super) String);

impl fmt::Display for PolicyWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
