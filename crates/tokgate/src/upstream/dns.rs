//! Name lookup: the system's resolver off the runtime's threads, a short cache, and an old answer in need.
//!
//! The system's resolver stays the only one: fake-IP proxies, VPNs with split DNS and mDNS work through it alone.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;

use super::error::{SendError, SendErrorKind};
use crate::clock;
use crate::i18n::{Message, Text, faults};

/// How long an answer is used without asking again.
const FRESH: Duration = Duration::from_secs(45);
/// How long an answer may stand in when the lookup fails.
const STALE: Duration = Duration::from_secs(60 * 60);
/// Names remembered; a gateway has a handful of origins.
const NAMES_MAX: usize = 1024;
/// Lookups at once: each holds a thread of the blocking pool, for half a minute when the network is gone.
const LOOKUPS_MAX: usize = 16;

/// The answer of a lookup in progress.
pub type ResolveFuture = Pin<Box<dyn Future<Output = Result<Vec<IpAddr>, ResolveError>> + Send>>;

/// Something that knows the addresses of names.
pub trait Resolve: Send + Sync + 'static {
    /// All addresses of `host`, best first.
    fn resolve(&self, host: &str) -> ResolveFuture;
}

/// Why a name has no addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResolveError {
    /// There is no such name.
    NotFound(String),
    /// The lookup failed.
    Failed(String),
}

/// The system's resolver.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve(&self, host: &str) -> ResolveFuture {
        let host = host.to_owned();
        Box::pin(async move {
            match tokio::net::lookup_host((host.as_str(), 0)).await {
                Ok(found) => Ok(found.map(|address| address.ip()).collect()),
                Err(error) => Err(read_error(&error)),
            }
        })
    }
}

/// `getaddrinfo` gives no code through the standard library, only its text (always English: no locale is set).
fn read_error(error: &std::io::Error) -> ResolveError {
    const NOT_FOUND: [&str; 4] =
        ["not known", "does not resolve", "No address associated with hostname", "No such host is known"];
    let text = error.to_string();
    if NOT_FOUND.iter().any(|words| text.contains(words)) {
        ResolveError::NotFound(text)
    } else {
        ResolveError::Failed(text)
    }
}

type Answer = Result<Arc<[IpAddr]>, ResolveError>;
type Pending = watch::Receiver<Option<Answer>>;

#[derive(Default)]
struct Name {
    good: Option<(Arc<[IpAddr]>, Instant)>,
    suspect: bool,
    /// A lookup took too long and the old answer stood in: it does so at once until that lookup ends.
    leaning: bool,
    pending: Option<Pending>,
}

/// The cache in front of a resolver.
pub(super) struct Dns {
    resolver: Arc<dyn Resolve>,
    names: Arc<Mutex<HashMap<Box<str>, Name>>>,
    permits: Arc<Semaphore>,
}

impl Dns {
    pub(super) fn new(resolver: Arc<dyn Resolve>) -> Self {
        Self { resolver, names: Arc::default(), permits: Arc::new(Semaphore::new(LOOKUPS_MAX)) }
    }

    /// The addresses of a name, within the time. Lookups of one name at one time are one lookup.
    pub(super) async fn addresses(&self, host: &str, within: Duration) -> Result<Arc<[IpAddr]>, SendError> {
        let mut pending = match self.known_or_pending(host) {
            Ok(fresh) => return Ok(fresh),
            Err(pending) => pending,
        };
        let waited = tokio::time::timeout(within, pending.wait_for(Option::is_some)).await;
        let answer = match waited {
            Ok(Ok(answer)) => answer.clone(),
            Ok(Err(_)) | Err(_) => None,
        };
        match answer {
            Some(Ok(addresses)) => Ok(addresses),
            Some(Err(error)) => self.stale(host).ok_or_else(|| failure(host, &error)),
            None => self.lean(host).ok_or_else(|| {
                let ms = within.as_millis();
                SendError::new(
                    SendErrorKind::DnsTimeout,
                    Text::new(&faults::LOOKUP_SLOW).with("host", host).with("ms", ms),
                )
            }),
        }
    }

    /// The network may have changed: ask again for everything, but keep the old answers for need.
    pub(super) fn distrust(&self) {
        for name in self.names.lock().values_mut() {
            name.suspect = true;
            name.pending = None;
        }
    }

    fn known_or_pending(&self, host: &str) -> Result<Arc<[IpAddr]>, Pending> {
        let now = clock::now();
        let mut names = self.names.lock();
        if names.len() >= NAMES_MAX && !names.contains_key(host) {
            names.retain(|_, n| n.pending.is_some() || n.good.as_ref().is_some_and(|(_, at)| now - *at < FRESH));
        }
        let name = names.entry(host.into()).or_default();
        if let Some((addresses, at)) = &name.good
            && !name.suspect
            && now.saturating_duration_since(*at) < FRESH
        {
            return Ok(Arc::clone(addresses));
        }
        // a lookup whose task is gone (its runtime ended) will never answer
        if name.pending.as_ref().is_some_and(|pending| pending.has_changed().is_err()) {
            name.pending = None;
        }
        if let (Some((addresses, at)), true, Some(_)) = (&name.good, name.leaning, &name.pending)
            && now.saturating_duration_since(*at) < STALE
        {
            return Ok(Arc::clone(addresses));
        }
        Err(name.pending.get_or_insert_with(|| self.look_up(host)).clone())
    }

    /// Starts the lookup as its own task: it ends in its own time and fills the cache even if nobody waits any more,
    /// and its permit counts the thread it really holds.
    fn look_up(&self, host: &str) -> Pending {
        let (tell, pending) = watch::channel(None);
        let resolving = self.resolver.resolve(host);
        let (names, permits, host) = (Arc::clone(&self.names), Arc::clone(&self.permits), Box::<str>::from(host));
        tokio::spawn(async move {
            let _permit = permits.acquire().await;
            let answer = match resolving.await {
                Ok(found) if found.is_empty() => Err(ResolveError::NotFound("no addresses".to_owned())),
                Ok(found) => Ok(Arc::from(found)),
                Err(error) => Err(error),
            };
            if let Some(name) = names.lock().get_mut(&host) {
                // after `distrust` this lookup is no longer the pending one, and its answer no longer the newest
                if !name.pending.as_ref().is_some_and(|p| p.same_channel(&tell.subscribe())) {
                    let _ = tell.send(Some(answer));
                    return;
                }
                name.pending = None;
                name.leaning = false;
                if let Ok(addresses) = &answer {
                    name.good = Some((Arc::clone(addresses), clock::now()));
                    name.suspect = false;
                }
            }
            let _ = tell.send(Some(answer));
        });
        pending
    }

    fn lean(&self, host: &str) -> Option<Arc<[IpAddr]>> {
        if let Some(name) = self.names.lock().get_mut(host) {
            name.leaning = name.pending.is_some();
        }
        self.stale(host)
    }

    fn stale(&self, host: &str) -> Option<Arc<[IpAddr]>> {
        let names = self.names.lock();
        let (addresses, at) = names.get(host)?.good.as_ref()?;
        (clock::now().saturating_duration_since(*at) < STALE).then(|| Arc::clone(addresses))
    }
}

impl fmt::Debug for Dns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dns").field("names", &self.names.lock().len()).finish_non_exhaustive()
    }
}

fn failure(host: &str, error: &ResolveError) -> SendError {
    let said = |message: &'static Message, cause: &str| Text::new(message).with("host", host).with("cause", cause);
    match error {
        ResolveError::NotFound(cause) => SendError::new(SendErrorKind::DnsNotFound, said(&faults::NO_SUCH_HOST, cause)),
        ResolveError::Failed(cause) => SendError::new(SendErrorKind::DnsFailed, said(&faults::LOOKUP_FAILED, cause)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    const WITHIN: Duration = Duration::from_secs(2);

    /// Answers its first question and none after.
    #[derive(Default)]
    struct Hanging(AtomicUsize);

    impl Resolve for Hanging {
        fn resolve(&self, _: &str) -> ResolveFuture {
            match self.0.fetch_add(1, Ordering::SeqCst) {
                0 => Box::pin(std::future::ready(Ok(vec![IpAddr::from([192, 0, 2, 1])]))),
                _ => Box::pin(std::future::pending()),
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn while_a_lookup_hangs_the_old_answer_stands_in_and_is_waited_for_once() {
        let resolver = Arc::new(Hanging::default());
        let dns = Dns::new(Arc::clone(&resolver) as Arc<dyn Resolve>);
        let first = dns.addresses("api.example", WITHIN).await.unwrap();
        tokio::time::advance(FRESH).await;
        for waited in [WITHIN, Duration::ZERO, Duration::ZERO] {
            let started = clock::now();
            assert_eq!(dns.addresses("api.example", WITHIN).await.unwrap(), first);
            assert_eq!(clock::now() - started, waited);
        }
        assert_eq!(resolver.0.load(Ordering::SeqCst), 2);
        tokio::time::advance(STALE).await;
        let error = dns.addresses("api.example", WITHIN).await.unwrap_err();
        assert_eq!(error.kind, SendErrorKind::DnsTimeout);
    }

    #[test]
    fn the_resolvers_texts_tell_a_missing_name_from_a_failure() {
        let read = |text: &str| read_error(&std::io::Error::other(text.to_owned()));
        for text in ["failed to lookup address information: Name or service not known", "Name does not resolve"] {
            assert!(matches!(read(text), ResolveError::NotFound(_)), "{text}");
        }
        assert!(matches!(read("Temporary failure in name resolution"), ResolveError::Failed(_)));
    }
}
