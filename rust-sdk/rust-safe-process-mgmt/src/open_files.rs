//! Which files processes have open, and which processes use a file.

use crate::find::find;
use crate::list::skip;
use crate::sys::{Access, Held, ProcessDir, Sockets, Table, Used};
use crate::target::Target;
use crate::{Error, Result};
use rex_cedar_auth::Gate;
use rex_cedar_auth::action::file_system::{Open, Read};
use rex_cedar_auth::action::process_system::ListFds;
use std::rc::Rc;

/// Whose open files are listed, or who is looked for.
#[derive(Debug, Clone, Default)]
pub struct LsofOptions {
    /// Who uses the file or directory at this path.
    pub path: Option<String>,
    /// Also who uses what is below it.
    pub include_subdir: bool,
    /// What this process uses.
    pub pid: Option<u32>,
}

impl LsofOptions {
    /// Says what is wrong with them.
    ///
    /// # Errors
    /// `ValidationError`.
    pub fn check(&self) -> Result<()> {
        let wrong = |text: &str| Err(Error::ValidationError(text.to_owned()));
        match (&self.path, self.pid) {
            (Some(_), Some(_)) => wrong("pid and path are mutually exclusive"),
            (None, None) => wrong("Either path or pid is required"),
            (Some(path), None) if path.is_empty() => wrong("Path cannot be empty"),
            _ => Ok(()),
        }
    }
}

/// One use of a file by a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenFile {
    /// The number of the process.
    pub pid: u32,
    /// Its name.
    pub process_name: Rc<str>,
    /// The login name of its user, or the number.
    pub user: Rc<str>,
    /// Its command line, the directory of the first word left out.
    pub command: Rc<str>,
    /// The path, or what the kernel calls it; that of a removed file ends in ` (deleted)`.
    pub file_path: String,
    /// `DIR REG LNK SOCK CHR BLK FIFO ANON_INODE UNK`.
    pub file_type: &'static str,
    /// How it is used.
    pub access: Access,
    /// The number of the descriptor.
    pub descriptor: Option<u32>,
    /// Whether no name of the file is left.
    pub deleted: bool,
    /// Its length in bytes, where it can be looked at and has one.
    pub size: Option<u64>,
}

/// A process that uses a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileUser {
    /// The login name of its user, or the number.
    pub user: String,
    /// Its number.
    pub pid: u32,
    /// How it uses the file, each way once.
    pub access: Vec<Access>,
    /// Its command line, the directory of the first word left out.
    pub command: String,
}

/// What a search among processes gave.
#[derive(Debug)]
pub struct Uses<T> {
    /// What was found, by number of process.
    pub found: Vec<T>,
    /// How many processes the policy does not let be looked into.
    pub denied: usize,
    /// How many processes could not be looked into, or not wholly.
    pub unreadable: usize,
    /// The path, where it was compared as a text alone, because the policy does not permit `stat` on it.
    pub path_alone: Option<String>,
}

/// The files that a process uses, or who uses a file: working directory, root directory, program, mapped files, descriptors, in this order.
/// Who uses a file is told by what the file is, whatever its names; what was removed and what is below a directory by path.
///
/// # Policy
/// Asks `open` and `read` on the directory `/proc`, `list_fds` on each process before it is looked into (those that are denied are left out),
/// and for a path what `Target::at` says.
///
/// # Errors
/// `PermissionDenied`; `ValidationError` for options that make no sense, or a path where nothing is and was; `ProcessNotFound`; `Other` where
/// nothing of the process can be read.
pub fn open_files(gate: &Gate, options: &LsofOptions) -> Result<Uses<OpenFile>> {
    options.check()?;
    let table = proc(gate)?;
    let mut sockets = Sockets::default();
    let mut uses = Uses { found: Vec::new(), denied: 0, unreadable: 0, path_alone: None };
    if let Some(pid) = options.pid {
        let reason = format!("Process with PID {pid} does not exist");
        let held = find::<ListFds>(gate, &table, pid, &reason)?;
        if let Some(error) = collect(gate, &held, &mut sockets, &mut uses.found, &|_| true)? {
            if uses.found.is_empty() {
                return Err(Error::Other(format!("File descriptor operation failed: process {pid}: {error}")));
            }
            uses.unreadable = 1;
        }
        return Ok(uses);
    }
    let target = Target::at(gate, options.path.as_deref().unwrap_or_default())?;
    uses.path_alone = target.path_alone().map(str::to_owned);
    for pid in table.pids()? {
        let Some(held) = next(gate, &table, pid, &mut uses.denied)? else { continue };
        let wanted = |used: &Used<'_>| target.covers(used, options.include_subdir);
        uses.unreadable += usize::from(collect(gate, &held, &mut sockets, &mut uses.found, &wanted)?.is_some());
    }
    match target.missing() {
        Some(error) if uses.found.is_empty() => Err(error),
        _ => Ok(uses),
    }
}

/// The processes that use the file or directory at `path`, told by what it is: its other names and other mounts of it count, too.
///
/// # Policy
/// As [`open_files`].
///
/// # Errors
/// As [`open_files`].
pub fn file_users(gate: &Gate, path: &str) -> Result<Uses<FileUser>> {
    let table = proc(gate)?;
    let target = Target::at(gate, path)?;
    if let Some(error) = target.missing() {
        return Err(error);
    }
    let path_alone = target.path_alone().map(str::to_owned);
    let mut uses = Uses { found: Vec::new(), denied: 0, unreadable: 0, path_alone };
    for pid in table.pids()? {
        let Some(held) = next(gate, &table, pid, &mut uses.denied)? else { continue };
        let (mut access, mut seen) = (Vec::new(), 0_u32);
        let failure = held.uses(&mut |used| {
            proceed(gate, &mut seen)?;
            if !access.contains(&used.access) && target.is(used) {
                access.push(used.access);
            }
            Ok::<_, Error>(())
        })?;
        uses.unreadable += usize::from(failure.is_some());
        if !access.is_empty() {
            access.sort_unstable();
            let (user, command) = (user(&held), held.command().to_owned());
            uses.found.push(FileUser { user, pid, access, command });
        }
    }
    Ok(uses)
}

/// The process table, once it may be looked through for files.
fn proc(gate: &Gate) -> Result<Table> {
    Table::judged(gate.authorize::<Open, _>(&ProcessDir::ALL)?, gate.authorize::<Read, _>(&ProcessDir::ALL)?)
}

/// The process, where it is there and the policy lets it be looked into. Where not, that is counted.
pub(crate) fn next(gate: &Gate, table: &Table, pid: u32, denied: &mut usize) -> Result<Option<Held<ListFds>>> {
    gate.proceed()?;
    let Ok(held) = table.find::<ListFds>(pid) else { return Ok(None) };
    match gate.release::<ListFds, _>(held) {
        Ok(held) => Ok(Some(held)),
        Err(denial) => skip(denial).map(|()| {
            *denied += 1;
            None
        }),
    }
}

/// Asks every now and then whether the run may go on: a process can have very many descriptors.
pub(crate) fn proceed(gate: &Gate, seen: &mut u32) -> Result<()> {
    *seen = seen.wrapping_add(1);
    if seen.is_multiple_of(256) { Ok(gate.proceed()?) } else { Ok(()) }
}

fn user(held: &Held<ListFds>) -> String {
    held.username().map_or_else(|| held.uid().to_string(), |name| name.as_ref().to_owned())
}

fn collect(
    gate: &Gate,
    held: &Held<ListFds>,
    sockets: &mut Sockets,
    found: &mut Vec<OpenFile>,
    wanted: &dyn Fn(&Used<'_>) -> bool,
) -> Result<Option<std::io::Error>> {
    let (process_name, command): (Rc<str>, Rc<str>) = (held.name().into(), held.command().into());
    let (user, mut seen): (Rc<str>, u32) = (user(held).into(), 0);
    held.uses(&mut |used| {
        proceed(gate, &mut seen)?;
        // What runs is told once, as the program.
        if !used.of_program && wanted(used) {
            let facts = used.facts().filter(|_| !used.is_no_path());
            let file_path = used.shown(sockets);
            found.push(OpenFile {
                pid: held.pid(),
                process_name: Rc::clone(&process_name),
                user: Rc::clone(&user),
                command: Rc::clone(&command),
                file_type: used.file_type(),
                access: used.access,
                descriptor: used.descriptor,
                deleted: file_path.ends_with(" (deleted)") && facts.is_none_or(|facts| facts.nameless),
                size: facts.filter(|facts| facts.file_type == "REG").map(|facts| facts.size),
                file_path,
            });
        }
        Ok(())
    })
}
