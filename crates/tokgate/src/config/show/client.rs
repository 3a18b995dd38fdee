//! `[client.NAME]` and `[adapter.NAME]`.

use tokgate_wire::adapter::Adapter;
use tokgate_wire::downgrade::Lack;

use super::{Page, masked};
use crate::config::duration;
use crate::config::model::Client;
use crate::config::quote::joined;

impl Page<'_> {
    pub(super) fn adapter(&mut self, adapter: &Adapter) {
        self.named("adapter", &adapter.name);
        let (detect, rewrite) = (&adapter.detect, &adapter.rewrite);
        let words = |lacks: &[Lack]| lacks.iter().map(ToString::to_string).collect::<Vec<_>>();
        let (strip, keep) = (words(rewrite.strip.all()), words(&rewrite.keep));
        for (key, texts) in [
            ("user_agent", &detect.user_agents),
            ("body", &detect.fields),
            ("strip", &strip),
            ("keep", &keep),
            ("remove_headers", &rewrite.remove_headers),
        ] {
            if !texts.is_empty() {
                self.texts(key, texts.iter().map(String::as_str));
            }
        }
        for (name, value) in &detect.headers {
            self.text(&joined("header", name), value);
        }
        self.optional("system", rewrite.system.as_deref());
        for (name, value) in &rewrite.set_headers {
            self.text(&joined("set_headers", name), &masked(name, value));
        }
        self.optional("session", rewrite.session.as_ref().map(ToString::to_string).as_deref());
        if let Some(every) = rewrite.session_every {
            self.text("session_every", &duration::format(every));
        }
    }

    pub(super) fn client(&mut self, name: &str, client: &Client) {
        self.named("client", name);
        self.optional("profile", client.profile.as_deref());
        self.texts("args", client.args.iter().map(String::as_str));
        for (name, value) in &client.env {
            self.text(&joined("env", name), &masked(name, value));
        }
        self.optional("command", client.command.as_deref());
        self.optional("small_model", client.small_model.as_deref());
        for (slot, model) in &client.models {
            self.text(&joined("models", slot), model);
        }
        if let Some(quiet) = client.quiet_traffic {
            self.value("quiet_traffic", quiet.to_string());
        }
    }
}
