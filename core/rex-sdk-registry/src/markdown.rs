//! The list as a page of the documentation.

use crate::entry::Listed;
use std::fmt::Write as _;

pub(crate) fn print(listed: &[Listed<'_>]) -> String {
    let mut page =
        String::from("# Functions\n\nWritten by `rex-runner --print-functions --format markdown`; do not edit.\n");
    let mut module = None;
    for one in listed {
        if one.module != module {
            module = one.module;
            // Writing to a `String` does not fail.
            let _ = write!(page, "\n# Module `{}`\n", module.unwrap_or_default());
        }
        entry(&mut page, one);
    }
    page
}

fn entry(page: &mut String, one: &Listed<'_>) {
    let _ = write!(page, "\n## `{}`\n", one.signature());
    if !one.doc.is_empty() {
        let _ = write!(page, "\n{}\n", one.doc);
    }
    if !one.needs.is_empty() {
        page.push_str("\n| Action | Resource |\n|---|---|\n");
        for need in &one.needs {
            let _ = writeln!(page, "| `{}` | `{}` |", need.action, need.resource);
        }
    }
    for example in &one.examples {
        let _ = write!(page, "\n{}:\n\n```rhai\n{}\n```\n", example.title, example.script);
    }
}
