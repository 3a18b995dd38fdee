//! The complete answers that are not the one asked for: statuses with the error bodies real providers send.

use std::io::Write as _;

use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use serde_json::json;

use super::{Fault, FaultPlan};
use crate::answer::Answer;
use crate::asked::Asked;
use crate::clock;
use crate::coding::Coding;
use crate::protocol::{Protocol, Service};
use crate::reply::{self, Act, After, Reply};
use crate::wire::{self, error::Error};

const HTML_GATEWAY: &str = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body><center><h1>502 Bad Gateway</h1></center></body>\r\n</html>\r\n";
const HTML_FIREWALL: &str =
    "<!DOCTYPE html><html><head><title>Access denied</title></head><body>Error 1020</body></html>";
const HTML_LOGIN: &str =
    "<!DOCTYPE html><html><head><title>Sign in</title></head><body><form>Password</form></body></html>";
/// What no encoding can make sense of.
const NOISE: [u8; 512] = [0xff; 512];
/// Size of a gzip bomb after growing, unless told otherwise.
const BOMB_BYTES: usize = 64 << 20;

/// The answer of a fault of [`super::Layer::Answer`].
pub(super) fn reply(plan: &FaultPlan, asked: &Asked, number: u64) -> Reply {
    match plan.name {
        Fault::ContentFilter if asked.protocol == Protocol::Gemini => {
            Reply::json(200, &wire::gemini::blocked(&asked.model, number))
        }
        Fault::ContentFilter if asked.service == Service::Azure => {
            Reply::json(400, &wire::azure::refused_prompt()).request_id(asked.surface(), number)
        }
        Fault::ForbiddenHtml => Reply::whole(403, "text/html; charset=UTF-8", HTML_FIREWALL),
        Fault::BadGatewayHtml => Reply::whole(502, "text/html", HTML_GATEWAY),
        Fault::OkHtml => Reply::whole(200, "text/html; charset=utf-8", HTML_LOGIN),
        Fault::PathNotFound => Reply::whole(404, "text/plain; charset=utf-8", "404 page not found\n"),
        Fault::OkEmpty => Reply::whole(200, good_type(asked), Bytes::new()),
        Fault::OkInvalidJson => Reply::whole(200, good_type(asked), invalid_json(asked)),
        Fault::OkErrorBody => Reply::json(200, &wire::error::body(asked.surface(), OVERLOADED, number)),
        Fault::Redirect => Reply::whole(302, "text/html", "").header("location", plan.location.clone()),
        Fault::Unprocessable => Reply::json(422, &detail()),
        Fault::ZhipuBalance => {
            Reply::json(429, &json!({"error": {"code": "1113", "message": "余额不足或无可用资源包,请充值。"}}))
        }
        Fault::AlwaysStreams => as_asked(plan, asked, number, true),
        Fault::NeverStreams => as_asked(plan, asked, number, false),
        Fault::Gzip => gzip(plan, asked, number),
        Fault::GzipBomb => gzip_bomb(plan, asked),
        Fault::CodedCut => coded_cut(plan, asked, number),
        Fault::CodedDamaged => {
            Reply::whole(200, good_type(asked), &NOISE[..]).header("content-encoding", coding(plan).name())
        }
        Fault::ShortBody => short_body(plan, asked, number),
        _ => typed(plan, asked, number),
    }
}

pub(super) const OVERLOADED: Error<'static> =
    Error { kind: "overloaded_error", code: Some("server_is_overloaded"), message: "Overloaded" };

/// A good answer to the same request with or without `stream`.
fn as_asked(plan: &FaultPlan, asked: &Asked, number: u64, stream: bool) -> Reply {
    reply::good(&plan.answer, &Asked { stream, ..asked.clone() }, number)
}

fn good_type(asked: &Asked) -> &'static str {
    wire::content_type(asked.surface(), asked.stream)
}

fn invalid_json(asked: &Asked) -> Bytes {
    if asked.stream && asked.surface().is_binary() {
        let first = wire::frames(&Answer::default(), asked, 0).into_iter().next();
        return first.map(|frame| frame.framed(b"{\"type\":\"mess")).unwrap_or_default();
    }
    Bytes::from_static(invalid_text(asked).as_bytes())
}

fn invalid_text(asked: &Asked) -> &'static str {
    match (asked.stream, asked.protocol) {
        (false, _) => "{\"id\":\"x\",\"content\":[{\"type\":\"te",
        (true, Protocol::Anthropic) => "event: message_start\ndata: {\"type\":\"message_start\",\"mess\n\n",
        (true, Protocol::OpenaiChat) => "data: {\"id\":\"x\",\"choices\":[{\"ind\n\n",
        (true, Protocol::Gemini | Protocol::BedrockConverse) => "data: {\"candidates\":[{\"cont\n\n",
        (true, Protocol::OpenaiResponses) => "event: response.created\ndata: {\"type\":\"response.cre\n\n",
    }
}

fn detail() -> serde_json::Value {
    json!({"detail": [{"loc": ["body", "max_tokens"], "msg": "value is not a valid integer", "type": "type_error.integer"}]})
}

/// Status and error of the typed answers.
fn error(plan: &FaultPlan) -> (u16, Error<'static>) {
    let e = |kind, code, message| Error { kind, code, message };
    match plan.name {
        Fault::PromptTooLong => (
            400,
            e(
                "invalid_request_error",
                Some("context_length_exceeded"),
                "prompt is too long: 250000 tokens > 200000 maximum",
            ),
        ),
        Fault::BadRole => {
            (400, e("invalid_request_error", None, "messages.1.role: Input should be 'user' or 'assistant'"))
        }
        Fault::ExtraInputs => {
            (400, e("invalid_request_error", None, "context_management: Extra inputs are not permitted"))
        }
        Fault::ContentFilter => {
            (400, e("invalid_request_error", Some("content_filter"), "The prompt was refused by the content filter."))
        }
        Fault::BadSignature => {
            (400, e("invalid_request_error", None, "messages.1.content.0: Invalid `signature` in `thinking` block"))
        }
        Fault::Unauthorized => (401, e("authentication_error", Some("invalid_api_key"), "invalid api key")),
        Fault::PaymentRequired => {
            (402, e("billing_error", Some("insufficient_balance"), "Your credit balance is too low."))
        }
        Fault::Forbidden => {
            (403, e("permission_error", Some("permission_denied"), "This key may not use the requested resource."))
        }
        Fault::ModelNotFound => (404, e("not_found_error", Some("model_not_found"), "model: no such model")),
        Fault::RequestTimeout => (408, e("timeout_error", None, "The request took too long.")),
        Fault::Conflict => (409, e("conflict_error", None, "The resource was changed at the same time.")),
        Fault::TooLarge => (413, e("request_too_large", None, "Request exceeds the maximum size")),
        Fault::InsufficientQuota => (
            429,
            e(
                "billing_error",
                Some("insufficient_quota"),
                "You exceeded your current quota, please check your plan and billing details.",
            ),
        ),
        Fault::RateLimited | Fault::RetryAfter | Fault::RetryAfterMs | Fault::RetryAfterDate => {
            (429, e("rate_limit_error", Some("rate_limit_exceeded"), "Rate limit reached for requests"))
        }
        Fault::Internal => (500, e("api_error", None, "Internal server error")),
        Fault::NotImplemented => (501, e("api_error", None, "Not implemented")),
        Fault::Unavailable | Fault::UnavailableRetryAfter => {
            (503, e("api_error", None, "Service temporarily unavailable"))
        }
        Fault::GatewayTimeout => (504, e("timeout_error", None, "Gateway timeout")),
        Fault::Overloaded => (529, OVERLOADED),
        Fault::Status => (plan.status, e(kind_of(plan.status), None, "Simulated error")),
        _ => (400, e("invalid_request_error", None, "max_tokens: Field required")),
    }
}

fn kind_of(status: u16) -> &'static str {
    match status {
        401 => "authentication_error",
        402 => "billing_error",
        403 => "permission_error",
        404 => "not_found_error",
        429 => "rate_limit_error",
        529 => "overloaded_error",
        400..=499 => "invalid_request_error",
        _ => "api_error",
    }
}

fn typed(plan: &FaultPlan, asked: &Asked, number: u64) -> Reply {
    let (status, error) = error(plan);
    let worded = plan.worded(error);
    let mut body = wire::error::body(asked.surface(), worded, number);
    if plan.name == Fault::InsufficientQuota && has_openai_errors(asked) {
        body["error"]["type"] = json!("insufficient_quota");
    }
    let status = own_status(plan, asked, worded).unwrap_or(status);
    if asked.protocol == Protocol::Gemini && plan.name == Fault::RetryAfter {
        body["error"]["details"] = json!([{"@type": "type.googleapis.com/google.rpc.RetryInfo",
            "retryDelay": format!("{}s", plan.retry_after)}]);
        return Reply::json(status, &body);
    }
    let mut reply = Reply::json(status, &body).request_id(asked.surface(), number);
    if asked.service == Service::Bedrock {
        let (_, name) = wire::bedrock::exception(worded.kind);
        reply =
            reply.header("x-amzn-errortype", format!("{name}:http://internal.amazon.com/coral/com.amazon.bedrock/"));
    }
    match plan.name {
        Fault::RetryAfter | Fault::UnavailableRetryAfter => reply.header("retry-after", plan.retry_after.clone()),
        Fault::RetryAfterMs => reply.header("retry-after-ms", plan.retry_after.clone()),
        Fault::RetryAfterDate => {
            let ahead = plan.retry_after.parse::<u64>().unwrap_or(7);
            reply.header("retry-after", clock::http_date(clock::unix_seconds().saturating_add(ahead)))
        }
        _ => reply,
    }
}

fn has_openai_errors(asked: &Asked) -> bool {
    asked.service != Service::Bedrock && matches!(asked.protocol, Protocol::OpenaiChat | Protocol::OpenaiResponses)
}

/// The status with which AWS and Google say the same; a status that was asked for by number stays.
fn own_status(plan: &FaultPlan, asked: &Asked, error: Error<'_>) -> Option<u16> {
    match (asked.service, asked.protocol) {
        _ if plan.name == Fault::Status => None,
        (Service::Bedrock, _) => Some(wire::bedrock::exception(error.kind).0),
        (_, Protocol::Gemini) => Some(wire::error::google_status(error.kind).0),
        _ => None,
    }
}

fn collected(reply: Reply) -> Vec<u8> {
    let data = |act| if let Act::Data(bytes) = act { bytes } else { Bytes::new() };
    reply.acts.flat_map(data).collect()
}

fn gzip(plan: &FaultPlan, asked: &Asked, number: u64) -> Reply {
    let plain = collected(reply::good(&plan.answer, asked, number));
    Reply::whole(200, good_type(asked), compressed(|out| out.write_all(&plain))).header("content-encoding", "gzip")
}

/// Whether the fault has its own way of encoding a body.
pub(super) fn is_coded(fault: Fault) -> bool {
    matches!(fault, Fault::Gzip | Fault::GzipBomb | Fault::CodedCut | Fault::CodedDamaged)
}

fn coding(plan: &FaultPlan) -> Coding {
    plan.coding.unwrap_or(Coding::Gzip)
}

/// The first half of an encoded answer.
fn coded_cut(plan: &FaultPlan, asked: &Asked, number: u64) -> Reply {
    let mut body = collected(reply::good(&plan.answer, asked, number).coded(coding(plan)));
    body.truncate(body.len() / 2);
    Reply::whole(200, good_type(asked), body).header("content-encoding", coding(plan).name())
}

fn gzip_bomb(plan: &FaultPlan, asked: &Asked) -> Reply {
    let size = plan.bytes.unwrap_or(BOMB_BYTES);
    let block = vec![b' '; 1 << 16];
    let body = compressed(|out| {
        for start in (0..size).step_by(block.len()) {
            out.write_all(&block[..block.len().min(size - start)])?;
        }
        Ok(())
    });
    Reply::whole(200, good_type(asked), body).header("content-encoding", "gzip")
}

/// Writing into memory does not fail; an error would only shorten the bomb.
fn compressed(fill: impl FnOnce(&mut GzEncoder<Vec<u8>>) -> std::io::Result<()>) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::best());
    let filled = fill(&mut out);
    filled.and_then(|()| out.finish()).unwrap_or_default()
}

fn short_body(plan: &FaultPlan, asked: &Asked, number: u64) -> Reply {
    let body = collected(reply::good(&plan.answer, asked, number));
    let mut short = Reply::whole(200, good_type(asked), body);
    if let reply::Framing::Length(length) = &mut short.framing {
        *length += 100;
    }
    short.acts = Box::new(short.acts.chain([Act::Eof]));
    short.after = After::CloseQuietly;
    short
}
