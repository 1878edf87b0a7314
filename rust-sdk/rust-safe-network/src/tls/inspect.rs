//! What a server shows of itself when one connects by TLS.

use super::trust::{builder, provider};
use super::witness::{Seen, Witness};
use super::{Session, Trust, name, words};
use crate::deadline::Deadline;
use crate::endpoint::{Carrier, Endpoint, Right};
use crate::host::Host;
use crate::lookup::reach;
use crate::{Error, Reason, Result};
use rex_cedar_auth::Gate;
use rust_safe_io::{CertificateInfo, describe_certificate};
use std::sync::Arc;
use std::time::Duration;

/// How to look at a server.
#[derive(Debug, Clone)]
pub struct TlsOptions {
    /// The name that the server is asked for and must show a certificate for; that of the host unless another is set.
    pub server_name: Option<String>,
    /// How long it may take.
    pub timeout: Duration,
    /// The authorities that make its certificate trusted.
    pub trust: Trust,
}

impl Default for TlsOptions {
    fn default() -> Self {
        Self { server_name: None, timeout: Duration::from_secs(10), trust: Trust::system() }
    }
}

/// What a server showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsInfo {
    /// The address that answered, with its port.
    pub address: String,
    /// The name that the server was asked for.
    pub server_name: String,
    /// The version agreed on, such as `TLSv1.3`; nothing where none was.
    pub version: Option<String>,
    /// The cipher suite agreed on, such as `TLS13_AES_256_GCM_SHA384`; nothing where none was.
    pub cipher: Option<String>,
    /// The certificates, that of the server first, in the order in which it sent them.
    pub certificates: Vec<CertificateInfo>,
    /// Why it is not to be trusted; nothing where it is.
    pub mistrust: Option<String>,
}

/// Connects to a server by TLS, sends nothing, and tells what it shows of itself, trusted or not.
///
/// # Policy
/// Asks `connect` on the host and on each address of it that is contacted.
///
/// # Errors
/// `RequestError` when it cannot be reached, does not speak TLS 1.2 or 1.3 or shows no certificate; `Other` for what is no host.
pub fn tls_info(gate: &Gate, host: &str, port: u16, options: &TlsOptions) -> Result<TlsInfo> {
    let spelled = Host::parse(host)?;
    let server_name = options.server_name.clone().unwrap_or_else(|| spelled.to_string());
    let about = |error: Error| match error.of_request() {
        Error::RequestError { reason, text } => {
            Error::request(reason, format!("error connecting to {host}:{port}: {text}"))
        }
        error => error,
    };
    let name = name(&server_name).map_err(about)?;
    let wait = Deadline::new(gate, options.timeout);
    let endpoint = Endpoint::new(Carrier::Tcp, spelled, port);
    let socket = reach(gate, &endpoint, Right::Permit, &wait).map_err(about)?;
    let address = socket.peer().to_string();
    let witness = Witness::new(options.trust.roots().map_err(about)?, provider());
    let config =
        builder()?.dangerous().with_custom_certificate_verifier(Arc::clone(&witness) as _).with_no_client_auth();
    let session = Session::open(socket, Arc::new(config), name, &wait);
    let seen = witness.seen();
    let Some(Seen { chain, verdict }) = seen else {
        let silent = Error::request(Reason::Tls, "it shows no certificate");
        return Err(about(session.err().unwrap_or(silent)));
    };
    let mut mistrust = verdict.err().map(|error| words(&error));
    let (mut version, mut cipher) = (None, None);
    match session {
        Ok(session) => {
            let agreed = session.agreed();
            version = agreed.protocol_version().and_then(|version| version.as_str()).map(|text| text.replace('_', "."));
            cipher = agreed.negotiated_cipher_suite().and_then(|suite| suite.suite().as_str()).map(str::to_owned);
        }
        Err(Error::Stopped(stopped)) => return Err(stopped.into()),
        // Such as a certificate whose key is not used as it has to be: what it shows is still worth telling.
        Err(Error::RequestError { reason: Reason::Tls, text }) => drop(mistrust.get_or_insert(text)),
        Err(error) => return Err(about(error)),
    }
    let certificates = chain.iter().map(|certificate| Ok(describe_certificate(certificate)?)).collect::<Result<_>>()?;
    Ok(TlsInfo { address, server_name, version, cipher, certificates, mistrust })
}
