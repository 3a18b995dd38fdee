use std::io::Write;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use http::HeaderValue;
use proptest::prelude::*;
use zstd_safe::{CCtx, OutBuffer, zstd_sys::ZSTD_EndDirective as End};

use super::*;

/// A stream as it is written: each event is flushed through the encoding before the next exists.
const EVENTS: [&str; 4] = [
    "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"role\":\"assistant\",\"content\":[]}}\n\n",
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\"Hello, 世界\"}}\n\n",
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\" and again the same words\"}}\n\n",
    "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
];

/// [`EVENTS`] by the reference encoder (quality 9, a flush after each, then the end): nothing here encodes brotli.
const BROTLI: [&str; 5] = [
    "0b300000044a3d7fa1e6b8404fba2ccb70322936d5c9f941f578fee705544089061b63fcaeb8fa115d3b988e2ead5bdad1cc603e4608c90a37654cccad7ac13f1f71db6bcf48",
    "a80300402096e70975cf0105945834b06012d874231ec2eee69403f6b62808244a2efeb3dd73789c4a289e8d2574943395a7b3565db160703ba6c6ac0084e2c4c7f94ddf3d7f2fba450c",
    "08040040020436e080bd70958471d8183bdb10e27b4f6e54a2ee9b0ac983a6df15",
    "900100406003ce131c400ae49445186a8ae03a771a6c0703",
    "03",
];

/// 64 MiB of spaces.
const BROTLI_BOMB: &str = "cbffff3f002440e2b14072effff8ffff078004401c1680eefd1fffffff00900088c302d0bdffe3ffff1f001200715800baf77ffcffff034002200e0b40f7fe8fffff7f004800c46101e8defff1ffff0f000980382c00ddfbbffcffff032001108705a07bff07";

/// The same in a window of 64 MiB, which RFC 7932 does not have.
const BROTLI_LARGE_WINDOW: &str =
    "111affffff01900089c70221f7fe9fffffff004800c46101a07bffcfffff7f002400e2b000d0bdffcfffff7f001200715800e8deff03";

const BOMB_BYTES: usize = 64 << 20;

const ALL: [Coding; 4] = [Coding::Gzip, Coding::Deflate, Coding::Brotli, Coding::Zstd];

fn hex(text: &str) -> Vec<u8> {
    text.as_bytes().chunks(2).map(|two| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap()).collect()
}

/// What a writer gives for each event, flushed, and for its end.
fn flushed<W: Write>(
    mut writer: W,
    so_far: impl Fn(&mut W) -> &mut Vec<u8>,
    end: impl FnOnce(W) -> Vec<u8>,
) -> Vec<Vec<u8>> {
    let mut pieces = Vec::new();
    for event in EVENTS {
        writer.write_all(event.as_bytes()).unwrap();
        writer.flush().unwrap();
        pieces.push(std::mem::take(so_far(&mut writer)));
    }
    pieces.push(end(writer));
    pieces
}

fn zstd(texts: &[&[u8]], window_log: u32) -> Vec<Vec<u8>> {
    let mut context = CCtx::create();
    context.set_parameter(zstd_safe::CParameter::WindowLog(window_log)).unwrap();
    context.set_parameter(zstd_safe::CParameter::ChecksumFlag(true)).unwrap();
    let mut step = |text: &[u8], end| {
        let mut out = Vec::with_capacity(text.len() + 1024);
        let (mut to, mut from) = (OutBuffer::around(&mut out), zstd_safe::InBuffer::around(text));
        assert_eq!(context.compress_stream2(&mut to, &mut from, end).unwrap(), 0);
        out
    };
    let mut pieces: Vec<_> = texts.iter().map(|text| step(text, End::ZSTD_e_flush)).collect();
    pieces.push(step(&[], End::ZSTD_e_end));
    pieces
}

/// The events in an encoding: one piece for each, and one for the end.
fn encoded(coding: Coding) -> Vec<Vec<u8>> {
    let best = Compression::best();
    match coding {
        Coding::Gzip => flushed(GzEncoder::new(Vec::new(), best), |w| w.get_mut(), |w| w.finish().unwrap()),
        Coding::Deflate => flushed(ZlibEncoder::new(Vec::new(), best), |w| w.get_mut(), |w| w.finish().unwrap()),
        Coding::Brotli => BROTLI.map(hex).to_vec(),
        Coding::Zstd => zstd(&EVENTS.map(str::as_bytes), 20),
    }
}

fn bomb(coding: Coding) -> Vec<u8> {
    let spaces = vec![b' '; BOMB_BYTES];
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::best());
    match coding {
        Coding::Gzip => gzip.write_all(&spaces).and_then(|()| gzip.finish()).unwrap(),
        Coding::Deflate => zlib.write_all(&spaces).and_then(|()| zlib.finish()).unwrap(),
        Coding::Brotli => hex(BROTLI_BOMB),
        Coding::Zstd => zstd(&[&spaces], 20).concat(),
    }
}

/// Everything decoded from these pieces, and how it ended.
fn decode(coding: Coding, pieces: &[&[u8]]) -> (Vec<u8>, Result<(), Failure>) {
    let (mut decoder, mut plain) = (Decoder::new(coding), Vec::new());
    for piece in pieces {
        decoder.feed(Bytes::copy_from_slice(piece));
        loop {
            match decoder.give() {
                Ok(Some(bytes)) => plain.extend_from_slice(&bytes),
                Ok(None) => break,
                Err(failure) => return (plain, Err(failure)),
            }
        }
    }
    (plain, decoder.finish())
}

#[test]
fn an_event_is_given_out_before_the_next_is_fed() {
    for coding in ALL {
        let mut decoder = Decoder::new(coding);
        let pieces = encoded(coding);
        for (event, piece) in EVENTS.iter().zip(&pieces) {
            decoder.feed(Bytes::copy_from_slice(piece));
            let mut plain = Vec::new();
            while let Some(bytes) = decoder.give().unwrap() {
                plain.extend_from_slice(&bytes);
            }
            assert_eq!(String::from_utf8(plain).unwrap(), *event, "{coding:?}");
        }
        decoder.feed(pieces[EVENTS.len()].clone().into());
        assert_eq!((decoder.give(), decoder.finish()), (Ok(None), Ok(())), "{coding:?}");
    }
}

#[test]
fn a_body_cut_anywhere_never_ends_cleanly_and_gives_only_what_was_there() {
    let plain = EVENTS.concat();
    for coding in ALL {
        let whole = encoded(coding).concat();
        for at in 0..whole.len() {
            let (got, end) = decode(coding, &[&whole[..at]]);
            assert_eq!(end, Err(Failure::Short), "{coding:?} cut at {at} of {}", whole.len());
            assert!(plain.as_bytes().starts_with(&got), "{coding:?} cut at {at}");
        }
    }
}

#[test]
fn a_body_may_come_in_pieces_of_any_size() {
    let plain = EVENTS.concat();
    for coding in ALL {
        let whole = encoded(coding).concat();
        for size in 1..=whole.len() {
            let pieces: Vec<&[u8]> = whole.chunks(size).collect();
            assert_eq!(decode(coding, &pieces), (plain.clone().into_bytes(), Ok(())), "{coding:?} by {size}");
        }
    }
}

#[test]
fn a_bomb_is_found_out_after_little_of_it() {
    for coding in ALL {
        let bomb = bomb(coding);
        assert!(bomb.len() < BOMB_BYTES / 500, "{coding:?}");
        // All at once, as one chunk of the transport may bring it.
        let (given, end) = decode(coding, &[&bomb]);
        assert_eq!(end, Err(Failure::Bomb), "{coding:?}");
        assert!(given.len() as u64 <= RATIO_FLOOR + 2 * PIECE as u64, "{coding:?}: {}", given.len());
    }
}

#[test]
fn what_grows_less_or_stays_small_is_no_bomb() {
    let repeated = vec![b'a'; usize::try_from(RATIO_FLOOR).unwrap()];
    let (plain, end) = decode(Coding::Zstd, &[&zstd(&[&repeated], 20).concat()]);
    assert!(plain == repeated && end == Ok(()));
    // 8 MiB of JSON that repeats itself as conversations do.
    let mut text = String::new();
    for number in 0.. {
        text.push_str(&format!("{{\"role\":\"user\",\"content\":\"turn {number} of {}\"}},", number * 7919));
        if text.len() > 8 << 20 {
            break;
        }
    }
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(text.as_bytes()).unwrap();
    let (plain, end) = decode(Coding::Gzip, &[&gzip.finish().unwrap()]);
    assert!(plain == text.as_bytes() && end == Ok(()));
}

#[test]
fn windows_larger_than_the_encodings_allow_are_refused() {
    assert_eq!(decode(Coding::Brotli, &[&hex(BROTLI_LARGE_WINDOW)]).1, Err(Failure::Invalid));
    let text = vec![b'a'; 64];
    assert_eq!(decode(Coding::Zstd, &[&zstd(&[&text], ZSTD_ALLOWED).concat()]).1, Ok(()));
    assert_eq!(decode(Coding::Zstd, &[&zstd(&[&text], ZSTD_ALLOWED + 1).concat()]).1, Err(Failure::Window));
    // A window that is too large is not damage, and damage is not a window.
    assert_eq!(decode(Coding::Zstd, &[b"\x28\xb5\x2f\xfd\x08\x00\x00\x00\x00\x00"]).1, Err(Failure::Invalid));
}

const ZSTD_ALLOWED: u32 = machine::ZSTD_WINDOW_LOG;

#[test]
fn nothing_may_stand_behind_the_end() {
    for coding in ALL {
        let mut whole = encoded(coding).concat();
        whole.push(b'x');
        let end = decode(coding, &[&whole]).1;
        // One byte may be the beginning of another member; then it is one that does not end.
        assert!(matches!(end, Err(Failure::Invalid | Failure::Short)), "{coding:?}");
    }
}

#[test]
fn members_and_frames_may_follow_one_another() {
    for coding in [Coding::Gzip, Coding::Zstd] {
        let whole = encoded(coding).concat();
        let twice = [&whole[..], &whole[..]].concat();
        for size in [1, 7, twice.len()] {
            let pieces: Vec<&[u8]> = twice.chunks(size).collect();
            assert_eq!(decode(coding, &pieces), (EVENTS.concat().repeat(2).into_bytes(), Ok(())), "{coding:?}");
        }
    }
}

#[test]
fn a_gzip_header_may_carry_everything_it_can() {
    let mut whole = flate2::GzBuilder::new()
        .extra(b"extra field".to_vec())
        .filename("a-name")
        .comment("a comment")
        .write(Vec::new(), Compression::default());
    whole.write_all(b"plain").unwrap();
    let mut whole = whole.finish().unwrap();
    // The encoder writes no checksum of the header: put one in.
    let header = 10 + 2 + 11 + 7 + 10;
    whole[3] |= 1 << 1;
    whole.splice(header..header, [0xab, 0xcd]);
    for size in 1..whole.len() {
        let pieces: Vec<&[u8]> = whole.chunks(size).collect();
        assert_eq!(decode(Coding::Gzip, &pieces), (b"plain".to_vec(), Ok(())));
    }
    whole[3] |= 1 << 7;
    assert_eq!(decode(Coding::Gzip, &[&whole]).1, Err(Failure::Invalid));
}

#[test]
fn deflate_without_its_wrapping_is_understood() {
    let whole = flushed(
        DeflateEncoder::new(Vec::new(), Compression::fast()),
        |writer| writer.get_mut(),
        |writer| writer.finish().unwrap(),
    );
    let whole = whole.concat();
    assert_eq!(decode(Coding::Deflate, &[&whole]), (EVENTS.concat().into_bytes(), Ok(())));
    for at in 0..whole.len() {
        assert_eq!(decode(Coding::Deflate, &[&whole[..at]]).1, Err(Failure::Short), "cut at {at}");
    }
}

#[test]
fn a_wrong_checksum_is_damage() {
    for coding in [Coding::Gzip, Coding::Deflate, Coding::Zstd] {
        let mut whole = encoded(coding).concat();
        // The checksum ends the body; gzip has the length behind it.
        let at = whole.len() - if coding == Coding::Gzip { 5 } else { 1 };
        whole[at] ^= 1;
        assert_eq!(decode(coding, &[&whole]).1, Err(Failure::Invalid), "{coding:?}");
    }
}

#[test]
fn after_a_failure_nothing_more_is_given() {
    let mut decoder = Decoder::new(Coding::Gzip);
    decoder.feed(Bytes::from_static(b"not gzip"));
    assert_eq!(decoder.give(), Err(Failure::Invalid));
    assert_eq!(decoder.give(), Err(Failure::Invalid));
    assert_eq!(decoder.finish(), Err(Failure::Invalid));
}

fn said(values: &[&'static str]) -> Result<Option<Coding>, Unreadable> {
    let mut headers = HeaderMap::new();
    for value in values {
        headers.append(header::CONTENT_ENCODING, HeaderValue::from_static(value));
    }
    Coding::of(&headers)
}

#[test]
fn headers_are_read_in_any_case_and_identity_is_nothing() {
    for (values, wanted) in [
        (&[][..], None),
        (&[""], None),
        (&["identity"], None),
        (&["Identity, "], None),
        (&["GZip"], Some(Coding::Gzip)),
        (&["x-gzip"], Some(Coding::Gzip)),
        (&["deflate"], Some(Coding::Deflate)),
        (&[" br "], Some(Coding::Brotli)),
        (&["identity", "zstd"], Some(Coding::Zstd)),
    ] {
        assert_eq!(said(values), Ok(wanted), "{values:?}");
    }
}

#[test]
fn unknown_and_stacked_encodings_are_told_apart_and_shown_short() {
    assert_eq!(said(&["compress"]), Err(Unreadable::Unknown("compress".to_owned())));
    assert_eq!(said(&["gzip, br"]), Err(Unreadable::Stacked("gzip, br".to_owned())));
    assert_eq!(said(&["gzip", "gzip"]), Err(Unreadable::Stacked("gzip, gzip".to_owned())));
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_ENCODING, HeaderValue::from_bytes(&[0xe4; 200]).unwrap());
    assert_eq!(Coding::of(&headers), Err(Unreadable::Unknown("?".repeat(SHOWN_MAX))));
}

#[test]
fn every_encoding_we_name_is_one_we_read() {
    for name in ACCEPTED.split(", ") {
        assert_eq!(Coding::named(name.as_bytes()).map(Coding::name), Some(name));
    }
}

proptest! {
    #[test]
    fn no_bytes_make_a_decoder_panic_or_give_without_bound(
        coding in prop::sample::select(&ALL[..]),
        bytes in prop::collection::vec(any::<u8>(), 0..400),
    ) {
        let (plain, _) = decode(coding, &[&bytes]);
        prop_assert!(plain.len() as u64 <= RATIO_FLOOR + PIECE as u64);
    }

    #[test]
    fn damage_anywhere_never_panics(
        coding in prop::sample::select(&ALL[..]),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in 1..64_usize,
    ) {
        let mut whole = encoded(coding).concat();
        for (at, byte) in changes {
            let at = at.index(whole.len());
            whole[at] = byte;
        }
        let pieces: Vec<&[u8]> = whole.chunks(cut).collect();
        let (plain, _) = decode(coding, &pieces);
        prop_assert!(plain.len() as u64 <= RATIO_FLOOR + PIECE as u64);
    }
}
