//! No request waits for a disk, because what a request passes through cannot name one.

use std::fs;
use std::path::{Path, PathBuf};

/// What the request path consists of. Jobs are not on it: they are answered once they are on the disk, which is their
/// promise.
const PATH: [&str; 2] = ["proxy", "upstream"];
const JOBS: &str = "proxy/jobs";

/// Whoever can read or write a database, or wait for one.
const HANDLES: [&str; 8] = [
    "rusqlite",
    "store::database",
    "store::query",
    "store::jobs",
    "Reader::open",
    "recorder().flush",
    "recorder().tidy",
    "recorder().close",
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|it| it == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn no_module_of_the_request_path_names_a_database() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut all = Vec::new();
    PATH.iter().for_each(|part| sources(&root.join(part), &mut all));
    all.retain(|path| !path.starts_with(root.join(JOBS)));
    assert!(all.len() > 60, "{} files: the request path has moved", all.len());
    let named = all.iter().flat_map(|path| {
        let text = fs::read_to_string(path).unwrap();
        let names = HANDLES.iter().filter(move |handle| text.contains(**handle));
        names.map(|handle| format!("{}: {handle}", path.display())).collect::<Vec<_>>()
    });
    assert_eq!(named.collect::<Vec<_>>(), Vec::<String>::new());
}
