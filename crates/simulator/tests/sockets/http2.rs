//! HTTP/2 with prior knowledge.

use bytes::Bytes;
use h2::Reason;
use h2::client::SendRequest;
use serde_json::json;
use tokgate_simulator::{
    Answer, Ended, Fault, Options, Protocol, RandomStream, Running, Script, Simulator, Transport, expected_bytes,
};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use super::client::body;

async fn start(h2_max_streams: Option<u32>) -> Running {
    let options = Options { transport: Transport::Http2PriorKnowledge, h2_max_streams, ..Options::default() };
    Simulator::start(options).await.unwrap()
}

async fn connect(running: &Running) -> (SendRequest<Bytes>, JoinHandle<Result<(), h2::Error>>) {
    let tcp = TcpStream::connect(running.addr).await.unwrap();
    let (sender, connection) = h2::client::handshake(tcp).await.unwrap();
    (sender, tokio::spawn(connection))
}

/// Status, body, and the error that ended the body early.
async fn fetch(sender: &SendRequest<Bytes>, choice: &str) -> Result<(u16, Vec<u8>, Option<h2::Error>), h2::Error> {
    let mut sender = sender.clone().ready().await?;
    let request = http::Request::post("http://x/v1/messages").header("x-sim", choice).body(()).unwrap();
    let (response, mut stream) = sender.send_request(request, false)?;
    stream.send_data(body(Protocol::Anthropic, true).to_string().into(), true)?;
    let (parts, mut body) = response.await?.into_parts();
    let (status, mut bytes) = (parts.status.as_u16(), Vec::new());
    while let Some(chunk) = body.data().await {
        match chunk {
            Ok(chunk) => {
                body.flow_control().release_capacity(chunk.len())?;
                bytes.extend_from_slice(&chunk);
            }
            Err(e) => return Ok((status, bytes, Some(e))),
        }
    }
    Ok((status, bytes, None))
}

async fn ask(sender: &SendRequest<Bytes>, choice: &str) -> Result<(u16, Vec<u8>), h2::Error> {
    match fetch(sender, choice).await? {
        (_, _, Some(e)) => Err(e),
        (status, bytes, None) => Ok((status, bytes)),
    }
}

fn generated(bytes: &[u8]) -> usize {
    String::from_utf8_lossy(bytes).matches("event: content_block_delta").count()
}

#[tokio::test]
async fn good_answers_share_a_connection() {
    let running = start(None).await;
    let (sender, _connection) = connect(&running).await;
    let (one, two) = tokio::join!(ask(&sender, "good"), ask(&sender, "status=529"));
    let (status, bytes) = one.unwrap();
    assert!(status == 200 && String::from_utf8(bytes).unwrap().contains("event: message_stop"));
    assert_eq!(two.unwrap().0, 529);
    let log = running.log();
    assert!(log.iter().all(|s| s.http_version == "HTTP/2.0" && s.connection_id == 1 && s.ended == Ended::Done));
}

#[tokio::test]
async fn a_long_stream_keeps_to_the_window_and_arrives_whole() {
    let running = start(None).await;
    let (sender, _connection) = connect(&running).await;
    let random = RandomStream { seed: 9, bytes: 400_000, write_bytes: 0 };
    let choice = json!({"random": random}).to_string();
    assert!(ask(&sender, &choice).await.unwrap().1 == expected_bytes(Protocol::Anthropic, 9, 400_000));
}

#[tokio::test]
async fn a_refused_stream_is_refused_and_the_connection_lives() {
    let running = start(None).await;
    let (sender, _connection) = connect(&running).await;
    let error = ask(&sender, "h2-refused-stream").await.unwrap_err();
    assert_eq!((error.reason(), error.is_reset(), error.is_remote()), (Some(Reason::REFUSED_STREAM), true, true));
    assert_eq!(ask(&sender, "good").await.unwrap().0, 200);
}

#[tokio::test]
async fn goaway_says_that_the_request_was_not_handled() {
    let running = start(None).await;
    let (sender, connection) = connect(&running).await;
    assert_eq!(ask(&sender, "good").await.unwrap().0, 200);
    let error = ask(&sender, "h2-goaway").await.unwrap_err();
    assert!(error.is_go_away() && error.is_remote(), "{error:?}");
    assert_eq!(error.reason(), Some(Reason::NO_ERROR));
    let _ = connection.await.unwrap();
    running.until(|_, counters| counters.connections_open == 0).await;
}

#[tokio::test]
async fn a_polite_goaway_lets_the_answer_finish() {
    let running = start(None).await;
    let (sender, connection) = connect(&running).await;
    let (status, bytes) = ask(&sender, "h2-goaway-later").await.unwrap();
    assert!(status == 200 && String::from_utf8(bytes).unwrap().contains("message_stop"));
    connection.await.unwrap().unwrap();
}

#[tokio::test]
async fn cuts_have_their_http2_form() {
    let running = start(None).await;
    let (sender, _connection) = connect(&running).await;
    let (_, bytes, reset) = fetch(&sender, "sse-cut-reset; after_events=3").await.unwrap();
    let reset = reset.unwrap();
    assert_eq!((generated(&bytes), reset.reason(), reset.is_remote()), (3, Some(Reason::INTERNAL_ERROR), true));
    let (_, bytes, clean) = fetch(&sender, "sse-cut-clean").await.unwrap();
    assert!(generated(&bytes) == 2 && clean.is_none());
    let (_, bytes, eof) = fetch(&sender, "sse-cut-eof").await.unwrap();
    let eof = eof.unwrap();
    assert!(generated(&bytes) == 2 && !eof.is_reset() && !eof.is_go_away(), "{eof:?}");
    assert!(running.log().iter().any(|s| s.behaviour == "sse-cut-eof" && s.ended == Ended::Cut));
}

#[tokio::test]
async fn a_client_that_resets_its_stream_is_seen() {
    let running = start(None).await;
    running.script(Script::of([Fault::StallMidStream]));
    let (sender, _connection) = connect(&running).await;
    let mut sender = sender.ready().await.unwrap();
    let request = http::Request::post("http://x/v1/messages").body(()).unwrap();
    let (response, mut stream) = sender.send_request(request, false).unwrap();
    stream.send_data(body(Protocol::Anthropic, true).to_string().into(), true).unwrap();
    let response = response.await.unwrap();
    assert_eq!(response.status(), 200);
    stream.send_reset(Reason::CANCEL);
    drop(response);
    running.until(|log, _| log[0].ended == Ended::Cancelled).await;
}

#[tokio::test]
async fn the_stream_limit_is_announced() {
    let running = start(Some(2)).await;
    running.script(Script::always(Answer::text("x")));
    let (sender, _connection) = connect(&running).await;
    assert_eq!(ask(&sender, "good").await.unwrap().0, 200);
    assert_eq!(sender.current_max_send_streams(), 2);
}
