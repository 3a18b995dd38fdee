//! Tells a connection's [`Live`] when a request goes to the service and when its response is over, whichever way. The
//! front filter must know both, so no service stands behind it without this.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use hyper::service::Service;
use pin_project_lite::pin_project;

use super::live::Live;
use super::switch::Switch;

/// A service that is counted.
#[derive(Debug)]
pub struct Watched<S> {
    inner: S,
    live: Arc<Live>,
}

impl<S> Watched<S> {
    /// Wraps the service of the connection that `live` stands for.
    pub fn new(inner: S, live: Arc<Live>) -> Self {
        Self { inner, live }
    }
}

impl<S, Q, B> Service<Request<Q>> for Watched<S>
where
    S: Service<Request<Q>, Response = Response<B>>,
{
    type Response = Response<WatchedBody<B>>;
    type Error = S::Error;
    type Future = WatchedFuture<S::Future>;

    fn call(&self, request: Request<Q>) -> Self::Future {
        self.live.start();
        let guard = InFlight(self.live.clone());
        WatchedFuture { inner: self.inner.call(request), guard: Some(guard) }
    }
}

/// A request that is with the service, or whose response is being sent.
#[derive(Debug)]
struct InFlight(Arc<Live>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.finish();
    }
}

pin_project! {
    /// The answer to come.
    pub struct WatchedFuture<F> {
        #[pin]
        inner: F,
        guard: Option<InFlight>,
    }
}

impl<F, B, E> Future for WatchedFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
{
    type Output = Result<Response<WatchedBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut response = ready!(this.inner.poll(cx))?;
        let guard = this.guard.take();
        if let (Some(switch), Some(guard)) = (response.extensions_mut().remove::<Switch>(), &guard) {
            guard.0.switch_to(switch);
        }
        Poll::Ready(Ok(response.map(|inner| WatchedBody { inner, _guard: guard })))
    }
}

pin_project! {
    /// A response body; the request is over when it is dropped.
    pub struct WatchedBody<B> {
        #[pin]
        inner: B,
        _guard: Option<InFlight>,
    }
}

impl<B: Body> Body for WatchedBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        self.project().inner.poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
