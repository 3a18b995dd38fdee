//! base64url without padding. Source: RFC 4648, section 5.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// No character of the alphabet.
const NONE: u8 = 0xff;

const VALUES: [u8; 256] = {
    let mut values = [NONE; 256];
    let mut value = 0;
    while value < 64 {
        values[ALPHABET[value] as usize] = value as u8;
        value += 1;
    }
    values
};

/// `prefix` and the code of `bytes`.
pub(super) fn encode(prefix: &str, bytes: &[u8]) -> String {
    let mut out = String::with_capacity(prefix.len() + bytes.len().div_ceil(3) * 4);
    out.push_str(prefix);
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let word = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..=chunk.len() {
            out.push(char::from(ALPHABET[(word >> (18 - 6 * place) & 63) as usize]));
        }
    }
    out
}

/// What `text` is the code of; `None` when it is none, or not the one [`encode`] writes.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3 + 2);
    for chunk in text.as_bytes().chunks(4) {
        let mut word = 0;
        for place in 0..4 {
            let value = chunk.get(place).map_or(0, |byte| VALUES[usize::from(*byte)]);
            if value == NONE {
                return None;
            }
            word = word << 6 | u32::from(value);
        }
        let [_, one, two, three] = word.to_be_bytes();
        match (chunk.len(), two, three) {
            (4, ..) => out.extend_from_slice(&[one, two, three]),
            (3, _, 0) => out.extend_from_slice(&[one, two]),
            (2, 0, 0) => out.push(one),
            _ => return None,
        }
    }
    Some(out)
}
