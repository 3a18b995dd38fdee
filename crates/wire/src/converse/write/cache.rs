//! Cache points: elements of their own behind what they end.

use crate::json::Writer;
use crate::translate::context::Context;

use super::super::model::Model;

/// Most points of a request. Source: Amazon Bedrock user guide, "Prompt caching".
const POINTS_MAX: u32 = 4;

/// Points that may still be set.
pub(super) struct Points {
    left: u32,
    tools: bool,
}

impl Points {
    pub(super) const fn new(model: &Model) -> Self {
        Self { left: if model.caches { POINTS_MAX } else { 0 }, tools: model.caches_tools }
    }

    /// Sets a point behind what was just written, where the client has a breakpoint.
    pub(super) fn set(&mut self, marker: Option<&str>, cx: &mut Context<'_, '_>, body: &mut Writer) {
        let Some(marker) = marker else { return };
        if self.left == 0 || !cx.out.dialect.cache_control {
            cx.out.lose_cache();
            return;
        }
        self.left -= 1;
        body.object(|body| {
            body.key("cachePoint").object(|body| {
                body.key("type").string("default");
                // Of the two lifetimes the short one need not be said.
                if marker.contains("\"1h\"") {
                    body.key("ttl").string("1h");
                }
            });
        });
    }

    /// The same behind a tool.
    pub(super) fn set_tool(&mut self, marker: Option<&str>, cx: &mut Context<'_, '_>, body: &mut Writer) {
        if self.tools {
            self.set(marker, cx, body);
        } else if marker.is_some() {
            cx.out.losses.dropped("tools[].cache_control");
        }
    }
}
