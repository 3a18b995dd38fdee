//! TLS: a certificate to trust, and three that nobody should.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, ServerName};
use tokgate_simulator::{Fault, Options, Protocol, Running, Script, Simulator, Transport};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::client::{body, request};

async fn start(alpn: &[&str], folder: &tempfile::TempDir) -> Running {
    let alpn = alpn.iter().map(|name| (*name).to_owned()).collect();
    let options = Options {
        transport: Transport::Tls { alpn },
        cert_dir: Some(folder.path().to_path_buf()),
        ..Options::default()
    };
    Simulator::start(options).await.unwrap()
}

async fn connect(running: &Running, pem: &[u8], alpn: &[&[u8]]) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(pem).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
    let tcp = TcpStream::connect(running.addr).await.unwrap();
    TlsConnector::from(Arc::new(config)).connect(ServerName::try_from("localhost").unwrap(), tcp).await
}

#[tokio::test]
async fn the_written_authority_is_enough_to_trust_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let running = start(&[], &folder).await;
    let pem = std::fs::read(folder.path().join("ca.pem")).unwrap();
    assert_eq!(running.ca_pem.as_deref().unwrap().as_bytes(), pem);
    let mut stream = connect(&running, &pem, &[]).await.unwrap();
    stream
        .write_all(&request("/v1/messages", &[("connection", "close")], &body(Protocol::Anthropic, true)))
        .await
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.contains("message_stop"));
}

#[tokio::test]
async fn alpn_chooses_the_protocol() {
    let folder = tempfile::tempdir().unwrap();
    let running = start(&["h2", "http/1.1"], &folder).await;
    let pem = running.ca_pem.clone().unwrap();
    let one = connect(&running, pem.as_bytes(), &[b"http/1.1"]).await.unwrap();
    assert_eq!(one.get_ref().1.alpn_protocol(), Some(b"http/1.1".as_slice()));
    let two = connect(&running, pem.as_bytes(), &[b"h2"]).await.unwrap();
    let (sender, connection) = h2::client::handshake(two).await.unwrap();
    tokio::spawn(connection);
    let mut sender = sender.ready().await.unwrap();
    let request = http::Request::get("https://localhost/v1/models").body(()).unwrap();
    let response = sender.send_request(request, true).unwrap().0.await.unwrap();
    assert_eq!((response.status().as_u16(), running.log()[0].http_version), (200, "HTTP/2.0"));
}

#[tokio::test]
async fn bad_certificates_are_refused_for_their_own_reason() {
    let folder = tempfile::tempdir().unwrap();
    let running = start(&[], &folder).await;
    let pem = running.ca_pem.clone().unwrap();
    let cases = [
        (Fault::TlsSelfSigned, "UnknownIssuer"),
        (Fault::TlsWrongHost, "NotValidForName"),
        (Fault::TlsExpired, "Expired"),
    ];
    for (fault, reason) in cases {
        running.script(Script::of([fault]));
        let error = format!("{:?}", connect(&running, pem.as_bytes(), &[]).await.unwrap_err());
        assert!(error.contains(reason), "{fault}: {error}");
        assert!(connect(&running, pem.as_bytes(), &[]).await.is_ok(), "the step is used up");
    }
}

#[tokio::test]
async fn a_refused_handshake_ends_in_an_alert() {
    let folder = tempfile::tempdir().unwrap();
    let running = start(&["http/1.1"], &folder).await;
    let pem = running.ca_pem.clone().unwrap();
    running.script(Script::of([Fault::TlsAlert]));
    let error = format!("{:?}", connect(&running, pem.as_bytes(), &[b"http/1.1"]).await.unwrap_err());
    assert!(error.contains("NoApplicationProtocol"), "{error}");
    assert!(connect(&running, pem.as_bytes(), &[b"http/1.1"]).await.is_ok(), "the step is used up");
}

#[tokio::test]
async fn a_cut_over_tls_has_no_close_notify() {
    let folder = tempfile::tempdir().unwrap();
    let running = start(&[], &folder).await;
    let pem = running.ca_pem.clone().unwrap();
    let mut stream = connect(&running, pem.as_bytes(), &[]).await.unwrap();
    let bytes = request("/v1/messages", &[("x-sim", "sse-cut-eof")], &body(Protocol::Anthropic, true));
    stream.write_all(&bytes).await.unwrap();
    let error = stream.read_to_end(&mut Vec::new()).await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::UnexpectedEof);
}
