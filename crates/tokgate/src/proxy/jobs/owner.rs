//! Whose a request is: the key he showed, and the run or the name in his path. Kept as a digest that nobody without our
//! own key can compare anything with.

use crate::gateway::snapshot::Snapshot;
use crate::proxy::identify;
use crate::proxy::names::Heads;
use crate::store::jobs::Owner;
use crate::store::jobs::seal::Seal;

/// Of a caller who was let in with these headers, under this tag.
pub fn owner(seal: &Seal, snapshot: &Snapshot, heads: Heads<'_>, tag: &str) -> Owner {
    let credential = identify::credential(snapshot, heads).unwrap_or_default();
    Owner(seal.digest(&[b"owner", credential, tag.as_bytes()]))
}
