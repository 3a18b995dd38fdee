//! Frames of `application/vnd.amazon.eventstream`. Written apart from the gateway's reader on purpose, down to the
//! checksum.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::json;

/// Type of a header whose value is a text.
const TEXT: u8 = 7;

/// `chunk`: an event of the model itself, in base64. AWS pads it so that lengths tell nothing; the length here follows
/// from the data, so that equal answers get equal bytes.
pub(super) fn chunk(event: &[u8]) -> Bytes {
    const PADDING: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    let padding = &PADDING[..event.len() % PADDING.len()];
    let payload = json!({"bytes": STANDARD.encode(event), "p": padding}).to_string();
    frame("event", ":event-type", "chunk", payload.as_bytes())
}

/// An event by its name.
pub(super) fn event(name: &str, payload: &[u8]) -> Bytes {
    frame("event", ":event-type", name, payload)
}

/// An exception by its name.
pub(super) fn exception(name: &str, payload: &[u8]) -> Bytes {
    frame("exception", ":exception-type", name, payload)
}

fn frame(kind: &str, name_header: &str, name: &str, payload: &[u8]) -> Bytes {
    let mut headers = Vec::new();
    for (name, value) in [(name_header, name), (":content-type", "application/json"), (":message-type", kind)] {
        headers.push(u8::try_from(name.len()).unwrap_or_default());
        headers.extend_from_slice(name.as_bytes());
        headers.push(TEXT);
        headers.extend_from_slice(&u16::try_from(value.len()).unwrap_or_default().to_be_bytes());
        headers.extend_from_slice(value.as_bytes());
    }
    let mut out = prelude(headers.len(), payload.len());
    out.extend_from_slice(&headers);
    out.extend_from_slice(payload);
    out.extend_from_slice(&crc32(&out).to_be_bytes());
    out.into()
}

/// Both lengths and their checksum.
pub(crate) fn prelude(headers: usize, payload: usize) -> Vec<u8> {
    let length = |length: usize| u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes();
    let mut out = [length(12 + headers + payload + 4), length(headers)].concat();
    out.extend_from_slice(&crc32(&out).to_be_bytes());
    out
}

/// CRC-32 as in IEEE 802.3, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    const POLYNOMIAL: u32 = 0xedb8_8320;
    let step = |crc: u32| if crc & 1 == 1 { crc >> 1 ^ POLYNOMIAL } else { crc >> 1 };
    !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_one_of_the_standard() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn a_frame_is_as_botocore_builds_it() {
        let frame = event("chunk", br#"{"bytes":"eyJ0eXBlIjoibWVzc2FnZV9zdG9wIn0="}"#);
        let hex: String = frame.iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(hex.starts_with("000000870000004b87ea2bf30b3a6576656e742d747970650700056368756e6b"), "{hex}");
        assert!(hex.ends_with("ba48ab22"), "{hex}");
    }
}
