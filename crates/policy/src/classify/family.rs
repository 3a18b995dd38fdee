//! What failures are called where people say which of them go to the next provider: `failover.on`, `failover.not_on`.

use super::row::Row;

macro_rules! families {
    ($($(#[doc = $doc:literal])+ $family:ident $id:literal $on:literal $not_on:literal;)+) => {
        /// Failures that are treated alike when it is said which of them go to the next provider.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Family { $($(#[doc = $doc])+ $family,)+ }

        impl Family {
            /// Every family, in the order in which they are told.
            pub const ALL: &[Self] = &[$(Self::$family,)+];

            /// Its name in the configuration.
            pub const fn id(self) -> &'static str {
                match self { $(Self::$family => $id,)+ }
            }

            /// The word for a candidate that is not asked because this failure is not among those that may go there
            /// (`on:…`), or among those that may not (`not-on:…`).
            pub(crate) const fn kept_id(self, by_on: bool) -> &'static str {
                match self { $(Self::$family => if by_on { $on } else { $not_on },)+ }
            }
        }
    };
}

families! {
    /// No connection: name, address, TLS, a proxy; or it was closed before any byte came back.
    Connect       "connect"        "on:connect"        "not-on:connect";
    /// No answer in time, 408.
    Timeout       "timeout"        "on:timeout"        "not-on:timeout";
    /// A rate limit.
    RateLimit     "429"            "on:429"            "not-on:429";
    /// Balance, quota or plan window used up, whatever the status; 402.
    Quota         "quota"          "on:quota"          "not-on:quota";
    /// The key was rejected, or could not be read.
    KeyRejected   "401"            "on:401"            "not-on:401";
    /// Forbidden, blocked.
    Forbidden     "403"            "on:403"            "not-on:403";
    /// No such model, deployment or path; a redirect.
    NotFound      "404"            "on:404"            "not-on:404";
    /// The provider's own failure: 5xx, 409, 425, what is not HTTP.
    Server        "5xx"            "on:5xx"            "not-on:5xx";
    /// Overloaded, 529.
    Overloaded    "overloaded"     "on:overloaded"     "not-on:overloaded";
    /// An answer that was cut or cannot be read, before any of it went to the client.
    Stream        "stream-error"   "on:stream-error"   "not-on:stream-error";
    /// 200 with nothing in it, or not what was asked for.
    Empty         "empty-answer"   "on:empty-answer"   "not-on:empty-answer";
    /// Too large for this provider; goes only to one that takes more.
    TooLarge      "413"            "on:413"            "not-on:413";
    /// Too long for this model; goes only to one with a larger window.
    ContextLength "context-length" "on:context-length" "not-on:context-length";
}

impl Family {
    /// What goes nowhere else whatever is configured, but may be named: the next provider would say the same, or must not
    /// be asked.
    pub const NEVER_ELSEWHERE: &[&str] = &["400", "422", "content-filter"];

    /// Whether it goes elsewhere by itself, and not only to a provider that takes more.
    pub const fn goes_anywhere(self) -> bool {
        !matches!(self, Self::TooLarge | Self::ContextLength)
    }

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// Some families.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Families(u16);

impl Families {
    /// One more.
    pub const fn with(self, family: Family) -> Self {
        Self(self.0 | family.bit())
    }

    /// Whether this one is among them.
    pub const fn has(self, family: Family) -> bool {
        self.0 & family.bit() != 0
    }
}

/// Which failures go to the next provider, of those that the failure table lets go there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Elsewhere {
    /// Only these; nothing: all.
    pub on: Option<Families>,
    /// Not these.
    pub not_on: Families,
}

impl Elsewhere {
    /// Whether a failure stays with the provider that it was met at, and whether that is because only others may go.
    pub(crate) fn keeps(self, row: Row) -> Option<Kept> {
        let family = row.family()?;
        if self.not_on.has(family) {
            return Some(Kept { family, by_on: false });
        }
        let on = self.on.filter(|_| family.goes_anywhere())?;
        (!on.has(family)).then_some(Kept { family, by_on: true })
    }
}

/// Why a failure stays where it was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) family: Family,
    /// It is not in `on`; else it is in `not_on`.
    pub(crate) by_on: bool,
}

impl Row {
    /// What it is called in the configuration; nothing when there is nothing to say: the request may not go elsewhere, was
    /// not asked of this provider at all, or is asked again without a part.
    pub const fn family(self) -> Option<Family> {
        Some(match self {
            Self::PoolWait
            | Self::DnsNotFound
            | Self::DnsFailed
            | Self::DnsTimeout
            | Self::Refused
            | Self::Unreachable
            | Self::OwnAddress
            | Self::ConnectTimeout
            | Self::TlsTimeout
            | Self::TlsAlert
            | Self::TlsCertificate
            | Self::ProxyRefused
            | Self::ResetReused
            | Self::ResetFresh => Family::Connect,
            Self::HeadTimeout | Self::TotalTimeout | Self::RequestTimeout => Family::Timeout,
            Self::RateLimited | Self::RateLimitedBriefly | Self::RateLimitedLong => Family::RateLimit,
            Self::QuotaExhausted | Self::PaymentRequired | Self::PaymentPaused => Family::Quota,
            Self::KeyUnreadable | Self::KeyRejected | Self::KeyOutdated => Family::KeyRejected,
            Self::PermissionDenied | Self::Blocked => Family::Forbidden,
            Self::ModelNotFound | Self::DeploymentNotFound | Self::PathNotFound | Self::Redirect => Family::NotFound,
            Self::ServerError
            | Self::Unavailable
            | Self::UnavailableBriefly
            | Self::NotImplemented
            | Self::Conflict
            | Self::TooEarly
            | Self::HeadTooLarge
            | Self::ProtocolError => Family::Server,
            Self::Overloaded | Self::OverloadedAs400 => Family::Overloaded,
            Self::AnswerCut | Self::MalformedEvent => Family::Stream,
            Self::EmptyStream | Self::WrongShape => Family::Empty,
            Self::TooLarge => Family::TooLarge,
            Self::ContextTooLong => Family::ContextLength,
            Self::Untranslatable
            | Self::NoMemory
            | Self::InvalidRequest
            | Self::FieldRefused
            | Self::ReasoningRefused
            | Self::ContentFiltered
            | Self::Truncated
            | Self::IdleTimeout
            | Self::MalformedLate
            | Self::ErrorLate
            | Self::RefusedLate
            | Self::ClientGone => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::row::Failover;
    use super::*;

    #[test]
    fn every_failure_that_may_go_elsewhere_has_a_name_and_no_other_has() {
        let unnamed = [Row::Untranslatable, Row::NoMemory, Row::FieldRefused, Row::ReasoningRefused];
        for row in Row::ALL {
            let moves = row.consequence().failover != Failover::Never && !unnamed.contains(row);
            assert_eq!(row.family().is_some(), moves, "{row}");
            let anywhere = row.consequence().failover == Failover::Next;
            assert!(row.family().is_none_or(|family| family.goes_anywhere() == anywhere), "{row}");
        }
    }

    #[test]
    fn names_are_told_apart_and_none_is_of_what_never_goes_elsewhere() {
        let mut seen = Families::default();
        for family in Family::ALL {
            assert!(!seen.has(*family) && !Family::NEVER_ELSEWHERE.contains(&family.id()));
            assert_eq!(family.kept_id(true), format!("on:{}", family.id()));
            assert_eq!(family.kept_id(false), format!("not-on:{}", family.id()));
            seen = seen.with(*family);
        }
    }

    #[test]
    fn nothing_said_keeps_nothing_and_each_list_keeps_what_it_says() {
        let some = Families::default().with(Family::RateLimit).with(Family::TooLarge);
        let keeps = |elsewhere: Elsewhere, row: Row| elsewhere.keeps(row).map(|kept| kept.by_on);
        for row in Row::ALL {
            assert_eq!(keeps(Elsewhere::default(), *row), None, "{row}");
        }
        let not_on = Elsewhere { not_on: some, ..Elsewhere::default() };
        assert_eq!(keeps(not_on, Row::RateLimitedLong), Some(false));
        assert_eq!(keeps(not_on, Row::TooLarge), Some(false));
        assert_eq!(keeps(not_on, Row::Unavailable), None);
        let on = Elsewhere { on: Some(some), ..Elsewhere::default() };
        assert_eq!(keeps(on, Row::RateLimited), None);
        assert_eq!(keeps(on, Row::Unavailable), Some(true));
        assert_eq!(keeps(on, Row::ContextTooLong), None, "to a larger window it may go whatever stands in `on`");
    }
}
