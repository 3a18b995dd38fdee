//! Vendor presets as the configuration needs them: a narrow view of the vendor facts in `tokgate-wire`.

use tokgate_wire::protocol::UpstreamProtocol;
use tokgate_wire::vendor::{self, Vendor, VendorAuth};

use super::model::AuthStyle;
use super::paths::Env;

/// A vendor as far as configuration is concerned.
#[derive(Debug, Clone)]
pub(crate) struct Preset {
    /// What `preset` names.
    pub(crate) id: &'static str,
    /// Base addresses, preferred protocol first.
    pub(crate) bases: &'static [(UpstreamProtocol, &'static str)],
    /// Variables that usually hold a key, the best first.
    pub(crate) key_vars: Vec<&'static str>,
    /// How the key is sent.
    pub(crate) auth: AuthStyle,
    /// A program on the user's own machine: it needs no key and may not even run.
    pub(crate) local: bool,
    /// Every user has another address, so the preset alone does not say where it is.
    pub(crate) own_address: bool,
}

impl Preset {
    /// The address of one protocol.
    pub(crate) fn base(&self, protocol: UpstreamProtocol) -> Option<&'static str> {
        self.bases.iter().find(|(other, _)| *other == protocol).map(|(_, url)| *url)
    }

    /// Whether the environment says where it is, as far as the preset does not.
    pub(crate) fn is_placed(&self, env: &Env) -> bool {
        let mut variables = ADDRESS_VARS.iter().filter(|(id, _)| *id == self.id).map(|(_, variable)| *variable);
        !self.own_address || variables.any(|variable| env.var(variable).is_some())
    }

    /// The variable with which the vendor's own SDKs are pointed elsewhere.
    pub(crate) fn base_var(&self) -> Option<&'static str> {
        BASE_VARS.iter().find(|(id, _)| *id == self.id).map(|(_, variable)| *variable)
    }
}

impl From<&'static Vendor> for Preset {
    fn from(vendor: &'static Vendor) -> Self {
        let tokens = TOKEN_VARS.iter().filter(|(id, _)| *id == vendor.id).map(|(_, variable)| *variable);
        Self {
            id: vendor.id,
            bases: vendor.bases,
            key_vars: vendor.key_vars.iter().copied().chain(tokens).collect(),
            auth: match vendor.auth {
                VendorAuth::XApiKey => AuthStyle::XApiKey,
                VendorAuth::Protocol => AuthStyle::Auto,
                VendorAuth::ApiKey => AuthStyle::ApiKey,
                // A local program needs no key, but takes one this way.
                VendorAuth::Bearer | VendorAuth::None => AuthStyle::Bearer,
            },
            local: vendor.auth == VendorAuth::None,
            own_address: vendor.bases.iter().any(|(_, base)| base.contains('{')),
        }
    }
}

const BASE_VARS: [(&str, &str); 3] =
    [("anthropic", "ANTHROPIC_BASE_URL"), ("openai", "OPENAI_BASE_URL"), ("azure", "AZURE_OPENAI_ENDPOINT")];

/// Variables that say where a vendor is whose address every user has his own.
const ADDRESS_VARS: [(&str, &str); 3] =
    [("azure", "AZURE_OPENAI_ENDPOINT"), ("bedrock", "AWS_REGION"), ("bedrock", "AWS_DEFAULT_REGION")];

/// Variables of a vendor's clients that hold a bearer token in place of a key, mostly for relays.
const TOKEN_VARS: [(&str, &str); 1] = [("anthropic", "ANTHROPIC_AUTH_TOKEN")];

/// Names under which people and older tools know a vendor.
const ALIASES: [(&str, &str); 10] = [
    ("claude", "anthropic"),
    ("kimi", "moonshot-cn"),
    ("glm", "zhipu"),
    ("bigmodel", "zhipu"),
    ("z-ai", "zai"),
    ("gpt", "openai"),
    ("dashscope", "qwen"),
    ("grok", "xai"),
    ("foundry", "azure"),
    ("aws", "bedrock"),
];

/// Every preset, in the order in which keys are looked for.
pub(crate) fn all() -> impl Iterator<Item = Preset> {
    vendor::all().iter().copied().map(Preset::from)
}

/// The preset of this id.
pub(crate) fn find(id: &str) -> Option<Preset> {
    vendor::find(id).map(Preset::from)
}

/// The preset that a provider name stands for.
pub(crate) fn by_name(name: &str) -> Option<Preset> {
    let name = name.replace('_', "-");
    let id = ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name.as_str(), |(_, id)| *id);
    find(id)
}

/// The ids, for messages.
pub(crate) fn ids() -> Vec<&'static str> {
    vendor::all().iter().map(|vendor| vendor.id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_other_name_stands_for_a_vendor_there_is() {
        for (alias, id) in ALIASES {
            assert!(find(id).is_some(), "{alias} -> {id}");
            assert!(find(alias).is_none(), "{alias} is a vendor itself");
        }
        for (id, variable) in BASE_VARS.iter().chain(&TOKEN_VARS).chain(&ADDRESS_VARS) {
            assert!(find(id).is_some(), "{variable} -> {id}");
        }
    }
}
