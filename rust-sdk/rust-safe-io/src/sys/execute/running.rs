//! A program that runs: its input and outputs, and its end.

use super::Pipes;
use super::launcher::Client;
use crate::{Error, Result};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, ioctl_fionbio, read, write};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process_group, pidfd_open};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::process::Child;
use std::sync::mpsc::Sender;
use std::time::Duration;

/// Read or written at once.
const CHUNK: usize = 64 * 1024;

/// How far it is.
#[derive(Debug)]
pub(crate) enum Progress {
    /// It runs.
    Running,
    /// It ended, with this exit code, or minus the number of a signal.
    Ended(i64),
    /// It wrote more than it may to what this names.
    TooMuch(&'static str),
}

/// A running program. When this is dropped, it and all of its process group are killed.
#[derive(Debug)]
pub(crate) struct Running {
    process: Process,
    pidfd: OwnedFd,
    input: Option<Input>,
    outputs: [Output; 2],
    reaped: bool,
}

/// Whose child it is.
#[derive(Debug)]
enum Process {
    /// This process's.
    Own {
        child: Child,
        /// Keeps the thread alive that is its parent.
        _host: Option<Sender<()>>,
    },
    /// The launcher's.
    Launched(&'static Client, u64),
}

#[derive(Debug)]
struct Input {
    pipe: OwnedFd,
    text: Vec<u8>,
    written: usize,
}

#[derive(Debug)]
struct Output {
    name: &'static str,
    /// Until its end was read.
    pipe: Option<OwnedFd>,
    content: Vec<u8>,
}

impl Running {
    pub(super) fn own(
        mut process: Child,
        host: Option<Sender<()>>,
        pipes: Pipes,
        stdin: Option<String>,
    ) -> Result<Self> {
        // RACE: it is not reaped before, so that its number is its own.
        let pidfd = match pid(&process).and_then(|pid| pidfd_open(pid, PidfdFlags::empty())) {
            Ok(pidfd) => pidfd,
            Err(errno) => {
                let _ = process.kill();
                let _ = process.wait();
                return Err(errno.into());
            }
        };
        Self::new(Process::Own { child: process, _host: host }, pidfd, pipes, stdin)
    }

    pub(super) fn launched(
        client: &'static Client,
        job: u64,
        pidfd: OwnedFd,
        pipes: Pipes,
        stdin: Option<String>,
    ) -> Result<Self> {
        Self::new(Process::Launched(client, job), pidfd, pipes, stdin)
    }

    fn new(process: Process, pidfd: OwnedFd, pipes: Pipes, stdin: Option<String>) -> Result<Self> {
        let Pipes { input, outputs: [stdout, stderr] } = pipes;
        let output = |name, pipe| Output { name, pipe: Some(pipe), content: Vec::new() };
        let outputs = [output("standard output", stdout), output("standard error", stderr)];
        let input = input.zip(stdin).map(|(pipe, text)| Input { pipe, text: text.into_bytes(), written: 0 });
        // Dropped with an error, it kills the program.
        let running = Self { process, pidfd, input, outputs, reaped: false };
        for pipe in running.outputs.iter().filter_map(|output| output.pipe.as_ref()) {
            ioctl_fionbio(pipe, true)?;
        }
        if let Some(input) = &running.input {
            ioctl_fionbio(&input.pipe, true)?;
        }
        Ok(running)
    }

    /// Waits until something happens, at most for `time`, and carries input and outputs on, `most` bytes of each output.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn attend(&mut self, time: Duration, most: usize) -> Result<Progress> {
        self.wait(time).map_err(Error::from)?;
        if let Some(input) = &mut self.input
            && input.push()
        {
            self.input = None;
        }
        for output in &mut self.outputs {
            output.pull(1);
        }
        if let Some(name) = self.overfull(most) {
            return Ok(Progress::TooMuch(name));
        }
        if !has_ended(&self.pidfd)? {
            return Ok(Progress::Running);
        }
        // RACE: before it is reaped, while its number still is that of its group. What it left behind in the group could keep the pipes
        // open for ever; what left the group is not waited for.
        self.kill_group();
        for output in &mut self.outputs {
            output.pull(most.saturating_sub(output.content.len()) / CHUNK + 1);
        }
        let code = self.process.wait()?;
        self.reaped = true;
        if let Some(name) = self.overfull(most) {
            return Ok(Progress::TooMuch(name));
        }
        Ok(Progress::Ended(code))
    }

    /// What it wrote to its standard output and its standard error.
    pub(crate) fn written(mut self) -> [Vec<u8>; 2] {
        self.outputs.each_mut().map(|output| std::mem::take(&mut output.content))
    }

    fn wait(&self, time: Duration) -> rustix::io::Result<()> {
        let mut waited = vec![PollFd::new(&self.pidfd, PollFlags::IN)];
        waited.extend(
            self.outputs.iter().filter_map(|output| output.pipe.as_ref()).map(|pipe| PollFd::new(pipe, PollFlags::IN)),
        );
        waited.extend(self.input.iter().map(|input| PollFd::new(&input.pipe, PollFlags::OUT)));
        let time = Timespec::try_from(time).unwrap_or(Timespec { tv_sec: 0, tv_nsec: 0 });
        match poll(&mut waited, Some(&time)) {
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(errno) => Err(errno),
        }
    }

    fn overfull(&self, most: usize) -> Option<&'static str> {
        self.outputs.iter().find(|output| output.content.len() > most).map(|output| output.name)
    }

    fn kill_group(&self) {
        match &self.process {
            Process::Own { child, .. } => {
                if let Ok(pid) = pid(child) {
                    // Nobody may be left in it.
                    let _ = kill_process_group(pid, Signal::KILL);
                }
            }
            // Without the launcher nothing is left that it started.
            Process::Launched(client, job) => drop(client.kill(*job)),
        }
    }
}

impl Process {
    /// Waits for its end; gives its exit code, or minus the number of a signal.
    fn wait(&mut self) -> Result<i64> {
        match self {
            Self::Own { child, .. } => {
                let status = child.wait()?;
                let by_signal = status.signal().map(|signal| -i64::from(signal));
                Ok(status.code().map(i64::from).or(by_signal).unwrap_or(-1))
            }
            Self::Launched(client, job) => Ok(client.wait(*job)?),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.reaped {
            self.kill_group();
            let _ = self.process.wait();
        }
    }
}

impl Input {
    /// Writes what the pipe takes. Gives whether that is all, or nobody reads it any more.
    fn push(&mut self) -> bool {
        let Some(rest) = self.text.get(self.written..).filter(|rest| !rest.is_empty()) else { return true };
        match write(&self.pipe, rest.get(..CHUNK).unwrap_or(rest)) {
            Ok(written) => {
                self.written += written;
                self.written >= self.text.len()
            }
            Err(Errno::AGAIN | Errno::INTR) => false,
            Err(_) => true,
        }
    }
}

impl Output {
    /// Reads what is there, at most so many chunks.
    fn pull(&mut self, chunks: usize) {
        let mut buffer = vec![0_u8; CHUNK];
        for _ in 0..chunks {
            let Some(pipe) = &self.pipe else { return };
            match read(pipe, &mut buffer) {
                Ok(0) => self.pipe = None,
                Ok(read) => self.content.extend(buffer.iter().take(read)),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return,
                Err(_) => self.pipe = None,
            }
        }
    }
}

fn pid(process: &Child) -> rustix::io::Result<Pid> {
    i32::try_from(process.id()).ok().and_then(Pid::from_raw).ok_or(Errno::SRCH)
}

fn has_ended(pidfd: &impl AsFd) -> rustix::io::Result<bool> {
    let mut waited = [PollFd::new(pidfd, PollFlags::IN)];
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    match poll(&mut waited, Some(&now)) {
        Ok(ready) => Ok(ready > 0),
        Err(Errno::INTR) => Ok(false),
        Err(errno) => Err(errno),
    }
}
