//! `[server]` and `[defaults]`.

use super::{Page, word};
use crate::config::model::{HttpProxy, LocalKey, Server, Transport};
use crate::config::quote::quoted;
use crate::config::section::{server, transport};
use crate::config::{duration, mask, reference, size};

impl Page<'_> {
    pub(super) fn server(&mut self, server: &Server) {
        self.section("server", "[server]");
        self.text("listen", &server.listen.to_string());
        let also: Vec<String> = server.also_listen.iter().map(ToString::to_string).collect();
        self.texts("also_listen", also.iter().map(String::as_str));
        let key = match &server.local_key {
            LocalKey::Auto => "auto".to_owned(),
            LocalKey::Off => "off".to_owned(),
            LocalKey::Given(reference) => reference::format(reference),
        };
        self.text("local_key", &key);
        self.texts("allow_origins", server.allow_origins.iter().map(String::as_str));
        self.texts("hosts", server.hosts.iter().map(String::as_str));
        if let Some(tls) = &server.tls {
            self.text("tls.cert", &tls.cert.display().to_string());
            self.text("tls.key", &tls.key.display().to_string());
        }
        self.value("max_connections", server.max_connections.to_string());
        self.value("max_concurrent", server.max_concurrent.to_string());
        self.value("max_waiting", server.max_waiting.to_string());
        self.text("max_body", &size::format(server.max_body));
        match server.max_repeats {
            Some(most) => self.value("max_repeats", most.to_string()),
            None => self.text("max_repeats", server::OFF),
        }
        self.value("websocket", server.websocket.to_string());
        if let Some(drain) = server.drain {
            self.text("drain", &duration::format(drain));
        }
    }

    /// The keys of `[defaults]`; inside a provider only those that differ from `base` or are written there.
    pub(super) fn transport(&mut self, transport: &Transport, base: Option<&Transport>) {
        let short = self.origins.contains_key(&format!("{}.timeout", self.path));
        let times = |t: &Transport| {
            [
                ("dns_timeout", t.dns_timeout),
                ("connect_timeout", t.connect_timeout),
                ("tls_timeout", t.tls_timeout),
                ("first_byte_timeout", t.first_byte_timeout),
                ("idle_timeout", t.idle_timeout),
                ("request_timeout", t.request_timeout),
            ]
            .map(|(key, time)| (key, quoted(&duration::format(time))))
        };
        let others = |t: &Transport| {
            [
                ("retries", t.retries.to_string()),
                ("keep_alive.per_host", t.keep_alive.per_host.to_string()),
                ("keep_alive.total", t.keep_alive.total.to_string()),
                ("keep_alive.idle", quoted(&duration::format(t.keep_alive.idle))),
                ("http_proxy", quoted(&proxy(&t.http_proxy))),
                ("ca_file", t.ca_file.as_ref().map(|path| quoted(&path.display().to_string())).unwrap_or_default()),
                ("http2", quoted(word(&transport::HTTP2, &t.http2))),
            ]
        };
        let all = |t: &Transport| times(t).into_iter().chain(others(t)).collect::<Vec<_>>();
        let base: Vec<String> =
            base.map(|base| all(base).into_iter().map(|(_, value)| value).collect()).unwrap_or_default();
        for (index, (key, value)) in all(transport).into_iter().enumerate() {
            let written = self.origins.contains_key(&format!("{}.{key}", self.path));
            let inherited = base.get(index) == Some(&value) && !written;
            if value.is_empty() || inherited {
                continue;
            }
            let key = if short && key == "request_timeout" { "timeout" } else { key };
            self.value(key, value);
        }
    }
}

fn proxy(proxy: &HttpProxy) -> String {
    match proxy {
        HttpProxy::Env => "env".to_owned(),
        HttpProxy::None => "none".to_owned(),
        HttpProxy::Url(address) => mask::without_userinfo(address.expose()),
    }
}
