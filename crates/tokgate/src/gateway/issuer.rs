//! Who a provider is to opaque reasoning: an account at an address, whatever its name.

use tokgate_wire::protocol::UpstreamProtocol;
use tokgate_wire::provenance::scope;

use crate::config::model::{AwsSource, Provider, ProviderKind, SecretRef};

/// The practice provider has no address.
const PRACTICE: &str = "practice";

/// One provider as an issuer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    /// How it is asked, per protocol.
    asked: Vec<(UpstreamProtocol, scope::Asked)>,
    /// What tells accounts at one address apart.
    account: String,
}

impl Issuer {
    /// The issuer behind a configured provider.
    pub fn of(provider: &Provider) -> Self {
        let account = account(provider);
        let asked = match &provider.kind {
            ProviderKind::Http { bases } => {
                let asked = |protocol, url: &str| scope::Asked::new(protocol, url.trim_end_matches('/'), &account);
                bases.iter().map(|(protocol, url)| (*protocol, asked(*protocol, url.as_str()))).collect()
            }
            ProviderKind::Simulated(_) => Vec::new(),
        };
        Self { asked, account }
    }

    /// The scope of what it issues with `model` when asked in `protocol`.
    pub fn scope(&self, protocol: UpstreamProtocol, model: &str) -> u64 {
        match self.asked.iter().find(|(speaks, _)| *speaks == protocol) {
            Some((_, asked)) => asked.scope(model),
            None => scope::of(protocol, PRACTICE, &self.account, model),
        }
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
