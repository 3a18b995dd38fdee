//! Every code a configuration can be refused or remarked on with.
//!
//! TG101–TG129 the file and its shape, TG130–TG139 `[server]`, TG140–TG159 providers, TG160–TG169 profiles, routes,
//! adapters and prices, TG170–TG189 remarks, TG411–TG416 secrets that cannot be fetched at use.

use super::problem::Rule;
use crate::i18n::{Lang, Message, config as m, labelled};

macro_rules! rules {
    ($($name:ident = $code:literal, $title:ident, $fix:ident;)*) => {
        $(
            #[doc = $code]
            pub(crate) static $name: Rule = Rule { code: $code, title: &m::$title, fix: &m::$fix };
        )*
        /// Every reason to refuse.
        pub(crate) static ALL: &[&Rule] = &[$(&$name),*];
    };
}

rules! {
    SYNTAX = "TG101", SYNTAX, SYNTAX_FIX;
    FILE_MISSING = "TG102", FILE_MISSING, FILE_MISSING_FIX;
    FILE_UNREADABLE = "TG103", FILE_UNREADABLE, FILE_UNREADABLE_FIX;
    UNKNOWN_KEY = "TG104", UNKNOWN_KEY, UNKNOWN_KEY_FIX;
    UNKNOWN_SECTION = "TG105", UNKNOWN_SECTION, UNKNOWN_SECTION_FIX;
    WRONG_TYPE = "TG106", WRONG_TYPE, WRONG_TYPE_FIX;
    MISSING = "TG107", MISSING, MISSING_FIX;
    DUPLICATE = "TG108", DUPLICATE, DUPLICATE_FIX;
    VERSION = "TG109", VERSION, VERSION_FIX;
    BAD_NAME = "TG110", BAD_NAME, BAD_NAME_FIX;
    BAD_DURATION = "TG111", BAD_DURATION, BAD_DURATION_FIX;
    BAD_SIZE = "TG112", BAD_SIZE, BAD_SIZE_FIX;
    OUT_OF_RANGE = "TG113", OUT_OF_RANGE, OUT_OF_RANGE_FIX;
    BAD_CHOICE = "TG114", BAD_CHOICE, BAD_CHOICE_FIX;
    BAD_TEXT = "TG115", BAD_TEXT, BAD_TEXT_FIX;
    LISTED_TWICE = "TG116", LISTED_TWICE, LISTED_TWICE_FIX;
    FILE_KIND = "TG117", FILE_KIND, FILE_KIND_FIX;
    FILE_TOO_LARGE = "TG118", FILE_TOO_LARGE, FILE_TOO_LARGE_FIX;
    FILE_OWNER = "TG119", FILE_OWNER, FILE_OWNER_FIX;
    FILE_MODE = "TG120", FILE_MODE, FILE_MODE_FIX;
    NOT_UTF8 = "TG121", NOT_UTF8, NOT_UTF8_FIX;
    NOT_FROM_OUTSIDE = "TG122", NOT_FROM_OUTSIDE, NOT_FROM_OUTSIDE_FIX;
    SAME_MEANING = "TG123", SAME_MEANING, SAME_MEANING_FIX;
    FILE_WRITABLE = "TG124", FILE_WRITABLE, FILE_WRITABLE_FIX;
    BAD_LISTEN = "TG130", BAD_LISTEN, BAD_LISTEN_FIX;
    EXPOSED = "TG131", EXPOSED, EXPOSED_FIX;
    WEAK_LOCAL_KEY = "TG132", WEAK_LOCAL_KEY, WEAK_LOCAL_KEY_FIX;
    TLS_HALF = "TG133", TLS_HALF, TLS_HALF_FIX;
    BAD_ORIGIN = "TG134", BAD_ORIGIN, BAD_ORIGIN_FIX;
    BAD_HOST = "TG135", BAD_HOST, BAD_HOST_FIX;
    BAD_URL = "TG140", BAD_URL, BAD_URL_FIX;
    URL_EXTRA = "TG141", URL_EXTRA, URL_EXTRA_FIX;
    LOOP = "TG142", LOOP, LOOP_FIX;
    PLAINTEXT = "TG143", PLAINTEXT, PLAINTEXT_FIX;
    LINK_LOCAL = "TG144", LINK_LOCAL, LINK_LOCAL_FIX;
    TYPE_NOT_YET = "TG145", TYPE_NOT_YET, TYPE_NOT_YET_FIX;
    UNKNOWN_PRESET = "TG146", UNKNOWN_PRESET, UNKNOWN_PRESET_FIX;
    PRESET_PROTOCOL = "TG147", PRESET_PROTOCOL, PRESET_PROTOCOL_FIX;
    NOT_FOR_TYPE = "TG148", NOT_FOR_TYPE, NOT_FOR_TYPE_FIX;
    BAD_HEADER = "TG149", BAD_HEADER, BAD_HEADER_FIX;
    BAD_REFERENCE = "TG150", BAD_REFERENCE, BAD_REFERENCE_FIX;
    BAD_KEY = "TG151", BAD_KEY, BAD_KEY_FIX;
    BAD_PROXY = "TG152", BAD_PROXY, BAD_PROXY_FIX;
    BAD_API_VERSION = "TG153", BAD_API_VERSION, BAD_API_VERSION_FIX;
    AZURE_URL = "TG154", AZURE_URL, AZURE_URL_FIX;
    BAD_REGION = "TG155", BAD_REGION, BAD_REGION_FIX;
    MIXED_KEYS = "TG156", MIXED_KEYS, MIXED_KEYS_FIX;
    NO_SCOPE = "TG157", NO_SCOPE, NO_SCOPE_FIX;
    BAD_LACK = "TG158", BAD_LACK, BAD_LACK_FIX;
    CLIENT_SIGNS = "TG159", CLIENT_SIGNS, CLIENT_SIGNS_FIX;
    MISSING_TARGET = "TG160", MISSING_TARGET, MISSING_TARGET_FIX;
    EMPTY_PROFILE = "TG161", EMPTY_PROFILE, EMPTY_PROFILE_FIX;
    BAD_TARGET = "TG162", BAD_TARGET, BAD_TARGET_FIX;
    NOT_DETECTED = "TG164", NOT_DETECTED, NOT_DETECTED_FIX;
    BAD_SESSION = "TG165", BAD_SESSION, BAD_SESSION_FIX;
    BAD_RATE = "TG166", BAD_RATE, BAD_RATE_FIX;
    BAD_DOLLARS = "TG136", BAD_DOLLARS, BAD_DOLLARS_FIX;
    BAD_BUDGET = "TG125", BAD_BUDGET, BAD_BUDGET_FIX;
    NO_WEIGHT = "TG167", NO_WEIGHT, NO_WEIGHT_FIX;
    BAD_HOURS = "TG168", BAD_HOURS, BAD_HOURS_FIX;
    BAD_SPAN = "TG169", BAD_SPAN, BAD_SPAN_FIX;
    LONG_PATTERN = "TG126", LONG_PATTERN, LONG_PATTERN_FIX;
    NEVER_ELSEWHERE = "TG127", NEVER_ELSEWHERE, NEVER_ELSEWHERE_FIX;
    EMPTY_LIMIT = "TG128", EMPTY_LIMIT, EMPTY_LIMIT_FIX;
    KEYS_WITHOUT_WEIGHT = "TG129", KEYS_WITHOUT_WEIGHT, KEYS_WITHOUT_WEIGHT_FIX;
    BAD_VARIABLE_NAME = "TG163", BAD_VARIABLE_NAME, BAD_VARIABLE_NAME_FIX;
}

/// Every remark: code and message.
pub(crate) static REMARKS: &[(&str, &Message)] = &[
    (EMPTY_FILE, &m::EMPTY_FILE),
    (HOST_LEFT_OUT, &m::HOST_LEFT_OUT),
    (LITERAL_KEY, &m::LITERAL_KEY),
    (POOR_LOCAL_KEY, &m::POOR_LOCAL_KEY),
    (ALL_DISABLED, &m::ALL_DISABLED),
    (NO_KEYS, &m::NO_KEYS),
    (NEVER_REACHED, &m::NEVER_REACHED),
    (OLD_VARIABLE, &m::OLD_VARIABLE),
    (NOT_A_SETTING, &m::NOT_A_SETTING),
    (ONE_UNDERSCORE, &m::ONE_UNDERSCORE),
    (BASE_IS_US, &m::BASE_IS_US),
    (NO_LOCAL_KEY, &m::NO_LOCAL_KEY),
    (WILDCARD_NARROWED, &m::WILDCARD_NARROWED),
    (FILE_SHARED, &m::FILE_SHARED),
    (VARIABLE_UNSET, &m::VARIABLE_UNSET),
    (NO_DEPLOYMENTS, &m::NO_DEPLOYMENTS),
    (NO_VERSION, &m::NO_VERSION),
    (NEVER_MATCHES, &m::NEVER_MATCHES),
    (FIRST_BEYOND_LONGEST, &m::FIRST_BEYOND_LONGEST),
    (DAY_BELOW_JOB, &m::DAY_BELOW_JOB),
    (NOTHING_ELSEWHERE, &m::NOTHING_ELSEWHERE),
];

pub(crate) const EMPTY_FILE: &str = "TG170";
pub(crate) const HOST_LEFT_OUT: &str = "TG171";
pub(crate) const LITERAL_KEY: &str = "TG172";
pub(crate) const POOR_LOCAL_KEY: &str = "TG173";
pub(crate) const ALL_DISABLED: &str = "TG174";
pub(crate) const NO_KEYS: &str = "TG175";
pub(crate) const NEVER_REACHED: &str = "TG176";
pub(crate) const OLD_VARIABLE: &str = "TG177";
pub(crate) const NOT_A_SETTING: &str = "TG178";
pub(crate) const ONE_UNDERSCORE: &str = "TG179";
pub(crate) const BASE_IS_US: &str = "TG180";
pub(crate) const NO_LOCAL_KEY: &str = "TG181";
pub(crate) const WILDCARD_NARROWED: &str = "TG182";
pub(crate) const FILE_SHARED: &str = "TG183";
pub(crate) const VARIABLE_UNSET: &str = "TG184";
pub(crate) const NO_DEPLOYMENTS: &str = "TG185";
pub(crate) const NO_VERSION: &str = "TG186";
pub(crate) const NEVER_MATCHES: &str = "TG187";
pub(crate) const FIRST_BEYOND_LONGEST: &str = "TG188";
pub(crate) const DAY_BELOW_JOB: &str = "TG189";
pub(crate) const NOTHING_ELSEWHERE: &str = "TG199";

/// Secrets that cannot be fetched at use: code, what it says.
pub(crate) static SECRETS: &[(&str, &Message)] = &[
    (SECRET_UNSET, &m::SECRET_UNSET),
    (SECRET_FILE, &m::SECRET_FILE),
    (SECRET_COMMAND, &m::SECRET_COMMAND),
    (SECRET_TEXT, &m::SECRET_TEXT),
    (SECRET_CLIENT, &m::SECRET_CLIENT),
    (SECRET_AWS, &m::SECRET_AWS),
];

pub(crate) const SECRET_UNSET: &str = "TG411";
pub(crate) const SECRET_FILE: &str = "TG412";
pub(crate) const SECRET_COMMAND: &str = "TG413";
pub(crate) const SECRET_TEXT: &str = "TG414";
pub(crate) const SECRET_CLIENT: &str = "TG415";
pub(crate) const SECRET_AWS: &str = "TG416";

/// What a code means and what to do, for `help CODE` and the reference page. `{name}` stands for what the case fills in.
pub fn explain(code: &str, lang: Lang) -> Option<String> {
    if let Some(rule) = ALL.iter().find(|rule| rule.code.eq_ignore_ascii_case(code)) {
        return Some(format!("{}\n{}", rule.title.raw(lang), labelled(&m::FIX, rule.fix.raw(lang), lang)));
    }
    let mut others = REMARKS.iter().chain(SECRETS);
    others.find(|(known, _)| known.eq_ignore_ascii_case(code)).map(|(_, message)| message.raw(lang).to_owned())
}
