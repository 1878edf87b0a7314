//! A record as it stands in the log: an event of OCSF, with what OCSF has no field for under `unmapped`.

mod subject;

pub(crate) use subject::subject;

use crate::ascii;
use crate::event::{Facts, Usage};
use crate::ocsf::{self, Class, OTHER};
use crate::seal::Head;
use jiff::Timestamp;
use serde::Serialize;
use subject::Parts;

/// How the event ended: `status_id`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Success,
    Failure,
}

/// How grave it is: `severity_id`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Severity {
    Informational = 1,
    Medium = 3,
}

/// What the policy did, as the profile `security_control` has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Control {
    Allowed,
    Blocked,
    /// Denied, but let pass.
    Logged,
}

/// One event, before it has a place in the log.
#[derive(Debug)]
pub(crate) struct Event<'e> {
    pub(crate) class: Class,
    /// What took place, in a word.
    pub(crate) activity: &'e str,
    pub(crate) severity: Severity,
    pub(crate) status: Status,
    pub(crate) detail: Option<String>,
    pub(crate) took: Option<u64>,
    pub(crate) control: Option<Control>,
    pub(crate) policies: &'e [&'e str],
    /// The id of the resource, as it may be shown, and its type.
    pub(crate) resource: Option<(&'e str, &'e str)>,
    pub(crate) own: Own<'e>,
}

impl<'e> Event<'e> {
    /// One of a run, with nothing more to tell than `own`.
    pub(crate) fn of_run(activity: &'e str, own: Own<'e>) -> Self {
        Self {
            class: Class::RUN,
            activity,
            severity: Severity::Informational,
            status: Status::Success,
            detail: None,
            took: None,
            control: None,
            policies: &[],
            resource: None,
            own,
        }
    }
}

/// The fields that OCSF does not know.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Own<'e> {
    /// What kind of record it is.
    pub(crate) record: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) function: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) action: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) resource: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) extent: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) arguments: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) observing: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) bytes: Option<Bytes>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) exit_code: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) allowed: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) denied: Option<u64>,
    /// How many records of this run came before this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) records: Option<u64>,
    /// An unfinished line before this record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) torn: Option<Torn>,
    /// The head of the file that this one follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) follows: Option<String>,
}

/// Bytes and processes that were used.
#[derive(Debug, Serialize)]
pub(crate) struct Bytes {
    written: u64,
    sent: u64,
    read: u64,
    children: u64,
}

impl From<Usage> for Bytes {
    fn from(Usage { written, sent, read, children }: Usage) -> Self {
        Self { written, sent, read, children }
    }
}

/// An unfinished line that was found and closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Torn {
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
}

#[derive(Serialize)]
struct Line<'l> {
    time: i64,
    time_dt: String,
    class_uid: u32,
    class_name: &'static str,
    category_uid: u32,
    activity_id: u32,
    activity_name: &'l str,
    type_uid: u32,
    severity_id: u8,
    status_id: u8,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_detail: Option<&'l str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration: Option<u64>,
    #[serde(flatten)]
    control: Option<Verdict<'l>>,
    metadata: Metadata<'l>,
    device: Device<'l>,
    actor: Actor<'l>,
    #[serde(flatten)]
    parts: Parts<'l>,
    unmapped: Unmapped<'l>,
}

#[derive(Serialize)]
struct Verdict<'l> {
    action_id: u8,
    action: &'static str,
    disposition_id: u8,
    disposition: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    authorizations: Vec<Authorization<'l>>,
}

#[derive(Serialize)]
struct Authorization<'l> {
    decision: &'static str,
    policy: Named<'l>,
}

#[derive(Serialize)]
struct Named<'l> {
    name: &'l str,
}

#[derive(Serialize)]
struct Metadata<'l> {
    version: &'static str,
    product: Product,
    profiles: &'static [&'static str],
    log_name: &'static str,
    correlation_uid: &'l str,
    sequence: u64,
}

/// The program, as OCSF names one.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Product {
    name: &'static str,
    vendor_name: &'static str,
    version: &'static str,
}

impl Product {
    pub(crate) fn new(version: &'static str) -> Self {
        Self { name: "REX", vendor_name: "REX", version }
    }
}

#[derive(Serialize)]
struct Device<'l> {
    hostname: &'l str,
    type_id: u8,
}

#[derive(Serialize)]
struct Actor<'l> {
    app_name: &'static str,
    process: Process,
    user: User<'l>,
}

#[derive(Serialize)]
struct Process {
    pid: u32,
}

#[derive(Serialize)]
struct User<'l> {
    name: &'l str,
    uid: String,
}

#[derive(Serialize)]
struct Unmapped<'l> {
    #[serde(flatten)]
    own: &'l Own<'l>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signer: Option<&'l str>,
    script: &'l str,
    #[serde(skip_serializing_if = "Option::is_none")]
    script_sha256: Option<&'l str>,
    policy: &'l str,
    #[serde(skip_serializing_if = "Option::is_none")]
    policy_sha256: Option<&'l str>,
    prev: &'l str,
}

/// The line of `event` as the record after `head`, at the time `now`; it is not sealed yet.
pub(crate) fn line(event: &Event<'_>, facts: &Facts, head: &Head, now: Timestamp) -> Result<Vec<u8>, String> {
    let Event { class, activity, severity, status, detail, took, control, policies, resource, own } = event;
    let sequence = head.sequence.checked_add(1).ok_or("its number would be too large")?;
    let (status_id, status) = match status {
        Status::Success => (1, "Success"),
        Status::Failure => (2, "Failure"),
    };
    let product = Product::new(facts.version);
    let line = Line {
        time: now.as_millisecond(),
        time_dt: format!("{now:.6}"),
        class_uid: class.uid,
        class_name: class.name,
        category_uid: class.category(),
        activity_id: class.activity,
        activity_name: if class.activity == OTHER { activity } else { subject::activity(*class, activity) },
        type_uid: class.kind(),
        severity_id: *severity as u8,
        status_id,
        status,
        status_detail: detail.as_deref(),
        duration: *took,
        control: control.map(|control| verdict(control, policies)),
        metadata: Metadata {
            version: ocsf::VERSION,
            product,
            profiles: &["datetime", "host", "security_control"],
            log_name: "rex-audit",
            correlation_uid: &facts.run,
            sequence,
        },
        device: Device { hostname: &facts.host, type_id: 0 },
        actor: Actor {
            app_name: "rex-runner",
            process: Process { pid: facts.pid },
            user: User { name: &facts.principal, uid: facts.uid.to_string() },
        },
        parts: subject(*class, activity, *resource, &facts.host, product, own.function),
        unmapped: Unmapped {
            own,
            signer: facts.signer.as_deref(),
            script: &facts.script.name,
            script_sha256: facts.script.sha256.as_deref(),
            policy: &facts.policy.name,
            policy_sha256: facts.policy.sha256.as_deref(),
            prev: &head.hash,
        },
    };
    ascii::line(&line)
}

fn verdict<'l>(control: Control, policies: &[&'l str]) -> Verdict<'l> {
    let (action_id, action, disposition_id, disposition, decision) = match control {
        Control::Allowed => (1, "Allowed", 1, "Allowed", "allowed"),
        Control::Blocked => (2, "Denied", 2, "Blocked", "denied"),
        Control::Logged => (1, "Allowed", 17, "Logged", "denied"),
    };
    let authorizations = policies.iter().map(|name| Authorization { decision, policy: Named { name } }).collect();
    Verdict { action_id, action, disposition_id, disposition, authorizations }
}
