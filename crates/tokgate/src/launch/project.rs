//! The project of a run: the root of the git work tree around a directory, or the directory itself.

use std::path::{Path, PathBuf};

/// Walks up from `directory` until a `.git` (a folder, or a file in linked work trees) is found.
pub fn root(directory: &Path) -> PathBuf {
    let found = directory.ancestors().find(|folder| folder.join(".git").exists());
    found.unwrap_or(directory).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_work_tree_or_the_directory_itself() {
        let dir = tempfile::tempdir().unwrap();
        let deep = dir.path().join("a/b");
        std::fs::create_dir_all(&deep).unwrap();
        assert_eq!(root(&deep), deep);
        std::fs::write(dir.path().join("a/.git"), "gitdir: elsewhere").unwrap();
        assert_eq!(root(&deep), dir.path().join("a"));
    }
}
