//! Configuration: TOML text in, one validated snapshot out.
//!
//! [`load`] reads the file, lays environment variables and flags over it and returns a [`Loaded`] or every reason why
//! not ([`Rejected`], shown by [`render`]). [`show`] prints the effective configuration. [`resolve`] turns a reference to
//! a secret into its value at use. [`Watcher`] says when the file changed. Nothing here keeps a configuration: publishing
//! the snapshot is the caller's.

mod load;
pub mod model;
mod paths;
mod problem;

pub use load::{FoundKey, Loaded, Origin, Origins, Overrides, load};
pub use paths::{DEFAULT_INSTANCE, Env, Paths, paths};
pub use problem::{Arg, ConfigError, Note, Place, Rejected, Rule};
