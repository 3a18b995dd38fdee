#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use proptest::prelude::*;

use super::*;

fn knowing(secrets: &[&str]) -> Redactor {
    let redactor = Redactor::default();
    let secrets: Vec<Secret> = secrets.iter().map(|value| Secret::new(*value)).collect();
    redactor.register(&secrets);
    redactor
}

#[test]
fn known_values_go_wherever_they_stand() {
    let redactor = knowing(&["local-canary-one", "sk-ant-canary"]);
    assert_eq!(redactor.clean("xlocal-canary-oney"), "x[redacted]y");
    assert_eq!(redactor.clean("模sk-ant-canary型local-canary-one"), "模[redacted]型[redacted]");
    assert_eq!(redactor.clean("local-canary-on"), "local-canary-on");
}

#[test]
fn overlapping_values_leave_no_part_of_either() {
    let redactor = knowing(&["abcdefgh12", "efgh12345678", "abcdefgh"]);
    assert_eq!(redactor.clean("-abcdefgh12345678-"), "-[redacted]-");
    assert_eq!(redactor.clean("-abcdefgh-"), "-[redacted]-");
}

#[test]
fn values_are_known_in_json_and_in_queries_too() {
    let redactor = knowing(&["pass\"word/with+signs"]);
    let json = serde_json::json!({ "x": "pass\"word/with+signs" }).to_string();
    assert_eq!(redactor.clean(&json), r#"{"x":"[redacted]"}"#);
    assert_eq!(redactor.clean("?k=pass%22word%2Fwith%2Bsigns&a=1"), "?k=[redacted]&a=1");
}

#[test]
fn short_values_do_not_garble_everything() {
    assert_eq!(knowing(&["ollama", ""]).clean("ollama answered"), "ollama answered");
}

#[test]
fn old_values_stay_known_after_new_ones() {
    let redactor = knowing(&["old-canary-1"]);
    redactor.register([&Secret::new("new-canary-1")]);
    assert_eq!(redactor.clean("old-canary-1 new-canary-1"), "[redacted] [redacted]");
    assert_eq!(format!("{redactor:?}"), "Redactor(4 values)");
}

#[test]
fn unknown_secrets_are_known_by_their_looks() {
    let table = [
        ("Incorrect API key provided: sk-proj-abcdEFGH1234567890.", "Incorrect API key provided: [redacted]."),
        ("key sk-ant-api03-AAAA_bbbb-1234567890 end", "key [redacted] end"),
        ("AKIAIOSFODNN7EXAMPLE1 x", "[redacted] x"),
        ("jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-_9", "jwt [redacted]"),
        ("Authorization: Bearer abcdef1234567", "Authorization: Bearer [redacted]"),
        ("bearer 0123456789abcdef", "bearer [redacted]"),
        ("https://x.test/v1?api_key=abcdef&b=1", "https://x.test/v1?api_key=[redacted]&b=1"),
        (r#"{"x-api-key": "0123abcd.efgh4567"}"#, r#"{"x-api-key": "[redacted]"}"#),
        (r#"{\"secret\":\"hunter22\"}"#, r#"{\"secret\":\"[redacted]\"}"#),
        ("?key=0123456789abcdefgh", "?key=[redacted]"),
        ("access_token=0123456789abcdefgh==", "access_token=[redacted]"),
        ("SignedHeaders=host, Signature=9f404ab3be6b6376e472b0e48e5cb13d", "SignedHeaders=host, Signature=[redacted]"),
        ("proxy http://me:hunter2@proxy.test:3128/", "proxy http://[redacted]@proxy.test:3128/"),
    ];
    for (text, clean) in table {
        assert_eq!(Redactor::default().clean(text), clean);
    }
}

#[test]
fn ordinary_words_stay() {
    for text in [
        "claude-sonnet-5-20250929 answered 200 in 7.2 s",
        "max_tokens: 4096 is above the limit, prompt_tokens=48000000000000000",
        "Bearer authentication is required",
        "a risk-free-and-task-forced-sentence-here",
        "https://api.example.test/v1/messages?beta=true",
        "token: expected one of the following words",
        "http://127.0.0.1:7711/r/k7f3@x",
    ] {
        assert_eq!(Redactor::default().clean(text), text);
    }
}

/// Texts in which the rules meet each other.
fn surroundings() -> impl Strategy<Value = String> {
    const PIECES: &[&str] = &[
        "sk-",
        "Bearer ",
        "api_key=",
        "eyJ",
        "\"",
        ":",
        "=",
        "://",
        "@",
        "%",
        "模",
        " ",
        "-",
        "a",
        "9",
        "\\",
        "[redacted]",
    ];
    proptest::collection::vec(proptest::sample::select(PIECES), 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn a_registered_value_never_survives_in_any_position(
        canaries in proptest::collection::vec("[!-~]{3}[a-zA-Z0-9\"\\\\=:/@%+é-]{5,24}", 1..5),
        parts in proptest::collection::vec((surroundings(), 0..5_usize), 1..6),
        tail in surroundings(),
    ) {
        let redactor = knowing(&canaries.iter().map(String::as_str).collect::<Vec<_>>());
        let text: String = parts
            .iter()
            .map(|(around, which)| format!("{around}{}", canaries[which % canaries.len()]))
            .chain([tail])
            .collect();
        let clean = redactor.clean(&text);
        for canary in &canaries {
            prop_assert!(!clean.contains(canary.as_str()), "{canary} in {clean} from {text}");
        }
    }

    #[test]
    fn any_text_can_be_cleaned(text in "\\PC*", more in surroundings()) {
        let redactor = knowing(&["canary-canary"]);
        let text = format!("{text}{more}{text}");
        let _ = redactor.clean(&text);
    }
}

#[test]
fn hostile_text_costs_no_more_than_its_length() {
    // Each would take minutes if the work grew with the square of the length.
    let redactor = knowing(&["sk-sk-sk-sk-sk-sk-sk-sk-x", "========x", "aaaaaaaaaaaaaaaaaaaaaaaaaaab"]);
    for piece in ["sk-", "=", "key=", "key:a", "eyJ", "Bearer ", "://", "://a:", "aaaa", "secret= "] {
        let text = piece.repeat(4_000_000 / piece.len());
        let _ = redactor.clean(&text);
    }
}

#[test]
fn what_is_handed_on_loses_known_secrets_and_nothing_else() {
    let redactor = Redactor::default();
    redactor.register([&Secret::new("canary-value-1"), &Secret::new("canary-value-1-longer")]);
    let clean = |text: &str| redactor.without_known(text.as_bytes()).map(|bytes| String::from_utf8(bytes).unwrap());
    assert_eq!(clean("Bearer sk-ant-0123456789abcdef0123456789 is not ours"), None);
    assert_eq!(clean("canary-value-"), None);
    assert_eq!(clean("a canary-value-1, canary-value-1-longer."), Some("a [redacted], [redacted].".to_owned()));
    assert_eq!(redactor.without_known(b"\xff canary-value-1\xfe"), Some(b"\xff [redacted]\xfe".to_vec()));
}
