//! A client's request, read.

use crate::conversation::{Losses, Refused, Request};
use crate::json::Reader;

/// Reads a whole body. What has no place in the model is kept beside it; what cannot be read at all is refused.
pub fn request<'a>(body: &'a str, losses: &mut Losses) -> Result<Request<'a>, Refused> {
    let _ = losses;
    let mut reader = Reader::new(body);
    reader.raw()?;
    Ok(Request::default())
}
