//! Results and errors for people.

use crate::excerpt::excerpt;
use crate::inputs::Text;
use crate::record::{DenialPart, Details, Record, permit};
use rex_cedar_auth::{Cause, Denied, PolicyError};
use rex_runner_registrar::Failure;
use std::fmt::Write as _;

/// What goes to standard output: with `verbose`, the log before the value and the metrics after it.
pub(crate) fn stdout(record: &Record, verbose: bool) -> String {
    let mut text = String::new();
    if verbose {
        for log in record.logs.iter().flatten() {
            // Writing to a `String` does not fail.
            let _ = writeln!(text, "[{}] {}", log.level, set_off(&log.message));
        }
    }
    if !record.output.is_empty() {
        let _ = writeln!(text, "{}", record.output);
    }
    if verbose {
        text.push_str("--- metrics ---\n");
        for metric in &record.metrics {
            let _ = writeln!(text, "{}: {}", one_line(metric.name()), metric.value());
        }
    }
    escape(&text)
}

/// What goes to standard error: the error with its `place`, and, where they matter, the denials.
pub(crate) fn stderr(record: &Record, place: &str, verbose: bool) -> String {
    let mut text = String::new();
    if let Some(error) = &record.error {
        let _ = writeln!(text, "error: {}", set_off(&error.message));
    }
    text.push_str(place);
    if record.observing || verbose {
        for denial in &record.denials {
            text.push_str(&note(denial, record.observing));
        }
        if record.denials_left_out > 0 {
            let _ = writeln!(text, "note: {} more denials are not shown", record.denials_left_out);
        }
    }
    escape(&text)
}

fn note(denial: &DenialPart, observing: bool) -> String {
    let DenialPart { details, function, line, times, permit } = denial;
    let Details { action, resource, cause, .. } = details;
    let passed = if observing { "denied, but let pass" } else { "denied" };
    let cause = one_line(cause);
    let times = if *times > 1 { format!(", {times} times") } else { String::new() };
    let function = function.unwrap_or("the run");
    let mut text = format!("note: {passed}: {action} on {resource}: {cause} ({function}, line {line}{times})\n");
    if let Some(permit) = permit {
        let _ = writeln!(text, "      {permit}");
    }
    text
}

/// The place of a script's error, and what a denial was about.
pub(crate) fn failure(script: &Text, failure: &Failure) -> String {
    let mut text = String::new();
    if let Some(place) = failure.position {
        text.push_str(&excerpt(&script.source, &script.text, place, 1, ""));
    }
    for call in &failure.calls {
        if let Some(place) = call.position {
            let label = call
                .function
                .as_ref()
                .map_or_else(|| "called here".to_owned(), |name| format!("`{name}` is called here"));
            text.push_str(&excerpt(&script.source, &script.text, place, 1, &label));
        }
    }
    if let Some(path) = &failure.path {
        let _ = writeln!(text, "  = path: {}", one_line(path));
    }
    if let Some(denied) = &failure.denied {
        text.push_str(&denial(denied));
    }
    if let Some(help) = &failure.help {
        let _ = writeln!(text, "  = help: {}", one_line(help));
    }
    text
}

fn denial(denied: &Denied) -> String {
    let Details { principal, action, resource, policies, cause } = Details::new(denied);
    let (policies, cause) = (one_line(&policies.join(", ")), one_line(&cause));
    let mut text = format!(
        "  = principal: User::{principal:?}\n  = action:    {action}\n  = resource:  {resource}\n  = cause:     {cause}\n"
    );
    match (permit(denied), denied.cause()) {
        (Some(permit), _) => {
            let _ = writeln!(text, "  = help: this would permit it:\n          {permit}");
        }
        (None, Cause::Forbidden) => {
            let _ = writeln!(text, "  = help: a forbid always wins; no permit helps while {policies} stands");
        }
        _ => {}
    }
    text
}

/// The places of a policy's problems.
pub(crate) fn policy(policy: &Text, error: &PolicyError) -> String {
    let mut text = String::new();
    for problem in error.problems() {
        if let (Some(place), Some((offset, bytes))) = (error.position(problem), problem.span) {
            let marked = policy.text.get(offset..offset.saturating_add(bytes)).and_then(|marked| marked.lines().next());
            let label = problem.label.as_deref().unwrap_or(&problem.message);
            let length = marked.map_or(1, |marked| marked.chars().count());
            text.push_str(&excerpt(&policy.source, &policy.text, place, length, label));
        }
        if let Some(help) = &problem.help {
            let _ = writeln!(text, "  = help: {help}");
        }
    }
    text
}

/// A text of the script's choice, whose later lines begin so that none of them passes for a line of the runner.
fn set_off(text: &str) -> String {
    text.trim_end_matches('\n').replace('\n', "\n  | ")
}

/// A name or reason, which is no place for a line break.
fn one_line(text: &str) -> String {
    text.replace('\n', "\\n")
}

/// The text without what would drive a terminal or show letters in another order than they stand: control characters other than line breaks
/// and tabs, separators of lines and marks of direction become escapes.
pub(crate) fn escape(text: &str) -> String {
    let drives = |c: char| {
        (c.is_control() && c != '\n' && c != '\t')
            || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(drives) {
        return text.to_owned();
    }
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        if drives(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::{escape, one_line, set_off};

    #[test]
    fn what_drives_a_terminal_is_escaped_and_all_else_stays() {
        assert_eq!(escape("a\tb\né 😀\n"), "a\tb\né 😀\n");
        assert_eq!(escape("\u{1b}[2J\r\u{9b}1m\u{202e}x"), r"\u{1b}[2J\r\u{9b}1m\u{202e}x");
        assert_eq!(escape("a\u{2028}\u{200f}\u{61c}"), r"a\u{2028}\u{200f}\u{61c}");
    }

    #[test]
    fn no_line_of_a_text_passes_for_another() {
        assert_eq!(set_off("a\n[ERROR] b\n"), "a\n  | [ERROR] b");
        assert_eq!(one_line("a\nnote: b"), "a\\nnote: b");
    }
}
