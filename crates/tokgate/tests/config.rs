//! The configuration from outside: one fixture is one file with its input and everything that is said about it.
//!
//! `tests/config/NAME.toml` begins with the text of a configuration. Behind it come parts, each opened by a line
//! `===== KIND`: `env` (variables to set, input as well), `errors`, `errors zh`, `notes`, `show` (what is expected).
//! With `TOKGATE_BLESS=1` the expectations and the reference pages are written anew.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use tempfile::TempDir;
use tokgate::config::{
    Contents, Env, Loaded, Origin, Overrides, Rejected, ShowOptions, explain, keep_last_good, load, paths, reference,
    render, show,
};
use tokgate::i18n::Lang;
use tokgate::machine::Machine;

const MARK: &str = "===== ";

/// A home with a configuration file in its usual place.
struct Home {
    folder: TempDir,
    env: Env,
}

impl Home {
    fn new(text: Option<&str>, variables: &[(String, String)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let machine = Machine::known("workshop", &["192.168.1.5".parse().unwrap()]);
        let env = Env::from_pairs(folder.path(), variables.iter().cloned()).on(machine);
        let home = Self { folder, env };
        if let Some(text) = text {
            let file = home.file();
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(&file, text).unwrap();
            home.chmod(0o600);
        }
        home
    }

    fn file(&self) -> PathBuf {
        paths(&self.env, None).config_file
    }

    fn chmod(&self, mode: u32) {
        fs::set_permissions(self.file(), fs::Permissions::from_mode(mode)).unwrap();
    }

    fn load(&self) -> Result<Loaded, Rejected> {
        load(&paths(&self.env, None), None, &self.env, &Overrides::default())
    }

    /// Paths of this home differ from run to run.
    fn steady(&self, text: &str) -> String {
        text.replace(&*self.folder.path().to_string_lossy(), "/home/ada")
    }
}

fn text_of(text: &str) -> Home {
    Home::new(Some(text), &[])
}

fn codes(rejected: &Rejected) -> Vec<&'static str> {
    rejected.errors.iter().map(|error| error.code).collect()
}

fn shown(loaded: &Loaded) -> String {
    show(&loaded.config, &loaded.origins, ShowOptions::default())
}

/// The input and the parts behind it.
fn parts(fixture: &str) -> (String, Vec<(String, String)>) {
    let mut parts: Vec<(String, String)> = vec![(String::new(), String::new())];
    for line in fixture.split_inclusive('\n') {
        match line.strip_prefix(MARK) {
            Some(kind) => parts.push((kind.trim().to_owned(), String::new())),
            None => parts.last_mut().unwrap().1.push_str(line),
        }
    }
    let input = parts.remove(0).1;
    (input, parts)
}

fn actual(kind: &str, home: &Home, result: &Result<Loaded, Rejected>) -> String {
    let lang = if kind.ends_with("zh") { Lang::Zh } else { Lang::En };
    match (kind.split(' ').next().unwrap(), result) {
        ("errors", Ok(_)) => "none\n".to_owned(),
        ("errors", Err(rejected)) => home.steady(&render(rejected, lang, false)),
        ("notes", Ok(loaded)) => {
            loaded.notes.iter().map(|note| home.steady(&format!("{} {}\n", note.code, note.text(lang)))).collect()
        }
        ("show", Ok(loaded)) => home.steady(&show(&loaded.config, &loaded.origins, ShowOptions { origin: true, lang })),
        (_, Err(rejected)) => panic!("refused:\n{}", render(rejected, lang, false)),
        (other, _) => panic!("no such part: {other}"),
    }
}

#[test]
fn each_fixture_is_answered_as_it_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/config");
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() > 30, "fixtures are missing");
    let mut wrong = Vec::new();
    for file in files {
        let whole = fs::read_to_string(&file).unwrap();
        let (input, parts) = parts(&whole);
        let variables: Vec<(String, String)> = parts
            .iter()
            .filter(|(kind, _)| kind == "env")
            .flat_map(|(_, text)| text.lines())
            .filter_map(|line| line.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let home = Home::new(Some(&input), &variables);
        let result = home.load();
        let mut now = input.clone();
        for (kind, text) in &parts {
            let text = if kind == "env" { text.clone() } else { actual(kind, &home, &result) };
            now.push_str(&format!("{MARK}{kind}\n{text}"));
        }
        if now != whole {
            if std::env::var_os("TOKGATE_BLESS").is_some() {
                fs::write(&file, now).unwrap();
            } else {
                wrong.push(format!("{}:\n{now}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_reference_pages_are_what_the_program_knows() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference");
    for (lang, name) in [(Lang::En, "config.md"), (Lang::Zh, "config.zh-CN.md")] {
        let (file, page) = (root.join(name), reference(lang));
        if std::env::var_os("TOKGATE_BLESS").is_some() {
            fs::create_dir_all(&root).unwrap();
            fs::write(&file, &page).unwrap();
        }
        let kept = fs::read_to_string(&file).unwrap_or_default();
        assert!(kept == page, "{name} is out of date: run the tests once with TOKGATE_BLESS=1");
    }
}

#[test]
fn every_code_that_is_met_is_explained() {
    let home = text_of("[sever]\n");
    for code in codes(&home.load().unwrap_err()) {
        assert!(explain(code, Lang::En).is_some() && explain(code, Lang::Zh).is_some(), "{code}");
    }
    assert!(explain("tg104", Lang::En).is_some());
    assert!(explain("TG999", Lang::En).is_none());
}

#[test]
fn the_annotated_example_loads_without_a_word() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/tokgate.toml");
    let home = text_of(&fs::read_to_string(file).unwrap());
    let loaded = home.load().unwrap_or_else(|rejected| panic!("{}", render(&rejected, Lang::En, false)));
    // The variables of its keys are not set in this home; nothing else is remarked on.
    let other: Vec<String> =
        loaded.notes.iter().filter(|note| note.code != "TG184").map(|note| note.text(Lang::En)).collect();
    assert_eq!(other, Vec::<String>::new());
}

#[test]
fn without_a_file_or_a_key_the_practice_provider_answers() {
    let loaded = Home::new(None, &[]).load().unwrap();
    assert_eq!(loaded.file, None);
    assert_eq!(&*loaded.config.providers[0].name, "practice");
    assert!(loaded.found_in_env.is_empty());
    assert_eq!(loaded.config.profiles[0].providers, [0]);
}

#[test]
fn an_explicit_file_that_is_missing_is_an_error() {
    let home = Home::new(None, &[]);
    let path = home.folder.path().join("mine.toml");
    let rejected = load(&paths(&home.env, Some(&path)), Some(&path), &home.env, &Overrides::default()).unwrap_err();
    assert_eq!(codes(&rejected), ["TG102"]);
}

#[test]
fn a_readable_file_with_a_key_in_it_is_refused_with_the_command_that_helps() {
    let home = text_of("[provider.a]\nurl = \"https://a.example\"\nkeys = [\"sk-canary-0123456789\"]\n");
    home.chmod(0o644);
    let rejected = home.load().unwrap_err();
    let text = render(&rejected, Lang::En, false);
    assert_eq!(codes(&rejected), ["TG120"]);
    assert!(text.contains(&format!("chmod 600 {}", home.file().display())), "{text}");
    assert!(!text.contains("canary"), "{text}");
    home.chmod(0o600);
    assert!(home.load().is_ok());
}

#[test]
fn a_file_that_others_may_write_is_refused() {
    let home = text_of("version = 1\n");
    home.chmod(0o666);
    assert_eq!(codes(&home.load().unwrap_err()), ["TG124"]);
}

#[test]
fn a_torn_file_is_refused_and_the_copy_that_worked_is_offered() {
    let home = text_of("[log]\nlevel = \"debug\"\n");
    let places = paths(&home.env, None);
    keep_last_good(&home.load().unwrap(), &places).unwrap();
    fs::write(home.file(), "[log]\nlevel = \"de").unwrap();
    let rejected = home.load().unwrap_err();
    assert_eq!(codes(&rejected), ["TG101"]);
    let fix = rejected.errors[0].fix_text(Lang::En);
    assert!(fix.contains(&format!("cp {} {}", places.last_good.display(), home.file().display())), "{fix}");
    fs::copy(&places.last_good, home.file()).unwrap();
    assert!(home.load().is_ok());
}

#[test]
fn flags_beat_variables_beat_the_file() {
    let variables =
        [("TOKGATE_LOG__LEVEL".to_owned(), "warn".to_owned()), ("TOKGATE_SERVER__LISTEN".to_owned(), ":2".to_owned())];
    let home = Home::new(Some("[server]\nlisten = \":1\"\n[log]\nlevel = \"debug\"\nformat = \"json\"\n"), &variables);
    let flags = Overrides::default().with("--listen", "server.listen", "127.0.0.1:3");
    let loaded = load(&paths(&home.env, None), None, &home.env, &flags).unwrap();
    assert_eq!(loaded.config.server.listen.port(), 3);
    assert_eq!(loaded.origins["server.listen"], Origin::Flag("--listen".into()));
    assert_eq!(loaded.origins["log.level"], Origin::Env("TOKGATE_LOG__LEVEL".into()));
    assert_eq!(loaded.origins["log.format"], Origin::File(5));
    assert!(!loaded.origins.contains_key("log.access_log"));
}

#[test]
fn the_default_profile_or_first_provider_can_be_chosen_from_outside() {
    let text = "[provider.a]\nurl = \"https://a.example\"\nauth = \"none\"\n[provider.b]\nurl = \"https://b.example\"\nauth = \"none\"\n\
                [profile.default]\nproviders = [\"a\"]\n[profile.other]\nproviders = [\"b\"]\n";
    let choose = |name: &str| {
        let home = Home::new(Some(text), &[("TOKGATE_USE".to_owned(), name.to_owned())]);
        home.load().map(|loaded| loaded.config)
    };
    let other = choose("other").unwrap();
    assert_eq!(&*other.profiles[other.default_profile].name, "other");
    let b = choose("b").unwrap();
    assert_eq!(b.profiles[b.default_profile].providers, [1, 0]);
    assert_eq!(codes(&choose("c").unwrap_err()), ["TG160"]);
}

#[test]
fn what_is_shown_hides_every_secret() {
    let home = text_of(
        "[server]\nlocal_key = \"canary-canary-0123456789\"\n[defaults]\nhttp_proxy = \"http://ada:canary@p.example:1\"\n\
         [provider.a]\nurl = \"https://a.example\"\nkeys = [\"sk-canary-0123456789\"]\nheaders = { x-secret-key = \"canary\" }\n\
         [client.claude]\nenv = { MY_TOKEN = \"canary\" }\n",
    );
    let loaded = home.load().unwrap();
    let text = shown(&loaded);
    assert!(!text.contains("canary"), "{text}");
    assert!(!format!("{:?}", loaded.config.providers).contains("sk-canary"));
    for note in &loaded.notes {
        assert!(!note.text(Lang::En).contains("canary"), "{}", note.text(Lang::En));
    }
}

#[test]
fn an_error_knows_its_line_and_column() {
    let rejected = text_of("# 注释\n[ui]\nlanguage = \"fr\"\n").load().unwrap_err();
    assert_eq!(rejected.position(&rejected.errors[0]), Some((3, 12)));
}

#[test]
fn colours_only_add_to_the_text() {
    let rejected = text_of("[sever]\n").load().unwrap_err();
    let plain = render(&rejected, Lang::En, false);
    let colored = render(&rejected, Lang::En, true);
    assert!(!plain.contains('\u{1b}'));
    let mut stripped = String::new();
    for (index, piece) in colored.split('\u{1b}').enumerate() {
        stripped.push_str(if index == 0 { piece } else { piece.split_once('m').unwrap().1 });
    }
    assert_eq!(stripped, plain);
}

fn name() -> impl Strategy<Value = String> {
    "[a-z0-9][a-z0-9_-]{0,8}"
}

fn provider() -> impl Strategy<Value = String> {
    let kind = prop_oneof![
        Just("type = \"simulated\"\nsimulate.first_byte = \"1s\"\n".to_owned()),
        Just("preset = \"moonshot-cn\"\n".to_owned()),
        Just("preset = \"openai\"\nurl = \"https://relay.example/v1/\"\nauth = \"both\"\n".to_owned()),
        Just("type = \"openai-chat\"\nurl = \"http://127.0.0.1:11434/v1\"\n".to_owned()),
        ("[A-Z][A-Z_]{0,8}", any::<bool>()).prop_map(|(variable, enabled)| format!(
            "url = \"https://x.example\"\nkeys = [{{ from = \"env:{variable}\", enabled = {enabled} }}, \"client\"]\nauth = {{ header = \"x-k\" }}\n"
        )),
    ];
    let more = (-5i64..5, any::<bool>(), 1u64..100_000, "[ -~]{1,12}", "[a-z*.-]{1,8}");
    (kind, more).prop_map(|(kind, (order, enabled, milliseconds, note, model))| {
        let note = if note.trim().is_empty() { "x".to_owned() } else { note.replace(['\\', '"'], "_") };
        format!("{kind}order = {order}\nenabled = {enabled}\nidle_timeout = \"{milliseconds}ms\"\nnote = \"{note}\"\nmodels = {{ \"{model}\" = \"m\" }}\n")
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_text_gets_an_answer(text in "\\PC{0,200}|([a-z\\[\\]=\"'.{},\n\t# 0-9名]{0,120})") {
        let home = text_of(&text);
        if let Err(rejected) = home.load() {
            prop_assert!(!rejected.errors.is_empty());
            prop_assert!(!render(&rejected, Lang::Zh, true).is_empty());
        }
    }

    #[test]
    fn what_is_shown_reads_back_as_the_same(
        providers in prop::collection::btree_map(name(), provider(), 0..5),
        level in prop::sample::select(vec!["error", "warn", "info"]),
        count in 1u32..1000,
    ) {
        let mut text = format!("[log]\nlevel = \"{level}\"\nkeep.requests = {count}\n");
        for (name, body) in &providers {
            text.push_str(&format!("[provider.{name}]\n{body}"));
        }
        if let Some(name) = providers.keys().next() {
            text.push_str(&format!("[profile.p]\nproviders = [\"{name}\"]\n[[route]]\nmatch = {{ header = {{ X-A = \"b*\" }} }}\nto = \"provider:{name}\"\n"));
        }
        let first = text_of(&text).load();
        let first = first.map_err(|rejected| TestCaseError::fail(render(&rejected, Lang::En, false)))?;
        let again = text_of(&shown(&first)).load();
        let again = again.map_err(|rejected| TestCaseError::fail(render(&rejected, Lang::En, false)))?;
        prop_assert_eq!(shown(&first), shown(&again));
    }
}

#[test]
fn how_much_a_file_says_is_told_apart_from_what_is_found_elsewhere() {
    let contents =
        |text: Option<&str>, variables: &[(String, String)]| Home::new(text, variables).load().unwrap().contents();
    let found = [("OPENAI_API_KEY".to_owned(), "sk-1".to_owned())];
    assert_eq!(contents(None, &found), Contents::None);
    assert_eq!(contents(Some(" \n"), &found), Contents::Blank);
    assert_eq!(contents(Some("[server]\n"), &found), Contents::Settings);
    assert_eq!(contents(Some("[provider.a]\ntype = \"simulated\"\n"), &[]), Contents::Providers);
}

#[test]
fn an_unset_variable_of_the_local_key_is_remarked_on() {
    let loaded = text_of("[server]\nlocal_key = \"env:NOPE\"\n").load().unwrap();
    let note = loaded.notes.iter().find(|note| note.code == "TG184").unwrap();
    assert_eq!(note.key, "server.local_key");
    assert!(note.text(Lang::En).contains("NOPE"));
    let set = [("NOPE".to_owned(), "tg-0123456789abcdef0123".to_owned())];
    let loaded = Home::new(Some("[server]\nlocal_key = \"env:NOPE\"\n"), &set).load().unwrap();
    assert!(loaded.notes.iter().all(|note| note.code != "TG184"));
}

#[test]
fn a_number_too_large_is_not_told_to_be_text() {
    let rejected = text_of("[log]\nkeep = 99999999999999999999\n").load().unwrap_err();
    assert_eq!(codes(&rejected), ["TG101"]);
    assert_eq!(rejected.errors[0].fix_text(Lang::En), "write a smaller number");
}
