//! Listing mounts, as `findmnt` does: nothing is touched but the table.

use crate::Result;
use crate::mount_table::{self, InfoLine};
use crate::path::is_at_or_below;
use crate::sys::{self, MountTable};
use rex_cedar_auth::action::file_system::Read;
use rex_cedar_auth::{Gate, ancestors};
use std::collections::HashMap;

/// A mount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// Its number, unique as long as it is mounted.
    pub id: u64,
    /// The number of the mount that it is mounted on.
    pub parent: u64,
    /// The device, or whatever the file system calls its source.
    pub device: String,
    /// The device's number as `major:minor`; major 0 where it is none.
    pub number: String,
    /// The type.
    pub kind: String,
    /// The directory of the file system that is mounted: `/`, or another where a part of it is.
    pub root: String,
    /// Where it is mounted.
    pub mounted_on: String,
    /// The options of the mount.
    pub options: Vec<String>,
    /// The options of the file system.
    pub super_options: Vec<String>,
    /// How mounts below propagate, such as `shared:2`; empty for private.
    pub propagation: Vec<String>,
    /// Whether its mount point shows it: no other mount covers it.
    pub visible: bool,
}

/// Lists all mounts in the order in which they were made.
///
/// # Policy
/// Asks `read` on the file `/proc/self/mountinfo`.
pub fn mounts(gate: &Gate) -> Result<Vec<Mount>> {
    let lines = read(gate)?;
    let visible = visible(&lines);
    let mounts = lines.into_iter().zip(visible).map(|(line, visible)| Mount {
        id: line.id,
        parent: line.parent,
        device: line.source,
        number: format!("{}:{}", line.major, line.minor),
        kind: line.kind,
        root: line.root,
        mounted_on: line.point,
        options: line.options,
        super_options: line.super_options,
        propagation: line.propagation,
        visible,
    });
    Ok(mounts.collect())
}

/// The table of mounts.
///
/// # Policy
/// As [`mounts`].
pub(crate) fn read(gate: &Gate) -> Result<Vec<InfoLine>> {
    let mut table = sys::mount_table(gate.authorize::<Read, _>(&MountTable::INFO)?)?;
    Ok(mount_table::mountinfo(&table.read()?))
}

/// Of each mount whether its mount point shows it.
fn visible(lines: &[InfoLine]) -> Vec<bool> {
    let table: HashMap<u64, &InfoLine> = lines.iter().map(|line| (line.id, line)).collect();
    let parent = |line: &InfoLine| table.get(&line.parent).copied().filter(|_| !is_root(line));
    let on: HashMap<(u64, &str), u64> =
        lines.iter().filter(|line| !is_root(line)).map(|line| ((line.parent, line.point.as_str()), line.id)).collect();
    let is_covered = |line: &InfoLine| on.contains_key(&(line.id, line.point.as_str()));
    // A mount on the same place or on a directory above it, of the mount that both are mounted on.
    let is_cut_off = |line: &InfoLine| {
        let within = table.get(&line.parent).map_or("/", |parent| parent.point.as_str());
        let mut places = std::iter::once(line.point.as_str()).chain(ancestors(&line.point));
        let beside = |place: &str| on.get(&(line.parent, place)).is_some_and(|id| *id != line.id);
        !is_root(line) && places.by_ref().take_while(|place| is_at_or_below(place, within)).any(beside)
    };
    let mut reached: HashMap<u64, bool> = HashMap::new();
    let shown = lines.iter().map(|line| {
        // What is mounted on a covered mount is out of reach, but for what covers it.
        let (mut way, mut next) = (Vec::new(), Some(line));
        let verdict = loop {
            let Some(line) = next else { break true };
            if let Some(known) = reached.get(&line.id) {
                break *known;
            }
            way.push(line.id);
            next = parent(line);
            let hidden = next.is_some_and(|parent| parent.point != line.point && is_covered(parent));
            // A table that goes round in circles ends here.
            if hidden || is_cut_off(line) || way.len() > lines.len() {
                break false;
            }
        };
        reached.extend(way.into_iter().map(|id| (id, verdict)));
        verdict && !is_covered(line)
    });
    shown.collect()
}

/// Whether it is the first mount of all, which stands on itself.
fn is_root(line: &InfoLine) -> bool {
    line.parent == line.id
}

#[cfg(test)]
mod tests {
    use super::visible;
    use crate::mount_table::mountinfo;
    use proptest::prelude::*;

    fn of(mounts: &[(u64, u64, &str)]) -> Vec<bool> {
        let line = |(id, parent, point): &(u64, u64, &str)| format!("{id} {parent} 0:1 / {point} rw - t s rw");
        let table = mounts.iter().map(line).collect::<Vec<_>>().join("\n");
        let lines = mountinfo(table.as_bytes());
        assert_eq!(lines.len(), mounts.len());
        visible(&lines)
    }

    #[test]
    fn mounts_side_by_side_are_seen() {
        assert_eq!(of(&[(1, 0, "/"), (2, 1, "/a"), (3, 1, "/ab"), (4, 2, "/a/b")]), [true; 4]);
    }

    #[test]
    fn a_stack_shows_its_top() {
        assert_eq!(of(&[(1, 0, "/"), (2, 1, "/a"), (3, 2, "/a"), (4, 3, "/a")]), [true, false, false, true]);
        assert_eq!(of(&[(1, 0, "/"), (2, 1, "/"), (3, 2, "/a")]), [false, true, true]);
    }

    #[test]
    fn a_mount_above_covers_what_is_below() {
        let mounts = [(1, 0, "/"), (2, 1, "/a/b"), (3, 2, "/a/b/c"), (4, 1, "/a"), (5, 4, "/a/b")];
        assert_eq!(of(&mounts), [true, false, false, true, true]);
    }

    #[test]
    fn the_first_mount_may_stand_on_itself() {
        assert_eq!(of(&[(1, 1, "/"), (2, 1, "/a")]), [true, true]);
        assert_eq!(of(&[(2, 1, "/"), (1, 1, "/")]), [true, false]);
    }

    proptest! {
        /// Loops, and numbers given twice, end.
        #[test]
        fn any_table_ends(mounts in proptest::collection::vec((0_u64..6, 0_u64..6, "(/[ab]){1,3}"), 0..12)) {
            let mounts: Vec<_> = mounts.iter().map(|(id, parent, point)| (*id, *parent, point.as_str())).collect();
            prop_assert_eq!(of(&mounts).len(), mounts.len());
        }
    }
}
