//! What scripts calculate with moments, and how they compare them.

use crate::error::{Outcome, outcome};
use rex_runner_registrar_utils::{Call, Example, Function, Registrar};
use rust_sdk_common_utils::DateTime;

const fn operator(name: &'static str, doc: &'static str, examples: &'static [Example]) -> Function {
    Function { name, doc, examples, ..Function::OPERATOR }
}

const fn example(title: &'static str, script: &'static str) -> Example {
    Example { title, script, ..Example::BASE }
}

static PLUS: Function = operator(
    "+",
    "The moment so many seconds later. The part of the second stays. Beyond the year 9999 it is an error of kind \
     `CommonUtilsErrorKind::InvalidArguments`.",
    &[
        example("A day later", "(DateTime(2024, 2, 28, 1, 2, 3, 0) + 86400).day == 29"),
        example("The part of the second stays", "(from_epoch_nanos(0, 5) + 1).nanosecond == 5"),
    ],
);
static MINUS: Function = operator(
    "-",
    "The moment so many seconds earlier. The part of the second stays. Before the year -9999 it is an error of kind \
     `CommonUtilsErrorKind::InvalidArguments`.",
    &[example("An hour ago", "let t = now(); t - 3600 < t")],
);
static SECONDS_BETWEEN: Function = operator(
    "-",
    "The seconds from the second moment to the first, negative where the second is later. The parts of the seconds do not count: \
     it is the difference of `epoch_seconds()`.",
    &[example("How many days", "(DateTime(2024, 3, 1, 0, 0, 0, 0) - DateTime(2024, 2, 1, 0, 0, 0, 0)) / 86400 == 29")],
);
static NANOS_SINCE: Function = Function {
    name: "nanos_since",
    params: &["self", "earlier"],
    doc: "The nanoseconds from another moment to this, negative where the other is later. More than 292 years are an error of kind \
          `CommonUtilsErrorKind::InvalidArguments`.",
    examples: &[example(
        "A fine difference",
        "from_epoch_nanos(2, 1).nanos_since(from_epoch_nanos(0, 2)) == 1999999999",
    )],
    ..Function::METHOD
};

const ORDER: &[Example] = &[
    example(
        "Moments in order",
        "let a = from_epoch_nanos(0, 1); let b = from_epoch_nanos(0, 2); \
         a < b && a <= b && b > a && b >= a && a != b && !(b < a) && !(b <= a) && !(a > b) && !(a >= b) && !(a == b)",
    ),
    example(
        "The same moment twice",
        "let a = now(); let b = a; a == b && a <= b && a >= b && !(a < b) && !(a > b) && !(a != b)",
    ),
];

static EQUAL: Function = operator("==", "Whether two moments are the same.", ORDER);
static DIFFERENT: Function = operator("!=", "Whether two moments differ.", ORDER);
static BEFORE: Function = operator("<", "Whether the first moment is earlier.", ORDER);
static NOT_AFTER: Function = operator("<=", "Whether the first moment is earlier, or the same.", ORDER);
static AFTER: Function = operator(">", "Whether the first moment is later.", ORDER);
static NOT_BEFORE: Function = operator(">=", "Whether the first moment is later, or the same.", ORDER);

pub(crate) fn register(r: &mut Registrar) {
    r.function(&PLUS, |_| {
        |call: Call<'_>, moment: DateTime, seconds: i64| -> Outcome<DateTime> {
            outcome(&call, moment.plus_seconds(seconds))
        }
    });
    r.function(&MINUS, |_| {
        |call: Call<'_>, moment: DateTime, seconds: i64| -> Outcome<DateTime> {
            outcome(&call, moment.minus_seconds(seconds))
        }
    });
    r.function(&SECONDS_BETWEEN, |_| |left: DateTime, right: DateTime| left.seconds_since(right));
    r.function(&NANOS_SINCE, |_| {
        |call: Call<'_>, moment: &mut DateTime, earlier: DateTime| -> Outcome<i64> {
            outcome(&call, moment.nanos_since(earlier))
        }
    });
    r.function(&EQUAL, |_| |left: DateTime, right: DateTime| left == right);
    r.function(&DIFFERENT, |_| |left: DateTime, right: DateTime| left != right);
    r.function(&BEFORE, |_| |left: DateTime, right: DateTime| left < right);
    r.function(&NOT_AFTER, |_| |left: DateTime, right: DateTime| left <= right);
    r.function(&AFTER, |_| |left: DateTime, right: DateTime| left > right);
    r.function(&NOT_BEFORE, |_| |left: DateTime, right: DateTime| left >= right);
}
