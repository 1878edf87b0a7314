//! The protocol: an `ExportTraceServiceRequest` of OTLP 1 in its JSON encoding, in which ids are hexadecimal and 64-bit numbers strings.

use serde::Serialize;
use std::borrow::Cow;
use std::time::SystemTime;

/// `SPAN_KIND_INTERNAL`
pub(super) const INTERNAL: u8 = 1;
/// `STATUS_CODE_OK`
pub(super) const OK: u8 = 1;
/// `STATUS_CODE_ERROR`
pub(super) const ERROR: u8 = 2;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Request<'r> {
    pub(super) resource_spans: [ResourceSpans<'r>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ResourceSpans<'r> {
    pub(super) resource: Resource,
    pub(super) scope_spans: [ScopeSpans<'r>; 1],
}

#[derive(Serialize)]
pub(super) struct Resource {
    pub(super) attributes: Vec<Attribute>,
}

#[derive(Serialize)]
pub(super) struct ScopeSpans<'r> {
    pub(super) scope: Scope,
    pub(super) spans: [Span<'r>; 1],
}

#[derive(Serialize)]
pub(super) struct Scope {
    pub(super) name: &'static str,
    pub(super) version: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the protocol has these names")]
pub(super) struct Span<'r> {
    pub(super) trace_id: &'r str,
    pub(super) span_id: &'r str,
    pub(super) name: &'static str,
    pub(super) kind: u8,
    pub(super) start_time_unix_nano: String,
    pub(super) end_time_unix_nano: String,
    pub(super) attributes: Vec<Attribute>,
    pub(super) events: Vec<Event>,
    pub(super) dropped_events_count: u32,
    pub(super) status: Status,
}

#[derive(Serialize)]
pub(super) struct Status {
    pub(super) code: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) message: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Event {
    pub(super) time_unix_nano: String,
    pub(super) name: &'static str,
    pub(super) attributes: Vec<Attribute>,
}

#[derive(Debug, Serialize)]
pub(super) struct Attribute {
    key: Cow<'static, str>,
    value: Value,
}

impl Attribute {
    pub(super) fn new(key: impl Into<Cow<'static, str>>, value: Value) -> Self {
        Self { key: key.into(), value }
    }

    pub(super) fn text(key: impl Into<Cow<'static, str>>, text: impl Into<String>) -> Self {
        Self::new(key, Value::Text(text.into()))
    }

    pub(super) fn number(key: &'static str, number: u64) -> Self {
        Self::new(key, Value::Number(number.to_string()))
    }
}

/// An `AnyValue`.
#[derive(Debug, Serialize)]
pub(super) enum Value {
    #[serde(rename = "stringValue")]
    Text(String),
    #[serde(rename = "intValue")]
    Number(String),
    #[serde(rename = "boolValue")]
    Bool(bool),
    #[serde(rename = "arrayValue")]
    Array { values: Vec<Self> },
}

impl Value {
    pub(super) fn texts<T: Into<String>>(texts: Vec<T>) -> Self {
        Self::Array { values: texts.into_iter().map(|text| Self::Text(text.into())).collect() }
    }
}

/// Nanoseconds since 1970.
pub(super) fn nanoseconds(time: SystemTime) -> String {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_nanos().to_string()
}
