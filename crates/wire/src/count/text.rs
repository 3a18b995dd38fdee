//! Tokens of a text, by what kinds of characters follow each other. No vocabulary: providers do not publish theirs.
//!
//! The weights were set on English and Chinese prose, Rust, Python and JSON. What is wrong with them for one model is
//! wrong in the same direction each time, and [`Calibration`](super::Calibration) learns it.

/// Tenths of a token: a word or a piece of an identifier that has a token of its own.
const WORD: u64 = 10;
/// Letters of a word that need no second token.
const WORD_LETTERS: u64 = 7;
/// Tenths for each further letter: long words fall apart into pieces of about five.
const LETTER: u64 = 2;
/// Digits that share a token.
const DIGITS: u64 = 3;
/// Tenths for each further sign of a run: `);`, `"},` and `->` are often one token.
const SIGN: u64 = 2;
/// Blanks and line ends that share a token: an indentation is one.
const BLANKS: u64 = 16;
/// Tenths per character of Chinese, Japanese and Korean.
const CJK: u64 = 8;
/// Tenths per letter of other alphabets (Cyrillic, Greek, Arabic, accents).
const ALPHABET: u64 = 3;
/// Tenths of an emoji or a rare sign.
const RARE: u64 = 25;

/// What a byte belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Lower,
    Upper,
    Digit,
    Space,
    Line,
    Sign,
    Escape,
    Two,
    Three,
    Four,
    /// Inside a character.
    Rest,
}

const CLASSES: [Class; 256] = {
    let mut classes = [Class::Sign; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b'a'..=b'z' => Class::Lower,
            b'A'..=b'Z' => Class::Upper,
            b'0'..=b'9' => Class::Digit,
            b' ' => Class::Space,
            b'\n' | b'\r' | b'\t' => Class::Line,
            b'\\' => Class::Escape,
            0xc0..=0xdf => Class::Two,
            0xe0..=0xef => Class::Three,
            0xf0..=0xff => Class::Four,
            0x80..=0xbf => Class::Rest,
            _ => Class::Sign,
        };
        byte += 1;
    }
    classes
};

/// A run of characters of one kind, and how long it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Run {
    None,
    Word(u64),
    Digits(u64),
    Signs(u64),
    Blanks(u64),
}

/// Tenths of a token in a text; `escaped`: it is the inside of a JSON string.
pub(super) fn tenths(text: &str, escaped: bool) -> u64 {
    let bytes = text.as_bytes();
    let (mut total, mut run, mut at) = (0_u64, Run::None, 0);
    while let Some(byte) = bytes.get(at) {
        let mut class = CLASSES[usize::from(*byte)];
        let mut length = 1;
        if class == Class::Escape {
            (class, length) = if escaped { escape(&bytes[at..]) } else { (Class::Sign, 1) };
        }
        let next = follow(run, class);
        if continues(run, next) {
            run = next;
        } else {
            total += cost(run);
            run = next;
        }
        total += alone(class);
        at += length;
    }
    total + cost(run)
}

/// What an escape of JSON stands for, and its length.
fn escape(rest: &[u8]) -> (Class, usize) {
    match rest.get(1) {
        Some(b'n' | b't' | b'r') => (Class::Line, 2),
        // Latin letters beyond ASCII lie below U+0800, Chinese above.
        Some(b'u') if rest.get(2) == Some(&b'0') && rest.get(3).is_some_and(|digit| *digit < b'8') => (Class::Two, 6),
        Some(b'u') => (Class::Three, 6),
        _ => (Class::Sign, 2),
    }
}

/// The run after one more character.
fn follow(run: Run, class: Class) -> Run {
    match (class, run) {
        (Class::Lower, Run::Word(letters)) => Run::Word(letters + 1),
        (Class::Lower | Class::Upper, _) => Run::Word(1),
        (Class::Digit, Run::Digits(digits)) => Run::Digits(digits + 1),
        (Class::Digit, _) => Run::Digits(1),
        (Class::Space | Class::Line, Run::Blanks(blanks)) => Run::Blanks(blanks + 1),
        // One blank before a word belongs to the word.
        (Class::Space, _) => Run::Blanks(0),
        (Class::Line, _) => Run::Blanks(1),
        (Class::Sign | Class::Escape, Run::Signs(signs)) => Run::Signs(signs + 1),
        (Class::Sign | Class::Escape, _) => Run::Signs(1),
        (Class::Two | Class::Three | Class::Four | Class::Rest, _) => Run::None,
    }
}

/// Whether `next` is the same run, longer.
fn continues(run: Run, next: Run) -> bool {
    match (run, next) {
        (Run::Word(_), Run::Word(letters)) => letters > 1,
        (Run::Digits(_), Run::Digits(_)) | (Run::Signs(_), Run::Signs(_)) | (Run::Blanks(_), Run::Blanks(_)) => true,
        _ => false,
    }
}

/// Tenths of a whole run.
fn cost(run: Run) -> u64 {
    match run {
        Run::None | Run::Blanks(0) => 0,
        Run::Word(letters) => WORD + letters.saturating_sub(WORD_LETTERS) * LETTER,
        Run::Digits(digits) => digits.div_ceil(DIGITS) * 10,
        Run::Signs(signs) => 10 + (signs - 1) * SIGN,
        Run::Blanks(blanks) => blanks.div_ceil(BLANKS) * 10,
    }
}

/// Tenths of a character that stands for itself.
const fn alone(class: Class) -> u64 {
    match class {
        Class::Two => ALPHABET,
        Class::Three => CJK,
        Class::Four => RARE,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Text, and its tokens as a tokenizer of 200 000 entries (`o200k_base`) counts them.
    const KNOWN: &[(&str, u64)] = &[
        (
            "The quick brown fox jumps over the lazy dog. It was a bright cold day in April, and the clocks were striking thirteen; nobody had expected the committee's recommendations to be implemented so quickly.",
            39,
        ),
        (
            "pub fn parse(path: &str) -> Parsed<'_> {\n    if !is_plain(path) {\n        return Parsed { tag: Tag::None, call: Call::Unknown, path };\n    }\n    let (tag, path) = split_tag(path);\n    Parsed { tag, call: call(path), path }\n}\n",
            67,
        ),
        (
            "def install() -> pathlib.Path:\n    \"\"\"Installs what `clients.json` names.\"\"\"\n    wanted = (HERE / \"clients.json\").read_bytes()\n    folder = cache_root() / hashlib.sha256(wanted).hexdigest()[:16]\n    if (folder / \"complete\").exists():\n        return folder\n",
            64,
        ),
        (
            "{\"type\":\"object\",\"properties\":{\"command\":{\"type\":\"string\",\"description\":\"The command to run\"},\"timeout\":{\"type\":\"number\",\"minimum\":0,\"maximum\":600000}},\"required\":[\"command\"],\"additionalProperties\":false}",
            47,
        ),
        (
            "大模型网关把不同的客户端和不同的服务商连接起来。请求失败时，它会自动切换到下一个可用的服务商，用户几乎感觉不到任何中断。",
            42,
        ),
        (
            "Шлюз соединяет клиентов и поставщиков моделей. Если один из них не отвечает, запрос передаётся другому, и пользователь ничего не замечает.",
            32,
        ),
        (
            "2026-11-28T01:25:55.123Z INFO request_id=req_7Q2K9 status=200 total_ms=12803 tokens_in=48212 tokens_out=1104 provider=kimi\n2026-11-28T01:26:07.001Z WARN request_id=req_8Q1F2 status=429 total_ms=310\n",
            80,
        ),
        (
            "<div class=\"card\"><h2>Title</h2><p>Some <b>bold</b> text &amp; more.</p><ul><li>one</li><li>two</li></ul></div>\n",
            49,
        ),
        ("これは日本語の文章です。カタカナとひらがなと漢字が混ざっています。プログラムを実行してください。", 32),
    ];

    #[test]
    fn texts_of_every_kind_are_met_within_a_third() {
        for (text, tokens) in KNOWN {
            let estimate = tenths(text, false) / 10;
            assert!(estimate * 3 >= tokens * 2 && estimate * 3 <= tokens * 4, "{estimate} for {tokens}: {text}");
        }
    }

    #[test]
    fn escapes_weigh_as_much_as_what_they_stand_for() {
        for (plain, escaped) in [
            ("fn main() {\n\tprintln!(\"hi\");\n}\n", r#"fn main() {\n\tprintln!(\"hi\");\n}\n"#),
            ("世界", r"\u4e16\u754c"),
            ("é", r"\u00e9"),
        ] {
            assert_eq!(tenths(plain, false), tenths(escaped, true), "{plain}");
        }
    }

    #[test]
    fn nothing_is_nothing_and_every_text_is_something() {
        assert_eq!(tenths("", true), 0);
        for text in ["a", "1", ".", "世", "é", "🦀", "\n", "  "] {
            assert!(tenths(text, false) > 0, "{text:?}");
        }
    }
}
