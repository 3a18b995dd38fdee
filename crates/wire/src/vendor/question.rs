//! Which question to a vendor shows that a key is accepted and costs no tokens.

/// Such a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FreeQuestion {
    /// `GET` this path, below the base of an OpenAI protocol; below an Anthropic base `/v1` goes before it.
    Get(&'static str),
    /// There is none: only that it can be reached is seen.
    None,
}

/// The list of models, which nearly everyone has.
const MODELS: FreeQuestion = FreeQuestion::Get("/models");

/// The question for a vendor, by id; for somebody unknown, who mostly does as OpenAI does, the list of models.
pub fn free_question(vendor: Option<&str>) -> FreeQuestion {
    match vendor {
        // Its list of models is public; this is about the key. Source: OpenRouter documentation, "API key info".
        Some("openrouter") => FreeQuestion::Get("/key"),
        // What they list is another API with other keys. Source: Azure OpenAI and Amazon Bedrock references.
        Some("azure" | "bedrock") => FreeQuestion::None,
        _ => MODELS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_a_path_below_the_base() {
        for vendor in crate::vendor::all() {
            if let FreeQuestion::Get(path) = free_question(Some(vendor.id)) {
                assert!(path.starts_with('/') && !path.ends_with('/'), "{}", vendor.id);
            }
        }
        assert_eq!(free_question(None), MODELS);
    }
}
