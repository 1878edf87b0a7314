//! Errors of this crate, as scripts see them.

use rex_cedar_auth::{Cause, Denied};
use rex_runner_registrar_utils::ScriptError;
use rust_safe_system_info::Error;

/// The module of the error kinds, and the `source` of every error of this crate.
pub(crate) const SOURCE: &str = "SysteminfoErrorKind";

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

/// An error of a command, which scripts know as a text.
pub(crate) struct Words(ScriptError);

impl From<Words> for ScriptError {
    fn from(words: Words) -> Self {
        words.0
    }
}

impl From<Error> for Words {
    fn from(error: Error) -> Self {
        Self(match error {
            Error::Stopped(stopped) => ScriptError::Stopped(stopped),
            error => ScriptError::Text(error.to_string()),
        })
    }
}

/// An error of a method that works through files. Scripts know a denial of a file under the kind `Other`; it stays a denial.
pub(crate) fn of_files(error: Error) -> Failure {
    match error {
        Error::PermissionDenied(denied) if denied.kind().is_path() && !is_defect(&denied) => {
            Failure(ScriptError::denied_as(SOURCE, "Other", denied.to_string(), denied))
        }
        error => error.into(),
    }
}

/// Whether it is not the policy's word but a defect of this crate.
fn is_defect(denied: &Denied) -> bool {
    matches!(denied.cause(), Cause::Undeclared { .. })
}

fn denial(denied: Denied) -> ScriptError {
    if is_defect(&denied) {
        let error = Error::AuthorizationError(denied.explanation());
        return ScriptError::map(SOURCE, error.kind(), error.to_string());
    }
    ScriptError::denied(SOURCE, denied)
}
