//! Framing changes nothing and releases nothing early.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use proptest::prelude::*;

use super::*;

fn names_and_data(bytes: &[u8]) -> Vec<(Option<String>, String)> {
    events(bytes)
        .filter(|event| !event.data.is_empty())
        .map(|event| (event.name.map(str::to_owned), String::from_utf8(event.data.into_owned()).unwrap()))
        .collect()
}

fn pair(name: Option<&str>, data: &str) -> (Option<String>, String) {
    (name.map(str::to_owned), data.to_owned())
}

#[test]
fn every_way_to_end_a_line_is_understood() {
    for newline in ["\n", "\r\n", "\r"] {
        let text = "event: a\ndata: 1\n\n: comment\n\ndata:2\ndata: 3\n\n".replace('\n', newline);
        assert_eq!(names_and_data(text.as_bytes()), [pair(Some("a"), "1"), pair(None, "2\n3")], "{newline:?}");
    }
    let mixed = b"event: a\r\ndata: 1\n\r\ndata: 2\r\rdata: 3\n\n";
    assert_eq!(names_and_data(mixed), [pair(Some("a"), "1"), pair(None, "2"), pair(None, "3")]);
}

#[test]
fn odd_lines_are_read_as_the_standard_says() {
    let text = b"\xef\xbb\xbfdata:  two spaces\nid: 7\nretry: 5\ndata\nunknown: x\nevent:\n\n";
    assert_eq!(names_and_data(text), [pair(None, " two spaces\n")]);
}

#[test]
fn the_last_name_counts_and_a_name_that_is_no_text_counts_as_none() {
    assert_eq!(names_and_data(b"event: a\nevent: b\ndata: 1\n\n"), [pair(Some("b"), "1")]);
    assert_eq!(names_and_data(b"event: \xff\ndata: 1\n\n"), [pair(None, "1")]);
}

#[test]
fn an_unfinished_event_is_not_reported() {
    assert_eq!(names_and_data(b"data: 1\n\ndata: 2\n"), [pair(None, "1")]);
    assert_eq!(names_and_data(b"data: 1"), []);
}

#[test]
fn comments_alone_are_an_event_that_readers_do_not_see() {
    let all: Vec<Event<'_>> = events(b": processing\n\n").collect();
    assert_eq!(all.len(), 1);
    assert!(all[0].data.is_empty());
}

#[test]
fn a_chunk_of_whole_events_passes_without_a_copy() {
    let chunk = Bytes::from_static(b"data: 1\n\ndata: 2\n\n");
    let mut framer = Framer::new();
    let whole = framer.push(chunk.clone()).unwrap();
    assert_eq!(whole.as_ptr(), chunk.as_ptr());
    assert_eq!(whole, chunk);
    assert!(!framer.has_partial());
}

#[test]
fn the_end_of_an_event_is_released_with_its_beginning() {
    let mut framer = Framer::new();
    assert_eq!(framer.push(Bytes::from_static(b"data: 1\n\nda")).unwrap(), "data: 1\n\n");
    assert_eq!(framer.partial(), b"da");
    assert_eq!(framer.push(Bytes::from_static(b"ta: 2\n")).unwrap(), "");
    assert!(framer.has_partial());
    assert_eq!(framer.push(Bytes::from_static(b"\ndata: 3")).unwrap(), "data: 2\n\n");
    assert_eq!(framer.partial(), b"data: 3");
}

#[test]
fn a_line_end_that_is_cut_in_two_ends_one_line() {
    let mut framer = Framer::new();
    assert_eq!(framer.push(Bytes::from_static(b"data: 1\r")).unwrap(), "");
    assert_eq!(framer.push(Bytes::from_static(b"\n")).unwrap(), "");
    assert_eq!(framer.push(Bytes::from_static(b"\r")).unwrap(), "data: 1\r\n\r");
    assert_eq!(framer.push(Bytes::from_static(b"\ndata: 2\r\n\r\n")).unwrap(), "\ndata: 2\r\n\r\n");
    assert!(!framer.has_partial());
}

#[test]
fn an_event_may_be_as_long_as_the_limit_and_no_longer() {
    let mut framer = Framer::new();
    let piece = Bytes::from(vec![b'x'; 1 << 20]);
    for _ in 0..32 {
        assert_eq!(framer.push(piece.clone()).unwrap(), "");
    }
    assert_eq!(framer.push(Bytes::from_static(b"y")), Err(EventTooLong));
}

/// Bytes of a stream, well formed or not.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let pieces: &[&[u8]] =
        &[b"\n", b"\r", b"\r\n", b"\n\n", b"data: x", b"data:", b"event: y", b": c", b"z", b"\xe4\xb8"];
    let piece = prop::sample::select(pieces);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// Cuts bytes at the given places.
fn cut(bytes: &[u8], places: &[prop::sample::Index]) -> Vec<Bytes> {
    let mut places: Vec<usize> = places.iter().map(|place| place.index(bytes.len() + 1)).collect();
    places.extend([0, bytes.len()]);
    places.sort_unstable();
    places.windows(2).map(|pair| Bytes::copy_from_slice(&bytes[pair[0]..pair[1]])).collect()
}

proptest! {
    #[test]
    fn what_is_released_and_what_is_kept_is_what_came(bytes in stream(), places in prop::collection::vec(any::<prop::sample::Index>(), 0..12)) {
        let mut framer = Framer::new();
        let mut out = Vec::new();
        for chunk in cut(&bytes, &places) {
            let whole = framer.push(chunk).unwrap();
            out.extend_from_slice(&whole);
            // Whatever is out ends with a blank line, or with the second half of one.
            let blank = [&b"\n\n"[..], b"\r\r", b"\n\r", b"\r\n\r\n", b"\n\r\n", b"\r\r\n"];
            let first_line = matches!(&out[..], b"" | b"\n" | b"\r" | b"\r\n");
            prop_assert!(first_line || blank.iter().any(|end| out.ends_with(end)), "{:?}", String::from_utf8_lossy(&out));
        }
        out.extend_from_slice(framer.partial());
        prop_assert_eq!(out, bytes);
    }

    #[test]
    fn cutting_does_not_change_the_events(bytes in stream(), places in prop::collection::vec(any::<prop::sample::Index>(), 0..12)) {
        let mut framer = Framer::new();
        let mut seen = Vec::new();
        for chunk in cut(&bytes, &places) {
            seen.extend(names_and_data_lossy(&framer.push(chunk).unwrap()));
        }
        prop_assert_eq!(seen, names_and_data_lossy(&bytes));
    }

    #[test]
    fn the_raw_bytes_of_events_join_to_what_was_released(bytes in stream()) {
        let whole = Framer::new().push(Bytes::from(bytes)).unwrap();
        let joined: Vec<u8> = events(&whole).flat_map(|event| event.raw.to_vec()).collect();
        prop_assert_eq!(joined, whole.to_vec());
    }
}

fn names_and_data_lossy(bytes: &[u8]) -> Vec<(Option<String>, Vec<u8>)> {
    events(bytes)
        .filter(|event| !event.data.is_empty())
        .map(|event| (event.name.map(str::to_owned), event.data.into_owned()))
        .collect()
}
