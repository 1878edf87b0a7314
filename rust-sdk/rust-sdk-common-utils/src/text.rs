//! Moments as text, in the formats of RFC 3339 and RFC 2822.

use crate::{DateTime, Error, Result};
use jiff::SignedDuration;
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::fmt::temporal::Pieces;
use jiff::tz::Offset;
use std::fmt;

/// How a moment is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateTimeFormat {
    /// `2025-10-21T14:30:00Z`
    Rfc3339,
    /// `Tue, 21 Oct 2025 14:30:00 +0000`
    Rfc2822,
}

impl fmt::Display for DateTimeFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rfc3339 => "RFC3339",
            Self::Rfc2822 => "RFC2822",
        })
    }
}

impl DateTime {
    /// The moment that `text` tells, its offset applied. A leap second is the second before it.
    ///
    /// # Errors
    /// The text is not in `format`, or tells no real moment.
    pub fn parse(text: &str, format: DateTimeFormat) -> Result<Self> {
        let moment = match format {
            DateTimeFormat::Rfc3339 => rfc3339(text),
            DateTimeFormat::Rfc2822 => rfc2822(text),
        };
        moment.map_err(|detail| Error::ParseError(format!("Failed to parse {format} datetime from '{text}': {detail}")))
    }

    /// The moment as text. RFC 3339 shows the part of a second where there is one, RFC 2822 has no place for it.
    ///
    /// # Errors
    /// The year is outside 0 to 9999, or before 1900 for RFC 2822.
    pub fn format(self, format: DateTimeFormat) -> Result<String> {
        let first = match format {
            DateTimeFormat::Rfc3339 => 0,
            DateTimeFormat::Rfc2822 => 1900,
        };
        if self.year() < first {
            let year = self.year();
            let detail = format!("the year {year} is outside {first} to 9999");
            return Err(Error::FormatError(format!("Failed to format datetime as {format}: {detail}")));
        }
        let civil = self.civil();
        Ok(match format {
            DateTimeFormat::Rfc3339 => format!("{civil}Z"),
            DateTimeFormat::Rfc2822 => civil.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string(),
        })
    }
}

/// The parser of the library takes more than the RFC: no seconds, no hyphens, weeks, annotations.
fn rfc3339(text: &str) -> std::result::Result<DateTime, String> {
    if !is_rfc3339(text) {
        let like = "2025-10-21T14:30:00Z or 2025-10-21T14:30:00.5+02:00";
        return Err(format!("expected a text like {like}, with at most nine digits for the part of a second"));
    }
    let pieces = Pieces::parse(text).map_err(|error| error.to_string())?;
    let (Some(time), Some(offset)) = (pieces.time(), pieces.to_numeric_offset()) else {
        return Err("time and offset are needed".to_owned());
    };
    // The library knows offsets of more than a day.
    if offset.seconds().abs() >= 86_400 {
        return Err("the offset must be less than a day".to_owned());
    }
    let local = pieces.date().to_datetime(time);
    // The library's own moments end a day before the last year does.
    let moment = local.checked_sub(SignedDuration::from_secs(offset.seconds().into()));
    moment.map(DateTime::from_civil).map_err(|_| "it lies outside the years -9999 to 9999".to_owned())
}

fn is_rfc3339(text: &str) -> bool {
    let Some((date_time, rest)) = text.split_at_checked("0000-00-00T00:00:00".len()) else { return false };
    let offset = match rest.strip_prefix('.') {
        None => rest,
        Some(fraction) => {
            let offset = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
            if !(1..=9).contains(&(fraction.len() - offset.len())) {
                return false;
            }
            offset
        }
    };
    has_shape(date_time, "0000-00-00T00:00:00") && (has_shape(offset, "Z") || has_shape(offset, "+00:00"))
}

/// Whether `text` has a digit where `shape` has one, and elsewhere the same, the other sign, or the small letter.
fn has_shape(text: &str, shape: &str) -> bool {
    text.len() == shape.len()
        && text.bytes().zip(shape.bytes()).all(|(byte, expected)| match expected {
            b'0' => byte.is_ascii_digit(),
            b'+' => matches!(byte, b'+' | b'-'),
            b'T' => matches!(byte, b'T' | b't' | b' '),
            _ => byte.eq_ignore_ascii_case(&expected),
        })
}

fn rfc2822(text: &str) -> std::result::Result<DateTime, String> {
    let moment = DateTimeParser::new().parse_timestamp(text).map_err(|error| {
        let told = error.to_string();
        told.strip_prefix("failed to parse RFC 2822 datetime into Jiff timestamp: ").unwrap_or(&told).to_owned()
    })?;
    Ok(DateTime::from_civil(Offset::UTC.to_datetime(moment)))
}

#[cfg(test)]
mod tests;
