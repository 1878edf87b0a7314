//! Unit files: what they are installed with, and installing them.

use super::unit::Unit;
use super::{Failure, Refused, answered};
use crate::Result;
use rex_cedar_auth::action::systemd::{Disable, Enable};
use rex_cedar_auth::{Action, Authorized, Gate};
use rustix::fs::{FileType, Mode, OFlags};
use std::io::Read;

/// A unit file is no longer than this.
const LONGEST: u64 = 1024 * 1024;
/// More files than this make no unit.
const MOST: usize = 64;

/// One link that was made or removed: its type (`symlink` or `unlink`), its path, and where it leads.
pub(crate) type Change = (String, String, String);

/// What the files of a unit say of installing it.
#[derive(Debug)]
pub(crate) struct Installed {
    /// Its state, as `enabled`, `static` or `generated`.
    pub(crate) state: String,
    /// Whether the files were changed since the manager read them.
    pub(crate) outdated: bool,
    /// The text of its files, the first its own, then what adds to it.
    pub(crate) texts: Vec<String>,
}

/// Reads what the files of a unit say of installing it. Nothing of that goes to a script but the names that are judged for it.
pub(crate) fn installed<A: Action>(proof: Authorized<'_, A, Unit>, gate: &Gate) -> Result<Installed> {
    let known = proof.target().properties();
    let own = Some(known.text("FragmentPath")).filter(|path| !path.is_empty());
    let mut texts = Vec::new();
    for path in own.into_iter().chain(known.texts("DropInPaths")).take(MOST) {
        gate.proceed()?;
        texts.push(text(&path)?);
    }
    Ok(Installed { state: known.text("UnitFileState"), outdated: known.flag("NeedDaemonReload"), texts })
}

fn text(path: &str) -> Result<String> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = rustix::fs::open(path, flags, Mode::empty())?;
    // A masked or emptied unit is a link to /dev/null.
    if FileType::from_raw_mode(rustix::fs::fstat(&file)?.st_mode) != FileType::RegularFile {
        return Ok(String::new());
    }
    let mut text = Vec::new();
    std::fs::File::from(file).take(LONGEST).read_to_end(&mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// Makes the links that a unit is installed with. See `EnableUnitFiles` in org.freedesktop.systemd1(5).
pub(crate) fn enable(proof: Authorized<'_, Enable, Unit>, gate: &Gate) -> Result<Vec<Change>> {
    let unit = proof.target();
    let links = unit.bus.manager(gate, "EnableUnitFiles", &([unit.id.as_str()].as_slice(), false, false));
    let made = links.and_then(|message| answered::<(bool, Vec<Change>)>(&message));
    made.map(|(_, changes)| changes).map_err(|failure| failed(failure, "enable", unit))
}

/// Removes them. See `DisableUnitFiles` in org.freedesktop.systemd1(5).
pub(crate) fn disable(proof: Authorized<'_, Disable, Unit>, gate: &Gate) -> Result<Vec<Change>> {
    let unit = proof.target();
    let links = unit.bus.manager(gate, "DisableUnitFiles", &([unit.id.as_str()].as_slice(), false));
    links.and_then(|message| answered(&message)).map_err(|failure| failed(failure, "disable", unit))
}

fn failed(failure: Failure, doing: &'static str, unit: &Unit) -> crate::Error {
    failure.about(&Refused { doing, unit: Some(&unit.id) })
}
