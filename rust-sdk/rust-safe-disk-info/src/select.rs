//! Which mounts a listing of file systems shows.

use crate::FilesystemOptions;
use crate::mount_table::Line;
use crate::path::is_at_or_below;
use std::collections::{BTreeSet, HashMap};

/// Types that hold nothing anybody could fill.
const HIDDEN_KINDS: [&str; 13] = [
    "rootfs",
    "sysfs",
    "proc",
    "devtmpfs",
    "cgroup",
    "cgroup2",
    "pstore",
    "squashfs",
    "rpc_pipefs",
    "iso9660",
    "devpts",
    "hugetlbfs",
    "mqueue",
];

/// Types whose content another machine holds.
const REMOTE_KINDS: [&str; 23] = [
    "9p",
    "acfs",
    "afs",
    "auristorfs",
    "autofs",
    "beegfs",
    "ceph",
    "cifs",
    "coda",
    "fhgfs",
    "fuse",
    "glusterfs",
    "gpfs",
    "lustre",
    "ncpfs",
    "nfs",
    "nfs3",
    "nfs4",
    "orangefs",
    "panfs",
    "smb3",
    "smbfs",
    "virtiofs",
];

/// Whether a file system lies on this machine: its type tells, and of file systems in user space, which can be anything, the device,
/// where it is one of `disks`, the names of the block devices.
pub(crate) fn is_local(line: &Line, disks: &BTreeSet<String>) -> bool {
    let in_user_space = line.kind == "fuse" || line.kind.starts_with("fuse.");
    if in_user_space {
        return line.source.strip_prefix("/dev/").is_some_and(|name| disks.contains(name));
    }
    !REMOTE_KINDS.contains(&line.kind.as_str())
}

/// The lines that `options` ask for, in the order of the table. `local` tells whether a line's file system lies on this machine.
pub(crate) fn select<'l>(
    lines: &'l [Line],
    options: &FilesystemOptions,
    local: impl Fn(&Line) -> bool,
) -> Vec<&'l Line> {
    let seen: Vec<(&Line, String)> =
        topmost(lines).into_iter().map(|line| (line, String::from_utf8_lossy(&line.point).into_owned())).collect();
    let shown = |line: &Line, point: &str| options.all || !is_hidden(line, point);
    let mut chosen = BTreeSet::new();
    if options.targets.is_empty() {
        chosen.extend((0..seen.len()).filter(|at| seen.get(*at).is_some_and(|(line, point)| shown(line, point))));
    }
    for target in options.targets.iter().map(crate::Absolute::as_str) {
        let below: Vec<usize> = seen
            .iter()
            .enumerate()
            // What is named itself is meant, whatever it is.
            .filter(|(_, (line, point))| point == target || (is_at_or_below(point, target) && shown(line, point)))
            .map(|(at, _)| at)
            .collect();
        if below.is_empty() {
            let around = seen.iter().enumerate().filter(|(_, (_, point))| is_at_or_below(target, point));
            chosen.extend(around.max_by_key(|(_, (_, point))| point.len()).map(|(at, _)| at));
        }
        chosen.extend(below);
    }
    let kinds = |line: &Line| options.kinds.is_empty() || options.kinds.contains(&line.kind);
    let chosen = chosen.into_iter().filter_map(|at| seen.get(at)).map(|(line, _)| *line);
    chosen.filter(|line| kinds(line) && (!options.local || local(line))).collect()
}

/// Of each mount point the last line: it is the mount on top. Lines of other mounts that are covered are found out when they are looked at.
pub(crate) fn topmost(lines: &[Line]) -> Vec<&Line> {
    let last: HashMap<&[u8], usize> = lines.iter().enumerate().map(|(at, line)| (line.point.as_slice(), at)).collect();
    let is_last = |(at, line): &(usize, &Line)| last.get(line.point.as_slice()) == Some(at);
    lines.iter().enumerate().filter(is_last).map(|(_, line)| line).collect()
}

fn is_hidden(line: &Line, point: &str) -> bool {
    let below = |directory| is_at_or_below(point, directory);
    HIDDEN_KINDS.contains(&line.kind.as_str())
        || line.source.starts_with("sunrpc")
        || below("/sys")
        || below("/proc")
        || (below("/run") && !below("/run/media"))
}

#[cfg(test)]
mod tests {
    use super::{is_local, select};
    use crate::mount_table::{Line, mounts};
    use crate::{Absolute, FilesystemOptions};
    use std::collections::BTreeSet;

    const TABLE: &str = "proc /proc proc rw 0 0\n\
        /dev/sda1 / ext4 rw 0 0\n\
        tmpfs /run tmpfs rw 0 0\n\
        /dev/sdb1 /run/media/usb vfat rw 0 0\n\
        old /data tmpfs rw 0 0\n\
        /dev/sdc1 /data xfs rw 0 0\n\
        /dev/sdd1 /database xfs rw 0 0\n\
        srv:/x /data/nfs nfs4 rw 0 0\n\
        user@h: /home/u/ssh fuse.sshfs rw 0 0\n\
        /dev/sde1 /ntfs fuseblk rw 0 0\n\
        /dev/sde2 /two fuse.ext2 rw 0 0\n\
        overlay /merged overlay rw 0 0\n\
        /dev/mapper/efs-nfs /efs ext4 rw 0 0\n\
        auto /auto autofs rw 0 0\n";

    fn lines() -> Vec<Line> {
        mounts(TABLE.as_bytes())
    }

    fn points(options: &FilesystemOptions) -> Vec<String> {
        let (lines, disks) = (lines(), BTreeSet::from(["sde2".to_owned()]));
        let chosen = select(&lines, options, |line| is_local(line, &disks));
        chosen.iter().map(|line| String::from_utf8(line.point.clone()).unwrap()).collect()
    }

    fn targets(targets: &[&str]) -> FilesystemOptions {
        let targets = targets.iter().map(|target| Absolute::parse(target).unwrap()).collect();
        FilesystemOptions { targets, ..FilesystemOptions::default() }
    }

    #[test]
    fn the_mount_on_top_stands_for_its_mount_point() {
        let lines = lines();
        let chosen = select(&lines, &targets(&["/data"]), |_| true);
        assert_eq!(chosen.iter().map(|line| line.source.as_str()).collect::<Vec<_>>(), ["/dev/sdc1", "srv:/x"]);
    }

    #[test]
    fn targets_go_by_parts_of_the_path() {
        assert_eq!(points(&targets(&["/data"])), ["/data", "/data/nfs"]);
        assert_eq!(points(&targets(&["/database"])), ["/database"]);
        assert_eq!(points(&targets(&["/data", "/data/nfs"])), ["/data", "/data/nfs"]);
    }

    #[test]
    fn a_path_inside_selects_the_file_system_that_holds_it() {
        assert_eq!(points(&targets(&["/data/some/file"])), ["/data"]);
        assert_eq!(points(&targets(&["/etc"])), ["/"]);
        // Where something is mounted below, that is meant.
        assert_eq!(points(&targets(&["/home"])), ["/home/u/ssh"]);
    }

    #[test]
    fn hidden_kinds_and_places_are_shown_when_asked_for() {
        let default = points(&FilesystemOptions::default());
        assert!(!default.contains(&"/proc".to_owned()) && !default.contains(&"/run".to_owned()));
        assert!(default.contains(&"/run/media/usb".to_owned()));
        assert_eq!(points(&targets(&["/proc"])), ["/proc"]);
        assert_eq!(points(&FilesystemOptions { all: true, ..FilesystemOptions::default() }).len(), 13);
    }

    #[test]
    fn local_goes_by_type() {
        let local = points(&FilesystemOptions { local: true, ..FilesystemOptions::default() });
        assert_eq!(local, ["/", "/run/media/usb", "/data", "/database", "/ntfs", "/two", "/merged", "/efs"]);
    }

    #[test]
    fn kinds_narrow_the_rest() {
        let kinds = vec!["xfs".to_owned(), "vfat".to_owned()];
        let found = points(&FilesystemOptions { kinds, ..FilesystemOptions::default() });
        assert_eq!(found, ["/run/media/usb", "/data", "/database"]);
    }
}
