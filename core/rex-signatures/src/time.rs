//! Moments as `allowed_signers` files write them (TIME FORMATS and ALLOWED SIGNERS in ssh-keygen(1)).

use crate::sys;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Which of two moments is meant where a clock that was set back or forth makes one writing stand for two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doubt {
    Earlier,
    Later,
}

/// Seconds since 1970 of `YYYYMMDD`, `YYYYMMDDHHMM` or `YYYYMMDDHHMMSS`, with `Z` or `UTC` behind it in that zone, otherwise in the host's.
///
/// The host's zone is that of `/etc/localtime`: the variable `TZ` would let whoever starts the program move the moments of trust.
pub(crate) fn moment(text: &str, doubt: Doubt) -> Option<i64> {
    let upper = text.to_ascii_uppercase();
    let (digits, zone) = match upper.strip_suffix("UTC").or_else(|| upper.strip_suffix('Z')) {
        Some(digits) => (digits, TimeZone::UTC),
        None => (upper.as_str(), local()?),
    };
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) || ![8, 12, 14].contains(&digits.len()) {
        return None;
    }
    let part = |from: usize, to: usize| digits.get(from..to).and_then(|part| part.parse::<i8>().ok());
    let year = digits.get(..4)?.parse::<i16>().ok()?;
    let (hour, minute) = if digits.len() > 8 { (part(8, 10)?, part(10, 12)?) } else { (0, 0) };
    let second = if digits.len() > 12 { part(12, 14)? } else { 0 };
    let written = DateTime::new(year, part(4, 6)?, part(6, 8)?, hour, minute, second, 0).ok()?;
    let meant = zone.to_ambiguous_timestamp(written);
    let meant = if doubt == Doubt::Later { meant.later() } else { meant.earlier() };
    meant.ok().map(Timestamp::as_second)
}

/// The host's time zone; nothing where what says so cannot be understood.
fn local() -> Option<TimeZone> {
    match sys::local_zone() {
        Ok(None) => Some(TimeZone::UTC),
        Ok(Some(data)) => TimeZone::tzif("local", &data).ok(),
        Err(_) => None,
    }
}

/// The moment in words.
pub(crate) fn shown(seconds: u64) -> String {
    let moment = i64::try_from(seconds).ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    moment.map_or_else(|| format!("second {seconds}"), |moment| moment.to_string())
}

/// Seconds since 1970, by the clock.
pub fn now() -> i64 {
    Timestamp::now().as_second()
}

#[cfg(test)]
mod tests {
    use super::{Doubt, moment, shown};

    #[test]
    fn moments_are_written_in_three_lengths() {
        for (text, seconds) in [
            ("19700101Z", Some(0)),
            ("197001010001z", Some(60)),
            ("19700101000102UTC", Some(62)),
            ("20380119031408Z", Some(1 << 31)),
            ("1970010Z", None),
            ("19700101 Z", None),
            ("19701301Z", None),
            ("19700230Z", None),
            ("197001012400Z", None),
            ("Z", None),
            ("", None),
            ("１９７０0101Z", None),
            ("+9700101Z", None),
        ] {
            assert_eq!(moment(text, Doubt::Later), seconds, "{text}");
        }
        assert!(moment("20300101", Doubt::Earlier).is_some());
    }

    #[test]
    fn moments_are_shown_also_where_no_calendar_goes() {
        assert_eq!(shown(0), "1970-01-01T00:00:00Z");
        assert_eq!(shown(u64::MAX), format!("second {}", u64::MAX));
    }
}
