//! Certificates made at start: an authority of our own, a good leaf, and three leaves no client should accept.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose};
use rustls::ServerConfig;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::TlsAcceptor;

use super::StartError;
use crate::fault::Fault;

/// A protocol that no client offers: what is left is the alert `no_application_protocol`.
const NOBODYS_PROTOCOL: &str = "sim/0";
/// Names of the good leaf.
const NAMES: &[&str] = &["localhost", "127.0.0.1", "::1"];

pub(crate) struct Certificates {
    pub(crate) ca_pem: String,
    good: TlsAcceptor,
    self_signed: TlsAcceptor,
    wrong_host: TlsAcceptor,
    expired: TlsAcceptor,
    alert: TlsAcceptor,
}

impl Certificates {
    pub(crate) fn new(alpn: &[String]) -> Result<Self, StartError> {
        make(alpn).map_err(|e| StartError::Certificate(e.to_string()))
    }

    /// The acceptor with the certificate that the fault wants.
    pub(crate) fn acceptor(&self, fault: Option<Fault>) -> &TlsAcceptor {
        match fault {
            Some(Fault::TlsSelfSigned) => &self.self_signed,
            Some(Fault::TlsWrongHost) => &self.wrong_host,
            Some(Fault::TlsExpired) => &self.expired,
            Some(Fault::TlsAlert) => &self.alert,
            _ => &self.good,
        }
    }
}

type Error = Box<dyn std::error::Error + Send + Sync>;
type Authority = CertifiedIssuer<'static, KeyPair>;

fn make(alpn: &[String]) -> Result<Certificates, Error> {
    let authority = authority()?;
    let speaking =
        |alpn: &[String], names: &[&str], change: fn(&mut CertificateParams)| -> Result<TlsAcceptor, Error> {
            let mut params = leaf_params(names)?;
            change(&mut params);
            let key = KeyPair::generate()?;
            let cert = params.signed_by(&key, &authority)?;
            acceptor(cert.der().clone(), &key, alpn)
        };
    let leaf = |names: &[&str], change: fn(&mut CertificateParams)| speaking(alpn, names, change);
    let self_key = KeyPair::generate()?;
    let self_cert = leaf_params(NAMES)?.self_signed(&self_key)?;
    Ok(Certificates {
        ca_pem: authority.pem(),
        good: leaf(NAMES, |_| {})?,
        self_signed: acceptor(self_cert.der().clone(), &self_key, alpn)?,
        wrong_host: leaf(&["elsewhere.invalid"], |_| {})?,
        expired: leaf(NAMES, |params| {
            params.not_before = rcgen::date_time_ymd(2020, 1, 1);
            params.not_after = rcgen::date_time_ymd(2020, 2, 1);
        })?,
        alert: speaking(&[NOBODYS_PROTOCOL.to_owned()], NAMES, |_| {})?,
    })
}

fn authority() -> Result<Authority, Error> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.distinguished_name.push(DnType::CommonName, "simulator authority");
    Ok(CertifiedIssuer::self_signed(params, KeyPair::generate()?)?)
}

fn leaf_params(names: &[&str]) -> Result<CertificateParams, Error> {
    let mut params = CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())?;
    params.distinguished_name.push(DnType::CommonName, "simulator");
    params.use_authority_key_identifier_extension = true;
    params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth];
    Ok(params)
}

fn acceptor(cert: CertificateDer<'static>, key: &KeyPair, alpn: &[String]) -> Result<TlsAcceptor, Error> {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![cert], key)?;
    config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    Ok(TlsAcceptor::from(Arc::new(config)))
}
