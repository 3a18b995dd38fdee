//! Cherry Studio, an Electron program: its own name and version stand in a browser's `User-Agent`. Source: requests of
//! versions 1.5.7 and 1.7.19 as people recorded them.

use super::Preset;

pub(super) static PRESET: Preset = Preset {
    id: "cherrystudio",
    name: "Cherry Studio",
    user_agents: &["CherryStudio/"],
    headers: &[("x-title", "Cherry Studio"), ("x-client-type", "cherrystudio")],
};
