//! Files that others could have written, or led to, are not trusted.

use rex_signatures::{Owners, Stale, Unsafe, advance, read_key, read_trusted, write_file};
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const MOST: u64 = 100;

struct Tree(TempDir);

#[expect(clippy::disallowed_methods, reason = "sets the stage")]
impl Tree {
    fn new() -> Self {
        let tree = Self(TempDir::new().unwrap());
        std::fs::create_dir_all(tree.at("a/b")).unwrap();
        std::fs::write(tree.at("a/b/file"), "text").unwrap();
        for path in ["", "a", "a/b", "a/b/file"] {
            tree.mode(path, if path.ends_with("file") { 0o644 } else { 0o755 });
        }
        tree
    }

    fn at(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn mode(&self, path: &str, mode: u32) {
        std::fs::set_permissions(self.at(path), std::fs::Permissions::from_mode(mode)).unwrap();
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, Unsafe> {
        read_trusted(&self.at(path), Owners::RootOrSelf, MOST)
    }

    fn told(&self, path: &str) -> String {
        self.read(path).unwrap_err().to_string()
    }
}

fn root() -> bool {
    rustix::process::geteuid().is_root()
}

#[test]
fn what_only_its_owner_can_change_is_read() {
    let tree = Tree::new();
    assert_eq!(tree.read("a/b/file").unwrap(), b"text");
    assert_eq!(tree.read("a/../a/./b//file").unwrap(), b"text");
    for link in [("to-file", "a/b/file"), ("to-dir", "a"), ("absolute", tree.at("a/b").to_str().unwrap())] {
        symlink(link.1, tree.at(link.0)).unwrap();
    }
    for path in ["to-file", "to-dir/b/file", "absolute/file", "absolute/../b/file"] {
        assert_eq!(tree.read(path).unwrap(), b"text", "{path}");
    }
}

#[test]
fn what_others_can_write_is_refused_wherever_it_is() {
    for path in ["a", "a/b", "a/b/file"] {
        for extra in [0o020, 0o002, 0o022] {
            let tree = Tree::new();
            tree.mode(path, 0o755 | extra);
            let told = tree.told("a/b/file");
            let place = tree.at(path).display().to_string();
            assert!(told.contains("others may write to it (mode 07") && told.starts_with(&place), "{told}");
            symlink("a/b/file", tree.at("link")).unwrap();
            assert!(matches!(tree.read("link"), Err(Unsafe::Writable(..))), "{path} behind a link");
        }
    }
}

#[test]
fn a_directory_of_everybody_may_lead_to_ones_own_files_alone() {
    let tree = Tree::new();
    tree.mode("a", 0o1777);
    assert!(tree.read("a/b/file").is_ok());
    if root() {
        let told = read_trusted(&tree.at("a/b/file"), Owners::Root, MOST);
        // The temporary folder itself lies in such a directory.
        assert!(matches!(told, Err(Unsafe::Writable(..))), "{told:?}");
    }
}

#[test]
fn what_another_owns_is_refused_wherever_it_is() {
    if !root() {
        eprintln!("skipped: only root can give files away");
        return;
    }
    for path in ["a", "a/b", "a/b/file"] {
        let tree = Tree::new();
        chown(tree.at(path), Some(65534), Some(65534)).unwrap();
        let told = tree.told("a/b/file");
        assert!(
            told.contains("belongs to the user 65534") && told.starts_with(tree.at(path).to_str().unwrap()),
            "{told}"
        );
    }
    let tree = Tree::new();
    symlink("a/b/file", tree.at("link")).unwrap();
    std::os::unix::fs::lchown(tree.at("link"), Some(65534), Some(65534)).unwrap();
    assert!(matches!(tree.read("link"), Err(Unsafe::Owner { owner: 65534, .. })));
}

#[test]
fn what_is_no_file_is_refused_without_waiting() {
    let tree = Tree::new();
    assert!(matches!(tree.read("a/b"), Err(Unsafe::NoFile(_))));
    rustix::fs::mkfifoat(rustix::fs::CWD, tree.at("fifo"), 0o600.into()).unwrap();
    assert!(matches!(tree.read("fifo"), Err(Unsafe::NoFile(_))));
    assert!(matches!(read_trusted(Path::new("/dev/null"), Owners::Root, MOST), Err(Unsafe::NoFile(_))));
}

#[test]
fn what_is_missing_or_too_large_is_told_apart() {
    let tree = Tree::new();
    assert!(matches!(tree.read("none"), Err(Unsafe::Absent(_))));
    assert!(matches!(tree.read("none/none"), Err(Unsafe::Absent(_))));
    symlink("a", tree.at("to-a")).unwrap();
    assert!(matches!(tree.read("to-a/none"), Err(Unsafe::Absent(_))));
    symlink("a/none", tree.at("to-none")).unwrap();
    assert!(matches!(tree.read("to-none/file"), Err(Unsafe::Failed(..))));
    // Something is there, and nobody knows what it was to be.
    symlink("none", tree.at("dangling")).unwrap();
    assert!(matches!(tree.read("dangling"), Err(Unsafe::Failed(..))));
    symlink("loop", tree.at("loop")).unwrap();
    assert!(matches!(tree.read("loop"), Err(Unsafe::Links(_))));
    assert!(matches!(read_trusted(&tree.at("a/b/file"), Owners::RootOrSelf, 3), Err(Unsafe::TooLarge(_, 3))));
    assert_eq!(read_trusted(&tree.at("a/b/file"), Owners::RootOrSelf, 4).unwrap(), b"text");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "looks at what was written")]
fn signatures_are_written_once_or_in_one_step() {
    let tree = Tree::new();
    let place = tree.at("new");
    write_file(&place, b"one", false).unwrap();
    assert_eq!(write_file(&place, b"two", false).unwrap_err().kind(), std::io::ErrorKind::AlreadyExists);
    assert_eq!(std::fs::read(&place).unwrap(), b"one");
    write_file(&place, b"two", true).unwrap();
    assert_eq!(std::fs::read(&place).unwrap(), b"two");
    // A link is replaced, not followed.
    symlink("a/b/file", tree.at("link")).unwrap();
    assert!(write_file(&tree.at("link"), b"three", false).is_err());
    write_file(&tree.at("link"), b"three", true).unwrap();
    assert_eq!(tree.read("a/b/file").unwrap(), b"text");
    assert_eq!(std::fs::read_dir(tree.0.path()).unwrap().count(), 3);
}

#[test]
fn a_private_key_that_others_may_read_is_refused() {
    let tree = Tree::new();
    write_file(&tree.at("key"), b"-----BEGIN OPENSSH PRIVATE KEY-----\n", false).unwrap();
    let told = read_key(&tree.at("key")).unwrap_err().to_string();
    assert!(told.contains("(mode 0644): `chmod 600` it"), "{told}");
    tree.mode("key", 0o600);
    read_key(&tree.at("key")).unwrap();
    write_file(&tree.at("key.pub"), b"ssh-ed25519 AAAA\n", false).unwrap();
    read_key(&tree.at("key.pub")).unwrap();
}

#[test]
#[expect(clippy::disallowed_methods, reason = "damages what was kept")]
fn versions_of_bundles_do_not_go_back() {
    let tree = Tree::new();
    let state = tree.at("state");
    let go = |name: &str, version: u64, digest: &str| {
        advance(&state, name, version, digest).map_err(|error| error.to_string())
    };
    go("web", 3, "aa").unwrap();
    go("web", 3, "aa").unwrap();
    let told = go("web", 3, "bb").unwrap_err();
    assert!(told.contains("version 3 has run here with another content"), "{told}");
    let told = go("web", 2, "aa").unwrap_err();
    assert_eq!(told, "its version 2 is older than version 3, which has run here: versions do not go back");
    go("web", u64::MAX, "cc").unwrap();
    go("web", 4, "dd").unwrap_err();
    advance(&tree.at("new/state/deep"), "web", 1, "aa").unwrap();
    // Each bundle has its own.
    go("web.2", 1, "aa").unwrap();
    for damaged in ["", "x", "3", "3 aa", "-1 aa\n", "99999999999999999999 aa\n"] {
        std::fs::write(state.join("web.2.seen"), damaged).unwrap();
        let told = go("web.2", 9, "aa").unwrap_err();
        assert!(told.contains("which versions have run here cannot be kept") && told.contains("is damaged"), "{told}");
    }
    std::fs::remove_file(state.join("web.seen")).unwrap();
    symlink("/dev/null", state.join("web.seen")).unwrap();
    go("web", 9, "aa").unwrap_err();
    tree.mode("state", 0o777);
    let told = go("other", 1, "aa").unwrap_err();
    assert!(told.contains("others may write to it"), "{told}");
    assert!(advance(&tree.at("a/b/file"), "web", 1, "aa").is_err());
    assert!(advance(Path::new("/proc/nowhere/state"), "web", 1, "aa").is_err());
}

#[test]
fn of_many_at_once_the_highest_version_stays() {
    let tree = Tree::new();
    let state = tree.at("state");
    std::thread::scope(|scope| {
        for first in 1..=8_u64 {
            let state = &state;
            scope.spawn(move || {
                for round in 0..20 {
                    let _ = advance(state, "web", first + 8 * round, "aa");
                }
            });
        }
    });
    assert!(matches!(advance(&state, "web", 159, "aa"), Err(Stale::Older { seen: 160, .. })));
    advance(&state, "web", 160, "aa").unwrap();
}
