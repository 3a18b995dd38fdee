//! Reads along the frame headers a peer sends on an HTTP/2 connection, for the facts the HTTP library keeps to itself: how
//! many streams the peer allows, that it has begun to say goodbye, and that it does not speak HTTP/2 at all. Changes
//! nothing on the way.

const HEADER: usize = 9;
const SETTING: usize = 6;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
const ACK: u8 = 1;
const MAX_CONCURRENT_STREAMS: u16 = 3;

/// Something worth knowing went by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    /// SETTINGS ended. The value is the stream limit it named, if any.
    Settings(Option<u32>),
    /// GOAWAY began.
    GoAway,
    /// Something else than SETTINGS came first. Source: RFC 9113 section 3.4.
    NotHttp2,
}

/// Position inside the peer's frames.
#[derive(Debug, Default)]
pub(super) struct FrameWatch {
    header: [u8; HEADER],
    header_filled: usize,
    payload_left: usize,
    setting: [u8; SETTING],
    setting_filled: usize,
    limit: Option<u32>,
    /// A first frame began.
    begun: bool,
}

impl FrameWatch {
    /// Takes the next bytes as they came from the connection.
    pub(super) fn observe(&mut self, mut bytes: &[u8], mut tell: impl FnMut(Seen)) {
        while !bytes.is_empty() {
            if self.header_filled < HEADER {
                let take = bytes.len().min(HEADER - self.header_filled);
                self.header[self.header_filled..][..take].copy_from_slice(&bytes[..take]);
                self.header_filled += take;
                bytes = &bytes[take..];
                if self.header_filled == HEADER {
                    self.begin(&mut tell);
                }
            } else {
                let take = bytes.len().min(self.payload_left);
                if self.is_settings() {
                    self.settings(&bytes[..take]);
                }
                self.payload_left -= take;
                bytes = &bytes[take..];
                self.end_if_complete(&mut tell);
            }
        }
    }

    fn begin(&mut self, tell: &mut impl FnMut(Seen)) {
        let [a, b, c, kind, ..] = self.header;
        self.payload_left = usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c);
        self.setting_filled = 0;
        self.limit = None;
        if !std::mem::replace(&mut self.begun, true) && kind != SETTINGS {
            tell(Seen::NotHttp2);
        }
        if kind == GOAWAY {
            tell(Seen::GoAway);
        }
        self.end_if_complete(tell);
    }

    fn end_if_complete(&mut self, tell: &mut impl FnMut(Seen)) {
        if self.payload_left == 0 {
            if self.is_settings() {
                tell(Seen::Settings(self.limit));
            }
            self.header_filled = 0;
        }
    }

    fn is_settings(&self) -> bool {
        self.header[3] == SETTINGS && self.header[4] & ACK == 0
    }

    fn settings(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.setting[self.setting_filled] = *byte;
            self.setting_filled += 1;
            if self.setting_filled == SETTING {
                self.setting_filled = 0;
                let [i, d, a, b, c, e] = self.setting;
                if u16::from_be_bytes([i, d]) == MAX_CONCURRENT_STREAMS {
                    self.limit = Some(u32::from_be_bytes([a, b, c, e]));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]
    use super::*;

    fn frame(kind: u8, flags: u8, payload: &[u8]) -> Vec<u8> {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        let mut bytes = vec![length[1], length[2], length[3], kind, flags, 0, 0, 0, 0];
        bytes.extend_from_slice(payload);
        bytes
    }

    fn conversation() -> Vec<u8> {
        let mut bytes = frame(SETTINGS, 0, &[0, 4, 0, 1, 0, 0, 0, 3, 0, 0, 0, 100]);
        bytes.extend(frame(SETTINGS, ACK, &[]));
        bytes.extend(frame(0, 0, &[SETTINGS; 300]));
        bytes.extend(frame(SETTINGS, 0, &[]));
        bytes.extend(frame(GOAWAY, 0, &[0; 8]));
        bytes
    }

    #[test]
    fn limits_and_goodbyes_are_seen_however_the_bytes_are_cut() {
        let all = conversation();
        for size in 1..=all.len() {
            let (mut watch, mut seen) = (FrameWatch::default(), Vec::new());
            for piece in all.chunks(size) {
                watch.observe(piece, |s| seen.push(s));
            }
            assert_eq!(seen, [Seen::Settings(Some(100)), Seen::Settings(None), Seen::GoAway], "cut every {size}");
        }
    }

    #[test]
    fn a_peer_that_begins_with_anything_but_settings_does_not_speak_http2() {
        for (bytes, foreign) in [
            (&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], true),
            (&frame(GOAWAY, 0, &[0; 8]), true),
            (&conversation(), false),
        ] {
            let (mut watch, mut seen) = (FrameWatch::default(), Vec::new());
            bytes.chunks(2).for_each(|piece| watch.observe(piece, |one| seen.push(one)));
            assert_eq!(seen.first() == Some(&Seen::NotHttp2), foreign, "{seen:?}");
            assert!(seen.iter().skip(1).all(|one| *one != Seen::NotHttp2), "{seen:?}");
        }
    }

    #[test]
    fn an_acknowledgement_and_data_that_looks_like_settings_say_nothing() {
        let mut bytes = frame(SETTINGS, ACK, &[]);
        bytes.extend(frame(0, 0, &[0, 3, 0, 0, 0, 1]));
        let mut watch = FrameWatch::default();
        watch.observe(&bytes, |seen| panic!("{seen:?}"));
    }
}
