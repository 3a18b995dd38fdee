//! A gateway that may open few files.

use std::io::Read;
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::home::{Gateway, Home};

/// Files that the gateway may open.
const FILES: usize = 64;

#[test]
fn with_few_descriptors_connections_are_refused_and_the_gateway_goes_on() {
    let home = Home::new();
    let script = format!("ulimit -n {FILES}; exec {} up --listen 127.0.0.1:0", env!("CARGO_BIN_EXE_tokgate"));
    let mut command = Command::new("/bin/sh");
    command.args(["-c", &script]).env_clear().env("HOME", home.path()).stdin(Stdio::null());
    let _gateway = Gateway::of(command);
    let address = home.done(&["status", "--json"]).data()["address"].as_str().unwrap().replace("http://", "");
    let mut held: Vec<TcpStream> = (0..FILES).map(|_| TcpStream::connect(&address).unwrap()).collect();
    let mut last = held.pop().unwrap();
    last.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let mut answer = String::new();
    last.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("too_many_connections"), "{answer}");
    // What is ours still works: its socket, the database, the configuration.
    home.done(&["status"]);
    home.done(&["config", "set", "server.max_repeats", "20"]);
    drop(held);
    // Until the gateway has seen that they are gone.
    while home.door().messages("", "hi").is_none_or(|(status, _)| status != 200) {}
}
