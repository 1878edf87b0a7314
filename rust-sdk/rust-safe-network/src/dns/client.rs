//! Asking servers until one answers.

use super::message::{Answer, MOST_ALIASES, Question};
use super::record::{Record, RecordType};
use super::settings::Settings;
use crate::deadline::Deadline;
use crate::endpoint::{Carrier, Endpoint, Right};
use crate::host::{DnsName, Host};
use crate::sys::{self, Socket};
use crate::transport::TransportProtocol;
use crate::{Error, Result};
use core::net::IpAddr;
use rex_cedar_auth::Gate;
use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

/// LINUX: the longest packet of UDP, and of a message over TCP.
const LONGEST: usize = 65_535;

/// The least time for one server, where there is that much.
const LEAST: Duration = Duration::from_millis(300);

/// Who is asked, and how.
#[derive(Debug, Clone)]
pub(crate) struct Servers {
    /// Where they are; the carrier is chosen for each question.
    endpoints: Vec<Endpoint>,
    right: Right,
    protocol: TransportProtocol,
    tries: u32,
    timeout: Duration,
}

impl Servers {
    /// The servers of the host.
    pub(crate) fn of(settings: &Settings, protocol: TransportProtocol, tries: Option<u32>) -> Self {
        let endpoint = |server: &IpAddr| Endpoint::new(Carrier::Udp, Host::Address(*server), 53);
        let forced = settings.stream_alone && protocol == TransportProtocol::Auto;
        Self {
            endpoints: settings.servers.iter().map(endpoint).collect(),
            right: Right::NoForbid,
            protocol: if forced { TransportProtocol::Tcp } else { protocol },
            tries: tries.unwrap_or(settings.attempts),
            timeout: settings.timeout,
        }
    }

    /// The server that a script chose.
    pub(crate) fn chosen(server: IpAddr, port: u16, protocol: TransportProtocol, tries: Option<u32>) -> Self {
        Self {
            endpoints: vec![Endpoint::new(Carrier::Udp, Host::Address(server), port)],
            right: Right::Permit,
            protocol,
            tries: tries.unwrap_or(2),
            timeout: Duration::from_secs(5),
        }
    }

    /// Lets another one be the first, by chance.
    pub(crate) fn rotate(&mut self) {
        let chance = RandomState::new().hash_one(self.endpoints.len());
        if let Some(by) = usize::try_from(chance).unwrap_or_default().checked_rem(self.endpoints.len()) {
            self.endpoints.rotate_left(by);
        }
    }
}

/// A client for the questions of one look-up, all within one wait.
#[derive(Debug)]
pub(crate) struct Client<'g> {
    gate: &'g Gate,
    servers: Servers,
    wait: Deadline<'g>,
}

impl<'g> Client<'g> {
    /// A client of these servers.
    pub(crate) fn new(gate: &'g Gate, servers: Servers, wait: Deadline<'g>) -> Self {
        Self { gate, servers, wait }
    }

    /// The records of a type that a name has, through all names that it stands for; none where the name is there and has none.
    ///
    /// # Errors
    /// `NoSuchName`, `TimedOut`, `Refused`, `MalformedAnswer`; a denial; what the system says.
    pub(crate) fn ask(&self, name: &DnsName, kind: RecordType) -> Result<Vec<Record>> {
        let mut name = name.clone();
        for _ in 0..MOST_ALIASES {
            match self.ask_servers(&name, kind)? {
                Answer::Records(records) => return Ok(records),
                Answer::Alias(target) => name = target,
                Answer::NoSuchName => return Err(Error::NoSuchName(format!("there is no name `{name}`"))),
                Answer::Truncated => {
                    return Err(Error::MalformedAnswer(
                        "the answer does not fit into a packet: ask over TCP".to_owned(),
                    ));
                }
                Answer::Failure(reason) => return Err(Error::Refused(reason)),
            }
        }
        Err(Error::MalformedAnswer(format!("more than {MOST_ALIASES} names stand for one another")))
    }

    /// The first answer of a server that has one; of several reasons for none, that of the last.
    fn ask_servers(&self, name: &DnsName, kind: RecordType) -> Result<Answer> {
        let mut last = Error::TimedOut("request timed out".to_owned());
        let total = u32::try_from(self.servers.endpoints.len()).unwrap_or(1).saturating_mul(self.servers.tries).max(1);
        let share = (self.wait.left() / total).max(LEAST).min(self.servers.timeout);
        for _ in 0..self.servers.tries.max(1) {
            for endpoint in &self.servers.endpoints {
                self.wait.slice()?;
                match self.ask_server(endpoint, name, kind, &self.wait.within(share)) {
                    Ok(Answer::Failure(reason)) => {
                        last = Error::Refused(format!("the name server {endpoint} answered {reason}"));
                    }
                    Ok(answer) => return Ok(answer),
                    Err(error @ (Error::PermissionDenied(_) | Error::Stopped(_))) => return Err(error),
                    Err(Error::System(error)) => last = Error::Refused(format!("name server {endpoint}: {error}")),
                    Err(error) => last = error.about(&format!("name server {endpoint}: ")),
                }
            }
        }
        Err(last)
    }

    fn ask_server(&self, endpoint: &Endpoint, name: &DnsName, kind: RecordType, wait: &Deadline<'_>) -> Result<Answer> {
        if self.servers.protocol != TransportProtocol::Tcp {
            let answer = self.by_packet(&endpoint.over(Carrier::Udp), name, kind, wait)?;
            if answer != Answer::Truncated || self.servers.protocol == TransportProtocol::Udp {
                return Ok(answer);
            }
        }
        self.by_stream(&endpoint.over(Carrier::Tcp), name, kind, wait)
    }

    fn open(&self, endpoint: &Endpoint, wait: &Deadline<'_>) -> Result<Socket> {
        sys::open(endpoint.judge(self.gate, self.servers.right)?, wait)
    }

    fn by_packet(&self, endpoint: &Endpoint, name: &DnsName, kind: RecordType, wait: &Deadline<'_>) -> Result<Answer> {
        let socket = self.open(endpoint, wait)?;
        let question = Question { id: socket.random()?, name, kind };
        socket.send_all(&question.message(), wait)?;
        let mut buffer = vec![0; LONGEST];
        loop {
            let count = socket.receive(&mut buffer, wait)?;
            // What is no answer to this question may come from anybody: the answer may still come.
            match question.answer(buffer.get(..count).unwrap_or_default()) {
                Ok(Some(answer)) => return Ok(answer),
                Ok(None) => {}
                Err(malformed) => return Err(Error::MalformedAnswer(malformed.0)),
            }
        }
    }

    fn by_stream(&self, endpoint: &Endpoint, name: &DnsName, kind: RecordType, wait: &Deadline<'_>) -> Result<Answer> {
        let socket = self.open(endpoint, wait)?;
        let question = Question { id: socket.random()?, name, kind };
        let message = question.message();
        let length = u16::try_from(message.len()).unwrap_or(u16::MAX).to_be_bytes();
        socket.send_all(&[length.as_slice(), &message].concat(), wait)?;
        let mut length = [0; 2];
        fill(&socket, &mut length, wait)?;
        let mut bytes = vec![0; u16::from_be_bytes(length).into()];
        fill(&socket, &mut bytes, wait)?;
        match question.answer(&bytes) {
            Ok(Some(Answer::Truncated)) => Err(Error::MalformedAnswer("an answer over TCP that is cut off".to_owned())),
            Ok(Some(answer)) => Ok(answer),
            Ok(None) => Err(Error::MalformedAnswer("it is no answer to the question".to_owned())),
            Err(malformed) => Err(Error::MalformedAnswer(malformed.0)),
        }
    }
}

/// Receives until the buffer is full.
fn fill(socket: &Socket, mut buffer: &mut [u8], wait: &Deadline<'_>) -> Result<()> {
    while !buffer.is_empty() {
        let count = socket.receive(buffer, wait)?;
        if count == 0 {
            return Err(Error::MalformedAnswer("the answer ends too early".to_owned()));
        }
        buffer = buffer.get_mut(count..).unwrap_or_default();
    }
    Ok(())
}
