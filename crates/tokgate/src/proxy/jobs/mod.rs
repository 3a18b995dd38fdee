//! jobs: requests whose clients do not wait. [`submit`] turns a request with `prefer: respond-async` into a stored one;
//! [`errand`] sends a stored one down the line; [`answer`] says what became of it;
//! [`keep`] puts a request aside that failed, where that is wanted.

mod answer;
mod errand;
mod keep;
mod owner;
mod status;
mod submit;
mod terms;

pub use answer::answer;
pub use errand::{Errand, errand};
pub use keep::keep;
pub use owner::owner;
pub use submit::{submit, wanted};

use http::HeaderName;

/// What was done of what the client wished for.
const APPLIED: HeaderName = HeaderName::from_static("preference-applied");
/// The job that an answer is of, and where it is.
const JOB: HeaderName = HeaderName::from_static("x-tokgate-job");
const STATE: HeaderName = HeaderName::from_static("x-tokgate-job-state");
