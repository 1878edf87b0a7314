//! The list for people at a terminal.

use crate::entry::Listed;
use std::fmt::Write as _;

pub(crate) fn print(listed: &[Listed<'_>]) -> String {
    let mut text = String::new();
    for one in listed {
        text.push_str(&one.signature());
        text.push('\n');
        if !one.summary().is_empty() {
            text.push_str("    ");
            text.push_str(&one.summary().replace('\n', " "));
            text.push('\n');
        }
        for need in &one.needs {
            // Writing to a `String` does not fail.
            let _ = writeln!(text, "    asks for {} on {}", need.action, need.resource);
        }
    }
    text
}
