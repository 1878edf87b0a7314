//! Amounts as people write them on the command line.

use std::time::Duration;

/// A limit as a flag gives it: an amount, or `unlimited`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limit<T>(pub(crate) Option<T>);

/// Splits an amount into its number and its unit. Underscores between digits are for the eye.
fn split(text: &str) -> Option<(f64, &str)> {
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '_')).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(end)?;
    let number = number.replace('_', "").parse::<f64>().ok()?;
    Some((number, unit.trim()))
}

fn scaled(text: &str, factor: impl Fn(&str) -> Option<f64>) -> Option<u64> {
    let (number, unit) = split(text)?;
    let amount = number * factor(unit)?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "the range is checked"
    )]
    (amount >= 1.0 && amount < u64::MAX as f64).then_some(amount as u64)
}

fn limit<T>(text: &str, read: impl Fn(&str) -> Option<T>, example: &str) -> Result<Limit<T>, String> {
    if text == "unlimited" {
        return Ok(Limit(None));
    }
    read(text).map(|amount| Limit(Some(amount))).ok_or_else(|| format!("write for example {example}, or `unlimited`"))
}

/// `2s`, `500ms`, `5min`, `1h`, or seconds without a unit.
pub(crate) fn time(text: &str) -> Result<Limit<Duration>, String> {
    let read = |text: &str| {
        scaled(text, |unit| match unit {
            "ms" => Some(1e3),
            "" | "s" | "sec" => Some(1e6),
            "m" | "min" => Some(60e6),
            "h" => Some(3600e6),
            _ => None,
        })
        .map(Duration::from_micros)
    };
    limit(text, read, "`500ms`, `2s`, `5min`, `1h`")
}

/// `256MiB`, `1GiB`, `64MB`, or bytes without a unit.
pub(crate) fn bytes(text: &str) -> Result<Limit<usize>, String> {
    let read = |text: &str| {
        let bytes = scaled(text, |unit| match unit.to_ascii_lowercase().as_str() {
            "" | "b" => Some(1.0),
            "kb" => Some(1e3),
            "mb" => Some(1e6),
            "gb" => Some(1e9),
            "k" | "kib" => Some(1024.0),
            "m" | "mib" => Some(1024.0 * 1024.0),
            "g" | "gib" => Some(1024.0 * 1024.0 * 1024.0),
            _ => None,
        })?;
        usize::try_from(bytes).ok()
    };
    limit(text, read, "`64KiB`, `256MiB`, `1GiB`")
}

/// `5000`, `2_000_000`, `10M`.
pub(crate) fn count(text: &str) -> Result<Limit<u64>, String> {
    let read = |text: &str| {
        scaled(text, |unit| match unit.to_ascii_lowercase().as_str() {
            "" => Some(1.0),
            "k" => Some(1e3),
            "m" => Some(1e6),
            "g" => Some(1e9),
            _ => None,
        })
    };
    limit(text, read, "`5000`, `2_000_000`, `10M`")
}

#[cfg(test)]
mod tests {
    use super::{Limit, bytes, count, time};
    use std::time::Duration;

    #[test]
    fn times() {
        assert_eq!(time("2s"), Ok(Limit(Some(Duration::from_secs(2)))));
        assert_eq!(time("2"), Ok(Limit(Some(Duration::from_secs(2)))));
        assert_eq!(time("500ms"), Ok(Limit(Some(Duration::from_millis(500)))));
        assert_eq!(time("1.5 min"), Ok(Limit(Some(Duration::from_secs(90)))));
        assert_eq!(time("1h"), Ok(Limit(Some(Duration::from_hours(1)))));
        assert_eq!(time("unlimited"), Ok(Limit(None)));
    }

    #[test]
    fn bytes_and_counts() {
        assert_eq!(bytes("256MiB"), Ok(Limit(Some(256 << 20))));
        assert_eq!(bytes("1g"), Ok(Limit(Some(1 << 30))));
        assert_eq!(bytes("64MB"), Ok(Limit(Some(64_000_000))));
        assert_eq!(bytes("1000"), Ok(Limit(Some(1000))));
        assert_eq!(count("2_000_000"), Ok(Limit(Some(2_000_000))));
        assert_eq!(count("10M"), Ok(Limit(Some(10_000_000))));
    }

    #[test]
    fn what_is_no_amount_is_refused_with_examples() {
        for text in ["", "s", "-1s", "0", "2x", "1e3", "1.2.3", "99999999999999999999999", "Unlimited", "0.1"] {
            assert!(bytes(text).is_err_and(|error| error.contains("`256MiB`")), "{text}");
            assert!(count(text).is_err(), "{text}");
        }
        assert!(time("2x").is_err() && time("0").is_err() && time("").is_err());
    }
}
