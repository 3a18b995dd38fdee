//! The sentences in which providers refuse a field. Each is a row: where the name stands, and the words around it.
//!
//! A sentence counts wherever it stands in a message: relays put the message of the one behind them into their own.

use super::{Complaint, push};

/// Words behind a path: `context_management: Extra inputs are not permitted`.
const AFTER_PATH: &[&str] = &[
    // Pydantic 2 and 1: Anthropic, FastAPI, vLLM, SGLang
    ": Extra inputs are not permitted",
    ": extra inputs are not permitted",
    ": extra fields not permitted",
    ": Unexpected field",
    ": unexpected field",
    ": Unknown field",
    ": unknown field",
    ": unknown parameter",
    ": unsupported parameter",
    ": not supported",
    " is not supported",
    " is not a supported parameter",
    " is not permitted",
    " is not allowed",
    " should not exist",
    " was unexpected",
    // Chinese relays
    " 不支持",
    "不支持",
    " 参数不支持",
    "参数不支持",
    " 不被支持",
    "不被支持",
    " 字段不被允许",
    " 不允许",
    " 是未知参数",
    " 为未知参数",
    " 无法识别",
];

/// Words before a name or a list of names: `Unsupported parameter: 'X'`.
const BEFORE_NAME: &[&str] = &[
    // OpenAI
    "Unsupported parameter: ",
    "Unsupported parameters: ",
    "Unknown parameter: ",
    "Unknown parameters: ",
    "Unrecognized request argument supplied: ",
    "Unrecognized request arguments supplied: ",
    "Unrecognized request parameter: ",
    // serde (DeepSeek), Go's json, Jackson, zod, JSON Schema, gRPC gateways
    "unknown field ",
    "Unknown field ",
    "unknown field: ",
    "Unrecognized field ",
    "Unrecognized key(s) in object: ",
    "Unrecognized key: ",
    "Unrecognized keys: ",
    "Additional properties are not allowed (",
    "Unknown name ",
    "unexpected keyword argument ",
    "unsupported parameter: ",
    "unsupported field: ",
    "unsupported parameter ",
    // Chinese relays
    "不支持的参数: ",
    "不支持的参数：",
    "不支持参数 ",
    "不支持参数: ",
    "不支持参数：",
    "不支持该参数: ",
    "不支持该参数：",
    "不支持的字段: ",
    "不支持的字段：",
    "未知参数: ",
    "未知参数：",
    "未知参数 ",
    "未知字段: ",
    "未知字段：",
    "未知字段 ",
    "无法识别的参数: ",
    "无法识别的参数：",
    "无效参数: ",
    "无效参数：",
    "非法参数: ",
    "非法参数：",
];

/// Words that say a role of a message is not known.
const ROLE: &[&str] = &[
    "Input should be 'user' or 'assistant'",
    "unknown variant `system`, expected `user` or `assistant`",
    "unknown variant `developer`",
    "role must be 'user' or 'assistant'",
    "role must be either 'user' or 'assistant'",
    "Unexpected role \"system\"",
    "Unexpected role \"developer\"",
    "不支持 role=\"system\"",
    "不支持 role=\"developer\"",
    "Invalid role: system",
    "Invalid role: developer",
    "'developer' is not one of ['system'",
    "Input should be 'system', 'user'",
];

/// Words that say reasoning without a budget is not known.
const ADAPTIVE: &[&str] = &[
    "Input tag 'adaptive' found using 'type' does not match",
    "thinking.type: Input should be 'enabled'",
    "thinking.type: Input should be 'disabled'",
    "adaptive thinking is not supported",
    "Adaptive thinking is not supported",
    "unknown variant `adaptive`",
    "thinking.type.adaptive",
    "unsupported thinking type",
    "不支持 thinking.type=adaptive",
    "不支持自适应思考",
];

/// Words that refuse betas without a name.
const ANY_BETA: &[&str] = &["invalid beta flag", "Invalid beta flag", "anthropic-beta header is not supported"];

/// Reads what a message says.
pub(super) fn read(text: &str, out: &mut Vec<Complaint>) {
    let says = |words: &[&str]| words.iter().any(|words| text.contains(words));
    if says(ROLE) {
        push(out, Complaint::Role);
    }
    betas(text, out);
    if says(ADAPTIVE) {
        push(out, Complaint::Adaptive);
        // The same sentence names `thinking`, which is taken otherwise.
        return;
    }
    for words in AFTER_PATH {
        for (at, _) in text.match_indices(words) {
            let before = text.get(..at).unwrap_or_default();
            let path = last_path(before);
            // `'X' is not supported with this model`: X may also be a value or a model, which the request settles.
            if !path.is_empty() {
                push(out, Complaint::Unknown(steps(path)));
            }
        }
    }
    for (at, _) in text.match_indices(": Input should be ") {
        let path = last_path(text.get(..at).unwrap_or_default());
        if !path.is_empty() {
            push(out, Complaint::Value(steps(path)));
        }
    }
    for words in BEFORE_NAME {
        for (at, _) in text.match_indices(words) {
            for name in names(text.get(at + words.len()..).unwrap_or_default()) {
                push(out, Complaint::Unknown(steps(name)));
            }
        }
    }
}

/// Reads one complaint of a validator: where, in which words, of which type.
pub(super) fn located(path: Vec<String>, said: &str, kind: &str, out: &mut Vec<Complaint>) {
    let is = |name: &str| path.last().is_some_and(|last| last == name);
    if is("role") && said.starts_with("Input should be") {
        push(out, Complaint::Role);
    } else if kind.contains("extra_forbidden") || said.to_ascii_lowercase().starts_with("extra ") {
        push(out, Complaint::Unknown(path));
    } else if kind == "union_tag_invalid" && said.contains("'adaptive'") {
        push(out, Complaint::Adaptive);
    } else if said.starts_with("Input should be") {
        push(out, Complaint::Value(path));
    }
}

/// "Unexpected value(s) `a`, `b` for the `anthropic-beta` header".
fn betas(text: &str, out: &mut Vec<Complaint>) {
    const OPENS: [&str; 3] = ["Unexpected value(s) ", "Unsupported beta header(s): ", "Unknown beta: "];
    let named = OPENS.iter().find_map(|words| text.split_once(words));
    match named {
        Some((_, rest)) => {
            for name in names(rest) {
                push(out, Complaint::Beta(Some(name.to_owned())));
            }
        }
        None if ANY_BETA.iter().any(|words| text.contains(words)) => push(out, Complaint::Beta(None)),
        None => {}
    }
}

/// The steps of a path as it is written: `tools.0.custom.defer_loading`, `messages[1].role`.
pub(super) fn steps(path: &str) -> Vec<String> {
    path.split(['.', '[', ']', '/']).filter(|step| !step.is_empty()).map(str::to_owned).collect()
}

/// The path or name at the end of `text`, quotes around it taken off.
fn last_path(text: &str) -> &str {
    let text = text.trim_end_matches(['\'', '"', '`', '”', '」', '\\']);
    let is_path = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'[' | b']');
    let length = text.bytes().rev().take_while(|byte| is_path(*byte)).count();
    text.get(text.len() - length..).unwrap_or_default().trim_matches('.')
}

/// The names at the beginning of `text`: quoted or not, separated by commas.
fn names(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut rest = text;
    while names.len() < super::COMPLAINTS_MAX {
        rest = rest.trim_start_matches([' ', '\'', '"', '`', '“', '「', '\\']);
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'[' | b']');
        let length = rest.bytes().take_while(|byte| is_name(*byte)).count();
        let Some((name, more)) = rest.split_at_checked(length).filter(|(name, _)| !name.is_empty()) else { break };
        let name = name.trim_end_matches('.');
        if !name.is_empty() {
            names.push(name);
        }
        let more = more.trim_start_matches(['\'', '"', '`', '”', '」', '\\']);
        match more.trim_start().strip_prefix([',', '、']) {
            Some(more) => rest = more,
            None => break,
        }
    }
    names
}
