//! `type`, `preset` and `url`: what a provider is, and where.

use std::ops::RangeInclusive;
use std::time::Duration;

use tokgate_wire::protocol::UpstreamProtocol;
use tokgate_wire::vendor;
use url::Url;

use super::{Around, refuse_key};
use crate::config::model::{AwsScope, ProviderKey, ProviderKind, Simulate, Surface};
use crate::config::preset::{self, Preset};
use crate::config::reader::{Field, Section};
use crate::config::rules;
use crate::config::section::{address, surface};
use crate::i18n::{Both, config as messages};

/// `type` of the built-in practice provider.
pub(crate) const SIMULATED: &str = "simulated";
/// What the practice provider does when nobody says.
const SIMULATE: Simulate = Simulate { first_byte: Duration::from_millis(300), tokens_per_second: 60 };

/// Protocols that are a `type`: a provider of one speaks it at its `url`.
const SPEAKS: [UpstreamProtocol; 4] = [
    UpstreamProtocol::Anthropic,
    UpstreamProtocol::OpenaiChat,
    UpstreamProtocol::OpenaiResponses,
    UpstreamProtocol::Gemini,
];
/// Types that are planned; they deserve a better answer than a misspelt one.
const NOT_YET: [&str; 1] = ["vertex"];
const FIRST_BYTE: RangeInclusive<Duration> = Duration::ZERO..=Duration::from_secs(600);
const SPEED: RangeInclusive<i64> = 1..=1_000_000;
/// Keys that say how a real upstream is reached.
const UPSTREAM_KEYS: [&str; 4] = ["url", "preset", "keys", "auth"];

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
pub(super) enum CloudType {
    Azure,
    Bedrock,
}

impl CloudType {
    const ALL: [Self; 2] = [Self::Azure, Self::Bedrock];

    /// The word for `type`, also the preset's.
    pub(super) const fn id(self) -> &'static str {
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
pub(super) struct Placed {
    pub(super) kind: ProviderKind,
    pub(super) surface: Surface,
    pub(super) protocols: Vec<(String, UpstreamProtocol)>,
    pub(super) scope: Option<AwsScope>,
}

/// Puts a cloud's own addresses in.
pub(super) fn place(
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
pub(super) fn read(
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
        (None, Some(url)) => {
            let protocol = protocol.unwrap_or(UpstreamProtocol::Anthropic);
            if let Some(field) = &url_field {
                note_version(field, protocol, &url);
            }
            vec![(protocol, url)]
        }
        (None, None) => {
            let excused = !section.is_table()
                || url_field.is_some()
                || section.has("preset")
                || matches!(kind, Some(Type::Wrong));
            if !excused {
                missing_address(name, protocol, section);
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
    let list = Both::list(&known);
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
        field.reader().error(error.with("known", Both::list(&known)));
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

fn missing_address(name: &str, protocol: Option<UpstreamProtocol>, section: &Section<'_>) {
    let known = Both::list(preset::ids());
    let error = section.error(&rules::MISSING).with("name", "url").with("known", known);
    let example = match (protocol, preset::by_name(name)) {
        (None, Some(preset)) => format!("`preset = \"{}\"`", preset.id),
        (None, None) => "`type = \"anthropic\"` and `url = \"https://…\"`".to_owned(),
        (Some(protocol), _) => format!("`url = \"https://…{}\"`", version_of(protocol)),
    };
    section.reader().error(error.with("example", example).fix(&messages::MISSING_ADDRESS_FIX));
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

/// What an address of a protocol usually ends in.
const fn version_of(protocol: UpstreamProtocol) -> &'static str {
    match protocol {
        UpstreamProtocol::OpenaiChat | UpstreamProtocol::OpenaiResponses => "/v1",
        UpstreamProtocol::Gemini => "/v1beta",
        UpstreamProtocol::Anthropic | UpstreamProtocol::BedrockConverse => "",
    }
}

/// A remark about an address that is the host alone, where nearly all that speak its protocol have a version behind it.
/// A few have none, so it is no error.
fn note_version(field: &Field<'_>, protocol: UpstreamProtocol, url: &Url) {
    let version = version_of(protocol);
    let known = |vendor: &&vendor::Vendor| vendor.base(protocol).and_then(address::parse).as_ref() == Some(url);
    if version.is_empty() || url.path() != "/" || vendor::all().iter().any(known) {
        return;
    }
    let example = format!("{}{version}", url.as_str().trim_end_matches('/'));
    field.reader().note(field.note(rules::NO_VERSION, &messages::NO_VERSION).with("example", example));
}
