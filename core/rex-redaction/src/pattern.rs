//! Turns one printf text into a regular expression for the lines it prints.

use std::iter::Peekable;
use std::str::Chars;

/// The expression for whole lines that `pattern` prints.
///
/// # Errors
/// The first conversion that is not supported, such as `%x`.
pub(crate) fn expression(pattern: &str) -> Result<String, String> {
    let mut expression = String::from(r"\A(?:");
    let mut literal = String::new();
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' || chars.next_if_eq(&'%').is_some() {
            literal.push(c);
            continue;
        }
        expression.push_str(&regex::escape(&literal));
        literal.clear();
        expression.push_str(&conversion(&mut chars)?);
    }
    expression.push_str(&regex::escape(&literal));
    expression.push_str(r")\z");
    Ok(expression)
}

/// The expression for one conversion, whose `%` is already read; or its text, if it is not supported.
fn conversion(chars: &mut Peekable<Chars<'_>>) -> Result<String, String> {
    let mut text = String::from("%");
    while let Some(c) = chars.next_if(|c| matches!(c, '0'..='9' | '#' | '-' | '+' | ' ' | '.' | '*')) {
        text.push(c);
    }
    // What stands before the point, flags and width, decides how the text is padded.
    let format = text.split('.').next().unwrap_or_default().to_owned();
    while let Some(c) = chars.next_if(|c| matches!(c, 'l' | 'z')) {
        text.push(c);
    }
    let letter = chars.next();
    text.extend(letter);
    match letter {
        Some('s') => Ok(padded(&format, r"\S+")),
        Some('d') => Ok(padded(&format, &(sign(&format).to_owned() + "[0-9]+"))),
        Some('u') => Ok(padded(&format, "[0-9]+")),
        Some('m') => Ok(".*?".to_owned()),
        _ => Err(text),
    }
}

/// `body` with the blanks that a width adds: before it, or after it with the flag `-`. A `*` may stand for either, by the sign of its argument.
fn padded(format: &str, body: &str) -> String {
    let left = format.contains('-');
    let star = format.contains('*');
    let width = format.contains(|c| matches!(c, '1'..='9'));
    let before = if star || (width && !left) { " *" } else { "" };
    let after = if star || (width && left) { " *" } else { "" };
    format!("{before}{body}{after}")
}

/// What may stand where a sign is due.
fn sign(format: &str) -> &'static str {
    if format.contains('+') {
        "[+-]?"
    } else if format.contains(' ') {
        "[ -]?"
    } else {
        "-?"
    }
}

#[cfg(test)]
mod tests {
    use super::expression;

    fn body(pattern: &str) -> String {
        let expression = expression(pattern).unwrap();
        expression.strip_prefix(r"\A(?:").unwrap().strip_suffix(r")\z").unwrap().to_owned()
    }

    #[test]
    fn conversions_with_flags_width_precision_and_modifiers() {
        for (pattern, expected) in [
            ("%s", r"\S+"),
            ("%d", "-?[0-9]+"),
            ("%ld", "-?[0-9]+"),
            ("%lld", "-?[0-9]+"),
            ("%zu", "[0-9]+"),
            ("%m", ".*?"),
            ("%#m", ".*?"),
            ("%.3s", r"\S+"),
            ("%05d", " *-?[0-9]+"),
            ("%5.2d", " *-?[0-9]+"),
            ("%-8s|", r"\S+ *\|"),
            ("%8s", r" *\S+"),
            ("%*u", " *[0-9]+ *"),
            ("%.*s", r"\S+"),
            ("%+d", "[+-]?[0-9]+"),
            ("% d", "[ -]?[0-9]+"),
            ("100%%", "100%"),
            ("%%d", "%d"),
            ("a.b(c)", r"a\.b\(c\)"),
        ] {
            assert_eq!(body(pattern), expected, "{pattern}");
        }
    }

    #[test]
    fn the_first_unsupported_conversion_is_told_with_all_its_parts() {
        for (pattern, specifier) in [
            ("%x", "%x"),
            ("%d %.2f %x", "%.2f"),
            ("%lc", "%lc"),
            ("%hd", "%h"),
            ("%5%", "%5%"),
            ("50%", "%"),
            ("%l", "%l"),
            ("%(", "%("),
            ("%é", "%é"),
            ("%%%", "%"),
        ] {
            assert_eq!(expression(pattern), Err(specifier.to_owned()), "{pattern}");
        }
    }
}
