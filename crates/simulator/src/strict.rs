//! What clouds refuse before a model is asked: missing keys, wrong signatures, and bodies that their own rules forbid.
//! Vendors' own services are not strict here; what they refuse is a fault of the script.

use serde_json::Value;

use crate::protocol::{Call, Protocol, Service, Surface};
use crate::reply::Reply;
use crate::server::{AwsCredentials, Request};
use crate::wire::{self, error::Error};

mod azure;
mod bedrock;
mod gemini;
mod sigv4;

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    /// In Anthropic's words.
    pub(crate) kind: &'static str,
    pub(crate) code: Option<&'static str>,
    /// AWS's name for it, for its header.
    pub(crate) exception: Option<&'static str>,
    pub(crate) message: String,
}

impl Refusal {
    /// 400: the body breaks a rule.
    fn invalid(message: impl Into<String>) -> Self {
        let exception = Some("ValidationException");
        Self { status: 400, kind: "invalid_request_error", code: None, exception, message: message.into() }
    }

    pub(crate) fn reply(&self, surface: Surface, number: u64) -> Reply {
        let error = Error { kind: self.kind, code: self.code, message: &self.message };
        let reply = Reply::json(self.status, &wire::error::body(surface, error, number)).request_id(surface, number);
        match self.exception {
            Some(name) if surface.service == Service::Bedrock => reply.header("x-amzn-errortype", name),
            _ => reply,
        }
    }
}

/// Why `request` would not reach a model, if it would not.
pub(crate) fn refusal(credentials: &Option<AwsCredentials>, call: Call, request: &Request) -> Option<Refusal> {
    let body = || serde_json::from_slice::<Value>(&request.body).unwrap_or_default();
    match call {
        Call::Create(surface) => match (surface.service, surface.protocol) {
            (Service::Azure, _) => azure::refusal(request),
            (Service::Bedrock, protocol) => bedrock::unknown(credentials.as_ref(), request).or_else(|| {
                if protocol == Protocol::Anthropic { bedrock::invoke(&body()) } else { bedrock::converse(&body()) }
            }),
            (_, Protocol::Gemini) => gemini::refusal(request, &body()),
            (Service::Vendor, _) => bedrock::wrongly_signed(credentials.as_ref(), request),
        },
        Call::BedrockCount => bedrock::unknown(credentials.as_ref(), request),
        _ => None,
    }
}
