//! tie: a request that names something its provider keeps (a stored response, a container) means nothing elsewhere.

use tokgate_policy::engine::Target;

/// What holds a request at the provider it was sent to first.
#[derive(Debug, Clone, Copy)]
pub struct Tie {
    tied: bool,
    /// The provider tried first.
    first: Option<usize>,
}

impl Tie {
    /// A request that has not been sent yet; `tied` when it names such a thing.
    pub fn new(tied: bool) -> Self {
        Self { tied, first: None }
    }

    /// An attempt begins there.
    pub fn begin(&mut self, target: &Target) {
        self.first.get_or_insert(target.provider);
    }

    /// Whether the request may not be sent there.
    pub fn forbids(&self, target: &Target) -> bool {
        self.tied && self.first.is_some_and(|first| first != target.provider)
    }
}
