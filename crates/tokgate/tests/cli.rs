//! The program as people and scripts call it: help, exit codes, what goes where. Each call has a home folder of its own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
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
    for args in [&["stop"][..], &["stop", "--now"], &["logs"], &["logs", "daemon"]] {
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

// ---- with a gateway

/// A home folder whose gateway is stopped at the end, whatever the test did.
struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn call(&self, args: &[&str]) -> Said {
        call(self.path(), args)
    }

    fn status(&self) -> serde_json::Value {
        serde_json::from_str(&self.call(&["status", "--json"]).out).unwrap()
    }

    /// A program in `bin` that plays a client.
    fn client(&self, name: &str, script: &str) -> PathBuf {
        let bin = self.path().join("bin");
        std::fs::create_dir_all(&bin).unwrap();
        std::fs::write(bin.join(name), format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(bin.join(name), std::fs::Permissions::from_mode(0o755)).unwrap();
        bin
    }

    fn run(&self, bin: &Path, args: &[&str]) -> Said {
        let path = format!("{}:/usr/bin:/bin", bin.display());
        let mut command = tokgate(self.path());
        command.env("PATH", path).env("TOKGATE_SERVER__LISTEN", "127.0.0.1:0").current_dir(self.path());
        said(command.args(args).output().unwrap())
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        self.call(&["stop", "--now"]);
    }
}

/// Port 0: the system chooses, so that tests do not meet.
const UP: [&str; 4] = ["up", "-d", "--listen", "127.0.0.1:0"];

#[test]
fn two_starters_at_once_start_one_gateway() {
    let home = Home::new();
    let starters: Vec<_> = (0..3)
        .map(|_| tokgate(home.path()).args(UP).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
        .collect();
    let said: Vec<Said> = starters.into_iter().map(|child| said(child.wait_with_output().unwrap())).collect();
    assert!(said.iter().all(|said| said.code == 0), "{:?}", said.iter().map(|said| &said.err).collect::<Vec<_>>());
    assert_eq!(said.iter().filter(|said| said.out.contains("ready in")).count(), 1);
    assert_eq!(said.iter().filter(|said| said.err.contains("already up")).count(), 2);
    let status = home.status();
    assert_eq!(status["data"]["running"], true);
    assert_eq!(home.call(&["up"]).code, 0, "a running gateway of ours is used");
    assert_eq!(home.status()["data"]["pid"], status["data"]["pid"]);
    assert_eq!(home.call(&["stop"]).code, 0);
    assert_eq!(home.status()["data"]["running"], false);
}

#[test]
fn a_taken_port_is_exit_7_with_the_program_that_has_it_also_in_the_background() {
    let home = Home::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for args in [&["up", "--listen", &address][..], &["up", "-d", "--listen", &address]] {
        let said = home.call(args);
        assert_eq!((said.code, said.out.as_str()), (7, ""), "{args:?}");
        assert!(said.err.starts_with("error[TG201]") && said.err.contains(&address), "{}", said.err);
        if cfg!(target_os = "linux") {
            assert!(said.err.contains(&format!("pid {}", std::process::id())), "{}", said.err);
        }
    }
    assert_eq!(home.status()["data"]["running"], false);
}

#[test]
fn another_address_than_that_of_the_running_gateway_is_refused_with_the_command_that_moves_it() {
    let home = Home::new();
    assert_eq!(home.call(&UP).code, 0);
    let data = home.status()["data"].clone();
    let own = data["address"].as_str().unwrap().strip_prefix("http://").unwrap().to_owned();
    for args in [&["up", "-d", "--listen", "127.0.0.1:1"][..], &["up", "--listen", "127.0.0.1:1"]] {
        let said = home.call(args);
        assert_eq!((said.code, said.out.as_str()), (7, ""), "{args:?}");
        assert!(said.err.contains(&own) && said.err.contains("tokgate up --listen 127.0.0.1:1"), "{}", said.err);
    }

    for same in [own.as_str(), "127.0.0.1:0"] {
        assert_eq!(home.call(&["up", "-d", "--listen", same]).code, 0, "{same}");
    }
    assert_eq!(home.status()["data"]["pid"], data["pid"]);
}

#[test]
fn commands_shown_by_a_call_with_a_file_act_on_its_gateway_and_on_no_other() {
    let home = Home::new();
    assert_eq!(home.call(&UP).code, 0);
    let file = home.path().join("other file.toml");
    std::fs::write(&file, "version = 1\n").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let config = ["--config", file.to_str().unwrap()];
    let up = home.call(&[&config[..], &UP].concat());
    let stop = up.out.rsplit_once("stops with: tokgate ").unwrap().1.trim();
    assert_eq!(stop, format!("--config '{}' stop", file.display()));
    assert_eq!(home.call(&[&config[..], &["stop"]].concat()).code, 0);
    assert_eq!(home.status()["data"]["running"], true, "the other one still runs");
}

#[test]
fn a_switch_by_hand_takes_a_reason_and_a_time_and_not_none() {
    let home = Home::new();
    let file = home.path().join(".config/tokgate/config.toml");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    let profiles = "[profile.a]\nproviders = [\"p\"]\n[profile.b]\nproviders = [\"p\"]\n";
    std::fs::write(&file, format!("[provider.p]\nurl = \"https://a.example\"\n{profiles}")).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(home.call(&UP).code, 0);
    let said = home.call(&["use", "b", "--reason", "bills", "--for", "2h", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!((&json["data"]["profile"], &json["data"]["reason"]), (&"b".into(), &"bills".into()), "{json}");
    assert!(json["data"]["until_ms"].is_u64(), "{json}");
    for time in ["0s", "banana"] {
        let said = home.call(&["failover", "switch", "a", "--for", time]);
        assert_eq!(said.code, 2);
        assert!(said.err.contains("90s"), "{}", said.err);
    }
}

#[test]
fn an_edit_says_what_there_is_to_remark_on_now() {
    let home = Home::new();
    let file = home.path().join(".config/tokgate/config.toml");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, "[provider.p]\nurl = \"https://a.example\"\nkeys = [\"env:ONE\"]\n").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let said = home.call(&["config", "set", "provider.p.keys", "env:TWO"]);
    assert!(said.code == 0 && said.err.contains("TG184") && said.err.contains("TWO"), "{}", said.err);
    let said = home.call(&["config", "set", "hold.max", "20s"]);
    assert!(said.code == 0 && !said.err.contains("TG184"), "nothing new: {}", said.err);
}

#[test]
fn an_interrupt_ends_the_foreground_gateway_and_leaves_no_socket() {
    let home = Home::new();
    let mut child = tokgate(home.path())
        .args(["up", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("Ctrl-C stops")));
    assert_eq!(home.status()["data"]["pid"], child.id());
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8(output.stderr).unwrap().contains("stopped"));
    let state = home.path().join(".local/state/tokgate");
    assert!(!state.join("admin.sock").exists() && !state.join("gateway.json").exists());
}

/// A request without a key, which leaves a record: its number.
fn refused_request(home: &Home) -> String {
    let status = home.status();
    let address = status["data"]["address"].as_str().unwrap().strip_prefix("http://").unwrap().to_owned();
    let mut socket = std::net::TcpStream::connect(&address).unwrap();
    write!(socket, "POST /v1/messages HTTP/1.1\r\nhost: {address}\r\ncontent-length: 0\r\n\r\n").unwrap();
    let mut lines = BufReader::new(socket).lines().map(Result::unwrap);
    lines.find_map(|line| line.strip_prefix("x-tokgate-request-id: ").map(str::to_owned)).unwrap()
}

/// The writer gathers records for a fifth of a second.
#[test]
fn a_request_is_shown_as_soon_as_it_has_ended() {
    let home = Home::new();
    assert_eq!(home.call(&UP).code, 0);
    for _ in 0..3 {
        let id = refused_request(&home);
        assert!(home.call(&["show", "last"]).out.contains(&id));
        let id = refused_request(&home);
        assert!(home.call(&["logs", "--json"]).out.contains(&id));
    }
}

#[test]
fn records_that_cannot_be_written_are_shown_from_memory_and_the_reason_is_said() {
    let home = Home::new();
    // A folder stands where the file would be.
    let data = home.path().join(".local/share/tokgate");
    std::fs::create_dir_all(data.join("tokgate.db")).unwrap();
    std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(home.call(&UP).code, 0);
    let ids = [refused_request(&home), refused_request(&home)];
    let calls: [&[&str]; 4] =
        [&["show", "last"], &["show", &ids[1]], &["logs", "--json", "-n", "1"], &["logs", "--json"]];
    for args in calls {
        let said = home.call(args);
        assert!(said.code == 0 && said.out.contains(&ids[1]), "{args:?}: {} {}", said.out, said.err);
        assert!(said.err.contains("TG601"), "{args:?}: {}", said.err);
    }
    let chinese = home.call(&["--lang", "zh", "show", &ids[0]]);
    assert!(chinese.out.contains(&ids[0]) && chinese.err.contains("无法写入记录文件"), "{}", chinese.err);
    assert!(home.call(&["status"]).out.contains("TG601"));
    assert!(home.status()["data"]["records_problem"].as_str().unwrap().contains("TG601"));
}

#[test]
fn a_run_starts_the_gateway_and_hands_the_client_what_it_needs() {
    let home = Home::new();
    // What it was given, then the exit code of a client that failed.
    let bin = home.client("claude", r#"echo "args $*"; cat "$2"; echo; ls -l "$2"; env; exit 7"#);
    let said = home.run(&bin, &["run", "claude", "--", "-p", "hi"]);
    assert_eq!(said.code, 7, "{}", said.err);
    assert!(said.err.contains("started the gateway in the background"), "{}", said.err);
    assert!(said.out.contains(" -p hi\n"), "{}", said.out);
    assert!(said.out.contains(r#""ANTHROPIC_BASE_URL":"http://127.0.0.1:"#) && said.out.contains("/r/"));
    assert!(said.out.contains("-rw-------"), "{}", said.out);
    assert!(said.out.contains("NO_PROXY=127.0.0.1,localhost,::1"));
    let key = std::fs::read_to_string(home.path().join(".local/share/tokgate/local.key")).unwrap();
    assert!(said.out.contains(key.trim()), "the local key is in the settings file");
    assert!(!said.out.lines().next().unwrap().contains(key.trim()), "and not in the arguments");
    let runs = home.path().join(".local/state/tokgate/runs");
    assert_eq!(std::fs::read_dir(runs).unwrap().count(), 0, "the settings file is gone");
    let status = home.status();
    assert_eq!(status["data"]["running"], true, "the gateway lives on");
    assert_eq!(status["data"]["runs"], serde_json::json!([]), "and knows that the run has ended");
}

#[test]
fn printing_a_run_starts_and_writes_nothing() {
    let home = Home::new();
    for client in ["claude", "codex", "opencode"] {
        let said = home.call(&["run", client, "--print", "--", "x y"]);
        assert_eq!(said.code, 0, "{}", said.err);
        assert!(said.out.contains(client) && said.out.contains("'x y'") && said.out.contains("/r/RUN"), "{}", said.out);
    }
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0);
}

#[test]
fn a_client_that_is_not_there_is_an_error_with_the_command_that_installs_it() {
    let home = Home::new();
    let nowhere = home.path().join("empty");
    let said = home.run(&nowhere, &["run", "codex"]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("TG501") && said.err.contains("npm install -g @openai/codex"), "{}", said.err);
    assert_eq!(home.status()["data"]["running"], false, "nothing was started for it");
    for args in [&["run", "nope"][..], &["run", "claude", "-p", "nope"], &["run"]] {
        assert_eq!(home.run(&nowhere, args).code, 2, "{args:?}");
    }
}

#[test]
fn env_prints_what_an_sdk_needs_and_json_is_an_envelope() {
    let home = Home::new();
    let said = home.call(&["env", "cherrystudio", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(json["data"]["ANTHROPIC_BASE_URL"], "http://127.0.0.1:7711/c/cherrystudio");
    assert!(json["data"]["OPENAI_API_KEY"].as_str().unwrap().starts_with("tg-"));
    assert_eq!(home.call(&["env", "../x"]).code, 2);
    assert!(home.call(&["env", "--shell", "fish"]).out.starts_with("set -gx ANTHROPIC_BASE_URL "));
}

#[test]
fn a_local_key_that_cannot_be_had_is_said_in_the_readers_language() {
    let home = Home::new();
    let call = |lang| {
        let mut command = tokgate(home.path());
        command.env("TOKGATE_SERVER__LOCAL_KEY", "env:NOT_SET_ANYWHERE");
        said(command.args(["--lang", lang, "env"]).output().unwrap())
    };
    let (english, chinese) = (call("en"), call("zh"));
    assert_eq!((english.code, chinese.code), (1, 1), "{}", english.err);
    assert!(english.err.contains("is not set") && chinese.err.contains("没有设置"), "{}", chinese.err);
}

#[test]
fn a_rejected_configuration_is_exit_3_wherever_it_is_needed() {
    let home = Home::new();
    let file = home.path().join("bad.toml");
    std::fs::write(&file, "[server]\nlisen = \"127.0.0.1:1\"\n").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let file = file.to_str().unwrap();
    for args in [&["config", "validate"][..], &["up"], &["up", "-d"], &["run", "claude"], &["env"], &["config", "show"]]
    {
        let said = home.call(&[&["--config", file], args].concat());
        assert_eq!((said.code, said.out.as_str()), (3, ""), "{args:?}: {}", said.err);
        assert!(said.err.contains("lisen"), "{args:?}: {}", said.err);
    }
    let said = home.call(&["--config", file, "config", "validate", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!((said.code, &json["data"]["valid"]), (3, &serde_json::json!(false)));
}

#[test]
fn arguments_of_the_client_without_two_dashes_get_the_command_that_works() {
    let home = Home::new();
    for (args, command) in [
        (&["run", "claude", "-p", "say hi"][..], "tokgate run claude -- -p 'say hi'"),
        (&["run", "claude", "--resume"], "tokgate run claude -- --resume"),
    ] {
        let said = home.call(args);
        assert_eq!((said.code, said.out.as_str()), (2, ""), "{args:?}");
        assert!(said.err.contains(&format!("{command}\n")), "{args:?}: {}", said.err);
    }
    assert_eq!(home.status()["data"]["running"], false);
}

#[test]
fn a_key_that_is_exported_after_the_start_is_noticed_and_not_shown() {
    let home = Home::new();
    let bin = home.client("claude", "exit 0");
    assert_eq!(home.call(&UP).code, 0);
    let with_key = |args: &[&str]| {
        let mut command = tokgate(home.path());
        command.env("PATH", format!("{}:/usr/bin:/bin", bin.display())).env("OPENAI_API_KEY", "sk-canary-0123456789");
        said(command.current_dir(home.path()).args(args).output().unwrap())
    };
    let status = with_key(&["status"]);
    assert!(status.out.contains("variable_unseen\tOPENAI_API_KEY\n"), "{}", status.out);
    let json: serde_json::Value = serde_json::from_str(&with_key(&["status", "--json"]).out).unwrap();
    assert_eq!(json["data"]["variables_unseen"], serde_json::json!([{"name": "OPENAI_API_KEY", "why": "missing"}]));
    for args in [&["run", "claude"][..], &["up", "-d"]] {
        let said = with_key(args);
        assert_eq!(said.code, 0, "{args:?}: {}", said.err);
        assert!(
            said.err.contains("OPENAI_API_KEY") && said.err.contains("tokgate stop && tokgate up -d"),
            "{}",
            said.err
        );
        assert!(!said.err.contains("canary") && !said.out.contains("canary"));
    }
    let without = home.run(&bin, &["run", "claude", "--lang", "en"]);
    assert!(!without.err.contains("OPENAI_API_KEY"), "{}", without.err);
    assert_eq!(with_key(&["stop"]).code, 0);
    let mut up = tokgate(home.path());
    assert_eq!(up.env("OPENAI_API_KEY", "sk-canary-0123456789").args(UP).output().unwrap().status.code(), Some(0));
    assert!(!with_key(&["status"]).out.contains("variable_unseen"), "the gateway has it now");
}

#[test]
fn a_broken_save_does_not_keep_clients_from_the_running_gateway() {
    let home = Home::new();
    let bin = home.client("claude", "exit 7");
    let file = home.path().join(".config/tokgate/config.toml");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    let good = "[server]\nlisten = \"127.0.0.1:0\"\n[provider.mine]\ntype = \"simulated\"\n";
    std::fs::write(&file, good).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(home.call(&["up", "-d"]).code, 0);
    let address = home.status()["data"]["address"].as_str().unwrap().to_owned();
    let copy = home.path().join(".local/state/tokgate/last-good.toml");
    while !copy.exists() {
        std::thread::yield_now();
    }
    std::fs::write(&file, format!("{good}lisen = 1\n")).unwrap();
    let run = home.run(&bin, &["run", "claude", "--provider", "mine"]);
    assert_eq!(run.code, 7, "{}", run.err);
    assert!(run.err.contains("~/.config/tokgate/config.toml:5:1: ") && run.err.contains("lisen"), "{}", run.err);
    let env = home.call(&["env"]);
    assert_eq!(env.code, 0, "{}", env.err);
    assert!(env.out.contains(&address) && env.err.contains("config.toml:5:1"), "{} {}", env.out, env.err);
    home.call(&["stop", "--now"]);
    assert_eq!(home.call(&["env"]).code, 3, "without a gateway there is nothing that goes on");
}

#[test]
fn a_key_exported_beside_a_broken_file_does_not_lead_to_a_stop() {
    let home = Home::new();
    let bin = home.client("opencode", "exit 0");
    let file = home.path().join(".config/tokgate/config.toml");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    let good = "[server]\nlisten = \"127.0.0.1:0\"\n[provider.mine]\npreset = \"openai\"\nkeys = [\"env:LATE_KEY\"]\n";
    std::fs::write(&file, good).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(home.call(&["up", "-d"]).code, 0);
    let copy = home.path().join(".local/state/tokgate/last-good.toml");
    while !copy.exists() {
        std::thread::yield_now();
    }
    std::fs::write(&file, format!("{good}lisen = 1\n")).unwrap();
    let mut command = tokgate(home.path());
    command.env("PATH", format!("{}:/usr/bin:/bin", bin.display())).env("LATE_KEY", "sk-canary-0123456789");
    let run = said(command.current_dir(home.path()).args(["run", "opencode"]).output().unwrap());
    let late: Vec<&str> = run.err.lines().filter(|line| line.contains("LATE_KEY")).collect();
    assert!(late.len() == 1 && late[0].contains("tokgate config validate"), "{}", run.err);
    assert!(!run.err.contains("tokgate stop"), "{}", run.err);
}

#[test]
fn a_local_key_from_an_unset_variable_is_no_dead_end() {
    let home = Home::new();
    let file = home.path().join("c.toml");
    std::fs::write(&file, "[server]\nlisten = \"127.0.0.1:0\"\nlocal_key = \"env:NOPE\"\n").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let file = file.to_str().unwrap();
    let valid = home.call(&["--config", file, "config", "validate"]);
    assert!(valid.code == 0 && valid.err.contains("TG184") && valid.err.contains("NOPE"), "{}", valid.err);
    let up = home.call(&["--config", file, "up", "-d"]);
    assert_eq!(up.code, 3, "{}", up.err);
    assert!(up.err.contains("TG212") && up.err.contains("export NOPE=") && up.err.contains("\"auto\""), "{}", up.err);
}

#[test]
fn v_tells_more_and_no_secret() {
    let home = Home::new();
    let bin = home.client("claude", "exit 0");
    let usual = home.run(&bin, &["run", "claude"]);
    let more = home.run(&bin, &["run", "claude", "-v"]);
    assert!(!usual.err.contains("ANTHROPIC_BASE_URL"), "{}", usual.err);
    assert!(more.err.contains("ANTHROPIC_BASE_URL") && more.err.contains("NO_PROXY="), "{}", more.err);
    let key = std::fs::read_to_string(home.path().join(".local/share/tokgate/local.key")).unwrap();
    assert!(!more.err.contains(key.trim()));
    assert!(home.call(&["config", "validate", "-v"]).err.contains("Values from"));
    assert!(home.call(&["env", "-v"]).err.contains("local.key") && !home.call(&["env"]).err.contains("local.key"));
    assert!(home.call(&["version", "-v"]).err.contains(std::env::consts::ARCH));
    assert!(home.call(&["stop", "-v"]).err.contains("http://127.0.0.1:"));
}

#[test]
fn a_variable_that_is_not_set_is_no_source_of_values() {
    let home = Home::new();
    let file = home.path().join("keys.toml");
    let section = |name: &str| {
        format!("[provider.{name}]\ntype = \"anthropic\"\nurl = \"http://127.0.0.1:1\"\nkeys = [\"env:KEY_{name}\"]\n")
    };
    std::fs::write(&file, section("a") + &section("b")).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let mut command = tokgate(home.path());
    command.env("KEY_a", "sk-1").arg("--config").arg(&file).args(["config", "validate", "-v"]);
    let said = said(command.output().unwrap());
    let sources = said.err.lines().find(|line| line.contains("Values from")).unwrap();
    assert!(sources.contains("KEY_a") && !sources.contains("KEY_b"), "{}", said.err);
}

#[test]
fn a_record_that_is_not_there_is_an_error_with_or_without_a_database() {
    let none = |home: &Path| {
        for command in ["show", "why"] {
            for asked in ["last", "error", "8Q1F"] {
                let said = call(home, &[command, asked]);
                assert_eq!((said.code, said.out.as_str()), (1, ""), "{command} {asked}");
                assert!(said.err.contains("no requests recorded yet"), "{}", said.err);
            }
        }
    };
    none(tempfile::tempdir().unwrap().path());
    let home = Home::new();
    assert_eq!(home.call(&UP).code, 0);
    let database = home.path().join(".local/share/tokgate/tokgate.db");
    while !database.exists() {
        std::thread::yield_now();
    }
    none(home.path());
    let id = refused_request(&home);
    for command in ["show", "why"] {
        assert_eq!(home.call(&[command, "zzzz"]).code, 2);
        assert!(home.call(&[command]).out.contains(&id), "{command}");
    }
}

#[test]
fn why_tells_of_a_request_that_was_refused_at_the_door() {
    let home = Home::new();
    assert_eq!(home.call(&UP).code, 0);
    let id = refused_request(&home);
    let said = home.call(&["why", &id]);
    assert!(said.out.contains("refused before any rule was looked at") && said.out.contains("TG402"), "{}", said.out);
    let json: serde_json::Value = serde_json::from_str(&home.call(&["why", "last", "--json"]).out).unwrap();
    assert_eq!((&json["schema"], &json["data"]["outcome"]), (&"tokgate/why/1".into(), &"refused".into()));
}

#[test]
fn limits_are_set_changed_and_removed_and_the_file_keeps_its_comments() {
    let home = Home::new();
    let file = home.path().join(".config/tokgate/config.toml");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    let text = "# mine\n[provider.kimi]\nurl = \"https://a.example\" # far\n";
    std::fs::write(&file, text).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let ok = |args: &[&str]| {
        let said = home.call(args);
        assert_eq!(said.code, 0, "{args:?}: {}{}", said.out, said.err);
        said.out
    };
    let written = || std::fs::read_to_string(&file).unwrap();
    let said = ok(&["limit", "set", "chat apps", "--match", "client=cherrystudio", "--rpm", "30", "--over", "reject"]);
    assert_eq!(said, "caller\tchat apps\t-\t30\t-\n");
    assert!(written().starts_with(text) && written().contains("client = \"cherrystudio\""), "{}", written());
    ok(&["limit", "set", "chat apps", "--concurrent", "4", "--rpm", "20"]);
    let said = ok(&["limit", "set", "chat apps", "--tpm", "9000", "--json"]);
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    let data = &said["data"];
    assert_eq!((&data["of"], &data["concurrent"], &data["rpm"]), (&"caller".into(), &"4".into(), &20.into()), "{data}");
    assert_eq!((&data["tpm"], &data["over"]), (&9000.into(), &"reject".into()), "{data}");
    assert_eq!(written().matches("[[limit]]").count(), 1, "{}", written());
    ok(&["limit", "set", "provider:kimi", "--concurrent", "auto", "--rpm", "60"]);
    assert_eq!(ok(&["limit", "unset", "provider:kimi", "rpm", "--plain"]), "provider\tkimi\tauto\t-\t-\n");
    assert_eq!(home.call(&["limit", "set", "chat apps", "--concurrent", "auto"]).code, 3, "nothing wrong is written");
    for wrong in [
        &["limit", "set", "new"][..],
        &["limit", "set", "new", "--match", "client=x"],
        &["limit", "set", "provider:kimi", "--over", "wait"],
        &["limit", "set", "provider:gone", "--rpm", "1"],
        &["limit", "unset", "gone"],
        &["limit", "set", "new", "--rpm", "many"],
    ] {
        let said = home.call(wrong);
        assert_eq!(said.code, 2, "{wrong:?}: {}{}", said.out, said.err);
    }
    ok(&["limit", "unset", "provider:kimi"]);
    assert_eq!(ok(&["limit", "unset", "chat apps"]), "caller\tchat apps\t-\t-\t-\n");
    assert_eq!(written().trim_end(), text.trim_end());
}

#[test]
fn rules_are_added_tried_moved_and_removed_and_the_file_keeps_its_comments() {
    let home = Home::new();
    let file = home.path().join(".config/tokgate/config.toml");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    let text =
        "# mine\n[provider.kimi]\nurl = \"https://a.example\"\n[provider.glm]\nurl = \"https://b.example\" # far\n";
    std::fs::write(&file, text).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let ok = |args: &[&str]| {
        let said = home.call(args);
        assert_eq!(said.code, 0, "{args:?}: {}{}", said.out, said.err);
        said.out
    };
    ok(&["route", "add", "opus", "--match", "model=claude-opus-*", "--to", "provider:glm"]);
    ok(&[
        "route",
        "add",
        "night",
        "--match",
        "hour=22-7",
        "--match",
        "header.x-team=a*",
        "--to",
        "provider:kimi",
        "--place",
        "1",
    ]);
    let list: serde_json::Value = serde_json::from_str(&ok(&["route", "--json"])).unwrap();
    assert_eq!((&list["data"][0]["name"], &list["data"][1]["to"]), (&"night".into(), &"provider:glm".into()));
    let tested = ok(&["route", "test", "--model", "claude-opus-5", "--hour", "12"]);
    for wanted in ["1 night no header is not x-team", "2 opus YES → glm", "asked 1 glm"] {
        let words = tested.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(wanted), "{wanted}\n{tested}");
    }
    let body = home.path().join("body.json");
    std::fs::write(&body, r#"{"model":"kimi-k3","stream":true,"messages":[]}"#).unwrap();
    let tested =
        ok(&["route", "test", "--file", body.to_str().unwrap(), "--hour", "23", "--header", "x-team=abc", "--json"]);
    let tested: serde_json::Value = serde_json::from_str(&tested).unwrap();
    assert_eq!(tested["data"]["candidates"][0]["provider"], "kimi");
    ok(&[
        "route",
        "add",
        "tools",
        "--match",
        "has_tools=true",
        "--match",
        "input_tokens=>200000",
        "--to",
        "provider:glm",
    ]);
    let facts = ["route", "test", "--tools", "--size", "1MiB", "--session", "s-1", "--deadline", "2s", "--json"];
    let tested: serde_json::Value = serde_json::from_str(&ok(&facts)).unwrap();
    assert_eq!(tested["data"]["candidates"][0]["provider"], "glm");
    assert_eq!(tested["data"]["ignored"], serde_json::json!(["prices"]));
    let nothing: serde_json::Value = serde_json::from_str(&ok(&["route", "test", "--json"])).unwrap();
    assert_eq!(nothing["data"]["ignored"], serde_json::json!(["conversation", "body", "prices"]));
    let told = ok(&["route", "test", "--stored", "file_id=file_1", "--lang", "zh"]);
    assert!(told.contains("未知") && told.contains("所属会话（--session）：视为会话的第一轮"), "{told}");
    for wrong in [["--stored", "model=m"], ["--size", "much"], ["--deadline", "soon"]] {
        assert_eq!(home.call(&["route", "test", wrong[0], wrong[1]]).code, 2, "{wrong:?}");
    }
    ok(&["route", "remove", "tools"]);
    // A rehearsal named a target for what every request is refused for.
    std::fs::write(&body, r#"{"model":5,"messages":[]}"#).unwrap();
    let refused = home.call(&["route", "test", "--file", body.to_str().unwrap()]);
    assert!(refused.code == 2 && refused.err.contains("TG313"), "{}", refused.err);
    assert_eq!(home.call(&["route", "test", "--model", "two words"]).code, 2);
    ok(&["route", "edit", "night", "to=provider:glm", "strict=true"]);
    ok(&["route", "move", "night", "2"]);
    assert!(ok(&["route", "--plain"]).starts_with("1\topus\t"));
    assert_eq!(home.call(&["route", "edit", "night", "to=provider:gone"]).code, 3, "nothing wrong is written");
    assert_eq!(home.call(&["route", "remove", "noon"]).code, 2);
    ok(&["route", "remove", "opus"]);
    ok(&["route", "remove", "1"]);
    let left = std::fs::read_to_string(&file).unwrap();
    assert!(left.starts_with(text), "{left}");
    assert_eq!(home.call(&["route", "test", "--path", "/nowhere"]).code, 2);
}

#[test]
fn asking_for_no_lines_prints_none() {
    let home = Home::new();
    assert_eq!(home.call(&UP).code, 0);
    let address = home.status()["data"]["address"].as_str().unwrap().trim_start_matches("http://").to_owned();
    let key = std::fs::read_to_string(home.path().join(".local/share/tokgate/local.key")).unwrap();
    let mut stream = std::net::TcpStream::connect(&address).unwrap();
    let body = r#"{"model":"m","messages":[{"role":"user","content":"hi"}]}"#;
    let head = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        key.trim(),
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.read_to_end(&mut Vec::new()).unwrap();
    while home.call(&["logs"]).out.is_empty() {
        std::thread::yield_now();
    }
    let said = home.call(&["logs", "-n", "0"]);
    assert_eq!((said.code, said.out.as_str()), (0, ""), "{}", said.err);
}

#[test]
fn json_is_heeded_by_every_command_and_a_field_nobody_knows_is_named() {
    let home = Home::new();
    let json = |args: &[&str]| serde_json::from_str::<serde_json::Value>(&home.call(args).out).unwrap();
    assert_eq!(json(&["stop", "--json"])["data"]["stopped"], false);
    assert_eq!(json(&["help", "TG208", "--json"])["schema"], "tokgate/help/1");
    let said = home.call(&["version", "--json=version,typo"]);
    assert!(said.err.contains("`typo`") && said.err.contains("version"), "{}", said.err);
    assert_eq!(said.code, 2, "a program must not take null for an answer");
    assert_eq!(home.call(&["version", "--json=version"]).code, 0);
    let said: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(said["warnings"].as_array().map(Vec::len), Some(1));
    assert_eq!(said["data"]["version"], env!("CARGO_PKG_VERSION"));
}

#[test]
fn help_explains_codes_and_keys() {
    let home = Home::new();
    assert!(home.call(&["help", "TG208"]).out.contains("tokgate up -d"));
    assert!(home.call(&["--lang", "zh", "help", "server.listen"]).out.contains("所有客户端使用的地址"));
    for (topic, holds, not) in [
        ("lacks", "provider.NAME.lacks", "provider.NAME.url"),
        ("dialect", "provider.NAME.dialect.think_tags", "provider.NAME.url"),
        ("provider.dialect", "provider.NAME.dialect.efforts", "provider.NAME.model."),
        ("provider.kimi.url", "provider.NAME.url", "provider.NAME.lacks"),
    ] {
        let said = home.call(&["help", topic]);
        assert!(said.out.contains(holds) && !said.out.contains(not), "{topic}: {}", said.out);
    }
    let said = home.call(&["help", "nonsense"]);
    assert_eq!((said.code, said.out.as_str()), (2, ""));
}

#[test]
fn whatever_is_called_our_files_stay_private() {
    let home = Home::new();
    let bin = home.client("claude", "exit 0");
    // As loose as a system's default can be.
    let mut calls: Vec<Vec<&str>> = vec![UP.to_vec()];
    calls.extend([vec!["run", "claude"], vec!["env"], vec!["status"], vec!["logs"], vec!["stop"], UP.to_vec()]);
    for args in calls {
        let path = format!("{}:/usr/bin:/bin", bin.display());
        let mut command = Command::new("/bin/sh");
        command.env_clear().env("HOME", home.path()).env("PATH", path).current_dir(home.path());
        command.args(["-c", "umask 000; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_tokgate")]).args(&args);
        let said = said(command.stdin(Stdio::null()).output().unwrap());
        assert_eq!(said.code, 0, "{args:?}: {}", said.err);
    }
    let mut seen = 0;
    let mut folders = vec![home.path().join(".local/state/tokgate"), home.path().join(".local/share/tokgate")];
    while let Some(folder) = folders.pop() {
        assert_eq!(folder.metadata().unwrap().mode() & 0o777, 0o700, "{}", folder.display());
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let meta = path.symlink_metadata().unwrap();
            if meta.is_dir() {
                folders.push(path);
            } else {
                assert_eq!(meta.mode() & 0o077, 0, "{}", path.display());
                seen += 1;
            }
        }
    }
    assert!(seen >= 6, "only {seen} files looked at");
}

#[test]
fn prices_are_told_with_their_source_and_what_is_not_known_is_said_to_be_so() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join(".config/tokgate");
    std::fs::create_dir_all(&folder).unwrap();
    let config = "[provider.kimi]\npreset = \"moonshot-cn\"\nkeys = [\"env:KIMI\"]\n\
                  currency = \"CNY\"\n[provider.kimi.price.\"kimi-k3*\"]\ninput = 4\noutput = 16\n\
                  [provider.deep]\npreset = \"deepseek\"\nkeys = [\"env:DEEP\"]\n";
    std::fs::write(folder.join("config.toml"), config).unwrap();
    let json = |args: &[&str]| {
        let said = call(home.path(), &[&["price", "--json"], args].concat());
        (said.code, serde_json::from_str::<serde_json::Value>(&said.out).unwrap_or_default()["data"].clone())
    };
    let (code, own) = json(&["kimi-k3.1-pro", "--provider", "kimi"]);
    assert_eq!((code, &own[0]["own"], &own[0]["currency"]), (0, &true.into(), &"CNY".into()));
    assert_eq!(own[0]["prices"][0]["per_million"], serde_json::json!({"input": "4", "output": "16"}));
    let (_, listed) = json(&["deepseek-flash", "--provider", "deep"]);
    assert_eq!(listed[0]["prices"][1]["hours_utc"], serde_json::json!([[1, 4], [6, 10]]));
    assert!(listed[0]["source"].as_str().unwrap().starts_with("https://") && listed[0]["read"] == "2026-11-28");
    // A vendor that is not configured; a model that nobody knows; a name that is neither.
    assert_eq!(json(&["grok-4.3", "--provider", "xai"]).1[0]["prices"][1]["above"], 200_000);
    let (code, unknown) = json(&["kimi-k2.5", "--provider", "kimi"]);
    assert_eq!((code, &unknown[0]["known"], &unknown[0]["prices"]), (1, &false.into(), &serde_json::json!([])));
    assert_eq!(json(&["x", "--provider", "nobody"]).0, 2);
    let said = call(home.path(), &["price"]);
    let lines: Vec<Vec<&str>> = said.out.lines().map(|line| line.split('\t').collect()).collect();
    assert!(lines.iter().all(|cells| cells.len() == 14), "{}", said.out);
    assert!(lines.iter().any(|cells| cells[..5] == ["kimi", "kimi-k3*", "CNY", "0", ""]), "{}", said.out);
    assert!(lines.iter().any(|cells| cells[..3] == ["kimi", "kimi-k2.5", ""]), "{}", said.out);
}
