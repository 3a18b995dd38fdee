//! cap: the request as a profile that limits the length of answers lets it in. It is changed as the client wrote it, before
//! anything else, so that a translation, and what else a target wants, begins with the limit.

use bytes::Bytes;
use tokgate_wire::conversation::Losses;
use tokgate_wire::downgrade;

use super::super::classify::Fault;
use super::super::context::Operation;
use super::super::read::BufferedBytes;
use super::Attempting;

impl Attempting {
    /// Puts the limit of the target's profile into the request, or takes that of the one before out again. What the request
    /// loses by it.
    pub(super) fn cap(&mut self, most: Option<u32>) -> Result<Losses, Fault> {
        if let Some((uncapped, _)) = self.uncapped.take() {
            self.body.replace(uncapped);
        }
        let Some((most, Operation::Create(client))) = most.map(|most| (most, self.context.operation)) else {
            return Ok(Losses::default());
        };
        let text = std::str::from_utf8(&self.body.bytes).unwrap_or_default();
        let Some(capped) = downgrade::cap(client, text, most) else { return Ok(Losses::default()) };
        let uncapped = self.body.bytes.clone();
        let gateway = self.context.settle.gateway();
        let held = BufferedBytes::take(gateway, uncapped.len() as u64).ok_or(Fault::NoMemory)?;
        if !self.body.replace(Bytes::from(capped.body)) {
            return Err(Fault::NoMemory);
        }
        self.uncapped = Some((uncapped, held));
        Ok(capped.losses)
    }
}
