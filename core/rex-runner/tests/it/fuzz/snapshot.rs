//! Everything on the stage, as it is before and after a run.

use super::policy::{Is, Rules};
use rustix::fs::{XattrFlags, lgetxattr, llistxattr};
use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    kind: u32,
    mode: u32,
    owner: (u32, u32),
    inode: u64,
    modified: (i64, i64),
    content: Vec<u8>,
    labels: Vec<(String, Vec<u8>)>,
}

const S_IFMT: u32 = 0o170_000;
const S_IFDIR: u32 = 0o040_000;
const S_IFREG: u32 = 0o100_000;
const S_IFLNK: u32 = 0o120_000;

impl Node {
    fn of(path: &Path) -> Self {
        let found = fs::symlink_metadata(path).unwrap();
        let kind = found.mode() & S_IFMT;
        let content = match kind {
            S_IFREG => start(path, found.len()),
            S_IFLNK => fs::read_link(path).unwrap().to_str().unwrap().into(),
            _ => Vec::new(),
        };
        // What changes in a directory is told by its entries.
        let modified = if kind == S_IFDIR { (0, 0) } else { (found.mtime(), found.mtime_nsec()) };
        Self {
            kind,
            mode: found.mode() & 0o7777,
            owner: (found.uid(), found.gid()),
            inode: found.ino(),
            modified,
            content,
            labels: labels(path),
        }
    }

    pub(super) fn is(&self) -> Is {
        if self.kind == S_IFDIR { Is::Dir } else { Is::File }
    }

    pub(super) fn content(&self) -> &[u8] {
        &self.content
    }
}

/// The length of a file and its content, of a large one its start.
fn start(path: &Path, length: u64) -> Vec<u8> {
    let mut content = Vec::new();
    fs::File::open(path).unwrap().take(1 << 20).read_to_end(&mut content).unwrap();
    content.extend(length.to_be_bytes());
    content
}

fn labels(path: &Path) -> Vec<(String, Vec<u8>)> {
    let mut names = vec![0_u8; 4096];
    let length = llistxattr(path, &mut names[..]).unwrap_or_default();
    let names = names[..length].split(|byte| *byte == 0).filter(|name| !name.is_empty());
    names
        .map(|name| {
            let name = String::from_utf8_lossy(name).into_owned();
            let mut value = vec![0_u8; 4096];
            let length = lgetxattr(path, &name, &mut value[..]).unwrap_or_default();
            value.truncate(length);
            (name, value)
        })
        .collect()
}

/// Labels some files, so that there is something to change.
pub(super) fn label(path: &str) {
    // A file system without labels has nothing that could be changed.
    let _ = rustix::fs::lsetxattr(path, "trusted.rex", b"before", XattrFlags::empty());
}

/// All that is at and below `/s`, by path.
#[derive(Debug, Clone, Default)]
pub(super) struct Snapshot(pub(super) BTreeMap<String, Node>);

impl Snapshot {
    pub(super) fn take() -> Self {
        let mut all = BTreeMap::new();
        let mut left = vec!["/s".to_owned()];
        while let Some(path) = left.pop() {
            let node = Node::of(Path::new(&path));
            if node.is() == Is::Dir {
                left.extend(
                    fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path().to_str().unwrap().to_owned()),
                );
            }
            all.insert(path, node);
        }
        Self(all)
    }

    /// How many paths differ.
    pub(super) fn differences(&self, later: &Self) -> usize {
        let gone = self.0.keys().filter(|path| !later.0.contains_key(*path)).count();
        gone + later.0.iter().filter(|(path, node)| self.0.get(*path) != Some(node)).count()
    }

    /// Holds every difference to the rules.
    pub(super) fn hold(&self, later: &Self, rules: &Rules) -> Result<(), String> {
        for (path, node) in &self.0 {
            let kind = node.is();
            let replaced = || {
                rules.permit("write", kind, path)
                    || (rules.permit("create", kind, path) && rules.permit_any(&["delete", "move"], kind, path))
            };
            let Some(now) = later.0.get(path).filter(|now| now.kind == node.kind) else {
                if !gone(path, kind, rules) {
                    return Err(format!("{path} is gone"));
                }
                continue;
            };
            let same_but = |allowed: bool, what: &str, same: bool| {
                if same || allowed || replaced() {
                    Ok(())
                } else {
                    Err(format!("{path}: {what} changed: {node:?} -> {now:?}"))
                }
            };
            same_but(false, "content", (&node.content, node.modified) == (&now.content, now.modified))?;
            same_but(
                rules.permit("chmod", kind, path),
                "permissions",
                node.mode == now.mode || node.owner != now.owner,
            )?;
            same_but(rules.permit("chown", kind, path), "owner", node.owner == now.owner)?;
            same_but(rules.permit("set_x_attr", kind, path), "labels", node.labels == now.labels)?;
            same_but(kind == Is::Dir && gone(path, kind, rules), "the object", node.inode == now.inode)?;
        }
        for (path, now) in &later.0 {
            if self.0.get(path).is_none_or(|before| before.kind != now.kind)
                && !made(path, now.is(), rules, self, later)
            {
                return Err(format!("{path} is new"));
            }
        }
        Ok(())
    }
}

/// Whether it may be gone: removed, or moved. Whoever moves a directory may move all that is in it.
fn gone(path: &str, kind: Is, rules: &Rules) -> bool {
    rules.permit_any(&["delete", "move"], kind, path)
}

/// Whether it may be new: made there, or come along with a directory that was moved there.
fn made(path: &str, kind: Is, rules: &Rules, before: &Snapshot, later: &Snapshot) -> bool {
    let came_with = |above: &str| {
        !before.0.contains_key(above) && later.0.contains_key(above) && rules.permit("create", Is::Dir, above)
    };
    rules.permit("create", kind, path) || above(path).any(came_with)
}

/// The directories above, `/s` left out.
fn above(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(path.rsplit_once('/').map(|(above, _)| above), |path| {
        path.rsplit_once('/').map(|(above, _)| above)
    })
    .filter(|path| path.len() > 2)
}
