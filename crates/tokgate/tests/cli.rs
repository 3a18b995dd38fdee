//! The program as people and scripts call it: help, exit codes, what goes where. Each call has a home folder of its own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tokgate::cli::help;
use tokgate::i18n::Lang;

fn tokgate(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tokgate"));
    command.env_clear().env("HOME", home).env("PATH", "/usr/bin:/bin").stdin(Stdio::null());
    command
}

struct Said {
    code: i32,
    out: String,
    err: String,
}

fn call(home: &Path, args: &[&str]) -> Said {
    said(tokgate(home).args(args).output().unwrap())
}

fn said(output: Output) -> Said {
    Said {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Compares with the committed file; `TOKGATE_BLESS=1` writes it.
fn matches_snapshot(name: &str, text: &str) {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests", "snapshots", name].iter().collect();
    if std::env::var_os("TOKGATE_BLESS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == text, "{name} differs; look at the change and run the tests with TOKGATE_BLESS=1\n{text}");
}

#[test]
fn the_whole_help_is_as_committed() {
    matches_snapshot("help.en.txt", &help::everything(Lang::En));
    matches_snapshot("help.zh.txt", &help::everything(Lang::Zh));
}

#[test]
fn help_and_version_are_data_and_succeed() {
    let home = tempfile::tempdir().unwrap();
    for args in [&["--help"][..], &["-h"], &["logs", "--help"], &["help", "run"], &["-V"], &["version"]] {
        let said = call(home.path(), args);
        assert_eq!(said.code, 0, "{args:?}: {}", said.err);
        assert!(!said.out.is_empty() && said.err.is_empty(), "{args:?}");
    }
    let said = call(home.path(), &["--lang", "zh", "run", "--help"]);
    assert!(said.out.contains("用法：tokgate run") || said.out.contains("用法： tokgate run"), "{}", said.out);
    let said = call(home.path(), &["version", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(json["schema"], "tokgate/version/1");
    assert_eq!(json["data"]["version"], env!("CARGO_PKG_VERSION"));
}

#[test]
fn wrong_usage_is_exit_2_with_a_suggestion_and_no_data() {
    let home = tempfile::tempdir().unwrap();
    let said = call(home.path(), &["statu"]);
    assert_eq!((said.code, said.out.as_str()), (2, ""));
    assert!(said.err.contains("did you mean `status`"), "{}", said.err);
    let said = call(home.path(), &["--lang=zh", "up", "--lisen", "x"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("`--listen`"), "{}", said.err);
}

#[test]
fn without_a_gateway_status_says_so_and_exits_4() {
    let home = tempfile::tempdir().unwrap();
    let said = call(home.path(), &["status"]);
    assert_eq!((said.code, said.out.as_str()), (4, "running\tno\n"));
    let said = call(home.path(), &["status", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!((said.code, &json["data"]["running"]), (4, &serde_json::json!(false)));
    let said = call(home.path(), &["proxy", "status"]);
    assert_eq!(said.code, 4);
}

#[test]
fn stopping_nothing_and_reading_no_records_succeed() {
    let home = tempfile::tempdir().unwrap();
    for args in [&["stop"][..], &["stop", "--now"], &["logs"], &["logs", "daemon"], &["show", "last"]] {
        let said = call(home.path(), args);
        assert_eq!((said.code, said.out.as_str()), (0, ""), "{args:?}: {}", said.err);
        assert!(!said.err.is_empty(), "{args:?}");
    }
}

#[test]
fn looking_leaves_no_trace() {
    let home = tempfile::tempdir().unwrap();
    for args in [&["--help"][..], &["status"], &["stop"], &["logs"], &["show"], &["config", "path"], &["version"]] {
        call(home.path(), args);
    }
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0);
}

#[test]
fn the_language_follows_the_environment() {
    let home = tempfile::tempdir().unwrap();
    let in_chinese = said(tokgate(home.path()).env("LANG", "zh_CN.UTF-8").arg("stop").output().unwrap());
    let in_english = said(tokgate(home.path()).env("LANG", "C.UTF-8").arg("stop").output().unwrap());
    assert_eq!(in_chinese.err, "网关未运行\n");
    assert_eq!(in_english.err, "the gateway is not running\n");
}

#[test]
fn a_closed_pipe_is_no_error() {
    let home = tempfile::tempdir().unwrap();
    let mut child = tokgate(home.path()).arg("--help").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}
