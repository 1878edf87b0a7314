//! The process that sends the trace. The run itself can not: where the kernel confines it, it has no sockets.

use super::settings::Settings;
use crate::record::exit;
use crate::report;
use rex_confinement::Inherited;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::io::Errno;
use rustix::process::{Signal, set_parent_process_death_signal};
use rustix::thread::set_no_new_privs;
use serde::{Deserialize, Serialize};
use std::io::{self, BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// What the process says where all is well.
const DONE: &str = "done";
/// How much longer than an export itself may take is waited for its result.
const GRACE: Duration = Duration::from_secs(1);
/// The most that is taken of what the run hands over, in bytes: all that a trace can hold, with every character escaped.
const LARGEST: u64 = 64 << 20;
/// The most that is taken of what the process answers, in bytes.
const ANSWER: usize = 4096;
/// The most that is taken of what a collector answers, in bytes.
const REPLY: u64 = 64 << 10;

/// What to do, as one line of JSON; the line after it is the trace. It is given before a script begins, which then has no say in it, whatever
/// becomes of the process.
#[derive(Debug, Serialize, Deserialize)]
struct Order {
    url: String,
    headers: Vec<(String, String)>,
    timeout: Duration,
}

/// The process, which knows where to send to.
#[derive(Debug)]
pub(super) struct Sender {
    child: Child,
    timeout: Duration,
}

impl Sender {
    /// Starts the process, which has nothing of the run's but the pipes to it.
    pub(super) fn start(settings: &Settings) -> io::Result<Self> {
        #[expect(clippy::disallowed_methods, reason = "it is this very program, and no script has begun")]
        let mut command = Command::new("/proc/self/exe");
        command.arg0("rex-runner").arg("export-trace").env_clear().current_dir("/");
        // A signal for the run, as from a terminal, must not end what tells of its end.
        command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn()?;
        let (url, headers, timeout) = (settings.url.clone(), settings.headers.clone(), settings.timeout);
        let mut order = serde_json::to_vec(&Order { url, headers, timeout })?;
        order.push(b'\n');
        if let Some(input) = &mut child.stdin {
            input.write_all(&order)?;
            fcntl_setfl(&*input, fcntl_getfl(&*input)? | OFlags::NONBLOCK)?;
        }
        Ok(Self { child, timeout })
    }

    /// Hands the trace over and waits for what comes of it, as long as an export may take.
    pub(super) fn send(self, trace: &[u8]) -> Result<(), String> {
        let Self { child: Child { stdin: Some(mut input), stdout: Some(mut output), .. }, timeout } = self else {
            return Err("there is no way to the process that sends it".to_owned());
        };
        let until = Instant::now() + timeout + GRACE;
        let gone = |error: io::Error| format!("the process that sends it is gone: {error}");
        let message = [trace, b"\n"].concat();
        let mut rest = message.as_slice();
        while !rest.is_empty() {
            ready(&input, PollFlags::OUT, until)?;
            match input.write(rest) {
                Ok(written) => rest = rest.get(written..).unwrap_or_default(),
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
                Err(error) => return Err(gone(error)),
            }
        }
        let (mut answer, mut part) = (Vec::new(), [0; ANSWER]);
        while answer.len() < ANSWER {
            ready(&output, PollFlags::IN, until)?;
            match output.read(&mut part).map_err(gone)? {
                0 => break,
                read => answer.extend(part.iter().take(read)),
            }
        }
        match String::from_utf8_lossy(&answer) {
            answer if answer == DONE => Ok(()),
            answer if answer.is_empty() => Err("the process that sends it ended without an answer".to_owned()),
            answer => Err(answer.into_owned()),
        }
    }
}

fn ready(pipe: &impl AsFd, what: PollFlags, until: Instant) -> Result<(), String> {
    loop {
        let left = until.saturating_duration_since(Instant::now());
        let left = Timespec::try_from(left).map_err(|error| error.to_string())?;
        match poll(&mut [PollFd::new(pipe, what)], Some(&left)) {
            Ok(0) => return Err("the process that sends it does not answer".to_owned()),
            Ok(_) => return Ok(()),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.to_string()),
        }
    }
}

/// The process itself: reads order and trace from standard input, sends the trace, and says on standard output what came of it.
pub(crate) fn relay() -> u8 {
    let bound = set_no_new_privs(true).and_then(|()| set_parent_process_death_signal(Some(Signal::KILL)));
    if bound.is_err() {
        return exit::INTERNAL;
    }
    // Whatever else the caller of the run left open.
    Inherited::look().close(&[]);
    let mut input = BufReader::new(io::stdin().lock().take(LARGEST));
    let (mut order, mut trace) = (String::new(), String::new());
    let read = input.read_line(&mut order).and_then(|_| input.read_line(&mut trace));
    // A run that ended without a trace has written nothing, or not all of it.
    if read.is_err() || !trace.ends_with('\n') {
        return exit::INPUT;
    }
    let sent = serde_json::from_str(&order).map_err(|error| error.to_string()).and_then(|order| post(&order, &trace));
    let answer = sent.err().unwrap_or_else(|| DONE.to_owned());
    if report::write(&mut io::stdout(), answer.as_bytes()).is_ok() { exit::SUCCESS } else { exit::INTERNAL }
}

fn post(order: &Order, trace: &str) -> Result<(), String> {
    let agent = ureq::Agent::config_builder()
        .timeout_global(Some(order.timeout))
        .proxy(None)
        .max_redirects(0)
        .http_status_as_error(false)
        .user_agent(concat!("rex-runner/", env!("CARGO_PKG_VERSION")))
        .build()
        .new_agent();
    let mut request = agent.post(&order.url).content_type("application/json");
    for (name, value) in &order.headers {
        request = request.header(name, value);
    }
    let mut response = request.send(trace.trim_end()).map_err(|error| error.to_string())?;
    let status = response.status();
    if !status.is_success() {
        return Err(format!("the collector answered {status}"));
    }
    let reply = response.body_mut().with_config().limit(REPLY).read_to_vec().unwrap_or_default();
    let reply: serde_json::Value = serde_json::from_slice(&reply).unwrap_or_default();
    match reply.pointer("/partialSuccess/rejectedSpans") {
        None | Some(serde_json::Value::Null) => Ok(()),
        Some(rejected) if rejected == 0 || rejected == "0" => Ok(()),
        Some(_) => {
            let why = reply.pointer("/partialSuccess/errorMessage").and_then(|why| why.as_str());
            Err(format!("the collector rejected it: {}", why.unwrap_or("it says not why")))
        }
    }
}
