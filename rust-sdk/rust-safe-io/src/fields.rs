//! Looking at the fields of lines.

use crate::open::spot_file;
use crate::read::ReadAs;
use crate::{Error, Redaction, Result};
use rex_cedar_auth::Gate;
use std::collections::BTreeMap;

/// The parts of `text` between occurrences of `delimiter`, which is taken literally. An empty delimiter parts every character, with an
/// empty part before the first and after the last.
pub fn split<'t>(text: &'t str, delimiter: &'t str) -> impl Iterator<Item = &'t str> {
    text.split(delimiter)
}

/// The field with the number `number`, from 1, of each line that has it.
///
/// # Policy
/// As [`crate::read()`].
///
/// # Errors
/// `InvalidArguments` for a number below 1; as for reading.
pub fn field(gate: &Gate, redaction: &Redaction, number: i64, delimiter: &str, path: &str) -> Result<Vec<String>> {
    let mut fields = Vec::new();
    each_field(gate, redaction, number, delimiter, path, |_, field| fields.push(field.to_owned()))?;
    Ok(fields)
}

/// The lines that contain `part`, taken literally.
///
/// # Policy
/// As [`crate::read()`].
///
/// # Errors
/// As for reading.
pub fn filter(gate: &Gate, redaction: &Redaction, part: &str, path: &str) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    each_line(gate, redaction, path, |_, line| {
        if line.contains(part) {
            lines.push(line.to_owned());
        }
    })?;
    Ok(lines)
}

/// The lines whose field `number` contains `part`.
///
/// # Policy
/// As [`crate::read()`].
///
/// # Errors
/// As [`field`].
pub fn filter_field(
    gate: &Gate,
    redaction: &Redaction,
    number: i64,
    delimiter: &str,
    part: &str,
    path: &str,
) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    each_field(gate, redaction, number, delimiter, path, |line, field| {
        if field.contains(part) {
            lines.push(line.to_owned());
        }
    })?;
    Ok(lines)
}

/// The sum of the fields `number` that are numbers; others are passed over. Nothing to add is 0.
///
/// # Policy
/// As [`crate::read()`].
///
/// # Errors
/// As [`field`].
pub fn sum(gate: &Gate, redaction: &Redaction, number: i64, delimiter: &str, path: &str) -> Result<f64> {
    let mut sum = 0.0;
    each_field(gate, redaction, number, delimiter, path, |_, field| sum += field.trim().parse::<f64>().unwrap_or(0.0))?;
    Ok(sum)
}

/// How often each value of the field `number` occurs.
///
/// # Policy
/// As [`crate::read()`].
///
/// # Errors
/// As [`field`].
pub fn count_unique(
    gate: &Gate,
    redaction: &Redaction,
    number: i64,
    delimiter: &str,
    path: &str,
) -> Result<BTreeMap<String, u64>> {
    let mut counts = BTreeMap::new();
    each_field(gate, redaction, number, delimiter, path, |_, field| {
        if let Some(count) = counts.get_mut(field) {
            *count += 1;
        } else {
            counts.insert(field.to_owned(), 1);
        }
    })?;
    Ok(counts)
}

/// The lines from number `start` to number `end`, both from 1 and included.
///
/// # Policy
/// As [`crate::read()`].
///
/// # Errors
/// `InvalidArguments` when `start` is below 1 or `end` below `start`; as for reading.
pub fn filter_range(gate: &Gate, redaction: &Redaction, start: i64, end: i64, path: &str) -> Result<Vec<String>> {
    if start < 1 || end < start {
        return Err(Error::invalid_arguments(format!("awk: invalid range {start}..{end}")));
    }
    let mut lines = Vec::new();
    each_line(gate, redaction, path, |number, line| {
        if (start..=end).contains(&number) {
            lines.push(line.to_owned());
        }
    })?;
    Ok(lines)
}

fn each_line(gate: &Gate, redaction: &Redaction, path: &str, mut take: impl FnMut(i64, &str)) -> Result<()> {
    let file = spot_file(gate, path)?;
    let text = ReadAs::ask(gate, &file)?.text(gate, redaction)?;
    for (number, line) in (1_i64..).zip(text.content.lines()) {
        take(number, line);
        if number % 4096 == 0 {
            gate.proceed()?;
        }
    }
    Ok(())
}

fn each_field(
    gate: &Gate,
    redaction: &Redaction,
    number: i64,
    delimiter: &str,
    path: &str,
    mut take: impl FnMut(&str, &str),
) -> Result<()> {
    let position = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
    let position = position.ok_or_else(|| Error::invalid_arguments("awk: field number must be >= 1"))?;
    each_line(gate, redaction, path, |_, line| {
        if let Some(field) = split(line, delimiter).nth(position) {
            take(line, field);
        }
    })
}
