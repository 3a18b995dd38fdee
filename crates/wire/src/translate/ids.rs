//! Ids of ours: derived, never random, so that a repeated answer has the same ones.

/// `prefix` and 24 characters from `seed` and the number of the thing in its answer.
pub fn derived(prefix: &str, seed: u64, ordinal: u32) -> String {
    const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut state = seed ^ u64::from(ordinal).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut id = String::with_capacity(prefix.len() + 24);
    id.push_str(prefix);
    for _ in 0..24 {
        // SplitMix64: spreads a counter evenly; nothing here needs to be unguessable.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        id.push(char::from(ALPHABET[((mixed ^ mixed >> 31) % 62) as usize]));
    }
    id
}

/// The id of a call that its provider gave none, by its number in the answer.
pub fn call(seed: u64, number: u32) -> String {
    derived("call_", seed, number.saturating_add(1))
}

/// A hash for [`derived`]'s seed and for scopes. FNV-1a: the same on every machine and in every release.
pub fn hash(bytes: &[u8]) -> u64 {
    hash_on(0xcbf2_9ce4_8422_2325, bytes)
}

/// The hash of what `begun` is the hash of, with these bytes behind it.
pub fn hash_on(begun: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(begun, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_differ_by_seed_and_ordinal_and_repeat_otherwise() {
        let id = derived("msg_", 7, 1);
        assert_eq!(id, derived("msg_", 7, 1));
        assert_eq!((id.len(), id.starts_with("msg_")), (28, true));
        assert!(id != derived("msg_", 7, 2) && id != derived("msg_", 8, 1));
        assert!(id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'));
    }
}
