//! What is wrong with a policy, and where.

use cedar_policy::{ParseErrors, ValidationError, ValidationWarning};
use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode, SourceSpan};
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

    pub(super) fn forbid_template(line: usize) -> Self {
        let message = format!("the `forbid` on line {line} is a template (`?principal` or `?resource`): it would never apply");
        Self { help: Some("write the entity itself in place of the slot".to_owned()), ..Self::text(message) }
    }

    pub(super) fn duplicate_id(id: &str, line: usize) -> Self {
        Self::text(format!("the policy on line {line} has the `@id(\"{id}\")` of another policy"))
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
    pub(super) fn new(source: &str, text: &str, stage: Stage, problems: Vec<Problem>) -> Self {
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
        for (count, problem) in self.problems.iter().enumerate() {
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
                write!(f, ", {help}")?;
            }
        }
        Ok(())
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
pub struct PolicyWarning(String);

impl PolicyWarning {
    pub(super) fn permit_template(line: usize) -> Self {
        Self(format!("the `permit` on line {line} is a template (`?principal` or `?resource`): it grants nothing"))
    }

    pub(super) fn from_validation(warning: &ValidationWarning) -> Self {
        Self(warning.to_string())
    }
}

impl fmt::Display for PolicyWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The problems of a text that does not parse.
pub(super) fn problems(errors: &ParseErrors) -> Vec<Problem> {
    errors.iter().map(|error| from_diagnostic(error)).collect()
}

/// The problem that validation found.
pub(super) fn problem(error: &ValidationError) -> Problem {
    from_diagnostic(error)
}

fn from_diagnostic(diagnostic: &dyn Diagnostic) -> Problem {
    let label = diagnostic.labels().and_then(|mut labels| labels.next());
    let span = label.as_ref().map(LabeledSpan::inner).map(|span: &SourceSpan| (span.offset(), span.len()));
    Problem {
        message: diagnostic.to_string(),
        help: diagnostic.help().map(|help| help.to_string()),
        span,
        label: label.and_then(|label| label.label().map(str::to_owned)),
    }
}
