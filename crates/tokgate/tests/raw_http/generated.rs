//! Generated inputs: arbitrary bytes must be survived, and of sound requests every byte must pass and every boundary be
//! found where the generator put it.

use proptest::collection::vec;
use proptest::prelude::*;

use super::machine::run;

/// One sound request.
fn request() -> impl Strategy<Value = Vec<u8>> {
    let method = prop_oneof!["GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"];
    let path = "/[a-zA-Z0-9/._:@~-]{0,40}(\\?[a-z0-9=&%25]{0,0}[a-z0-9=&]{0,30})?";
    let header = ("x-[a-zA-Z0-9-]{1,20}", "[!-~]([ -~]{0,60}[!-~])?");
    let lead = prop_oneof![9 => Just(""), 1 => Just("\r\n")];
    (lead, method, path, any::<bool>(), vec(header, 0..20), body()).prop_map(
        |(lead, method, path, absolute, headers, (framing, body))| {
            let base = if absolute { "http://localhost:7711" } else { "" };
            let mut head = format!("{lead}{method} {base}{path} HTTP/1.1\r\nHost: localhost:7711\r\n");
            for (name, value) in headers {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
            let mut bytes = format!("{head}{framing}\r\n").into_bytes();
            bytes.extend(body);
            bytes
        },
    )
}

/// A framing header and the bytes it announces.
fn body() -> impl Strategy<Value = (String, Vec<u8>)> {
    let plain = vec(any::<u8>(), 0..2000).prop_map(|body| (format!("Content-Length: {}\r\n", body.len()), body));
    let chunks = vec(vec(any::<u8>(), 1..300), 0..8).prop_map(|chunks| {
        let mut body = Vec::new();
        for chunk in chunks {
            body.extend(format!("{:x}\r\n", chunk.len()).bytes());
            body.extend(chunk);
            body.extend(b"\r\n");
        }
        body.extend(b"0\r\n\r\n");
        ("Transfer-Encoding: chunked\r\n".to_owned(), body)
    });
    prop_oneof![Just((String::new(), Vec::new())), plain, chunks]
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
            input.extend(request);
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
        let mut input = request;
        for (place, byte) in damage {
            let at = place.index(input.len());
            input[at] = byte;
        }
        prop_assert_eq!(run(&input, &cut(input.len(), &places)), run(&input, &[]));
    }
}
