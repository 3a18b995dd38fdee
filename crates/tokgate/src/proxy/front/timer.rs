//! One tokio timer per connection, moved only when it must fire earlier than it would, or has fired. A request that is
//! served before the timer fires costs no timer operation.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::time::{Instant, Sleep, sleep_until};

/// The timer of one connection.
#[derive(Debug, Default)]
pub(super) struct LazyTimer {
    sleep: Option<Pin<Box<Sleep>>>,
    /// When it will fire, unless it has fired.
    armed: Option<Instant>,
}

impl LazyTimer {
    /// Ready once `deadline` is past. The deadline of the next call may be another one.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, deadline: Instant) -> Poll<()> {
        if self.armed.is_none_or(|armed| armed > deadline) {
            self.arm(deadline);
        }
        loop {
            let Some(sleep) = self.sleep.as_mut() else { return Poll::Ready(()) };
            ready!(sleep.as_mut().poll(cx));
            if self.armed.take().is_none_or(|armed| armed >= deadline) {
                return Poll::Ready(());
            }
            self.arm(deadline);
        }
    }

    fn arm(&mut self, deadline: Instant) {
        match self.sleep.as_mut() {
            Some(sleep) => sleep.as_mut().reset(deadline),
            None => self.sleep = Some(Box::pin(sleep_until(deadline))),
        }
        self.armed = Some(deadline);
    }
}
