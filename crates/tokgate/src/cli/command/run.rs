//! `run`: starts a client through the gateway.

use std::ffi::OsString;
use std::path::Path;

use super::print_plan;
use crate::cli::args::Run;
use crate::cli::context::{Context, not_running};
use crate::cli::error::{CliError, Text, exit};
use crate::cli::usage::for_client;
use crate::config::Loaded;
use crate::config::model::{Client, Config, Provider, SecretRef};
use crate::i18n::{self, labelled, launch as text};
use crate::launch::{self, Ask, Plan, program, project, start};
use crate::process::admin::{NewRun, RunGrant};
use crate::secret::Secret;

/// Stands for the number of the run where nothing is started.
const NO_RUN: &str = "RUN";

pub(crate) fn run(context: &Context<'_>, run: &Run) -> Result<u8, CliError> {
    let loaded = context.load_beside_gateway()?;
    let config = &loaded.config;
    let chosen = Chosen::new(run, config)?;
    chosen.check_names(context, config)?;
    if run.print {
        let grant = pretended_grant(&chosen, config);
        check_protocols(&chosen, &grant)?;
        let plan = chosen.plan(context, &grant)?;
        print_plan::print(context, &plan);
        return Ok(exit::DONE);
    }
    let program = chosen.program();
    let path = context.env.var("PATH").map(OsString::from);
    let file = program::find(&program, path.as_deref());
    let file = file.ok_or_else(|| program::not_installed(&chosen.name, &program))?;
    let grant = register(context, &chosen, &loaded)?;
    let ended = EndsRun { context, tag: &grant.tag };
    check_protocols(&chosen, &grant)?;
    let plan = chosen.plan(context, &grant)?;
    announce(context, &chosen, &grant, &plan);
    start::remove_stale(&context.instance().runs());
    let code = start::run(&plan, &file);
    drop(ended);
    code
}

/// The client that is to be started and how.
struct Chosen<'a> {
    name: String,
    config: Client,
    run: &'a Run,
    profile: Option<String>,
}

impl<'a> Chosen<'a> {
    fn new(run: &'a Run, config: &Config) -> Result<Self, CliError> {
        let name = run.client.clone().or_else(|| config.ui.default_client.clone()).ok_or_else(|| {
            CliError::new("TG505", exit::USAGE, &text::NO_CLIENT).at("tokgate run CLIENT").fix(&text::NO_CLIENT_FIX)
        })?;
        let client = config.clients.get(&name).cloned().unwrap_or_default();
        if launch::known(&name).is_none() && client.command.is_none() {
            let shown = crate::cli::output::clean(&name);
            return Err(CliError::new("TG505", exit::USAGE, Text::new(&text::UNKNOWN_CLIENT).with("client", &shown))
                .at(format!("tokgate run {shown}"))
                .fix(&text::UNKNOWN_CLIENT_FIX));
        }
        // A provider that is named is meant; the client's usual profile must not get in its way.
        let profile = run.profile.clone().or_else(|| client.profile.clone().filter(|_| run.provider.is_none()));
        Ok(Self { name, config: client, run, profile })
    }

    fn program(&self) -> OsString {
        let known = launch::known(&self.name).map_or(self.name.as_str(), |known| known.program);
        self.config.command.as_deref().unwrap_or(known).into()
    }

    /// Names that do not exist are wrong usage, found before anything is started.
    fn check_names(&self, context: &Context<'_>, config: &Config) -> Result<(), CliError> {
        let profiles: Vec<&str> = config.profiles.iter().map(|profile| &*profile.name).collect();
        let providers: Vec<&str> = config.providers.iter().map(|provider| &*provider.name).collect();
        check("TG302", "--profile", self.profile.as_deref(), &profiles).map_err(|error| {
            // Several clients have a `-p` of their own.
            let client = self.run.profile.as_ref().and_then(|_| for_client(&context.args, "-p"));
            match client {
                Some(client) => error.fix(
                    Text::new(&i18n::cli::USAGE_POSSIBLE_OR_CLIENT)
                        .with_list("values", &profiles)
                        .with("client", client.say(context.out.lang)),
                ),
                None => error,
            }
        })?;
        check("TG303", "--provider", self.run.provider.as_deref(), &providers)
    }

    fn plan(&self, context: &Context<'_>, grant: &RunGrant) -> Result<Plan, CliError> {
        launch::plan(&Ask {
            client: &self.name,
            config: &self.config,
            args: &self.run.args,
            var: &|name| context.env.var(name).map(str::to_owned),
            grant,
            model: self.run.model.as_deref(),
            file: &start::private_file(&context.instance().runs(), &self.name),
            read: &|path: &Path| std::fs::read_to_string(path),
        })
    }
}

fn check(code: &'static str, arg: &str, name: Option<&str>, known: &[&str]) -> Result<(), CliError> {
    let Some(name) = name.filter(|name| !known.contains(name)) else {
        return Ok(());
    };
    let cause =
        Text::new(&i18n::cli::USAGE_INVALID_VALUE).with("value", crate::cli::output::clean(name)).with("arg", arg);
    Err(CliError::new(code, exit::USAGE, cause)
        .at("tokgate run")
        .fix(Text::new(&i18n::cli::USAGE_POSSIBLE).with_list("values", known)))
}

/// Starts the gateway when there is none, and tells it of this run.
fn register(context: &Context<'_>, chosen: &Chosen<'_>, loaded: &Loaded) -> Result<RunGrant, CliError> {
    let running = context.ensure_gateway(&[])?;
    if running.started {
        context.out.say(context.out.text(&text::GATEWAY_STARTED, &[("address", &running.status.address)]));
    } else if let Some(words) = context.unseen_text(&context.unseen_variables(loaded)) {
        context.out.warn(words);
    }
    let here = std::env::current_dir().ok();
    let run = NewRun {
        client: chosen.name.clone(),
        project: here.map(|here| project::root(&here).to_string_lossy().into_owned()),
        tag: chosen.run.tag.clone(),
        profile: chosen.profile.clone(),
        provider: chosen.run.provider.clone(),
        model: chosen.run.model.clone(),
    };
    let grant = context.admin().start_run(&run)?;
    grant.ok_or_else(|| not_running(&context.instance().socket()))
}

/// The run ends with its client, also when starting it failed.
struct EndsRun<'c, 'g> {
    context: &'c Context<'g>,
    tag: &'c str,
}

impl Drop for EndsRun<'_, '_> {
    fn drop(&mut self) {
        self.context.admin().end_run(self.tag);
    }
}

/// A client whose language no provider of the run speaks would only show errors.
fn check_protocols(chosen: &Chosen<'_>, grant: &RunGrant) -> Result<(), CliError> {
    let Some(known) = launch::known(&chosen.name) else {
        return Ok(());
    };
    if known.speaks.iter().any(|spoken| grant.protocols.iter().any(|protocol| protocol == spoken)) {
        return Ok(());
    }
    let message = Text::new(&text::NO_COMMON_PROTOCOL)
        .with("client", known.name)
        .with_list("speaks", known.speaks)
        .with_list("providers", &grant.providers);
    Err(CliError::new("TG506", exit::FAILED, message)
        .at(format!("provider {}", grant.providers.join(", ")))
        .fix(Text::new(&text::NO_COMMON_PROTOCOL_FIX).with("client", known.name)))
}

/// One line before the client takes the screen.
fn announce(context: &Context<'_>, chosen: &Chosen<'_>, grant: &RunGrant, plan: &Plan) {
    let out = &context.out;
    let providers = grant.providers.join(" → ");
    let through = match &grant.profile {
        Some(profile) => out.text(&text::THROUGH_PROFILE, &[("profile", profile), ("providers", &providers)]),
        None => out.text(&text::THROUGH_PROVIDER, &[("providers", &providers)]),
    };
    out.say(out.text(&text::STARTING, &[("client", &chosen.name), ("through", &through)]));
    if grant.own_login {
        out.say(out.text(&text::OWN_LOGIN, &[("client", &chosen.name)]));
    }
    for note in &plan.notes {
        out.say(labelled(&i18n::cli::NOTE, note.say(out.lang), out.lang));
    }
    out.detail(print_plan::details(context, plan).trim_end());
}

/// What the gateway would grant, from the configuration alone: for `--print`.
fn pretended_grant(chosen: &Chosen<'_>, config: &Config) -> RunGrant {
    let providers = providers_of(chosen, config);
    let own_login =
        providers.first().is_some_and(|provider| provider.keys.iter().any(|key| key.from == SecretRef::Client));
    RunGrant {
        tag: NO_RUN.to_owned(),
        address: super::env::address_of(config),
        key: Some(Secret::new("")),
        own_login,
        protocols: Provider::served(providers.iter().copied()),
        providers: providers.iter().map(|provider| provider.name.to_string()).collect(),
        profile: chosen.profile.clone(),
        certificate: config.server.tls.as_ref().map(|files| files.cert.clone()),
    }
}

fn providers_of<'c>(chosen: &Chosen<'_>, config: &'c Config) -> Vec<&'c Provider> {
    if let Some(name) = &chosen.run.provider {
        return config.providers.iter().filter(|provider| *provider.name == **name).map(|p| &**p).collect();
    }
    let named = chosen.profile.as_ref().and_then(|name| config.profiles.iter().find(|profile| *profile.name == **name));
    let profile = named.or_else(|| config.profiles.get(config.default_profile));
    let members = profile.map(|profile| profile.providers.as_slice()).unwrap_or_default();
    members.iter().filter_map(|index| config.providers.get(*index)).map(|provider| &**provider).collect()
}
