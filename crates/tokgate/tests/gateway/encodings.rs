//! Bodies in a content-encoding, from both sides: what the client sends is read and goes on plain, what a provider
//! answers although nobody asked for it reaches the client plain, event by event, and damage is a cut.

use std::sync::Arc;

use bytes::Bytes;
use tokgate::proxy::read::BUFFERED_MAX;
use tokgate::store::record::Outcome;
use tokgate_simulator::{Answer, Behaviour, Coding, Fault, FaultPlan, Protocol, Running, Script};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::call::{Call, Reply};
use crate::cuts::unnumbered;
use crate::house::{House, guarded, provider, section};
use crate::stream::{self, Kind};

const KEY: &str = "keys = [\"sk-alpha-0001\"]";
const KEY_B: &str = "keys = [\"sk-bravo-0001\"]";
const TEXT: &str = "Some words, 世界, and \"quotes\"\n\nevent: error\n\n in a text.";

/// What a bomb grows to.
const BOMB_BYTES: usize = 64 << 20;
/// 64 MiB of spaces in brotli, by the reference encoder.
const BROTLI_BOMB: &str = "cbffff3f002440e2b14072effff8ffff078004401c1680eefd1fffffff00900088c302d0bdffe3ffff1f001200715800baf77ffcffff034002200e0b40f7fe8fffff7f004800c46101e8defff1ffff0f000980382c00ddfbbffcffff032001108705a07bff07";
/// Bytes that the simulator's encodings end with at least, behind everything written; gzip and deflate have more.
const ENCODED_END: usize = 1;
/// Bombs of each kind sent at the same time.
const BOMBS_AT_ONCE: usize = 16;

/// One provider and a gateway before it.
async fn pair(protocol: Protocol, more: &str) -> (Running, House) {
    let upstream = provider().await;
    let house = House::open(&section("a", protocol, &upstream.url(), &format!("{KEY}\n{more}"))).await;
    (upstream, house)
}

fn encoded(call: &Call, coding: Coding) -> Call {
    Call { body: coding.encode(&call.body).into(), ..call.clone() }.header("content-encoding", coding.name())
}

fn fault(name: Fault, coding: Coding) -> FaultPlan {
    FaultPlan { coding: Some(coding), answer: Answer::text(TEXT), ..name.into() }
}

// --- answers

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_encoded_unasked_reaches_the_client_plain_and_byte_for_byte() {
    for protocol in Protocol::ALL {
        let (upstream, house) = pair(*protocol, "").await;
        for stream in [true, false] {
            let call = Call::ask(*protocol, stream);
            upstream.script(Script::always(Answer::text(TEXT)));
            let plain = unnumbered(&call.send(upstream.addr).await.body);
            for coding in Coding::ALL {
                upstream.script(Script::always(Answer { coding: Some(coding), ..Answer::text(TEXT) }));
                let reply = guarded(call.send(house.address)).await;
                let case = format!("{protocol:?} {coding:?} stream {stream}");
                assert_eq!((reply.status, reply.cut), (200, false), "{case}: {}", reply.text());
                assert!(unnumbered(&reply.body) == plain, "{case}: {}", reply.text());
                assert_eq!(reply.header("content-encoding"), None, "{case}");
                let record = house.record(reply.id()).await;
                assert_eq!((record.outcome, record.attempts.len()), (Outcome::Completed, 1), "{case}");
                // A chat stream tells its tokens only when asked to.
                let told = !record.usage.is_empty() || stream && *protocol == Protocol::OpenaiChat;
                assert!(told && record.bytes_out == reply.body.len() as u64, "{case}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_encoded_event_arrives_while_the_provider_is_silent() {
    let (upstream, house) = pair(Protocol::Anthropic, "").await;
    for coding in Coding::ALL {
        upstream.script(Script::always(FaultPlan { after_events: 3, ..fault(Fault::StallMidStream, coding) }));
        let mut coming = guarded(Call::ask(Protocol::Anthropic, true).open(house.address)).await;
        let mut body = Vec::new();
        // Nothing comes behind the third delta, so waiting for it ends only if nothing is held back.
        while String::from_utf8_lossy(&body).matches("content_block_delta\"").count() < 3 {
            body.extend(guarded(coming.chunk()).await.unwrap().unwrap());
        }
        assert!(body.ends_with(b"\n\n"), "{coding:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_length_of_an_encoded_answer_is_that_of_the_plain_one() {
    let (upstream, house) = pair(Protocol::OpenaiChat, "").await;
    upstream.script(Script::always(Fault::Gzip));
    let there = Call::ask(Protocol::OpenaiChat, false).send(upstream.addr).await;
    assert_eq!(there.header("content-length"), Some(&*there.body.len().to_string()));
    let reply = guarded(Call::ask(Protocol::OpenaiChat, false).send(house.address)).await;
    assert_eq!(reply.header("content-length"), Some(&*reply.body.len().to_string()));
    assert_eq!((reply.header("content-encoding"), &reply.json()["object"]), (None, &"chat.completion".into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_encoding_that_stops_after_the_first_words_ends_with_the_protocols_error() {
    for protocol in Protocol::ALL {
        let (upstream, house) = pair(*protocol, "").await;
        for coding in Coding::ALL {
            upstream.script(Script::always(fault(Fault::CodedCut, coding)));
            let reply = guarded(Call::ask(*protocol, true).send(house.address)).await;
            let case = format!("{protocol:?} {coding:?}: {}", reply.text());
            assert_eq!((reply.status, reply.cut), (200, false), "{case}");
            assert_eq!(stream::ends(*protocol, &reply.body), [Kind::Error], "{case}");
            assert!(stream::events(&reply.body).len() > 1 && reply.text().contains("ends in the middle"), "{case}");
        }
    }
}

/// A provider that answers one request with an encoded event, and with noise once it is told to.
async fn damaging(coding: Coding, go: Arc<Notify>) -> String {
    let event = "data: {\"id\":\"x\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"first words\"}}]}\n\n";
    let whole = coding.encode(event.as_bytes());
    // Less the end of the encoding, which is its last bytes.
    let begun = whole[..whole.len() - ENCODED_END].to_vec();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        assert!(socket.read(&mut [0; 4096]).await.unwrap() > 0);
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n";
        socket.write_all(format!("{head}content-encoding: {}\r\n\r\n", coding.name()).as_bytes()).await.unwrap();
        for part in [&begun[..], &[0xff; 512]] {
            socket.write_all(format!("{:x}\r\n", part.len()).as_bytes()).await.unwrap();
            socket.write_all(part).await.unwrap();
            socket.write_all(b"\r\n").await.unwrap();
            go.notified().await;
        }
    });
    url
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn damage_after_the_first_words_ends_with_the_protocols_error() {
    for coding in Coding::ALL {
        let go = Arc::new(Notify::new());
        let url = damaging(coding, Arc::clone(&go)).await;
        let house = House::open(&section("a", Protocol::OpenaiChat, &url, KEY)).await;
        let mut coming = guarded(Call::ask(Protocol::OpenaiChat, true).open(house.address)).await;
        let first = guarded(coming.chunk()).await.unwrap().unwrap();
        assert!(String::from_utf8_lossy(&first).contains("first words"), "{coding:?}");
        go.notify_one();
        let rest = guarded(coming.whole()).await;
        assert_eq!(
            (stream::ends(Protocol::OpenaiChat, &rest.body), rest.cut),
            (vec![Kind::Error], false),
            "{coding:?}"
        );
        assert!(rest.text().contains("damaged"), "{coding:?}: {}", rest.text());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn damage_before_the_first_words_goes_to_the_next_provider() {
    let (a, b) = (provider().await, provider().await);
    let both = section("a", Protocol::Anthropic, &a.url(), KEY) + &section("b", Protocol::Anthropic, &b.url(), KEY_B);
    b.script(Script::always(Answer::text("from b")));
    for (name, stream) in [(Fault::CodedCut, false), (Fault::CodedDamaged, false), (Fault::CodedDamaged, true)] {
        for coding in Coding::ALL {
            a.script(Script::always(fault(name, coding)));
            // A gateway that has seen three of these leaves the provider alone.
            let house = House::open(&both).await;
            let reply = guarded(Call::ask(Protocol::Anthropic, stream).send(house.address)).await;
            let from_b = reply.header("x-tokgate-provider") == Some("b") && reply.text().contains("from");
            assert!(from_b, "{name} {coding:?}: {}", reply.text());
            let record = house.record(reply.id()).await;
            let why = record.attempts[0].message.as_deref().unwrap_or_default();
            assert!(why.contains("compressed data") && why.contains(coding.name()), "{name} {coding:?}: {why}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_encoding_nobody_knows_goes_to_the_next_provider_and_is_named() {
    let (a, b) = (provider().await, provider().await);
    let both = section("a", Protocol::Anthropic, &a.url(), KEY) + &section("b", Protocol::Anthropic, &b.url(), KEY_B);
    b.script(Script::always(Answer::text("from b")));
    for (said, named) in [("x-new", "unknown content-encoding `x-new`"), ("gzip, br", "`gzip, br`")] {
        let headers = vec![("content-encoding".to_owned(), said.to_owned())];
        a.script(Script::always(Answer { headers, ..Answer::text(TEXT) }));
        let house = House::open(&both).await;
        for stream in [true, false] {
            let reply = guarded(Call::ask(Protocol::Anthropic, stream).send(house.address)).await;
            assert!(reply.text().contains("from") && reply.header("x-tokgate-provider") == Some("b"));
            let record = house.record(reply.id()).await;
            let why = record.attempts[0].message.as_deref().unwrap_or_default();
            assert!(&*record.attempts[0].result == "wrong-shape" && why.contains(named), "{said}: {why}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_encoded_error_is_read_and_passed_on_plain() {
    for protocol in Protocol::ALL {
        let (upstream, house) = pair(*protocol, "").await;
        for coding in Coding::ALL {
            upstream.script(Script::always(fault(Fault::PromptTooLong, coding)));
            let reply = guarded(Call::ask(*protocol, true).send(house.address)).await;
            assert_eq!((reply.status, reply.header("content-encoding")), (400, None), "{protocol:?} {coding:?}");
            let message = reply.json()["error"]["message"].to_string();
            assert!(message.contains("prompt is too long: 250000 tokens"), "{protocol:?} {coding:?}: {message}");
            assert_eq!(&*house.record(reply.id()).await.attempts[0].result, "context-too-long");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_that_only_says_it_is_encoded_stays_as_it_is() {
    let (upstream, house) = pair(Protocol::Anthropic, "").await;
    let headers = vec![("content-encoding".to_owned(), "utf-8".to_owned())];
    upstream.script(Script::always(FaultPlan { headers, ..Fault::PromptTooLong.into() }));
    let reply = guarded(Call::ask(Protocol::Anthropic, false).send(house.address)).await;
    assert_eq!((reply.status, reply.header("content-encoding")), (400, Some("utf-8")));
    assert!(reply.text().contains("prompt is too long"), "{}", reply.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_without_a_stream_is_read_encoded_too() {
    let upstream = provider().await;
    let house = House::open(&section("a", Protocol::Anthropic, &upstream.url(), KEY)).await;
    let count = Call::post("/v1/messages/count_tokens", r#"{"model":"m-1","messages":[]}"#);
    let plain = guarded(count.send(house.address)).await;
    let asked = guarded(encoded(&count, Coding::Zstd).send(house.address)).await;
    assert!(plain.json()["input_tokens"].is_u64());
    assert_eq!((asked.status, asked.body), (plain.status, plain.body));
}

// --- requests

/// The body that the provider got last, and what it was told about it.
fn last(upstream: &Running) -> (Bytes, Option<String>, Option<String>) {
    let log = upstream.log();
    let seen = log.last().expect("the provider was asked");
    let header = |name: &str| seen.header(name).map(str::to_owned);
    (seen.body.clone(), header("content-encoding"), header("content-length"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_encoded_request_reaches_the_provider_plain() {
    for protocol in Protocol::ALL {
        let (upstream, house) = pair(*protocol, "").await;
        for coding in Coding::ALL {
            for chunks in [Vec::new(), vec![1, 7, 3]] {
                let plain = Call::ask(*protocol, true);
                let call = Call { chunks, ..encoded(&plain, coding) };
                let reply = guarded(call.send(house.address)).await;
                assert_eq!(stream::ends(*protocol, &reply.body), [Kind::End], "{protocol:?} {coding:?}");
                let length = plain.body.len();
                assert_eq!(last(&upstream), (plain.body, None, Some(length.to_string())), "{protocol:?} {coding:?}");
                assert_eq!(house.record(reply.id()).await.bytes_in, length as u64);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mapped_model_is_put_into_the_decoded_body() {
    let (upstream, house) = pair(Protocol::Anthropic, "models = { \"m-1\" = \"another-model\" }").await;
    for coding in Coding::ALL {
        let plain = Call::ask(Protocol::Anthropic, false);
        let reply = guarded(encoded(&plain, coding).send(house.address)).await;
        assert_eq!(reply.status, 200, "{coding:?}: {}", reply.text());
        let wanted = String::from_utf8(plain.body.to_vec()).unwrap().replace("m-1", "another-model");
        assert_eq!(last(&upstream), (wanted.clone().into(), None, Some(wanted.len().to_string())), "{coding:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_encoded_request_is_whole() {
    let (upstream, house) = pair(Protocol::OpenaiChat, "").await;
    let words: String = (0..200_000).map(|number| format!("{} ", number * 7919)).collect();
    let plain = format!(r#"{{"messages":[{{"role":"user","content":"{words}"}}],"model":"m-1"}}"#);
    let call = Call::post(Protocol::OpenaiChat.path(), plain.clone());
    let mut zstd = Vec::with_capacity(plain.len());
    zstd_safe::compress(&mut zstd, plain.as_bytes(), 3).unwrap();
    let zstd = Call { body: zstd.into(), ..call.clone() }.header("content-encoding", "zstd");
    for call in [encoded(&call, Coding::Gzip), encoded(&call, Coding::Br), zstd] {
        let reply = guarded(call.send(house.address)).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        assert!(last(&upstream).0 == plain, "{:?}", call.headers);
    }
    assert_eq!(house.gateway().buffered(), 0, "what was held is given back");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn decoded_bytes_count_against_the_memory_that_all_bodies_share() {
    let (upstream, house) = pair(Protocol::Anthropic, "").await;
    let text: String = (0..400_000).map(|number| format!("{number} ")).collect();
    let plain = Call::post("/v1/messages", format!(r#"{{"model":"m-1","messages":"{text}"}}"#));
    let call = encoded(&plain, Coding::Gzip);
    // Room for what comes in, not for what it becomes.
    let room = 2 * call.body.len() as u64;
    assert!(room < plain.body.len() as u64);
    let others = BUFFERED_MAX - room;
    assert!(house.gateway().buffer(others, BUFFERED_MAX));
    let reply = refused(&house, &upstream, Protocol::Anthropic, &call).await;
    assert!(reply.status == 503 && reply.text().contains("TG310"), "{}", reply.text());
    house.gateway().unbuffer(others);
    assert_eq!(guarded(call.send(house.address)).await.status, 200);
    assert_eq!(house.gateway().buffered(), 0);
}

/// A refusal of ours, in the caller's protocol, that no provider heard of.
async fn refused(house: &House, upstream: &Running, protocol: Protocol, call: &Call) -> Reply {
    let before = upstream.log().len();
    let reply = guarded(call.send(house.address)).await;
    assert_eq!(upstream.log().len(), before, "nothing goes upstream");
    let envelope = protocol == Protocol::Anthropic;
    assert_eq!(reply.json()["type"] == "error", envelope, "{}", reply.text());
    assert!(reply.json()["error"]["message"].is_string(), "{}", reply.text());
    reply
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn damaged_and_shortened_requests_are_refused_with_the_cause() {
    for protocol in Protocol::ALL {
        let (upstream, house) = pair(*protocol, "").await;
        for coding in Coding::ALL {
            let whole = encoded(&Call::ask(*protocol, false), coding);
            let short = Call { body: whole.body.slice(..whole.body.len() - 1), ..whole.clone() };
            let noise = Call { body: [&whole.body[..], b"\xff\xff\xff\xff"].concat().into(), ..whole.clone() };
            let empty = Call { body: Bytes::new(), ..whole };
            for (call, word) in [(short, "middle"), (noise, "not valid"), (empty, "middle")] {
                let reply = refused(&house, &upstream, *protocol, &call).await;
                let case = format!("{protocol:?} {coding:?}: {}", reply.text());
                assert!(reply.status == 400 && reply.text().contains(word), "{case}");
                assert!(reply.text().contains("TG311") && reply.text().contains(coding.name()), "{case}");
            }
        }
    }
}

/// It is valid, only not here: whoever reads "not valid" looks for damage.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_window_too_large_is_not_called_damage() {
    let (upstream, house) = pair(Protocol::Anthropic, "").await;
    let plain = Call::ask(Protocol::Anthropic, false);
    let mut context = zstd_safe::CCtx::create();
    context.set_parameter(zstd_safe::CParameter::WindowLog(27)).unwrap();
    let mut body = Vec::with_capacity(1 << 10);
    let end = zstd_safe::zstd_sys::ZSTD_EndDirective::ZSTD_e_end;
    {
        let (mut to, mut from) = (zstd_safe::OutBuffer::around(&mut body), zstd_safe::InBuffer::around(&plain.body));
        // Two steps: in one alone it would know how short the text is, and need no window.
        context.compress_stream2(&mut to, &mut from, zstd_safe::zstd_sys::ZSTD_EndDirective::ZSTD_e_flush).unwrap();
        assert_eq!(context.compress_stream2(&mut to, &mut from, end).unwrap(), 0);
    }
    let call = Call { body: body.into(), ..plain }.header("content-encoding", "zstd");
    let reply = refused(&house, &upstream, Protocol::Anthropic, &call).await;
    assert!(reply.status == 400 && reply.text().contains("window is larger than 8 MiB"), "{}", reply.text());
    assert_eq!(house.record(reply.id()).await.bytes_in, call.body.len() as u64, "it was read");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unknown_and_stacked_encodings_are_refused_with_the_list_of_those_accepted() {
    let (upstream, house) = pair(Protocol::Anthropic, "").await;
    let call = encoded(&Call::ask(Protocol::Anthropic, false), Coding::Gzip).without("content-encoding");
    let unknown = call.clone().header("content-encoding", "compress");
    let stacked = call.clone().header("content-encoding", "gzip, br");
    let twice = call.clone().header("content-encoding", "gzip").header("content-encoding", "gzip");
    for (call, word) in [(unknown, "`compress`"), (stacked, "`gzip, br`"), (twice, "`gzip, gzip`")] {
        let reply = refused(&house, &upstream, Protocol::Anthropic, &call).await;
        assert!(reply.status == 415 && reply.text().contains(word), "{}", reply.text());
        assert_eq!(reply.header("accept-encoding"), Some("gzip, deflate, br, zstd"));
    }
    let plain = Call::ask(Protocol::Anthropic, false).header("content-encoding", "identity");
    assert_eq!(guarded(plain.send(house.address)).await.status, 200);
}

fn hex(text: &str) -> Vec<u8> {
    text.as_bytes().chunks(2).map(|two| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap()).collect()
}

fn bombs() -> Vec<(&'static str, Bytes)> {
    let spaces = vec![b' '; BOMB_BYTES];
    let mut zstd = Vec::with_capacity(1 << 20);
    zstd_safe::compress(&mut zstd, &spaces, 3).unwrap();
    vec![
        ("gzip", Coding::Gzip.encode(&spaces).into()),
        ("deflate", Coding::Deflate.encode(&spaces).into()),
        ("br", hex(BROTLI_BOMB).into()),
        ("zstd", zstd.into()),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bomb_is_refused_and_leaves_nothing_held() {
    let (upstream, house) = pair(Protocol::OpenaiResponses, "").await;
    let body = Call::ask(Protocol::OpenaiResponses, true);
    let mut running = JoinSet::new();
    for (name, bomb) in bombs() {
        assert!(bomb.len() < BOMB_BYTES / 500, "{name}");
        let call = Call { body: bomb, ..body.clone() }.header("content-encoding", name);
        let address = house.address;
        for _ in 0..BOMBS_AT_ONCE {
            let call = call.clone();
            running.spawn(async move { (name, guarded(call.send(address)).await) });
        }
    }
    for (name, reply) in running.join_all().await {
        assert!(reply.status == 413 && reply.text().contains("TG314"), "{name}: {}", reply.text());
        assert!(reply.text().contains("100-fold"), "{name}: {}", reply.text());
    }
    assert!(upstream.log().is_empty(), "nothing goes upstream");
    assert_eq!(house.gateway().buffered(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_body_limit_is_that_of_the_decoded_body() {
    let upstream = provider().await;
    let one = section("a", Protocol::Anthropic, &upstream.url(), KEY);
    let house = House::with_server("max_body = \"1MiB\"", &one).await;
    let text: String = (0..200_000).map(|number| format!("{number} ")).collect();
    let call = Call::post("/v1/messages", format!(r#"{{"model":"m-1","messages":"{text}"}}"#));
    let encoded = encoded(&call, Coding::Gzip);
    assert!(encoded.body.len() < 1 << 20 && call.body.len() > 1 << 20 && call.body.len() < encoded.body.len() * 90);
    let reply = refused(&house, &upstream, Protocol::Anthropic, &encoded).await;
    assert!(reply.status == 413 && reply.text().contains("max_body"), "{}", reply.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_practice_provider_reads_encoded_requests_like_any_other() {
    let house = House::open("[provider.practice]\ntype = \"simulated\"\n").await;
    for coding in Coding::ALL {
        let reply = guarded(encoded(&Call::ask(Protocol::Anthropic, true), coding).send(house.address)).await;
        assert_eq!(stream::ends(Protocol::Anthropic, &reply.body), [Kind::End], "{coding:?}: {}", reply.text());
    }
}

#[test]
fn the_scripts_of_this_file_can_be_written_as_text() {
    let read = Behaviour::parse("good; coding=br").unwrap();
    assert_eq!(read, Behaviour::Good(Answer { coding: Some(Coding::Br), ..Answer::default() }));
}
