//! The failure table: one line per kind of failure and everything that follows from it. It is data; which failure
//! belongs to which row is decided in the parent module, what is done about it in the engine.

use std::fmt;

/// Whether the same provider may be asked again, when no other candidate is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// Not in this request.
    Never,
    /// Once, at once, on a connection that was not used before.
    OnceFresh,
    /// Once, after a short random back-off.
    Once,
    /// Once, not before the moment the provider named.
    OnceAfter,
    /// At once and before anyone else, without what was refused.
    Without,
    /// At once and before anyone else, with the value that the key has by now.
    Renewed,
}

impl Retry {
    /// Whether the same provider is asked before anyone else. It and the refused attempt count as one: the provider has
    /// looked at the request and done nothing.
    pub const fn is_at_once(self) -> bool {
        matches!(self, Self::Without | Self::Renewed)
    }
}

impl Row {
    /// Whether the provider only asks to be asked later: it has nothing against the request, has done nothing and bills
    /// nothing.
    pub const fn asks_to_wait(self) -> bool {
        matches!(
            self,
            Self::RateLimitedBriefly
                | Self::RateLimitedLong
                | Self::RateLimited
                | Self::PaymentPaused
                | Self::Overloaded
                | Self::OverloadedAs400
        )
    }

    /// Whether it is about something that was sent and that the request can do without.
    pub const fn refuses_a_part(self) -> bool {
        matches!(self, Self::FieldRefused | Self::ReasoningRefused)
    }
}

/// Whether another candidate may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failover {
    /// The request itself is at fault, or output has been sent: nobody else is asked.
    Never,
    /// The next candidate is asked.
    Next,
    /// Only a provider that declares a larger body limit.
    LargerBody,
    /// Only a provider that declares a larger context window.
    LargerContext,
}

/// What the failure does to the key, or to the provider for one model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyEffect {
    /// Nothing.
    None,
    /// The key rests until the moment the provider named.
    Cool,
    /// The key rests for this model, longer each time.
    CoolModel,
    /// No balance: rests until the stated reset, then one request tests it.
    Exhausted,
    /// Rejected: set aside, tested by one request now and then.
    Quarantine,
    /// Forbidden: rests for this model; a second model with the same verdict quarantines it.
    Suspect,
    /// What was refused is not its value any more; of that which it has nothing is known.
    Outdated,
    /// The provider rests for this model, longer each time.
    CoolProviderModel,
    /// The provider does not have this model.
    Unsupported,
}

impl KeyEffect {
    /// Whether only the key is to blame, so that another key of the same provider may well succeed.
    pub const fn is_about_key(self) -> bool {
        match self {
            Self::Cool | Self::CoolModel | Self::Exhausted | Self::Quarantine | Self::Suspect | Self::Outdated => true,
            Self::None | Self::CoolProviderModel | Self::Unsupported => false,
        }
    }

    /// Whether what it does to is good again after a rest: the same may be asked once more then.
    pub const fn is_rest(self) -> bool {
        matches!(self, Self::Cool | Self::CoolModel | Self::CoolProviderModel)
    }

    /// Whether all keys of the provider are concerned alike.
    pub const fn is_about_provider(self) -> bool {
        matches!(self, Self::CoolProviderModel | Self::Unsupported)
    }
}

/// How much a failure says about the provider's health (read by the breaker).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// Nothing.
    None,
    /// Counts in the ratio only.
    Soft,
    /// Counts as a hard failure.
    Hard,
    /// Everything: the next try would end alike, and it is left alone at once for the longest time. A probe that gets there
    /// ends that.
    All,
}

/// What the upstream may have done with the request; decides whether another try can cost money twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certainty {
    /// No byte of the request arrived.
    NotSent,
    /// Bytes were sent, nothing came back.
    MaybeAccepted,
    /// A head or events were seen.
    Answered,
    /// Output was forwarded to the client.
    Committed,
}

/// Who has to do something about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The request or the caller.
    Client,
    /// The provider.
    Upstream,
    /// The way to the provider.
    Network,
    /// This gateway or its configuration (wrong address, rejected key, no balance).
    Us,
}

/// Everything that follows from a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Consequence {
    /// Same provider again?
    pub retry: Retry,
    /// Another provider?
    pub failover: Failover,
    /// Effect on the key or on provider × model.
    pub key: KeyEffect,
    /// Effect on the breaker.
    pub breaker: Weight,
    /// What the upstream may have done.
    pub certainty: Certainty,
    /// Whether the upstream may have billed for it; at most one further such attempt is made.
    pub ambiguous: bool,
    /// Whose fault it is.
    pub fault: Fault,
}

macro_rules! failure_table {
    ($($(#[doc = $doc:literal])+ $row:ident $id:literal
        $retry:ident $failover:ident $key:ident $breaker:ident $certainty:ident $ambiguous:literal $fault:ident;)+) => {
        /// A kind of failure. [`Row::consequence`] is the table.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Row { $($(#[doc = $doc])+ $row,)+ }

        impl Row {
            /// Every row, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$row,)+];

            /// The name used in records, logs and headers.
            pub const fn id(self) -> &'static str {
                match self { $(Self::$row => $id,)+ }
            }

            /// Reads [`Row::id`] back.
            pub fn from_id(id: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|row| row.id() == id)
            }

            /// What follows from it.
            pub const fn consequence(self) -> Consequence {
                match self { $(Self::$row => Consequence {
                    retry: Retry::$retry, failover: Failover::$failover, key: KeyEffect::$key,
                    breaker: Weight::$breaker, certainty: Certainty::$certainty, ambiguous: $ambiguous,
                    fault: Fault::$fault,
                },)+ }
            }
        }
    };
}

failure_table! {
    // ---------------------------------------------------------------------------------------------------------------
    // row             id                        retry     failover key        breaker certainty  ambiguous fault
    // --- nothing of the request reached the upstream
    /// The key's value could not be read: a variable that is not set, a file that is not there.
    KeyUnreadable      "key-unreadable"          Never     Next     Quarantine None    NotSent       false  Us;
    /// No connection or slot became free in time.
    PoolWait           "pool-wait"               Never     Next     None       None    NotSent       false  Us;
    /// The body that it is to get instead of the caller's would take more memory than there is for bodies.
    NoMemory           "no-memory"               Never     Next     None       None    NotSent       false  Us;
    /// The provider speaks another protocol, which cannot carry the request.
    Untranslatable     "untranslatable"          Never     Next     None       None    NotSent       false  Client;
    /// The name does not exist.
    DnsNotFound        "dns-not-found"           Never     Next     None       Hard    NotSent       false  Network;
    /// The name server failed.
    DnsFailed          "dns-failed"              Once      Next     None       Hard    NotSent       false  Network;
    /// The name server did not answer.
    DnsTimeout         "dns-timeout"             Never     Next     None       Hard    NotSent       false  Network;
    /// Nobody listens there.
    Refused            "refused"                 Never     Next     None       Hard    NotSent       false  Network;
    /// No way to that address.
    Unreachable        "unreachable"             Never     Next     None       Hard    NotSent       false  Network;
    /// The address is this gateway's own: the request would go round in a circle.
    OwnAddress         "own-address"             Never     Next     None       None    NotSent       false  Us;
    /// No TCP connection in time.
    ConnectTimeout     "connect-timeout"         Never     Next     None       Hard    NotSent       false  Network;
    /// The TLS handshake did not finish.
    TlsTimeout         "tls-timeout"             Never     Next     None       Hard    NotSent       false  Network;
    /// The TLS handshake was refused.
    TlsAlert           "tls-alert"               Never     Next     None       Hard    NotSent       false  Network;
    /// The certificate is not acceptable.
    TlsCertificate     "tls-certificate"         Never     Next     None       All     NotSent       false  Us;
    /// The outbound proxy refused to connect.
    ProxyRefused       "proxy-refused"           Never     Next     None       Hard    NotSent       false  Us;
    // --- sent, no answer
    /// A kept connection was closed before any byte came back: the usual keep-alive race.
    ResetReused        "reset-reused"            OnceFresh Next     None       None    MaybeAccepted true   Network;
    /// A new connection was closed before any byte came back.
    ResetFresh         "reset"                   Never     Next     None       Hard    MaybeAccepted true   Upstream;
    /// No answer in time.
    HeadTimeout        "no-answer"               Never     Next     None       Hard    MaybeAccepted true   Upstream;
    /// The whole answer did not arrive in time.
    TotalTimeout       "too-slow"                Never     Next     None       Hard    MaybeAccepted true   Upstream;
    // --- an answer that is none
    /// The answer's head is beyond every limit.
    HeadTooLarge       "head-too-large"          Never     Next     None       Hard    Answered      false  Upstream;
    /// Not HTTP, or against its rules.
    ProtocolError      "protocol-error"          Never     Next     None       Hard    Answered      false  Upstream;
    /// A redirect; never followed, because it would carry the key elsewhere.
    Redirect           "redirect"                Never     Next     None       Hard    Answered      false  Us;
    /// Success by status, but not the shape asked for: a login page, nothing, broken JSON.
    WrongShape         "wrong-shape"             Never     Next     None       Hard    Answered      false  Upstream;
    // --- try again
    /// 408: the upstream gave up waiting for the request.
    RequestTimeout     "request-timeout"         Once      Next     None       Soft    Answered      false  Upstream;
    /// 409.
    Conflict           "conflict"                Once      Next     None       Soft    Answered      false  Upstream;
    /// 425.
    TooEarly           "too-early"               Once      Next     None       Soft    Answered      false  Upstream;
    // --- limits and money
    /// 429 and free again within seconds.
    RateLimitedBriefly "rate-limited-briefly"    OnceAfter Next     Cool       Soft    Answered      false  Upstream;
    /// 429 with a later moment named.
    RateLimitedLong    "rate-limited-long"       Never     Next     Cool       Soft    Answered      false  Upstream;
    /// 429 without a moment named.
    RateLimited        "rate-limited"            Never     Next     CoolModel  Soft    Answered      false  Upstream;
    /// Balance, quota or plan window used up (some vendors say 429, some 400 or 403).
    QuotaExhausted     "quota-exhausted"         Never     Next     Exhausted  None    Answered      false  Us;
    /// 402.
    PaymentRequired    "payment-required"        Never     Next     Exhausted  None    Answered      false  Us;
    /// 402 with a moment named: a passing shortage.
    PaymentPaused      "payment-paused"          Never     Next     Cool       None    Answered      false  Us;
    // --- credentials
    /// 401, or a typed error that says the key is wrong.
    KeyRejected        "key-rejected"            Never     Next     Quarantine None    Answered      false  Us;
    /// Refused in either way, while it has been replaced where it is kept: a token that had ended.
    KeyOutdated        "key-outdated"            Renewed   Next     Outdated   None    Answered      false  Us;
    /// 403 with a typed error.
    PermissionDenied   "permission-denied"       Never     Next     Suspect    None    Answered      false  Us;
    /// 403 or 451 that is not about the key: a region, a firewall's page.
    Blocked            "blocked"                 Never     Next     None       Soft    Answered      false  Upstream;
    // --- the request
    /// 400, 405, 406, 415, 422 and every other client error without a row of its own.
    InvalidRequest     "invalid-request"         Never     Never    None       None    Answered      false  Client;
    /// A field or beta that the provider does not know, and the request can do without.
    FieldRefused       "field-refused"           Without   Next     None       None    Answered      false  Client;
    /// Opaque reasoning that the provider did not issue, or cannot verify.
    ReasoningRefused   "reasoning-refused"       Without   Next     None       None    Answered      false  Client;
    /// The prompt does not fit the model.
    ContextTooLong     "context-too-long"        Never     LargerContext None  None    Answered      false  Client;
    /// 413.
    TooLarge           "too-large"               Never     LargerBody None     None    Answered      false  Client;
    /// Refused for its content; asking elsewhere would be shopping for a policy.
    ContentFiltered    "content-filtered"        Never     Never    None       None    Answered      false  Client;
    /// The provider does not have this model.
    ModelNotFound      "model-not-found"         Never     Next     Unsupported None   Answered      false  Client;
    /// The provider has no deployment of the name the configuration gives.
    DeploymentNotFound "deployment-not-found"    Never     Next     Unsupported None   Answered      false  Us;
    /// 404 without a typed error: the address is wrong.
    PathNotFound       "path-not-found"          Never     Next     None       None    Answered      false  Us;
    // --- the upstream
    /// 500.
    ServerError        "server-error"            Once      Next     None       Soft    Answered      false  Upstream;
    /// 502, 503, 504, every other 5xx, and a 5xx that is not JSON.
    Unavailable        "unavailable"             Never     Next     None       Hard    Answered      false  Upstream;
    /// 503 that names a moment within two seconds.
    UnavailableBriefly "unavailable-briefly"     OnceAfter Next     None       Hard    Answered      false  Upstream;
    /// 529 and its relatives.
    Overloaded         "overloaded"              Never     Next     CoolProviderModel Soft Answered  false  Upstream;
    /// Overload dressed as 400.
    OverloadedAs400    "overloaded-as-400"       Never     Next     CoolProviderModel Soft Answered  false  Upstream;
    /// 501.
    NotImplemented     "not-implemented"         Never     Next     None       None    Answered      false  Upstream;
    // --- 200, nothing generated yet
    /// The stream ended without output.
    EmptyStream        "empty-stream"            Never     Next     None       Hard    Answered      true   Upstream;
    /// A whole answer was cut or damaged on its way.
    AnswerCut          "answer-cut"              Never     Next     None       Hard    Answered      true   Upstream;
    /// An event that cannot be read, before any output.
    MalformedEvent     "malformed-event"         Never     Next     None       Hard    Answered      false  Upstream;
    // --- after output reached the client: nothing may be repeated
    /// The stream ended or was cut before its end.
    Truncated          "truncated"               Never     Never    None       Hard    Committed     false  Upstream;
    /// The stream fell silent.
    IdleTimeout        "idle-timeout"            Never     Never    None       Hard    Committed     false  Upstream;
    /// An event that cannot be read.
    MalformedLate      "malformed-late"          Never     Never    None       Hard    Committed     false  Upstream;
    /// The upstream reported an error inside the stream.
    ErrorLate          "error-in-stream"         Never     Never    None       Hard    Committed     false  Upstream;
    /// The upstream refused to go on because of the request or its content.
    RefusedLate        "refused-in-stream"       Never     Never    None       None    Committed     false  Client;
    // --- nobody's failure
    /// The client went away.
    ClientGone         "client-gone"             Never     Never    None       None    MaybeAccepted false  Client;
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl serde::Serialize for Row {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.id())
    }
}
