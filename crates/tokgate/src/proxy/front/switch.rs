//! The end of HTTP on a connection: what it goes on with once a 101 is out. Only a handler that has checked the request
//! puts one on its response; a status alone, which might be an upstream's, switches nothing.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use parking_lot::Mutex;

use super::live::Live;

/// What runs on the connection from there on, to its end.
pub type Session = Box<dyn FnOnce(Arc<Live>) -> Running + Send>;

/// A running session.
pub type Running = Pin<Box<dyn Future<Output = ()> + Send>>;

/// An extension of a response. Cloning does not double the session.
#[derive(Clone)]
pub struct Switch(Arc<Mutex<Option<Session>>>);

impl Switch {
    /// Goes on with `session`.
    pub fn new(session: impl FnOnce(Arc<Live>) -> Running + Send + 'static) -> Self {
        Self(Arc::new(Mutex::new(Some(Box::new(session)))))
    }

    pub(super) fn session(&self) -> Option<Session> {
        self.0.lock().take()
    }
}

impl fmt::Debug for Switch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Switch")
    }
}
