//! Tests of moments as text.

use super::DateTimeFormat::{self, Rfc2822, Rfc3339};
use crate::DateTime;
use crate::date_time::tests::{SECONDS, moments};
use proptest::prelude::*;

fn reread(text: &str, format: DateTimeFormat) -> String {
    let moment = DateTime::parse(text, format);
    moment.and_then(|moment| moment.format(Rfc3339)).unwrap_or_else(|error| error.to_string())
}

#[test]
fn the_offset_is_applied() {
    for (text, format, utc) in [
        ("2025-01-01T00:00:00+05:00", Rfc3339, "2024-12-31T19:00:00Z"),
        ("2025-01-01T00:00:00.250-00:30", Rfc3339, "2025-01-01T00:30:00.25Z"),
        ("2025-01-01t00:00:00z", Rfc3339, "2025-01-01T00:00:00Z"),
        ("2025-01-01 00:00:00-00:00", Rfc3339, "2025-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59.999999999Z", Rfc3339, "9999-12-31T23:59:59.999999999Z"),
        ("0000-01-01T00:00:00Z", Rfc3339, "0000-01-01T00:00:00Z"),
        ("2016-12-31T23:59:60Z", Rfc3339, "2016-12-31T23:59:59Z"),
        ("Tue, 21 Oct 2025 14:30:00 +0530", Rfc2822, "2025-10-21T09:00:00Z"),
        ("21 Oct 2025 14:30:00 +0000", Rfc2822, "2025-10-21T14:30:00Z"),
        ("1 Jan 2025 00:30 GMT", Rfc2822, "2025-01-01T00:30:00Z"),
    ] {
        assert_eq!(reread(text, format), utc, "{text}");
    }
}

#[test]
fn what_tells_no_moment_is_refused() {
    for text in [
        "yesterday",
        "",
        "2025-01-01",
        "2025-01-01T00:00:00",
        "2025-01-01T00:00Z",
        "20250101T000000Z",
        "2025-01-01T00:00:00.Z",
        "2025-01-01T00:00:00,5Z",
        "2025-01-01T00:00:00.1234567890Z",
        "2025-01-01T00:00:00Z[Europe/Berlin]",
        "2025-01-01T00:00:00+0500",
        "2025-01-01T00:00:00+05",
        "2025-01-01T00:00:00+24:00",
        "2025-01-01T00:00:00+05:60",
        "2025-02-29T00:00:00Z",
        "2025-13-01T00:00:00Z",
        "2025-01-01T24:00:00Z",
        "2025-01-01T00:00:61Z",
        "9999-12-31T23:59:59-00:01",
        " 2025-01-01T00:00:00Z",
        "２025-01-01T00:00:00Z",
    ] {
        let error = DateTime::parse(text, Rfc3339).unwrap_err();
        assert_eq!(error.kind(), "ParseError");
        let begin = format!("Parse Error: Failed to parse RFC3339 datetime from '{text}': ");
        assert!(error.to_string().len() > begin.len() && error.to_string().starts_with(&begin), "{error}");
    }
    for text in ["yesterday", "", "Wed, 21 Oct 2025 14:30:00 +0000", "31 Feb 2025 14:30:00 +0000", "21 Oct 2025"] {
        let error = DateTime::parse(text, Rfc2822).unwrap_err();
        let begin = format!("Parse Error: Failed to parse RFC2822 datetime from '{text}': ");
        assert!(error.to_string().starts_with(&begin) && !error.to_string().contains("Jiff"), "{error}");
    }
}

#[test]
fn a_year_that_a_format_cannot_tell_is_an_error() {
    let first = |year| DateTime::new(year, 1, 1, 0, 0, 0, 0).unwrap();
    let error = first(-1).format(Rfc3339).unwrap_err();
    assert_eq!(error.kind(), "FormatError");
    assert_eq!(
        error.to_string(),
        "Format Error: Failed to format datetime as RFC3339: the year -1 is outside 0 to 9999"
    );
    assert_eq!(
        first(1899).format(Rfc2822).unwrap_err().to_string(),
        "Format Error: Failed to format datetime as RFC2822: the year 1899 is outside 1900 to 9999"
    );
    assert_eq!(first(0).format(Rfc3339).unwrap(), "0000-01-01T00:00:00Z");
    assert_eq!(first(1900).format(Rfc2822).unwrap(), "Mon, 01 Jan 1900 00:00:00 +0000");
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(moment in moments()) {
        match moment.format(Rfc3339) {
            Ok(text) => prop_assert_eq!(DateTime::parse(&text, Rfc3339), Ok(moment)),
            Err(_) => prop_assert!(moment.year() < 0),
        }
        match moment.format(Rfc2822) {
            // The library reads RFC 2822 up to a day before the end of its last year.
            Ok(text) if moment.epoch_seconds() < SECONDS.1 - 2 * 86_400 => {
                prop_assert_eq!(DateTime::parse(&text, Rfc2822), Ok(moment.whole_second()));
            }
            Ok(_) => {}
            Err(_) => prop_assert!(moment.year() < 1900),
        }
    }

    #[test]
    fn an_offset_moves_the_moment(seconds in 0..4_000_000_000_i64, hours in 0..24_i64, minutes in 0..60_i64, west: bool) {
        let local = DateTime::from_epoch_seconds(seconds).unwrap();
        let text = local.format(Rfc3339).unwrap();
        let sign = if west { '-' } else { '+' };
        let text = text.replace('Z', &format!("{sign}{hours:02}:{minutes:02}"));
        let east = (hours * 3600 + minutes * 60) * if west { -1 } else { 1 };
        prop_assert_eq!(DateTime::parse(&text, Rfc3339), local.minus_seconds(east));
    }

    #[test]
    fn any_text_is_a_moment_or_an_error(
        text in prop_oneof![
            ".{0,40}",
            "[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,12})?(Z|[+-][0-9]{2}:[0-9]{2})",
            "(Mon|Tue)?,? ?[0-9]{1,2} (Jan|Feb|Dec) [0-9]{2,5} [0-9]{2}:[0-9]{2}(:[0-9]{2})? ([+-][0-9]{4}|[A-Z]{1,3})( [(].*[)])?",
        ],
    ) {
        for format in [Rfc3339, Rfc2822] {
            if let Ok(moment) = DateTime::parse(&text, format) {
                prop_assert_eq!(DateTime::from_epoch_nanos(moment.epoch_seconds(), moment.nanosecond()), Ok(moment));
            }
        }
    }
}
