//! circle: an agent that asks the same again and again has lost its way, and each answer is billed. After some it is told
//! so, in a form in which its program does not ask once more.
//!
//! Only agents: a coding client, or a run, in a conversation of its own, that offers tools. A script, a benchmark or a test
//! may well send the same a thousand times.

use tokgate_wire::client::Client;
use tokgate_wire::error::Kind;

use super::context::{Context, Operation, Transport};
use super::read::RequestBody;
use super::respond::{Problem, Retry};
use crate::clock;
use crate::i18n::{Text, proxy as text};

/// Counts this request, and refuses it when it has come too often.
pub fn check(context: &mut Context, read: &RequestBody) -> Result<(), Problem> {
    let Some(most) = context.snapshot.config.server.max_repeats else { return Ok(()) };
    let Some(session) = read.session.as_deref().filter(|_| is_agent(context)) else { return Ok(()) };
    let now = clock::since_start(clock::now());
    let caller = [context.caller.tag(), session, &context.path];
    let repetition = context.settle.gateway().repetition();
    let (count, counted) = repetition.count(now, &caller, &read.bytes);
    if count > most && read.tools {
        repetition.refuse();
        let (seen, more) = (count.saturating_sub(1), most.saturating_mul(10));
        let text = Text::new(&text::CIRCLE).with("count", seen).with("more", more);
        let problem = Problem::request("TG330", Kind::RateLimited, 429, text);
        return Err(Problem { retry: Retry::Never, ..problem });
    }
    context.settle.counts_as(counted);
    Ok(())
}

/// Counts of tokens are asked by the dozen; a job is repeated by us.
fn is_agent(context: &Context) -> bool {
    let client = context.caller.client;
    let coding = matches!(client, Client::Claude | Client::Codex | Client::Opencode | Client::Gemini);
    (coding || context.caller.run.is_some())
        && matches!(context.operation, Operation::Create(_))
        && context.caller.transport != Transport::Job
}
