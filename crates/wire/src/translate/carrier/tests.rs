#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use proptest::prelude::*;

use super::*;

const KIND: OpaqueKind = OpaqueKind::OpenaiEncrypted;

#[test]
fn base64url_matches_the_vectors_of_the_rfc() {
    let vectors = [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE")];
    for (plain, code) in vectors {
        assert_eq!(base64::encode("", plain.as_bytes()), code);
        assert_eq!(base64::decode(code).unwrap(), plain.as_bytes());
    }
    assert_eq!(base64::encode("", &[0xfb, 0xff, 0xfe]), "-__-");
    for none in ["Z", "Zg==", "Zh", "Zm9", "+/+/", "Zm 9", "Zg\n", "é"] {
        assert_eq!(base64::decode(none), None, "{none}");
    }
}

#[test]
fn a_carrier_is_opened_for_its_own_scope_alone() {
    let text = wrap(KIND, 7, Some("rs_1"), "gAAAA\"b\\\n");
    let ours = Carried::Ours { kind: KIND, id: Some("rs_1".to_owned()), data: "gAAAA\"b\\\n".to_owned() };
    assert_eq!(open(&text, 7), ours);
    assert_eq!(open(&text, 8), Carried::Foreign);
    assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte)));
}

#[test]
fn what_is_no_carrier_is_genuine_and_nothing_is_nothing() {
    for genuine in ["EqQBCkYIBRgC", "gAAAAABo", "tg2.eyJ2IjoxfQ", "tg1"] {
        assert_eq!(open(genuine, 7), Carried::Genuine, "{genuine}");
    }
    assert_eq!(open("", 7), Carried::Foreign);
}

#[test]
fn trap_27_whatever_bears_the_mark_and_is_not_ours_gives_nothing() {
    let forged = |json: &str| base64::encode(MARK, json.as_bytes());
    let bad = [
        "tg1.".to_owned(),
        "tg1.!!!".to_owned(),
        "tg1.tg1.".to_owned(),
        forged("{}"),
        forged("[1]"),
        forged("{\"v\":1"),
        forged(r#"{"v":1,"k":"openai.enc","s":"0000000000000007","d":"data","h":"0000000000000000"}"#),
        forged(r#"{"v":1,"k":"openai.enc","s":7,"d":["data"],"h":null}"#),
        base64::encode(MARK, &[0xff, 0xfe]),
    ];
    for text in bad {
        assert_eq!(open(&text, 7), Carried::Foreign, "{text}");
    }
}

proptest! {
    #[test]
    fn everything_comes_back_as_it_was(
        (kind, _) in proptest::sample::select(&KINDS[..]),
        scope: u64,
        id: Option<String>,
        data: String,
    ) {
        let opened = open(&wrap(kind, scope, id.as_deref(), &data), scope);
        prop_assert_eq!(opened, Carried::Ours { kind, id, data });
    }

    #[test]
    fn damage_gives_nothing(data in "[a-zA-Z0-9+/=]{0,40}", at: prop::sample::Index, byte in "[ -~]") {
        let text = wrap(KIND, 7, None, &data);
        let at = MARK.len() + at.index(text.len() - MARK.len());
        prop_assert_eq!(open(&text[..at], 7), Carried::Foreign, "truncated");
        let mut changed = text.clone();
        changed.replace_range(at..=at, &byte);
        if changed != text {
            prop_assert_eq!(open(&changed, 7), Carried::Foreign, "changed");
        }
    }

    #[test]
    fn base64url_of_any_bytes_comes_back_and_only_one_text_means_it(bytes: Vec<u8>, text in "[A-Za-z0-9_-]{0,12}") {
        let code = base64::encode("", &bytes);
        prop_assert_eq!(base64::decode(&code), Some(bytes));
        if let Some(decoded) = base64::decode(&text) {
            prop_assert_eq!(base64::encode("", &decoded), text);
        }
    }

    #[test]
    fn no_text_panics(text: String) {
        let _ = open(&text, 0);
        let _ = open(&format!("{MARK}{text}"), 0);
    }
}
