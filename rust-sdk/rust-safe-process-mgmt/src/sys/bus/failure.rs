//! Calls that fail, in words.

use crate::Error;
use zbus::DBusError;

/// Why a call gave nothing.
#[derive(Debug)]
pub(super) enum Failure {
    /// The run has to end.
    Ended(Error),
    /// The answer took too long.
    Late,
    /// What the bus or the manager said.
    Bus(zbus::Error),
}

/// What was refused: for the text of the error.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Refused<'u> {
    /// What was to be done.
    pub(crate) doing: &'static str,
    /// With which unit.
    pub(crate) unit: Option<&'u str>,
}

impl Failure {
    /// Whether the other end answered, with an error.
    pub(super) fn is_answer(&self) -> bool {
        matches!(self, Self::Bus(zbus::Error::MethodError(..) | zbus::Error::FDO(_)))
    }

    /// The error that a script sees.
    pub(super) fn about(self, what: &Refused<'_>) -> Error {
        let Refused { doing, unit } = *what;
        let of = unit.map(|unit| format!(" `{unit}`")).unwrap_or_default();
        let (name, words) = match self {
            Self::Ended(error) => return error,
            Self::Late => {
                return Error::DBusError(format!("D-Bus operation failed: no answer in time to {doing}{of}"));
            }
            Self::Bus(zbus::Error::MethodError(name, words, _)) => (name.to_string(), words.unwrap_or_default()),
            Self::Bus(zbus::Error::FDO(error)) => {
                (error.name().to_string(), error.description().unwrap_or_default().to_owned())
            }
            Self::Bus(error) => return Error::DBusError(format!("D-Bus operation failed: {error}")),
        };
        let short = name.rsplit('.').next().unwrap_or_default();
        match (short, unit) {
            ("NoSuchUnit", Some(unit)) => Error::ServiceNotFound(unit.to_owned()),
            ("AccessDenied" | "InteractiveAuthorizationRequired", _) => Error::DBusError(format!(
                "D-Bus operation failed: {name}: {words}: not allowed to {doing}{of}; run as root, or let polkit allow it to this account"
            )),
            ("InvalidArgs", Some(_)) => Error::ValidationError(format!("not able to {doing}{of}: {words}")),
            _ if name.starts_with("org.freedesktop.systemd1.") && unit.is_some() => {
                Error::ServiceFailed(format!("not able to {doing}{of}: {short}: {words}"))
            }
            _ => Error::DBusError(format!("D-Bus operation failed: {name}: {words}")),
        }
    }
}

/// The error of a bus that could not be reached.
pub(super) fn connecting(error: &zbus::Error) -> Error {
    Error::DBusError(format!("Failed to connect to system bus: {error}"))
}
