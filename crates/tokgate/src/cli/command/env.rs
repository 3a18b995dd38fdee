//! `env`: base addresses and the local key as variables, for SDKs and chat programs. It prints the key, because it was
//! asked to.

use std::net::SocketAddr;

use serde_json::{Map, Value as Json};

use crate::cli::args::{Env, Shell};
use crate::cli::context::Context;
use crate::cli::error::{CliError, Text, exit};
use crate::cli::output::Shape;
use crate::config::model::{Config, LocalKey};
use crate::i18n::{self, cli as text, labelled};
use crate::process::local_key;
use crate::secret::Secret;

/// Longest client name in a base path.
const NAME_MAX: usize = 64;

pub(crate) fn print(context: &Context<'_>, env: &Env) -> Result<u8, CliError> {
    if let Some(client) = &env.client {
        check_name(client)?;
    }
    let loaded = context.load_beside_gateway()?;
    let status = context.admin().status()?;
    if status.is_none() {
        context.out.say(context.out.word(&text::ENV_NOT_RUNNING));
    }
    let address = status.map_or_else(|| address_of(&loaded.config), |status| status.address);
    let key = local_key(context, &loaded.config)?;
    let hint = super::banner::key_hint(context, &loaded);
    context.out.detail(labelled(&text::UP_LOCAL_KEY, hint, context.out.lang));
    let variables = variables(&address, env.client.as_deref(), key.as_ref());
    match &context.out.shape {
        Shape::Json(_) => {
            let object: Map<String, Json> =
                variables.iter().map(|(name, value)| ((*name).to_owned(), Json::from(value.as_str()))).collect();
            context.out.json("env", Json::Object(object));
        }
        shape => {
            if *shape == Shape::Human && key.is_some() {
                context.out.say(context.out.word(&text::ENV_HAS_KEY));
            }
            context.out.data(&script(&variables, env.shell));
        }
    }
    Ok(exit::DONE)
}

/// The address clients use: an unspecified one is reached over loopback.
pub(crate) fn address_of(config: &Config) -> String {
    let mut listen: SocketAddr = config.server.listen;
    if listen.ip().is_unspecified() {
        listen.set_ip(match listen {
            SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    let scheme = if config.server.tls.is_some() { "https" } else { "http" };
    format!("{scheme}://{listen}")
}

fn local_key(context: &Context<'_>, config: &Config) -> Result<Option<Secret>, CliError> {
    match &config.server.local_key {
        LocalKey::Auto => local_key::load_or_make(&context.paths).map(Some),
        LocalKey::Given(reference) => context.gateway.resolve(reference, context.out.lang).map(Some),
        LocalKey::Off => Ok(None),
    }
}

fn check_name(client: &str) -> Result<(), CliError> {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !client.is_empty() && client.len() <= NAME_MAX && client.chars().all(fits) {
        return Ok(());
    }
    let client = crate::cli::output::clean(client);
    Err(CliError::new("TG505", exit::USAGE, Text::new(&i18n::cli::ENV_BAD_CLIENT).with("client", client))
        .at("tokgate env [CLIENT]")
        .fix(&i18n::cli::ENV_BAD_CLIENT_FIX))
}

/// What a client of that name reads; both families for one we do not know.
fn variables(address: &str, client: Option<&str>, key: Option<&Secret>) -> Vec<(&'static str, String)> {
    let base = client.map_or_else(|| address.to_owned(), |client| format!("{address}/c/{client}"));
    let (anthropic, openai) = match client {
        Some("claude") => (true, false),
        Some("codex") => (false, true),
        _ => (true, true),
    };
    let key = key.map_or("tokgate", Secret::expose);
    let mut variables = Vec::new();
    if anthropic {
        variables.push(("ANTHROPIC_BASE_URL", base.clone()));
        variables.push(("ANTHROPIC_AUTH_TOKEN", key.to_owned()));
    }
    if openai {
        variables.push(("OPENAI_BASE_URL", format!("{base}/v1")));
        variables.push(("OPENAI_API_KEY", key.to_owned()));
    }
    variables
}

fn script(variables: &[(&'static str, String)], shell: Shell) -> String {
    variables
        .iter()
        .map(|(name, value)| match shell {
            Shell::Sh => format!("export {name}='{}'\n", value.replace('\'', r"'\''")),
            Shell::Fish => format!("set -gx {name} '{}'\n", value.replace('\\', r"\\").replace('\'', r"\'")),
            Shell::Powershell => format!("$env:{name} = '{}'\n", value.replace('\'', "''")),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_shell_gets_its_own_quoting() {
        let variables = vec![("A", r"it's \x".to_owned())];
        assert_eq!(script(&variables, Shell::Sh), "export A='it'\\''s \\x'\n");
        assert_eq!(script(&variables, Shell::Fish), "set -gx A 'it\\'s \\\\x'\n");
        assert_eq!(script(&variables, Shell::Powershell), "$env:A = 'it''s \\x'\n");
    }

    #[test]
    fn a_named_client_has_its_own_path_and_only_its_variables() {
        let key = Secret::new("tg-k");
        let at = "http://127.0.0.1:7711";
        let names = |client| variables(at, client, Some(&key)).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        assert_eq!(names(Some("claude")), ["ANTHROPIC_BASE_URL", "ANTHROPIC_AUTH_TOKEN"]);
        assert_eq!(names(Some("codex")), ["OPENAI_BASE_URL", "OPENAI_API_KEY"]);
        assert_eq!(names(None).len(), 4);
        let all = variables(at, Some("cherrystudio"), Some(&key));
        assert_eq!(all[0].1, "http://127.0.0.1:7711/c/cherrystudio");
        assert_eq!(all[2].1, "http://127.0.0.1:7711/c/cherrystudio/v1");
    }

    #[test]
    fn a_name_that_is_no_path_segment_is_refused() {
        for bad in ["", "a/b", "..", "a b", "\u{1b}", &"x".repeat(65)] {
            assert!(check_name(bad).is_err(), "{bad:?}");
        }
        assert!(check_name("open-code_2").is_ok());
    }
}
