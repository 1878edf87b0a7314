//! Errors of this crate, as scripts see them.

use rex_cedar_auth::{Cause, Denied};
use rex_runner_registrar_utils::ScriptError;
use rust_safe_disk_info::Error;

/// The module of the error kinds, and the `source` of every error of this crate.
pub(crate) const SOURCE: &str = "DiskinfoErrorKind";

/// An error on its way to the script.
pub(crate) struct Failure(ScriptError);

impl From<Failure> for ScriptError {
    fn from(failure: Failure) -> Self {
        failure.0
    }
}

impl From<ScriptError> for Failure {
    fn from(error: ScriptError) -> Self {
        Self(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(match error {
            Error::PermissionDenied(denied) => denial(denied),
            Error::Stopped(stopped) => ScriptError::Stopped(stopped),
            error => ScriptError::map(SOURCE, error.kind(), error.to_string()),
        })
    }
}

impl From<rex_cedar_auth::Stopped> for Failure {
    fn from(stopped: rex_cedar_auth::Stopped) -> Self {
        Self(ScriptError::Stopped(stopped))
    }
}

fn denial(denied: Denied) -> ScriptError {
    match denied.cause() {
        // Not the policy's word but a defect of this crate.
        Cause::Undeclared { .. } => {
            let error = Error::AuthorizationError(denied.explanation());
            ScriptError::map(SOURCE, error.kind(), error.to_string())
        }
        _ => ScriptError::denied(SOURCE, denied),
    }
}

/// The error of a function that throws plain texts.
pub(crate) fn as_text(error: Error) -> ScriptError {
    match Failure::from(error).into() {
        ScriptError::Map { message, .. } => ScriptError::Text(message),
        other => other,
    }
}
