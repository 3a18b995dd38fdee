//! reload: a new configuration is validated whole before anything of it is used; what cannot be taken over (a port that
//! is in use) refuses the whole of it, and the running one stays.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use super::super::snapshot::{Snapshot, Surroundings};
use super::{Running, access, addresses, bind, caps, covers, keep_copy, tls_unusable};
use crate::cli::error::CliError;
use crate::cli::output::{quoted, tilde};
use crate::config::model::Config;
use crate::config::{self, Contents, Env, Fingerprint, Loaded, Overrides, Paths, Rejected};
use crate::i18n::{self, Both, Message};
use crate::process::admin::{Refused, Reloaded};
use crate::proxy::tls::{Tls, TlsError};

/// How the configuration is read again.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) paths: Paths,
    pub(super) explicit: Option<PathBuf>,
    pub(super) env: Env,
    pub(super) flags: Overrides,
}

impl Reading {
    fn read(&self) -> Result<Loaded, Rejected> {
        config::load(&self.paths, self.explicit.as_deref(), &self.env, &self.flags)
    }

    /// ` --config FILE` for a printed command, when this gateway has one.
    fn flag(&self) -> String {
        let file = self.explicit.as_deref().map(|file| quoted(file.as_os_str()));
        file.map(|file| format!(" --config {file}")).unwrap_or_default()
    }

    fn refused(&self, rejected: &Rejected) -> Refused {
        let fix = Both::same(format!("tokgate{} config validate", self.flag()));
        Refused { what: Both::of(|lang| rejected.first(lang)), fix }
    }

    fn lost(&self, message: &Message) -> Refused {
        let path = tilde(&self.paths.config_file, self.env.home());
        let (flag, fix) = (self.flag(), &i18n::process::CONFIG_LOST_FIX);
        let restart = format!("tokgate{flag} stop && tokgate{flag} up -d");
        Refused {
            what: Both::of(|lang| message.text(lang, &[("path", &path)])),
            fix: Both::of(|lang| fix.text(lang, &[("command", &restart)])),
        }
    }
}

impl Running {
    /// Takes over what the file says now; on an error everything stays as it is.
    pub(super) async fn reload(&self, reading: &Reading) {
        // Before it is read: a change meanwhile is one more.
        *self.read.lock() = Some(Fingerprint::of(&reading.paths.config_file));
        if let Err(why) = self.take_over(reading).await {
            self.refuse(why);
        }
        self.reloads.send_modify(|count| *count += 1);
    }

    pub(super) fn is_unread(&self, reading: &Reading) -> bool {
        self.read.lock().as_ref() != Some(&Fingerprint::of(&reading.paths.config_file))
    }

    pub(super) fn reloaded(&self) -> Reloaded {
        let problem = self.handler.config_problem.lock().clone();
        Reloaded { version: self.gateway.snapshot().version, problem }
    }

    async fn take_over(&self, reading: &Reading) -> Result<(), Refused> {
        let loaded = reading.read().map_err(|rejected| reading.refused(&rejected))?;
        let contents = loaded.contents();
        if let Some(message) = lost(*self.contents.lock(), contents) {
            return Err(reading.lost(message));
        }
        self.apply(loaded.config.clone()).await?;
        *self.contents.lock() = contents;
        self.handler.config.lock().clone_from(&loaded.file);
        keep_copy(loaded, reading.paths.clone());
        Ok(())
    }

    async fn apply(&self, config: Config) -> Result<(), Refused> {
        let config = Arc::new(config);
        let running = Arc::clone(&self.gateway.snapshot());
        let wanted = addresses(&config);
        let bound = self.bound.lock().clone();
        let new: Vec<SocketAddr> = wanted.iter().copied().filter(|address| !covers(&bound, *address)).collect();
        if let Some(files) = &config.server.tls {
            Tls::load(files).map_err(|error| tls_refused(&error))?;
        }
        let around = Surroundings {
            trust: &self.trust,
            auto_key: &self.auto_key,
            env: &self.handler.env,
            lang: config.ui.language.unwrap_or(running.lang),
            version: running.version + 1,
        };
        let snapshot = Snapshot::build(Arc::clone(&config), &around)?;
        // New addresses first: if one cannot be had, nothing has changed yet.
        let listeners = bind(&new, self.tls.as_ref()).await.map_err(|error| not_bound(&error))?;
        for listener in listeners {
            self.listen(listener).map_err(|error| not_bound(&error))?;
        }
        if let (Some(tls), Some(files)) = (&self.tls, &config.server.tls) {
            tls.reload(files).map_err(|error| tls_refused(&error))?;
        }
        let version = snapshot.version;
        self.gateway.swap(Arc::new(snapshot));
        self.learn_secrets();
        self.serving.set_caps(caps(&config));
        let gone: Vec<SocketAddr> = bound.into_iter().filter(|address| !covers(&wanted, *address)).collect();
        for address in gone {
            tracing::warn!(
                %address,
                instead = %config.server.listen,
                "no longer listening there, as the configuration says; clients started before still ask this address"
            );
            self.serving.release(address);
            self.bound.lock().retain(|kept| *kept != address);
        }
        self.publish_addresses(&config);
        if let Some(telemetry) = &self.telemetry {
            telemetry.apply(&config.log);
        }
        self.gateway.recorder().reconfigure(config.log.keep, access(&config, &self.sink), around.lang);
        self.take_up_jobs().await;
        *self.handler.config_problem.lock() = None;
        tracing::info!(version, "configuration in force");
        Ok(())
    }

    fn refuse(&self, why: Refused) {
        tracing::error!(
            why = why.what.say(self.gateway.snapshot().lang),
            "configuration refused; the running one stays"
        );
        *self.handler.config_problem.lock() = Some(why);
    }
}

fn tls_refused(error: &TlsError) -> Refused {
    let fix = &i18n::cli::TLS_FIX;
    Refused { what: Both::of(|lang| tls_unusable(error).say(lang)), fix: Both::of(|lang| fix.raw(lang).to_owned()) }
}

/// A new address cannot be had: whoever has it must go, or another one be chosen, and the file be read again.
fn not_bound(error: &CliError) -> Refused {
    let fix = &i18n::process::RELOAD_ADDRESS_FIX;
    Refused { what: Both::of(|lang| error.message.say(lang)), fix: Both::of(|lang| fix.raw(lang).to_owned()) }
}

/// What the file has lost since it was taken over, when it has lost everything. A file that is being written is empty
/// for a moment, and one that is gone was hardly removed to get other answers.
fn lost(before: Contents, now: Contents) -> Option<&'static Message> {
    match now {
        Contents::None if before >= Contents::Settings => Some(&i18n::process::CONFIG_GONE),
        Contents::Blank if before >= Contents::Settings => Some(&i18n::process::CONFIG_EMPTIED),
        Contents::Settings if before == Contents::Providers => Some(&i18n::process::CONFIG_BARE),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_lost_everything_is_no_wish_for_other_answers() {
        use Contents::{Blank, None, Providers, Settings};
        let kept = |before, now| lost(before, now).is_some();
        for (before, now) in
            [(Providers, None), (Providers, Blank), (Providers, Settings), (Settings, None), (Settings, Blank)]
        {
            assert!(kept(before, now), "{before:?} → {now:?}");
        }
        for (before, now) in [(None, None), (None, Blank), (Blank, None), (Blank, Settings), (Settings, Settings)] {
            assert!(!kept(before, now), "{before:?} → {now:?}");
        }
        assert!([None, Blank, Settings, Providers].into_iter().all(|before| !kept(before, Providers)));
    }
}
