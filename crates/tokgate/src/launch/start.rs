//! Carrying a [`Plan`] out: the private file, the child, its signals, its exit code.

use std::fs;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};

use rustix::process::{Pid, Signal};
use tokio::signal::unix::{SignalKind, signal};

use super::plan::Plan;
use crate::cli::error::{CliError, Text, exit};
use crate::i18n;
use crate::process::folders::write_private;

/// Shell convention: a child killed by a signal exits with 128 + its number.
const SIGNAL_BASE: i32 = 128;

/// Starts the client in the foreground, waits for it and returns its exit code.
pub fn run(plan: &Plan, program: &Path) -> Result<u8, CliError> {
    let failed = |error: io::Error| {
        let error = i18n::faults::system(&error);
        CliError::new("TG502", exit::FAILED, Text::new(&i18n::launch::START_FAILED).with_words("error", error))
            .at(program.display())
            .fix(&i18n::launch::START_FAILED_FIX)
    };
    let mut files = Vec::new();
    for file in plan.files() {
        files.push(RemovedOnDrop(file.path.clone()));
        write_private(&file.path, file.contents.expose().as_bytes())
            .map_err(|error| CliError::file(&file.path, &error))?;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().map_err(failed)?;
    let status = runtime.block_on(attend(plan, program)).map_err(failed)?;
    drop(files);
    Ok(exit_code(status))
}

/// Signals are taken over before the child exists, so that none is lost between.
async fn attend(plan: &Plan, program: &Path) -> io::Result<ExitStatus> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut quit = signal(SignalKind::quit())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    let child = command(plan, program).spawn()?;
    let pid = Pid::from_child(&child);
    let mut ended = wait_in_thread(child);
    loop {
        tokio::select! {
            status = &mut ended => return status.map_err(io::Error::other)?,
            // The terminal sends these to the child as well: it decides.
            _ = interrupt.recv() => {}
            _ = quit.recv() => {}
            // These came to us alone.
            _ = terminate.recv() => forward(pid, Signal::TERM),
            _ = hangup.recv() => forward(pid, Signal::HUP),
        }
    }
}

fn command(plan: &Plan, program: &Path) -> Command {
    let mut command = Command::new(program);
    command.args(&plan.args);
    for name in &plan.env_clear {
        command.env_remove(name);
    }
    for (name, value) in &plan.env_set {
        command.env(name, value.expose());
    }
    command
}

fn forward(pid: Pid, signal: Signal) {
    // It may have ended a moment ago.
    let _ = rustix::process::kill_process(pid, signal);
}

fn wait_in_thread(mut child: Child) -> tokio::sync::oneshot::Receiver<io::Result<ExitStatus>> {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let _ = sender.send(child.wait());
    });
    receiver
}

fn exit_code(status: ExitStatus) -> u8 {
    let code = status.code().or_else(|| status.signal().map(|signal| SIGNAL_BASE + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(exit::FAILED)
}

struct RemovedOnDrop(PathBuf);

impl Drop for RemovedOnDrop {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Where the private file of a run of this process is: the process number in front says later whether it is stale.
pub fn private_file(runs: &Path, client: &str) -> PathBuf {
    let word: String = client.chars().filter(char::is_ascii_alphanumeric).collect();
    runs.join(format!("{}-{word}.json", std::process::id()))
}

/// Removes private files whose process is gone: killed before it could clean up.
pub fn remove_stale(runs: &Path) {
    let Ok(files) = fs::read_dir(runs) else { return };
    for file in files.flatten() {
        let name = file.file_name();
        let pid = name.to_str().and_then(|name| name.split('-').next()?.parse().ok()).and_then(Pid::from_raw);
        if pid.is_some_and(|pid| rustix::process::test_kill_process(pid) == Err(rustix::io::Errno::SRCH)) {
            let _ = fs::remove_file(file.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::launch::{PrivateFile, Value};
    use crate::secret::Secret;

    fn shell(script: &str) -> Plan {
        let mut plan = Plan::new("sh");
        plan.args = vec!["-c".into(), script.into()];
        plan
    }

    #[test]
    fn the_exit_code_is_passed_on_and_signals_count_from_128() {
        let sh = Path::new("/bin/sh");
        assert_eq!(run(&shell("exit 7"), sh).unwrap(), 7);
        assert_eq!(run(&shell("kill -TERM $$"), sh).unwrap(), 143);
        assert_eq!(run(&shell(""), Path::new("/nowhere/sh")).unwrap_err().code, "TG502");
    }

    #[test]
    fn the_private_file_lives_as_long_as_the_client() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s.json");
        let mut plan = shell(
            r#"test "$(cat "$FILE")" = canary && test -z "$PWD_GONE" && test "$(stat -c %a "$FILE" 2>/dev/null || stat -f %Lp "$FILE")" = 600"#,
        );
        plan.set("FILE", Value::Plain(path.display().to_string()));
        plan.file = Some(PrivateFile { path: path.clone(), contents: Secret::new("canary"), shown: String::new() });
        let pem = dir.path().join("s.pem");
        plan.trust =
            Some(PrivateFile { path: pem.clone(), contents: Secret::new("certificates"), shown: String::new() });
        assert_eq!(run(&plan, Path::new("/bin/sh")).unwrap(), 0);
        assert!(!path.exists() && !pem.exists());
    }

    #[test]
    fn only_files_of_dead_processes_are_stale() {
        let dir = tempfile::tempdir().unwrap();
        let mut child = Command::new("true").spawn().unwrap();
        child.wait().unwrap();
        let dead = dir.path().join(format!("{}-claude.json", child.id()));
        let alive = private_file(dir.path(), "claude");
        let foreign = dir.path().join("notes.txt");
        for file in [&dead, &alive, &foreign] {
            fs::write(file, "").unwrap();
        }
        remove_stale(dir.path());
        assert!(!dead.exists() && alive.exists() && foreign.exists());
    }
}
