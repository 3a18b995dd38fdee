//! TLS towards upstreams: which authorities are trusted, and what a failed handshake means.
//!
//! Everything is built at the first `https` connection, so a gateway with plain upstreams alone never pays for it.
//! On Linux the system's store follows OpenSSL: `SSL_CERT_FILE` takes its place. Everywhere else it is added to it.

use std::collections::HashMap;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::{CertificateError, ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use tokio_rustls::TlsConnector;

use super::error::{CertificateFault, SendError, SendErrorKind};
use crate::config::model::Http2;
use crate::i18n::{Message, Text, faults};

/// Variables that name a PEM file of further authorities.
const EXTRA_ROOT_VARIABLES: [&str; 2] = ["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"];
/// A certificate file is small; a wrong path must not fill the memory.
const PEM_FILE_MAX: u64 = 8 << 20;

/// Trusted authorities and the TLS configurations made from them, shared by all origins. Cheap to clone.
#[derive(Clone)]
pub struct TrustStore {
    inner: Arc<Store>,
}

struct Store {
    files: Vec<PathBuf>,
    roots: Vec<CertificateDer<'static>>,
    setups: Mutex<HashMap<u64, Arc<Verifier>>>,
}

/// One set of authorities, loaded at first use.
struct Verifier {
    store: Arc<Store>,
    extra: Vec<CertificateDer<'static>>,
    built: OnceLock<Result<Arc<dyn ServerCertVerifier>, String>>,
    configs: [OnceLock<Arc<ClientConfig>>; 3],
}

/// What an origin needs for its handshakes.
#[derive(Clone)]
pub(super) struct TlsSetup {
    verifier: Arc<Verifier>,
    http2: Http2,
    identity: u64,
}

impl TrustStore {
    /// The system's authorities and those of `SSL_CERT_FILE` and `NODE_EXTRA_CA_CERTS`. Nothing is read yet.
    pub fn from_env() -> Self {
        let files = EXTRA_ROOT_VARIABLES.iter().filter_map(std::env::var_os).map(PathBuf::from);
        Self::build(files.collect(), Vec::new())
    }

    /// The system's authorities and these.
    pub fn with_roots(roots: Vec<CertificateDer<'static>>) -> Self {
        Self::build(Vec::new(), roots)
    }

    fn build(files: Vec<PathBuf>, roots: Vec<CertificateDer<'static>>) -> Self {
        Self { inner: Arc::new(Store { files, roots, setups: Mutex::default() }) }
    }

    /// The setup for one `ca_file` (read now, so that a bad one is found with the configuration) and HTTP/2 mode.
    pub(super) fn setup(&self, ca_file: Option<&Path>, http2: Http2) -> io::Result<TlsSetup> {
        let extra = ca_file.map(read_pem).transpose()?.unwrap_or_default();
        let mut hasher = DefaultHasher::new();
        extra.hash(&mut hasher);
        let identity = hasher.finish();
        let verifier = Arc::clone(self.inner.setups.lock().entry(identity).or_insert_with(|| {
            Arc::new(Verifier {
                store: Arc::clone(&self.inner),
                extra,
                built: OnceLock::new(),
                configs: Default::default(),
            })
        }));
        Ok(TlsSetup { verifier, http2, identity })
    }
}

impl fmt::Debug for TrustStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrustStore").field("files", &self.inner.files).finish_non_exhaustive()
    }
}

impl TlsSetup {
    /// Tells one set of authorities from another, for the pool key.
    pub(super) fn identity(&self) -> u64 {
        self.identity
    }

    /// The connector; the first call reads the system's authorities off the runtime's threads.
    pub(super) async fn connector(&self) -> Result<TlsConnector, SendError> {
        if self.verifier.built.get().is_none() {
            let verifier = Arc::clone(&self.verifier);
            let _ = tokio::task::spawn_blocking(move || verifier.built().is_ok()).await;
        }
        self.verifier.config(self.http2).map(TlsConnector::from).map_err(|cause| {
            SendError::new(SendErrorKind::TlsAlert, Text::new(&faults::TLS_SETUP).with("cause", cause))
        })
    }
}

impl Verifier {
    fn built(&self) -> Result<Arc<dyn ServerCertVerifier>, String> {
        self.built.get_or_init(|| self.build().map_err(|e| e.to_string())).clone()
    }

    fn build(&self) -> Result<Arc<dyn ServerCertVerifier>, rustls::Error> {
        let mut extra = self.store.roots.clone();
        extra.extend(self.extra.iter().cloned());
        for file in &self.store.files {
            match read_pem(file) {
                Ok(roots) => extra.extend(roots),
                Err(error) => tracing::warn!(file = %file.display(), %error, "extra authorities not read"),
            }
        }
        // Without extra roots first: with them an empty system store (a bare container) would go unnoticed.
        match rustls_platform_verifier::Verifier::new(provider()) {
            Ok(verifier) if extra.is_empty() => Ok(Arc::new(verifier)),
            Ok(_) => Ok(Arc::new(rustls_platform_verifier::Verifier::new_with_extra_roots(extra, provider())?)),
            Err(error) => {
                tracing::warn!(%error, "no system authorities found, using the built-in list");
                built_in(extra)
            }
        }
    }

    fn config(&self, http2: Http2) -> Result<Arc<ClientConfig>, String> {
        let verifier = self.built()?;
        let (slot, protocols): (usize, &[&[u8]]) = match http2 {
            Http2::Auto => (0, &[b"h2", b"http/1.1"]),
            Http2::Off => (1, &[b"http/1.1"]),
            Http2::PriorKnowledge => (2, &[b"h2"]),
        };
        if let Some(config) = self.configs[slot].get() {
            return Ok(Arc::clone(config));
        }
        let mut config = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(|e| e.to_string())?
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|p| p.to_vec()).collect();
        Ok(Arc::clone(self.configs[slot].get_or_init(|| Arc::new(config))))
    }
}

/// Mozilla's list as compiled in, and the given ones.
fn built_in(extra: Vec<CertificateDer<'static>>) -> Result<Arc<dyn ServerCertVerifier>, rustls::Error> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for root in extra {
        roots.add(root)?;
    }
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider())
        .build()
        .map_err(|e| rustls::Error::General(e.to_string()))?;
    Ok(verifier)
}

/// One provider for the whole process, always passed explicitly: with two in the tree the implicit default panics.
fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: OnceLock<Arc<CryptoProvider>> = OnceLock::new();
    Arc::clone(PROVIDER.get_or_init(|| Arc::new(rustls::crypto::aws_lc_rs::default_provider())))
}

fn read_pem(path: &Path) -> io::Result<Vec<CertificateDer<'static>>> {
    if std::fs::metadata(path)?.len() > PEM_FILE_MAX {
        return Err(io::Error::other(Text::new(&faults::FILE_TOO_LARGE).with("mib", PEM_FILE_MAX >> 20)));
    }
    let bytes = std::fs::read(path)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    match found {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        Ok(_) => Err(io::Error::other(Text::new(&faults::PEM_NO_CERTIFICATE))),
        Err(error) => Err(io::Error::other(Text::new(&faults::PEM_INVALID).with("cause", error))),
    }
}

/// What a handshake failure means.
pub(super) fn handshake_error(host: &str, error: &io::Error) -> SendError {
    let said = |message: &'static Message| Text::new(message).with("host", host);
    let rustls_error = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match rustls_error {
        Some(rustls::Error::InvalidCertificate(cause)) => {
            let fault = certificate_fault(cause);
            let message = said(&faults::CERTIFICATE).with_words("fault", fault.text()).with("cause", cause);
            SendError::new(SendErrorKind::TlsCertificate(fault), message)
        }
        Some(rustls::Error::AlertReceived(alert)) => {
            SendError::new(SendErrorKind::TlsAlert, said(&faults::TLS_REFUSED).with("cause", format_args!("{alert:?}")))
        }
        Some(rustls::Error::InvalidMessage(_)) => SendError::new(SendErrorKind::TlsAlert, said(&faults::TLS_NONE)),
        _ => SendError::new(
            SendErrorKind::TlsAlert,
            said(&faults::TLS_FAILED).with_words("cause", faults::system(error)),
        ),
    }
}

fn certificate_fault(error: &CertificateError) -> CertificateFault {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => CertificateFault::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => CertificateFault::NotYetValid,
        CertificateError::UnknownIssuer => CertificateFault::UnknownIssuer,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            CertificateFault::WrongHost
        }
        CertificateError::Revoked => CertificateFault::Revoked,
        _ => CertificateFault::Other,
    }
}
