//! Which behaviour answers which request: a list of steps, rules beside it, and a choice per request by header.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::acceptance::AcceptanceTurn;
use crate::answer::Answer;
use crate::fault::{Fault, FaultPlan};
use crate::narrow::Narrow;
use crate::random::RandomStream;

/// Request header that chooses the behaviour of this one request.
pub const CHOICE_HEADER: &str = "x-sim";

/// How one request is answered. In JSON a short text (see [`Behaviour::parse`]) or an object with one key.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Behaviour {
    /// A good answer.
    Good(Answer),
    /// The turn of an acceptance test: a tool call first, the marker once the tool's result is there.
    AcceptanceTurn(AcceptanceTurn),
    /// A long valid answer made from a seed.
    Random(RandomStream),
    /// These bytes, whatever was asked.
    Raw(Raw),
    /// Something goes wrong.
    Fault(Box<FaultPlan>),
}

/// A literal response.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Raw {
    /// The status.
    pub status: u16,
    /// The content type.
    pub content_type: String,
    /// Further headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
    /// Size of the pieces the body is written in; 0 means at once, with a `content-length`.
    pub write_bytes: usize,
    /// Wait before every piece, in milliseconds.
    pub gap_ms: u64,
}

impl Default for Raw {
    fn default() -> Self {
        Self {
            status: 200,
            content_type: "application/json".to_owned(),
            headers: Vec::new(),
            body: String::new(),
            write_bytes: 0,
            gap_ms: 0,
        }
    }
}

impl Default for Behaviour {
    fn default() -> Self {
        Self::Good(Answer::default())
    }
}

impl From<Fault> for Behaviour {
    fn from(fault: Fault) -> Self {
        Self::Fault(Box::new(fault.into()))
    }
}

impl From<FaultPlan> for Behaviour {
    fn from(plan: FaultPlan) -> Self {
        Self::Fault(Box::new(plan))
    }
}

impl From<Answer> for Behaviour {
    fn from(answer: Answer) -> Self {
        Self::Good(answer)
    }
}

/// The long form in JSON; the short form is a text.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Long {
    Good(Answer),
    AcceptanceTurn(AcceptanceTurn),
    Random(RandomStream),
    Raw(Raw),
    Fault(Box<FaultPlan>),
}

impl Behaviour {
    /// Reads JSON or the short form: `good`, `acceptance-turn`, `random`, a fault's name, or `status=529`,
    /// followed by settings as `; key=value` (for instance `sse-cut-reset; after_events=3`).
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.starts_with('{') {
            return serde_json::from_str(text).map_err(|e| format!("behaviour: {e}"));
        }
        let mut parts = text.split(';').map(str::trim).filter(|part| !part.is_empty());
        let name = parts.next().unwrap_or_default();
        let settings = parts.map(setting).collect::<Result<serde_json::Map<_, _>, _>>()?;
        short(name, settings)
    }

    /// A short name for logs: the fault's name, or the kind of answer.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Good(_) => "good",
            Self::AcceptanceTurn(_) => "acceptance-turn",
            Self::Random(_) => "random",
            Self::Raw(_) => "raw",
            Self::Fault(plan) => plan.name.name(),
        }
    }
}

fn setting(part: &str) -> Result<(String, Value), String> {
    let (key, value) = part.split_once('=').ok_or_else(|| format!("behaviour: {part:?} is not key=value"))?;
    let (key, value) = (key.trim(), value.trim());
    // retry_after stays a text even when it looks like a number
    let value = match serde_json::from_str::<Value>(value) {
        Ok(value) if key != "retry_after" => value,
        _ => Value::String(value.to_owned()),
    };
    Ok((key.to_owned(), value))
}

fn short(name: &str, mut settings: serde_json::Map<String, Value>) -> Result<Behaviour, String> {
    let name = name.strip_prefix("fault=").unwrap_or(name).trim();
    let read = |e: serde_json::Error| format!("behaviour {name:?}: {e}");
    if let Some(status) = name.strip_prefix("status=") {
        return status_behaviour(status.trim(), settings);
    }
    match name {
        "good" => Ok(Behaviour::Good(serde_json::from_value(settings.into()).map_err(read)?)),
        "acceptance-turn" => Ok(Behaviour::AcceptanceTurn(serde_json::from_value(settings.into()).map_err(read)?)),
        "random" => Ok(Behaviour::Random(serde_json::from_value(settings.into()).map_err(read)?)),
        "raw" => Ok(Behaviour::Raw(serde_json::from_value(settings.into()).map_err(read)?)),
        fault => {
            let fault = Fault::try_from(fault.to_owned())?;
            settings.insert("name".to_owned(), fault.name().into());
            Ok(Behaviour::Fault(serde_json::from_value(settings.into()).map_err(read)?))
        }
    }
}

/// `status=529` is the named fault of that status where there is one, so that its typed body comes along.
fn status_behaviour(status: &str, mut settings: serde_json::Map<String, Value>) -> Result<Behaviour, String> {
    let code: u16 = status.parse().map_err(|_| format!("behaviour: {status:?} is not a status"))?;
    let fault = Fault::from_name(status).unwrap_or(Fault::Status);
    settings.insert("name".to_owned(), fault.name().into());
    settings.insert("status".to_owned(), code.into());
    serde_json::from_value(settings.into()).map(Behaviour::Fault).map_err(|e| format!("behaviour: {e}"))
}

impl<'de> Deserialize<'de> for Behaviour {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        match Value::deserialize(d)? {
            Value::String(text) => Self::parse(&text).map_err(D::Error::custom),
            value => Ok(match serde_json::from_value(value).map_err(D::Error::custom)? {
                Long::Good(v) => Self::Good(v),
                Long::AcceptanceTurn(v) => Self::AcceptanceTurn(v),
                Long::Random(v) => Self::Random(v),
                Long::Raw(v) => Self::Raw(v),
                Long::Fault(v) => Self::Fault(v),
            }),
        }
    }
}

/// One or several requests answered alike. In JSON `{"do": …, "times": 2}` or just the behaviour.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// The behaviour.
    #[serde(rename = "do")]
    pub behaviour: Behaviour,
    /// Requests it answers.
    pub times: u32,
}

impl<B: Into<Behaviour>> From<B> for Step {
    fn from(behaviour: B) -> Self {
        Self { behaviour: behaviour.into(), times: 1 }
    }
}

impl<'de> Deserialize<'de> for Step {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Full {
            #[serde(rename = "do")]
            behaviour: Behaviour,
            #[serde(default = "once")]
            times: u32,
        }
        let value = Value::deserialize(d)?;
        if value.get("do").is_some() {
            let full: Full = serde_json::from_value(value).map_err(D::Error::custom)?;
            return Ok(Self { behaviour: full.behaviour, times: full.times });
        }
        serde_json::from_value::<Behaviour>(value).map(Self::from).map_err(D::Error::custom)
    }
}

fn once() -> u32 {
    1
}

/// Which requests a rule is for; every given field must fit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct When {
    /// The path (with query) contains this text.
    pub path: Option<String>,
    /// The model of the request is this one.
    pub model: Option<String>,
    /// A header has exactly this value; the name in lower case.
    pub header: Option<(String, String)>,
    /// The request declares tools, or does not.
    pub tools: Option<bool>,
    /// The request asks for a stream, or does not.
    pub stream: Option<bool>,
}

/// Requests like this are answered like that, always, without using up a step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Which requests.
    pub when: When,
    /// How they are answered.
    #[serde(rename = "do")]
    pub behaviour: Behaviour,
}

/// The whole play: header `x-sim` first, then rules, then steps in order, then `then` for ever.
/// Steps are used up by model requests only (not by model lists, token counts or greetings).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Script {
    /// Rules, first match wins.
    pub rules: Vec<Rule>,
    /// One behaviour per request, in order.
    pub steps: Vec<Step>,
    /// Everything after the steps.
    pub then: Behaviour,
    /// How the opaque reasoning of this provider begins: a request with any other is refused, without using up a step.
    pub issuer: Option<String>,
    /// What is refused before anything else, without using up a step.
    pub narrow: Option<Narrow>,
}

impl Script {
    /// The same behaviour for every request.
    pub fn always(behaviour: impl Into<Behaviour>) -> Self {
        Self { then: behaviour.into(), ..Self::default() }
    }

    /// These steps, then good answers.
    pub fn of<S: Into<Step>>(steps: impl IntoIterator<Item = S>) -> Self {
        Self { steps: steps.into_iter().map(Into::into).collect(), ..Self::default() }
    }

    /// Replaces what comes after the steps.
    #[must_use]
    pub fn then(mut self, behaviour: impl Into<Behaviour>) -> Self {
        self.then = behaviour.into();
        self
    }

    /// Verifies opaque reasoning: what this provider issued begins with `own`.
    #[must_use]
    pub fn issuer(mut self, own: impl Into<String>) -> Self {
        self.issuer = Some(own.into());
        self
    }

    /// Refuses what a provider narrower than its protocol does not know.
    #[must_use]
    pub fn narrow(mut self, narrow: Narrow) -> Self {
        self.narrow = Some(narrow);
        self
    }

    /// Adds a rule.
    #[must_use]
    pub fn rule(mut self, when: When, behaviour: impl Into<Behaviour>) -> Self {
        self.rules.push(Rule { when, behaviour: behaviour.into() });
        self
    }
}

#[cfg(test)]
#[path = "script/tests.rs"]
mod tests;
