//! What is read of a connection: counted, so that half a message in memory counts among the buffered bytes of all
//! requests, and so that silence is noticed.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::proxy::read::BufferedBytes;

/// Bytes of a control frame before its payload: type, length, mask.
const CONTROL_HEAD: usize = 6;

/// What a connection's reader and its session both look at.
#[derive(Debug)]
pub(super) struct Meter {
    /// Bytes since the last whole message.
    partial: Mutex<BufferedBytes>,
    /// So many of them may be: a message in pieces that say nothing would never end.
    most: u64,
    heard: AtomicBool,
}

impl Meter {
    /// Counts in `partial`, which is empty; a message takes at most `most` bytes on its way.
    pub(super) fn new(partial: BufferedBytes, most: u64) -> Arc<Self> {
        Arc::new(Self { partial: Mutex::new(partial), most, heard: AtomicBool::new(false) })
    }

    /// A message is whole: whoever took it counts it.
    pub(super) fn message_is_whole(&self) {
        self.partial.lock().resize(0);
    }

    /// A ping or pong with so much in it is no part of a message.
    pub(super) fn control_frame(&self, payload: usize) {
        let mut partial = self.partial.lock();
        let left = partial.len().saturating_sub((payload + CONTROL_HEAD) as u64);
        partial.resize(left);
    }

    /// Whether anything has come since this was last asked.
    pub(super) fn heard(&self) -> bool {
        self.heard.swap(false, Ordering::Relaxed)
    }

    fn read(&self, bytes: usize) -> io::Result<()> {
        self.heard.store(true, Ordering::Relaxed);
        let mut partial = self.partial.lock();
        let so_far = partial.len() + bytes as u64;
        if so_far > self.most {
            return Err(io::ErrorKind::InvalidData.into());
        }
        if partial.resize(so_far) { Ok(()) } else { Err(io::ErrorKind::OutOfMemory.into()) }
    }
}

/// A connection that is metered.
#[derive(Debug)]
pub(super) struct Metered<Io> {
    io: Io,
    meter: Arc<Meter>,
}

impl<Io> Metered<Io> {
    pub(super) fn new(io: Io, meter: Arc<Meter>) -> Self {
        Self { io, meter }
    }
}

impl<Io: AsyncRead + Unpin> AsyncRead for Metered<Io> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.io).poll_read(cx, buf))?;
        Poll::Ready(self.meter.read(buf.filled().len() - before))
    }
}

impl<Io: AsyncWrite + Unpin> AsyncWrite for Metered<Io> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
