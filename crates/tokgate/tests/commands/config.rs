//! `config get`, `set`, `unset`, `undo`.

use std::process::Stdio;
use std::time::Duration;

use super::home::{Gateway, Home};

const FILE: &str = "# mine\n\n[provider.kimi]\npreset = \"moonshot\"\nkeys = [\"env:KIMI_KEY\"] # one\n";

#[test]
fn a_key_is_set_shown_and_taken_back() {
    let home = Home::with(FILE);
    assert_eq!(home.done(&["config", "get", "provider.kimi.weight"]).out, "100\n");
    let said = home.done(&["config", "set", "provider.kimi.weight", "50"]);
    assert!(said.err.contains("provider.kimi.weight = 50"), "{}", said.err);
    assert_eq!(home.text(), format!("{FILE}weight = 50\n"));
    assert_eq!(home.done(&["config", "get", "provider.kimi.weight", "--json"]).data()["value"], 50);
    assert_eq!(home.done(&["config", "set", "provider.kimi.weight", "50", "--json"]).data()["changed"], false);
    home.done(&["config", "unset", "provider.kimi.weight"]);
    assert_eq!(home.text(), FILE);
    home.done(&["config", "undo"]);
    home.done(&["config", "undo"]);
    assert_eq!(home.text(), FILE);
    let said = home.call(&["config", "undo"]);
    assert_eq!(said.code, 1);
    assert!(said.err.starts_with("error[TG193]"), "{}", said.err);
}

#[test]
fn the_first_set_makes_a_private_file() {
    let home = Home::new();
    home.done(&["config", "set", "server.listen", "127.0.0.1:7799"]);
    assert_eq!(home.text(), "[server]\nlisten = \"127.0.0.1:7799\"\n");
    let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(home.config()).unwrap());
    assert_eq!(mode & 0o777, 0o600);
    let said = home.done(&["config", "get", "server"]);
    assert!(said.out.starts_with("listen = \"127.0.0.1:7799\"\n"), "{}", said.out);
}

#[test]
fn a_value_that_cannot_be_is_refused_with_all_its_errors_in_both_languages() {
    let home = Home::with(FILE);
    for (args, code, words) in [
        (&["config", "set", "provider.kimi.wieght", "5"][..], 3, "`weight`"),
        (&["config", "set", "provider.kimi.weight", "-1"], 3, "TG113"),
        (&["config", "set", "provider..x", "1"], 2, "TG190"),
        (&["config", "unset", "provider.glm"], 2, "TG190"),
        (&["config", "get", "provider.glm"], 2, "TG190"),
        (&["config", "set", "provider.kimi", "1"], 2, "TG191"),
        (&["config", "set", "provider.kimi.keys", "sk-0123456789abcdef0123"], 2, "TG197"),
        (&["--lang", "zh", "config", "set", "provider.kimi", "1"], 2, "是一个表"),
    ] {
        let said = home.call(args);
        assert_eq!(said.code, code, "{args:?}: {}", said.err);
        assert!(said.err.contains(words), "{args:?}: {}", said.err);
        assert!(!said.err.contains("sk-0123456789"), "{}", said.err);
    }
    assert_eq!(home.text(), FILE);
}

#[test]
fn a_value_that_a_variable_beats_is_said_to_be_so() {
    let home = Home::with(FILE);
    let mut command = home.command(&["config", "set", "server.listen", "127.0.0.1:7799"]);
    let output = command.env("TOKGATE_SERVER__LISTEN", "127.0.0.1:7798").output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && err.contains("TOKGATE_SERVER__LISTEN"), "{err}");
}

#[test]
fn a_disk_without_room_leaves_the_file_as_it_was() {
    let home = Home::with(FILE);
    let program = env!("CARGO_BIN_EXE_tokgate");
    let script = format!("trap '' XFSZ; ulimit -f 0; exec {program} config set provider.kimi.weight 50");
    let output = std::process::Command::new("/bin/sh")
        .args(["-c", &script])
        .env_clear()
        .env("HOME", home.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(home.text(), FILE);
    home.done(&["config", "set", "provider.kimi.weight", "50"]);
}

#[test]
fn killed_at_any_moment_the_file_is_the_old_or_the_new_one() {
    let home = Home::with(FILE);
    let mut old = FILE.to_owned();
    for weight in 1..=40u64 {
        let new = format!("{FILE}weight = {weight}\n");
        let value = weight.to_string();
        let mut child = home
            .command(&["config", "set", "provider.kimi.weight", &value])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Not awaited for anything: the moments of the kills, spread over what a call takes.
        std::thread::sleep(Duration::from_micros(400 * weight));
        child.kill().unwrap();
        child.wait().unwrap();
        let text = home.text();
        assert!(text == old || text == new, "neither old nor new: {text}");
        old = text;
    }
    home.done(&["config", "set", "provider.kimi.weight", "99"]);
    home.done(&["config", "undo"]);
    assert_eq!(home.text(), old);
}

const PRACTICE: &str = "[provider.a]\ntype = \"simulated\"\n\n[provider.b]\ntype = \"simulated\"\n";

#[test]
fn a_change_is_in_force_when_its_command_returns() {
    let home = Home::with(PRACTICE);
    let _gateway = Gateway::start(&home, &[]);
    for on in [false, true, false, true] {
        let value = on.to_string();
        let said = home.done(&["config", "set", "provider.b.enabled", &value, "--json"]);
        assert_eq!(said.data()["in_force"], true);
        let status = home.done(&["status", "--json"]).data();
        let b = status["providers"].as_array().unwrap().iter().find(|it| it["name"] == "b").unwrap().clone();
        assert_eq!(b["state"], if on { "ok" } else { "off" });
    }
    home.done(&["provider", "disable", "b"]);
    assert_eq!(home.done(&["status", "--json"]).data()["providers"][1]["state"], "off");
    home.done(&["config", "undo"]);
    assert_eq!(home.done(&["status", "--json"]).data()["providers"][1]["state"], "ok");
}

#[test]
fn a_change_that_the_running_gateway_does_not_take_is_half_done() {
    let home = Home::with(PRACTICE);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let mut command = home.command(&["up", "-d"]);
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    home.write(&format!("[server]\nlisten = \"{free}\"\n{PRACTICE}"));
    assert!(command.output().unwrap().status.success());
    let said = home.call(&["config", "set", "server.listen", &address]);
    assert_eq!(said.code, 9, "{}", said.err);
    assert!(said.err.starts_with("error[TG214]") && said.err.contains(&address), "{}", said.err);
    assert!(home.text().contains(&address), "the file is written");
    home.done(&["config", "undo"]);
    assert_eq!(home.done(&["status", "--json"]).data()["config_problem"], serde_json::Value::Null);
}

#[test]
fn without_a_gateway_a_change_waits_for_the_next_start() {
    let home = Home::with(FILE);
    let said = home.done(&["config", "set", "provider.kimi.weight", "50"]);
    assert!(said.err.contains("No gateway is running"), "{}", said.err);
    assert!(!home.done(&["config", "set", "provider.kimi.weight", "50"]).err.contains("No gateway is running"));
}

#[test]
fn a_line_that_does_not_stand_in_the_file_is_not_shown_as_if_it_did() {
    let home = Home::with(FILE);
    for args in [
        &["config", "set", "provider.kimi.weight", "-1"][..],
        &["route", "add", "x", "--match", "model=gpt*", "--to", "provider:nobody"],
    ] {
        let said = home.call(args);
        assert_eq!(said.code, 3, "{}", said.err);
        assert!(said.err.contains("(as the change would have made it)"), "{}", said.err);
        assert!(said.err.contains("Nothing was written"), "{}", said.err);
    }
    home.write("[provider.kimi]\nprest = 1\n");
    let said = home.call(&["config", "validate"]);
    assert!(said.code == 3 && !said.err.contains("would have made"), "{}", said.err);
}

#[test]
fn an_undo_says_what_it_has_undone() {
    let home = Home::with(FILE);
    home.done(&["config", "set", "provider.kimi.weight", "50"]);
    let said = home.done(&["config", "undo"]);
    assert!(said.err.contains("provider.kimi.weight: 50 → 100"), "{}", said.err);
    home.done(&["config", "set", "provider.kimi.headers.x-team", "blue"]);
    let said = home.done(&["config", "undo", "--json"]);
    let change = said.data()["changes"][0].clone();
    assert_eq!(change["key"], "provider.kimi.headers.x-team", "{}", said.out);
    assert_eq!(change["after"], "–");
}
