//! How scripts come to moments, and how they write them.

use crate::error::{Outcome, outcome};
use rex_runner_registrar_utils::{Call, Example, Function, Registrar, number};
use rust_sdk_common_utils::{DateTime, DateTimeFormat};

static DATE_TIME: Function = Function {
    name: "DateTime",
    params: &["year", "month", "day", "hour", "minute", "second", "nanosecond"],
    doc: "The moment of these parts, in UTC. Parts that make no real date are an error of kind \
          `CommonUtilsErrorKind::InvalidArguments`, negative ones a text with the name of the part.",
    examples: &[
        Example {
            title: "The last second of a leap day",
            script: "DateTime(2024, 2, 29, 23, 59, 59, 0) + 1 == DateTime(2024, 3, 1, 0, 0, 0, 0)",
            ..Example::BASE
        },
        Example {
            title: "There is no 30th of February",
            script: "let kind = (); try { DateTime(2024, 2, 30, 0, 0, 0, 0); } catch (error) { kind = error.kind; } \
                     kind == CommonUtilsErrorKind::InvalidArguments",
            ..Example::BASE
        },
        Example {
            title: "A negative part is named",
            script: r#"let told = ""; try { DateTime(2024, -1, 1, 0, 0, 0, 0); } catch (error) { told = error; }
told == "Parameter 'month' conversion failed: out of range integral type conversion attempted""#,
            ..Example::BASE
        },
    ],
    ..Function::BASE
};

static FROM_EPOCH_SECONDS: Function = Function {
    name: "from_epoch_seconds",
    params: &["epoch_seconds"],
    doc: "The moment so many seconds after 1970-01-01T00:00:00Z, or before it where negative.",
    examples: &[Example {
        title: "From a timestamp of a log",
        script: r#"from_epoch_seconds(1709210096).to_string() == "2024-02-29T12:34:56Z""#,
        ..Example::BASE
    }],
    ..Function::BASE
};

static FROM_EPOCH_NANOS: Function = Function {
    name: "from_epoch_nanos",
    params: &["seconds_portion", "nanos_portion"],
    doc: "The moment so many nanoseconds, 0 to 999999999, after that of `from_epoch_seconds`.",
    examples: &[Example {
        title: "Half a second before 1970",
        script: r#"from_epoch_nanos(-1, 500000000).to_string() == "1969-12-31T23:59:59.5Z""#,
        ..Example::BASE
    }],
    ..Function::BASE
};

static NOW: Function = Function {
    name: "now",
    doc: "The present in UTC, in whole seconds.",
    examples: &[Example {
        title: "In whole seconds",
        script: "let t = now(); t.year >= 2024 && t.nanosecond == 0",
        ..Example::BASE
    }],
    ..Function::BASE
};

static NOW_NANOS: Function = Function {
    name: "now_nanos",
    doc: "The present in UTC, in nanoseconds.",
    examples: &[Example {
        title: "How long something takes",
        script: "let start = now_nanos(); now_nanos().nanos_since(start) < 60000000000",
        ..Example::BASE
    }],
    ..Function::BASE
};

static PARSE: Function = Function {
    name: "parse_datetime",
    params: &["text", "format"],
    doc: "The moment that a text tells, with its offset from UTC applied. `DateTimeFormat::RFC2822` may leave the weekday out. \
          Other texts are errors of kind `CommonUtilsErrorKind::ParseError`.",
    examples: &[
        Example {
            title: "The offset counts",
            script: r#"let t = parse_datetime("2025-01-01T00:00:00+05:00", DateTimeFormat::RFC3339); [t.year, t.hour] == [2024, 19]"#,
            ..Example::BASE
        },
        Example {
            title: "From the head of a mail",
            script: r#"parse_datetime("Tue, 21 Oct 2025 14:30:00 +0000", DateTimeFormat::RFC2822).minute == 30"#,
            ..Example::BASE
        },
    ],
    ..Function::BASE
};

static EPOCH_SECONDS: Function = Function {
    name: "epoch_seconds",
    params: &["self"],
    doc: "The whole seconds since 1970-01-01T00:00:00Z, negative before it. The part of a second counts on from there.",
    examples: &[Example {
        title: "A timestamp",
        script: "DateTime(2024, 2, 29, 12, 34, 56, 7).epoch_seconds() == 1709210096",
        ..Example::BASE
    }],
    ..Function::METHOD
};

static TEXT: Function = Function {
    name: "to_string",
    params: &["self"],
    doc: "The moment in the format of RFC 3339, as `${…}` in a text shows it.",
    examples: &[Example {
        title: "In a text",
        script: "`on ${DateTime(2024, 2, 29, 0, 0, 0, 0)}` == \"on 2024-02-29T00:00:00Z\"",
        ..Example::BASE
    }],
    ..Function::METHOD
};

static FORMAT: Function = Function {
    name: "to_string",
    params: &["self", "format"],
    doc: "The moment as text. A year outside 0 to 9999, or before 1900 for `DateTimeFormat::RFC2822`, is an error of kind \
          `CommonUtilsErrorKind::FormatError`.",
    examples: &[Example {
        title: "For the head of a mail",
        script: r#"from_epoch_seconds(0).to_string(DateTimeFormat::RFC2822) == "Thu, 01 Jan 1970 00:00:00 +0000""#,
        ..Example::BASE
    }],
    ..Function::METHOD
};

pub(crate) fn register(r: &mut Registrar) {
    r.type_name::<DateTimeFormat>("DateTimeFormat");
    for (name, doc, format) in [
        ("RFC3339", "Such as `2025-10-21T14:30:00Z`.", DateTimeFormat::Rfc3339),
        ("RFC2822", "Such as `Tue, 21 Oct 2025 14:30:00 +0000`.", DateTimeFormat::Rfc2822),
    ] {
        r.constant("DateTimeFormat", name, doc, format);
    }
    r.type_name::<DateTime>("DateTime");
    r.function(&DATE_TIME, |_| {
        |call: Call<'_>,
         year: i64,
         month: i64,
         day: i64,
         hour: i64,
         minute: i64,
         second: i64,
         nanosecond: i64|
         -> Outcome<DateTime> {
            let parts = [month, day, hour, minute, second, nanosecond];
            for (name, part) in DATE_TIME.params.iter().skip(1).zip(parts) {
                number::<u32>(name, part).map_err(|error| error.thrown(call.call_position()))?;
            }
            outcome(&call, DateTime::new(year, month, day, hour, minute, second, nanosecond))
        }
    });
    r.function(&FROM_EPOCH_SECONDS, |_| {
        |call: Call<'_>, seconds: i64| -> Outcome<DateTime> { outcome(&call, DateTime::from_epoch_seconds(seconds)) }
    });
    r.function(&FROM_EPOCH_NANOS, |_| {
        |call: Call<'_>, seconds: i64, nanos: i64| -> Outcome<DateTime> {
            outcome(&call, DateTime::from_epoch_nanos(seconds, nanos))
        }
    });
    r.function(&NOW, |_| {
        |call: Call<'_>| -> Outcome<DateTime> { outcome(&call, DateTime::now().map(DateTime::whole_second)) }
    });
    r.function(&NOW_NANOS, |_| |call: Call<'_>| -> Outcome<DateTime> { outcome(&call, DateTime::now()) });
    r.function(&PARSE, |_| {
        |call: Call<'_>, text: &str, format: DateTimeFormat| -> Outcome<DateTime> {
            outcome(&call, DateTime::parse(text, format))
        }
    });
    r.function(&EPOCH_SECONDS, |_| |moment: &mut DateTime| moment.epoch_seconds());
    r.function(&TEXT, |_| {
        |call: Call<'_>, moment: &mut DateTime| -> Outcome<String> {
            outcome(&call, moment.format(DateTimeFormat::Rfc3339))
        }
    });
    r.function(&FORMAT, |_| {
        |call: Call<'_>, moment: &mut DateTime, format: DateTimeFormat| -> Outcome<String> {
            outcome(&call, moment.format(format))
        }
    });
}
