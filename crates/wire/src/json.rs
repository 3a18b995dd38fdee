//! JSON as translation needs it: read once, in order, borrowing everything; written in a fixed order, by hand.
//!
//! Bodies of coding clients are mostly long strings full of escapes. They are never unescaped here: a [`Text`] is the
//! inside of a JSON string as it stands, and goes into the next body as it stands. Numbers, schemas and tool arguments
//! keep their spelling and their key order for the same reason. A body of which little changes is not written anew:
//! edits are put into it at their places ([`crate::splice`]).

mod block;
mod flaw;
mod outline;
mod place;
mod reader;
mod string;
mod surrogate;
mod text;
mod writer;

pub(crate) use block::{BLOCK, Common, Escapes, Marks, Registers};
pub use flaw::{Flaw, Shape};
pub use outline::{Member, Outline};
pub(crate) use place::path;
pub use reader::{Fault, Kind, Reader};
pub(crate) use surrogate::lone;
pub use text::Text;
pub use writer::Writer;

#[cfg(test)]
mod tests;
