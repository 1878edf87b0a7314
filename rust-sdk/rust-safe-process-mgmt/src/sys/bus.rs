//! The bus to the service manager: connecting, calling, and waiting that heeds the end of the run.

mod failure;
mod files;
mod job;
mod list;
mod properties;
mod unit;

pub(crate) use failure::Refused;
pub(crate) use files::{Change, disable, enable, installed};
pub(crate) use job::{reload, restart, start, stop, try_restart};
pub(crate) use list::units;
pub(crate) use properties::Properties;
pub(crate) use unit::{Unit, find, status};

use crate::systemd::Manager;
use crate::{Error, Result};
use failure::{Failure, connecting};
use rex_cedar_auth::action::systemd::DaemonReload;
use rex_cedar_auth::{Authorized, Gate};
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::{Duration, Instant};
use zbus::address::Transport;
use zbus::connection::Builder;
use zbus::{Address, Connection, Message};

const MANAGER: &str = "org.freedesktop.systemd1";
const MANAGER_PATH: &str = "/org/freedesktop/systemd1";
const MANAGER_INTERFACE: &str = "org.freedesktop.systemd1.Manager";

/// Names the bus in place of the usual one.
const ADDRESS: &str = "DBUS_SYSTEM_BUS_ADDRESS";

/// How long an answer may take; what D-Bus libraries allow by custom.
const ANSWER: Duration = Duration::from_secs(25);
/// How long the manager may take to read all units anew.
const RELOAD: Duration = Duration::from_secs(90);
/// How often a wait asks whether the run may go on.
const TICK: Duration = Duration::from_millis(20);

/// A connection to the service manager. It lasts for one operation: nothing is left running between them, and a restart of the bus breaks none.
#[derive(Debug)]
pub(super) struct Bus {
    connection: Connection,
}

impl Bus {
    fn connect(gate: &Gate) -> Result<Self> {
        let address = Address::system().map_err(|error| connecting(&error))?;
        // LINUX: only sockets of this machine: another transport would leave it without `connect` having been asked for.
        if !matches!(address.transport(), Transport::Unix(_)) {
            let text = format!("Failed to connect to system bus: {ADDRESS} is not of the form `unix:path=…`");
            return Err(Error::DBusError(text));
        }
        // The socket where the manager listens itself is no way out where there is no bus: it signs its answers with a name that the library
        // refuses, as D-Bus does.
        match wait(gate, ANSWER, Builder::address(address).build())? {
            Some(Ok(connection)) => Ok(Self { connection }),
            Some(Err(error)) => Err(connecting(&error)),
            None => Err(Error::DBusError("Failed to connect to system bus: it does not answer".to_owned())),
        }
    }

    /// Calls a method of an object of the manager.
    fn call<B: serde::Serialize + zbus::DynamicType>(
        &self,
        gate: &Gate,
        limit: Duration,
        (path, interface, member): (&str, &str, &str),
        body: &B,
    ) -> std::result::Result<Message, Failure> {
        let call = self.connection.call_method(Some(MANAGER), path, Some(interface), member, body);
        match wait(gate, limit, call) {
            Err(stopped) => Err(Failure::Ended(stopped)),
            Ok(None) => Err(Failure::Late),
            Ok(Some(answer)) => answer.map_err(Failure::Bus),
        }
    }

    /// Calls a method of the manager.
    fn manager<B: serde::Serialize + zbus::DynamicType>(
        &self,
        gate: &Gate,
        member: &str,
        body: &B,
    ) -> std::result::Result<Message, Failure> {
        self.call(gate, ANSWER, (MANAGER_PATH, MANAGER_INTERFACE, member), body)
    }
}

/// The value that an answer holds.
fn answered<T>(message: &Message) -> std::result::Result<T, Failure>
where
    T: for<'d> serde::Deserialize<'d> + zbus::Type,
{
    message.body().deserialize().map_err(Failure::Bus)
}

/// Makes the manager read its unit files again. See `Reload` in org.freedesktop.systemd1(5).
pub(crate) fn daemon_reload(proof: Authorized<'_, DaemonReload, Manager>, gate: &Gate) -> Result<()> {
    let Manager = proof.target();
    let bus = Bus::connect(gate)?;
    let reloaded = bus.call(gate, RELOAD, (MANAGER_PATH, MANAGER_INTERFACE, "Reload"), &());
    reloaded.map(drop).map_err(|failure| failure.about(&Refused { doing: "reload the service manager", unit: None }))
}

/// What `future` comes to, or nothing if it takes longer than `limit`.
///
/// # Errors
/// The run has to end.
fn wait<F: Future>(gate: &Gate, limit: Duration, future: F) -> Result<Option<F::Output>> {
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    let started = Instant::now();
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Ok(Some(output));
        }
        gate.proceed()?;
        let Some(left) = limit.checked_sub(started.elapsed()) else { return Ok(None) };
        // The library's own thread carries the connection meanwhile and wakes this one.
        std::thread::park_timeout(left.min(TICK));
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
