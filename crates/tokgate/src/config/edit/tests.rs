//! What an edit promises: only what was asked changes, and the file is old or new.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::fs;
use std::os::unix::fs::PermissionsExt;

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;

const FILE: &str = "\
# all of mine

version = 1 # stays

# the good one
[provider.kimi]
preset = \"moonshot\"
keys = [\"env:A\", { from = \"env:B\", enabled = true }] # two
# cheap
weight = 10

[provider.kimi.models]
\"*\" = \"kimi-k3\"

# by name

# for batches
[[route]]
model = \"a*\"
to = \"provider:kimi\"

[[route]]
model = \"b*\"
to = \"provider:kimi\"

[provider.glm]
preset = \"zai\"
keys = [\"env:C\"]
# the end
";

fn path(text: &str) -> KeyPath {
    text.parse().unwrap()
}

fn set(text: &str, key: &str, value: &str) -> String {
    apply(text, &[Change::Set(path(key), value.parse().unwrap())]).unwrap()
}

fn unset(text: &str, key: &str) -> String {
    apply(text, &[Change::Unset(path(key))]).unwrap()
}

#[test]
fn a_value_is_replaced_where_it_stands() {
    assert_eq!(set(FILE, "version", "2"), FILE.replace("version = 1 #", "version = 2 #"));
    assert_eq!(set(FILE, "provider.kimi.weight", "20"), FILE.replace("= 10", "= 20"));
    assert_eq!(set(FILE, "provider.kimi.keys.2.enabled", "false"), FILE.replace("= true", "= false"));
    assert_eq!(set(FILE, "provider.kimi.keys.1", "\"env:Z\""), FILE.replace("env:A", "env:Z"));
    assert_eq!(set(FILE, "route.2.model", "\"c*\""), FILE.replace("b*", "c*"));
}

#[test]
fn a_new_key_stands_in_its_table_and_a_new_table_is_none_on_one_line() {
    let with = set(FILE, "provider.glm.weight", "5");
    assert_eq!(with, FILE.replace("keys = [\"env:C\"]\n", "keys = [\"env:C\"]\nweight = 5\n"));
    let with = set(FILE, "server.tls.cert", "\"c.pem\"");
    assert!(with.contains("\n[server.tls]\ncert = \"c.pem\"\n"), "{with}");
    assert_eq!(set("", "provider.kimi.preset", "\"moonshot\""), "[provider.kimi]\npreset = \"moonshot\"\n");
    assert_eq!(
        set("provider.a.url = \"x\"\n", "provider.a.weight", "1"),
        "provider.a.url = \"x\"\nprovider.a.weight = 1\n"
    );
    assert_eq!(set("a = { b = 1 }\n", "a.c.d", "2"), "a = { b = 1, c = { d = 2 } }\n");
}

#[test]
fn removing_takes_the_comment_directly_above_and_no_other() {
    assert_eq!(unset(FILE, "provider.kimi.weight"), FILE.replace("# cheap\nweight = 10\n", ""));
    let without = unset(FILE, "provider.kimi");
    assert!(without.contains("# all of mine") && without.contains("# by name"), "{without}");
    assert!(!without.contains("kimi-k3") && !without.contains("# the good one"), "{without}");
    let without = unset(FILE, "route.1");
    assert!(
        without.contains("# by name\n\n[[route]]\nmodel = \"b*\"") && !without.contains("# for batches"),
        "{without}"
    );
    assert_eq!(unset(FILE, "provider.kimi.keys.2.enabled"), FILE.replace(", enabled = true", ""));
    assert_eq!(unset("# head\na = 1\n", "a"), "# head\n");
    assert_eq!(unset("x.a = 1\nx.b = 2\n", "x.a"), "x.b = 2\n");
    assert_eq!(unset("x.a = 1\ny = 3\nx.b = 2\n", "x"), "y = 3\n");
}

#[test]
fn elements_are_appended_and_moved_with_their_comments() {
    let mut table = NewTable::new();
    table.insert("to", toml_edit::value("provider:glm"));
    let with = apply(FILE, &[Change::Append(path("route"), table.clone())]).unwrap();
    assert!(with.contains("to = \"provider:kimi\"\n\n[[route]]\nto = \"provider:glm\"\n\n[provider.glm]"), "{with}");
    let first = apply("version = 1\n", &[Change::Append(path("route"), table)]).unwrap();
    assert_eq!(first, "version = 1\n\n[[route]]\nto = \"provider:glm\"\n");
    let moved = apply(FILE, &[Change::Move(path("route"), 1, 0)]).unwrap();
    assert!(
        moved.contains("[[route]]\nmodel = \"b*\"\nto = \"provider:kimi\"\n\n# for batches\n[[route]]\nmodel = \"a*\""),
        "{moved}"
    );
    let back = apply(&moved, &[Change::Move(path("route"), 0, 1)]).unwrap();
    assert_eq!(back, FILE);
}

#[test]
fn what_is_not_there_or_of_another_kind_is_refused() {
    let refused = |change| apply(FILE, &[change]).unwrap_err();
    assert!(matches!(refused(Change::Unset(path("server.listen"))), EditError::NoSuch(_)));
    assert!(matches!(refused(Change::Unset(path("provider.kimi.keys.7"))), EditError::NoSuch(_)));
    assert!(matches!(refused(Change::Unset(path("route.3"))), EditError::NoSuch(_)));
    assert!(matches!(refused(Change::Set(path("provider.kimi"), 1.into())), EditError::IsTable(_)));
    assert!(matches!(refused(Change::Set(path("version.x"), 1.into())), EditError::NoSuch(_)));
    assert!(matches!(refused(Change::Append(path("provider"), NewTable::new())), EditError::NotList(_)));
    assert!(matches!(refused(Change::Move(path("route"), 0, 2)), EditError::NoSuch(_)));
    assert!(matches!(apply("a = ", &[Change::Unset(path("a"))]), Err(EditError::Unparsable)));
}

#[test]
fn a_file_with_other_line_ends_or_a_mark_keeps_them() {
    let other = format!("\u{feff}{}", FILE.replace('\n', "\r\n"));
    assert_eq!(set(&other, "provider.kimi.weight", "20"), other.replace("= 10", "= 20"));
    assert_eq!(unset(&other, "provider.kimi.weight"), other.replace("# cheap\r\nweight = 10\r\n", ""));
}

/// What a document says, without how it is written.
fn meaning(text: &str) -> Json {
    fn value(of: &toml_edit::Value) -> Json {
        match of {
            toml_edit::Value::Array(items) => items.iter().map(value).collect(),
            toml_edit::Value::InlineTable(table) => {
                Json::Object(table.iter().map(|(key, of)| (key.to_owned(), value(of))).collect())
            }
            other => {
                let mut plain = other.clone();
                plain.decor_mut().clear();
                json!(plain.to_string())
            }
        }
    }
    fn table(of: &NewTable) -> Json {
        let entry = |(key, item): (&str, &toml_edit::Item)| {
            let item = match item {
                toml_edit::Item::Value(of) => value(of),
                toml_edit::Item::Table(of) => table(of),
                toml_edit::Item::ArrayOfTables(of) => of.iter().map(table).collect(),
                toml_edit::Item::None => Json::Null,
            };
            (key.to_owned(), item)
        };
        Json::Object(of.iter().map(entry).collect())
    }
    table(text.parse::<DocumentMut>().unwrap_or_else(|error| panic!("{error}\n{text}")).as_table())
}

fn comments(text: &str) -> Vec<String> {
    text.lines().filter_map(|line| line.split_once('#')).map(|(_, comment)| comment.to_owned()).collect()
}

/// Documents of our shape: sections, named tables, dotted keys, one-line tables, lists, comments anywhere.
fn documents() -> impl Strategy<Value = String> {
    let comment = prop_oneof![Just(""), Just("# c\n"), Just("\n# d\n\n"), Just("\n")];
    let line = (comment, 0..6usize, 0..100u32).prop_map(|(comment, key, value)| (comment, key, value));
    let body = proptest::collection::vec(line, 0..5);
    let header = prop_oneof![
        Just("[p.x]"),
        Just("[p.y]"),
        Just("[s]"),
        Just("[s.t]"),
        Just("[[r]]"),
        Just("[p.x.m]"),
        Just("[[r]]")
    ];
    proptest::collection::vec((header, body), 0..6).prop_map(|sections| {
        let mut text = String::from("# head\n\n");
        let mut seen = std::collections::BTreeSet::new();
        for (header, body) in sections {
            if !header.starts_with("[[") && !seen.insert(header) {
                continue;
            }
            text.push_str(header);
            text.push('\n');
            let mut keys = std::collections::BTreeSet::new();
            for (comment, key, value) in body.into_iter().filter(|(_, key, _)| keys.insert(*key)) {
                text.push_str(comment);
                text.push_str(&match key {
                    0 => format!("k = {value} # e\n"),
                    1 => format!("o = {{ k = {value}, n = 1 }}\n"),
                    2 => format!("a = [{value}, 2]\n"),
                    3 => format!("d.k = {value}\nd.n = 2\n"),
                    4 => format!("w = \"{value}\"\n"),
                    _ => format!("\"q.{value}\" = true\n"),
                });
            }
        }
        text
    })
}

/// The JSON with the value at the path put there, or removed.
fn put(json: &mut Json, steps: &[String], value: Option<Json>) {
    let Some((first, rest)) = steps.split_first() else { return };
    if let (Json::Array(items), Some(index)) = (&mut *json, element(first)) {
        match (rest.is_empty(), value) {
            (true, None) => drop(items.remove(index)),
            (true, Some(value)) => items[index] = value,
            (false, value) => put(&mut items[index], rest, value),
        }
        return;
    }
    let Json::Object(map) = json else { panic!("no table at {first}") };
    match (rest.is_empty(), value) {
        (true, None) => drop(map.remove(first)),
        (true, Some(value)) => drop(map.insert(first.clone(), value)),
        (false, value) => put(map.entry(first.clone()).or_insert_with(|| json!({})), rest, value),
    }
}

/// Tables that are empty say nothing, and lists of none neither.
fn without_empty(json: Json) -> Json {
    let empty = |json: &Json| {
        json.as_object().is_some_and(|it| it.is_empty()) || json.as_array().is_some_and(|it| it.is_empty())
    };
    match json {
        Json::Object(map) => {
            let kept = map.into_iter().map(|(key, value)| (key, without_empty(value)));
            Json::Object(kept.filter(|(_, value)| !empty(value)).collect())
        }
        Json::Array(items) => items.into_iter().map(without_empty).collect(),
        other => other,
    }
}

const PATHS: [&str; 17] = [
    "p.x.k", "p.x.o.k", "p.x.o.z", "p.x.d.k", "p.y.new", "s.k", "s.t.k", "s.t.u.v", "r.0.k", "r.0.o.n", "p.x.a.0",
    "top", "s", "p.x", "r.0", "p", "p.x.m.k",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn only_the_asked_key_changes(text in documents(), which in 0..PATHS.len(), remove: bool) {
        let path = path(PATHS[which]);
        let change = if remove { Change::Unset(path.clone()) } else { Change::Set(path.clone(), 77.into()) };
        let Ok(after) = apply(&text, &[change]) else { return Ok(()) };
        let mut expected = meaning(&text);
        put(&mut expected, path.steps(), (!remove).then(|| json!("77")));
        prop_assert_eq!(without_empty(meaning(&after)), without_empty(expected), "\n{}\n→\n{}", text, after);
        if !remove {
            prop_assert_eq!(comments(&after), comments(&text), "\n{}\n→\n{}", text, after);
            let kept = text.lines().filter(|line| !after.lines().any(|other| other == *line)).count();
            prop_assert!(kept <= 1, "{kept} lines changed\n{text}\n→\n{after}");
        } else {
            prop_assert!(after.starts_with("# head\n"), "{after}");
        }
    }

    #[test]
    fn moving_there_and_back_says_the_same(text in documents(), from in 0..3usize, to in 0..3usize) {
        let list = path("r");
        let Ok(moved) = apply(&text, &[Change::Move(list.clone(), from, to)]) else { return Ok(()) };
        let mut expected = meaning(&text);
        if let Some(items) = expected.get_mut("r").and_then(Json::as_array_mut) {
            let item = items.remove(from);
            items.insert(to, item);
        }
        prop_assert_eq!(meaning(&moved), expected, "\n{}\n→\n{}", text, moved);
        let back = apply(&moved, &[Change::Move(list, to, from)]).unwrap();
        prop_assert_eq!(meaning(&back), meaning(&text));
    }
}

struct Home {
    folder: tempfile::TempDir,
    env: Env,
}

impl Home {
    fn with(text: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let env = Env::from_pairs(folder.path(), [("A", "1")]);
        let home = Self { folder, env };
        if let Some(text) = text {
            let file = home.paths().config_file;
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(&file, text).unwrap();
        }
        home
    }

    fn paths(&self) -> Paths {
        super::super::paths(&self.env, None)
    }

    fn edit(&self, key: &str, value: &str) -> Result<Edited, EditError> {
        let paths = self.paths();
        let editor = Editor { paths: &paths, explicit: None, env: &self.env };
        editor.edit(&[Change::Set(path(key), value.parse().unwrap())])
    }

    fn undo(&self) -> Result<Edited, EditError> {
        Editor { paths: &self.paths(), explicit: None, env: &self.env }.undo()
    }

    fn text(&self) -> String {
        fs::read_to_string(self.paths().config_file).unwrap()
    }
}

#[test]
fn what_would_be_no_good_configuration_is_not_written() {
    let home = Home::with(Some("version = 1\n"));
    let Err(EditError::Rejected(rejected)) = home.edit("server.lisen", "1") else { panic!("accepted") };
    assert_eq!(rejected.errors[0].code, "TG104");
    assert_eq!(home.text(), "version = 1\n");
    assert!(matches!(home.undo(), Err(EditError::NothingToUndo)));
}

#[test]
fn the_last_edits_are_taken_back_one_by_one_down_to_no_file() {
    let home = Home::with(None);
    for port in 1..=3 {
        home.edit("server.listen", &format!("\"127.0.0.1:770{port}\"")).unwrap();
    }
    assert_eq!(fs::metadata(home.paths().config_file).unwrap().permissions().mode() & 0o777, 0o600);
    for port in [2, 1] {
        home.undo().unwrap();
        assert!(home.text().contains(&format!("770{port}")), "{}", home.text());
    }
    home.undo().unwrap();
    assert!(!home.paths().config_file.exists());
    assert!(matches!(home.undo(), Err(EditError::NothingToUndo)));
}

#[test]
fn ten_former_texts_are_kept() {
    let home = Home::with(Some(""));
    for port in 10..=25 {
        home.edit("server.listen", &format!("\"127.0.0.1:77{port}\"")).unwrap();
    }
    let undone = std::iter::from_fn(|| home.undo().ok()).take(100).count();
    assert_eq!(undone, 10);
    assert!(home.text().contains("7715"), "{}", home.text());
}

#[test]
fn an_edit_by_hand_is_not_undone_with_the_edit_before_it() {
    let home = Home::with(Some("version = 1\n"));
    home.edit("server.listen", "\"127.0.0.1:7701\"").unwrap();
    let text = format!("{}# mine\n", home.text());
    fs::write(home.paths().config_file, &text).unwrap();
    let Err(EditError::EditedSince(former)) = home.undo() else { panic!("undone") };
    assert_eq!(fs::read_to_string(former).unwrap(), "version = 1\n");
    assert_eq!(home.text(), text);
}

#[test]
fn a_link_stays_one_and_its_target_keeps_its_rights() {
    let home = Home::with(None);
    let target = home.folder.path().join("dotfiles.toml");
    fs::write(&target, "version = 1\n").unwrap();
    fs::set_permissions(&target, fs::Permissions::from_mode(0o640)).unwrap();
    let link = home.paths().config_file;
    fs::create_dir_all(link.parent().unwrap()).unwrap();
    std::os::unix::fs::symlink(&target, &link).unwrap();
    home.edit("server.listen", "\"127.0.0.1:7701\"").unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(fs::read_to_string(&target).unwrap().contains("7701"));
    assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o640);
}

#[test]
fn somebody_elses_edit_at_the_same_moment_is_not_lost() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    fs::write(&file, "theirs").unwrap();
    let refused = replace::replace(&file, Some("ours"), || Ok(false));
    assert!(matches!(refused, Err(EditError::Changed(_))));
    assert_eq!(fs::read_to_string(&file).unwrap(), "theirs");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
}

#[test]
fn what_a_killed_process_left_beside_the_file_is_no_hindrance() {
    let home = Home::with(Some("version = 1\n"));
    let left = home.paths().config_file.with_file_name(".config.toml.tokgate-new");
    fs::write(&left, "torn").unwrap();
    home.edit("server.listen", "\"127.0.0.1:7701\"").unwrap();
    assert!(home.text().contains("7701") && !left.exists());
}

#[test]
fn what_killed_processes_left_among_former_texts_is_swept_by_the_next_edit() {
    let home = Home::with(Some("version = 1\n"));
    home.edit("server.listen", "\"127.0.0.1:7701\"").unwrap();
    let folder = home.paths().state_dir.join("config-versions");
    let left = [folder.join(".tmpAbC123"), folder.join(".tmpDeF456")];
    left.iter().for_each(|path| fs::write(path, "torn").unwrap());
    home.edit("server.listen", "\"127.0.0.1:7702\"").unwrap();
    assert!(left.iter().all(|path| !path.exists()));
    assert_eq!(fs::read_dir(folder).unwrap().count(), 2, "the former texts stay");
}
