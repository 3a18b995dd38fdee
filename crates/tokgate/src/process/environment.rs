//! Whether the running gateway sees the variables that this shell has.
//!
//! A gateway keeps the environment it was started in: a key that is exported later does not reach it. The command asks
//! about the names its own configuration reads, and gets for each a short digest under a salt made for this one answer.
//! That is enough to tell "the same" from "another value", and no value crosses the socket.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::config::Env;

/// Bytes of a digest: enough to notice a change, too few to find a value by.
const DIGEST_BYTES: usize = 4;
/// Names that one question may hold; no configuration reads as many.
const NAMES_MAX: usize = 512;

/// The question: these names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Names of variables.
    pub names: BTreeSet<String>,
}

/// The answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Made for this answer alone.
    pub salt: String,
    /// What is set there, by name.
    pub variables: Vec<Variable>,
}

/// A variable that is set where the gateway was started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Tells its value from another one.
    pub digest: String,
}

/// A variable of this shell that the gateway does not have like this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unseen {
    /// Its name.
    pub name: String,
    /// What the gateway has.
    pub why: Why,
}

/// How the gateway's variable differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// It is not set there.
    Missing,
    /// It has another value there.
    Different,
}

impl Seen {
    /// The answer about `asked` in the environment `env`.
    pub fn of(asked: &Asked, env: &Env, salt: String) -> Self {
        let known = asked.names.iter().take(NAMES_MAX).filter_map(|name| Some((name, env.var(name)?)));
        let variables =
            known.map(|(name, value)| Variable { name: name.clone(), digest: digest(&salt, name, value) }).collect();
        Self { salt, variables }
    }

    /// Which of `names` have a value in `env` that the gateway does not have. What this shell lacks is no concern.
    pub fn lacks(&self, names: &BTreeSet<String>, env: &Env) -> Vec<Unseen> {
        let unseen = |name: &String| {
            let ours = digest(&self.salt, name, env.var(name)?);
            let theirs = self.variables.iter().find(|variable| variable.name == *name);
            let why = match theirs {
                None => Why::Missing,
                Some(theirs) if theirs.digest != ours => Why::Different,
                Some(_) => return None,
            };
            Some(Unseen { name: name.clone(), why })
        };
        names.iter().take(NAMES_MAX).filter_map(unseen).collect()
    }
}

fn digest(salt: &str, name: &str, value: &str) -> String {
    let mut hash = Sha256::new();
    for part in [salt, name, value] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().iter().take(DIGEST_BYTES).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn env(pairs: &[(&str, &str)]) -> Env {
        Env::from_pairs(Path::new("/h"), pairs.iter().copied())
    }

    #[test]
    fn what_the_gateway_lacks_or_has_otherwise_is_named_and_the_same_is_not() {
        let names: BTreeSet<String> = ["A_KEY", "B_KEY", "C_KEY", "D_KEY"].map(String::from).into();
        let there = env(&[("A_KEY", "one"), ("B_KEY", "old"), ("D_KEY", "theirs alone")]);
        let here = env(&[("A_KEY", "one"), ("B_KEY", "new"), ("C_KEY", "three")]);
        let seen = Seen::of(&Asked { names: names.clone() }, &there, "salt".into());
        let unseen = |name: &str, why| Unseen { name: name.into(), why };
        assert_eq!(seen.lacks(&names, &here), [unseen("B_KEY", Why::Different), unseen("C_KEY", Why::Missing)]);
    }

    #[test]
    fn an_answer_holds_no_value_and_differs_with_its_salt() {
        let asked = Asked { names: ["A_KEY".to_owned()].into() };
        let there = env(&[("A_KEY", "sk-canary-0123456789"), ("OTHER", "not asked for")]);
        let (one, two) = (Seen::of(&asked, &there, "1".into()), Seen::of(&asked, &there, "2".into()));
        let text = serde_json::to_string(&one).unwrap();
        assert!(!text.contains("canary") && !text.contains("OTHER"), "{text}");
        assert_ne!(one.variables, two.variables);
        assert_eq!(one.variables[0].digest.len(), DIGEST_BYTES * 2);
    }
}
