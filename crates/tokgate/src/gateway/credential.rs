//! A provider key made ready for the wire: the headers it is sent in, built once, not per request.

use arc_swap::ArcSwapOption;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as URL_SAFE_NO_PAD;
use http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use std::sync::Arc;
use tokgate_wire::protocol::UpstreamProtocol;
use tokio::sync::Mutex;

use crate::clock;
use crate::config::model::{AuthStyle, AwsSource, SecretRef};
use crate::config::{AwsKeys, Env, SecretError, resolve, resolve_aws};
use crate::i18n::Text;
use crate::secret::Secret;
use crate::telemetry::redact::Redactor;

/// Anthropic's header for a key.
const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");
/// Azure's.
const API_KEY: HeaderName = HeaderName::from_static("api-key");
/// Google's.
const X_GOOG_API_KEY: HeaderName = HeaderName::from_static("x-goog-api-key");

/// How long before its end a borrowed credential is fetched anew: what AWS's and Azure's own SDKs allow for.
const RENEW_BEFORE: u64 = 5 * 60;
/// Shortest time between two fetches, whatever the credential says of its end, seconds.
const RENEW_MIN: u64 = 30;

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
    value: ArcSwapOption<Fetched>,
    /// The last value that was refused and for which nothing better was to be had, so that those who were refused with it
    /// at the same time do not all look.
    refused: Mutex<Option<Held>>,
}

/// A value in use.
#[derive(Debug, Clone)]
pub struct Held(Arc<Fetched>);

/// A value that was fetched.
#[derive(Debug)]
struct Fetched {
    value: Value,
    /// When it is to be fetched anew, seconds since 1970.
    renew: Option<u64>,
}

#[derive(Debug, PartialEq, Eq)]
enum Value {
    Text(Secret),
    Aws(AwsKeys),
}

impl Value {
    /// Reads what the reference names. May wait for a disk or a program.
    fn fetch(from: &SecretRef, env: &Env) -> Result<Self, SecretError> {
        match from {
            SecretRef::Aws(source) => resolve_aws(source, env).map(Self::Aws),
            from => resolve(from, env).map(Self::Text),
        }
    }

    fn secrets(&self) -> Vec<Secret> {
        match self {
            Self::Text(secret) => vec![secret.clone()],
            Self::Aws(keys) => keys.secrets().cloned().collect(),
        }
    }

    /// When it ends, as far as it says so itself, seconds since 1970.
    fn expires(&self) -> Option<u64> {
        match self {
            Self::Text(secret) => token_end(secret.expose()),
            Self::Aws(keys) => keys.expires,
        }
    }
}

impl Fetched {
    fn new(value: Value) -> Self {
        let renew = value.expires().map(|end| end.saturating_sub(RENEW_BEFORE).max(now() + RENEW_MIN));
        Self { value, renew }
    }
}

/// What a request proves its right with.
#[derive(Debug)]
pub enum Credential {
    /// These headers.
    Headers(KeyHeaders),
    /// A signature with these keys.
    Signature(AwsKeys),
}

impl Key {
    /// A key not resolved yet.
    pub fn new(from: SecretRef, style: AuthStyle, env: Arc<Env>) -> Self {
        Self { from, style, env, value: ArcSwapOption::empty(), refused: Mutex::new(None) }
    }

    /// Whether the caller's own login is forwarded instead of a key of ours.
    pub fn is_client(&self) -> bool {
        self.from == SecretRef::Client
    }

    /// What to send, resolving the value when needed. Commands run on the blocking pool.
    /// What is read is made known to `redactor` first.
    pub async fn credential(&self, protocol: UpstreamProtocol, redactor: &Redactor) -> Result<Credential, Unreadable> {
        let held = self.value.load_full();
        if let Some(fetched) = &held
            && fetched.renew.is_none_or(|renew| now() < renew)
        {
            return Ok(self.made(protocol, &fetched.value));
        }
        match (self.fetch().await?, &held) {
            (Ok(value), _) => {
                redactor.register(&value.secrets());
                let made = self.made(protocol, &value);
                self.value.store(Some(Arc::new(Fetched::new(value))));
                Ok(made)
            }
            // It has not ended yet.
            (Err(_), Some(held)) if held.value.expires().is_some_and(|end| now() < end) => {
                Ok(self.made(protocol, &held.value))
            }
            (Err(error), _) => Err(Unreadable::Secret(error)),
        }
    }

    async fn fetch(&self) -> Result<Result<Value, SecretError>, Unreadable> {
        let (from, env) = (self.from.clone(), Arc::clone(&self.env));
        let fetching = tokio::task::spawn_blocking(move || Value::fetch(&from, &env));
        fetching.await.map_err(|_| Unreadable::Interrupted)
    }

    /// The value that the next request goes with, where it may be another one tomorrow.
    pub fn held(&self) -> Option<Held> {
        let may_change = match &self.from {
            SecretRef::File(_) | SecretRef::Command(_) => true,
            SecretRef::Aws(source) => !matches!(source, AwsSource::Env),
            SecretRef::Env(_) | SecretRef::Literal(_) | SecretRef::Client => false,
        };
        let held = may_change.then(|| self.value.load_full()).flatten()?;
        held.renew.is_none_or(|renew| now() < renew).then_some(Held(held))
    }

    /// Whether another value is to be had than the one that was refused; it is what is sent from now on. Of several who
    /// ask at the same time one looks. What is read is made known to `redactor` first.
    pub async fn is_renewed(&self, refused: &Held, redactor: &Redactor) -> bool {
        let mut last = self.refused.lock().await;
        if let Some(current) = self.value.load_full().filter(|current| !Arc::ptr_eq(current, &refused.0)) {
            return current.value != refused.0.value;
        }
        if last.as_ref().is_some_and(|last| Arc::ptr_eq(&last.0, &refused.0)) {
            return false;
        }
        match self.fetch().await {
            Ok(Ok(value)) if value != refused.0.value => {
                redactor.register(&value.secrets());
                self.value.store(Some(Arc::new(Fetched::new(value))));
                true
            }
            Ok(_) | Err(_) => {
                *last = Some(refused.clone());
                false
            }
        }
    }

    /// Resolves a value that costs nothing to read (environment, literal), so that the first request does not wait.
    pub fn resolve_now(&self) -> Result<(), SecretError> {
        let cheap = match &self.from {
            SecretRef::Env(_) | SecretRef::Literal(_) | SecretRef::File(_) => true,
            // A profile may name a program; then the first request waits for it.
            SecretRef::Aws(source) => matches!(source, AwsSource::Env),
            SecretRef::Command(_) | SecretRef::Client => false,
        };
        if cheap {
            self.value.store(Some(Arc::new(Fetched::new(Value::fetch(&self.from, &self.env)?))));
        }
        Ok(())
    }

    /// The upstream refused this key: read it again at the next use.
    pub fn forget(&self) {
        self.value.store(None);
    }

    /// The values, for the redactor alone.
    pub fn known(&self) -> Vec<Secret> {
        self.value.load().as_ref().map(|fetched| fetched.value.secrets()).unwrap_or_default()
    }

    fn made(&self, protocol: UpstreamProtocol, value: &Value) -> Credential {
        match value {
            Value::Text(secret) => Credential::Headers(self.encode(protocol, secret)),
            Value::Aws(keys) => Credential::Signature(keys.clone()),
        }
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
            AuthStyle::ApiKey => {
                let anthropic = protocol == UpstreamProtocol::Anthropic;
                let beside = anthropic.then(bare).flatten().map(|value| (X_API_KEY, value));
                [bare().map(|value| (API_KEY, value)), beside]
            }
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
    pub fn text(&self) -> Text {
        match self {
            Self::Secret(error) => error.words(),
            Self::Interrupted => Text::verbatim(""),
        }
    }
}

/// At most two headers that carry a credential.
pub type KeyHeaders = [Option<(HeaderName, HeaderValue)>; 2];

fn now() -> u64 {
    clock::unix_ms() / 1_000
}

/// When a JSON Web Token ends (`exp`, RFC 7519), seconds since 1970: tokens of Entra ID are such. Its signature is its
/// issuer's business.
fn token_end(text: &str) -> Option<u64> {
    #[derive(serde::Deserialize)]
    struct Claims {
        exp: u64,
    }
    let mut parts = text.split('.');
    let (_, claims, _) = (parts.next()?, parts.next()?, parts.next()?);
    let claims = URL_SAFE_NO_PAD.decode(claims).ok().filter(|_| parts.next().is_none())?;
    Some(serde_json::from_slice::<Claims>(&claims).ok()?.exp)
}

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
    fn azures_header_has_anthropics_beside_it_where_claude_is_asked() {
        assert_eq!(names(AuthStyle::ApiKey, UpstreamProtocol::OpenaiResponses), ["api-key: k"]);
        assert_eq!(names(AuthStyle::ApiKey, UpstreamProtocol::Anthropic), ["api-key: k", "x-api-key: k"]);
    }

    fn token(claims: &str) -> String {
        format!("{}.{}.c2ln", URL_SAFE_NO_PAD.encode("{}"), URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn a_token_that_says_when_it_ends_is_fetched_anew_before_that() {
        assert_eq!(token_end(&token(r#"{"aud":"x","exp":1795219200}"#)), Some(1_795_219_200));
        for none in ["sk-1", "a.b.c", &token("{}"), &format!("{}.x", token(r#"{"exp":1}"#))] {
            assert_eq!(token_end(none), None, "{none}");
        }
        let renew = |exp: u64| Fetched::new(Value::Text(Secret::new(token(&format!(r#"{{"exp":{exp}}}"#))))).renew;
        let late = now() + 3600;
        assert_eq!(renew(late), Some(late - RENEW_BEFORE));
        // One that has ended is not fetched with every request.
        assert!(renew(1).is_some_and(|renew| renew > now()));
    }

    #[tokio::test]
    async fn a_key_of_aws_signs_and_shows_nothing() {
        let home = std::path::Path::new("/home/ada");
        let pairs = [("AWS_ACCESS_KEY_ID", "AKIDCANARY1"), ("AWS_SECRET_ACCESS_KEY", "canary-secret-1")];
        let env = Arc::new(Env::from_pairs(home, pairs));
        let key = Key::new(SecretRef::Aws(AwsSource::Env), AuthStyle::Bearer, env);
        let redactor = Redactor::default();
        let made = key.credential(UpstreamProtocol::Anthropic, &redactor).await;
        assert!(matches!(made, Ok(Credential::Signature(_))));
        let shown = format!("{key:?} {made:?}");
        assert!(!shown.contains("CANARY") && !shown.contains("canary"), "{shown}");
        assert_eq!(redactor.clean("AKIDCANARY1 canary-secret-1"), "[redacted] [redacted]");
    }

    #[test]
    fn a_credential_never_shows_in_debug_output() {
        let key = Key::new(SecretRef::Literal(Secret::new("canary-value-1")), AuthStyle::Both, env());
        let headers = key.encode(UpstreamProtocol::Anthropic, &Secret::new("canary-value-1"));
        assert!(!format!("{key:?} {headers:?}").contains("canary"));
    }
}
