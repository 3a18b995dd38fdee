//! Our certificate: read from PEM files, replaced while running. Not the TLS towards providers.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use crate::config::model::TlsFiles;
use crate::i18n::{Message, Text, faults, refusals};

/// What a listener needs to speak TLS. Connections made after a [`Tls::reload`] get the new certificate.
#[derive(Debug)]
pub struct Tls {
    config: ArcSwap<ServerConfig>,
}

/// A certificate or key that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsError {
    /// The file that is at fault.
    pub file: PathBuf,
    /// What is wrong with it.
    pub reason: Text,
}

impl TlsError {
    /// In words.
    pub fn text(&self) -> Text {
        Text::new(&refusals::AT).with("field", self.file.display()).with_words("why", self.reason.clone())
    }
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text().fmt(f)
    }
}

impl std::error::Error for TlsError {}

impl Tls {
    /// Reads both files.
    pub fn load(files: &TlsFiles) -> Result<Self, TlsError> {
        Ok(Self { config: ArcSwap::from(server_config(files)?) })
    }

    /// Reads both files again. On an error the old certificate stays.
    pub fn reload(&self, files: &TlsFiles) -> Result<(), TlsError> {
        self.config.store(server_config(files)?);
        Ok(())
    }

    /// An acceptor with the certificate of now.
    pub fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(self.config.load_full())
    }
}

fn server_config(files: &TlsFiles) -> Result<Arc<ServerConfig>, TlsError> {
    let certificates = certificates(&files.cert)?;
    let key = PrivateKeyDer::from_pem_file(&files.key)
        .map_err(|error| fault(&files.key, pem_reason(&error, &faults::PEM_NO_KEY)))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| fault(&files.cert, Text::verbatim(error)))?;
    let mut config =
        builder.with_no_client_auth().with_single_cert(certificates, key).map_err(|error| pair_fault(files, &error))?;
    // HTTP/2 from clients is not spoken: none of them offers it.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let read = |error| fault(file, pem_reason(&error, &faults::PEM_NO_CERTIFICATE));
    let certificates: Vec<_> =
        CertificateDer::pem_file_iter(file).map_err(read)?.collect::<Result<_, _>>().map_err(read)?;
    if certificates.is_empty() {
        return Err(fault(file, &faults::PEM_NO_CERTIFICATE));
    }
    Ok(certificates)
}

fn pem_reason(error: &rustls_pki_types::pem::Error, missing: &'static Message) -> Text {
    use rustls_pki_types::pem::Error;
    match error {
        Error::Io(error) => faults::system(error),
        Error::NoItemsFound => missing.into(),
        other => Text::new(&faults::PEM_INVALID).with("cause", other),
    }
}

fn pair_fault(files: &TlsFiles, error: &rustls::Error) -> TlsError {
    match error {
        rustls::Error::InconsistentKeys(_) => {
            fault(&files.key, Text::new(&faults::PEM_OTHER_KEY).with("file", files.cert.display()))
        }
        rustls::Error::InvalidCertificate(_) => fault(&files.cert, Text::verbatim(error)),
        _ => fault(&files.key, Text::verbatim(error)),
    }
}

fn fault(file: &Path, reason: impl Into<Text>) -> TlsError {
    TlsError { file: file.to_owned(), reason: reason.into() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn pair(dir: &Path, name: &str) -> TlsFiles {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let files = TlsFiles { cert: dir.join(format!("{name}.pem")), key: dir.join(format!("{name}.key")) };
        std::fs::write(&files.cert, made.cert.pem()).unwrap();
        std::fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
        files
    }

    #[test]
    fn a_good_pair_loads_and_offers_http_1_1_only() {
        let dir = tempfile::tempdir().unwrap();
        let tls = Tls::load(&pair(dir.path(), "a")).unwrap();
        assert_eq!(tls.config.load().alpn_protocols, [b"http/1.1".to_vec()]);
    }

    #[test]
    fn errors_name_the_file_at_fault_and_say_why() {
        let dir = tempfile::tempdir().unwrap();
        let (a, b) = (pair(dir.path(), "a"), pair(dir.path(), "b"));
        let empty = dir.path().join("empty.pem");
        std::fs::write(&empty, "").unwrap();
        let missing = dir.path().join("missing.pem");
        let torn = dir.path().join("torn.pem");
        std::fs::write(&torn, "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n").unwrap();
        let rubbish = dir.path().join("rubbish.pem");
        std::fs::write(&rubbish, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
        let with = |cert: &Path, key: &Path| TlsFiles { cert: cert.to_owned(), key: key.to_owned() };
        let cases = [
            (with(&missing, &a.key), &missing, "o such file"),
            (with(&a.cert, &missing), &missing, "o such file"),
            (with(&empty, &a.key), &empty, "no certificate"),
            (with(&a.cert, &empty), &empty, "no private key"),
            (with(&a.cert, &a.cert), &a.cert, "no private key"),
            (with(&torn, &a.key), &torn, "not valid PEM"),
            (with(&rubbish, &a.key), &rubbish, "ertificate"),
            (with(&a.cert, &b.key), &b.key, "does not belong to the certificate"),
        ];
        for (files, file, reason) in cases {
            let error = Tls::load(&files).unwrap_err();
            assert_eq!(&error.file, file, "{error}");
            assert!(error.reason.to_string().contains(reason), "{error}");
        }
    }

    #[test]
    fn a_failed_reload_keeps_the_old_certificate_and_a_good_one_replaces_it() {
        let dir = tempfile::tempdir().unwrap();
        let (a, b) = (pair(dir.path(), "a"), pair(dir.path(), "b"));
        let tls = Tls::load(&a).unwrap();
        let before = tls.config.load_full();
        tls.reload(&TlsFiles { cert: a.cert, key: b.key.clone() }).unwrap_err();
        assert!(Arc::ptr_eq(&before, &tls.config.load_full()));
        tls.reload(&b).unwrap();
        assert!(!Arc::ptr_eq(&before, &tls.config.load_full()));
    }
}
