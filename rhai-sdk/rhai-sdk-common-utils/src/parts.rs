//! The parts of a moment.

use rex_runner_registrar_utils::{Example, Function, Registrar};
use rust_sdk_common_utils::DateTime;

const fn getter(name: &'static str, doc: &'static str, examples: &'static [Example]) -> Function {
    Function { name, doc, examples, ..Function::GETTER }
}

const fn method(name: &'static str, doc: &'static str, examples: &'static [Example]) -> Function {
    Function { name, params: &["self"], doc, examples, ..Function::METHOD }
}

const fn example(title: &'static str, script: &'static str) -> Example {
    Example { title, script, ..Example::BASE }
}

const ALL: &[Example] = &[example(
    "A moment in parts",
    "let t = from_epoch_nanos(1709210096, 7); \
     [t.year, t.month, t.day, t.hour, t.minute, t.second, t.nanosecond] == [2024, 2, 29, 12, 34, 56, 7]",
)];

static YEAR: Function = getter("year", "The year of a moment in UTC.", ALL);
static MONTH: Function = getter("month", "The month of a moment, 1 to 12.", ALL);
static DAY: Function = getter("day", "The day of the month, from 1.", ALL);
static HOUR: Function = getter("hour", "The hour of a moment, 0 to 23.", ALL);
static MINUTE: Function = getter("minute", "The minute of a moment, 0 to 59.", ALL);
static SECOND: Function = getter("second", "The second of a moment, 0 to 59.", ALL);
static NANOSECOND: Function = getter("nanosecond", "The part of the second, in nanoseconds.", ALL);
static NANOS: Function = method(
    "nanos",
    "The part of the second, in nanoseconds.",
    &[example("The same as the getter", "let t = from_epoch_nanos(-1, 7); t.nanos() == 7 && t.nanosecond == 7")],
);
static MONTH_NAME: Function = method(
    "month_str",
    "The English name of the month.",
    &[example("A name", r#"from_epoch_seconds(0).month_str() == "January""#)],
);
static SHORT_MONTH_NAME: Function = method(
    "month_str_short",
    "The first three letters of the month's English name.",
    &[example("A short name", r#"from_epoch_seconds(0).month_str_short() == "Jan""#)],
);
static WEEKDAY: Function = method(
    "weekday",
    "The day of the week, 1 for Monday to 7 for Sunday.",
    &[example("Whether it is a weekend", "DateTime(2025, 10, 19, 0, 0, 0, 0).weekday() >= 6")],
);
static DAY_OF_YEAR: Function = method(
    "day_of_year",
    "The day of the year, from 1.",
    &[example("The last day of a leap year", "DateTime(2024, 12, 31, 0, 0, 0, 0).day_of_year() == 366")],
);

pub(crate) fn register(r: &mut Registrar) {
    r.function(&YEAR, |_| |moment: &mut DateTime| moment.year());
    r.function(&MONTH, |_| |moment: &mut DateTime| moment.month());
    r.function(&DAY, |_| |moment: &mut DateTime| moment.day());
    r.function(&HOUR, |_| |moment: &mut DateTime| moment.hour());
    r.function(&MINUTE, |_| |moment: &mut DateTime| moment.minute());
    r.function(&SECOND, |_| |moment: &mut DateTime| moment.second());
    r.function(&NANOSECOND, |_| |moment: &mut DateTime| moment.nanosecond());
    r.function(&NANOS, |_| |moment: &mut DateTime| moment.nanosecond());
    r.function(&MONTH_NAME, |_| |moment: &mut DateTime| moment.month_name());
    r.function(&SHORT_MONTH_NAME, |_| |moment: &mut DateTime| moment.short_month_name());
    r.function(&WEEKDAY, |_| |moment: &mut DateTime| moment.weekday());
    r.function(&DAY_OF_YEAR, |_| |moment: &mut DateTime| moment.day_of_year());
}
