//! A home folder, the program called in it, and its gateway.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// What a call printed and how it ended.
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// What `--json` printed.
    pub(crate) fn data(&self) -> serde_json::Value {
        let json: serde_json::Value =
            serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}{}", self.out, self.err));
        json["data"].clone()
    }
}

/// A home folder whose gateway is stopped at the end, whatever the test did.
pub(crate) struct Home(tempfile::TempDir);

impl Home {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// With this configuration, private.
    pub(crate) fn with(config: &str) -> Self {
        let home = Self::new();
        home.write(config);
        home
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.path().join(".config/tokgate/config.toml")
    }

    pub(crate) fn text(&self) -> String {
        std::fs::read_to_string(self.config()).unwrap()
    }

    pub(crate) fn write(&self, config: &str) {
        std::fs::create_dir_all(self.config().parent().unwrap()).unwrap();
        std::fs::write(self.config(), config).unwrap();
        let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(self.config(), private).unwrap();
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tokgate"));
        command.env_clear().env("HOME", self.path()).env("PATH", "/usr/bin:/bin").stdin(Stdio::null()).args(args);
        command
    }

    pub(crate) fn call(&self, args: &[&str]) -> Said {
        Said::of(self.command(args).output().unwrap())
    }

    /// The same, and it must succeed.
    pub(crate) fn done(&self, args: &[&str]) -> Said {
        let said = self.call(args);
        assert_eq!(said.code, 0, "{args:?}: {}{}", said.out, said.err);
        said
    }
}

/// A gateway in the foreground, killed at the end.
pub(crate) struct Gateway(std::process::Child);

impl Gateway {
    /// Starts one on any free port, and waits until it serves.
    pub(crate) fn start(home: &Home, variables: &[(&str, &str)]) -> Self {
        let mut command = home.command(&["up", "--listen", "127.0.0.1:0"]);
        command.envs(variables.iter().copied());
        Self::of(command)
    }

    /// The same of a command that starts one.
    pub(crate) fn of(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap().contains("Ctrl-C stops")), "the gateway did not start");
        Self(child)
    }

    /// As the kernel kills: nothing can be done about it.
    pub(crate) fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // Gone already after `kill`.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// How the running gateway is called.
#[derive(Debug, Clone)]
pub(crate) struct Door {
    address: String,
    key: String,
}

impl Door {
    /// One request; `None` when the gateway went away before its answer's end.
    pub(crate) fn request(&self, line: &str, headers: &str, body: &str) -> Option<(u16, String)> {
        let head = format!(
            "{line} HTTP/1.1\r\nhost: {}\r\nx-api-key: {}\r\ncontent-type: application/json\r\n\
             anthropic-version: 2023-06-01\r\n{headers}connection: close\r\ncontent-length: {}\r\n\r\n{body}",
            self.address,
            self.key,
            body.len()
        );
        let mut socket = std::net::TcpStream::connect(&self.address).ok()?;
        socket.write_all(head.as_bytes()).ok()?;
        let mut answer = String::new();
        socket.read_to_string(&mut answer).ok()?;
        let status = answer.split(' ').nth(1)?.parse().ok()?;
        let length = answer.split_once("content-length: ").and_then(|(_, rest)| rest.lines().next()?.parse().ok());
        let (_, said) = answer.split_once("\r\n\r\n")?;
        length.is_none_or(|length: usize| said.len() == length).then_some((status, answer))
    }

    /// One Messages request that says this.
    pub(crate) fn messages(&self, headers: &str, says: &str) -> Option<(u16, String)> {
        let body = format!(r#"{{"model":"m","max_tokens":9,"messages":[{{"role":"user","content":"{says}"}}]}}"#);
        self.request("POST /v1/messages", headers, &body)
    }
}

impl Home {
    /// How its gateway is called.
    pub(crate) fn door(&self) -> Door {
        let env = self.done(&["env", "--json"]).data();
        let text = |name: &str| env[name].as_str().unwrap().to_owned();
        let address = text("ANTHROPIC_BASE_URL").trim_start_matches("http://").to_owned();
        Door { address, key: text("OPENAI_API_KEY") }
    }

    /// One Messages request through the running gateway: status and body.
    pub(crate) fn ask(&self) -> (u16, String) {
        self.door().messages("", "hi").unwrap()
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        self.call(&["stop", "--now"]);
    }
}
