//! What `tokgate run` would start: plans as values, no process.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::Path;

use serde_json::{Value as Json, json};
use tokgate::cli::error::CliError;
use tokgate::config::model::Client;
use tokgate::i18n::Lang;
use tokgate::launch::{self, Ask, Plan};
use tokgate::process::admin::RunGrant;
use tokgate::secret::Secret;

const KEY: &str = "tg-canary-0123456789";
const BASE: &str = "http://127.0.0.1:7711/r/t1";

#[derive(Clone)]
struct Case {
    client: &'static str,
    config: Client,
    args: Vec<OsString>,
    env: BTreeMap<&'static str, &'static str>,
    files: BTreeMap<&'static str, &'static str>,
    grant: RunGrant,
    model: Option<&'static str>,
}

fn case(client: &'static str) -> Case {
    Case {
        client,
        config: Client::default(),
        args: Vec::new(),
        env: BTreeMap::new(),
        files: BTreeMap::new(),
        grant: RunGrant {
            tag: "t1".into(),
            address: "http://127.0.0.1:7711".into(),
            key: Some(Secret::new(KEY)),
            own_login: false,
            protocols: vec!["anthropic".into(), "openai-chat".into(), "openai-responses".into()],
            providers: vec!["kimi".into()],
            profile: Some("default".into()),
            certificate: None,
        },
        model: None,
    }
}

impl Case {
    fn args(mut self, args: &[&str]) -> Self {
        self.args = args.iter().map(OsString::from).collect();
        self
    }

    fn env(mut self, name: &'static str, value: &'static str) -> Self {
        self.env.insert(name, value);
        self
    }

    fn own_login(mut self) -> Self {
        self.grant.own_login = true;
        self.grant.key = None;
        self
    }

    fn model(mut self, model: &'static str) -> Self {
        self.model = Some(model);
        self
    }

    fn protocols(mut self, protocols: &[&str]) -> Self {
        self.grant.protocols = protocols.iter().map(|&protocol| protocol.to_owned()).collect();
        self
    }

    fn plan(&self) -> Result<Plan, CliError> {
        launch::plan(&Ask {
            client: self.client,
            config: &self.config,
            args: &self.args,
            var: &|name| self.env.get(name).map(|value| (*value).to_owned()),
            grant: &self.grant,
            model: self.model,
            file: Path::new("/state/runs/9-claude.json"),
            read: &|path| {
                let text = path.to_str().and_then(|path| self.files.get(path));
                text.map(|text| (*text).to_owned()).ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
            },
        })
    }

    fn planned(&self) -> Plan {
        let plan = self.plan().unwrap();
        for arg in &plan.args {
            assert!(!arg.to_string_lossy().contains("canary"), "a key on the command line: {arg:?}");
        }
        assert!(!format!("{plan:?}").contains("canary"), "a key in Debug");
        plan
    }
}

fn words(plan: &Plan) -> Vec<String> {
    plan.args.iter().map(|arg| arg.to_string_lossy().into_owned()).collect()
}

fn var(plan: &Plan, name: &str) -> Option<String> {
    plan.env_set.get(name).map(|value| value.expose().to_owned())
}

fn settings(plan: &Plan) -> Json {
    serde_json::from_str(plan.file.as_ref().unwrap().contents.expose()).unwrap()
}

// ---- claude

#[test]
fn claude_gets_everything_in_a_private_settings_file() {
    let plan = case("claude").args(&["-p", "hi"]).planned();
    assert_eq!(plan.program, "claude");
    assert_eq!(words(&plan), ["--settings", "/state/runs/9-claude.json", "-p", "hi"]);
    let settings = settings(&plan);
    let env = &settings["env"];
    assert_eq!(env["ANTHROPIC_BASE_URL"], BASE);
    assert_eq!(env["ANTHROPIC_AUTH_TOKEN"], KEY);
    assert_eq!(env["CLAUDE_CODE_GATEWAY_HINT_HEADERS"], "1");
    assert_eq!(env["CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC"], "1");
    assert_eq!(env["NO_PROXY"], "127.0.0.1,localhost,::1");
    // Cleared inside the settings too: the user's own settings would set them after the environment.
    for name in ["ANTHROPIC_API_KEY", "CLAUDE_CODE_USE_BEDROCK", "CLAUDE_CODE_USE_VERTEX"] {
        assert_eq!(env[name], "", "{name}");
    }
    assert_eq!(settings["apiKeyHelper"], "");
    assert_eq!(env.get("ANTHROPIC_MODEL"), None);
}

#[test]
fn foreign_variables_of_claude_are_cleared() {
    let plan = case("claude").planned();
    for name in [
        "ANTHROPIC_API_KEY",
        "ANTHROPIC_AUTH_TOKEN",
        "ANTHROPIC_BASE_URL",
        "ANTHROPIC_BEDROCK_BASE_URL",
        "CLAUDE_CODE_USE_BEDROCK",
        "CLAUDE_CODE_USE_VERTEX",
        "CLAUDE_CODE_OAUTH_TOKEN",
    ] {
        assert!(plan.env_clear.contains(name), "{name}");
    }
}

#[test]
fn claudes_own_login_is_left_alone_when_it_is_forwarded() {
    let plan = case("claude").own_login().planned();
    let settings = settings(&plan);
    assert_eq!(settings["env"]["ANTHROPIC_BASE_URL"], BASE);
    assert_eq!(settings["env"].get("ANTHROPIC_AUTH_TOKEN"), None);
    assert_eq!(settings["env"].get("ANTHROPIC_API_KEY"), None);
    assert_eq!(settings.get("apiKeyHelper"), None);
    for name in ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN"] {
        assert!(!plan.env_clear.contains(name), "{name}");
    }
    assert!(plan.env_clear.contains("CLAUDE_CODE_USE_BEDROCK"));
}

#[test]
fn the_users_own_settings_are_merged_and_ours_win_for_our_keys() {
    let mut case = case("claude").args(&[
        "--settings",
        "mine.json",
        "-p",
        "--settings={\"model\":\"opus\",\"env\":{\"A\":\"2\",\"ANTHROPIC_BASE_URL\":\"http://elsewhere\"}}",
        "--",
        "--settings",
        "text",
    ]);
    case.files.insert("mine.json", r#"{"permissions":{"allow":["Bash"]},"env":{"A":"1"}}"#);
    let plan = case.planned();
    assert_eq!(words(&plan), ["--settings", "/state/runs/9-claude.json", "-p", "--", "--settings", "text"]);
    let settings = settings(&plan);
    assert_eq!(settings["permissions"], json!({"allow": ["Bash"]}));
    assert_eq!(settings["model"], "opus");
    assert_eq!(settings["env"]["A"], "2");
    assert_eq!(settings["env"]["ANTHROPIC_BASE_URL"], BASE);
}

#[test]
fn unreadable_settings_of_the_user_are_an_error_before_anything_starts() {
    for args in [["--settings", "missing.json"], ["--settings", "{broken"]] {
        let error = case("claude").args(&args).plan().unwrap_err();
        assert_eq!(error.code, "TG503");
        assert!(error.fix.is_some());
    }
}

#[test]
fn model_slots_and_variables_of_the_configuration_reach_claude() {
    let mut case = case("claude").model("kimi-k3");
    case.config.models = [("opus".to_owned(), "o1".to_owned()), ("sonnet".to_owned(), "s1".to_owned())].into();
    case.config.small_model = Some("h1".into());
    case.config.args = vec!["--verbose".into()];
    case.config.env = [("CLAUDE_CODE_MAX_OUTPUT_TOKENS".to_owned(), "64000".to_owned())].into();
    case.config.quiet_traffic = Some(false);
    let plan = case.planned();
    assert_eq!(words(&plan), ["--settings", "/state/runs/9-claude.json", "--verbose"]);
    let settings = settings(&plan);
    let env = &settings["env"];
    assert_eq!(env["ANTHROPIC_MODEL"], "kimi-k3");
    assert_eq!(env["ANTHROPIC_DEFAULT_OPUS_MODEL"], "o1");
    assert_eq!(env["ANTHROPIC_DEFAULT_SONNET_MODEL"], "s1");
    assert_eq!(env["ANTHROPIC_DEFAULT_HAIKU_MODEL"], "h1");
    assert_eq!(env["ANTHROPIC_SMALL_FAST_MODEL"], "h1");
    assert_eq!(env["CLAUDE_CODE_MAX_OUTPUT_TOKENS"], "64000");
    assert_eq!(env.get("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC"), None);
}

#[test]
fn what_is_shown_of_a_plan_holds_no_secret() {
    let mut case = case("claude").args(&["--settings", r#"{"env":{"MY_API_KEY":"sk-user-canary-1234567"}}"#]);
    case.config.env = [("OTHER_TOKEN".to_owned(), "sk-other-canary-1234567".to_owned())].into();
    let plan = case.planned();
    let file = plan.file.as_ref().unwrap();
    assert!(file.contents.expose().contains("sk-user-canary") && file.contents.expose().contains(KEY));
    assert!(!file.shown.contains("canary"), "{}", file.shown);
    assert!(file.shown.contains(BASE));
    for value in plan.env_set.values() {
        assert!(!value.shown().contains("canary"));
    }
}

// ---- codex

#[test]
fn codex_without_its_screen_keeps_the_provider_id_openai() {
    for args in [&["exec", "hi"][..], &["-m", "gpt-5.5", "e", "hi"], &["--sandbox=read-only", "review"]] {
        let plan = case("codex").args(args).planned();
        let words = words(&plan);
        assert_eq!(words[..4], ["-c", r#"model_provider="openai""#, "-c", &format!(r#"openai_base_url="{BASE}/v1""#)]);
        assert_eq!(words[words.len() - args.len()..], *args);
        assert_eq!(var(&plan, "CODEX_API_KEY").as_deref(), Some(KEY));
    }
}

#[test]
fn codex_with_its_screen_authenticates_under_the_one_fixed_id() {
    for args in [&[][..], &["resume", "--last"], &["-m", "exec"], &["fix exec"]] {
        let plan = case("codex").args(args).planned();
        let words = words(&plan);
        assert_eq!(words[1], r#"model_provider="tokgate""#, "{args:?}");
        assert!(words[3].starts_with("model_providers.tokgate={"), "{}", words[3]);
        assert!(words[3].contains(&format!(r#"base_url="{BASE}/v1""#)) && words[3].contains("TOKGATE_LOCAL_KEY"));
        assert!(words[3].contains("supports_websockets=true"), "{}", words[3]);
        assert_eq!(var(&plan, "TOKGATE_LOCAL_KEY").as_deref(), Some(KEY));
        assert_eq!(var(&plan, "CODEX_API_KEY"), None);
        assert!(plan.env_clear.contains("OPENAI_BASE_URL") && plan.env_clear.contains("CODEX_API_KEY"));
    }
}

#[test]
fn codexs_own_login_is_left_alone_when_it_is_forwarded() {
    let plan = case("codex").own_login().args(&["exec", "hi"]).planned();
    assert!(words(&plan).contains(&format!(r#"openai_base_url="{BASE}/v1""#)));
    assert_eq!(var(&plan, "CODEX_API_KEY"), None);
    assert!(!plan.env_clear.contains("CODEX_API_KEY") && !plan.env_clear.contains("OPENAI_API_KEY"));
    assert!(plan.env_clear.contains("OPENAI_BASE_URL"));
}

#[test]
fn overrides_that_lead_around_the_gateway_are_left_out_with_a_note() {
    let args = [
        "-c",
        "openai_base_url=\"http://x\"",
        "--config=model_provider=\"y\"",
        "-cmodel_provider=z",
        "-c",
        "model=\"m\"",
        "exec",
        "--",
        "-c",
        "model_provider=text",
    ];
    let plan = case("codex").args(&args).planned();
    let words = words(&plan);
    assert!(words.ends_with(&["-c", "model=\"m\"", "exec", "--", "-c", "model_provider=text"].map(String::from)));
    assert!(!words.iter().any(|word| word.contains("http://x") || word.contains("=z") || word.contains("\"y\"")));
    assert_eq!(plan.notes.len(), 1);
    assert!(case("codex").planned().notes.is_empty());
}

#[test]
fn codex_gets_the_model_and_is_quiet_unless_told_otherwise() {
    let plan = case("codex").model("kimi \"k3\"").args(&["exec"]).planned();
    let quiet = words(&plan);
    assert!(quiet.contains(&r#"model="kimi \"k3\"""#.to_owned()), "{quiet:?}");
    assert!(quiet.contains(&"analytics.enabled=false".to_owned()));
    let mut loud = case("codex");
    loud.config.quiet_traffic = Some(false);
    assert!(!words(&loud.planned()).contains(&"analytics.enabled=false".to_owned()));
}

// ---- opencode

fn content(plan: &Plan) -> Json {
    serde_json::from_str(&var(plan, "OPENCODE_CONFIG_CONTENT").unwrap()).unwrap()
}

#[test]
fn opencode_gets_our_address_for_the_ids_it_knows() {
    let plan = case("opencode").args(&["run", "hi"]).planned();
    assert_eq!(words(&plan), ["run", "hi"]);
    let options = json!({"baseURL": format!("{BASE}/v1"), "apiKey": "{env:TOKGATE_LOCAL_KEY}"});
    let expected = json!({"provider": {"anthropic": {"options": options}, "openai": {"options": options}}});
    assert_eq!(content(&plan), expected);
    assert_eq!(var(&plan, "TOKGATE_LOCAL_KEY").as_deref(), Some(KEY));
    assert!(!var(&plan, "OPENCODE_CONFIG_CONTENT").unwrap().contains("canary"));
    assert_eq!(var(&plan, "OPENCODE_DISABLE_AUTOUPDATE").as_deref(), Some("1"));
}

#[test]
fn opencodes_existing_content_is_kept() {
    let existing = r#"{"theme":"x","provider":{"anthropic":{"options":{"timeout":9,"baseURL":"http://x"}},"mine":{}}}"#;
    let content = content(&case("opencode").env("OPENCODE_CONFIG_CONTENT", existing).planned());
    assert_eq!(content["theme"], "x");
    assert_eq!(content["provider"]["mine"], json!({}));
    assert_eq!(content["provider"]["anthropic"]["options"]["timeout"], 9);
    assert_eq!(content["provider"]["anthropic"]["options"]["baseURL"], format!("{BASE}/v1"));
    let broken = case("opencode").env("OPENCODE_CONFIG_CONTENT", "{").plan().unwrap_err();
    assert_eq!(broken.code, "TG503");
}

#[test]
fn a_model_of_ours_gets_a_provider_in_the_language_that_is_spoken() {
    for (protocols, npm) in [
        (&["anthropic", "openai-chat"][..], "@ai-sdk/anthropic"),
        (&["openai-chat"], "@ai-sdk/openai-compatible"),
        (&["openai-responses"], "@ai-sdk/openai"),
    ] {
        let content = content(&case("opencode").protocols(protocols).model("kimi/k3").planned());
        assert_eq!(content["model"], "tokgate/kimi/k3");
        assert_eq!(content["small_model"], "tokgate/kimi/k3");
        assert_eq!(content["provider"]["tokgate"]["npm"], npm);
        let model = &content["provider"]["tokgate"]["models"]["kimi/k3"];
        assert_eq!(model["modalities"]["input"], json!(["text", "image"]), "pictures are sent");
        assert_eq!(content["provider"]["tokgate"]["options"]["baseURL"], format!("{BASE}/v1"));
    }
    let known = content(&case("opencode").model("anthropic/claude-sonnet-5").planned());
    assert_eq!(known["model"], "anthropic/claude-sonnet-5");
    assert_eq!(known["provider"].get("tokgate"), None);
}

#[test]
fn opencode_needs_a_model_name_where_only_chat_is_spoken() {
    let error = case("opencode").protocols(&["openai-chat"]).plan().unwrap_err();
    assert_eq!(error.code, "TG504");
    assert!(error.lines(Lang::En).contains("--model"));
}

#[test]
fn opencodes_own_keys_stay_when_they_are_forwarded() {
    let plan = case("opencode").own_login().planned();
    assert_eq!(content(&plan)["provider"]["anthropic"]["options"].get("apiKey"), None);
    assert_eq!(var(&plan, "TOKGATE_LOCAL_KEY"), None);
    assert!(!plan.env_clear.contains("ANTHROPIC_API_KEY"));
}

// ---- a gateway with TLS

const OURS: &str = "-----BEGIN CERTIFICATE-----\nGATEWAY\n-----END CERTIFICATE-----\n";
const KEY_BESIDE: &str = "-----BEGIN CERTIFICATE-----\nGATEWAY\n-----END CERTIFICATE-----\n\
                          -----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----\n";
const USERS: &str = "-----BEGIN CERTIFICATE-----\nUSER\n-----END CERTIFICATE-----\n";
const SYSTEM: &str = "-----BEGIN CERTIFICATE-----\nSYSTEM\n-----END CERTIFICATE-----\n";
const PEM: &str = "/state/runs/9-claude.pem";

fn tls(client: &'static str) -> Case {
    let mut case = case(client);
    case.grant.address = "https://127.0.0.1:7711".into();
    case.grant.certificate = Some("/etc/gate.pem".into());
    case.files.insert("/etc/gate.pem", KEY_BESIDE);
    case.files.insert("/mine.pem", USERS);
    case.files.insert("/etc/ssl/certs/ca-certificates.crt", SYSTEM);
    case
}

fn trusted(plan: &Plan) -> &str {
    plan.trust.as_ref().unwrap().contents.expose()
}

#[test]
fn the_clients_we_know_add_our_certificate_to_what_they_trust() {
    for (client, variable) in
        [("claude", "NODE_EXTRA_CA_CERTS"), ("codex", "CODEX_CA_CERTIFICATE"), ("opencode", "NODE_EXTRA_CA_CERTS")]
    {
        let plan = tls(client).planned();
        assert_eq!(var(&plan, variable).as_deref(), Some(PEM), "{client}");
        assert_eq!(var(&plan, "SSL_CERT_FILE"), None, "{client}: the system's list stays as it is");
        assert_eq!(trusted(&plan), OURS, "{client}");
        let plan = tls(client).env(variable, "/mine.pem").planned();
        assert_eq!(trusted(&plan), format!("{USERS}{OURS}"), "{client}: the user's own list is kept");
        assert!(case(client).env(variable, "/mine.pem").planned().trust.is_none(), "{client}: without TLS");
    }
    let env = &settings(&tls("claude").planned())["env"];
    assert_eq!(env["NODE_EXTRA_CA_CERTS"], PEM, "a value in the user's settings would beat the environment");
}

#[test]
fn a_list_that_replaces_the_systems_holds_the_systems_too() {
    let plan = tls("mine").planned();
    assert_eq!(var(&plan, "SSL_CERT_FILE").as_deref(), Some(PEM));
    assert_eq!(trusted(&plan), format!("{SYSTEM}{OURS}"));
    let plan = tls("mine").env("SSL_CERT_FILE", "/mine.pem").planned();
    assert_eq!(trusted(&plan), format!("{USERS}{OURS}"));
    let mut bare = tls("mine");
    bare.files.remove("/etc/ssl/certs/ca-certificates.crt");
    let plan = bare.planned();
    assert_eq!(var(&plan, "SSL_CERT_FILE"), None, "without a list there is nothing to put in its place");
    assert_eq!(var(&plan, "NODE_EXTRA_CA_CERTS").as_deref(), Some(PEM));
}

#[test]
fn a_certificate_that_cannot_be_read_is_said() {
    let mut case = tls("codex");
    case.files.remove("/etc/gate.pem");
    let plan = case.planned();
    assert!(plan.notes[0].say(Lang::En).contains("/etc/gate.pem"));
}

// ---- all

#[test]
fn a_configured_command_gets_the_variables_of_both_families() {
    let mut case = case("mine").args(&["x"]);
    case.config.command = Some("/opt/mine".into());
    case.config.args = vec!["--fast".into()];
    let plan = case.planned();
    assert_eq!(plan.program, "/opt/mine");
    assert_eq!(words(&plan), ["--fast", "x"]);
    assert_eq!(var(&plan, "ANTHROPIC_BASE_URL").as_deref(), Some(BASE));
    assert_eq!(var(&plan, "OPENAI_BASE_URL"), Some(format!("{BASE}/v1")));
    assert_eq!(var(&plan, "OPENAI_API_KEY").as_deref(), Some(KEY));
}

#[test]
fn every_client_reaches_loopback_past_a_proxy() {
    for client in ["claude", "codex", "opencode", "mine"] {
        let plan = case(client).env("NO_PROXY", "corp.example").env("HTTP_PROXY", "http://p:1").planned();
        for name in ["NO_PROXY", "no_proxy"] {
            assert_eq!(var(&plan, name).as_deref(), Some("corp.example,127.0.0.1,localhost,::1"), "{client}");
        }
    }
}

#[test]
fn a_gateway_without_a_key_still_gives_the_clients_a_word() {
    let mut case = case("claude");
    case.grant.key = None;
    assert_eq!(settings(&case.planned())["env"]["ANTHROPIC_AUTH_TOKEN"], "tokgate");
}

#[test]
fn a_variable_is_never_set_and_cleared_at_once() {
    for client in ["claude", "codex", "opencode", "mine"] {
        let plan = case(client).args(&["exec"]).planned();
        for name in plan.env_set.keys() {
            // Setting comes after clearing, so this is the intended value; naming it twice would still confuse.
            assert!(!plan.env_clear.contains(name.as_str()) || name == "CODEX_API_KEY", "{client}: {name}");
        }
    }
}
