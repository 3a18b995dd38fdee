//! The list, held against the tests there are.

use std::collections::BTreeMap;
use std::path::Path;

use toml_edit::DocumentMut;

/// The list.
const LIST: &str = include_str!("../traps.toml");

/// How many mistakes are known.
const TRAPS: i64 = 50;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().parent().unwrap()
}

/// Whether `FILE::NAME` is a test: a function with a test attribute, or a function of Python that pytest collects.
fn is_test(place: &str, files: &mut BTreeMap<String, String>) -> bool {
    let Some((file, name)) = place.split_once("::") else { return false };
    let text =
        files.entry(file.to_owned()).or_insert_with(|| std::fs::read_to_string(root().join(file)).unwrap_or_default());
    if file.ends_with(".py") {
        return name.starts_with("test_") && text.contains(&format!("def {name}("));
    }
    let plain = text.split(&format!("fn {name}(")).next().filter(|before| before.len() < text.len());
    plain.is_some_and(|before| {
        let head = before.trim_end_matches("async ").trim_end();
        let line = head.rsplit('\n').next().unwrap_or_default().trim();
        // A property has its description, not an attribute, above it.
        line.starts_with("#[test]")
            || line.starts_with("#[tokio::test")
            || line.starts_with("///")
            || line.ends_with('{')
            || line.is_empty()
    })
}

#[test]
fn every_trap_is_held_by_a_test_that_exists() {
    let list: DocumentMut = LIST.parse().unwrap();
    let traps = list["trap"].as_array_of_tables().unwrap();
    let (mut files, mut missing) = (BTreeMap::new(), Vec::new());
    for (trap, number) in traps.iter().zip(1..) {
        assert_eq!(trap["number"].as_integer(), Some(number), "in order, none left out");
        for name in ["what", "source"] {
            assert!(trap[name].as_str().is_some_and(|text| !text.is_empty()), "{number}: {name}");
        }
        let tests: Vec<&str> = trap
            .get("tests")
            .and_then(|tests| tests.as_array())
            .into_iter()
            .flatten()
            .filter_map(|test| test.as_str())
            .collect();
        let reason = trap.get("does_not_apply").and_then(|reason| reason.as_str());
        assert!(!tests.is_empty() || reason.is_some(), "{number} is held by nothing");
        missing.extend(tests.iter().filter(|test| !is_test(test, &mut files)).map(|test| format!("{number}: {test}")));
    }
    assert_eq!(i64::try_from(traps.len()).unwrap(), TRAPS);
    assert!(missing.is_empty(), "no such tests: {missing:#?}");
}

#[test]
fn every_test_named_after_a_trap_is_on_the_list() {
    for file in ["streams", "reasoning", "requests", "usage"] {
        let path = format!("crates/wire/tests/translation/traps/{file}.rs");
        let text = std::fs::read_to_string(root().join(&path)).unwrap();
        for name in text.split("fn trap_").skip(1).filter_map(|rest| rest.split('(').next()) {
            assert!(LIST.contains(&format!("{path}::trap_{name}\"")), "trap_{name} of {path}");
        }
    }
}
