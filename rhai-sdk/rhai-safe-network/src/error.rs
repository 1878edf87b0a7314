//! Errors of this crate, as scripts see them.

use rex_cedar_auth::{Cause, Denied};
use rex_runner_registrar_utils::ScriptError;
use rust_safe_network::Error;

/// The module of the error kinds, and the `source` of every error of this crate.
pub(crate) const SOURCE: &str = "NetworkErrorKind";

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
        Self(of_source(SOURCE, error))
    }
}

impl From<rex_cedar_auth::Stopped> for Failure {
    fn from(stopped: rex_cedar_auth::Stopped) -> Self {
        Self(ScriptError::Stopped(stopped))
    }
}

fn denial_of(source: &'static str, denied: Denied) -> ScriptError {
    match denied.cause() {
        // Not the policy's word but a defect of this crate.
        Cause::Undeclared { .. } => {
            let error = Error::AuthorizationError(denied.explanation());
            ScriptError::map(source, error.kind(), error.to_string())
        }
        _ => ScriptError::denied(source, denied),
    }
}

/// The `source` of errors of looking names up: scripts know them as errors of system information.
pub(crate) const NAMES_SOURCE: &str = "SysteminfoErrorKind";

/// The kinds of errors that looking names up adds to those of system information.
pub(crate) const NAMES_KINDS: [&str; 4] = ["TimedOut", "NoSuchName", "Refused", "MalformedAnswer"];

/// An error of looking a name up, on its way to the script.
pub(crate) struct NameFailure(ScriptError);

impl From<NameFailure> for ScriptError {
    fn from(failure: NameFailure) -> Self {
        failure.0
    }
}

impl From<Error> for NameFailure {
    fn from(error: Error) -> Self {
        Self(of_source(NAMES_SOURCE, error))
    }
}

/// An error of the host as a whole: scripts know it as one of system information.
pub(crate) type HostFailure = NameFailure;

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

/// An error as a map, of another source.
fn of_source(source: &'static str, error: Error) -> ScriptError {
    match error {
        Error::PermissionDenied(denied) => denial_of(source, denied),
        Error::Stopped(stopped) => ScriptError::Stopped(stopped),
        error => {
            let reason = error.reason().map(rust_safe_network::Reason::word);
            ScriptError::map(source, error.kind(), error.to_string()).because(reason)
        }
    }
}
