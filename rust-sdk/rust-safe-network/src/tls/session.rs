//! A secure connection.

use super::insecure;
use crate::deadline::Deadline;
use crate::sys::Socket;
use crate::{Error, Reason, Result};
use core::net::SocketAddr;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection};
use std::io::{self, Read as _, Write as _};
use std::sync::Arc;

/// So many reads may bring tickets before a kept connection is used again.
const TICKETS: usize = 8;

/// Plain text that is made secure at once.
const PIECE: usize = 64 * 1024;

/// TLS over a connection.
#[derive(Debug)]
pub(crate) struct Session {
    tls: Box<ClientConnection>,
    socket: Socket,
}

impl Session {
    /// Agrees with the other side on keys, and looks at its certificate as `config` says.
    ///
    /// # Errors
    /// `RequestError` of the reason `tls` when the certificate is not trusted or the sides do not agree.
    pub(crate) fn open(
        socket: Socket,
        config: Arc<ClientConfig>,
        name: ServerName<'static>,
        wait: &Deadline<'_>,
    ) -> Result<Self> {
        let tls = ClientConnection::new(config, name).map_err(|error| insecure(&error))?;
        let mut session = Self { tls: Box::new(tls), socket };
        while session.tls.is_handshaking() {
            session.flush(wait)?;
            if session.tls.is_handshaking() && session.fill(wait)? == 0 {
                let text = "the other side closed the connection instead of agreeing on TLS";
                return Err(Error::request(Reason::Tls, text));
            }
        }
        session.flush(wait)?;
        Ok(session)
    }

    /// What both sides agreed on.
    pub(super) fn agreed(&self) -> &ClientConnection {
        &self.tls
    }

    pub(crate) fn peer(&self) -> SocketAddr {
        self.socket.peer()
    }

    /// Reads what is there, and waits where nothing is; 0 at the end.
    pub(crate) fn read(&mut self, bytes: &mut [u8], wait: &Deadline<'_>) -> Result<usize> {
        loop {
            match self.tls.reader().read(bytes) {
                Ok(length) => {
                    wait.received(length)?;
                    return Ok(length);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                // Without the farewell of TLS, anybody on the way may have cut the connection.
                Err(_) => return Err(Error::request(Reason::Closed, "the secure connection was cut off")),
            }
            self.flush(wait)?;
            self.fill(wait)?;
        }
    }

    /// Writes all of it.
    pub(crate) fn write(&mut self, bytes: &[u8], wait: &Deadline<'_>) -> Result<()> {
        wait.sending(bytes.len())?;
        for piece in bytes.chunks(PIECE) {
            let mut left = piece;
            while !left.is_empty() {
                let taken = self.tls.writer().write(left)?;
                left = left.get(taken..).unwrap_or_default();
                self.flush(wait)?;
            }
        }
        Ok(())
    }

    /// Whether the other side neither closed the connection nor sent anything that was not asked for.
    pub(crate) fn is_quiet(&mut self) -> bool {
        // Tickets for later sessions come after the answer; they are no content. Nobody needs many.
        for _ in 0..TICKETS {
            if self.socket.is_quiet() {
                return true;
            }
            match self.tls.read_tls(&mut &self.socket) {
                Ok(1..) => {}
                _ => return false,
            }
            match self.tls.process_new_packets() {
                Ok(state) if state.plaintext_bytes_to_read() == 0 && !state.peer_has_closed() => {}
                _ => return false,
            }
        }
        false
    }

    /// Sends what is to be sent.
    fn flush(&mut self, wait: &Deadline<'_>) -> Result<()> {
        while self.tls.wants_write() {
            match self.tls.write_tls(&mut &self.socket) {
                Ok(_) => {}
                Err(error) => self.sleep(&error, wait, Socket::writable)?,
            }
        }
        Ok(())
    }

    /// Takes in what comes; 0 at the end.
    fn fill(&mut self, wait: &Deadline<'_>) -> Result<usize> {
        // Not only where one waits: a flood of empty records has to end, too.
        wait.slice()?;
        let length = loop {
            match self.tls.read_tls(&mut &self.socket) {
                Ok(length) => break length,
                Err(error) => self.sleep(&error, wait, Socket::readable)?,
            }
        };
        if let Err(error) = self.tls.process_new_packets() {
            // The other side is told why, if it listens.
            let _ = self.tls.write_tls(&mut &self.socket);
            return Err(insecure(&error));
        }
        Ok(length)
    }

    fn sleep(
        &self,
        error: &io::Error,
        wait: &Deadline<'_>,
        until: fn(&Socket, &Deadline<'_>) -> Result<()>,
    ) -> Result<()> {
        match error.kind() {
            io::ErrorKind::WouldBlock => until(&self.socket, wait),
            io::ErrorKind::Interrupted => Ok(()),
            kind => Err(io::Error::new(kind, format!("{}: {error}", self.socket.peer())).into()),
        }
    }
}
