//! The trace of a run for OpenTelemetry: one span, with an event for each judgement.

mod otlp;
mod sender;
mod settings;

pub(crate) use sender::relay;

use crate::audit::patiently;
use crate::report::{self, Outcome};
use otlp::{Attribute, Event, Request, Resource, ResourceSpans, Scope, ScopeSpans, Span, Status, Value, nanoseconds};
use rex_audit_log::{Facts, Judgement, Redaction, bounded, escape};
use sender::Sender;
use settings::Settings;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// How many judgements a trace holds, of those allowed and of those denied: no flood of one hides the other.
const EVENTS: usize = 1000;
/// How many bytes their names may have.
const BYTES: usize = 2 << 20;
/// How many policies are named for one.
const POLICIES: usize = 64;

/// The trace of one run, where the environment names a collector.
#[derive(Debug, Default)]
pub(crate) struct Trace(Mutex<Option<Box<Open>>>);

#[derive(Debug)]
struct Open {
    sender: Sender,
    resource: BTreeMap<String, String>,
    run: Option<Running>,
    request: Option<Vec<u8>>,
}

#[derive(Debug)]
struct Running {
    facts: Facts,
    redaction: Redaction,
    events: Vec<Event>,
    allowed: Room,
    denied: Room,
}

impl Trace {
    /// Starts what will send the trace, while the process may still do so.
    pub(crate) fn prepare() -> Self {
        let open = |settings: Settings| {
            let sender = Sender::start(&settings).map_err(|error| format!("no process could be started: {error}"))?;
            Ok(Box::new(Open { sender, resource: settings.resource, run: None, request: None }))
        };
        let read = Settings::read(settings::variable, |problem| warn("", problem));
        match read.and_then(|settings| settings.map(open).transpose()) {
            Ok(open) => Self(Mutex::new(open)),
            Err(problem) => {
                warn("no trace is exported: ", &problem);
                Self::default()
            }
        }
    }

    pub(crate) fn is_on(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    fn with(&self, act: impl FnOnce(&mut Open)) {
        if let Some(open) = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            act(open);
        }
    }

    /// Keeps what the run is about.
    pub(crate) fn start(&self, facts: Facts, redaction: Redaction) {
        let run = Running { facts, redaction, events: Vec::new(), allowed: Room::default(), denied: Room::default() };
        self.with(|open| open.run = Some(run));
    }

    /// Keeps a judgement, as long as there is room.
    pub(crate) fn judged(&self, judgement: &Judgement<'_>) {
        self.with(|open| {
            if let Some(run) = &mut open.run {
                run.judged(judgement);
            }
        });
    }

    /// Makes the trace of a run that ended as `outcome` says.
    pub(crate) fn end(&self, outcome: &Outcome, took: Duration) {
        let Some(mut state) = patiently(&self.0) else { return };
        let Some(open) = &mut *state else { return };
        if let Some(run) = open.run.take() {
            open.request = run.request(outcome, took, std::mem::take(&mut open.resource)).ok();
        }
    }

    /// Sends the trace, and says so where that fails; to the run it makes no difference.
    pub(crate) fn send(&self) {
        let Some(open) = patiently(&self.0).and_then(|mut open| open.take()) else { return };
        let Some(request) = open.request else { return };
        if let Err(problem) = open.sender.send(&request) {
            warn("the trace of this run was not exported: ", &problem);
        }
    }
}

/// One line on standard error, whatever the problem holds.
fn warn(what: &str, problem: &str) {
    report::warn(&format!("warning: {what}{}\n", escape(problem)));
}

/// How much of one kind is kept.
#[derive(Debug, Default)]
struct Room {
    events: usize,
    bytes: usize,
    dropped: u32,
}

impl Room {
    fn takes(&mut self, bytes: usize) -> bool {
        let sum = self.bytes.saturating_add(bytes);
        let fits = self.events < EVENTS && sum <= BYTES;
        if fits {
            (self.events, self.bytes) = (self.events.saturating_add(1), sum);
        } else {
            self.dropped = self.dropped.saturating_add(1);
        }
        fits
    }

    fn all(&self) -> u64 {
        u64::from(self.dropped).saturating_add(self.events as u64)
    }
}

impl Running {
    fn judged(&mut self, judgement: &Judgement<'_>) {
        let Judgement { namespace, action, kind, id, denied, policies, function, line, .. } = *judgement;
        let id = self.redaction.resource(kind, id);
        let policies: Vec<_> = policies.iter().take(POLICIES).map(|policy| bounded(policy)).collect();
        let bytes = policies.iter().fold(id.len(), |sum, policy| sum.saturating_add(policy.len()));
        let room = if denied.is_some() { &mut self.denied } else { &mut self.allowed };
        if !room.takes(bytes) {
            return;
        }
        let mut attributes = vec![
            Attribute::text("rex.action", format!("{namespace}::Action::\"{action}\"")),
            Attribute::text("rex.resource.type", kind),
            Attribute::text("rex.resource.id", id),
            Attribute::text("rex.decision", if denied.is_some() { "denied" } else { "allowed" }),
            Attribute::new("rex.policies", Value::texts(policies)),
            Attribute::number("code.line.number", line as u64),
        ];
        attributes.extend(function.map(|function| Attribute::text("code.function.name", function)));
        if let Some(denial) = denied {
            attributes.push(Attribute::text("rex.cause", bounded(denial.cause)));
            attributes.push(Attribute::new("rex.passed", Value::Bool(denial.passed)));
        }
        let time_unix_nano = nanoseconds(SystemTime::now());
        self.events.push(Event { time_unix_nano, name: "judgement", attributes });
    }

    fn request(
        self,
        outcome: &Outcome,
        took: Duration,
        chosen: BTreeMap<String, String>,
    ) -> Result<Vec<u8>, serde_json::Error> {
        let Self { facts, redaction, events, allowed, denied } = self;
        let (end, error) = (SystemTime::now(), outcome.record.error.as_ref());
        let mut resource = BTreeMap::from(
            [("service.name", "rex-runner"), ("service.version", facts.version), ("host.name", &facts.host)]
                .map(|(key, value)| (key.to_owned(), value.to_owned())),
        );
        resource.extend(chosen);
        let mut attributes = vec![
            Attribute::text("rex.run.id", facts.run.as_str()),
            Attribute::text("rex.principal", bounded(&facts.principal)),
            Attribute::text("rex.script.name", bounded(&facts.script.name)),
            Attribute::text("rex.policy.name", bounded(&facts.policy.name)),
            Attribute::new("rex.observing", Value::Bool(outcome.record.observing)),
            Attribute::number("rex.allowed", allowed.all()),
            Attribute::number("rex.denied", denied.all()),
            Attribute::number("process.pid", facts.pid.into()),
            Attribute::number("process.exit.code", outcome.code.into()),
        ];
        attributes.extend(facts.script.sha256.map(|digest| Attribute::text("rex.script.sha256", digest)));
        attributes.extend(facts.policy.sha256.map(|digest| Attribute::text("rex.policy.sha256", digest)));
        attributes.extend(facts.signer.map(|signer| Attribute::text("rex.signer", bounded(&signer))));
        if let Some(floor) = &outcome.record.confinement {
            attributes.push(Attribute::new("rex.confinement.enforced", Value::texts(floor.enforced.clone())));
            attributes.push(Attribute::new("rex.confinement.missing", Value::texts(floor.missing.clone())));
        }
        attributes.extend(error.map(|error| Attribute::text("error.type", error.error_type.name())));
        // The id of a run is a UUID, which has as many digits as that of a trace: who has one finds the other.
        let trace_id = facts.run.replace('-', "");
        let span = Span {
            span_id: trace_id.get(16..).unwrap_or_default(),
            trace_id: &trace_id,
            name: "rex-runner run",
            kind: otlp::INTERNAL,
            start_time_unix_nano: nanoseconds(end.checked_sub(took).unwrap_or(end)),
            end_time_unix_nano: nanoseconds(end),
            attributes,
            events,
            dropped_events_count: allowed.dropped.saturating_add(denied.dropped),
            status: match error {
                None => Status { code: otlp::OK, message: None },
                Some(error) => Status { code: otlp::ERROR, message: Some(redaction.text(&error.message)) },
            },
        };
        let scope = Scope { name: "rex-runner", version: facts.version };
        let attributes = resource.into_iter().map(|(key, value)| Attribute::text(key, value)).collect();
        serde_json::to_vec(&Request {
            resource_spans: [ResourceSpans {
                resource: Resource { attributes },
                scope_spans: [ScopeSpans { scope, spans: [span] }],
            }],
        })
    }
}
