//! What differs between the makers of Bedrock's models, by what their ids contain. Sources: Amazon Bedrock user guide,
//! "Prompt caching", "Inference request parameters" and "Supported models and model features"; API reference,
//! "ToolResultBlock".

/// Facts about the models of one maker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Model {
    /// How reasoning is asked for, in `additionalModelRequestFields`.
    pub(super) thinks: Thinks,
    /// How `top_k` is said there.
    pub(super) top_k: TopK,
    /// Cache points are taken in instructions and messages.
    pub(super) caches: bool,
    /// Cache points are taken behind tools.
    pub(super) caches_tools: bool,
    /// A tool's result may say that it failed.
    pub(super) result_status: bool,
}

/// How reasoning is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Thinks {
    /// Not at all: it reasons or does not.
    No,
    /// As Anthropic has it: `thinking` and `output_config`.
    Claude,
    /// `reasoningConfig`
    Nova,
    /// `reasoning_effort`
    Effort,
}

/// How `top_k` is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TopK {
    /// Not at all.
    No,
    /// `top_k`
    Plain,
    /// `inferenceConfig.topK`
    Nested,
}

const OTHER: Model =
    Model { thinks: Thinks::No, top_k: TopK::No, caches: false, caches_tools: false, result_status: false };

/// The most particular first.
const MODELS: [(&str, Model); 5] = [
    (
        "anthropic.",
        Model { thinks: Thinks::Claude, top_k: TopK::Plain, caches: true, caches_tools: true, result_status: true },
    ),
    ("amazon.nova-2", Model { thinks: Thinks::Nova, ..NOVA }),
    ("amazon.nova", NOVA),
    ("openai.", Model { thinks: Thinks::Effort, ..OTHER }),
    ("mistral.", Model { top_k: TopK::Plain, ..OTHER }),
];

const NOVA: Model = Model { top_k: TopK::Nested, caches: true, result_status: true, ..OTHER };

/// The facts of a model; of one that is not known nothing is asked that only some take.
pub(super) fn of(id: &str) -> Model {
    MODELS.iter().find(|(part, _)| id.contains(part)).map_or(OTHER, |(_, model)| *model)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn makers_are_known_in_every_form_of_an_id() {
        for id in [
            "anthropic.claude-sonnet-4-5-20250929-v1:0",
            "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
            "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-opus-5-5",
        ] {
            assert_eq!(of(id).thinks, Thinks::Claude, "{id}");
        }
        assert_eq!(
            (of("us.amazon.nova-pro-v1:0").thinks, of("amazon.nova-2-lite-v1:0").thinks),
            (Thinks::No, Thinks::Nova)
        );
        assert_eq!(of("arn:aws:bedrock:us-east-1:1:application-inference-profile/abc"), OTHER);
    }
}
