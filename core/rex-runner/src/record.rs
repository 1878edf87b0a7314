//! The result record: an interface, whose fields are only ever added to.

use crate::confine::Part;
use crate::signed::{SignaturePart, Signed};
use rex_cedar_auth::{Cause, Denied, KeptDenial, Verdict};
use rex_metrics_and_alarms::{Alarm, Metric};
use serde::Serialize;
use serde_json::Value;

/// What the process exits with.
pub(crate) mod exit {
    pub(crate) const SUCCESS: u8 = 0;
    pub(crate) const SCRIPT: u8 = 1;
    pub(crate) const USAGE: u8 = 2;
    pub(crate) const DENIED: u8 = 3;
    pub(crate) const LIMIT: u8 = 4;
    pub(crate) const INPUT: u8 = 5;
    pub(crate) const INTERNAL: u8 = 70;
}

/// The result of one run.
#[derive(Debug, Serialize)]
pub(crate) struct Record {
    /// The final value as text; empty on an error.
    pub(crate) output: String,
    pub(crate) status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<ErrorPart>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) alarms: Vec<Alarm>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) metrics: Vec<Metric>,
    /// The script's log; nothing where the run ended before the script began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) logs: Option<Vec<rex_logger::Record>>,
    /// The final value as JSON, where JSON can tell it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) value: Option<Value>,
    /// All that was denied, also what the script caught.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) denials: Vec<DenialPart>,
    /// How many denials are not among them, because there were so many.
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) denials_left_out: u64,
    /// What the kernel refused beneath the policy; nothing where there was no floor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) confinement: Option<Part>,
    /// Whether denials were let pass.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) observing: bool,
    pub(crate) run_id: String,
    /// The signatures that were verified, of whom and by which keys.
    #[serde(skip_serializing_if = "SignaturePart::is_empty")]
    pub(crate) signature: SignaturePart,
    /// The SHA-256 of the script and that of the policy; nothing where the run ended before both were accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) script_digest: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) policy_digest: Option<String>,
    /// The record of this run's end in the audit log: whoever keeps it finds out when the log is cut short.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) audit_head: Option<String>,
    /// How long the run took; nothing in a record that was made before its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) duration_ms: Option<f64>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Record {
    /// Adds what is known of the inputs.
    pub(crate) fn know(&mut self, signed: &Signed) {
        self.signature = signed.signature.clone();
        self.script_digest = Some(signed.script_digest.clone());
        self.policy_digest = Some(signed.policy_digest.clone());
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Status {
    Success,
    Error,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorType {
    Validation,
    AccessDenied,
    Internal,
    Script,
    Communication,
    LimitExceeded,
}

impl ErrorType {
    /// Its name in records.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Validation => "VALIDATION_EXCEPTION",
            Self::AccessDenied => "ACCESS_DENIED_EXCEPTION",
            Self::Internal => "INTERNAL_EXCEPTION",
            Self::Script => "SCRIPT_EXCEPTION",
            Self::Communication => "COMMUNICATION_EXCEPTION",
            Self::LimitExceeded => "LIMIT_EXCEEDED_EXCEPTION",
        }
    }
}

impl Serialize for ErrorType {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct ErrorPart {
    pub(crate) error_type: ErrorType,
    pub(crate) message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) column: Option<usize>,
    /// The path that it is about, where the message does not tell it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) details: Option<Details>,
    /// What may help, where the message does not tell it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) help: Option<String>,
}

/// What was asked of the gate, and why it said no.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Details {
    pub(crate) principal: String,
    pub(crate) action: &'static str,
    pub(crate) resource: String,
    /// The policies that decided, by `@id` or `policyN` with their line; none where nothing permitted it.
    pub(crate) policies: Vec<String>,
    pub(crate) cause: String,
}

impl Details {
    pub(crate) fn new(denied: &Denied) -> Self {
        Self {
            principal: denied.principal().to_owned(),
            action: denied.action().uid,
            resource: resource(denied),
            policies: denied.policies().map(str::to_owned).collect(),
            cause: denied.explanation(),
        }
    }
}

/// A denial of the journal.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct DenialPart {
    #[serde(flatten)]
    pub(crate) details: Details,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) function: Option<&'static str>,
    pub(crate) line: usize,
    pub(crate) times: u64,
    /// The policy that would permit it; nothing where no permit can help.
    #[serde(skip)]
    pub(crate) permit: Option<String>,
}

impl DenialPart {
    pub(crate) fn new(kept: &KeptDenial) -> Self {
        let KeptDenial { denied, function, line, times } = kept;
        Self { details: Details::new(denied), function: *function, line: *line, times: *times, permit: permit(denied) }
    }

    /// A denial as it happens; nothing for what was allowed.
    pub(crate) fn of(verdict: &Verdict<'_>) -> Option<Self> {
        let denied = verdict.denied?;
        let (function, line) = (verdict.function, verdict.line);
        Some(Self { details: Details::new(denied), function, line, times: 1, permit: permit(denied) })
    }

    /// Whether the same was denied at the same place.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        (self.line, self.function) == (other.line, other.function) && self.details == other.details
    }
}

/// The uid of the resource, as a policy writes it.
fn resource(denied: &Denied) -> String {
    format!("{}::{:?}", denied.kind().type_name(), denied.id())
}

/// The policy that would permit what was denied, where a permit can help.
pub(crate) fn permit(denied: &Denied) -> Option<String> {
    let (principal, action) = (denied.principal(), denied.action().uid);
    matches!(denied.cause(), Cause::NotPermitted).then(|| {
        format!("permit(principal == User::{principal:?}, action == {action}, resource == {});", resource(denied))
    })
}
