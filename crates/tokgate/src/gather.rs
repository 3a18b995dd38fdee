//! gather: small pieces of a message go out as one. The kernel takes a single piece at less cost than two or three, and a
//! head with a short body, or an event within its chunk, is small.

use std::io::{self, IoSlice, Write};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::AsyncWrite;

/// Pieces up to so many bytes together are copied: a streamed event.
const EVENT: usize = 512;

/// The same for a head with a short body. Beyond that copying costs more than it saves.
const MESSAGE: usize = 2 << 10;

/// Writes these pieces, or the beginning of them.
pub(crate) fn poll_write<W: AsyncWrite>(
    to: Pin<&mut W>,
    cx: &mut Context<'_>,
    pieces: &[IoSlice<'_>],
) -> Poll<io::Result<usize>> {
    if let [only] = pieces {
        return to.poll_write(cx, only);
    }
    let length: usize = pieces.iter().map(|piece| piece.len()).sum();
    if length <= EVENT {
        poll_write_whole::<W, EVENT>(to, cx, pieces)
    } else if length <= MESSAGE {
        poll_write_whole::<W, MESSAGE>(to, cx, pieces)
    } else {
        to.poll_write_vectored(cx, pieces)
    }
}

/// Writes pieces of at most `MAX` bytes together.
fn poll_write_whole<W: AsyncWrite, const MAX: usize>(
    to: Pin<&mut W>,
    cx: &mut Context<'_>,
    pieces: &[IoSlice<'_>],
) -> Poll<io::Result<usize>> {
    let mut whole = [0; MAX];
    let mut room = whole.as_mut_slice();
    for piece in pieces {
        room.write_all(piece)?;
    }
    let length = MAX - room.len();
    to.poll_write(cx, whole.get(..length).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

    use super::*;

    /// What was written, call by call, and whether it came in pieces.
    #[derive(Default)]
    struct Written(Vec<(Vec<u8>, bool)>);

    impl AsyncWrite for Written {
        fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
            self.0.push((bytes.to_vec(), false));
            Poll::Ready(Ok(bytes.len()))
        }

        fn poll_write_vectored(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            pieces: &[IoSlice<'_>],
        ) -> Poll<io::Result<usize>> {
            let bytes = pieces.iter().flat_map(|piece| piece.iter().copied()).collect::<Vec<u8>>();
            let length = bytes.len();
            self.0.push((bytes, true));
            Poll::Ready(Ok(length))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    fn written(pieces: &[&[u8]]) -> (Vec<u8>, bool) {
        let slices: Vec<IoSlice<'_>> = pieces.iter().map(|piece| IoSlice::new(piece)).collect();
        let mut to = Written::default();
        let mut cx = Context::from_waker(std::task::Waker::noop());
        let Poll::Ready(Ok(length)) = poll_write(Pin::new(&mut to), &mut cx, &slices) else { panic!("not written") };
        let (bytes, in_pieces) = to.0.pop().unwrap();
        assert!(to.0.is_empty() && length == bytes.len());
        (bytes, in_pieces)
    }

    #[test]
    fn small_pieces_go_out_as_one_and_large_ones_as_they_are() {
        assert_eq!(written(&[b"3\r\n", b"abc", b"\r\n"]), (b"3\r\nabc\r\n".to_vec(), false));
        assert_eq!(written(&[b"", b""]), (Vec::new(), false));
        for length in [1, EVENT, EVENT + 1, MESSAGE, MESSAGE + 1, 1 << 20] {
            let body = vec![b'x'; length - 1];
            let (bytes, in_pieces) = written(&[b"-", &body]);
            assert_eq!((bytes.len(), in_pieces), (length, length > MESSAGE), "{length}");
            assert_eq!((bytes.first(), &bytes[1..]), (Some(&b'-'), &*body));
        }
        assert_eq!(written(&[&vec![b'y'; 1 << 20]]), (vec![b'y'; 1 << 20], false), "one piece is one");
    }
}
