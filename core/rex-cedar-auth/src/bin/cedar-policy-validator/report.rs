//! What is said about one file.
//!
//! The excerpts are written here: miette's own need its feature `fancy`, which cargo would then build into every program of
//! the workspace, and which prints control characters of a policy as they are.

use rex_cedar_auth::{Policies, PolicyError, Problem};
use serde::Serialize;
use std::fmt;

#[derive(Serialize)]
pub(crate) struct Report {
    file: String,
    pub(crate) valid: bool,
    policies: usize,
    problems: Vec<Finding>,
    warnings: Vec<String>,
}

#[derive(Serialize)]
struct Finding {
    message: String,
    line: Option<usize>,
    column: Option<usize>,
    help: Option<String>,
    #[serde(skip)]
    excerpt: Option<Excerpt>,
}

struct Excerpt {
    line: String,
    /// Characters before the mark, and marked ones.
    before: usize,
    marked: usize,
}

/// Longer lines are shown in part.
const WIDTH: usize = 110;
const LEAD: usize = 60;

impl Report {
    pub(crate) fn new(file: &str, text: &str, schema: Option<&str>) -> Self {
        let checked = match schema {
            None => Policies::load(file, text).map(|policies| (policies.len(), policies.warnings().to_vec())),
            Some(schema) => Policies::check(file, text, schema),
        };
        let file = file.to_owned();
        match checked {
            Ok((policies, warnings)) => {
                let warnings = warnings.iter().map(ToString::to_string).collect();
                Self { file, valid: true, policies, problems: Vec::new(), warnings }
            }
            Err(refused) => {
                let problems = refused.problems().iter().map(|problem| Finding::new(&refused, problem, text)).collect();
                Self { file, valid: false, policies: 0, problems, warnings: Vec::new() }
            }
        }
    }
}

impl Finding {
    fn new(refused: &PolicyError, problem: &Problem, text: &str) -> Self {
        let place = refused.position(problem);
        let message = match &problem.label {
            Some(label) => format!("{} ({label})", problem.message),
            None => problem.message.clone(),
        };
        Self {
            message,
            line: place.map(|(line, _)| line),
            column: place.map(|(_, column)| column),
            help: problem.help.clone(),
            excerpt: place.zip(problem.span).and_then(|(place, (_, length))| Excerpt::new(text, place, length)),
        }
    }
}

impl Excerpt {
    fn new(text: &str, (line, column): (usize, usize), bytes: usize) -> Option<Self> {
        let line = text.split('\n').nth(line.checked_sub(1)?)?;
        let at = column.checked_sub(1)?;
        let skipped = if line.chars().count() > WIDTH { at.saturating_sub(LEAD) } else { 0 };
        let mut sum = 0;
        let within = line.chars().skip(at).take_while(|c| {
            sum += c.len_utf8();
            sum <= bytes
        });
        let marked = within.count().clamp(1, WIDTH - LEAD);
        let shown = line.chars().skip(skipped).take(WIDTH).map(|c| if c.is_control() { ' ' } else { c }).collect();
        Some(Self { line: shown, before: at - skipped, marked })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = &self.file;
        for warning in &self.warnings {
            writeln!(f, "warning: {warning}\n  --> {file}")?;
        }
        for Finding { message, line, column, help, excerpt } in &self.problems {
            writeln!(f, "error: {message}")?;
            let (Some(line), Some(column)) = (line, column) else {
                writeln!(f, "  --> {file}")?;
                continue;
            };
            writeln!(f, "  --> {file}:{line}:{column}")?;
            if let Some(Excerpt { line: shown, before, marked }) = excerpt {
                let (number, gap) = (line.to_string(), " ".repeat(line.to_string().len()));
                let (lead, mark) = (" ".repeat(*before), "^".repeat(*marked));
                writeln!(f, "{gap}  |\n {number} | {}\n{gap}  | {lead}{mark}", shown.trim_end())?;
            }
            if let Some(help) = help {
                writeln!(f, "  help: {help}")?;
            }
        }
        match (self.valid, self.policies) {
            (false, _) => writeln!(f, "{file}: not valid"),
            (true, 1) => writeln!(f, "{file}: valid, 1 policy"),
            (true, count) => writeln!(f, "{file}: valid, {count} policies"),
        }
    }
}
