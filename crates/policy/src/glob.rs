//! Patterns with `*`, `?` and `**`. Matching never backtracks: time is bounded by pattern length × text length
//! whatever the pattern is. Not a path expander: it only compares text.

use std::fmt;

/// Most tokens of one pattern. Long enough for any path somebody types, short enough for a state set on the stack.
pub const TOKENS_MAX: usize = 511;

/// A set of states, one bit each; nearly every pattern fits one word.
type States<const WORDS: usize> = [u64; WORDS];

/// Words for the longest pattern and its end state.
const WORDS_MAX: usize = (TOKENS_MAX + 1) / 64;

/// How a pattern reads the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// `*` is any text; letters as they are (users, header values).
    Text,
    /// `*` is any text; ASCII letters in either case (model and client names).
    Name,
    /// `*` stops at `/`, `**` does not, a final `/**` also matches the directory itself (paths, projects).
    Path,
}

/// A compiled pattern.
#[derive(Clone, PartialEq, Eq)]
pub struct Glob {
    /// As it is written.
    text: Box<str>,
    /// The literal beginning, folded. Most texts differ there already, and comparing it costs nearly nothing.
    prefix: Box<str>,
    /// All tokens, those of the prefix included.
    tokens: Box<[Token]>,
    style: Style,
}

/// A pattern longer than [`TOKENS_MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLong;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Literal(char),
    One,
    Some,
    Deep,
}

impl Glob {
    /// Compiles a pattern.
    pub fn new(pattern: &str, style: Style) -> Result<Self, TooLong> {
        let mut tokens = Vec::with_capacity(pattern.len().min(TOKENS_MAX));
        for char in pattern.chars() {
            match (char, tokens.last_mut()) {
                // A run of stars is one token, and deep as soon as it has two.
                ('*', Some(last @ (Token::Some | Token::Deep))) => *last = Token::Deep,
                ('*', _) if style == Style::Path => tokens.push(Token::Some),
                ('*', _) => tokens.push(Token::Deep),
                ('?', _) => tokens.push(Token::One),
                (char, _) => tokens.push(Token::Literal(folded(char, style))),
            }
            if tokens.len() > TOKENS_MAX {
                return Err(TooLong);
            }
        }
        let literal = |token: &Token| match token {
            Token::Literal(char) => Some(*char),
            Token::One | Token::Some | Token::Deep => None,
        };
        let prefix: String = tokens.iter().map_while(literal).collect();
        Ok(Self { text: pattern.into(), prefix: prefix.into(), tokens: tokens.into(), style })
    }

    /// Whether the pattern has no wildcard, so that it is a plain name.
    pub fn is_literal(&self) -> bool {
        self.tokens.iter().all(|token| matches!(token, Token::Literal(_)))
    }

    /// Whether it matches whatever the other one does; false where that is not certain.
    pub fn covers(&self, other: &Self) -> bool {
        if self.style != other.style {
            return false;
        }
        if self.tokens == other.tokens {
            return true;
        }
        if other.is_literal() {
            return self.matches(&other.prefix);
        }
        // A beginning and then anything: enough that the other begins so, too.
        let is_open =
            self.tokens.len() == self.prefix.chars().count() + 1 && matches!(self.tokens.last(), Some(Token::Deep));
        is_open && other.prefix.starts_with(&*self.prefix)
    }

    /// Whether the whole text matches.
    pub fn matches(&self, text: &str) -> bool {
        let Some(rest) = self.after_prefix(text) else { return self.is_directory(text) };
        let known = self.prefix.chars().count();
        match self.tokens.get(known..) {
            None | Some([]) => rest.is_empty(),
            Some([Token::Deep]) => true,
            Some(_) if self.tokens.len() < 64 => self.run::<1>(known, rest),
            Some(_) => self.run::<WORDS_MAX>(known, rest),
        }
    }

    /// The text behind the literal beginning, if it begins so.
    fn after_prefix<'a>(&self, text: &'a str) -> Option<&'a str> {
        let (head, rest) = text.split_at_checked(self.prefix.len())?;
        let same = match self.style {
            Style::Name => head.eq_ignore_ascii_case(&self.prefix),
            Style::Text | Style::Path => head == &*self.prefix,
        };
        same.then_some(rest)
    }

    /// `~/work/**` means the directory itself, too; here for a pattern that is literal up to there.
    fn is_directory(&self, text: &str) -> bool {
        let literal = self.tokens.len() == self.prefix.chars().count() + 1;
        literal && self.ends_in_directory() && self.prefix.strip_suffix('/') == Some(text)
    }

    fn ends_in_directory(&self) -> bool {
        self.style == Style::Path && matches!(self.tokens.as_ref(), [.., Token::Literal('/'), Token::Deep])
    }

    fn run<const WORDS: usize>(&self, from: usize, text: &str) -> bool {
        let mut active: States<WORDS> = [0; WORDS];
        self.enter(&mut active, from);
        for char in text.chars().map(|char| folded(char, self.style)) {
            let mut next = [0; WORDS];
            let mut alive = false;
            for state in set_bits(&active) {
                alive |= self.step(&mut next, state, char);
            }
            if !alive {
                return false;
            }
            active = next;
        }
        self.accepts(&active)
    }

    /// Follows one token over one character; whether it survives.
    fn step<const WORDS: usize>(&self, next: &mut States<WORDS>, state: usize, char: char) -> bool {
        let to = match self.tokens.get(state) {
            Some(Token::Literal(wanted)) if *wanted == char => state + 1,
            Some(Token::One) if self.style != Style::Path || char != '/' => state + 1,
            Some(Token::Some) if char != '/' => state,
            Some(Token::Deep) => state,
            Some(_) | None => return false,
        };
        self.enter(next, to);
        true
    }

    /// Adds a state, and those reached without a character because stars may be empty.
    fn enter<const WORDS: usize>(&self, states: &mut States<WORDS>, mut state: usize) {
        loop {
            set(states, state);
            match self.tokens.get(state) {
                Some(Token::Some | Token::Deep) => state += 1,
                Some(_) | None => return,
            }
        }
    }

    fn accepts<const WORDS: usize>(&self, active: &States<WORDS>) -> bool {
        let end = self.tokens.len();
        if is_set(active, end) {
            return true;
        }
        // The directory itself, see above.
        self.ends_in_directory() && is_set(active, end - 2)
    }
}

impl fmt::Debug for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Glob(")?;
        for token in &self.tokens {
            match token {
                Token::Literal(char) => write!(f, "{char}")?,
                Token::One => f.write_str("?")?,
                Token::Some => f.write_str("*")?,
                Token::Deep => f.write_str("**")?,
            }
        }
        f.write_str(")")
    }
}

/// The pattern as it is written.
impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn folded(char: char, style: Style) -> char {
    match style {
        Style::Name => char.to_ascii_lowercase(),
        Style::Text | Style::Path => char,
    }
}

fn set<const WORDS: usize>(states: &mut States<WORDS>, at: usize) {
    if let Some(word) = states.get_mut(at / 64) {
        *word |= 1 << (at % 64);
    }
}

fn is_set<const WORDS: usize>(states: &States<WORDS>, at: usize) -> bool {
    states.get(at / 64).is_some_and(|word| word & (1 << (at % 64)) != 0)
}

fn set_bits<const WORDS: usize>(states: &States<WORDS>) -> impl Iterator<Item = usize> {
    states.iter().enumerate().flat_map(|(index, word)| {
        let mut left = *word;
        std::iter::from_fn(move || {
            (left != 0).then(|| {
                let bit = left.trailing_zeros() as usize;
                left &= left - 1;
                index * 64 + bit
            })
        })
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    fn matches(pattern: &str, style: Style, text: &str) -> bool {
        Glob::new(pattern, style).unwrap().matches(text)
    }

    #[test]
    fn a_wider_pattern_covers_a_narrower_one_and_what_is_not_certain_is_not_covered() {
        let covers =
            |one: &str, other: &str, style| Glob::new(one, style).unwrap().covers(&Glob::new(other, style).unwrap());
        for (one, other) in [("claude-*", "claude-opus-*"), ("claude-*", "Claude-opus-5"), ("*", "a?b"), ("A*", "a*")] {
            assert!(covers(one, other, Style::Name), "{one} {other}");
        }
        for (one, other) in [("claude-opus-*", "claude-*"), ("claude-*-5", "claude-*"), ("a", "a?")] {
            assert!(!covers(one, other, Style::Name), "{one} {other}");
        }
        assert!(covers("/home/me/**", "/home/me/work/*", Style::Path));
        assert!(!covers("/home/me/*", "/home/me/work/*", Style::Path));
    }

    #[test]
    fn stars_and_question_marks_match_as_people_expect() {
        for (pattern, style, text, wanted) in [
            ("claude-opus-*", Style::Name, "claude-opus-5", true),
            ("claude-opus-*", Style::Name, "Claude-Opus-5", true),
            ("claude-opus-*", Style::Text, "Claude-Opus-5", false),
            ("claude-opus-*", Style::Name, "claude-sonnet-5", false),
            ("*", Style::Name, "anthropic/claude-sonnet-5", true),
            ("*", Style::Name, "", true),
            ("gpt-?", Style::Name, "gpt-5", true),
            ("gpt-?", Style::Name, "gpt-", false),
            ("gpt-?", Style::Name, "gpt-55", false),
            ("*sonnet*", Style::Name, "claude-3-5-sonnet-20241022", true),
            ("", Style::Text, "", true),
            ("", Style::Text, "a", false),
            ("/v1/*", Style::Path, "/v1/messages", true),
            ("/v1/*", Style::Path, "/v1/messages/count_tokens", false),
            ("/v1/**", Style::Path, "/v1/messages/count_tokens", true),
            ("**/work/**", Style::Path, "/home/me/work/a/b", true),
            ("/home/me/work/**", Style::Path, "/home/me/work", true),
            ("/home/me/work/**", Style::Path, "/home/me/works", false),
            ("/a/*/c/**/e", Style::Path, "/a/b/c/d/d/e", true),
            ("/a/*/c/**/e", Style::Path, "/a/b/b/c/d/e", false),
            ("?", Style::Path, "/", false),
            ("模型-*", Style::Name, "模型-五", true),
        ] {
            assert_eq!(matches(pattern, style, text), wanted, "{pattern} against {text}");
        }
    }

    #[test]
    fn a_pathological_pattern_costs_no_more_than_its_size() {
        let pattern = "*a".repeat(250);
        let text = "a".repeat(20_000) + "b";
        // A backtracking matcher would not come back from this in the lifetime of the machine.
        assert!(!matches(&pattern, Style::Name, &text));
    }

    #[test]
    fn long_patterns_match_like_short_ones() {
        for length in [62, 63, 64, 65, 127, 128, TOKENS_MAX - 1] {
            let name = "ab".repeat(length)[..length].to_owned();
            let pattern = format!("{name}*");
            assert!(matches(&pattern, Style::Name, &name) && matches(&pattern, Style::Name, &(name.clone() + "x")));
            assert!(!matches(&pattern, Style::Name, &name[1..]));
        }
    }

    #[test]
    fn a_pattern_beyond_the_limit_is_refused() {
        assert!(Glob::new(&"a".repeat(TOKENS_MAX), Style::Text).is_ok());
        assert_eq!(Glob::new(&"a".repeat(TOKENS_MAX + 1), Style::Text), Err(TooLong));
        assert!(Glob::new(&"*".repeat(5_000), Style::Text).is_ok(), "a run of stars is one star");
    }

    /// The obvious matcher, for short inputs only.
    fn slow(pattern: &[char], text: &[char]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (Some(('*', rest)), _) if pattern.get(1) == Some(&'*') => {
                slow(rest, text) || (!text.is_empty() && slow(pattern, &text[1..]))
            }
            (Some(('*', rest)), _) => {
                slow(rest, text) || text.split_first().is_some_and(|(c, tail)| *c != '/' && slow(pattern, tail))
            }
            (Some(('?', rest)), Some((c, tail))) => *c != '/' && slow(rest, tail),
            (Some((p, rest)), Some((c, tail))) => p == c && slow(rest, tail),
            (Some(_), None) | (None, Some(_)) => false,
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_obvious_matcher(pattern in "[ab*?/]{0,8}", text in "[ab/]{0,8}") {
            let chars: Vec<char> = pattern.chars().collect();
            let texts: Vec<char> = text.chars().collect();
            let before_stars = pattern.trim_end_matches('*');
            let directory = before_stars.ends_with('/')
                && pattern.len() >= before_stars.len() + 2
                && slow(&chars[..before_stars.len() - 1], &texts);
            prop_assert_eq!(matches(&pattern, Style::Path, &text), slow(&chars, &texts) || directory);
        }

        #[test]
        fn a_literal_matches_only_itself(name in "[a-zA-Z0-9./-]{0,20}", other in "[a-zA-Z0-9./-]{0,20}") {
            let glob = Glob::new(&name, Style::Text).unwrap();
            prop_assert!(glob.is_literal());
            prop_assert_eq!(glob.matches(&other), name == other);
        }
    }
}
