//! Asking the kernel for what it knows of the network, by netlink(7), rtnetlink(7).

use crate::interfaces::Network;
use rex_cedar_auth::Authorized;
use rex_cedar_auth::action::sysinfo::List;
use rustix::io::Errno;
use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, send, socket_with};
use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

/// What the kernel can be asked for. The numbers are those of rtnetlink.h.
#[derive(Debug, Clone, Copy)]
#[repr(u16)]
enum Wanted {
    Links = 18,
    Addresses = 22,
    Routes = 26,
}

/// The bodies of the kernel's messages, without their heads.
pub(crate) type Messages = Vec<Vec<u8>>;

// LINUX: netlink.h.
const REQUEST: u16 = 0x1;
const DUMP: u16 = 0x300;
const INTERRUPTED: u16 = 0x10;
const ERROR: u16 = 2;
const DONE: u16 = 3;
const HEAD: usize = 16;

/// LINUX: the kernel fills at most 32 KiB of what it is given.
const ROOM: usize = 64 << 10;
/// Hosts with more routes than fit in here are routers of the internet.
const MOST: usize = 256 << 20;

/// The interfaces, then their addresses.
///
/// # Errors
/// What the system says.
pub(crate) fn interfaces(_list: Authorized<'_, List, Network>) -> io::Result<(Messages, Messages)> {
    Ok((dump(Wanted::Links)?, dump(Wanted::Addresses)?))
}

/// The routes of both families.
///
/// # Errors
/// What the system says.
pub(crate) fn routes(_list: Authorized<'_, List, Network>) -> io::Result<Messages> {
    dump(Wanted::Routes)
}

fn dump(wanted: Wanted) -> io::Result<Messages> {
    for _ in 0..8 {
        if let Some(messages) = dump_once(wanted)? {
            return Ok(messages);
        }
    }
    Err(io::Error::other("the network changes too often to be listed"))
}

/// All messages; nothing where something changed meanwhile.
fn dump_once(wanted: Wanted) -> io::Result<Option<Messages>> {
    let fd = socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, None)?;
    set_socket_timeout(&fd, Timeout::Recv, Some(Duration::from_secs(5)))?;
    // The head, and behind it the longest of the bodies, which says nothing but "of any family".
    let mut request = [0; HEAD + 16];
    let length = u32::try_from(request.len()).unwrap_or(u32::MAX).to_ne_bytes();
    let fields = [length.as_slice(), &(wanted as u16).to_ne_bytes(), &(REQUEST | DUMP).to_ne_bytes()].concat();
    request.iter_mut().zip(fields).for_each(|(place, byte)| *place = byte);
    send(&fd, &request, SendFlags::empty())?;
    collect(&fd)
}

fn collect(fd: &OwnedFd) -> io::Result<Option<Messages>> {
    let (mut messages, mut whole, mut size) = (Vec::new(), true, 0_usize);
    let mut buffer = vec![0; ROOM];
    loop {
        let count = match recv(fd, buffer.as_mut_slice(), RecvFlags::TRUNC) {
            Ok((_, count)) if count > ROOM => return Err(io::Error::other("a message of the kernel is too long")),
            Ok((count, _)) => count,
            Err(Errno::INTR) => continue,
            Err(error) => return Err(error.into()),
        };
        size = size.saturating_add(count);
        if size > MOST {
            return Err(io::Error::other("the kernel tells more than 256 MiB"));
        }
        let mut rest = buffer.get(..count).unwrap_or_default();
        while let Some((head, length)) = head(rest) {
            let body = rest.get(HEAD..length).unwrap_or_default();
            whole &= head.flags & INTERRUPTED == 0;
            match head.kind {
                DONE => return Ok(whole.then_some(messages)),
                ERROR => {
                    let code = body.first_chunk().map_or(0, |bytes| i32::from_ne_bytes(*bytes));
                    return Err(io::Error::from_raw_os_error(code.saturating_neg()));
                }
                _ => messages.push(body.to_vec()),
            }
            rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
        }
        if count == 0 {
            return Err(io::Error::other("the kernel stops in the middle"));
        }
    }
}

struct Head {
    kind: u16,
    flags: u16,
}

/// The head of the first message and the length of the whole.
fn head(bytes: &[u8]) -> Option<(Head, usize)> {
    let length = usize::try_from(u32::from_ne_bytes(*bytes.first_chunk()?)).ok()?;
    let kind = u16::from_ne_bytes(*bytes.get(4..)?.first_chunk()?);
    let flags = u16::from_ne_bytes(*bytes.get(6..)?.first_chunk()?);
    (HEAD..=bytes.len()).contains(&length).then_some((Head { kind, flags }, length))
}
