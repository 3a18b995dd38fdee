//! Generated inputs: arbitrary bytes must be survived, and of sound requests every byte must pass and every boundary be
//! found where the generator put it.

use proptest::collection::vec;
use proptest::prelude::*;

use super::corpus::{Case, Expect};
use super::machine::run;
use super::wire::{Echo, behind_the_front, converse};

/// One sound request.
#[derive(Debug, Clone)]
struct Sound {
    bytes: Vec<u8>,
    is_head: bool,
    /// Body bytes without their framing.
    body: usize,
}

fn request() -> impl Strategy<Value = Sound> {
    let method = prop_oneof!["GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"];
    let path = "/[a-zA-Z0-9/._:@~-]{0,40}(\\?[a-z0-9=&]{0,30})?";
    let header = ("x-[a-zA-Z0-9-]{1,20}", "[ \t]{0,2}", "([!-~]([ -~]{0,60}[!-~])?)?", "[ \t]{0,2}");
    let lead = prop_oneof![9 => Just(""), 1 => Just("\r\n")];
    (lead, method, path, any::<bool>(), vec(header, 0..20), body()).prop_map(
        |(lead, method, path, absolute, headers, (framing, body, bytes_after))| {
            let base = if absolute { "http://localhost:7711" } else { "" };
            let mut head = format!("{lead}{method} {base}{path} HTTP/1.1\r\nHost: localhost:7711\r\n");
            for (name, before, value, after) in headers {
                head.push_str(&format!("{name}:{before}{value}{after}\r\n"));
            }
            let mut bytes = format!("{head}{framing}\r\n").into_bytes();
            bytes.extend(bytes_after);
            Sound { bytes, is_head: method == "HEAD", body }
        },
    )
}

/// A framing header, the length of the body, and the bytes that carry it.
fn body() -> impl Strategy<Value = (String, usize, Vec<u8>)> {
    let plain =
        vec(any::<u8>(), 0..2000).prop_map(|body| (format!("Content-Length: {}\r\n", body.len()), body.len(), body));
    let chunks = vec(vec(any::<u8>(), 1..300), 0..8).prop_map(|chunks| {
        let len = chunks.iter().map(Vec::len).sum();
        let mut body = Vec::new();
        for chunk in chunks {
            body.extend(format!("{:x}\r\n", chunk.len()).bytes());
            body.extend(chunk);
            body.extend(b"\r\n");
        }
        body.extend(b"0\r\n\r\n");
        ("Transfer-Encoding: chunked\r\n".to_owned(), len, body)
    });
    prop_oneof![Just((String::new(), 0, Vec::new())), plain, chunks]
}

fn cut(len: usize, places: &[prop::sample::Index]) -> Vec<usize> {
    let mut cuts: Vec<_> = places.iter().map(|place| place.index(len.max(1))).collect();
    cuts.sort_unstable();
    cuts
}

proptest! {
    #[test]
    fn sound_requests_pass_whole_and_end_where_they_end(
        requests in vec(request(), 1..6),
        places in vec(any::<prop::sample::Index>(), 0..40),
    ) {
        let mut input = Vec::new();
        let mut ends = Vec::new();
        for request in requests {
            input.extend(request.bytes);
            ends.push(input.len());
        }
        let said = run(&input, &cut(input.len(), &places));
        prop_assert_eq!(said.reject, None);
        prop_assert_eq!(said.ends, ends);
        prop_assert_eq!(said.passed, input.len());
    }

    #[test]
    fn arbitrary_bytes_are_survived_and_judged_the_same_however_cut(
        input in vec(any::<u8>(), 0..3000),
        places in vec(any::<prop::sample::Index>(), 0..40),
    ) {
        prop_assert_eq!(run(&input, &cut(input.len(), &places)), run(&input, &[]));
    }

    #[test]
    fn a_damaged_request_is_judged_the_same_however_cut(
        request in request(),
        damage in vec((any::<prop::sample::Index>(), prop_oneof![any::<u8>(), Just(b'\r'), Just(b'\n'), Just(b' '), Just(b':')]), 1..4),
        places in vec(any::<prop::sample::Index>(), 0..40),
    ) {
        let mut input = request.bytes;
        for (place, byte) in damage {
            let at = place.index(input.len());
            input[at] = byte;
        }
        prop_assert_eq!(run(&input, &cut(input.len(), &places)), run(&input, &[]));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn hyper_sees_the_requests_that_were_generated(requests in vec(request(), 1..6), reads in 1_usize..6000) {
        let expect = |request: &Sound| if request.is_head { Expect::ServeHead } else { Expect::Serve };
        let case = Case {
            name: "generated".to_owned(),
            input: requests.iter().flat_map(|request| request.bytes.iter().copied()).collect(),
            expect: requests.iter().map(expect).collect(),
            fin: false,
        };
        let echo = Echo::default();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let (client, connection) = behind_the_front(reads, echo.clone());
            converse(client, &case).await;
            connection.abort();
        });
        let bodies: Vec<_> = requests.iter().map(|request| request.body).collect();
        prop_assert_eq!(echo.bodies(), bodies);
    }
}
