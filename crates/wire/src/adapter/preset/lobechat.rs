//! Lobe Chat, whose server calls with the SDKs of the protocols and so carries their names; it gives its own where a
//! provider ranks programs. Source: its runtime's default headers. Elsewhere `x-client-type` has to say it.

use super::Preset;

pub(super) static PRESET: Preset = Preset {
    id: "lobechat",
    name: "Lobe Chat",
    user_agents: &["LobeChat", "LobeHub"],
    headers: &[("x-title", "LobeHub"), ("x-title", "Lobe Chat"), ("x-client-type", "lobechat")],
};
