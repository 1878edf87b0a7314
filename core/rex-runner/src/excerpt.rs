//! The place of an error in its source, as people like to see it.

use std::fmt::Write as _;

/// The widest part of a source line that is shown, in characters.
const WIDTH: usize = 120;

/// Shows the line of `text` with a mark under `length` characters from `column` on; line and column count from 1. Nothing where the
/// text has no such line.
pub(crate) fn excerpt(source: &str, text: &str, (line, column): (usize, usize), length: usize, label: &str) -> String {
    let Some(content) = line.checked_sub(1).and_then(|index| text.lines().nth(index)) else {
        return String::new();
    };
    let skipped = column.saturating_sub(WIDTH / 2);
    let shown: String = content.chars().skip(skipped).take(WIDTH).collect();
    let before: String =
        shown.chars().take(column.saturating_sub(skipped + 1)).map(|c| if c == '\t' { c } else { ' ' }).collect();
    let room = shown.chars().count().saturating_sub(before.chars().count()).max(1);
    let marks = "^".repeat(length.clamp(1, room));
    let number = line.to_string();
    let margin = " ".repeat(number.len());
    let mut out =
        format!("{margin}--> {source}:{line}:{column}\n{margin} |\n{number} | {shown}\n{margin} | {before}{marks}");
    if !label.is_empty() {
        // Writing to a `String` does not fail.
        let _ = write!(out, " {label}");
    }
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::excerpt;

    #[test]
    fn the_mark_stands_under_the_place() {
        let text = "let a = 1;\n\tcat(\"é\");\n";
        assert_eq!(
            excerpt("s.rhai", text, (2, 2), 3, "here"),
            " --> s.rhai:2:2\n  |\n2 | \tcat(\"é\");\n  | \t^^^ here\n"
        );
        assert_eq!(excerpt("s", "abc", (1, 4), 1, ""), " --> s:1:4\n  |\n1 | abc\n  |    ^\n");
    }

    #[test]
    fn a_long_line_is_shown_around_the_place() {
        let text = "x".repeat(5000) + "!" + &"y".repeat(5000);
        let shown = excerpt("s", &text, (1, 5001), 99_999, "");
        let lines: Vec<_> = shown.lines().collect();
        assert_eq!(lines[2].chars().count(), 4 + 120);
        let at = lines[3].find('^').unwrap();
        assert_eq!(lines[2].chars().nth(at), Some('!'));
        assert_eq!(lines[3].chars().count(), lines[2].chars().count());
    }

    #[test]
    fn no_line_no_excerpt() {
        assert_eq!(excerpt("s", "a", (0, 0), 1, ""), "");
        assert_eq!(excerpt("s", "a", (2, 1), 1, ""), "");
    }
}
