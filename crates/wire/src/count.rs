//! How many tokens a request has: what is asked of a provider that counts, and a sensible number where none does.

mod calibration;
mod call;
mod estimate;
mod media;
mod text;

pub use calibration::Calibration;
pub(crate) use call::ask;
pub use call::{answer, is_known_to, read};
pub use estimate::estimate;
pub(crate) use estimate::{Tally, walk};
