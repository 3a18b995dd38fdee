//! Signatures are the ones AWS computes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::test_vectors;

const ACCESS_KEY: &str = "AKIDEXAMPLE";
const SECRET_KEY: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
/// 2015-08-30T12:36:00Z, the time of every official case.
const TIME: u64 = 1_440_938_160;

/// One case of the official suite: a request as a file.
struct Case {
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Case {
    fn read(folder: &Path) -> Self {
        let text = fs::read_to_string(folder.join("request.txt")).unwrap();
        let (head, body) = text.split_once("\n\n").unwrap_or((text.trim_end(), ""));
        let (line, rest) = head.split_once('\n').unwrap();
        let (method, target) = line.strip_suffix(" HTTP/1.1").unwrap().split_once(' ').unwrap();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut headers: Vec<(String, String)> = Vec::new();
        for line in rest.lines() {
            match line.split_once(':') {
                Some((name, value)) if !line.starts_with(' ') => headers.push((name.to_owned(), value.to_owned())),
                _ => headers.last_mut().unwrap().1.push_str(line),
            }
        }
        headers.retain(|(name, _)| !name.eq_ignore_ascii_case("x-amz-date"));
        let [method, path, query, body] = [method, path, query, body].map(str::to_owned);
        Self { method, path, query, headers, body }
    }

    fn headers(&self) -> Vec<(&str, &str)> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    fn request<'a>(&'a self, headers: &'a [(&'a str, &'a str)]) -> Request<'a> {
        let Self { method, path, query, body, .. } = self;
        Request { method, path, query, headers, body: body.as_bytes() }
    }
}

/// What this signer does for the case, or nothing when the case is about something it does not do.
fn authorization(name: &str, folder: &Path) -> Option<String> {
    let context: Value = serde_json::from_str(&fs::read_to_string(folder.join("context.json")).ok()?).unwrap();
    let mut case = Case::read(folder);
    // Paths that are not normalised are S3's; a token that is not signed is IoT's.
    if context["normalize"] == false || context["omit_session_token"] == true {
        return None;
    }
    // Written encoded in the file, while the expected signature is of a path that was sent with the space.
    if name == "get-space-normalized" {
        case.path = case.path.replace("%20", " ");
    }
    if context["sign_body"] == true {
        case.headers.push(("x-amz-content-sha256".to_owned(), hex(&Sha256::digest(&case.body))));
    }
    let credentials = &context["credentials"];
    let credentials = Credentials {
        access_key: credentials["access_key_id"].as_str().unwrap(),
        secret_key: credentials["secret_access_key"].as_str().unwrap(),
        session_token: credentials["token"].as_str(),
    };
    let scope = Scope { region: "us-east-1", service: "service", time: TIME };
    Some(sign(&case.request(&case.headers()), &credentials, &scope).authorization)
}

#[test]
fn the_official_signatures_are_made() {
    let suite = test_vectors::folder("aws-sigv4", "aws-signing-test-suite").join("v4");
    let mut judged = 0;
    for entry in fs::read_dir(suite).unwrap() {
        let folder = entry.unwrap().path();
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        let Some(authorization) = authorization(&name, &folder) else { continue };
        let signature = fs::read_to_string(folder.join("header-signature.txt")).unwrap();
        assert_eq!(authorization.rsplit_once('=').unwrap().1, signature.trim(), "{name}");
        judged += 1;
    }
    // 40 cases: 7 are S3's, 1 is IoT's, 2 have no signature.
    assert_eq!(judged, 30);
}

#[test]
fn paths_that_are_sent_encoded_are_encoded_once_more() {
    let suite = test_vectors::folder("aws-sigv4", "aws-signing-test-suite").join("v4");
    for name in ["double-encode-path", "double-url-encode"] {
        let expected = fs::read_to_string(suite.join(name).join("header-canonical-request.txt")).unwrap();
        let case = Case::read(&suite.join(name));
        let date = expected.lines().find_map(|line| line.strip_prefix("x-amz-date:")).unwrap();
        let mut headers = case.headers();
        headers.push(("x-amz-date", date));
        let headers = canonical::Headers::new(&headers);
        assert_eq!(canonical::request(&case.request(&[]), &headers), expected.trim_end(), "{name}");
    }
}

/// The signature botocore 1.44.5 computes for an InvokeModel request of 2026-11-21T00:00:00Z.
fn bedrock(path: &str, headers: &[(&str, &str)], session_token: Option<&str>) -> Signed {
    let body =
        br#"{"anthropic_version":"bedrock-2023-05-31","max_tokens":16,"messages":[{"role":"user","content":"hi"}]}"#;
    let mut headers = headers.to_vec();
    headers.extend([("host", "bedrock-runtime.us-east-1.amazonaws.com"), ("content-type", "application/json")]);
    let request = Request { method: "POST", path, query: "", headers: &headers, body };
    let credentials = Credentials { access_key: ACCESS_KEY, secret_key: SECRET_KEY, session_token };
    sign(&request, &credentials, &Scope { region: "us-east-1", service: "bedrock", time: 1_795_219_200 })
}

#[test]
fn a_bedrock_request_is_signed_as_botocore_signs_it() {
    const MODEL: &str = "/model/us.anthropic.claude-sonnet-4-5-20250929-v1";
    let accept = ("accept", "application/json");
    let stream = ("X-Amzn-Bedrock-Accept", "application/json");
    let signed = bedrock(&format!("{MODEL}%3A0/invoke-with-response-stream"), &[stream], Some("SESSTOKEN"));
    assert_eq!(signed.date, "20261121T000000Z");
    assert_eq!(
        signed.authorization,
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261121/us-east-1/bedrock/aws4_request, \
         SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amzn-bedrock-accept, \
         Signature=f404099ab3be6b6376e472b0e48e5cb13db3c82b9eb08f21dd284a0b78841fb2"
    );
    let profile =
        "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Aapplication-inference-profile%2Fabc123/invoke";
    for (path, token, signature) in [
        (format!("{MODEL}:0/invoke"), None, "3f679abf3d33ffef0ff686c3834e710caae289294290350f01e1adb4fd70aefb"),
        (
            format!("{MODEL}%3A0/invoke-with-response-stream"),
            None,
            "d736c88f528c7965e9238d0aeb07876e2d76d4bfa9a937ebc3986533475e08a7",
        ),
        (profile.to_owned(), Some("SESSTOKEN"), "48a89852f58a74ab02958270542bc912c67d65fc7b5f098ddfabc1e16a95c95c"),
    ] {
        let signed = bedrock(&path, &[accept], token);
        assert_eq!(signed.authorization.rsplit_once('=').unwrap().1, signature, "{path}");
    }
}

#[test]
fn hmac_matches_the_vectors_of_the_rfc() {
    for (key, message, code) in [
        (&[0x0b; 20][..], &b"Hi There"[..], "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
        (b"Jefe", b"what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        (
            &[0xaa; 131],
            b"Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        ),
    ] {
        assert_eq!(hex(&hmac(key, message)), code);
    }
}

#[test]
fn dates_follow_the_calendar() {
    for (time, date) in [
        (0, "19700101T000000Z"),
        (951_782_400, "20000229T000000Z"),
        (1_709_164_799, "20240228T235959Z"),
        (1_735_689_599, "20241231T235959Z"),
        (4_107_542_400, "21000301T000000Z"),
    ] {
        assert_eq!(timestamp(time), date);
    }
}

#[test]
fn credentials_are_not_printed() {
    let credentials = Credentials { access_key: "AKIA", secret_key: "hush", session_token: Some("token") };
    assert_eq!(format!("{credentials:?}"), "Credentials { .. }");
}

proptest! {
    #[test]
    fn anything_can_be_signed(path in "\\PC{0,40}", query in "[%&=a-f0-9\\PC]{0,40}", value in "\\PC{0,20}", time: u64) {
        let headers = [("host", value.as_str())];
        let request = Request { method: "POST", path: &path, query: &query, headers: &headers, body: b"" };
        let credentials = Credentials { access_key: "A", secret_key: &value, session_token: None };
        let signed = sign(&request, &credentials, &Scope { region: "r", service: "s", time: time >> 8 });
        prop_assert_eq!(signed.authorization.rsplit_once('=').unwrap().1.len(), 64);
    }

    #[test]
    fn the_order_in_which_headers_and_query_are_sent_changes_nothing(a in "[a-z]{1,5}", b in "[a-z]{1,5}") {
        prop_assume!(a != b);
        let sign = |query: &str, headers: &[(&str, &str)]| {
            let request = Request { method: "GET", path: "/", query, headers, body: b"" };
            let credentials = Credentials { access_key: "A", secret_key: "s", session_token: None };
            sign(&request, &credentials, &Scope { region: "r", service: "s", time: TIME })
        };
        let (one, two) = ((a.as_str(), "1"), (b.as_str(), "2"));
        prop_assert_eq!(sign(&format!("{a}=1&{b}=2"), &[one, two]), sign(&format!("{b}=2&{a}=1"), &[two, one]));
    }
}
