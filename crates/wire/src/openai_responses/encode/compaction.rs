//! A compacted conversation: one item that holds the summary, and nothing else.

use super::item::{Item, string};
use super::object::{Head, Status};
use super::stream::Stream;
use crate::conversation::{End, Event, Sink};
use crate::json::Writer;
use crate::translate::compaction::{self, Compaction, Summary};
use crate::translate::{Plan, ids};
use crate::usage::Usage;

/// Writes a summary as the item it stands for, streamed or whole.
#[derive(Debug)]
pub struct CompactionEncoder {
    head: Head,
    out: Stream,
    asked: Compaction,
    id: String,
    summary: Summary,
    usage: Usage,
    begun: bool,
    ended: bool,
}

impl CompactionEncoder {
    /// For the client whose request made `plan`.
    pub fn new(plan: &Plan, asked: Compaction, streamed: bool) -> Self {
        Self {
            head: Head::new(plan),
            out: Stream::new(streamed),
            asked,
            id: ids::derived("cmp_", plan.seed, 1),
            summary: Summary::default(),
            usage: Usage::default(),
            begun: false,
            ended: false,
        }
    }

    /// The bytes written since the last call: whole events.
    pub fn take(&mut self) -> Vec<u8> {
        self.out.take()
    }

    /// How the compaction ends when the answer ends so: without a whole summary it fails.
    pub fn settle(&self, end: End) -> End {
        self.summary.settle(end)
    }

    /// The answer has ended, and this is what [`Self::settle`] says of it.
    pub fn finish(&mut self, end: &End) {
        if self.ended {
            return;
        }
        self.begin();
        self.ended = true;
        let (status, items) = self.outcome(end);
        for (kind, item) in items
            .iter()
            .flat_map(|item| [("response.output_item.added", item.done()), ("response.output_item.done", item.done())])
        {
            self.out.event(kind, |writer| {
                writer.key("output_index").count(0);
                writer.key("item").raw(item.unwrap_or("null"));
            });
        }
        self.response(status.event(), &status, &items);
    }

    /// The body of a complete answer; of any other end a response object whose status is `failed`.
    pub fn finish_whole(self, end: &End) -> Vec<u8> {
        let (status, items) = self.outcome(end);
        let mut writer = Writer::default();
        match (self.asked, &status) {
            (Compaction::Call, Status::Completed) => self.head.write_compaction(&items, &self.usage, &mut writer),
            _ => self.head.write(&status, &items, &self.usage, &mut writer),
        }
        writer.into_bytes()
    }

    fn outcome(&self, end: &End) -> (Status, Vec<Item>) {
        match end {
            End::Complete(_) => (Status::Completed, vec![Item::Done(self.item())]),
            End::Failed(error) => (Status::failed(error), Vec::new()),
            End::Cut => (Status::cut(), Vec::new()),
        }
    }

    fn item(&self) -> String {
        let mut writer = Writer::default();
        writer.object(|writer| {
            writer.key("id").string(&self.id);
            writer.key("type").string("compaction");
            writer.key("encrypted_content").string(&compaction::wrap(self.summary.text()));
        });
        string(writer)
    }

    fn begin(&mut self) {
        if !self.begun {
            self.begun = true;
            self.response("response.created", &Status::InProgress, &[]);
            self.response("response.in_progress", &Status::InProgress, &[]);
        }
    }

    fn response(&mut self, kind: &str, status: &Status, items: &[Item]) {
        let Self { head, out, usage, .. } = self;
        out.event(kind, |writer| head.write(status, items, usage, writer.key("response")));
    }
}

impl Sink for CompactionEncoder {
    fn event(&mut self, event: Event<'_>) {
        if self.ended {
            return;
        }
        self.summary.learn(&event);
        match event {
            Event::Start { .. } => self.begin(),
            Event::Usage(usage) => self.usage.merge(&usage),
            Event::Ping => self.out.keep_alive(self.begun.then_some(self.head.id.as_str())),
            _ => {}
        }
    }
}
