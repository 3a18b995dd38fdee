//! Facts about companies and programs that serve models: where they listen, how they know a caller, which variable
//! usually holds their key. Compiled in; one file each and one line here. Not configuration: every fact can be overridden.

use crate::protocol::Protocol;

/// How a vendor wants its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VendorAuth {
    /// `authorization: Bearer KEY`
    Bearer,
    /// `x-api-key: KEY`
    XApiKey,
    /// No key: a program on the user's own machine.
    None,
}

/// One vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vendor {
    /// The name for `preset`.
    pub id: &'static str,
    /// The name for people, English.
    pub name: &'static str,
    /// The name for people, Chinese.
    pub name_zh: &'static str,
    /// A base URL per protocol it speaks, best first. Anthropic bases carry no version, OpenAI bases end in theirs.
    pub bases: &'static [(Protocol, &'static str)],
    /// Environment variables that usually hold a key, best first.
    pub key_vars: &'static [&'static str],
    /// How it wants the key.
    pub auth: VendorAuth,
    /// Some current models, best first: for lists and suggestions, never to refuse a name.
    pub models: &'static [&'static str],
    /// Where keys are made or the API is described.
    pub docs: &'static str,
}

impl Vendor {
    /// The base URL for a protocol.
    pub fn base(&self, protocol: Protocol) -> Option<&'static str> {
        self.bases.iter().find(|(speaks, _)| *speaks == protocol).map(|(_, url)| *url)
    }
}

/// All vendors, in the order they are listed to people.
pub fn all() -> &'static [&'static Vendor] {
    ALL
}

/// The vendor of this id.
pub fn find(id: &str) -> Option<&'static Vendor> {
    ALL.iter().copied().find(|vendor| vendor.id == id)
}

static ALL: &[&Vendor] = &[];
