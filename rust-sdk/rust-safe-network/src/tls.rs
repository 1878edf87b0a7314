//! TLS 1.2 and 1.3 (RFC 8446): whom to trust, secure connections, and what a server shows of itself.

mod inspect;
mod session;
mod trust;
mod witness;

pub use inspect::{TlsInfo, TlsOptions, tls_info};
pub(crate) use session::Session;
pub use trust::Trust;

use crate::{Error, Reason, Result};
use rustls::pki_types::ServerName;

/// The name that a server has to show a certificate for.
///
/// # Errors
/// `RequestError` for what is neither a name nor an address.
pub(crate) fn name(host: &str) -> Result<ServerName<'static>> {
    let invalid =
        |_| Error::request(Reason::Tls, format!("`{}` is no name that a certificate can be for", host.escape_debug()));
    ServerName::try_from(host.to_owned()).map_err(invalid)
}

/// The error of a connection that is not secure, in words.
fn insecure(error: &rustls::Error) -> Error {
    Error::request(Reason::Tls, words(error))
}

/// What the library says, and what it means.
fn words(error: &rustls::Error) -> String {
    use rustls::CertificateError as Bad;
    let meaning = match error {
        rustls::Error::InvalidCertificate(Bad::UnknownIssuer) => {
            "nothing leads from it to an authority that is trusted"
        }
        rustls::Error::InvalidCertificate(Bad::BadSignature) => "it is not signed by whom it names",
        rustls::Error::InvalidMessage(_) => "the other side does not seem to speak TLS",
        rustls::Error::AlertReceived(_) => "the other side refused",
        _ => return error.to_string(),
    };
    format!("{error}: {meaning}")
}
