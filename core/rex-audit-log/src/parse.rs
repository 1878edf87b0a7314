//! Records as they are read back. Their content is hostile: whoever may write the log may write anything.

use jiff::Timestamp;
use serde::Deserialize;

/// What binds a record to its place.
#[derive(Debug, Deserialize)]
pub(crate) struct Placed {
    pub(crate) metadata: Metadata,
    pub(crate) unmapped: Binding,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Metadata {
    pub(crate) sequence: u64,
    #[serde(default)]
    pub(crate) correlation_uid: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Binding {
    pub(crate) record: String,
    pub(crate) prev: String,
    #[serde(default)]
    pub(crate) signature: Option<String>,
    #[serde(default)]
    pub(crate) records: Option<u64>,
    #[serde(default)]
    pub(crate) torn: Option<Torn>,
    #[serde(default)]
    pub(crate) follows: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Torn {
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
}

/// A record, as it is shown.
#[derive(Debug, Clone, Deserialize)]
pub struct Entry {
    time: i64,
    #[serde(default)]
    pub(crate) status_detail: Option<String>,
    #[serde(default)]
    pub(crate) duration: Option<u64>,
    #[serde(default)]
    pub(crate) disposition: Option<String>,
    #[serde(default)]
    pub(crate) authorizations: Vec<Authorization>,
    pub(crate) metadata: Metadata,
    #[serde(default)]
    pub(crate) actor: Actor,
    pub(crate) unmapped: Own,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Authorization {
    pub(crate) policy: Named,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Named {
    pub(crate) name: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Actor {
    #[serde(default)]
    pub(crate) user: User,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct User {
    #[serde(default)]
    pub(crate) name: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Own {
    pub(crate) record: String,
    #[serde(default)]
    pub(crate) function: Option<String>,
    #[serde(default)]
    pub(crate) line: Option<u64>,
    #[serde(default)]
    pub(crate) action: Option<String>,
    #[serde(default)]
    pub(crate) resource: Option<String>,
    #[serde(default)]
    pub(crate) extent: Option<String>,
    #[serde(default)]
    pub(crate) error: Option<String>,
    #[serde(default)]
    pub(crate) bytes: Option<Bytes>,
    #[serde(default)]
    pub(crate) exit_code: Option<u64>,
    #[serde(default)]
    pub(crate) torn: Option<TornBytes>,
    #[serde(default)]
    pub(crate) signer: Option<String>,
    #[serde(default)]
    pub(crate) script: String,
    #[serde(default)]
    pub(crate) script_sha256: Option<String>,
    #[serde(default)]
    pub(crate) policy: String,
    #[serde(default)]
    pub(crate) policy_sha256: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(crate) struct Bytes {
    #[serde(default)]
    pub(crate) written: u64,
    #[serde(default)]
    pub(crate) sent: u64,
    #[serde(default)]
    pub(crate) read: u64,
    #[serde(default)]
    pub(crate) children: u64,
}

#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct TornBytes {
    pub(crate) bytes: u64,
}

impl Entry {
    /// The record in `line`; nothing where it is none.
    pub fn parse(line: &[u8]) -> Option<Self> {
        serde_json::from_slice(line).ok()
    }

    /// Its number.
    pub fn sequence(&self) -> u64 {
        self.metadata.sequence
    }

    /// When it was written; the earliest moment where what it says is none.
    pub fn time(&self) -> Timestamp {
        Timestamp::from_millisecond(self.time).unwrap_or(Timestamp::MIN)
    }

    /// The run that it is of.
    pub fn run(&self) -> &str {
        &self.metadata.correlation_uid
    }

    /// Whether something was denied, also where that was let pass.
    pub fn is_denial(&self) -> bool {
        matches!(self.disposition.as_deref(), Some("Blocked" | "Logged"))
    }
}
