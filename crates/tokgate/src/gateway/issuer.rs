//! Who a provider is to opaque reasoning: an account at an address, whatever its name.

use tokgate_wire::protocol::UpstreamProtocol;
use tokgate_wire::provenance::scope;

use crate::config::model::{AwsSource, Provider, ProviderKind, SecretRef};

/// The practice provider has no address.
const PRACTICE: &str = "practice";

/// One provider as an issuer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    /// Its base URL per protocol.
    addresses: Vec<(UpstreamProtocol, String)>,
    /// What tells accounts at one address apart.
    account: String,
}

impl Issuer {
    /// The issuer behind a configured provider.
    pub fn of(provider: &Provider) -> Self {
        let addresses = match &provider.kind {
            ProviderKind::Http { bases } => {
                bases.iter().map(|(protocol, url)| (*protocol, url.as_str().trim_end_matches('/').to_owned())).collect()
            }
            ProviderKind::Simulated(_) => Vec::new(),
        };
        Self { addresses, account: account(provider) }
    }

    /// The scope of what it issues with `model` when asked in `protocol`.
    pub fn scope(&self, protocol: UpstreamProtocol, model: &str) -> u64 {
        let address = self.addresses.iter().find(|(speaks, _)| *speaks == protocol);
        scope::of(protocol, address.map_or(PRACTICE, |(_, url)| url), &self.account, model)
    }
}

/// Where its first key comes from: that stays when the provider is renamed, its keys are renewed or further ones added.
/// A key that stands in the file itself is not looked at; then the name has to do.
fn account(provider: &Provider) -> String {
    match provider.keys.first().map(|key| &key.from) {
        Some(SecretRef::Env(name)) => format!("env:{name}"),
        Some(SecretRef::File(path)) => format!("file:{}", path.display()),
        Some(SecretRef::Command(words)) => format!("command:{}", words.join(" ")),
        Some(SecretRef::Client) => "client".to_owned(),
        Some(SecretRef::Aws(AwsSource::Env)) => "aws:env".to_owned(),
        Some(SecretRef::Aws(AwsSource::Profile(name))) => format!("aws:profile:{name}"),
        Some(SecretRef::Aws(AwsSource::Command(words))) => format!("aws:command:{}", words.join(" ")),
        Some(SecretRef::Aws(AwsSource::Parts(_)) | SecretRef::Literal(_)) | None => format!("name:{}", provider.name),
    }
}
