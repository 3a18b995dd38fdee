//! What the TOML parser says, in both languages: its own English words, which are the names under which they are found.

use super::Both;

crate::messages! {
    UNKNOWN = "toml.unknown", "invalid syntax", "语法有误";
    BASIC_STRING = "toml.basic-string", "invalid basic string", "双引号字符串无效";
    LITERAL_STRING = "toml.literal-string", "invalid literal string", "单引号字符串无效";
    MULTI_BASIC = "toml.multi-basic", "invalid multi-line basic string", "多行双引号字符串无效";
    MULTI_LITERAL = "toml.multi-literal", "invalid multi-line literal string", "多行单引号字符串无效";
    ESCAPE = "toml.escape", "missing escaped value", "转义不完整或无效";
    UNICODE = "toml.unicode", "too few unicode value digits", "Unicode 转义的位数不足";
    OPENING_QUOTE = "toml.opening-quote", "missing opening quote", "缺少开头的引号";
    QUOTED = "toml.quoted", "string values must be quoted", "文本值必须加引号";
    CARRIAGE = "toml.carriage", "carriage return must be followed by newline", "回车之后必须换行";
    COMMENT = "toml.comment", "invalid comment character", "注释中有无效字符";
    KEY_VALUE = "toml.key-value", "invalid key-value pair", "键值对无效";
    UNQUOTED_KEY = "toml.unquoted-key", "invalid unquoted key", "键名含有无效字符，需加引号";
    EMPTY_KEY = "toml.empty-key", "unquoted keys cannot be empty", "键名不能为空";
    NO_VALUE = "toml.no-value", "key with no value", "键没有值";
    KEY_VALUE_MISSING = "toml.key-value-missing", "missing value for key", "键缺少值";
    VALUE_MISSING = "toml.value-missing", "missing value", "缺少值";
    ASSIGNMENT = "toml.assignment", "missing assignment between key-value pairs", "键与值之间缺少等号";
    EXTRA_ASSIGNMENT = "toml.extra-assignment", "extra assignment between key-value pairs", "键与值之间多了等号";
    EXTRA_EQUALS = "toml.extra-equals", "extra `=`", "多了 `=`";
    INVALID_VALUE = "toml.invalid-value", "invalid value", "值无效";
    UNEXPECTED = "toml.unexpected", "unexpected content", "此处有多余内容";
    UNEXPECTED_KEY = "toml.unexpected-key", "unexpected key or value", "此处不应有键或值";
    ARRAY = "toml.array", "unclosed array", "列表没有结束";
    ARRAY_COMMA = "toml.array-comma", "missing comma between array elements", "列表项之间缺少逗号";
    ARRAY_EXTRA = "toml.array-extra", "extra comma in array", "列表中多了逗号";
    TABLE = "toml.table", "unclosed table", "表名没有结束";
    ARRAY_TABLE = "toml.array-table", "unclosed array table", "表数组名没有结束";
    INLINE = "toml.inline", "unclosed inline table", "内联表没有结束";
    INLINE_COMMA = "toml.inline-comma", "missing comma between key-value pairs", "键值对之间缺少逗号";
    INLINE_EXTRA = "toml.inline-extra", "extra comma in inline table", "内联表中多了逗号";
    INTEGER = "toml.integer", "invalid integer", "整数无效";
    FLOAT = "toml.float", "invalid float", "小数无效";
    DATE = "toml.date", "invalid datetime", "日期时间无效";
    DAY = "toml.day", "invalid date", "日期无效";
    TIME = "toml.time", "invalid time", "时间无效";
    ZERO = "toml.zero", "unexpected leading zero", "数字不能以零开头";
    UNDERSCORE = "toml.underscore", "`_` may only go between digits", "`_` 只能放在数字之间";
    DEPTH = "toml.depth", "cannot recurse further; max recursion depth met", "嵌套过深";
    OFFSET = "toml.offset", "invalid offset", "时区偏移无效";
    EXPECTED_DATE = "toml.expected.date", "a date and time as RFC 3339 writes them", "RFC 3339 的写法，如 `2026-11-28T09:00:00Z`";
    EXPECTED_NEWLINE = "toml.expected.newline", "newline", "换行";
    EXPECTED_NOTHING = "toml.expected.nothing", "nothing", "空";
    EXPECTED_BASIC = "toml.expected.basic-string", "basic string", "双引号字符串";
    EXPECTED_LITERAL = "toml.expected.literal-string", "literal string", "单引号字符串";
    EXPECTED_MULTI = "toml.expected.multi-line", "multi-line basic string", "多行双引号字符串";
    EXPECTED_CHARACTERS = "toml.expected.characters", "characters", "字符";
    EXPECTED_DIGITS = "toml.expected.digits", "digits", "数字";
    EXPECTED_NUMBERS = "toml.expected.numbers", "numbers", "数字";
    EXPECTED_LETTERS = "toml.expected.letters", "letters", "字母";
    EXPECTED_KEY = "toml.expected.key", "key", "键";
    EXPECTED_VALUE = "toml.expected.value", "value", "值";
    EXPECTED_NOT_DOUBLE = "toml.expected.not-double", "non-double-quote visible characters", "除双引号外的可见字符";
    EXPECTED_NOT_SINGLE = "toml.expected.not-single", "non-single-quote characters", "除单引号外的字符";
    EXPECTED_NOT_SINGLE_VISIBLE = "toml.expected.not-single-visible", "non-single-quote visible characters", "除单引号外的可见字符";
    EXPECTED_PRINTABLE = "toml.expected.printable", "printable characters", "可打印字符";
    EXPECTED_UNICODE = "toml.expected.unicode", "unicode hexadecimal value", "十六进制的 Unicode 值";
    OVERFLOW = "toml.overflow", "integer number overflowed", "整数过大";
}

/// What the parser says with `message`, its own words as `shown`.
pub fn reason(message: &str, shown: String) -> Both {
    let (what, expected) =
        message.split_once(", expected ").or_else(|| message.split_once('\n')).unwrap_or((message, ""));
    let known = ALL.iter().find(|known| !known.id.starts_with(EXPECTED) && known.en == what.trim());
    let mut zh = known.map_or(UNKNOWN.zh, |known| known.zh).to_owned();
    let expected: Vec<&str> = match known {
        // Of a date the parser names every part in words of its own: one example says them all.
        Some(known) if DATES.contains(&known.id) => vec![EXPECTED_DATE.zh],
        _ => expected.trim().split(", ").filter_map(wanted).collect(),
    };
    if !expected.is_empty() {
        zh.push_str(&format!("，应为 {}", super::Lang::Zh.list(expected)));
    }
    Both { en: shown, zh }
}

/// What the parser would have taken: a sign as it stands, or one of its words.
fn wanted(expected: &str) -> Option<&str> {
    let is_sign = expected.starts_with('`');
    let word = || ALL.iter().find(|known| known.id.starts_with(EXPECTED) && known.en == expected);
    if is_sign { Some(expected) } else { word().map(|known| known.zh) }
}

/// What is said of dates and times.
const DATES: [&str; 4] = [DATE.id, DAY.id, TIME.id, OFFSET.id];

/// Where the words begin for what was expected.
const EXPECTED: &str = "toml.expected.";

#[cfg(test)]
mod tests {
    use toml_edit::Document;

    use super::*;

    /// A person who reads Chinese was told in English what is wrong with the file.
    #[test]
    fn what_the_toml_parser_says_is_said_in_chinese_too() {
        let wrong = [
            "a = \"x",
            "a = 'x",
            "a = \"\"\"x",
            "a = \"\\q\"",
            "a = x",
            "a",
            "a =",
            "a = [1",
            "a = [1 2]",
            "[a",
            "[[a]",
            "a = {b = 1",
            "a = {b = 1 c = 2}",
            "a = 1 b = 2",
            "a = 01",
            "a = 1__0",
            "= 1",
            "a = 99999999999999999999",
            "a = [1,,2]",
            "a = 1979-99-99",
            "a b = 1",
            "a = 1\rb = 2",
            "a = 1 # \u{7f}",
            "a = \"\\u12\"",
        ];
        let mut unknown = Vec::new();
        for text in wrong {
            let error = Document::parse(text).unwrap_err();
            let zh = reason(error.message(), String::new()).zh;
            if zh.starts_with(UNKNOWN.zh) {
                unknown.push(format!("{text}: {}", error.message()));
            }
            let words = zh.split(|char: char| !char.is_ascii_alphabetic()).filter(|word| word.len() > 2);
            assert_eq!(words.filter(|word| !["Unicode", "RFC"].contains(word)).count(), 0, "{zh}");
            let (what, expected) = error.message().split_once(", expected ").unwrap_or_default();
            if ["invalid date", "invalid datetime", "invalid time"].contains(&what) {
                assert!(zh.contains("2026-11-28"), "{zh}");
                continue;
            }
            let expected = expected.split(", ").filter(|wanted| !wanted.is_empty());
            let dropped: Vec<&str> = expected.filter(|expected| wanted(expected).is_none()).collect();
            assert!(dropped.is_empty(), "{dropped:?} of {}", error.message());
        }
        assert!(unknown.is_empty(), "{unknown:#?}");
    }
}
