//! Errors of this crate, as scripts see them.

use rex_runner_registrar_utils::{Call, ScriptError};
use rhai::EvalAltResult;
use rust_sdk_common_utils::{Error, Result};

/// The module of the error kinds, and the `source` of every error of this crate.
pub(crate) const SOURCE: &str = "CommonUtilsErrorKind";

/// What a function gives the script: the value, or the error at the place of the call.
pub(crate) type Outcome<T> = std::result::Result<T, Box<EvalAltResult>>;

/// Throws the error, if it is one, at the place of the call.
pub(crate) fn outcome<T>(call: &Call<'_>, result: Result<T>) -> Outcome<T> {
    result
        .map_err(|error: Error| ScriptError::map(SOURCE, error.kind(), error.to_string()).thrown(call.call_position()))
}
