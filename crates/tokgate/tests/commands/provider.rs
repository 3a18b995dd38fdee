//! `provider`, `provider key`, `profile`, `tier`: looked at and switched, in the file.

use super::home::{Gateway, Home};
use super::upstream::Upstream;

const FILE: &str = "\
# mine
[provider.kimi]
preset = \"moonshot\"
keys = [\"env:A\", { from = \"env:B\", enabled = false }] # two
weight = 50

[provider.practice]
type = \"simulated\"

[profile.work]
providers = [\"kimi\", \"practice\"]

[profile.spare]
providers = [\"practice\"]
tier = \"fallback\" # last
";

#[test]
fn providers_are_listed_shown_and_switched_without_a_gateway() {
    let home = Home::with(FILE);
    let list = home.done(&["provider", "list"]).out;
    assert!(list.starts_with("kimi\t\tmoonshot\thttps://api.moonshot.ai/anthropic\tenv:A\t50\n"), "{list}");
    assert_eq!(home.done(&["endpoint", "list"]).out, list);
    let shown = home.done(&["provider", "show", "kimi"]).out;
    assert!(shown.starts_with("[provider.kimi]\n") && !shown.contains("[profile"), "{shown}");
    let said = home.done(&["provider", "disable", "kimi"]);
    assert!(said.err.contains("kimi is not used any more"), "{}", said.err);
    assert_eq!(home.text(), FILE.replace("weight = 50\n", "weight = 50\nenabled = false\n"));
    assert_eq!(home.done(&["provider", "show", "kimi", "--json"]).data()["enabled"], false);
    assert_eq!(home.done(&["provider", "disable", "kimi", "--json"]).data()["changed"], false);
    home.done(&["provider", "enable", "kimi", "--lang", "zh"]);
    assert_eq!(home.done(&["provider", "list", "--json"]).data()["providers"][0]["enabled"], true);
    home.done(&["config", "undo"]);
    home.done(&["config", "undo"]);
    assert_eq!(home.text(), FILE);
    let said = home.call(&["provider", "disable", "glm"]);
    assert_eq!(said.code, 2);
    assert!(said.err.starts_with("error[TG303]") && said.err.contains("kimi, practice"), "{}", said.err);
}

#[test]
fn keys_are_switched_where_they_stand() {
    let home = Home::with(FILE);
    home.done(&["provider", "key", "disable", "kimi", "1"]);
    let one = "{ from = \"env:A\", enabled = false }";
    assert_eq!(home.text(), FILE.replace("\"env:A\"", one));
    home.done(&["provider", "key", "enable", "kimi", "env:B"]);
    let both = FILE.replace("\"env:A\"", one).replace("\"env:B\", enabled = false", "\"env:B\", enabled = true");
    assert_eq!(home.text(), both);
    let list = home.done(&["provider", "key", "list", "kimi"]).out;
    assert_eq!(list, "1\tenv:A\toff\t\n2\tenv:B\t\t\n");
    assert_eq!(home.call(&["provider", "key", "disable", "kimi", "3"]).code, 2);
}

#[test]
fn one_key_is_replaced_and_the_others_stay() {
    let home = Home::with(FILE);
    home.done(&["provider", "key", "set", "kimi", "1", "file:new"]);
    assert_eq!(home.text(), FILE.replace("\"env:A\"", "\"file:new\""));
    let said = home.done(&["provider", "key", "set", "kimi", "env:B", "command:op read x", "--json"]).data();
    assert_eq!((&said["key"], &said["changed"]), (&2.into(), &true.into()));
    let both = FILE.replace("\"env:A\"", "\"file:new\"").replace("\"env:B\"", "\"command:op read x\"");
    assert_eq!(home.text(), both, "how it is used stays");
    assert_eq!(home.call(&["provider", "key", "set", "kimi", "3", "env:C"]).code, 2);
    let typed = home.call(&["provider", "key", "set", "kimi", "1", "sk-0123456789abcdef0123"]);
    assert!(typed.code == 2 && typed.err.contains("TG197"), "{}", typed.err);
    assert_eq!(home.text(), both);
}

#[test]
fn the_key_that_a_preset_looks_for_is_replaced_too() {
    let home = Home::with("[provider.kimi]\npreset = \"moonshot\"\n");
    home.done(&["provider", "key", "set", "kimi", "1", "env:MINE"]);
    assert_eq!(home.text(), "[provider.kimi]\npreset = \"moonshot\"\nkeys = [\"env:MINE\"]\n");
}

#[test]
fn profiles_are_listed_by_tier_and_put_into_another() {
    let home = Home::with(FILE);
    let list = home.done(&["tier", "list"]).out;
    assert_eq!(list, "*\twork\tprimary\tfailover\tkimi, practice\t\n\tspare\tfallback\tfailover\tpractice\t\n");
    assert_eq!(home.done(&["profile"]).out, list);
    home.done(&["priority", "set", "spare", "secondary"]);
    assert_eq!(home.text(), FILE.replace("\"fallback\" # last", "\"secondary\" # last"));
    assert_eq!(home.done(&["profile", "show", "spare", "--json"]).data()["tier"], "secondary");
    assert_eq!(home.call(&["tier", "set", "gone", "primary"]).code, 2);
    assert_eq!(home.call(&["tier", "set", "spare", "first"]).code, 2);
}

#[test]
fn what_only_a_variable_describes_is_not_switched_in_the_file() {
    let home = Home::new();
    let output =
        home.command(&["provider", "disable", "moonshot-cn"]).env("MOONSHOT_API_KEY", "sk-x-0123456789").output();
    let err = String::from_utf8(output.unwrap().stderr).unwrap();
    assert!(err.starts_with("error[TG198]") && err.contains("MOONSHOT_API_KEY"), "{err}");
    assert!(!home.config().exists());
}

#[test]
fn who_failed_a_request_that_another_answered_is_counted_too() {
    let upstream = Upstream::saying(|_| (529, r#"{"type":"error","error":{"type":"overloaded_error","message":"x"}}"#));
    let address = upstream.address;
    let home = Home::with(&format!(
        "[provider.a]\ntype = \"anthropic\"\nurl = \"http://{address}\"\nkeys = [\"env:A_KEY\"]\nhttp_proxy = \"none\"\n\
         [provider.practice]\ntype = \"simulated\"\n"
    ));
    let _gateway = Gateway::start(&home, &[("A_KEY", "sk-key-of-a-0123456789")]);
    assert_eq!(home.ask().0, 200);
    let stats = home.done(&["provider", "stats", "--json"]).data();
    let of = |name: &str| {
        let one = stats["providers"].as_array().unwrap().iter().find(|it| it["provider"] == name).unwrap();
        ["attempts", "failed_attempts", "requests"].map(|field| one[field].as_u64().unwrap())
    };
    assert_eq!((of("a"), of("practice")), ([1, 1, 0], [1, 0, 1]), "{stats}");
}

#[test]
fn a_key_whose_variable_is_not_set_was_rejected_by_nobody() {
    let home = Home::with(FILE);
    let _gateway = Gateway::start(&home, &[]);
    let list = home.done(&["provider", "key", "list", "kimi"]).out;
    assert!(list.starts_with("1\tenv:A\tunreadable\t"), "{list}");
    let human = home.done(&["status", "--json"]).data();
    assert_eq!(human["providers"][0]["keys"][0]["state"], "unreadable");
}

#[test]
fn a_pause_of_switching_is_shown_by_status() {
    let home = Home::with(FILE);
    let _gateway = Gateway::start(&home, &[]);
    assert!(!home.done(&["status"]).out.contains("failover_paused"));
    home.done(&["failover", "pause", "10m"]);
    assert!(home.done(&["status"]).out.contains("\nfailover_paused_until_ms\t"));
}

#[test]
fn a_switch_by_hand_to_the_configured_profile_is_shown_with_its_end_until_somebody_says_otherwise() {
    let home = Home::with(FILE);
    let _gateway = Gateway::start(&home, &[]);
    let told = home.done(&["failover", "switch", "work", "--for", "1h", "--reason", "watched"]).out;
    assert!(told.starts_with("profile\twork\ncause\tmanual\nuntil_ms\t"), "{told}");
    assert!(told.contains("\twork\twork\tmanual\twatched\n"), "{told}");
    let back = home.done(&["failover", "back"]).out;
    assert!(back.starts_with("profile\twork\nswitch\t"), "{back}");
}

#[test]
fn a_running_gateway_follows_a_switch_and_its_records_are_summed() {
    let home = Home::with("[provider.one]\ntype = \"simulated\"\n[provider.two]\ntype = \"simulated\"\n");
    let _gateway = Gateway::start(&home, &[]);
    assert_eq!(home.ask().0, 200);
    let stats = home.done(&["provider", "stats", "--json"]).data();
    assert_eq!((&stats["providers"][0]["provider"], &stats["providers"][0]["completed"]), (&"one".into(), &1.into()));
    assert!(home.done(&["provider", "stats"]).out.starts_with("one\t1\t1\t"));
    home.done(&["provider", "disable", "one"]);
    // The gateway sees the file change by itself; each question is one look.
    let off = (0..2_000).any(|_| {
        home.done(&["provider", "list"]).out.starts_with("one\toff\t") && {
            let status = home.done(&["status", "--json"]).data();
            let one = status["providers"].as_array().unwrap().iter().find(|it| it["name"] == "one").cloned();
            one.is_some_and(|one| one["state"] == "off")
        }
    });
    assert!(off, "the gateway did not follow");
    assert_eq!(home.ask().0, 200);
    let stats = home.done(&["provider", "stats", "--json"]).data();
    assert!(stats["providers"].as_array().unwrap().iter().any(|it| it["provider"] == "two"), "{stats}");
}
