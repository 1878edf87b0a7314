//! A moment: a calendar date and a time of day in UTC.

use crate::{Error, Result};
use jiff::civil::{self, Date};
use jiff::{SignedDuration, Timestamp, tz::Offset};
use std::ops::RangeInclusive;
use std::time::SystemTime;

const EPOCH: civil::DateTime = civil::date(1970, 1, 1).at(0, 0, 0, 0);

/// A moment in UTC, from the year -9999 to 9999, in nanoseconds. It always is a real date; leap seconds are not told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DateTime(civil::DateTime);

impl DateTime {
    /// The moment of these parts.
    ///
    /// # Errors
    /// A part is out of its range, or the month has no such day.
    pub fn new(year: i64, month: i64, day: i64, hour: i64, minute: i64, second: i64, nanosecond: i64) -> Result<Self> {
        let unknown = |error: jiff::Error| Error::invalid_time(error.to_string());
        let first = Date::new(part("year", year, -9999..=9999)?, part("month", month, 1..=12)?, 1).map_err(unknown)?;
        let day = part("day", day, 1..=i64::from(first.days_in_month()))?;
        let time = civil::Time::new(
            part("hour", hour, 0..=23)?,
            part("minute", minute, 0..=59)?,
            part("second", second, 0..=59)?,
            part("nanosecond", nanosecond, 0..=999_999_999)?,
        );
        let date = Date::new(first.year(), first.month(), day).map_err(unknown)?;
        Ok(Self(date.to_datetime(time.map_err(unknown)?)))
    }

    /// The moment that many seconds after 1970-01-01T00:00:00Z, or before it where negative.
    ///
    /// # Errors
    /// It lies outside the years.
    pub fn from_epoch_seconds(seconds: i64) -> Result<Self> {
        Self::from_epoch_nanos(seconds, 0)
    }

    /// The moment `nanos` after that of [`Self::from_epoch_seconds`].
    ///
    /// # Errors
    /// It lies outside the years, or `nanos` is no part of a second.
    pub fn from_epoch_nanos(seconds: i64, nanos: i64) -> Result<Self> {
        let nanos = i32::try_from(nanos).ok().filter(|nanos| (0..=999_999_999).contains(nanos)).ok_or_else(|| {
            Error::invalid_arguments(format!("Invalid nanos portion: {nanos}. Must be 0-999,999,999"))
        })?;
        EPOCH.checked_add(SignedDuration::new(seconds, nanos)).map(Self).map_err(|_| outside())
    }

    /// The present, as the system's clock tells it.
    ///
    /// # Errors
    /// The clock shows a moment outside the years.
    pub fn now() -> Result<Self> {
        let now = Timestamp::try_from(SystemTime::now());
        now.map(|now| Self(Offset::UTC.to_datetime(now))).map_err(|error| Error::Other(format!("the clock: {error}")))
    }

    /// The beginning of its second.
    #[must_use]
    pub fn whole_second(self) -> Self {
        let time = self.0.time();
        Self(self.0.date().at(time.hour(), time.minute(), time.second(), 0))
    }

    /// Whole seconds since 1970-01-01T00:00:00Z, negative before it; [`Self::nanosecond`] counts on from there.
    pub fn epoch_seconds(self) -> i64 {
        self.whole_second().0.duration_since(EPOCH).as_secs()
    }

    /// The moment so many seconds later, or earlier where negative. The part of the second stays.
    ///
    /// # Errors
    /// It lies outside the years.
    pub fn plus_seconds(self, seconds: i64) -> Result<Self> {
        // From the epoch: elsewhere the library adds no more days than lie between the epoch and the last year.
        let seconds = self.epoch_seconds().checked_add(seconds).ok_or_else(outside)?;
        Self::from_epoch_nanos(seconds, self.nanosecond())
    }

    /// The moment so many seconds earlier, or later where negative. The part of the second stays.
    ///
    /// # Errors
    /// It lies outside the years.
    pub fn minus_seconds(self, seconds: i64) -> Result<Self> {
        self.plus_seconds(seconds.checked_neg().ok_or_else(outside)?)
    }

    /// The seconds from `other` to this, negative where `other` is later, without regard to the parts of a second.
    pub fn seconds_since(self, other: Self) -> i64 {
        self.epoch_seconds() - other.epoch_seconds()
    }

    /// The nanoseconds from `other` to this, negative where `other` is later.
    ///
    /// # Errors
    /// The two lie further apart than about 292 years.
    pub fn nanos_since(self, other: Self) -> Result<i64> {
        i64::try_from(self.0.duration_since(other.0).as_nanos())
            .map_err(|_| Error::invalid_arguments("the two moments lie more than 292 years apart"))
    }

    /// The year.
    pub fn year(self) -> i64 {
        self.0.year().into()
    }

    /// The month, 1 to 12.
    pub fn month(self) -> i64 {
        self.0.month().into()
    }

    /// The day of the month, from 1.
    pub fn day(self) -> i64 {
        self.0.day().into()
    }

    /// The hour, 0 to 23.
    pub fn hour(self) -> i64 {
        self.0.hour().into()
    }

    /// The minute, 0 to 59.
    pub fn minute(self) -> i64 {
        self.0.minute().into()
    }

    /// The second, 0 to 59.
    pub fn second(self) -> i64 {
        self.0.second().into()
    }

    /// The part of the second, in nanoseconds.
    pub fn nanosecond(self) -> i64 {
        self.0.subsec_nanosecond().into()
    }

    /// The day of the week, 1 for Monday to 7 for Sunday (ISO 8601).
    pub fn weekday(self) -> i64 {
        self.0.weekday().to_monday_one_offset().into()
    }

    /// The day of the year, from 1.
    pub fn day_of_year(self) -> i64 {
        self.0.day_of_year().into()
    }

    /// The English name of the month.
    pub fn month_name(self) -> String {
        self.0.strftime("%B").to_string()
    }

    /// The first three letters of the month's English name.
    pub fn short_month_name(self) -> String {
        self.0.strftime("%b").to_string()
    }

    pub(crate) fn from_civil(civil: civil::DateTime) -> Self {
        Self(civil)
    }

    pub(crate) fn civil(self) -> civil::DateTime {
        self.0
    }
}

fn outside() -> Error {
    Error::invalid_arguments("the moment lies outside the years -9999 to 9999")
}

/// A part of a moment within its range.
fn part<N: TryFrom<i64>>(name: &str, value: i64, range: RangeInclusive<i64>) -> Result<N> {
    let within = range.contains(&value).then(|| N::try_from(value).ok()).flatten();
    within.ok_or_else(|| {
        let (first, last) = range.into_inner();
        Error::invalid_time(format!("{name} must be {first} to {last}, not {value}"))
    })
}

#[cfg(test)]
pub(crate) mod tests;
