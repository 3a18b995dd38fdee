//! How much may be under way at once, and how often: at a provider, with a key, for callers; and the line of those who
//! wait for a place.

mod abreast;
mod aimd;
mod bucket;
mod claim;
mod gauge;
mod key_order;
mod room;

pub use claim::{Class, Denial, Ticket};
pub use gauge::{Allowance, Concurrent, GaugeSnapshot};
pub use room::{LineSnapshot, RoomSnapshot};

pub(crate) use claim::{Claim, Held};
pub(crate) use gauge::{Full, Gauge};
pub(crate) use key_order::{Candidate, order as key_order, plain as plain_key_order};
pub(crate) use room::{Arrival, Room};
