//! Tests of moments and of what is calculated with them.

use super::{DateTime, outside};
use crate::Result;
use proptest::prelude::*;

/// The first and the last second.
pub(crate) const SECONDS: (i64, i64) = (-377_705_116_800, 253_402_300_799);

/// Any moment there is.
pub(crate) fn moments() -> impl Strategy<Value = DateTime> {
    (SECONDS.0..=SECONDS.1, 0..1_000_000_000_i64)
        .prop_map(|(seconds, nanos)| DateTime::from_epoch_nanos(seconds, nanos).unwrap())
}

fn text(result: Result<DateTime>) -> String {
    result.unwrap_err().to_string()
}

fn midnight(year: i64, month: i64, day: i64) -> DateTime {
    DateTime::new(year, month, day, 0, 0, 0, 0).unwrap()
}

#[test]
fn seconds_are_those_of_the_unix_clock() {
    assert_eq!(midnight(1970, 1, 1).epoch_seconds(), 0);
    assert_eq!(DateTime::new(2024, 2, 29, 12, 34, 56, 999_999_999).unwrap().epoch_seconds(), 1_709_210_096);
    assert_eq!(DateTime::new(1969, 12, 31, 23, 59, 59, 1).unwrap().epoch_seconds(), -1);
    assert_eq!((midnight(-9999, 1, 1).epoch_seconds(), DateTime::from_epoch_nanos(SECONDS.1, 999_999_999)), {
        (SECONDS.0, DateTime::new(9999, 12, 31, 23, 59, 59, 999_999_999))
    });
}

#[test]
fn a_part_out_of_range_is_told() {
    for (parts, told) in [
        ([10_000, 1, 1, 0, 0, 0, 0], "year must be -9999 to 9999, not 10000"),
        ([-10_000, 1, 1, 0, 0, 0, 0], "year must be -9999 to 9999, not -10000"),
        ([2023, 0, 1, 0, 0, 0, 0], "month must be 1 to 12, not 0"),
        ([2023, 257, 1, 0, 0, 0, 0], "month must be 1 to 12, not 257"),
        ([2023, 2, 29, 0, 0, 0, 0], "day must be 1 to 28, not 29"),
        ([2024, 2, 30, 0, 0, 0, 0], "day must be 1 to 29, not 30"),
        ([2024, 4, 0, 0, 0, 0, 0], "day must be 1 to 30, not 0"),
        ([2024, 4, 1, 24, 0, 0, 0], "hour must be 0 to 23, not 24"),
        ([2024, 4, 1, 0, 60, 0, 0], "minute must be 0 to 59, not 60"),
        ([2024, 4, 1, 0, 0, 60, 0], "second must be 0 to 59, not 60"),
        ([2024, 4, 1, 0, 0, 0, 1_000_000_000], "nanosecond must be 0 to 999999999, not 1000000000"),
    ] {
        let [year, month, day, hour, minute, second, nanosecond] = parts;
        let error = DateTime::new(year, month, day, hour, minute, second, nanosecond).unwrap_err();
        assert_eq!(error.kind(), "InvalidArguments");
        assert_eq!(error.to_string(), format!("Invalid time component: {told}"));
    }
}

#[test]
fn beyond_the_first_and_the_last_year_is_an_error() {
    let (first, last) = (midnight(-9999, 1, 1), DateTime::from_epoch_nanos(SECONDS.1, 999_999_999).unwrap());
    let told = "Invalid arguments: the moment lies outside the years -9999 to 9999";
    assert_eq!(text(first.minus_seconds(1)), told);
    assert_eq!(text(last.plus_seconds(1)), told);
    assert_eq!(last.plus_seconds(0), Ok(last));
    for seconds in [i64::MIN, i64::MAX, SECONDS.0 - 1, SECONDS.1 + 1] {
        assert_eq!(DateTime::from_epoch_seconds(seconds), Err(outside()));
    }
    assert_eq!(first.minus_seconds(i64::MIN), Err(outside()));
    assert_eq!(
        text(DateTime::from_epoch_nanos(0, 1_000_000_000)),
        "Invalid arguments: Invalid nanos portion: 1000000000. Must be 0-999,999,999"
    );
    assert_eq!(
        text(DateTime::from_epoch_nanos(0, -1)),
        "Invalid arguments: Invalid nanos portion: -1. Must be 0-999,999,999"
    );
    assert_eq!(
        last.nanos_since(first).unwrap_err().to_string(),
        "Invalid arguments: the two moments lie more than 292 years apart"
    );
}

#[test]
fn from_the_first_moment_it_is_one_sum_to_the_last() {
    let (first, last) = (midnight(-9999, 1, 1), midnight(9999, 12, 31));
    let width = last.seconds_since(first);
    assert_eq!((first.plus_seconds(width), last.minus_seconds(width)), (Ok(last), Ok(first)));
}

#[test]
fn days_have_a_place_in_week_and_year() {
    assert_eq!(midnight(2025, 10, 20).weekday(), 1);
    assert_eq!(midnight(2025, 10, 26).weekday(), 7);
    assert_eq!((midnight(2024, 12, 31).day_of_year(), midnight(2023, 3, 1).day_of_year()), (366, 60));
}

#[test]
fn months_have_names() {
    let names: Vec<String> = (1..=12).map(|month| midnight(2025, month, 1).month_name()).collect();
    assert_eq!(
        names.join(" "),
        "January February March April May June July August September October November December"
    );
    for (month, name) in (1..=12).zip(&names) {
        assert_eq!(midnight(2025, month, 1).short_month_name(), name.chars().take(3).collect::<String>());
    }
}

#[test]
fn the_present_is_that_of_the_clock() {
    let clock = || i64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_secs()).unwrap();
    let before = clock();
    let now = DateTime::now().unwrap();
    assert!((before..=clock()).contains(&now.epoch_seconds()));
    assert_eq!((now.whole_second().nanosecond(), now.whole_second().epoch_seconds()), (0, now.epoch_seconds()));
}

proptest! {
    #[test]
    fn a_moment_is_its_seconds_and_nanoseconds(seconds in SECONDS.0..=SECONDS.1, nanos in 0..1_000_000_000_i64) {
        let moment = DateTime::from_epoch_nanos(seconds, nanos).unwrap();
        prop_assert_eq!((moment.epoch_seconds(), moment.nanosecond()), (seconds, nanos));
        prop_assert_eq!(moment.weekday(), (seconds.div_euclid(86_400) + 3).rem_euclid(7) + 1);
        prop_assert_eq!(moment.hour() * 3600 + moment.minute() * 60 + moment.second(), seconds.rem_euclid(86_400));
    }

    #[test]
    fn a_moment_is_its_parts(moment in moments()) {
        let again = DateTime::new(
            moment.year(), moment.month(), moment.day(), moment.hour(), moment.minute(), moment.second(), moment.nanosecond(),
        );
        prop_assert_eq!(again, Ok(moment));
        let first = DateTime::new(moment.year(), 1, 1, 0, 0, 0, 0).unwrap();
        prop_assert_eq!(moment.day_of_year(), moment.seconds_since(first) / 86_400 + 1);
    }

    #[test]
    fn order_is_that_of_seconds_then_nanoseconds(left in moments(), right in moments(), near in -2..=2_i64) {
        let key = |moment: DateTime| (moment.epoch_seconds(), moment.nanosecond());
        prop_assert_eq!(left.cmp(&right), key(left).cmp(&key(right)));
        if let Ok(near) = left.plus_seconds(near) {
            prop_assert_eq!(left.cmp(&near), key(left).cmp(&key(near)));
        }
    }

    #[test]
    fn what_is_added_can_be_taken_away(moment in moments(), seconds in any::<i64>(), few in -100_000..=100_000_i64) {
        for seconds in [seconds, few, seconds % 500_000_000_000] {
            let expected = moment.epoch_seconds().checked_add(seconds).filter(|sum| (SECONDS.0..=SECONDS.1).contains(sum));
            let Ok(later) = moment.plus_seconds(seconds) else {
                prop_assert_eq!(expected, None);
                continue;
            };
            prop_assert_eq!(Some(later.epoch_seconds()), expected);
            prop_assert_eq!(later.nanosecond(), moment.nanosecond());
            prop_assert_eq!(later.minus_seconds(seconds), Ok(moment));
            prop_assert_eq!(later.seconds_since(moment), seconds);
        }
    }

    #[test]
    fn nanoseconds_between_are_exact(moment in moments(), other in moments(), few in -100_000..=100_000_i64) {
        for other in [Ok(other), moment.plus_seconds(few)].into_iter().flatten() {
            let exact = i128::from(moment.seconds_since(other)) * 1_000_000_000
                + i128::from(moment.nanosecond() - other.nanosecond());
            prop_assert_eq!(moment.nanos_since(other).ok(), i64::try_from(exact).ok());
        }
    }

    #[test]
    fn any_numbers_make_a_moment_of_these_parts_or_an_error(
        year in prop_oneof![any::<i64>(), -10_100..=10_100_i64], month in prop_oneof![any::<i64>(), -1..=14_i64],
        day in prop_oneof![any::<i64>(), -1..=33_i64], hour in -1..=25_i64, minute in -1..=61_i64, second in -1..=61_i64,
        nanosecond in prop_oneof![any::<i64>(), 0..=1_000_000_000_i64],
    ) {
        if let Ok(moment) = DateTime::new(year, month, day, hour, minute, second, nanosecond) {
            prop_assert_eq!((moment.year(), moment.month(), moment.day()), (year, month, day));
            prop_assert_eq!((moment.hour(), moment.minute(), moment.second()), (hour, minute, second));
            prop_assert_eq!(moment.nanosecond(), nanosecond);
        }
        let _ = DateTime::from_epoch_nanos(year, nanosecond);
    }
}
