//! Scriptable fake providers: the built-in practice provider ([`Practice`], inside the caller's process) and the
//! upstream of all tests ([`Simulator`], on real sockets), with every fault of [`Fault::ALL`].
//! Nothing here knows the gateway: what it gets wrong about a protocol must not be repeated here.

mod acceptance;
mod answer;
mod asked;
mod body;
mod clock;
mod coding;
mod fault;
mod issuer;
mod narrow;
mod practice;
mod protocol;
mod random;
mod rehearsal;
mod reply;
mod rng;
mod sample;
mod script;
mod server;
mod strict;
mod wire;

pub use acceptance::AcceptanceTurn;
pub use answer::{Answer, DEFAULT_TEXT, Piece, Usage};
pub use body::{SimBody, SimCut};
pub use coding::Coding;
pub use fault::{Fault, FaultPlan, Layer};
pub use narrow::{Narrow, Wording};
pub use practice::{Greeting, Practice, PracticeOptions};
pub use protocol::Protocol;
pub use random::{RandomStream, expected_bytes, expected_json, random_events};
pub use rehearsal::{Close, Rehearsal};
pub use rng::Rng;
pub use script::{Behaviour, CHOICE_HEADER, Raw, Rule, Script, Step, When};
pub use server::{
    AwsCredentials, ControlPort, Counters, Ended, Options, Running, Seen, Simulator, StartError, Transport,
};
