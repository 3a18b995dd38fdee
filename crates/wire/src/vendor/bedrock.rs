//! Claude and the models of others in Amazon's cloud. Source: Amazon Bedrock API reference. Which ids an account may use
//! depends on its region and profiles, so none is listed.

use super::{Vendor, VendorAuth};
use crate::protocol::UpstreamProtocol;
use crate::translate::dialect::Dialect;

pub(super) static VENDOR: Vendor = Vendor {
    id: "bedrock",
    name: "Amazon Bedrock",
    name_zh: "亚马逊 Bedrock",
    bases: &[
        (UpstreamProtocol::Anthropic, "https://bedrock-runtime.{region}.amazonaws.com"),
        (UpstreamProtocol::BedrockConverse, "https://bedrock-runtime.{region}.amazonaws.com"),
    ],
    key_vars: &["AWS_BEARER_TOKEN_BEDROCK"],
    auth: VendorAuth::Bearer,
    models: &[],
    docs: "https://docs.aws.amazon.com/bedrock/latest/APIReference/",
    dialects: &[(UpstreamProtocol::Anthropic, Dialect { web_search: false, ..Dialect::ANTHROPIC })],
    by_model: &[],
};
