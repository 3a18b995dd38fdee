//! TLS: trust, reasons, protocol choice.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokgate::config::model::{Http2, Transport};
use tokgate::upstream::{
    Certainty, CertificateFault, Origin, OriginError, PoolLimits, ProxyVariables, Scheme, SendErrorKind, TrustStore,
    Upstream, Within,
};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use crate::support::*;

/// A certificate authority made for the test.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub(crate) root: CertificateDer<'static>,
    pub(crate) pem: String,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let (root, pem) = (certificate.der().clone(), certificate.pem());
        Self { issuer: Issuer::new(params, key), root, pem }
    }

    pub(crate) fn acceptor(&self, host: &str, alpn: &[&[u8]], expired: bool) -> TlsAcceptor {
        let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        if expired {
            params.not_before = date_time_ymd(2020, 1, 1);
            params.not_after = date_time_ymd(2021, 1, 1);
        }
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
            .unwrap();
        config.alpn_protocols = alpn.iter().map(|p| p.to_vec()).collect();
        TlsAcceptor::from(Arc::new(config))
    }

    pub(crate) fn trust(&self) -> TrustStore {
        TrustStore::with_roots(vec![self.root.clone()])
    }
}

pub(crate) fn to_api_example() -> Upstream {
    Upstream::with_resolver(PoolLimits::default(), Names::one("api.example", &["127.0.0.1"]))
}

pub(crate) fn secure(port: u16, transport: &Transport, trust: &TrustStore) -> Arc<Origin> {
    named(Scheme::Https, "api.example", port, transport, trust)
}

async fn answer_over_tls(stream: TcpStream, acceptor: TlsAcceptor) {
    if let Ok(mut stream) = acceptor.accept(stream).await {
        while read_request(&mut stream).await.is_some() {
            stream.write_all(OK).await.unwrap();
        }
    }
}

/// Starts a server with a certificate for `host` and sends to `api.example`.
async fn handshake(
    authority: &Authority,
    trust: &TrustStore,
    host: &str,
    expired: bool,
) -> Result<String, tokgate::upstream::SendError> {
    let acceptor = authority.acceptor(host, &[b"http/1.1"], expired);
    let (address, _) = server(move |stream, _| answer_over_tls(stream, acceptor.clone())).await;
    let exchange = send(&to_api_example(), &secure(address.port(), &transport(), trust)).await?;
    assert!(!exchange.facts.http2);
    Ok(text(exchange).await)
}

#[tokio::test]
async fn an_authority_of_the_configuration_is_trusted() {
    let authority = Authority::new();
    assert_eq!(handshake(&authority, &authority.trust(), "api.example", false).await.unwrap(), "ok");
}

#[tokio::test]
async fn a_ca_file_is_trusted_for_its_provider_alone() {
    let authority = Authority::new();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &authority.pem).unwrap();
    let acceptor = authority.acceptor("api.example", &[b"http/1.1"], false);
    let (address, _) = server(move |stream, _| answer_over_tls(stream, acceptor.clone())).await;
    let (upstream, trust) = (to_api_example(), TrustStore::with_roots(Vec::new()));
    let with_file = Transport { ca_file: Some(file.path().to_owned()), ..transport() };
    let exchange = send(&upstream, &secure(address.port(), &with_file, &trust)).await.unwrap();
    assert_eq!(text(exchange).await, "ok");
    let error = send(&upstream, &secure(address.port(), &transport(), &trust)).await.unwrap_err();
    assert_eq!(error.kind, SendErrorKind::TlsCertificate(CertificateFault::UnknownIssuer));
}

#[test]
fn a_ca_file_without_a_certificate_is_found_with_the_configuration() {
    let file = tempfile::NamedTempFile::new().unwrap();
    for path in [file.path().to_owned(), file.path().join("missing")] {
        let built = Origin::with_proxy_variables(
            Scheme::Https,
            "api.example",
            443,
            &Transport { ca_file: Some(path), ..transport() },
            &TrustStore::with_roots(Vec::new()),
            &ProxyVariables::default(),
        );
        assert!(matches!(built, Err(OriginError::CaFile(_))), "{built:?}");
    }
}

#[tokio::test]
async fn a_bad_certificate_is_refused_with_its_reason() {
    let (authority, nobody) = (Authority::new(), TrustStore::with_roots(Vec::new()));
    let trust = authority.trust();
    for (fault, trust, host, expired) in [
        (CertificateFault::Expired, &trust, "api.example", true),
        (CertificateFault::WrongHost, &trust, "other.example", false),
        (CertificateFault::UnknownIssuer, &nobody, "api.example", false),
    ] {
        let error = handshake(&authority, trust, host, expired).await.unwrap_err();
        assert_eq!((error.kind, error.certainty), (SendErrorKind::TlsCertificate(fault), Certainty::NotSent));
        assert!(error.to_string().contains(fault.text().en) && error.to_string().contains("api.example"), "{error:?}");
    }
}

/// What is not there in time for this request is opened all the same, for the next.
#[tokio::test]
async fn a_connection_is_waited_for_no_longer_than_the_request_wants() {
    let (address, connections) = server(|mut stream, _| async move { until_closed(&mut stream).await }).await;
    let (upstream, trust) = (to_api_example(), TrustStore::with_roots(Vec::new()));
    let origin = secure(address.port(), &transport(), &trust);
    let within = Within { head: LONG, connection: Some(Duration::from_millis(50)) };
    let error = guarded(upstream.send(&origin, || post("{}"), within)).await.unwrap_err();
    assert_eq!((error.kind, error.certainty), (SendErrorKind::ConnectTimeout, Certainty::NotSent));
    assert!(error.to_string().contains("within 50 ms"), "{error:?}");
    until(|| connections.load(Ordering::SeqCst) == 1).await;
}

#[tokio::test]
async fn a_silent_handshake_is_given_up_in_time() {
    let (address, _) = server(|mut stream, _| async move { until_closed(&mut stream).await }).await;
    let short = Transport { tls_timeout: Duration::from_millis(50), ..transport() };
    let trust = TrustStore::with_roots(Vec::new());
    let error = send(&to_api_example(), &secure(address.port(), &short, &trust)).await.unwrap_err();
    assert_eq!((error.kind, error.certainty), (SendErrorKind::TlsTimeout, Certainty::NotSent));
    assert!(error.facts.tls >= short.tls_timeout);
}

#[tokio::test]
async fn a_port_without_tls_and_one_that_hangs_up_are_handshake_failures() {
    let trust = TrustStore::with_roots(Vec::new());
    let (plain_port, _) = server(|mut stream, _| async move { stream.write_all(OK).await.unwrap() }).await;
    let (rude, _) = server(|stream, _| async move { drop(stream) }).await;
    for address in [plain_port, rude] {
        let error = send(&to_api_example(), &secure(address.port(), &transport(), &trust)).await.unwrap_err();
        assert_eq!(error.kind, SendErrorKind::TlsAlert, "{error:?}");
    }
}

#[tokio::test]
async fn the_protocol_is_what_both_sides_speak() {
    let authority = Authority::new();
    for (mode, offered, http2) in [
        (Http2::Auto, [b"h2".as_slice(), b"http/1.1"].as_slice(), true),
        (Http2::Auto, &[b"http/1.1"], false),
        (Http2::Off, &[b"h2", b"http/1.1"], false),
        (Http2::PriorKnowledge, &[b"h2", b"http/1.1"], true),
    ] {
        let acceptor = authority.acceptor("api.example", offered, false);
        let (address, _) = server(move |stream, _| {
            let acceptor = acceptor.clone();
            async move {
                let stream = acceptor.accept(stream).await.unwrap();
                if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
                    crate::http2::serve(stream, 100, |_| async { crate::http2::ok() }).await;
                } else {
                    let mut stream = stream;
                    read_request(&mut stream).await.unwrap();
                    stream.write_all(OK).await.unwrap();
                }
            }
        })
        .await;
        let mode = Transport { http2: mode, ..transport() };
        let exchange = send(&to_api_example(), &secure(address.port(), &mode, &authority.trust())).await.unwrap();
        assert_eq!(exchange.facts.http2, http2);
        assert_eq!(text(exchange).await, "ok");
    }
}
