//! How the answer shall be: what all models take, and what is said to each maker's in its own words.

use crate::conversation::{Effort, Format, Impossible, Request, ThinkingMode, Tier};
use crate::json::{Text, Writer};
use crate::translate::context::{Context, wants_thinking};
use crate::translate::dialect::{Efforts, ThinkingSwitch};
use crate::translate::effort;

use super::super::model::{Model, Thinks, TopK};
use crate::translate::field;

/// Name of a schema for which the client has none.
const SCHEMA_NAME: &str = "output";

/// Efforts that makers beside Anthropic know.
const EFFORTS: Efforts = Efforts::of(&[Effort::Low, Effort::Medium, Effort::High]);
/// Those of Nova.
const NOVA: Efforts = Efforts::of(&[Effort::Low, Effort::Medium]);

/// What is said of reasoning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Thinking {
    Unset,
    /// Claude: `disabled`
    Off,
    /// Claude: `adaptive`
    Adaptive(Option<Effort>),
    /// Claude: `enabled`, with this budget.
    Budget(u64),
    /// Nova: `reasoningConfig`
    Config(Effort),
    /// `reasoning_effort`
    Effort(Effort),
}

impl Thinking {
    pub(super) fn settle(request: &Request<'_>, model: &Model, cx: &mut Context<'_, '_>) -> Self {
        let asked = &request.thinking;
        let Some(on) = wants_thinking(asked) else { return Self::Unset };
        let switch = cx.out.dialect.thinking_switch;
        match model.thinks {
            Thinks::No => {
                if on {
                    cx.lose_thinking();
                }
                Self::Unset
            }
            Thinks::Claude if !on => Self::Off,
            Thinks::Claude => match asked.mode {
                ThinkingMode::Budget(tokens) => Self::budget(tokens, request.max_output, cx),
                _ if switch == ThinkingSwitch::Budget => {
                    let tokens = effort::budget(asked.effort.unwrap_or(Effort::Medium));
                    Self::budget(tokens, request.max_output, cx)
                }
                _ => Self::Adaptive(asked.effort.and_then(|wanted| effort::thinking(wanted).effort)),
            },
            Thinks::Nova if !on => Self::Unset,
            // Its high effort refuses a limit and everything that steers chance.
            Thinks::Nova => Self::Config(near(effort::of(asked).unwrap_or(Effort::Medium), NOVA, cx)),
            Thinks::Effort => effort::of(asked).map_or(Self::Unset, |wanted| Self::Effort(near(wanted, EFFORTS, cx))),
        }
    }

    /// Within the longest answer, which counts reasoning too.
    fn budget(tokens: u64, max_output: Option<u64>, cx: &mut Context<'_, '_>) -> Self {
        let max_output = max_output.unwrap_or(cx.out.dialect.max_output_default);
        let fits = effort::within(tokens, max_output);
        if fits != Some(tokens) {
            cx.approximate_effort();
        }
        fits.map_or(Self::Off, Self::Budget)
    }

    /// Whether Claude reasons with a budget: then no tool can be forced.
    pub(super) const fn is_manual(&self) -> bool {
        matches!(self, Self::Budget(_))
    }

    /// Whether Claude reasons: then nothing steers chance.
    const fn fixes_chance(&self) -> bool {
        matches!(self, Self::Budget(_) | Self::Adaptive(_))
    }
}

fn near(wanted: Effort, known: Efforts, cx: &mut Context<'_, '_>) -> Effort {
    let near = known.nearest(wanted);
    if near != wanted {
        cx.approximate_effort();
    }
    near
}

/// `inferenceConfig`
pub(super) fn write_inference(request: &Request<'_>, thinking: &Thinking, cx: &mut Context<'_, '_>, body: &mut Writer) {
    note_losses(request, cx);
    let mut inside = Writer::default();
    inside.object(|body| {
        // 0 warms Anthropic's cache; here the least is 1. Claude demands a limit when it has a budget.
        let limit = request.max_output.or_else(|| thinking.is_manual().then_some(cx.out.dialect.max_output_default));
        if let Some(tokens) = limit {
            body.key("maxTokens").count(tokens.max(1));
        }
        let sampling =
            [("temperature", "temperature", request.sampling.temperature), ("topP", "top_p", request.sampling.top_p)];
        let taken = cx.out.dialect.sampling && !thinking.fixes_chance();
        for (name, field, number) in sampling {
            match number {
                Some(number) if taken => body.key(name).raw(number),
                // What every model does anyway.
                Some(number) if number.parse() == Ok(1.0) => {}
                Some(_) => cx.out.losses.dropped(field),
                None => {}
            }
        }
        let stop = cx.stop(&request.stop);
        if !stop.is_empty() {
            body.key("stopSequences").array(|body| stop.iter().for_each(|text| body.text(text)));
        }
    });
    write_unless_empty("inferenceConfig", inside, body);
}

fn write_unless_empty(key: &str, inside: Writer, body: &mut Writer) {
    let inside = inside.into_bytes();
    if inside != b"{}" {
        // What was written is valid UTF-8: it was made of texts.
        body.key(key).raw(&String::from_utf8(inside).unwrap_or_default());
    }
}

/// What this protocol has no field for.
fn note_losses(request: &Request<'_>, cx: &mut Context<'_, '_>) {
    if request.sampling.top_logprobs.is_some() {
        cx.refuse(cx.out.name(field::LOGPROBS), Impossible::Logprobs);
    }
    let is_said = |number: Option<&str>| number.is_some_and(|number| number.parse() != Ok(0.0));
    let lost = [
        (request.sampling.seed.is_some(), "seed"),
        (is_said(request.sampling.frequency_penalty), "frequency_penalty"),
        (is_said(request.sampling.presence_penalty), "presence_penalty"),
        (request.verbosity.is_some(), cx.out.name(field::VERBOSITY)),
        (!matches!(request.tier, None | Some(Tier::Auto)), "service_tier"),
        (request.identity.user.is_some(), cx.out.name(field::USER)),
        (request.identity.cache_key.is_some(), cx.out.name(field::CACHE_KEY)),
    ];
    lost.into_iter().filter(|(said, _)| *said).for_each(|(_, field)| cx.out.losses.dropped(field));
}

/// `additionalModelRequestFields`: what each maker's models take beside.
pub(super) fn write_additional(
    request: &Request<'_>,
    model: &Model,
    thinking: &Thinking,
    cx: &mut Context<'_, '_>,
    body: &mut Writer,
) {
    let mut inside = Writer::default();
    inside.object(|body| {
        match request.sampling.top_k {
            None => {}
            Some(_) if !cx.out.dialect.top_k || thinking.fixes_chance() => cx.out.losses.dropped("top_k"),
            Some(number) => match model.top_k {
                TopK::Plain => body.key("top_k").raw(number),
                TopK::Nested => body.key("inferenceConfig").object(|body| body.key("topK").raw(number)),
                TopK::No => cx.out.losses.dropped("top_k"),
            },
        }
        match thinking {
            Thinking::Unset => {}
            Thinking::Off => body.key("thinking").object(|body| body.key("type").string("disabled")),
            Thinking::Budget(tokens) => body.key("thinking").object(|body| {
                body.key("type").string("enabled");
                body.key("budget_tokens").count(*tokens);
            }),
            Thinking::Adaptive(effort) => {
                body.key("thinking").object(|body| body.key("type").string("adaptive"));
                if let Some(effort) = effort {
                    body.key("output_config").object(|body| body.key("effort").string(effort.word()));
                }
            }
            Thinking::Config(effort) => body.key("reasoningConfig").object(|body| {
                body.key("type").string("enabled");
                body.key("maxReasoningEffort").string(effort.word());
            }),
            Thinking::Effort(effort) => body.key("reasoning_effort").string(effort.word()),
        }
    });
    write_unless_empty("additionalModelRequestFields", inside, body);
}

/// `outputConfig`, for models that take the schema of an answer. It stands there as a string.
pub(super) fn write_format(format: &Format<'_>, cx: &mut Context<'_, '_>, body: &mut Writer) {
    let Format::Schema { name, description, schema, .. } = format else { return };
    if !cx.out.dialect.schema_answers {
        return;
    }
    body.key("outputConfig").object(|body| {
        body.key("textFormat").object(|body| {
            body.key("type").string("json_schema");
            body.key("structure").object(|body| {
                body.key("jsonSchema").object(|body| {
                    body.key("schema").string(schema);
                    body.key("name").text(name.as_ref().unwrap_or(&Text::plain(SCHEMA_NAME)));
                    if let Some(description) = description {
                        body.key("description").text(description);
                    }
                });
            });
        });
    });
}
