//! One file per command.

pub(super) mod adapters;
pub(super) mod banner;
mod conditions;
pub(super) mod config;
pub(super) mod env;
pub(super) mod failover;
pub(super) mod health;
pub(super) mod help;
pub(super) mod home;
pub(super) mod learned;
pub(super) mod limit;
pub(super) mod line;
pub(super) mod logs;
pub(super) mod price;
pub(super) mod print_plan;
pub(super) mod profile;
pub(super) mod provider;
pub(super) mod queue;
pub(super) mod route;
pub(super) mod run;
pub(super) mod show;
pub(super) mod status;
pub(super) mod stop;
mod table;
pub(super) mod up;
pub(super) mod version;
pub(super) mod why;
