//! What only the clouds have: `type = "azure"` and `type = "bedrock"`, and the region that AWS keys sign for.

use tokgate_wire::protocol::UpstreamProtocol;
use tokgate_wire::surface::{azure, bedrock};
use url::Url;

use super::address;
use super::provider::{Around, refuse_key};
use crate::config::load::Origin;
use crate::config::model::{AwsScope, AwsSource, ProviderKey, SecretRef, Surface};
use crate::config::paths::Env;
use crate::config::problem::{ConfigError, Note};
use crate::config::reader::{Field, Section};
use crate::config::resolve::profile_region;
use crate::config::rules;
use crate::i18n::{Both, config as messages};

/// `type` of Azure OpenAI and AI Foundry.
pub(crate) const AZURE: &str = "azure";
/// `type` of Amazon Bedrock.
pub(crate) const BEDROCK: &str = "bedrock";
/// Their keys, which no other type has.
const OWN_KEYS: [(&str, &[&str]); 4] = [
    ("api_version", &[AZURE]),
    ("anthropic_version", &[BEDROCK]),
    ("betas", &[BEDROCK]),
    ("protocols", &[AZURE, BEDROCK]),
];
/// Longest region; the longest there is has 15 characters.
const REGION_MAX: usize = 25;
/// What a path of Azure's older surface holds, when a whole address was copied.
const DEPLOYMENT_PATH: &str = "/openai/deployments/";

/// A cloud's part of a provider.
pub(crate) struct Cloud {
    pub(crate) bases: Vec<(UpstreamProtocol, Url)>,
    pub(crate) surface: Surface,
    pub(crate) protocols: Vec<(String, UpstreamProtocol)>,
}

/// Refuses what belongs to another type than `kind`.
pub(crate) fn refuse_others(section: &Section<'_>, kind: &'static str) {
    for (key, _) in OWN_KEYS.iter().filter(|(key, types)| section.has(key) && !types.contains(&kind)) {
        refuse_key(section, key, kind);
    }
}

/// Asks for every key of the clouds, so that all are known whatever the type is.
pub(crate) fn know(section: &Section<'_>) {
    for key in ["api_version", "anthropic_version", "betas", "region"] {
        section.field(key);
    }
    section.texts_by_name("protocols");
}

/// `type = "azure"`
pub(crate) fn azure(section: &Section<'_>, around: &Around<'_>) -> Cloud {
    let version = match section.field("api_version") {
        Some(field) => field.text().and_then(|text| {
            let version = azure::Version::from_text(text);
            if version.is_none() {
                field.refuse(&rules::BAD_API_VERSION);
            }
            version
        }),
        None => None,
    };
    let protocols = protocols(
        section,
        &[UpstreamProtocol::OpenaiResponses, UpstreamProtocol::OpenaiChat, UpstreamProtocol::Anthropic],
    );
    let url = resource(section, around);
    let mut bases = Vec::new();
    if let Some(url) = url {
        let claude = url.host_str().is_some_and(azure::serves_claude)
            || protocols.iter().any(|(_, protocol)| *protocol == UpstreamProtocol::Anthropic);
        let spoken = [UpstreamProtocol::OpenaiResponses, UpstreamProtocol::OpenaiChat];
        bases.extend(spoken.map(|protocol| (protocol, url.clone())));
        bases.extend(claude.then_some((UpstreamProtocol::Anthropic, url)));
    }
    if !section.has("models") && !section.has("default_model") {
        let place = section.place.clone();
        let note = Note::new(rules::NO_DEPLOYMENTS, &messages::NO_DEPLOYMENTS, section.path.clone(), place);
        section.reader().note(note);
    }
    Cloud { bases, surface: Surface::Azure(version.unwrap_or(azure::Version::V1)), protocols }
}

/// The address of the resource, without what its documentation puts behind.
fn resource(section: &Section<'_>, around: &Around<'_>) -> Option<Url> {
    let Some(field) = section.field("url") else {
        section.missing("url", "url = \"https://NAME.openai.azure.com\"");
        return None;
    };
    if field.raw_text()?.contains(DEPLOYMENT_PATH) {
        field.refuse(&rules::AZURE_URL);
        return None;
    }
    let mut url = address::read(&field, around.own)?;
    let path = url.path().trim_end_matches("/v1").trim_end_matches('/').to_owned();
    if let Some(path) = path.strip_suffix("/openai").or_else(|| path.strip_suffix("/anthropic")) {
        url.set_path(path);
    }
    Some(url)
}

/// `type = "bedrock"`
pub(crate) fn bedrock(section: &Section<'_>, keys: &[ProviderKey], around: &Around<'_>) -> (Cloud, Option<AwsScope>) {
    let url = section.field("url").and_then(|field| address::read(&field, around.own));
    let region = region(section).or_else(|| region_elsewhere(section, url.as_ref(), keys, around.env));
    if region.is_none() && !section.has("region") {
        section.missing("region", "region = \"us-east-1\"");
    }
    let text = |key| section.field(key).and_then(|field: Field<'_>| field.text().map(str::to_owned));
    let betas = section.field("betas").and_then(|field| {
        Some(field.list()?.iter().filter_map(|item| item.text().map(str::to_owned)).collect::<Vec<_>>())
    });
    let surface = Surface::Bedrock {
        anthropic_version: text("anthropic_version").unwrap_or_else(|| bedrock::ANTHROPIC_VERSION.to_owned()),
        betas,
    };
    let usual =
        || address::parse(&format!("https://bedrock-runtime.{}.{}", region.as_ref()?, domain(region.as_ref()?)));
    let url = if section.has("url") { url } else { usual() };
    let spoken = [UpstreamProtocol::Anthropic, UpstreamProtocol::BedrockConverse];
    let bases = url.map_or_else(Vec::new, |url| spoken.map(|protocol| (protocol, url.clone())).to_vec());
    let scope = region.map(|region| AwsScope { region, service: "bedrock".to_owned() });
    (Cloud { bases, surface, protocols: protocols(section, &spoken) }, scope)
}

/// Amazon's domain in a part of the world.
pub(crate) fn domain(region: &str) -> &'static str {
    if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" }
}

/// What AWS keys of a provider of another type sign for: the first two names of a host such as
/// `bedrock-mantle.us-east-1.api.aws`.
pub(crate) fn scope(
    section: &Section<'_>,
    keys: &[ProviderKey],
    bases: &[(UpstreamProtocol, Url)],
    kind: &'static str,
) -> Option<AwsScope> {
    let named = region(section);
    let signs = keys.iter().any(|key| matches!(key.from, SecretRef::Aws(_)));
    if !signs {
        if section.has("region") {
            refuse_key(section, "region", kind);
        }
        return None;
    }
    let host = bases.first().and_then(|(_, url)| url.host_str()).unwrap_or_default();
    let service = host.split('.').next().filter(|_| host.ends_with(".api.aws") || host.ends_with(".amazonaws.com"));
    let region = named.or_else(|| bedrock::region_of(host).map(str::to_owned));
    match (service, region) {
        (Some(service), Some(region)) => Some(AwsScope { region, service: service.to_owned() }),
        _ => {
            let error = ConfigError::new(&rules::NO_SCOPE, section.key("keys"), section.place_of("keys"));
            section.reader().error(error);
            None
        }
    }
}

fn region(section: &Section<'_>) -> Option<String> {
    let field = section.field("region")?;
    let text = field.text()?;
    if !is_region(text) {
        field.refuse(&rules::BAD_REGION);
        return None;
    }
    Some(text.to_owned())
}

fn is_region(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    text.len() <= REGION_MAX && text.bytes().all(plain) && text.contains('-')
}

/// The region where none is written: the host's own, the variables of AWS's tools, the profile's.
fn region_elsewhere(section: &Section<'_>, url: Option<&Url>, keys: &[ProviderKey], env: &Env) -> Option<String> {
    if let Some(region) = url.and_then(Url::host_str).and_then(bedrock::region_of) {
        return Some(region.to_owned());
    }
    for name in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
        if let Some(region) = env.var(name).filter(|region| is_region(region)) {
            section.reader().origin(&section.key("region"), Origin::Env(name.to_owned()));
            return Some(region.to_owned());
        }
    }
    keys.iter().find_map(|key| match &key.from {
        SecretRef::Aws(AwsSource::Profile(profile)) => profile_region(profile, env).filter(|region| is_region(region)),
        _ => None,
    })
}

/// The usual keys of Bedrock: its own API key, the keys in variables, the profile AWS's tools would take.
pub(crate) fn usual_keys(section: &Section<'_>, env: &Env) -> Vec<ProviderKey> {
    let (from, origin) = if env.var("AWS_BEARER_TOKEN_BEDROCK").is_some() {
        (SecretRef::Env("AWS_BEARER_TOKEN_BEDROCK".to_owned()), Origin::Preset(BEDROCK.to_owned()))
    } else if env.var("AWS_ACCESS_KEY_ID").is_some() {
        (SecretRef::Aws(AwsSource::Env), Origin::Env("AWS_ACCESS_KEY_ID".to_owned()))
    } else {
        let profile = env.var("AWS_PROFILE").unwrap_or("default").to_owned();
        (SecretRef::Aws(AwsSource::Profile(profile)), Origin::Preset(BEDROCK.to_owned()))
    };
    section.reader().origin(&section.key("keys"), origin);
    vec![ProviderKey::new(from)]
}

/// A caller's login that AWS has no use for: a signature is over the request as it leaves here. AWS keys and plain ones
/// beside each other: one of them is not what its owner thinks.
pub(crate) fn refuse_unfit(section: &Section<'_>, keys: &[ProviderKey], is_bedrock: bool) {
    if is_bedrock && keys.iter().any(|key| key.from == SecretRef::Client) {
        let error = ConfigError::new(&rules::CLIENT_SIGNS, section.key("keys"), section.place_of("keys"));
        section.reader().error(error);
        return;
    }
    let signs = |key: &&ProviderKey| matches!(key.from, SecretRef::Aws(_));
    let signing = keys.iter().filter(signs).count();
    if signing > 0 && signing < keys.len() {
        let error = ConfigError::new(&rules::MIXED_KEYS, section.key("keys"), section.place_of("keys"));
        section.reader().error(error);
    }
}

/// `protocols = { "MODEL" = "anthropic" }`
fn protocols(section: &Section<'_>, allowed: &[UpstreamProtocol]) -> Vec<(String, UpstreamProtocol)> {
    let known: Vec<&str> = allowed.iter().map(|protocol| protocol.id()).collect();
    let mut read = Vec::new();
    for (entry, field) in section.texts_by_name("protocols") {
        let Some(text) = field.text() else { continue };
        match allowed.iter().find(|protocol| protocol.id() == text) {
            Some(protocol) => read.push((entry.key.clone(), *protocol)),
            None => field.reader().error(field.error(&rules::BAD_CHOICE).with("known", Both::list(&known))),
        }
    }
    read
}
