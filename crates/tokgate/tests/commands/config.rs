//! `config get`, `set`, `unset`, `undo`.

use std::process::Stdio;
use std::time::Duration;

use super::home::Home;

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
