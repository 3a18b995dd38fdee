//! Every vendor has a fixture, a request as that vendor wants it, and a line on the page for people.

use std::path::{Path, PathBuf};

use tokgate_wire::protocol::{Protocol, UpstreamProtocol};
use tokgate_wire::vendor::{self, Vendor, VendorAuth};
use toml_edit::{DocumentMut, value};

use crate::golden::{WRITTEN, blessing, literal, pretty, settle};
use crate::pair::{SCOPE, try_ask_as};

/// The page.
const PAGE: &str = "../../docs/reference/vendors.md";

/// What is asked of every vendor: what vendors differ in. Efforts, tools under names and schemas that some refuse, a call
/// with its reasoning, instructions in the middle, chance, stop texts, the longest answer.
const ASKED: &str = include_str!("vendors_ask.json");

fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The vendor's fixture: a body, or why there is none, for each protocol it speaks that clients do not have to.
fn fixture(vendor: &Vendor) -> String {
    let mut document = DocumentMut::new();
    document["vendor"] = value(vendor.id);
    for (protocol, _) in vendor.bases.iter().filter(|(protocol, _)| WRITTEN.contains(protocol)) {
        let mut table = toml_edit::Table::new();
        match try_ask_as(Protocol::Anthropic, *protocol, ASKED, &vendor.usual_dialect(*protocol), SCOPE) {
            Ok(sent) => {
                table["lost"] = value(sent.lost().into_iter().collect::<toml_edit::Array>());
                table["body"] = literal(&pretty(&sent.body));
            }
            Err(refused) => table["refused"] = value(format!("{}: {}", refused.field, refused.why.id())),
        }
        document[protocol.id()] = toml_edit::Item::Table(table);
    }
    document.to_string()
}

#[test]
fn every_vendor_gets_a_request_as_it_wants_it() {
    for vendor in vendor::all() {
        let file = at(&format!("tests/translation/golden/vendors/{}.toml", vendor.id));
        let known = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(blessing() || !known.is_empty(), "{} has no fixture: run the test with TOKGATE_BLESS=1", vendor.id);
        settle(&file, &known, &fixture(vendor).parse().unwrap());
    }
    let files = std::fs::read_dir(at("tests/translation/golden/vendors")).unwrap().count();
    assert_eq!(files, vendor::all().len(), "a fixture without a vendor");
}

#[test]
fn every_vendor_speaks_a_protocol_that_requests_are_written_in() {
    for vendor in vendor::all() {
        assert!(vendor.bases.iter().any(|(protocol, _)| WRITTEN.contains(protocol)), "{}", vendor.id);
    }
}

/// The page, made from the registry.
fn page() -> String {
    let mut page = String::from(
        "<!-- Made from the registry in crates/wire/src/vendor by a test of crates/wire with TOKGATE_BLESS=1. -->\n\n\
         # Vendors · 供应商\n\n\
         What `preset = \"ID\"` fills in. Every value can be overridden; a vendor that is not here needs `type` and `url`.\n\n\
         `preset = \"ID\"` 会填入下列内容，每一项都可以改。不在表里的供应商，写 `type` 和 `url` 即可。\n",
    );
    for vendor in vendor::all() {
        page.push_str(&format!("\n## {} · {}\n\n", vendor.name, vendor.name_zh));
        page.push_str(&format!("- preset: `{}`\n", vendor.id));
        for (protocol, base) in vendor.bases {
            page.push_str(&format!("- `{}`: `{base}`\n", protocol.id()));
        }
        let keys: Vec<String> = vendor.key_vars.iter().map(|name| format!("`{name}`")).collect();
        if !keys.is_empty() {
            page.push_str(&format!("- key · 密钥: {} ({})\n", keys.join(", "), auth(vendor.auth)));
        }
        let models: Vec<String> = vendor.models.iter().map(|name| format!("`{name}`")).collect();
        if !models.is_empty() {
            page.push_str(&format!("- models · 模型: {}\n", models.join(", ")));
        }
        let mut told: Vec<&[&str]> = Vec::new();
        for facts in vendor.by_model.iter().filter(|facts| facts.protocol == UpstreamProtocol::OpenaiChat) {
            told.push(facts.models);
        }
        if !told.is_empty() {
            let names: Vec<String> = told.concat().iter().map(|name| format!("`{name}`")).collect();
            page.push_str(&format!("- models with a dialect of their own · 有自己方言的模型: {}\n", names.join(", ")));
        }
        page.push_str(&format!("- <{}>\n", vendor.docs));
    }
    page
}

const fn auth(auth: VendorAuth) -> &'static str {
    match auth {
        VendorAuth::Bearer => "`authorization: Bearer`",
        VendorAuth::XApiKey => "`x-api-key`",
        VendorAuth::ApiKey => "`api-key`",
        VendorAuth::Protocol => "as the protocol has it · 按协议规定",
        VendorAuth::None => "none needed · 不需要",
    }
}

#[test]
fn the_page_of_vendors_is_that_of_the_registry() {
    if blessing() {
        std::fs::write(at(PAGE), page()).unwrap();
    }
    let known = std::fs::read_to_string(at(PAGE)).unwrap_or_default();
    assert!(known == page(), "run the test with TOKGATE_BLESS=1");
    for vendor in vendor::all() {
        assert!(known.contains(&format!("preset: `{}`", vendor.id)), "{}", vendor.id);
    }
}
