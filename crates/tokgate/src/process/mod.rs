//! The gateway as a process: where its files are, that there is one of it, how it is started, asked and stopped.
//!
//! Nothing here knows about requests or providers; the running gateway answers through [`admin::AdminHandler`].

pub mod admin;
pub mod background;
pub mod descriptors;
pub mod environment;
pub mod folders;
pub mod gateway_file;
pub mod hardening;
pub mod local_key;
pub mod lock;
pub mod port_owner;
pub mod shutdown;
