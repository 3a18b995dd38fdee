#![allow(clippy::unwrap_used, reason = "tests")]
use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::i18n::Lang;

const CREDENTIALS: &str = "\
# a comment
[default]
aws_access_key_id = AKIDDEFAULT
aws_secret_access_key=secret/default+1

[ work ]
aws_access_key_id = AKIDWORK
aws_secret_access_key = secret-work
aws_session_token = token-work
";
const CONFIG: &str = "\
[default]
region = eu-west-1
[profile work]
region=us-east-1 # where we are
s3 =
  region = nowhere
[profile signed-in]
sso_session = acme
[profile printed]
credential_process = cat printed.json
[profile \"two words\"]
region = ap-southeast-2
";

fn home(mode: u32) -> (tempfile::TempDir, Env) {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join(".aws");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("credentials"), CREDENTIALS).unwrap();
    fs::set_permissions(folder.join("credentials"), fs::Permissions::from_mode(mode)).unwrap();
    fs::write(folder.join("config"), CONFIG.replace("printed.json", &home.path().join("p.json").to_string_lossy()))
        .unwrap();
    let env = Env::from_pairs::<String, String>(home.path(), []);
    (home, env)
}

fn profile(name: &str, env: &Env) -> Result<AwsKeys, SecretError> {
    resolve_aws(&AwsSource::Profile(name.to_owned()), env)
}

fn exposed(keys: &AwsKeys) -> (&str, &str, Option<&str>) {
    (keys.access_key_id.expose(), keys.secret_access_key.expose(), keys.session_token.as_ref().map(Secret::expose))
}

#[test]
fn a_profile_is_read_as_awss_own_tools_read_it() {
    let (_home, env) = home(0o600);
    assert_eq!(exposed(&profile("default", &env).unwrap()), ("AKIDDEFAULT", "secret/default+1", None));
    assert_eq!(exposed(&profile("work", &env).unwrap()), ("AKIDWORK", "secret-work", Some("token-work")));
    assert_eq!(profile_region("default", &env).as_deref(), Some("eu-west-1"));
    assert_eq!(profile_region("work", &env).as_deref(), Some("us-east-1"));
    assert_eq!(profile_region("two words", &env).as_deref(), Some("ap-southeast-2"));
    assert_eq!(profile_region("signed-in", &env), None);
}

#[test]
fn a_profile_without_keys_says_what_it_lacks() {
    let (_home, env) = home(0o600);
    let error = profile("nobody", &env).unwrap_err();
    assert_eq!(error.code, "TG416");
    assert!(error.text(Lang::En).contains("nobody"), "{}", error.text(Lang::En));
    let error = profile("signed-in", &env).unwrap_err();
    assert!(error.text(Lang::En).contains("aws configure export-credentials"), "{}", error.text(Lang::En));
}

#[test]
fn keys_that_others_can_read_are_not_used() {
    let (_home, env) = home(0o644);
    assert_eq!(profile("default", &env).unwrap_err().code, "TG412");
}

#[test]
fn a_program_may_print_keys_and_when_they_end() {
    let (home, env) = home(0o600);
    let printed = home.path().join("p.json");
    let source = AwsSource::Command(vec!["cat".into(), printed.to_string_lossy().into_owned()]);
    let json = r#"{"Version":1,"AccessKeyId":"ASIAX","SecretAccessKey":"s","SessionToken":"t","Expiration":"2026-11-21T00:00:00Z"}"#;
    fs::write(&printed, json).unwrap();
    let keys = resolve_aws(&source, &env).unwrap();
    assert_eq!((exposed(&keys), keys.expires), (("ASIAX", "s", Some("t")), Some(1_795_219_200)));
    assert_eq!(profile("printed", &env).unwrap(), keys);
    fs::write(&printed, "Error: sign in first").unwrap();
    assert_eq!(resolve_aws(&source, &env).unwrap_err().code, "TG413");
}

#[test]
fn the_variables_are_those_of_awss_own_tools() {
    let pairs = [("AWS_ACCESS_KEY_ID", "AKID"), ("AWS_SECRET_ACCESS_KEY", "s")];
    let env = Env::from_pairs(Path::new("/home/ada"), pairs);
    assert_eq!(exposed(&resolve_aws(&AwsSource::Env, &env).unwrap()), ("AKID", "s", None));
    let env = Env::from_pairs(Path::new("/home/ada"), [pairs[0]]);
    let error = resolve_aws(&AwsSource::Env, &env).unwrap_err();
    assert!(error.text(Lang::En).contains("AWS_SECRET_ACCESS_KEY"), "{}", error.text(Lang::En));
}

#[test]
fn keys_never_show_in_debug_output() {
    let (_home, env) = home(0o600);
    let shown = format!("{:?}", profile("work", &env).unwrap());
    assert!(!shown.contains("AKIDWORK") && !shown.contains("secret-work") && !shown.contains("token-work"), "{shown}");
}
