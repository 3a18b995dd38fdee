//! cap: the request as a profile that limits the length of answers lets it in. It is changed as the client wrote it, before
//! anything else, so that a translation, and what else a target wants, begins with the limit.

use bytes::Bytes;
use tokgate_wire::conversation::Losses;
use tokgate_wire::downgrade;

use super::super::context::Operation;
use super::Attempting;

impl Attempting {
    /// Puts the limit of the target's profile into the request, or takes that of the one before out again. What the request
    /// loses by it.
    pub(super) fn cap(&mut self, most: Option<u32>) -> Losses {
        if let Some(uncapped) = self.uncapped.take() {
            self.body.replace(uncapped);
        }
        let Some((most, Operation::Create(client))) = most.map(|most| (most, self.context.operation)) else {
            return Losses::default();
        };
        let text = std::str::from_utf8(&self.body.bytes).unwrap_or_default();
        let Some(capped) = downgrade::cap(client, text, most) else { return Losses::default() };
        self.uncapped = Some(self.body.bytes.clone());
        self.body.replace(Bytes::from(capped.body));
        capped.losses
    }
}
