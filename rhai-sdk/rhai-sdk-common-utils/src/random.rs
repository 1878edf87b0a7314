//! Random text.

use crate::error::{Outcome, outcome};
use rex_runner_registrar_utils::{Call, Example, Function, Registrar};
use rust_sdk_common_utils::random_alphanumeric;

static RANDOM: Function = Function {
    name: "random_alphanumeric",
    params: &["length"],
    doc: "A text of `length` characters, each any of A-Z, a-z and 0-9 with the same chance, fit for secrets. More than 1048576 or \
          fewer than none are an error of kind `CommonUtilsErrorKind::InvalidArguments`.",
    examples: &[
        Example {
            title: "A name that nobody can guess",
            script: "let a = random_alphanumeric(32); a.len() == 32 && a != random_alphanumeric(32)",
            ..Example::BASE
        },
        Example {
            title: "A length below zero is a mistake",
            script: "let kind = (); try { random_alphanumeric(-1); } catch (error) { kind = error.kind; } \
                     kind == CommonUtilsErrorKind::InvalidArguments",
            ..Example::BASE
        },
    ],
    ..Function::BASE
};

pub(crate) fn register(r: &mut Registrar) {
    r.function(&RANDOM, |_| {
        |call: Call<'_>, length: i64| -> Outcome<String> { outcome(&call, random_alphanumeric(length)) }
    });
}
