//! The program and its control plane, as a test in another language drives them.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tokgate_simulator::{Fault, Protocol};

use super::client::{Client, ask, body};

/// Ends the program when the test does, however it does.
struct Program {
    child: Child,
    addr: SocketAddr,
    control: SocketAddr,
}

impl Program {
    fn start(arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tokgate-simulator"));
        command.args(arguments).arg("--exit-with-stdin").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let line: Value = serde_json::from_str(&line).unwrap();
        let addr = |name: &str| line[name].as_str().unwrap().parse().unwrap();
        Self { addr: addr("addr"), control: addr("control"), child }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn control(addr: SocketAddr, path: &str, body: &Value) -> (u16, Value) {
    let got = Client::connect(addr).await.ask(path, &[], body).await;
    (got.status(), serde_json::from_str(&got.text()).unwrap())
}

#[tokio::test]
async fn the_control_plane_drives_the_program_on_both_ports() {
    let program = Program::start(&["--behaviour", "acceptance-turn"]);
    for port in [program.addr, program.control] {
        assert_eq!(control(port, "/__script", &json!({"steps": ["529"], "then": "good"})).await.0, 200);
        assert_eq!(ask(program.addr, Protocol::Anthropic, "good").await.status(), 200);
        let mut client = Client::connect(program.addr).await;
        assert_eq!(client.ask("/v1/messages", &[], &body(Protocol::Anthropic, true)).await.status(), 529);
        let (_, log) = control(port, "/__log", &Value::Null).await;
        assert_eq!((log[1]["behaviour"].clone(), log[1]["path"].clone()), (json!("529"), json!("/v1/messages")));
        assert_eq!(log.as_array().unwrap().len(), 2, "the control plane is not in the log");
        assert_eq!(control(port, "/__counters", &Value::Null).await.1["requests"], 2);
        assert_eq!(control(port, "/__reset", &json!({})).await.0, 200);
        assert_eq!(control(port, "/__log", &Value::Null).await.1, json!([]));
    }
    let (status, error) = control(program.control, "/__script", &json!({"steps": ["nonsense"]})).await;
    assert!(status == 400 && error["error"].as_str().unwrap().contains("nonsense"));
    let (_, faults) = control(program.control, "/__faults", &Value::Null).await;
    assert_eq!(faults.as_array().unwrap().len(), Fault::ALL.len());
}

#[tokio::test]
async fn no_fault_locks_the_driver_out() {
    let program = Program::start(&["--behaviour", "accept-then-close"]);
    assert!(ask(program.addr, Protocol::Anthropic, "good").await.raw.is_empty());
    assert_eq!(control(program.control, "/__script", &json!({"then": "good"})).await.0, 200);
    assert_eq!(ask(program.addr, Protocol::Anthropic, "good").await.status(), 200);
}

#[tokio::test]
async fn the_program_ends_with_its_input() {
    let mut program = Program::start(&[]);
    drop(program.child.stdin.take());
    assert!(program.child.wait().unwrap().success());
}
