//! An answer that is being collected: whoever comes reads it from its first byte, while it comes or after its end. Its
//! reader does not hold it up; what it may grow to is bounded.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use parking_lot::Mutex;
use tokio::sync::{Notify, mpsc};

use super::body::{Aborted, AnswerBody};

/// Pieces that wait for a reader.
const PIECES_AHEAD: usize = 8;

/// Status and headers of the answer.
pub type Head = (StatusCode, HeaderMap);

/// How an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// With all of it.
    Whole,
    /// Before: it is given up, or grew too large.
    Cut,
}

/// An answer that is being collected.
#[derive(Debug, Default)]
pub struct Live {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    head: Option<Head>,
    pieces: Vec<Bytes>,
    bytes: usize,
    end: Option<End>,
}

impl Live {
    /// The head is there.
    pub fn open(&self, head: Head) {
        self.state.lock().head = Some(head);
        self.changed.notify_waiters();
    }

    /// More of the body. False, and nothing added, when it would be more than `most` bytes in all.
    pub fn push(&self, piece: Bytes, most: usize) -> bool {
        let mut state = self.state.lock();
        let bytes = state.bytes.saturating_add(piece.len());
        if bytes > most {
            return false;
        }
        state.bytes = bytes;
        state.pieces.push(piece);
        drop(state);
        self.changed.notify_waiters();
        true
    }

    /// What there is of the body goes; it cannot be read from its beginning any more.
    pub fn clear(&self) {
        self.state.lock().pieces.clear();
        self.close(End::Cut);
    }

    /// It is over; the first end counts.
    pub fn close(&self, end: End) {
        self.state.lock().end.get_or_insert(end);
        self.changed.notify_waiters();
    }

    /// The head, once it is there; `None` when there will be none.
    pub async fn head(&self) -> Option<Head> {
        self.wait(|state| match (&state.head, state.end) {
            (Some(head), _) => Some(Some(head.clone())),
            (None, Some(_)) => Some(None),
            (None, None) => None,
        })
        .await
    }

    /// The head, when it is there already and the answer has not been given up.
    pub fn head_now(&self) -> Option<Head> {
        let state = self.state.lock();
        state.head.clone().filter(|_| state.end != Some(End::Cut))
    }

    /// Bytes so far.
    pub fn bytes(&self) -> usize {
        self.state.lock().bytes
    }

    /// All of the body so far.
    pub fn body(&self) -> Bytes {
        let state = self.state.lock();
        match state.pieces.as_slice() {
            [only] => only.clone(),
            pieces => pieces.concat().into(),
        }
    }

    /// A body that begins with the first byte and goes on to the end, whenever that is.
    pub fn follow(self: &Arc<Self>) -> AnswerBody {
        let (pieces, body) = mpsc::channel(PIECES_AHEAD);
        let live = Arc::clone(self);
        tokio::spawn(async move {
            let mut at = 0;
            while let Some(next) = live.next(at).await {
                at += 1;
                let last = next.is_err();
                // A reader that has gone needs no more.
                if pieces.send(next).await.is_err() || last {
                    return;
                }
            }
        });
        AnswerBody::Piped(body)
    }

    /// The piece at `at`; `None` at the end.
    async fn next(&self, at: usize) -> Option<Result<Bytes, Aborted>> {
        self.wait(|state| match (state.pieces.get(at), state.end) {
            (Some(piece), _) => Some(Some(Ok(piece.clone()))),
            (None, Some(End::Whole)) => Some(None),
            (None, Some(End::Cut)) => Some(Some(Err(Aborted))),
            (None, None) => None,
        })
        .await
    }

    async fn wait<T>(&self, ready: impl Fn(&State) -> Option<T>) -> T {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            // Listens before it looks, so that nothing is missed in between.
            changed.as_mut().enable();
            if let Some(value) = ready(&self.state.lock()) {
                return value;
            }
            changed.await;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use http_body_util::BodyExt;

    use super::*;

    #[tokio::test]
    async fn whoever_comes_late_reads_from_the_first_byte() {
        let live = Arc::new(Live::default());
        live.open((StatusCode::OK, HeaderMap::new()));
        assert!(live.push("a".into(), 3));
        let early = live.follow();
        assert!(live.push("bc".into(), 3) && !live.push("d".into(), 3));
        live.close(End::Whole);
        for body in [early, live.follow()] {
            assert_eq!(body.collect().await.unwrap().to_bytes(), "abc");
        }
        assert_eq!((live.body(), live.bytes()), (Bytes::from("abc"), 3));
    }

    #[tokio::test]
    async fn an_answer_that_is_given_up_never_ends_cleanly() {
        let live = Arc::new(Live::default());
        live.push("a".into(), 9);
        live.close(End::Cut);
        live.close(End::Whole);
        assert!(live.follow().collect().await.is_err());
        assert_eq!(live.head().await, None);
    }
}
