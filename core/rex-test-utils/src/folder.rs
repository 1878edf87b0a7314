//! A private folder, and snapshots of it.

use rustix::fs::{FileType, Mode, OFlags};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// A folder of its own for one test; it goes when this is dropped.
#[derive(Debug)]
pub struct Folder {
    temporary: tempfile::TempDir,
    path: String,
}

impl Folder {
    /// A folder with these files, by their path in it; a path that ends in `/` is a folder, and `name -> target` a link. Folders on the
    /// way are made.
    pub fn new(files: &[(&str, &str)]) -> Self {
        Self::filled(tempfile::Builder::new().prefix("rex-test-").tempdir().expect("a temporary folder"), files)
    }

    /// As [`Self::new`], in memory where the system has a place for that: many rounds of writing do not wait for a disk.
    pub fn in_memory(files: &[(&str, &str)]) -> Self {
        match tempfile::Builder::new().prefix("rex-test-").tempdir_in("/dev/shm") {
            Ok(temporary) => Self::filled(temporary, files),
            Err(_) => Self::new(files),
        }
    }

    fn filled(temporary: tempfile::TempDir, files: &[(&str, &str)]) -> Self {
        let path = temporary.path().canonicalize().expect("its real path");
        let folder = Self { temporary, path: path.to_str().expect("a path in UTF-8").to_owned() };
        for (name, content) in files {
            match name.split_once(" -> ") {
                Some((link, target)) => folder.link(link, target),
                None => folder.put(name, content),
            }
        }
        folder
    }

    /// Its path, without links.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The path of `name` in it.
    pub fn at(&self, name: &str) -> String {
        format!("{}/{name}", self.path)
    }

    /// Puts a file there, or a folder when `name` ends in `/`. What begins with `#!` can be executed.
    pub fn put(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = PathBuf::from(self.at(name));
        let directory = if name.ends_with('/') { Some(path.as_path()) } else { path.parent() };
        fs::create_dir_all(directory.expect("a folder")).expect("a folder");
        if !name.ends_with('/') {
            let script = content.as_ref().starts_with(b"#!");
            fs::write(&path, content).expect("a file");
            if script {
                fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("its permissions");
            }
        }
    }

    /// Puts a link there that points at `target`.
    pub fn link(&self, name: &str, target: impl AsRef<Path>) {
        std::os::unix::fs::symlink(target, self.at(name)).expect("a link");
    }

    /// The bytes of a file in it.
    pub fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.at(name)).expect("the file's bytes")
    }

    /// The text of a file in it.
    pub fn text(&self, name: &str) -> String {
        String::from_utf8(self.bytes(name)).expect("text in UTF-8")
    }

    /// Whether something has this name, be it a link that leads nowhere.
    pub fn has(&self, name: &str) -> bool {
        Path::new(&self.at(name)).symlink_metadata().is_ok()
    }

    /// Everything in it, byte for byte.
    pub fn tree(&self) -> Tree {
        let mut tree = Tree::default();
        tree.take(self.temporary.path(), Path::new(""));
        tree
    }
}

/// Everything in a folder: names, types, permissions, owners, contents, the targets of links.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Tree(BTreeMap<PathBuf, Node>);

#[derive(Clone, PartialEq, Eq)]
struct Node {
    file_type: FileType,
    mode: u32,
    owner: (u32, u32),
    content: Vec<u8>,
}

impl Tree {
    fn take(&mut self, root: &Path, below: &Path) {
        let path = root.join(below);
        let metadata = path.symlink_metadata().expect("what the folder lists");
        let file_type = FileType::from_raw_mode(metadata.mode());
        let content = match file_type {
            FileType::RegularFile => read(&path),
            FileType::Symlink => fs::read_link(&path).expect("the link's target").as_os_str().as_bytes().to_vec(),
            _ => Vec::new(),
        };
        let node = Node { file_type, mode: metadata.mode() & 0o7777, owner: (metadata.uid(), metadata.gid()), content };
        self.0.insert(below.to_owned(), node);
        if file_type == FileType::Directory {
            for entry in fs::read_dir(&path).expect("a folder that can be listed") {
                self.take(root, &below.join(entry.expect("an entry").file_name()));
            }
        }
    }

    /// The paths in it, without the folder itself.
    pub fn names(&self) -> Vec<String> {
        self.0
            .keys()
            .filter(|path| path.as_os_str() != OsStr::new(""))
            .map(|path| path.to_string_lossy().into_owned())
            .collect()
    }

    /// The paths in it that are gone, changed or new in `later`, the folder itself left out.
    pub fn changed(&self, later: &Tree) -> Vec<String> {
        let paths: BTreeSet<&PathBuf> = self.0.keys().chain(later.0.keys()).collect();
        paths
            .into_iter()
            .filter(|path| path.as_os_str() != OsStr::new("") && self.0.get(*path) != later.0.get(*path))
            .map(|path| path.to_string_lossy().into_owned())
            .collect()
    }

    /// What differs in `later`, one line each; empty when nothing does.
    pub fn changes(&self, later: &Tree) -> String {
        let mut lines = Vec::new();
        for (path, node) in &self.0 {
            match later.0.get(path) {
                None => lines.push(format!("gone: {}", path.display())),
                Some(now) if now != node => lines.push(format!("changed: {}: {node:?} -> {now:?}", path.display())),
                Some(_) => {}
            }
        }
        lines.extend(
            later.0.keys().filter(|path| !self.0.contains_key(*path)).map(|path| format!("new: {}", path.display())),
        );
        lines.join("\n")
    }
}

/// The bytes of a file without changing its times or waiting for anything; of one that may not be read, the error in their place.
fn read(path: &Path) -> Vec<u8> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let mut content = Vec::new();
    match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(fd) => drop(std::io::Read::read_to_end(&mut fs::File::from(fd), &mut content).expect("the file's bytes")),
        Err(errno) => content.extend(errno.to_string().bytes()),
    }
    content
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file_type, mode, owner: (user, group), content } = self;
        let shown: String = String::from_utf8_lossy(content).chars().take(200).collect();
        write!(f, "{file_type:?} {mode:o} {user}:{group} {} bytes {shown:?}", content.len())
    }
}

impl fmt::Debug for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(&self.0).finish()
    }
}
