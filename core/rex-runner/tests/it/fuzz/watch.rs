//! What the kernel tells of files being opened and read while a run goes on.

use super::policy::{Is, Rules};
use super::snapshot::Snapshot;
use rustix::fs::inotify::{self, CreateFlags, ReadFlags, Reader, WatchFlags};
use rustix::io::Errno;
use std::collections::{BTreeSet, HashMap};
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;

/// Looks at every directory of the stage.
pub(super) struct Watching {
    fd: OwnedFd,
    places: HashMap<i32, String>,
}

impl Watching {
    pub(super) fn begin(before: &Snapshot) -> Self {
        let fd = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC).unwrap();
        let flags = WatchFlags::ACCESS | WatchFlags::OPEN | WatchFlags::MODIFY;
        let dirs = before.0.iter().filter(|(_, node)| node.is() == Is::Dir);
        let places =
            dirs.map(|(path, _)| (inotify::add_watch(&fd, path.as_str(), flags).unwrap(), path.clone())).collect();
        Self { fd, places }
    }

    /// The files that were opened and those that were read, by path.
    pub(super) fn end(self) -> (BTreeSet<String>, BTreeSet<String>) {
        let (mut opened, mut read) = (BTreeSet::new(), BTreeSet::new());
        let mut buffer = vec![MaybeUninit::uninit(); 64 * 1024];
        let mut reader = Reader::new(&self.fd, &mut buffer);
        loop {
            let event = match reader.next() {
                Ok(event) => event,
                Err(Errno::AGAIN) => return (opened, read),
                Err(errno) => panic!("{errno}"),
            };
            assert!(!event.events().contains(ReadFlags::QUEUE_OVERFLOW), "more was opened than could be told");
            // Of a directory itself its own watch tells without a name.
            let (Some(name), Some(place)) = (event.file_name(), self.places.get(&event.wd())) else { continue };
            if event.events().contains(ReadFlags::ISDIR) {
                continue;
            }
            let path = format!("{place}/{}", name.to_str().unwrap());
            if event.events().contains(ReadFlags::OPEN) {
                opened.insert(path.clone());
            }
            if event.events().contains(ReadFlags::ACCESS) {
                read.insert(path);
            }
        }
    }
}

/// Holds what was opened and read of what was there before to the rules. What was moved may bear another name by then.
pub(super) fn hold(
    opened: &BTreeSet<String>,
    read: &BTreeSet<String>,
    before: &Snapshot,
    rules: &Rules,
) -> Result<(), String> {
    let there = |path: &&String| before.0.contains_key(*path);
    for path in opened.iter().filter(there) {
        let whole = ["open", "create", "execute", "chmod", "chown", "stat"];
        if !rules.permit_any(&whole, Is::File, path) {
            return Err(format!("{path} was opened"));
        }
    }
    for path in read.iter().filter(there) {
        if !rules.permit_any(&["read", "redacted_read", "execute", "move"], Is::File, path) {
            return Err(format!("{path} was read"));
        }
    }
    Ok(())
}
