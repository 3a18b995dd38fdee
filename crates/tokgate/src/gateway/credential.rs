//! A provider key made ready for the wire: the headers it is sent in, built once, not per request.

use arc_swap::ArcSwapOption;
use http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use std::sync::Arc;
use tokgate_wire::protocol::UpstreamProtocol;

use crate::config::model::{AuthStyle, SecretRef};
use crate::config::{Env, SecretError, resolve};
use crate::i18n::Lang;
use crate::secret::Secret;
use crate::telemetry::redact::Redactor;

/// Anthropic's header for a key.
const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");
/// Google's.
const X_GOOG_API_KEY: HeaderName = HeaderName::from_static("x-goog-api-key");

/// One key of a provider.
#[derive(Debug)]
pub struct Key {
    /// Where the value comes from.
    pub from: SecretRef,
    /// How it is sent.
    style: AuthStyle,
    /// Where variables are looked up.
    env: Arc<Env>,
    /// The value, once resolved. Dropped when the upstream refuses it, so that a rotated key is picked up.
    value: ArcSwapOption<Secret>,
}

impl Key {
    /// A key not resolved yet.
    pub fn new(from: SecretRef, style: AuthStyle, env: Arc<Env>) -> Self {
        Self { from, style, env, value: ArcSwapOption::empty() }
    }

    /// Whether the caller's own login is forwarded instead of a key of ours.
    pub fn is_client(&self) -> bool {
        self.from == SecretRef::Client
    }

    /// The headers to send, resolving the value when needed. Commands run on the blocking pool.
    /// What is read is made known to `redactor` first.
    pub async fn headers(&self, protocol: UpstreamProtocol, redactor: &Redactor) -> Result<KeyHeaders, Unreadable> {
        if let Some(secret) = &*self.value.load() {
            return Ok(self.encode(protocol, secret));
        }
        let (from, env) = (self.from.clone(), Arc::clone(&self.env));
        let resolved = tokio::task::spawn_blocking(move || resolve(&from, &env)).await;
        let secret = Arc::new(resolved.map_err(|_| Unreadable::Interrupted)?.map_err(Unreadable::Secret)?);
        redactor.register([&*secret]);
        self.value.store(Some(Arc::clone(&secret)));
        Ok(self.encode(protocol, &secret))
    }

    /// Resolves a value that costs nothing to read (environment, literal), so that the first request does not wait.
    pub fn resolve_now(&self) -> Result<(), SecretError> {
        if matches!(self.from, SecretRef::Env(_) | SecretRef::Literal(_) | SecretRef::File(_)) {
            self.value.store(Some(Arc::new(resolve(&self.from, &self.env)?)));
        }
        Ok(())
    }

    /// The upstream refused this key: read it again at the next use.
    pub fn forget(&self) {
        self.value.store(None);
    }

    /// The value, for the redactor alone.
    pub fn known(&self) -> Option<Arc<Secret>> {
        self.value.load_full()
    }

    fn encode(&self, protocol: UpstreamProtocol, secret: &Secret) -> KeyHeaders {
        let bare = || sensitive(secret.expose());
        let bearer = || sensitive(&format!("Bearer {}", secret.expose()));
        let style = match (&self.style, protocol) {
            (AuthStyle::Auto, UpstreamProtocol::Anthropic) => &AuthStyle::XApiKey,
            (AuthStyle::Auto, UpstreamProtocol::Gemini) => {
                return [bare().map(|value| (X_GOOG_API_KEY, value)), None];
            }
            (AuthStyle::Auto, _) => &AuthStyle::Bearer,
            (style, _) => style,
        };
        match style {
            AuthStyle::Bearer | AuthStyle::Auto => [bearer().map(|value| (AUTHORIZATION, value)), None],
            AuthStyle::XApiKey => [bare().map(|value| (X_API_KEY, value)), None],
            AuthStyle::Both => [bare().map(|value| (X_API_KEY, value)), bearer().map(|value| (AUTHORIZATION, value))],
            AuthStyle::Header(name) => {
                let name = HeaderName::from_bytes(name.as_bytes()).ok();
                [name.zip(bare()), None]
            }
            AuthStyle::None => [None, None],
        }
    }
}

/// Why a key cannot be used now.
#[derive(Debug)]
pub enum Unreadable {
    /// Its value could not be had.
    Secret(SecretError),
    /// Reading it was interrupted by the gateway's end.
    Interrupted,
}

impl Unreadable {
    /// In words.
    pub fn text(&self, lang: Lang) -> String {
        match self {
            Self::Secret(error) => error.text(lang),
            Self::Interrupted => String::new(),
        }
    }
}

/// At most two headers that carry a credential.
pub type KeyHeaders = [Option<(HeaderName, HeaderValue)>; 2];

/// A header value that hyper and `http` do not print and HPACK does not index.
fn sensitive(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env() -> Arc<Env> {
        Arc::new(Env::from_pairs::<String, String>(std::path::Path::new("/home/ada"), []))
    }

    fn names(style: AuthStyle, protocol: UpstreamProtocol) -> Vec<String> {
        let key = Key::new(SecretRef::Literal(Secret::new("k")), style, env());
        key.encode(protocol, &Secret::new("k"))
            .into_iter()
            .flatten()
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap_or("?")))
            .collect()
    }

    #[test]
    fn each_style_sends_its_own_headers() {
        assert_eq!(names(AuthStyle::Auto, UpstreamProtocol::Anthropic), ["x-api-key: k"]);
        assert_eq!(names(AuthStyle::Auto, UpstreamProtocol::OpenaiChat), ["authorization: Bearer k"]);
        assert_eq!(names(AuthStyle::Auto, UpstreamProtocol::Gemini), ["x-goog-api-key: k"]);
        assert_eq!(names(AuthStyle::Both, UpstreamProtocol::Anthropic), ["x-api-key: k", "authorization: Bearer k"]);
        assert_eq!(names(AuthStyle::Header("api-key".to_owned()), UpstreamProtocol::OpenaiChat), ["api-key: k"]);
        assert!(names(AuthStyle::None, UpstreamProtocol::Anthropic).is_empty());
    }

    #[test]
    fn a_credential_never_shows_in_debug_output() {
        let key = Key::new(SecretRef::Literal(Secret::new("canary-value-1")), AuthStyle::Both, env());
        let headers = key.encode(UpstreamProtocol::Anthropic, &Secret::new("canary-value-1"));
        assert!(!format!("{key:?} {headers:?}").contains("canary"));
    }
}
