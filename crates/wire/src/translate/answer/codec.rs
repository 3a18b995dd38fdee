//! Decoders and encoders of answers, whichever the protocol.

use crate::conversation::{End, Event, Sink};
use crate::openai_responses::encode::CompactionEncoder;
use crate::protocol::{Protocol, UpstreamProtocol};
use crate::stream::TransportEnd;
use crate::translate::Plan;
use crate::{anthropic, converse, gemini, openai_chat, openai_responses, sse};

/// Reads a provider's answer.
#[derive(Debug)]
pub enum Decoder {
    /// Anthropic Messages.
    Anthropic(Box<anthropic::decode::Decoder>),
    /// OpenAI Chat Completions.
    OpenaiChat(Box<openai_chat::decode::Decoder>),
    /// OpenAI Responses.
    OpenaiResponses(Box<openai_responses::decode::Decoder>),
    /// Gemini.
    Gemini(Box<gemini::decode::Decoder>),
    /// Bedrock's Converse.
    Converse(Box<converse::decode::Decoder>),
}

impl Decoder {
    /// Of an answer to the request that made `plan`.
    pub fn new(plan: &Plan) -> Self {
        match plan.upstream {
            UpstreamProtocol::Anthropic => Self::Anthropic(Box::new(anthropic::decode::Decoder::new(plan))),
            UpstreamProtocol::OpenaiResponses => {
                Self::OpenaiResponses(Box::new(openai_responses::decode::Decoder::new(plan)))
            }
            UpstreamProtocol::Gemini => Self::Gemini(Box::new(gemini::decode::Decoder::new(plan))),
            UpstreamProtocol::OpenaiChat => Self::OpenaiChat(Box::new(openai_chat::decode::Decoder::new(plan))),
            UpstreamProtocol::BedrockConverse => Self::Converse(Box::new(converse::decode::Decoder::new(plan))),
        }
    }

    /// Takes one event of the stream. `Some`: the answer has ended.
    pub fn push(&mut self, event: &sse::Event<'_>, to: &mut impl Sink) -> Option<End> {
        match self {
            Self::Anthropic(decoder) => decoder.push(event, to),
            Self::OpenaiChat(decoder) => decoder.push(event, to),
            Self::OpenaiResponses(decoder) => decoder.push(event, to),
            Self::Gemini(decoder) => decoder.push(event, to),
            Self::Converse(decoder) => decoder.push(event, to),
        }
    }

    /// The stream is over.
    pub fn finish(&mut self, end: TransportEnd, to: &mut impl Sink) -> End {
        match self {
            Self::Anthropic(decoder) => decoder.finish(end, to),
            Self::OpenaiChat(decoder) => decoder.finish(end, to),
            Self::OpenaiResponses(decoder) => decoder.finish(end, to),
            Self::Gemini(decoder) => decoder.finish(end, to),
            Self::Converse(decoder) => decoder.finish(end, to),
        }
    }

    /// Takes a whole answer.
    pub fn whole(&mut self, body: &str, to: &mut impl Sink) -> End {
        match self {
            Self::Anthropic(decoder) => decoder.whole(body, to),
            Self::OpenaiChat(decoder) => decoder.whole(body, to),
            Self::OpenaiResponses(decoder) => decoder.whole(body, to),
            Self::Gemini(decoder) => decoder.whole(body, to),
            Self::Converse(decoder) => decoder.whole(body, to),
        }
    }
}

/// Writes a streamed answer.
#[derive(Debug)]
pub enum Encoder {
    /// Anthropic Messages.
    Anthropic(Box<anthropic::encode::StreamEncoder>),
    /// OpenAI Chat Completions.
    OpenaiChat(Box<openai_chat::encode::StreamEncoder>),
    /// OpenAI Responses.
    OpenaiResponses(Box<openai_responses::encode::StreamEncoder>),
    /// OpenAI Responses, where the conversation is compacted.
    Compaction(Box<CompactionEncoder>),
}

impl Encoder {
    /// For the client whose request made `plan`.
    pub fn new(plan: &Plan) -> Self {
        if let Some(asked) = plan.compaction {
            return Self::Compaction(Box::new(CompactionEncoder::new(plan, asked, true)));
        }
        match plan.client {
            Protocol::Anthropic => Self::Anthropic(Box::new(anthropic::encode::StreamEncoder::new(plan))),
            Protocol::OpenaiChat => Self::OpenaiChat(Box::new(openai_chat::encode::StreamEncoder::new(plan))),
            Protocol::OpenaiResponses => {
                Self::OpenaiResponses(Box::new(openai_responses::encode::StreamEncoder::new(plan)))
            }
        }
    }

    /// The bytes written since the last call.
    pub fn take(&mut self) -> Vec<u8> {
        match self {
            Self::Anthropic(encoder) => encoder.take(),
            Self::OpenaiChat(encoder) => encoder.take(),
            Self::OpenaiResponses(encoder) => encoder.take(),
            Self::Compaction(encoder) => encoder.take(),
        }
    }

    /// How the answer ends for the client, when it ends so for the provider.
    pub fn settle(&self, end: End) -> End {
        match self {
            Self::Compaction(encoder) => encoder.settle(end),
            Self::Anthropic(_) | Self::OpenaiChat(_) | Self::OpenaiResponses(_) => end,
        }
    }

    /// The answer has ended.
    pub fn finish(&mut self, end: &End) {
        match self {
            Self::Anthropic(encoder) => encoder.finish(end),
            Self::OpenaiChat(encoder) => encoder.finish(end),
            Self::OpenaiResponses(encoder) => encoder.finish(end),
            Self::Compaction(encoder) => encoder.finish(end),
        }
    }
}

impl Sink for Encoder {
    fn event(&mut self, event: Event<'_>) {
        match self {
            Self::Anthropic(encoder) => encoder.event(event),
            Self::OpenaiChat(encoder) => encoder.event(event),
            Self::OpenaiResponses(encoder) => encoder.event(event),
            Self::Compaction(encoder) => encoder.event(event),
        }
    }
}

/// Writes an answer whole.
#[derive(Debug)]
pub(super) enum WholeEncoder {
    Anthropic(Box<anthropic::encode::WholeEncoder>),
    OpenaiChat(Box<openai_chat::encode::WholeEncoder>),
    OpenaiResponses(Box<openai_responses::encode::WholeEncoder>),
    Compaction(Box<CompactionEncoder>),
}

impl WholeEncoder {
    pub(super) fn new(plan: &Plan) -> Self {
        if let Some(asked) = plan.compaction {
            return Self::Compaction(Box::new(CompactionEncoder::new(plan, asked, false)));
        }
        match plan.client {
            Protocol::Anthropic => Self::Anthropic(Box::new(anthropic::encode::WholeEncoder::new(plan))),
            Protocol::OpenaiChat => Self::OpenaiChat(Box::new(openai_chat::encode::WholeEncoder::new(plan))),
            Protocol::OpenaiResponses => {
                Self::OpenaiResponses(Box::new(openai_responses::encode::WholeEncoder::new(plan)))
            }
        }
    }

    pub(super) fn settle(&self, end: End) -> End {
        match self {
            Self::Compaction(encoder) => encoder.settle(end),
            Self::Anthropic(_) | Self::OpenaiChat(_) | Self::OpenaiResponses(_) => end,
        }
    }

    pub(super) fn finish(self, end: &End) -> Vec<u8> {
        match self {
            Self::Anthropic(encoder) => encoder.finish(end),
            Self::OpenaiChat(encoder) => encoder.finish(end),
            Self::OpenaiResponses(encoder) => encoder.finish(end),
            Self::Compaction(encoder) => encoder.finish_whole(end),
        }
    }
}

impl Sink for WholeEncoder {
    fn event(&mut self, event: Event<'_>) {
        match self {
            Self::Anthropic(encoder) => encoder.event(event),
            Self::OpenaiChat(encoder) => encoder.event(event),
            Self::OpenaiResponses(encoder) => encoder.event(event),
            Self::Compaction(encoder) => encoder.event(event),
        }
    }
}
