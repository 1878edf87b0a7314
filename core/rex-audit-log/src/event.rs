//! What is recorded.

use std::time::Duration;

/// A script or a policy: where it came from, and what it was.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Source {
    /// Its path, or what stands for one.
    pub name: String,
    /// The SHA-256 of its bytes in hexadecimal digits; nothing where it could not be read.
    pub sha256: Option<String>,
}

impl Source {
    /// The source `name` that holds `bytes`.
    pub fn new(name: impl Into<String>, bytes: &[u8]) -> Self {
        Self { name: name.into(), sha256: Some(crate::seal::digest(bytes)) }
    }
}

/// What all records of a run have in common.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The name of the run.
    pub run: String,
    /// The name of the host.
    pub host: String,
    /// The account that policies decide for.
    pub principal: String,
    /// The number of the account that the process acts as.
    pub uid: u32,
    /// The process.
    pub pid: u32,
    /// The version of REX.
    pub version: &'static str,
    /// Who signed the script, where that was asked for.
    pub signer: Option<String>,
    /// The script.
    pub script: Source,
    /// The policy.
    pub policy: Source,
}

/// The start of a run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Start<'s> {
    /// The names of the script's arguments. Their values are not recorded.
    pub arguments: &'s [String],
    /// Whether denials are let pass.
    pub observing: bool,
}

/// Why something was denied.
#[derive(Debug, Clone, Copy)]
pub struct Denial<'d> {
    /// The reason in words.
    pub cause: &'d str,
    /// Whether the denial was let pass.
    pub passed: bool,
}

/// How far a question went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Extent {
    /// One resource.
    #[default]
    One,
    /// Everything of the kind directly in the directory that the resource stands for.
    Directory,
    /// One resource, and only whether something forbids it.
    UnlessForbidden,
}

/// A verdict.
#[derive(Debug, Clone, Copy)]
pub struct Judgement<'j> {
    /// The namespace of the action, for example `file_system`.
    pub namespace: &'j str,
    /// Its name, for example `open`.
    pub action: &'j str,
    /// The type of the resource, for example `file_system::File`.
    pub kind: &'j str,
    /// The id of the resource.
    pub id: &'j str,
    /// Nothing where it was allowed.
    pub denied: Option<Denial<'j>>,
    /// The policies that decided.
    pub policies: &'j [&'j str],
    /// How far the question went.
    pub extent: Extent,
    /// The script function that asked.
    pub function: Option<&'j str>,
    /// The script line of the call, 0 where unknown.
    pub line: usize,
}

/// Bytes and processes that something used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Bytes written to files.
    pub written: u64,
    /// Bytes sent over the network.
    pub sent: u64,
    /// Bytes read from files and received from the network.
    pub read: u64,
    /// Processes started.
    pub children: u64,
}

/// What came of a function that was granted something.
#[derive(Debug, Clone, Copy)]
pub struct Effect<'e> {
    /// The script function.
    pub function: &'e str,
    /// The script line of the call, 0 where unknown.
    pub line: usize,
    /// Nothing where it succeeded, else the kind of its error.
    pub error: Option<&'e str>,
    /// How long it took.
    pub took: Duration,
    /// What it used, with what it called back.
    pub usage: Usage,
}

/// The end of a run.
#[derive(Debug, Clone, Copy, Default)]
pub struct End<'e> {
    /// Nothing where it succeeded, else the type of its error.
    pub error: Option<&'e str>,
    /// What was said of the error. The redaction dictionary decides what of it is kept.
    pub message: Option<&'e str>,
    /// What the process exits with.
    pub exit_code: u8,
    /// How long it took.
    pub took: Duration,
    /// How many requests were allowed.
    pub allowed: u64,
    /// How many requests were denied.
    pub denied: u64,
    /// What it used.
    pub usage: Usage,
}
