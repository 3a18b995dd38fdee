//! The end of a connection: our last words, then the closing of our side, then reading on for a moment. A socket closed
//! with unread input resets the connection, and the reset may overtake the answer and destroy it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Most that is read and thrown away before the connection is reset after all.
const DRAIN_MAX: usize = 1 << 20;

/// Where the end of a connection stands.
#[derive(Debug)]
pub(super) struct Closing {
    answer: Vec<u8>,
    written: usize,
    stage: Stage,
    /// Input may still come, so it is read.
    drains: bool,
    drained: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Write,
    Flush,
    Shutdown,
    Drain,
    Done,
}

impl Closing {
    /// Say this, then close and drain.
    pub(super) fn with_answer(answer: Vec<u8>) -> Self {
        Self { answer, written: 0, stage: Stage::Write, drains: true, drained: 0 }
    }

    /// Close without a word.
    pub(super) fn silent(drains: bool) -> Self {
        Self { answer: Vec::new(), written: 0, stage: Stage::Shutdown, drains, drained: 0 }
    }

    /// Gives up what is left to do.
    pub(super) fn give_up(&mut self) {
        self.stage = Stage::Done;
    }

    /// Goes on as far as it can. Ready when nothing is left to do; errors count as done.
    pub(super) fn poll<Io: AsyncRead + AsyncWrite + Unpin>(&mut self, io: &mut Io, cx: &mut Context<'_>) -> Poll<()> {
        while self.stage != Stage::Done {
            if ready!(self.step(Pin::new(io), cx)).is_err() {
                self.stage = Stage::Done;
            }
        }
        Poll::Ready(())
    }

    fn step<Io: AsyncRead + AsyncWrite>(&mut self, io: Pin<&mut Io>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.stage {
            Stage::Write => match ready!(io.poll_write(cx, &self.answer[self.written..]))? {
                0 => self.stage = Stage::Done,
                n => {
                    self.written += n;
                    if self.written == self.answer.len() {
                        self.stage = Stage::Flush;
                    }
                }
            },
            Stage::Flush => {
                ready!(io.poll_flush(cx))?;
                self.stage = Stage::Shutdown;
            }
            Stage::Shutdown => {
                ready!(io.poll_shutdown(cx))?;
                self.stage = if self.drains { Stage::Drain } else { Stage::Done };
            }
            Stage::Drain => {
                let mut space = [0; 4096];
                let mut scrap = ReadBuf::new(&mut space);
                ready!(io.poll_read(cx, &mut scrap))?;
                self.drained += scrap.filled().len();
                if scrap.filled().is_empty() || self.drained > DRAIN_MAX {
                    self.stage = Stage::Done;
                }
            }
            Stage::Done => {}
        }
        Poll::Ready(Ok(()))
    }
}
