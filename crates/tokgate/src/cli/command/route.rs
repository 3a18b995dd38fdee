//! `route`: the rules, what would become of a request, and changes of the rules.

mod change;

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::Read as _;
use std::path::Path;

use serde_json::json;
use tokgate_policy::engine::{RouteParams, To};
use tokgate_wire::peek::{self, Peek};
use unicode_width::UnicodeWidthStr;

use crate::cli::args::route::{RouteAction, RouteTest as Asked};
use crate::cli::context::Context;
use crate::cli::error::{CliError, Text, exit};
use crate::cli::output::{Out, Shape, clean, pad};
use crate::config::model::Config;
use crate::config::route_conditions as conditions;
use crate::config::size;
use crate::gateway::rehearsal;
use crate::i18n::{cli as text, refusals, unnamed, why as words};
use crate::process::admin::{RouteTest, RouteTested, Unknown};
use crate::proxy::read;
use crate::store::show::trail::{Trail, chosen, ordered, stayed};
use crate::store::why::{self, Page};

/// Largest body that is read for a test; no provider takes a larger one.
const BODY_MAX: u64 = 64 << 20;

pub(crate) fn run(context: &Context<'_>, action: Option<&RouteAction>) -> Result<u8, CliError> {
    match action {
        None | Some(RouteAction::List) => list(context),
        Some(RouteAction::Test(asked)) => test(context, asked),
        Some(RouteAction::Add(rule)) => change::add(context, rule),
        Some(RouteAction::Remove { rule }) => change::remove(context, rule),
        Some(RouteAction::Move { rule, place }) => change::move_to(context, rule, *place),
        Some(RouteAction::Edit { rule, set }) => change::edit(context, rule, set),
    }
}

fn list(context: &Context<'_>) -> Result<u8, CliError> {
    let loaded = context.load_beside_gateway()?;
    let (config, out) = (&loaded.config, &context.out);
    match &out.shape {
        Shape::Json(_) => {
            let rules = config.routes.iter().zip(1..).map(|(route, number): (_, usize)| object(config, route, number));
            out.json("route.list", rules.collect::<Vec<_>>().into());
        }
        Shape::Plain => {
            let line = |(route, number): (&RouteParams, usize)| {
                let (to, when) = (target(config, route), conditions::inline(&route.when));
                let model = route.model.as_deref().unwrap_or_default();
                let (strict, priority) = (route.strict, route.priority);
                format!("{number}\t{}\t{}\t{to}\t{model}\t{strict}\t{priority}\n", clean(&route.name), clean(&when))
            };
            out.data(&config.routes.iter().zip(1..).map(line).collect::<String>());
        }
        Shape::Human if config.routes.is_empty() => {
            let profile = config.profiles.get(config.default_profile).map_or("", |profile| &*profile.name);
            out.say(out.text(&text::ROUTE_NONE, &[("profile", &clean(profile))]));
        }
        Shape::Human => {
            out.data(&table(out, config));
        }
    }
    Ok(exit::DONE)
}

fn object(config: &Config, route: &RouteParams, number: usize) -> serde_json::Value {
    let when: Vec<_> =
        conditions::pairs(&route.when).into_iter().map(|(key, value)| format!("{key} = {value}")).collect();
    json!({
        "number": number,
        "name": &*route.name,
        "match": when,
        "to": target(config, route),
        "model": route.model.as_deref(),
        "strict": route.strict,
        "priority": route.priority,
    })
}

fn table(out: &Out, config: &Config) -> String {
    let width = config.routes.iter().map(|route| clean(&route.name).width()).max().unwrap_or_default();
    let mut page = String::new();
    for (route, number) in config.routes.iter().zip(1..) {
        let mut more = String::new();
        if let Some(model) = &route.model {
            let _ = write!(more, "  model = {}", clean(model));
        }
        if route.strict {
            more.push_str("  strict");
        }
        if route.priority != 0 {
            let _ = write!(more, "  priority = {}", route.priority);
        }
        let (name, to) = (pad(&clean(&route.name), width), target(config, route));
        let _ = writeln!(page, "  {number:>2}  {}  → {to}{}", out.paint.bold(&name), out.paint.dim(more));
        let _ = writeln!(page, "      {}", out.paint.dim(clean(&conditions::inline(&route.when))));
    }
    page
}

/// `provider:kimi`
fn target(config: &Config, route: &RouteParams) -> String {
    let name = match route.to {
        To::Provider(index) => config.providers.get(index).map(|it| format!("provider:{}", it.name)),
        To::Profile(index) => config.profiles.get(index).map(|it| format!("profile:{}", it.name)),
    };
    clean(&name.unwrap_or_default())
}

fn test(context: &Context<'_>, asked: &Asked) -> Result<u8, CliError> {
    let request = request(context, asked)?;
    let tested = match context.admin().route(&request)? {
        Some(tested) => tested,
        None => {
            let loaded = context.load(&crate::config::Overrides::default())?;
            let engine = rehearsal::fresh(&loaded.config)?;
            rehearsal::rehearse(&engine, std::time::Duration::ZERO, &loaded.config, &request, None)?
        }
    };
    let out = &context.out;
    match &out.shape {
        Shape::Json(_) => {
            out.json("route.test", serde_json::to_value(&tested).unwrap_or_default());
        }
        Shape::Plain | Shape::Human => {
            out.data(&page(out, &request, &tested));
            if !tested.running {
                out.say(out.word(&text::ROUTE_OFFLINE));
            }
        }
    }
    Ok(if tested.candidates.is_empty() && tested.wait_ms.is_none() { exit::FAILED } else { exit::DONE })
}

/// The request that is asked about: what its body says, unless an option says otherwise.
fn request(context: &Context<'_>, asked: &Asked) -> Result<RouteTest, CliError> {
    let headers = asked.headers.iter().map(|header| {
        let wrong = || wrong(header, "--header").fix(&text::ROUTE_HEADER_FIX);
        let (name, value) = header.split_once(['=', ':']).ok_or_else(wrong)?;
        Ok((name.trim().to_ascii_lowercase(), value.trim().to_owned()))
    });
    if let Some(fault) = asked.model.as_deref().and_then(read::name_fault) {
        return Err(CliError::new(read::MODEL, exit::USAGE, fault).at("--model"));
    }
    let home = context.env.home().to_string_lossy();
    let project = asked.project.as_deref().map(|project| match project.strip_prefix('~') {
        Some(below) if below.is_empty() || below.starts_with('/') => format!("{home}{below}"),
        _ => project.to_owned(),
    });
    let mut request = RouteTest {
        path: asked.path.clone(),
        model: asked.model.clone(),
        client: asked.client.clone(),
        project,
        tag: asked.tag.clone(),
        user: asked.user.clone(),
        profile: asked.profile.clone(),
        provider: asked.provider.clone(),
        headers: headers.collect::<Result<_, CliError>>()?,
        hour: asked.hour,
        deadline_ms: asked.deadline.map(|time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX)),
        login: asked.login,
        run_model: asked.run_model.clone(),
        ..RouteTest::default()
    };
    match &asked.file {
        Some(file) => read_body(file, &mut request)?,
        None => request.session = session(&request.headers, &Peek::default()),
    }
    said(asked, &mut request)?;
    Ok(request)
}

/// What options say beats the body.
fn said(asked: &Asked, request: &mut RouteTest) -> Result<(), CliError> {
    request.stream |= asked.stream;
    request.tools |= asked.tools;
    request.images |= asked.images;
    request.thinking |= asked.thinking;
    request.web_search |= asked.web_search;
    if asked.session.is_some() {
        request.session.clone_from(&asked.session);
    }
    if let Some(stored) = &asked.stored {
        let pair = stored.split_once('=').and_then(|(field, id)| Some((peek::stored_field(field.trim())?, id.trim())));
        let (field, id) = pair.ok_or_else(|| {
            let fix = Text::new(&text::ROUTE_STORED_FIX).with_list("fields", peek::stored_fields());
            wrong(stored, "--stored").fix(fix)
        })?;
        request.stored = Some((field.to_owned(), Some(id.to_owned()).filter(|id| !id.is_empty())));
    }
    if let Some(size) = &asked.size {
        request.bytes = size::parse(size).ok_or_else(|| wrong(size, "--size").fix(&text::ROUTE_SIZE_FIX))?;
    }
    Ok(())
}

/// A value that an option does not take.
fn wrong(value: &str, option: &'static str) -> CliError {
    let message = Text::new(&text::USAGE_INVALID_VALUE).with("value", clean(value)).with("arg", option);
    CliError::new("TG220", exit::USAGE, message)
}

/// The conversation, as headers and body name it.
fn session(headers: &[(String, String)], found: &Peek<'_>) -> Option<String> {
    let header = |name: &str| headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    tokgate_wire::client::session(header, found).map(Cow::into_owned)
}

fn read_body(file: &Path, request: &mut RouteTest) -> Result<(), CliError> {
    let mut body = Vec::new();
    let read = if file == Path::new("-") {
        std::io::stdin().lock().take(BODY_MAX).read_to_end(&mut body)
    } else {
        std::fs::File::open(file).and_then(|open| open.take(BODY_MAX).read_to_end(&mut body))
    };
    read.map_err(|error| CliError::file(file, &error))?;
    let found = peek::peek(&body).map_err(|malformed| {
        let reason = refusals::body(&malformed);
        CliError::new("TG352", exit::USAGE, Text::new(&text::ROUTE_BODY).with_words("reason", reason))
            .at(file.display())
            .fix(&text::ROUTE_BODY_FIX)
    })?;
    let traits = peek::traits(&body);
    if request.model.is_none() {
        // A real one would be refused for it.
        if let Some(fault) = read::model_fault(&found) {
            return Err(CliError::new(read::MODEL, exit::USAGE, fault).at(file.display()));
        }
        request.model = found.model.as_ref().map(|model| model.text.to_string());
    }
    request.stream = found.stream.unwrap_or(false);
    if request.user.is_none() {
        request.user = found.user.as_deref().map(str::to_owned);
    }
    request.bytes = body.len() as u64;
    request.session = session(&request.headers, &found);
    request.stored = found.stored.as_ref().map(|stored| {
        let id = Some(String::from_utf8_lossy(&stored.id).into_owned()).filter(|id| !id.is_empty());
        (stored.field.to_owned(), id)
    });
    (request.tools, request.web_search) = (found.tools, traits.web_search);
    (request.thinking, request.images) = (traits.thinking, traits.images);
    Ok(())
}

fn page(out: &Out, request: &RouteTest, tested: &RouteTested) -> String {
    let lang = out.lang;
    let trail: Trail = serde_json::from_value(tested.trail.clone()).unwrap_or_default();
    let seen = |condition: &str| match condition {
        "model" => request.model.as_deref().map(clean),
        "client" => request.client.as_deref().map(clean),
        "project" => request.project.as_deref().map(clean),
        "path" => Some(clean(&request.path)),
        "tag" => request.tag.as_deref().map(clean),
        "user" => request.user.as_deref().map(clean),
        "stream" => Some(request.stream.to_string()),
        "has_tools" => Some(request.tools.to_string()),
        "has_images" => Some(request.images.to_string()),
        _ => None,
    };
    let mut page = Page::default();
    page.add(&words::RULES, why::rules(&trail, &seen, lang), lang);
    let home = trail.home.as_ref().map(|home| stayed(home, lang));
    let choice = std::iter::once(chosen(&trail, lang)).chain(ordered(&trail, lang)).chain(home);
    page.add(&words::PROFILE, choice.collect(), lang);
    let candidates = tested.candidates.iter().zip(1..).map(|(candidate, number)| {
        let key = candidate.key.map(|key| format!(" #{key}")).unwrap_or_default();
        let model = candidate.model.as_deref().map(|model| format!("  {}", clean(model))).unwrap_or_default();
        format!("{number} {}{key}{model}", clean(&candidate.provider))
    });
    let wait = tested.wait_ms.map(|ms| out.text(&text::ROUTE_WAIT, &[("time", &format!("{:.1}s", ms as f64 / 1e3))]));
    page.add(&text::ROUTE_ASKED, candidates.chain(wait).collect(), lang);
    page.add(&words::NOT_USED, why::not_used(&trail, lang), lang);
    let refusal = tested.refusal.as_ref().map(|both| clean(unnamed(both.say(lang))));
    page.add(&text::ROUTE_REFUSED, refusal.into_iter().collect(), lang);
    let ignored = tested.ignored.iter().map(|unknown| match unknown {
        Unknown::Conversation => &text::ROUTE_NO_CONVERSATION,
        Unknown::Body => &text::ROUTE_NO_BODY,
        Unknown::Prices => &text::ROUTE_NO_PRICES,
    });
    page.add(&text::ROUTE_IGNORED, ignored.map(|message| out.word(message).to_owned()).collect(), lang);
    page.text()
}
