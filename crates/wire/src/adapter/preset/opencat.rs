//! OpenCat, a program of Apple's platforms, which put a program's name and build before `CFNetwork` in its `User-Agent`.
//! Source: Apple's documentation of URLSession; not seen on the wire.

use super::Preset;

pub(super) static PRESET: Preset =
    Preset { id: "opencat", name: "OpenCat", user_agents: &["OpenCat/"], headers: &[("x-client-type", "opencat")] };
