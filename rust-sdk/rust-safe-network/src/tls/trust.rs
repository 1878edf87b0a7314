//! Which authorities make a server's certificate trusted.

use crate::{Error, Reason, Result};
use rex_cedar_auth::Gate;
use rust_safe_io::Elsewhere;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier};
use std::cell::OnceCell;
use std::rc::Rc;
use std::sync::Arc;

/// The authorities that make a server's certificate trusted. Copies are the same.
#[derive(Debug, Clone)]
pub struct Trust(Rc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Those of a file; nothing for those of this host.
    given: Option<Arc<RootCertStore>>,
    roots: OnceCell<Arc<RootCertStore>>,
    config: OnceCell<Arc<ClientConfig>>,
}

impl Trust {
    fn of(given: Option<Arc<RootCertStore>>) -> Self {
        Self(Rc::new(Inner { given, roots: OnceCell::new(), config: OnceCell::new() }))
    }

    /// Those that this host trusts: of the system, or where `SSL_CERT_FILE` and `SSL_CERT_DIR` say, as for other programs. They are read when they are first
    /// needed, and scripts see nothing of them. What cannot be read makes fewer servers trusted, never more.
    pub fn system() -> Self {
        Self::of(None)
    }

    /// Those in the file at `path` in PEM form, and no others.
    ///
    /// # Policy
    /// Asks `open` on the directory and the file, and `read` on the file.
    ///
    /// # Errors
    /// `Other` for what is no file of certificates; what the system says.
    pub fn file(gate: &Gate, path: &str) -> Result<Self> {
        let mut roots = RootCertStore::empty();
        for certificate in rust_safe_io::certificates_at(gate, path)? {
            let add = roots.add(certificate);
            add.map_err(|error| Error::Other(format!("a certificate in {path} is that of no authority: {error}")))?;
        }
        Ok(Self::of(Some(Arc::new(roots))))
    }

    /// Whether both are the same.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    /// The certificates of the authorities.
    ///
    /// # Errors
    /// `RequestError` where those of this host would have to be read within another mount namespace: whoever made it decides what stands there.
    pub(super) fn roots(&self) -> Result<Arc<RootCertStore>> {
        if let Some(roots) = self.0.given.as_ref().or_else(|| self.0.roots.get()) {
            return Ok(Arc::clone(roots));
        }
        if Elsewhere::is_among_other_mounts() {
            let text = "what this host trusts cannot be read within another mount namespace; make a secure request before it is entered, or \
                        name a file of authorities";
            return Err(Error::request(Reason::Tls, text));
        }
        let load = || Arc::new(system(rustls_native_certs::load_native_certs().certs));
        Ok(Arc::clone(self.0.roots.get_or_init(load)))
    }

    /// How secure connections are made under this trust.
    pub(crate) fn config(&self) -> Result<Arc<ClientConfig>> {
        if let Some(config) = self.0.config.get() {
            return Ok(Arc::clone(config));
        }
        let mut config = builder()?.with_root_certificates(self.roots()?).with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::clone(self.0.config.get_or_init(|| Arc::new(config))))
    }
}

fn system(certificates: Vec<CertificateDer<'static>>) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates);
    roots
}

/// What all secure connections have in common.
pub(super) fn builder() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>> {
    let builder = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
    builder.map_err(|error| Error::request(Reason::Tls, error.to_string()))
}

pub(super) fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}
