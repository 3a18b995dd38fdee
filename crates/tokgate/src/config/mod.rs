//! Configuration: TOML text in, one validated snapshot out.
//!
//! [`load`] reads the file, lays environment variables and flags over it and returns a [`Loaded`] or every reason why
//! not ([`Rejected`], shown by [`render`]). [`show`] prints the effective configuration. [`resolve`] turns a reference to
//! a secret into its value at use. [`Watcher`] says when the file changed. Nothing here keeps a configuration: publishing
//! the snapshot is the caller's.

mod discover;
mod docs;
pub(crate) mod dollars;
mod duration;
pub mod edit;
mod env;
mod file;
pub(crate) mod keys;
mod legacy;
mod listen;
mod load;
mod mask;
pub mod model;
mod nearest;
mod own;
mod paths;
mod preset;
mod problem;
mod quote;
mod reader;
mod reference;
mod render;
mod resolve;
mod rules;
mod section;
mod show;
pub(crate) mod size;
mod syntax;
mod tree;
mod watch;

pub use docs::{keys as explain_keys, reference};
pub use load::{Contents, FoundKey, Loaded, Origin, Origins, Overrides, keep_last_good, last_good, load};
pub use paths::{DEFAULT_INSTANCE, Env, Paths, paths};
pub use problem::{Arg, ConfigError, Note, Place, Rejected, Rule};
pub use reference::format as reference_text;
pub use render::render;
pub use resolve::{AwsKeys, SecretError, resolve, resolve_aws};
pub use rules::explain;
pub(crate) use section::route::conditions as route_conditions;
pub use show::{ShowOptions, show};
pub(crate) use watch::Fingerprint;
pub use watch::Watcher;
