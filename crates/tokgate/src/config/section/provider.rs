//! `[provider.NAME]`

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use tokgate_wire::downgrade::{BadLack, LACKS_MAX, Lack};
use tokgate_wire::protocol::UpstreamProtocol;
use tokgate_wire::translate::dialect::changes::{self, Changes};
use url::Url;

use super::profile::{is_name, refuse_name};
use super::{address, header, key, price, surface, transport};
use crate::config::load::Origin;
use crate::config::model::{
    AuthStyle, AwsScope, KeyChoice, ModelSlots, Provider, ProviderKey, ProviderKind, SecretRef, Simulate, Surface,
    Transport,
};
use crate::config::preset::{self, Preset};
use crate::config::problem::{ConfigError, Note};
use crate::config::reader::{Field, Section};
use crate::config::{Env, mask, rules};
use crate::i18n::config as messages;

/// `type` of the built-in practice provider.
pub(crate) const SIMULATED: &str = "simulated";
/// Spellings of `key_choice`.
pub(crate) const KEY_CHOICES: [(&str, KeyChoice); 2] =
    [("round-robin", KeyChoice::RoundRobin), ("fill-first", KeyChoice::FillFirst)];
/// `order` of a provider that does not say.
pub(crate) const ORDER: i64 = 100;
/// What the practice provider does when nobody says.
pub(crate) const SIMULATE: Simulate = Simulate { first_byte: Duration::from_millis(300), tokens_per_second: 60 };

/// Protocols that are a `type`: a provider of one speaks it at its `url`.
const SPEAKS: [UpstreamProtocol; 4] = [
    UpstreamProtocol::Anthropic,
    UpstreamProtocol::OpenaiChat,
    UpstreamProtocol::OpenaiResponses,
    UpstreamProtocol::Gemini,
];
const AUTH_WORDS: [&str; 6] = ["auto", "bearer", "x-api-key", "both", "api-key", "none"];
/// Types that are planned; they deserve a better answer than a misspelt one.
const NOT_YET: [&str; 1] = ["vertex"];
const ORDERS: RangeInclusive<i64> = -1_000_000..=1_000_000;
const FIRST_BYTE: RangeInclusive<Duration> = Duration::ZERO..=Duration::from_secs(600);
const SPEED: RangeInclusive<i64> = 1..=1_000_000;
/// Keys that say how a real upstream is reached.
const UPSTREAM_KEYS: [&str; 4] = ["url", "preset", "keys", "auth"];

/// What a provider is read against.
pub(crate) struct Around<'a> {
    /// Addresses we listen on.
    pub(crate) own: &'a [SocketAddr],
    /// `[defaults]`
    pub(crate) defaults: &'a Transport,
    /// To choose among a preset's usual variables.
    pub(crate) env: &'a Env,
}

/// Reads every `[provider.NAME]`, sorted by `order`, then as written.
pub(crate) fn read(root: &Section<'_>, around: &Around<'_>) -> Vec<Arc<Provider>> {
    let mut providers: Vec<Arc<Provider>> = root
        .named("provider")
        .into_iter()
        .map(|(entry, section)| {
            if !is_name(&entry.key) {
                refuse_name(&section, entry);
            }
            Arc::new(provider(&entry.key, section, around))
        })
        .collect();
    providers.sort_by_key(|provider| provider.order);
    providers
}

fn provider(name: &str, section: Section<'_>, around: &Around<'_>) -> Provider {
    let preset = section.field("preset").and_then(|field| find_preset(&field));
    surface::know(&section);
    let (kind, cloud) = kind(name, &section, preset.as_ref(), around);
    let preset = cloud.map_or(preset, |cloud| preset::find(cloud.id()));
    let keys = keys(&section, preset.as_ref(), around.env);
    surface::refuse_unfit(&section, &keys, cloud == Some(CloudType::Bedrock));
    let Placed { kind, surface, protocols, scope } = place(kind, cloud, &section, &keys, around);
    let transport = transport::read(&section, around.defaults, around.own);
    let short_timeout = transport::short_timeout(&section);
    let provider = Provider {
        name: name.into(),
        preset: preset.as_ref().map(|preset| preset.id.to_owned()),
        keys,
        surface,
        protocols,
        scope,
        key_choice: section.field("key_choice").and_then(|field| field.choice(&KEY_CHOICES)).unwrap_or_default(),
        auth: auth(&section, preset.as_ref()),
        order: section.field("order").and_then(|field| field.integer(ORDERS)).unwrap_or(ORDER),
        enabled: section.field("enabled").and_then(|field| field.boolean()).unwrap_or(true),
        models: models(&section),
        slots: slots(&section),
        headers: header::read(&section),
        lacks: lacks(&section, "lacks"),
        dialect: dialect(&section),
        prices: price::read(&section),
        transport: Transport { request_timeout: short_timeout.unwrap_or(transport.request_timeout), ..transport },
        allow_plaintext: section.field("allow_plaintext").and_then(|field| field.boolean()).unwrap_or(false),
        note: section.field("note").and_then(|field| field.text()).map(str::to_owned),
        labels: pairs(&section, "labels").into_iter().collect(),
        kind,
    };
    if let ProviderKind::Http { bases } = &provider.kind {
        check_credentials(&section, &provider, bases);
    }
    section.finish();
    provider
}

fn find_preset(field: &Field<'_>) -> Option<Preset> {
    let id = field.text()?;
    if let Some(preset) = preset::find(id) {
        return Some(preset);
    }
    let near =
        preset::by_name(id).map(|preset| preset.id).or_else(|| crate::config::nearest::nearest(id, preset::ids()));
    let error = field.error(&rules::UNKNOWN_PRESET).with("known", preset::ids().join(", "));
    field.reader().error(match near {
        Some(near) => error.with("near", near).label(&messages::DID_YOU_MEAN),
        None => error,
    });
    None
}

/// `type`, as far as it names something we have.
#[derive(Debug, Clone, Copy)]
enum Type {
    Speaks(UpstreamProtocol),
    Cloud(CloudType),
    Simulated,
    Wrong,
}

/// A cloud whose addresses have a form of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CloudType {
    Azure,
    Bedrock,
}

impl CloudType {
    const ALL: [Self; 2] = [Self::Azure, Self::Bedrock];

    /// The word for `type`, also the preset's.
    const fn id(self) -> &'static str {
        match self {
            Self::Azure => surface::AZURE,
            Self::Bedrock => surface::BEDROCK,
        }
    }

    fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cloud| cloud.id() == id)
    }
}

/// Where a provider is, and how it is called there.
struct Placed {
    kind: ProviderKind,
    surface: Surface,
    protocols: Vec<(String, UpstreamProtocol)>,
    scope: Option<AwsScope>,
}

/// Puts a cloud's own addresses in.
fn place(
    kind: ProviderKind,
    cloud: Option<CloudType>,
    section: &Section<'_>,
    keys: &[ProviderKey],
    around: &Around<'_>,
) -> Placed {
    let (cloud, scope) = match (cloud, &kind) {
        (Some(CloudType::Azure), _) => {
            let cloud = surface::azure(section, around);
            let scope = surface::scope(section, keys, &cloud.bases, surface::AZURE);
            (cloud, scope)
        }
        (Some(CloudType::Bedrock), _) => surface::bedrock(section, keys, around),
        (None, ProviderKind::Http { bases }) => {
            let word = bases.first().map_or(UpstreamProtocol::Anthropic, |(protocol, _)| *protocol).id();
            let scope = surface::scope(section, keys, bases, word);
            return Placed { kind, surface: Surface::Plain, protocols: Vec::new(), scope };
        }
        (None, ProviderKind::Simulated(_)) => {
            return Placed { kind, surface: Surface::Plain, protocols: Vec::new(), scope: None };
        }
    };
    let surface::Cloud { bases, surface, protocols } = cloud;
    Placed { kind: ProviderKind::Http { bases }, surface, protocols, scope }
}

/// What the provider is; the addresses of a cloud come later.
fn kind(
    name: &str,
    section: &Section<'_>,
    preset: Option<&Preset>,
    around: &Around<'_>,
) -> (ProviderKind, Option<CloudType>) {
    let type_field = section.field("type");
    let kind = type_field.as_ref().map(provider_type);
    let simulate = simulate(section);
    if matches!(kind, Some(Type::Simulated)) {
        for key in UPSTREAM_KEYS.into_iter().filter(|key| section.has(key)) {
            refuse_key(section, key, SIMULATED);
        }
        surface::refuse_others(section, SIMULATED);
        // The keys are known all the same.
        section.field("url");
        return (ProviderKind::Simulated(simulate), None);
    }
    let protocol = match kind {
        Some(Type::Speaks(protocol)) => Some(protocol),
        _ => None,
    };
    let cloud = match kind {
        Some(Type::Cloud(cloud)) => Some(cloud),
        Some(Type::Wrong) => None,
        // A cloud's preset with another type would be a protocol at an address nobody knows.
        _ => preset.and_then(|preset| CloudType::from_id(preset.id)),
    };
    let word = cloud.map_or(protocol.unwrap_or(UpstreamProtocol::Anthropic).id(), CloudType::id);
    if !matches!(kind, Some(Type::Wrong)) {
        if section.has("simulate") {
            refuse_key(section, "simulate", word);
        }
        surface::refuse_others(section, word);
    }
    if cloud.is_some() {
        return (ProviderKind::Http { bases: Vec::new() }, cloud);
    }
    let url_field = section.field("url");
    let url = url_field.as_ref().and_then(|field| address::read(field, around.own));
    let bases = match (preset, url) {
        (Some(preset), url) => preset_bases(preset, protocol, url, type_field.as_ref()),
        (None, Some(url)) => vec![(protocol.unwrap_or(UpstreamProtocol::Anthropic), url)],
        (None, None) => {
            let excused = !section.is_table()
                || url_field.is_some()
                || section.has("preset")
                || matches!(kind, Some(Type::Wrong));
            if !excused {
                missing_address(name, section);
            }
            Vec::new()
        }
    };
    (ProviderKind::Http { bases }, None)
}

fn provider_type(field: &Field<'_>) -> Type {
    let Some(text) = field.raw_text() else { return Type::Wrong };
    if text == SIMULATED {
        return Type::Simulated;
    }
    if let Some(protocol) = SPEAKS.into_iter().find(|protocol| protocol.id() == text) {
        return Type::Speaks(protocol);
    }
    if let Some(cloud) = CloudType::from_id(text) {
        return Type::Cloud(cloud);
    }
    let mut known: Vec<&str> = SPEAKS.iter().map(|protocol| protocol.id()).collect();
    known.extend(CloudType::ALL.map(CloudType::id));
    known.push(SIMULATED);
    let list = known.join(", ");
    if NOT_YET.contains(&text) {
        field.reader().error(field.error(&rules::TYPE_NOT_YET).with("known", list));
        return Type::Wrong;
    }
    let near = match text {
        "openai" => Some(UpstreamProtocol::OpenaiChat.id()),
        _ => crate::config::nearest::nearest(text, known),
    };
    let error = field.error(&rules::BAD_CHOICE).with("known", list);
    field.reader().error(match near {
        Some(near) => error.with("near", near).label(&messages::DID_YOU_MEAN),
        None => error,
    });
    Type::Wrong
}

/// A preset's addresses. `type` keeps one protocol; `url` replaces the main address, and the same address of other
/// protocols with it, and drops the rest: a relay that stands in for one address says nothing about the others.
pub(crate) fn preset_bases(
    preset: &Preset,
    protocol: Option<UpstreamProtocol>,
    url: Option<Url>,
    type_field: Option<&Field<'_>>,
) -> Vec<(UpstreamProtocol, Url)> {
    if let (Some(protocol), None) = (protocol, &url)
        && preset.base(protocol).is_none()
        && let Some(field) = type_field
    {
        let known: Vec<&str> = preset.bases.iter().map(|(protocol, _)| protocol.id()).collect();
        let error = field.error(&rules::PRESET_PROTOCOL).with("preset", preset.id);
        field.reader().error(error.with("known", known.join(", ")));
        return Vec::new();
    }
    match (protocol, url) {
        (Some(protocol), Some(url)) => vec![(protocol, url)],
        (None, Some(url)) => {
            let main = preset.bases.first().map(|(_, base)| *base);
            let same = preset.bases.iter().filter(|(_, base)| Some(*base) == main);
            same.map(|(protocol, _)| (*protocol, url.clone())).collect()
        }
        (wanted, None) => preset
            .bases
            .iter()
            .filter(|(protocol, _)| wanted.is_none_or(|wanted| wanted == *protocol))
            .filter_map(|(protocol, base)| Some((*protocol, address::parse(base)?)))
            .collect(),
    }
}

fn missing_address(name: &str, section: &Section<'_>) {
    let known = preset::ids().join(", ");
    let error = section.error(&rules::MISSING).with("name", "url").with("known", known);
    let example = match preset::by_name(name) {
        Some(preset) => format!("`preset = \"{}\"`", preset.id),
        None => "`type = \"anthropic\"` and `url = \"https://…\"`".to_owned(),
    };
    section.reader().error(error.with("example", example).fix(&messages::MISSING_ADDRESS_FIX));
}

pub(crate) fn refuse_key(section: &Section<'_>, key: &str, kind: &'static str) {
    let error = ConfigError::new(&rules::NOT_FOR_TYPE, section.key(key), section.place_of(key));
    section.reader().error(error.with("type", kind));
}

fn simulate(section: &Section<'_>) -> Simulate {
    let table = section.section("simulate");
    let simulate = Simulate {
        first_byte: table
            .field("first_byte")
            .and_then(|field| field.duration(FIRST_BYTE))
            .unwrap_or(SIMULATE.first_byte),
        tokens_per_second: table
            .field("tokens_per_second")
            .and_then(|field| field.integer(SPEED))
            .and_then(|speed| u32::try_from(speed).ok())
            .unwrap_or(SIMULATE.tokens_per_second),
    };
    table.finish();
    simulate
}

/// `keys`, or the preset's usual variable: the first that is set, else the first unless it can do without.
fn keys(section: &Section<'_>, preset: Option<&Preset>, env: &Env) -> Vec<ProviderKey> {
    if let Some(field) = section.field("keys") {
        return key::list(&field);
    }
    let Some(preset) = preset else { return Vec::new() };
    if preset.id == surface::BEDROCK {
        return surface::usual_keys(section, env);
    }
    let variable = preset
        .key_vars
        .iter()
        .find(|name| env.var(name).is_some())
        .or(preset.key_vars.first().filter(|_| !preset.local));
    let Some(variable) = variable else { return Vec::new() };
    section.reader().origin(&section.key("keys"), Origin::Preset(preset.id.to_owned()));
    vec![ProviderKey { from: SecretRef::Env((*variable).to_owned()), enabled: true }]
}

fn auth(section: &Section<'_>, preset: Option<&Preset>) -> AuthStyle {
    let usual = || preset.map(|preset| preset.auth.clone()).unwrap_or_default();
    let Some(field) = section.field("auth") else { return usual() };
    if !field.is_text() {
        let Some(table) = field.as_section("provider.*.auth") else { return usual() };
        let name = table.field("header").and_then(|field| header::credential_name(&field));
        if !table.has("header") {
            table.missing("header", "{ header = \"api-key\" }");
        }
        table.finish();
        return name.map_or_else(usual, AuthStyle::Header);
    }
    let styles =
        [AuthStyle::Auto, AuthStyle::Bearer, AuthStyle::XApiKey, AuthStyle::Both, AuthStyle::ApiKey, AuthStyle::None];
    let words: Vec<(&'static str, usize)> = AUTH_WORDS.iter().enumerate().map(|(index, word)| (*word, index)).collect();
    match field.choice(&words).and_then(|index| styles.get(index).cloned()) {
        Some(AuthStyle::Auto) | None => usual(),
        Some(style) => style,
    }
}

/// How an auth style is written, when a word is enough.
pub(crate) fn auth_word(style: &AuthStyle) -> Option<&'static str> {
    match style {
        AuthStyle::Auto => Some("auto"),
        AuthStyle::Bearer => Some("bearer"),
        AuthStyle::XApiKey => Some("x-api-key"),
        AuthStyle::Both => Some("both"),
        AuthStyle::ApiKey => Some("api-key"),
        AuthStyle::None => Some("none"),
        AuthStyle::Header(_) => None,
    }
}

fn models(section: &Section<'_>) -> Vec<(String, String)> {
    let mut models = Vec::new();
    for (entry, field) in section.texts_by_name("models") {
        if field.is_table() {
            // `claude-opus-4.1 = "x"` without quotes is a table `claude-opus-4` with the key `1`.
            let error = field.error(&rules::WRONG_TYPE).with("expected", &messages::TYPE_TEXT);
            let error = error.with("found", &messages::TYPE_TABLE).with("name", mask::shown(&entry.key));
            field.reader().error(error.fix(&messages::DOTTED_NAME_FIX));
            continue;
        }
        if let Some(text) = field.text() {
            models.push((entry.key.clone(), text.to_owned()));
        }
    }
    models
}

fn pairs(section: &Section<'_>, key: &'static str) -> Vec<(String, String)> {
    let entries = section.texts_by_name(key);
    entries.iter().filter_map(|(entry, field)| Some((entry.key.clone(), field.text()?.to_owned()))).collect()
}

/// `[provider.NAME.dialect]`
fn dialect(section: &Section<'_>) -> Changes {
    let section = section.section("dialect");
    let flag = |name: &&'static str| Some((*name, section.field(name)?.boolean()?));
    let changes = Changes {
        flags: changes::FLAGS.iter().filter_map(flag).collect(),
        reasoning_in: section.field("reasoning_in").and_then(|field| field.choice(&changes::REASONING_IN)),
        thinking_switch: section.field("thinking_switch").and_then(|field| field.choice(&changes::THINKING_SWITCH)),
        max_output_field: section.field("max_output_field").and_then(|field| field.choice(&changes::MAX_OUTPUT_FIELD)),
        stop_max: section
            .field("stop_max")
            .and_then(|field| field.integer(0..=64))
            .and_then(|most| usize::try_from(most).ok()),
    };
    section.finish();
    changes
}

/// Reads a list of what can be left out of a request.
pub(crate) fn lacks(section: &Section<'_>, key: &'static str) -> Option<Vec<Lack>> {
    let field = section.field(key)?;
    let lack = |(text, item): (&str, Field<'_>)| match Lack::parse(text) {
        Ok(lack) => Some(lack),
        Err(why) => {
            let error = item.error(&rules::BAD_LACK);
            item.reader().error(match why {
                BadLack::Malformed => error,
                BadLack::Essential => error.fix(&messages::ESSENTIAL_LACK_FIX),
                BadLack::UnknownValue => error.fix(&messages::LACKED_VALUE_FIX),
            });
            None
        }
    };
    let texts = field.texts().unwrap_or_default();
    if texts.len() > LACKS_MAX {
        field.reader().error(field.error(&rules::OUT_OF_RANGE).with("least", "0").with("most", LACKS_MAX.to_string()));
    }
    Some(texts.into_iter().filter_map(lack).collect())
}

fn slots(section: &Section<'_>) -> ModelSlots {
    let model = |key| {
        let field: Field<'_> = section.field(key)?;
        field.text().map(str::to_owned)
    };
    ModelSlots {
        default: model("default_model"),
        small: model("small_model"),
        haiku: model("haiku_model"),
        sonnet: model("sonnet_model"),
        opus: model("opus_model"),
    }
}

/// A key must not cross a network in the clear, and a provider without a key is worth a remark.
fn check_credentials(section: &Section<'_>, provider: &Provider, bases: &[(UpstreamProtocol, Url)]) {
    let sends_key = !provider.keys.is_empty() && provider.auth != AuthStyle::None;
    let exposed = bases.iter().find(|(_, url)| url.scheme() == "http" && !address::is_this_machine(url));
    if let Some((_, url)) = exposed
        && sends_key
        && !provider.allow_plaintext
    {
        let error = ConfigError::new(&rules::PLAINTEXT, section.key("url"), section.place_of("url"));
        section.reader().error(error.with("host", url.host_str().unwrap_or_default()));
    }
    let abroad = bases.iter().any(|(_, url)| !address::is_this_machine(url));
    if provider.keys.is_empty() && provider.auth != AuthStyle::None && abroad && !section.has("keys") {
        let note = Note::new(rules::NO_KEYS, &messages::NO_KEYS, section.path.clone(), section.place.clone());
        section.reader().note(note);
    }
}
