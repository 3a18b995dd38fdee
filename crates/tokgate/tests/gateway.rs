//! The whole gateway over real sockets: a client on one side, simulated providers on the other, nothing replaced in
//! between. What a single part does by itself is tested beside that part.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

#[path = "gateway/adapters.rs"]
mod adapters;
#[path = "gateway/azure.rs"]
mod azure;
#[path = "gateway/bedrock.rs"]
mod bedrock;
#[path = "gateway/call.rs"]
mod call;
#[path = "gateway/compaction.rs"]
mod compaction;
#[path = "gateway/converse.rs"]
mod converse;
#[path = "gateway/costs.rs"]
mod costs;
#[path = "gateway/counting.rs"]
mod counting;
#[path = "gateway/cuts.rs"]
mod cuts;
#[path = "gateway/dialects.rs"]
mod dialects;
#[path = "gateway/elsewhere.rs"]
mod elsewhere;
#[path = "gateway/encodings.rs"]
mod encodings;
#[path = "gateway/failover.rs"]
mod failover;
#[path = "gateway/fidelity.rs"]
mod fidelity;
#[path = "gateway/front.rs"]
mod front;
#[path = "gateway/herd.rs"]
mod herd;
#[path = "gateway/house.rs"]
mod house;
#[path = "gateway/jobs.rs"]
mod jobs;
#[path = "gateway/kept.rs"]
mod kept;
#[path = "gateway/lifecycle.rs"]
mod lifecycle;
#[path = "gateway/losses.rs"]
mod losses;
#[path = "gateway/probes.rs"]
mod probes;
#[path = "gateway/refusals.rs"]
mod refusals;
#[path = "gateway/relays.rs"]
mod relays;
#[path = "gateway/reload.rs"]
mod reload;
#[path = "gateway/renewal.rs"]
mod renewal;
#[path = "gateway/rescue.rs"]
mod rescue;
#[path = "gateway/routes.rs"]
mod routes;
#[path = "gateway/scripted.rs"]
mod scripted;
#[path = "gateway/secrets.rs"]
mod secrets;
#[path = "gateway/shedding.rs"]
mod shedding;
#[path = "gateway/socket.rs"]
mod socket;
#[path = "gateway/strategies.rs"]
mod strategies;
#[path = "gateway/stream.rs"]
mod stream;
#[path = "gateway/switching.rs"]
mod switching;
#[path = "gateway/time.rs"]
mod time;
#[path = "gateway/translation.rs"]
mod translation;
#[path = "gateway/waiting.rs"]
mod waiting;
#[path = "gateway/websocket.rs"]
mod websocket;
#[path = "gateway/websocket_frames.rs"]
mod websocket_frames;
#[path = "gateway/words.rs"]
mod words;
