//! `tokgate-simulator`: the scripted server as a program, driven over its control plane.
//! Prints one JSON line with its addresses, then serves until it is killed (or its input closes).

use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use tokgate_simulator::{Behaviour, Fault, Options, Protocol, Script, Simulator, Transport};
use tokio::sync::oneshot;

const USAGE: &str = "\
tokgate-simulator: fake LLM providers, with every fault

  --listen ADDR         where to listen (127.0.0.1:0)
  --http2               plain HTTP/2 with prior knowledge
  --tls FOLDER          TLS; FOLDER gets ca.pem
  --alpn LIST           with --tls: protocols by ALPN (h2,http/1.1)
  --h2-max-streams N    concurrent streams of an HTTP/2 connection
  --protocols LIST      served protocols (anthropic,openai-chat,openai-responses,gemini,bedrock-converse)
  --aws JSON            the AWS account whose requests are accepted, as an object with access_key, secret_key,
                        session_token and bearer; without it any account is
  --behaviour TEXT      what every model request gets: good, acceptance-turn, random, a fault, status=NNN,
                        with settings behind semicolons, or JSON
  --log-max N           requests kept in the log (4096)
  --exit-with-stdin     end when standard input closes
  --faults              list the faults and end

Control plane below /__ on the main port, and on the port \"control\" that no fault touches:
  POST /__script   GET /__log   GET /__counters   GET /__faults   POST /__reset
";

#[derive(Debug, Default)]
struct Arguments {
    options: Options,
    behaviour: Behaviour,
    exit_with_stdin: bool,
    /// Text to print instead of serving.
    print: Option<String>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = match read(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(e) => {
            let _ = writeln!(std::io::stderr(), "tokgate-simulator: {e}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    if let Some(text) = arguments.print {
        return printed(&text);
    }
    match serve(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            let _ = writeln!(std::io::stderr(), "{e}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(arguments: Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let running = Simulator::start(arguments.options).await?;
    running.script(Script::always(arguments.behaviour));
    let control = running.control().await?;
    let line = serde_json::json!({"addr": running.addr, "control": control.addr, "url": running.url()});
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()?;
    drop(out);
    if arguments.exit_with_stdin {
        stdin_closed().await;
        return Ok(());
    }
    running.wait().await;
    Ok(())
}

/// Read by a thread of its own: the end of the program must not wait for a read.
async fn stdin_closed() {
    let (closed, wait) = oneshot::channel::<()>();
    std::thread::spawn(move || {
        let mut buffer = [0; 1024];
        while matches!(std::io::stdin().lock().read(&mut buffer), Ok(n) if n > 0) {}
        drop(closed);
    });
    // an error is the news itself: the sender was dropped
    let _ = wait.await;
}

fn printed(text: &str) -> ExitCode {
    match writeln!(std::io::stdout(), "{text}") {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn read(mut arguments: impl Iterator<Item = String>) -> Result<Arguments, String> {
    let mut all = Arguments { options: Options { control: true, ..Options::default() }, ..Arguments::default() };
    let mut alpn = vec!["h2".to_owned(), "http/1.1".to_owned()];
    while let Some(name) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("{name} needs a value"));
        match name.as_str() {
            "--listen" => all.options.addr = parsed::<SocketAddr>(&name, &value()?)?,
            "--http2" => all.options.transport = Transport::Http2PriorKnowledge,
            "--tls" => {
                all.options.cert_dir = Some(PathBuf::from(value()?));
                all.options.transport = Transport::Tls { alpn: Vec::new() };
            }
            "--alpn" => alpn = list(&value()?),
            "--h2-max-streams" => all.options.h2_max_streams = Some(parsed(&name, &value()?)?),
            "--protocols" => all.options.protocols = protocols(&value()?)?,
            "--aws" => all.options.aws = Some(serde_json::from_str(&value()?).map_err(|e| format!("--aws: {e}"))?),
            "--behaviour" => all.behaviour = Behaviour::parse(&value()?)?,
            "--log-max" => all.options.log_max = parsed(&name, &value()?)?,
            "--exit-with-stdin" => all.exit_with_stdin = true,
            "--faults" => all.print = Some(faults()),
            "--help" | "-h" => all.print = Some(USAGE.to_owned()),
            _ => return Err(format!("unknown argument {name}")),
        }
    }
    if let Transport::Tls { alpn: chosen } = &mut all.options.transport {
        *chosen = alpn;
    }
    Ok(all)
}

fn parsed<T: std::str::FromStr>(name: &str, value: &str) -> Result<T, String> {
    value.parse().map_err(|_| format!("{name}: {value:?} is not valid"))
}

fn list(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

fn protocols(text: &str) -> Result<Vec<Protocol>, String> {
    let read = |id: String| Protocol::from_id(&id).ok_or_else(|| format!("--protocols: {id:?} is none"));
    list(text).into_iter().map(read).collect()
}

fn faults() -> String {
    let lines: Vec<String> = Fault::ALL.iter().map(|f| format!("{:24} {}", f.name(), f.doc())).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn arguments(text: &str) -> Result<Arguments, String> {
        read(text.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn arguments_are_read() {
        let all =
            arguments("--listen 127.0.0.1:9 --tls /x --alpn h2 --behaviour status=529 --exit-with-stdin").unwrap();
        assert_eq!(all.options.addr.port(), 9);
        assert_eq!(all.options.transport, Transport::Tls { alpn: vec!["h2".to_owned()] });
        assert_eq!(all.behaviour.name(), "529");
        assert!(all.exit_with_stdin && all.options.control);
    }

    #[test]
    fn a_wrong_argument_is_named() {
        assert!(arguments("--bogus").unwrap_err().contains("--bogus"));
        assert!(arguments("--listen nowhere").unwrap_err().contains("nowhere"));
        assert!(arguments("--behaviour never-heard").unwrap_err().contains("never-heard"));
    }
}
