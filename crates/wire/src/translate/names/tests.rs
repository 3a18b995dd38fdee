#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::borrow::Cow;
use std::collections::HashMap;

use proptest::prelude::*;

use super::*;

fn tool(names: &mut Names, name: &str, max: usize) -> String {
    names.tool(&Text::from(name.to_owned()), max, false).decoded().into_owned()
}

#[test]
fn names_that_fit_are_neither_changed_nor_copied() {
    let mut names = Names::default();
    let name = "mcp__files__read-1".to_owned();
    let sent = names.tool(&Text::Json(&name), 64, true);
    assert!(matches!(sent, Text::Json(same) if std::ptr::eq(same, name.as_str())));
    let sent = names.call(&Text::plain(&name), 64);
    assert!(matches!(sent, Text::Plain(Cow::Borrowed(same)) if std::ptr::eq(same, name.as_str())));
    assert!(names.is_empty());
    assert_eq!(names.tool_back("mcp__files__read-1"), "mcp__files__read-1");
}

#[test]
fn trap_41_names_with_dots_or_over_64_characters_are_changed_and_come_back() {
    let long = "mcp__plugin_marketplace_toolbox_server__search_all_issues_and_pull_requests_of_a_repository";
    let mut names = Names::default();
    assert_eq!(tool(&mut names, "fs.read file", 64), "fs_read_file");
    assert_eq!(tool(&mut names, "读取", 64), "__");
    assert_eq!(tool(&mut names, "7zip", 64), "_7zip");
    assert_eq!(tool(&mut names, "", 64), "_");
    let sent = tool(&mut names, long, 64);
    assert_eq!((sent.len(), &sent[..56]), (64, &format!("{}_", &long[..55])[..]));
    for (name, sent) in [("fs.read file", "fs_read_file"), ("读取", "__"), (long, &sent)] {
        assert_eq!(names.tool_back(sent), name);
        assert_eq!(tool(&mut names, name, 64), sent, "the same every time");
    }
}

#[test]
fn two_names_never_become_one() {
    for order in [["a.b", "a_b", "a b"], ["a_b", "a.b", "a b"]] {
        let mut names = Names::default();
        let sent = order.map(|name| tool(&mut names, name, 64));
        assert!(sent[0] != sent[1] && sent[1] != sent[2] && sent[0] != sent[2], "{sent:?}");
        assert_eq!(sent.each_ref().map(|sent| names.tool_back(sent)), order);
    }
}

#[test]
fn trap_42_ids_with_other_characters_or_too_long_are_changed_alike_in_call_and_result() {
    let mut names = Names::default();
    let id = |names: &mut Names, id: &'static str| names.call(&Text::Json(id), 40).decoded().into_owned();
    assert_eq!(id(&mut names, "functions.Bash:0"), "functions_Bash_0");
    assert_eq!(id(&mut names, "functions.Bash:0"), "functions_Bash_0");
    assert_eq!(id(&mut names, r"call\/1"), "call_1");
    assert_eq!(names.call_back("call_1"), "call/1");
    assert_eq!(id(&mut names, "call_0123456789012345678901234567890123456789").len(), 40);
    assert_eq!(id(&mut names, "1"), "1");
}

#[test]
fn a_target_that_wants_nine_letters_or_digits_gets_them() {
    let mut names = Names::default();
    let mut id = |id: &'static str| names.call(&Text::Json(id), 9).decoded().into_owned();
    assert_eq!(id("abcDEF012"), "abcDEF012");
    let sent = [id("toolu_01A09q90qw90lq917835lq9"), id("call_1"), id("abcDEF01"), id("abcDEF_12")];
    assert!(sent.iter().all(|sent| sent.len() == 9 && sent.bytes().all(|byte| byte.is_ascii_alphanumeric())));
    assert!(sent[0] != sent[1] && sent[2] != sent[3]);
    assert_eq!(id("call_1"), sent[1]);
    assert_eq!(names.call_back(&sent[1]), "call_1");
}

proptest! {
    #[test]
    fn sent_names_are_legal_distinct_and_come_back(
        list in proptest::collection::vec("[a-c.:/ é]{0,6}|[a-b_.]{60,70}|[0-9]{1,3}", 1..40),
        max in 0_usize..130,
        digit_first: bool,
    ) {
        let mut names = Names::default();
        let mut given = HashMap::new();
        for name in list.iter().chain(&list) {
            let sent = names.tool(&Text::plain(name), max, digit_first).decoded().into_owned();
            prop_assert!(!sent.is_empty() && sent.len() <= max.max(MAX_LEAST));
            prop_assert!(sent.bytes().all(is_plain));
            prop_assert!(digit_first || is_letter(sent.as_bytes()[0]));
            prop_assert_eq!(given.entry(sent.clone()).or_insert(name), &name, "{} for both", sent);
            prop_assert_eq!(names.tool_back(&sent), name);
        }
    }

    #[test]
    fn escapes_in_a_name_make_no_difference(name in "[a-z./\"\\\\é]{1,20}") {
        let quoted = serde_json::to_string(&name).unwrap();
        let mut names = Names::default();
        let one = names.tool(&Text::Json(&quoted[1..quoted.len() - 1]), 64, true).decoded().into_owned();
        let two = names.tool(&Text::plain(&name), 64, true);
        prop_assert_eq!(&one, &two.decoded());
        prop_assert_eq!(names.tool_back(&one), name);
    }
}
