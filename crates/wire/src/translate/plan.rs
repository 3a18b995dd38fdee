//! What a translation remembers: while the request is written, and then for its answer.

use super::carrier::Carried;
use super::compaction::Compaction;
use super::dialect::Dialect;
use super::field::Place;
use super::names::Names;
use crate::conversation::{CallKind, Losses};
use crate::defect::Words;
use crate::protocol::{Protocol, UpstreamProtocol};
use crate::provenance::Provenance;

/// What a writer of requests is given beside the request, and what it leaves behind.
#[derive(Debug)]
pub struct Outgoing<'d> {
    /// Facts about the target.
    pub dialect: &'d Dialect,
    /// Whose opaque data the target understands.
    pub provenance: Provenance<'d>,
    /// Model to ask for.
    pub model: &'d str,
    /// Protocol of the client: how fields are named in [`Outgoing::losses`].
    pub client: Option<Protocol>,
    /// Names and ids as sent, both ways.
    pub names: Names,
    /// What could not be carried.
    pub losses: Losses,
    /// Tools that were declared as functions and are something else to the client: name as sent, what it is.
    pub forms: Vec<(String, CallKind)>,
    /// Stop texts that the target does not take: the answer is cut here.
    pub stop: Vec<String>,
    /// The target was asked to search the web.
    pub searches: bool,
    /// Which content is being written.
    pub place: Place,
}

/// What the answer needs of its request.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Protocol of the client: the answer's encoder.
    pub client: Protocol,
    /// Protocol of the provider: the answer's decoder.
    pub upstream: UpstreamProtocol,
    /// Model the client asked for; answers name it.
    pub model: String,
    /// Names and ids as sent.
    pub names: Names,
    /// See [`Outgoing::forms`].
    pub forms: Vec<(String, CallKind)>,
    /// See [`Outgoing::stop`].
    pub stop: Vec<String>,
    /// See [`Outgoing::searches`].
    pub searches: bool,
    /// See [`Provenance::scope`].
    pub scope: u64,
    /// Whether a Chat stream ends with its tokens.
    pub want_usage: bool,
    /// Whether the answer is a summary that takes the place of the conversation.
    pub compaction: Option<Compaction>,
    /// Responses: the fields of the request that every response object repeats, as the inside of a JSON object.
    pub echo: String,
    /// Anthropic: an estimate of the input's tokens, so that a context meter works while the answer comes.
    pub input_estimate: u64,
    /// When the request came, seconds since the Unix epoch: `created`.
    pub created: u64,
    /// What ids of ours are derived from.
    pub seed: u64,
    /// See [`Dialect::usage_includes_cache`].
    pub usage_includes_cache: bool,
    /// See [`Dialect::think_tags`].
    pub think_tags: bool,
    /// In which words the client is told what is wrong with an answer.
    pub words: Words,
}

impl<'d> Outgoing<'d> {
    /// Nothing written yet.
    pub fn new(dialect: &'d Dialect, provenance: impl Into<Provenance<'d>>, model: &'d str) -> Self {
        Self {
            dialect,
            provenance: provenance.into(),
            model,
            client: None,
            names: Names::default(),
            losses: Losses::default(),
            forms: Vec::new(),
            stop: Vec::new(),
            searches: false,
            place: Place::default(),
        }
    }
}

impl Outgoing<'_> {
    /// What a field that may hold opaque data holds for the target.
    pub fn open(&self, text: &str) -> Carried {
        self.provenance.open(text)
    }
}

impl Plan {
    /// An answer from `upstream` to `client`, of which nothing else is known.
    pub fn new(client: Protocol, upstream: impl Into<UpstreamProtocol>) -> Self {
        Self {
            client,
            upstream: upstream.into(),
            model: String::new(),
            names: Names::default(),
            forms: Vec::new(),
            stop: Vec::new(),
            searches: false,
            scope: 0,
            want_usage: false,
            compaction: None,
            echo: String::new(),
            input_estimate: 0,
            created: 0,
            seed: 0,
            usage_includes_cache: false,
            think_tags: false,
            words: Words::default(),
        }
    }

    /// What the tool that was sent as `name` is to the client.
    pub fn form(&self, name: &str) -> CallKind {
        self.forms.iter().find(|(sent, _)| sent == name).map_or(CallKind::Function, |(_, kind)| *kind)
    }
}
