//! The entries of the fuzz targets, with bounded random inputs: bytes, and fixtures with something broken in them.

use proptest::prelude::*;

use crate::golden::fixtures;

#[path = "../../../../fuzz/entries.rs"]
mod entries;

/// Bodies and streams that mean something, to be broken.
fn seeds() -> Vec<Vec<u8>> {
    let field = |kind: &'static str, name: &'static str| {
        fixtures(kind)
            .into_iter()
            .filter_map(move |(_, document)| document[name].as_str().map(|text| text.as_bytes().to_vec()))
    };
    field("requests", "body").chain(field("answers", "stream")).chain(field("answers", "whole")).collect()
}

/// A seed with a stretch of it replaced, so that the rest still means something.
fn broken() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..6),
        "[\\[\\]{}:,\"0-9a-z\\\\\n-]{0,6}".prop_map(String::into_bytes),
        proptest::sample::select(vec!["null", "[]", "{}", "\"\"", "1e999", "\\ud800", "\n\n", "data: ", "true"])
            .prop_map(|word| word.as_bytes().to_vec()),
    ];
    (proptest::sample::select(seeds()), any::<prop::sample::Index>(), 0_usize..40, piece).prop_map(
        |(mut seed, at, length, piece)| {
            let start = at.index(seed.len());
            let end = (start + length).min(seed.len());
            seed.splice(start..end, piece);
            seed
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(160) })]

    #[test]
    fn no_bytes_panic_at_any_door(data in proptest::collection::vec(any::<u8>(), 0..600)) {
        entries::ENTRIES.iter().for_each(|(_, entry)| entry(&data));
    }

    #[test]
    fn nothing_broken_panics_at_any_door(data in broken()) {
        entries::ENTRIES.iter().for_each(|(_, entry)| entry(&data));
    }
}

#[test]
fn every_entry_has_a_fuzz_target_and_what_is_whole_passes() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/fuzz_targets");
    for (name, entry) in entries::ENTRIES {
        assert!(folder.join(format!("{name}.rs")).exists(), "{name}");
        seeds().iter().for_each(|seed| entry(seed));
    }
}
