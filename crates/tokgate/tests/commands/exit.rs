//! What calls end with: one rule for all of them, written down in docs/reference/errors.md.

use super::home::{Gateway, Home};

const FILE: &str = "\
[provider.kimi]
preset = \"moonshot\"
keys = [\"env:A\"]

[provider.practice]
type = \"simulated\"

[[route]]
name = \"one\"
to = \"provider:practice\"
";

/// Exit code and error code of a call.
type Ends = (i32, &'static str);

/// What is not understood, or names what does not exist.
const WRONG: [(&[&str], Ends); 27] = [
    (&["nonsense"], (2, "TG220")),
    (&["status", "--nonsense"], (2, "TG220")),
    (&["logs", "--since", "soon"], (2, "TG220")),
    (&["provider", "show"], (2, "TG220")),
    (&["help", "nonsense"], (2, "TG221")),
    (&["config", "get", "nonsense"], (2, "TG190")),
    (&["provider", "show", "nosuch"], (2, "TG303")),
    (&["provider", "disable", "nosuch"], (2, "TG303")),
    (&["provider", "test", "nosuch"], (2, "TG303")),
    (&["provider", "key", "disable", "kimi", "7"], (2, "TG417")),
    (&["provider", "key", "reset", "kimi", "7"], (2, "TG417")),
    (&["profile", "show", "nosuch"], (2, "TG302")),
    (&["tier", "set", "nosuch", "primary"], (2, "TG302")),
    (&["failover", "switch", "nosuch"], (2, "TG302")),
    (&["use", "nosuch"], (2, "TG302")),
    (&["health", "check", "nosuch"], (2, "TG303")),
    (&["health", "history", "nosuch"], (2, "TG303")),
    (&["health", "reset", "nosuch"], (2, "TG303")),
    (&["learned", "forget", "nosuch"], (2, "TG303")),
    (&["logs", "--provider", "nosuch"], (2, "TG303")),
    (&["route", "remove", "nosuch"], (2, "TG351")),
    (&["route", "move", "one", "9"], (2, "TG351")),
    (&["route", "test", "--path", "/nowhere"], (2, "TG352")),
    (&["queue", "show", "nosuch"], (2, "TG340")),
    (&["queue", "retry"], (2, "TG220")),
    (&["show", "req_0000000000000"], (2, "TG611")),
    (&["why", "nosuch"], (2, "TG611")),
];

/// What is understood, and finds nothing.
const EMPTY: [(&[&str], Ends); 5] = [
    (&["logs", "--client", "nobody"], (0, "")),
    (&["logs", "--status", "error"], (0, "")),
    (&["logs", "--provider", "kimi"], (0, "")),
    (&["queue", "list"], (0, "")),
    (&["provider", "stats"], (0, "")),
];

fn check(home: &Home, calls: &[(&[&str], Ends)]) {
    for (args, (code, error)) in calls {
        let said = home.call(args);
        assert_eq!(said.code, *code, "{args:?}: {}{}", said.out, said.err);
        let told = said.err.strip_prefix("error[").map_or("", |rest| rest.split(']').next().unwrap());
        assert_eq!(told, *error, "{args:?}: {}", said.err);
        assert!(!said.err.starts_with("error:"), "an error without a code: {args:?}: {}", said.err);
    }
}

#[test]
fn what_is_not_understood_or_does_not_exist_is_wrong_usage_and_what_finds_nothing_is_done() {
    let home = Home::with(FILE);
    let _gateway = Gateway::start(&home, &[]);
    check(&home, &[(&["show", "last"], (1, "TG612")), (&["show", "error"], (1, "TG612"))]);
    assert_eq!(home.ask().0, 200);
    check(&home, &WRONG);
    check(&home, &EMPTY);
    check(&home, &[(&["show", "error"], (1, "TG612")), (&["show", "last"], (0, ""))]);
}
