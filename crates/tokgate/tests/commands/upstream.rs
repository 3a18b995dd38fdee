//! A provider of one word: it says the same to every request, and counts them by path.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;

use parking_lot::Mutex;

/// Serves until the test ends.
pub(crate) struct Upstream {
    pub(crate) address: SocketAddr,
    seen: Arc<Mutex<BTreeMap<String, u32>>>,
}

impl Upstream {
    /// Status and body for each method and path.
    pub(crate) fn saying(say: impl Fn(&str) -> (u16, &'static str) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(BTreeMap::new()));
        let all = Arc::clone(&seen);
        std::thread::spawn(move || {
            for socket in listener.incoming() {
                // A connection that was only looked whether it opens says nothing.
                if let Some(path) = socket.ok().and_then(|socket| answer(socket, &say)) {
                    *all.lock().entry(path).or_default() += 1;
                }
            }
        });
        Self { address, seen }
    }

    /// How often each was asked.
    pub(crate) fn seen(&self) -> BTreeMap<String, u32> {
        self.seen.lock().clone()
    }
}

fn answer(socket: TcpStream, say: &impl Fn(&str) -> (u16, &'static str)) -> Option<String> {
    let mut reader = BufReader::new(socket);
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let asked = line.rsplit_once(' ')?.0.to_owned();
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        if header.trim().is_empty() {
            break;
        }
        let (name, value) = header.split_once(':')?;
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let (status, text) = say(&asked);
    let head = format!(
        "HTTP/1.1 {status} Said\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        text.len()
    );
    reader.get_mut().write_all(format!("{head}{text}").as_bytes()).ok()?;
    Some(asked)
}
