//! One reader per section of the file: from the tree to the typed model.

pub(crate) mod adapter;
pub(crate) mod address;
pub(crate) mod client;
pub(crate) mod failover;
pub(crate) mod header;
pub(crate) mod health;
pub(crate) mod key;
pub(crate) mod limit;
pub(crate) mod log;
mod names;
pub(crate) mod price;
pub(crate) mod profile;
pub(crate) mod provider;
pub(crate) mod queue;
pub(crate) mod route;
pub(crate) mod server;
pub(crate) mod surface;
pub(crate) mod transport;
pub(crate) mod ui;
