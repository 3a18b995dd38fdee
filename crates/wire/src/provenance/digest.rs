//! A short name for a long blob.

/// The digest of a blob as its issuer wrote it.
pub fn of(blob: &str) -> u64 {
    mix(bytes(mix(blob.len() as u64), blob.as_bytes()))
}

/// Takes `bytes` into `sum`. Eight at a time: every turn of a long conversation has a blob of kilobytes. Against damage
/// and chance, not against forgery.
pub(crate) fn bytes(sum: u64, bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let sum = words
        .iter()
        .fold(sum, |sum, word| (sum ^ u64::from_le_bytes(*word)).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29));
    let rest = rest.iter().fold(1, |rest, byte| rest << 8 | u64::from(*byte));
    mix(sum ^ rest)
}

/// Spreads every bit over all.
pub(crate) const fn mix(word: u64) -> u64 {
    let word = (word ^ word >> 32).wrapping_mul(0x9fb2_1c65_1e98_df25);
    (word ^ word >> 29).wrapping_mul(0x94d0_49bb_1331_11eb) ^ word >> 31
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blobs_that_differ_anywhere_have_other_names() {
        let blob = "EqQBCkYIBRgCKkAxyz".repeat(40);
        let names: std::collections::HashSet<u64> = (0..blob.len())
            .flat_map(|at| [of(&blob[..at]), of(&format!("{}#{}", &blob[..at], &blob[at + 1..]))])
            .collect();
        assert_eq!(names.len(), blob.len() * 2);
        assert_eq!(of(&blob), of(&blob.clone()));
    }
}
