//! Setting kernel parameters from the configuration of the host, as `sysctl --system` does, without a program.

use super::config::{self, Line, Part, Which};
use super::key::{Key, ROOT};
use super::{LONGEST, LeftOut, write};
use crate::{Error, Result};
use rex_cedar_auth::action::file_system::{Open, Write};
use rex_cedar_auth::action::sysctl::Load;
use rex_cedar_auth::{Gate, Resource, accepts, kind};
use rust_safe_io::{DirEntry, DirHandle, DirOptions, EntryType, FileOptions};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The kernel parameters as a whole: `sysctl::Sysctl::"sysctl"`.
#[derive(Debug)]
struct Sysctl;

/// The path of a parameter, and that of the directory it is in, to be judged before anything is set.
#[derive(Debug)]
struct FileText(String);

/// As [`FileText`].
#[derive(Debug)]
struct DirText(String);

impl Resource for Sysctl {
    type Kind = kind::Sysctl;
    fn id(&self) -> Cow<'_, str> {
        Cow::Borrowed("sysctl")
    }
}
impl Resource for FileText {
    type Kind = kind::File;
    fn id(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.0)
    }
}
impl Resource for DirText {
    type Kind = kind::Dir;
    fn id(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.0)
    }
}
accepts!(Sysctl: Load);
accepts!(FileText: Open, Write);
accepts!(DirText: Open);

/// What was set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Loaded {
    /// How many parameters.
    pub set: usize,
    /// Lines that are none, parameters that this kernel does not have, and those that were allowed to fail and did.
    pub left_out: Vec<LeftOut>,
}

/// Where files may be, the first with a name hiding the others of that name (sysctl.d(5)).
const DIRECTORIES: [&str; 4] = ["/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d"];

/// Read last, as sysctl(8) does.
const LAST: (&str, &str) = ("/etc", "sysctl.conf");

/// One host has no more.
const MOST: usize = 100_000;

/// A parameter to be set.
struct Setting {
    key: Key,
    value: String,
    may_fail: bool,
}

/// Sets the parameters as the files of the host say: `*.conf` of `/etc/sysctl.d`, `/run/sysctl.d`, `/usr/local/lib/sysctl.d` and `/usr/lib/sysctl.d` in
/// the order of their names, then `/etc/sysctl.conf`. Of two lines about one parameter the later counts, and one with a name before one with
/// a pattern. Nothing is set before all was judged.
///
/// # Policy
/// Asks `load` on the parameters as a whole; for each of the directories that is there `open` and `read`; for each file `open` on its directory and
/// itself, and `read`; for each parameter `open` on its directory and itself, and `write`; for patterns `open` and `read` on the
/// directories that they are looked up in.
///
/// # Errors
/// A denial, before anything is set; `IoError` with all that could not be set, when the rest is.
pub fn load(gate: &Gate) -> Result<Loaded> {
    let _load = gate.authorize::<Load, _>(&Sysctl)?;
    let mut loaded = Loaded::default();
    let lines = lines(gate, &mut loaded.left_out)?;
    let settings = settings(gate, &lines)?;
    for setting in &settings {
        let (directory, file) = (DirText(setting.key.directory()), FileText(setting.key.path()));
        let _open = gate.authorize::<Open, _>(&directory)?;
        let _open = gate.authorize::<Open, _>(&file)?;
        let _write = gate.authorize::<Write, _>(&file)?;
    }
    let mut failed = Vec::new();
    for Setting { key, value, may_fail } in &settings {
        gate.proceed()?;
        let shown = key.text();
        match write::set(gate, key, &shown, value) {
            Ok(_) => loaded.set += 1,
            Err(error @ (Error::Stopped(_) | Error::PermissionDenied(_))) => return Err(error),
            Err(error) if *may_fail || matches!(error, Error::InvalidParameter(_)) => {
                loaded.left_out.push(LeftOut { name: shown, reason: error.to_string() });
            }
            Err(error) => failed.push(error.to_string()),
        }
    }
    if failed.is_empty() {
        return Ok(loaded);
    }
    let (shown, more) = failed.split_at(failed.len().min(5));
    let more = if more.is_empty() { String::new() } else { format!("; and {} more", more.len()) };
    Err(Error::IoError(format!(
        "{} of {} kernel parameters could not be set: {}{more}",
        failed.len(),
        settings.len(),
        shown.join("; ")
    )))
}

/// All lines of all files, in the order in which they count.
fn lines(gate: &Gate, left_out: &mut Vec<LeftOut>) -> Result<Vec<Line>> {
    let mut files: BTreeMap<String, DirEntry> = BTreeMap::new();
    for path in DIRECTORIES {
        gate.proceed()?;
        let entries = match open_dir(gate, path) {
            Ok(Some(dir)) => dir.entries(gate)?,
            Ok(None) => continue,
            Err(error) => return Err(error),
        };
        for entry in entries.into_iter().filter(|entry| entry.name().strip_suffix(".conf").is_some()) {
            files.entry(entry.name()).or_insert(entry);
        }
    }
    let mut lines = Vec::new();
    let options = FileOptions { read: true, follow: true, ..FileOptions::default() };
    let mut take = |path: &str, file: rust_safe_io::Result<rust_safe_io::FileHandle>| -> Result<()> {
        let file = match file {
            Ok(file) => file,
            // A link to /dev/null hides the files of its name; one that leads nowhere says nothing.
            Err(rust_safe_io::Error::ValidationError(_) | rust_safe_io::Error::NotFound { .. }) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let content = file.read_bytes(gate, 0, LONGEST)?;
        let (more, odd) = config::parse(&String::from_utf8_lossy(&content));
        left_out.extend(odd.into_iter().map(|number| LeftOut {
            name: format!("{path}, line {number}"),
            reason: "it does not say `key = value`".to_owned(),
        }));
        lines.extend(more);
        if lines.len() > MOST { Err(Error::IoError(format!("{path}: more than {MOST} lines in all"))) } else { Ok(()) }
    };
    for entry in files.values().filter(|entry| entry.entry_type() != EntryType::Dir) {
        gate.proceed()?;
        take(entry.path(), entry.open_as_file(gate, options))?;
    }
    let (directory, name) = LAST;
    if let Some(dir) = open_dir(gate, directory)? {
        take(&format!("{directory}/{name}"), dir.open_file(gate, name, options))?;
    }
    Ok(lines)
}

fn open_dir(gate: &Gate, path: &str) -> Result<Option<DirHandle>> {
    match DirHandle::open(gate, path, DirOptions { follow: true, ..DirOptions::default() }) {
        Ok(dir) => Ok(Some(dir)),
        Err(rust_safe_io::Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// What is to be set, each parameter once.
fn settings(gate: &Gate, lines: &[Line]) -> Result<Vec<Setting>> {
    let spared = |key: &Key| lines.iter().any(|line| matches!(line, Line::Spare(which) if which.holds(key)));
    // The place in the order of setting, the value, and whether it may fail.
    let mut named: BTreeMap<Key, (usize, &str, bool)> = BTreeMap::new();
    let mut matched: BTreeMap<Key, (usize, &str, bool)> = BTreeMap::new();
    for (place, line) in lines.iter().enumerate() {
        let Line::Set { what, value, may_fail } = line else { continue };
        let setting = (place, value.as_str(), *may_fail);
        match what {
            Which::One(key) => drop(named.insert(key.clone(), setting)),
            Which::All(parts) => {
                for key in matching(gate, parts)?.into_iter().filter(|key| !spared(key)) {
                    matched.insert(key, setting);
                }
            }
        }
    }
    matched.retain(|key, _| !named.contains_key(key));
    named.append(&mut matched);
    let mut ordered: Vec<_> = named.into_iter().collect();
    ordered.sort_by_key(|(_, (place, ..))| *place);
    let setting =
        |(key, (_, value, may_fail)): (Key, (usize, &str, bool))| Setting { key, value: value.to_owned(), may_fail };
    Ok(ordered.into_iter().map(setting).collect())
}

/// The parameters that match a pattern.
fn matching(gate: &Gate, parts: &[Part]) -> Result<Vec<Key>> {
    let Some((last, above)) = parts.split_last() else { return Ok(Vec::new()) };
    let mut directories = vec![Vec::new()];
    for part in above {
        directories = below(gate, &directories, part, EntryType::Dir)?;
    }
    Ok(below(gate, &directories, last, EntryType::File)?.into_iter().map(Key::of).collect())
}

/// What matches `part` in each of the directories.
fn below(gate: &Gate, directories: &[Vec<String>], part: &Part, kind: EntryType) -> Result<Vec<Vec<String>>> {
    let mut found = Vec::new();
    for directory in directories {
        gate.proceed()?;
        let with = |name: &str| directory.iter().cloned().chain([name.to_owned()]).collect::<Vec<_>>();
        if let Part::Name(name) = part {
            found.push(with(name));
            continue;
        }
        let path = directory.iter().fold(ROOT.to_owned(), |path, part| path + "/" + part);
        let dir = match DirHandle::open(gate, &path, DirOptions::default()) {
            Ok(dir) => dir,
            Err(rust_safe_io::Error::NotFound { .. }) => continue,
            Err(error) => return Err(error.into()),
        };
        let mut names: Vec<String> =
            dir.entries(gate)?.iter().filter(|entry| entry.entry_type() == kind).map(DirEntry::name).collect();
        names.sort();
        found.extend(names.iter().filter(|name| part.holds(name)).map(|name| with(name)));
        if found.len() > MOST {
            return Err(Error::IoError(format!("a pattern matches more than {MOST} kernel parameters")));
        }
    }
    Ok(found)
}
