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
    OVERFLOW = "toml.overflow", "integer number overflowed", "整数过大";
}

/// What the parser says with `message`, its own words as `shown`.
pub fn reason(message: &str, shown: String) -> Both {
    let (what, expected) =
        message.split_once(", expected ").or_else(|| message.split_once('\n')).unwrap_or((message, ""));
    let known = ALL.iter().find(|known| known.en == what.trim());
    let mut zh = known.map_or(UNKNOWN.zh, |known| known.zh).to_owned();
    let literals: Vec<String> = expected.split('`').skip(1).step_by(2).map(|literal| format!("`{literal}`")).collect();
    if !literals.is_empty() {
        zh.push_str(&format!("，应为 {}", literals.join("、")));
    }
    Both { en: shown, zh }
}

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
        ];
        let mut unknown = Vec::new();
        for text in wrong {
            let error = Document::parse(text).unwrap_err();
            let zh = reason(error.message(), String::new()).zh;
            if zh.starts_with(UNKNOWN.zh) {
                unknown.push(format!("{text}: {}", error.message()));
            }
            let words = zh.split(|char: char| !char.is_ascii_alphabetic()).filter(|word| word.len() > 2);
            assert_eq!(words.filter(|word| *word != "Unicode").count(), 0, "{zh}");
        }
        assert!(unknown.is_empty(), "{unknown:#?}");
    }
}
