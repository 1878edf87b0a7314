//! What a process has open, maps, runs and stands in: read through its held directory once the policy let its descriptors be listed.

use super::process::{Held, Process, link};
use super::table::numbers;
use super::unix_sockets::Sockets;
use rex_cedar_auth::action::process_system::ListFds;
use rustix::fs::{AtFlags, FileType, Mode, OFlags, StatxFlags, openat, statx};
use std::collections::HashSet;
use std::ffi::CString;
use std::io::{self, BufRead as _, BufReader};
use std::os::fd::OwnedFd;

/// What the text of a link ends with when its name was removed.
const DELETED: &str = " (deleted)";

/// How a process uses a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Access {
    /// It has it open.
    Descriptor,
    /// It has it mapped into its memory.
    Mapped,
    /// It is the directory in which its relative paths begin.
    WorkingDirectory,
    /// It is the program that it runs.
    Executable,
    /// It is the directory in which its absolute paths begin.
    RootDirectory,
}

impl Access {
    /// The words for it.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Descriptor => "File descriptor",
            Self::Mapped => "Memory mapped",
            Self::WorkingDirectory => "Working directory",
            Self::Executable => "Executable",
            Self::RootDirectory => "Root directory",
        }
    }
}

/// Which object it is, whatever its names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Identity {
    device: (u32, u32),
    inode: u64,
}

/// What is known of an object without asking a file system on another host.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts {
    pub(crate) identity: Identity,
    /// The word for its type.
    pub(crate) file_type: &'static str,
    /// Whether no name is left.
    pub(crate) nameless: bool,
    /// Its length in bytes.
    pub(crate) size: u64,
}

impl Identity {
    /// The number of the inode.
    pub(crate) fn inode(self) -> u64 {
        self.inode
    }
}

/// One use of a file.
#[derive(Debug)]
pub(crate) struct Used<'p> {
    process: &'p Process,
    /// The link in the directory of the process; none of a mapping.
    link: Option<CString>,
    mapping: Option<Identity>,
    /// Whether it is a mapping of the program that the process runs.
    pub(crate) of_program: bool,
    pub(crate) access: Access,
    /// The number of the descriptor.
    pub(crate) descriptor: Option<u32>,
    /// What the kernel says that it is: a path, or a word and a number.
    pub(crate) text: String,
}

impl Used<'_> {
    /// What the path was before it was removed.
    pub(crate) fn removed_path(&self) -> Option<&str> {
        self.text.strip_suffix(DELETED).filter(|path| path.starts_with('/'))
    }

    /// What is known of it; nothing of what cannot be looked at.
    pub(crate) fn facts(&self) -> Option<Facts> {
        facts_at(&self.process.dir, self.link.as_ref()?, AtFlags::empty()).ok()
    }

    /// Which object it is, as far as that is known. The device of a mapping may be called otherwise than that of the same file when it is
    /// open, on file systems that make devices up.
    pub(crate) fn identity(&self) -> Option<Identity> {
        self.mapping.or_else(|| Some(self.facts()?.identity))
    }

    /// Whether it is another kind of thing than a file in a file system.
    pub(crate) fn is_no_path(&self) -> bool {
        !self.text.starts_with('/')
    }

    /// The word for its type.
    pub(crate) fn file_type(&self) -> &'static str {
        let word = self.text.split(':').next().unwrap_or_default();
        match (self.access, word) {
            (Access::WorkingDirectory | Access::RootDirectory, _) => "DIR",
            (Access::Executable | Access::Mapped, _) => "REG",
            (Access::Descriptor, "socket") => "SOCK",
            (Access::Descriptor, "pipe") => "FIFO",
            (Access::Descriptor, "anon_inode") => "ANON_INODE",
            (Access::Descriptor, _) if self.is_no_path() => "UNK",
            (Access::Descriptor, _) => self.facts().map_or("UNK", |facts| facts.file_type),
        }
    }

    /// The path or name to show: of a socket the path it is bound to, where it has one.
    pub(crate) fn shown(&self, sockets: &mut Sockets) -> String {
        if let Some(memory) = self.text.strip_prefix("/memfd:").and_then(|name| name.strip_suffix(DELETED)) {
            return format!("/memfd:{memory}");
        }
        let inode = self.text.strip_prefix("socket:[").and_then(|rest| rest.strip_suffix(']')?.parse().ok());
        inode.and_then(|inode| sockets.path(self.process, inode)).unwrap_or_else(|| self.text.clone())
    }
}

/// What is known of what is at `name` in a directory. Links of processes are followed to the very object, by no path.
pub(super) fn facts_at(dir: &OwnedFd, name: &CString, flags: AtFlags) -> io::Result<Facts> {
    let wanted = StatxFlags::TYPE | StatxFlags::INO | StatxFlags::NLINK | StatxFlags::SIZE;
    let found = statx(dir, name.as_c_str(), flags | AtFlags::STATX_DONT_SYNC, wanted)?;
    let file_type = match FileType::from_raw_mode(found.stx_mode.into()) {
        FileType::RegularFile => "REG",
        FileType::Directory => "DIR",
        FileType::Symlink => "LNK",
        FileType::Socket => "SOCK",
        FileType::Fifo => "FIFO",
        FileType::CharacterDevice => "CHR",
        FileType::BlockDevice => "BLK",
        FileType::Unknown => "UNK",
    };
    Ok(Facts {
        identity: Identity { device: (found.stx_dev_major, found.stx_dev_minor), inode: found.stx_ino },
        file_type,
        nameless: found.stx_nlink == 0,
        size: found.stx_size,
    })
}

impl Held<ListFds> {
    /// Tells `each` what the process uses: working directory, root directory, program, mapped files, descriptors. Gives why a part could
    /// not be read; other users' processes need `CAP_SYS_PTRACE`.
    ///
    /// # Errors
    /// What `each` fails with.
    pub(crate) fn uses<E>(&self, each: &mut dyn FnMut(&Used<'_>) -> Result<(), E>) -> Result<Option<io::Error>, E> {
        let process: &Process = self;
        let mut failure = None;
        let used = |access, name: CString, text| Used {
            process,
            link: Some(name),
            mapping: None,
            of_program: false,
            access,
            descriptor: None,
            text,
        };
        for (name, access) in
            [(c"cwd", Access::WorkingDirectory), (c"root", Access::RootDirectory), (c"exe", Access::Executable)]
        {
            match link(&process.dir, name) {
                Ok(text) => each(&used(access, name.to_owned(), text))?,
                // LINUX: a thread of the kernel has no program.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => drop(failure.get_or_insert(error)),
            }
        }
        if let Err(error) = self.mappings(each)? {
            failure.get_or_insert(error);
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let listed = openat(&process.dir, c"fd", flags, Mode::empty()).map_err(io::Error::from);
        match listed.and_then(|fds| numbers(&fds)) {
            Ok(numbers) => {
                for number in numbers {
                    let Ok(name) = CString::new(format!("fd/{number}")) else { continue };
                    // One that was closed meanwhile is no longer open.
                    let Ok(text) = link(&process.dir, &name) else { continue };
                    each(&Used { descriptor: Some(number), ..used(Access::Descriptor, name, text) })?;
                }
            }
            Err(error) => drop(failure.get_or_insert(error)),
        }
        Ok(failure)
    }

    /// Tells `each` the files that are mapped, each once.
    fn mappings<E>(&self, each: &mut dyn FnMut(&Used<'_>) -> Result<(), E>) -> Result<io::Result<()>, E> {
        let process: &Process = self;
        let program = link(&process.dir, c"exe").unwrap_or_default();
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = match openat(&process.dir, c"maps", flags, Mode::empty()) {
            Ok(file) => file,
            Err(errno) => return Ok(Err(errno.into())),
        };
        let mut reader = BufReader::with_capacity(64 << 10, std::fs::File::from(file));
        let (mut known, mut line) = (HashSet::new(), Vec::new());
        loop {
            line.clear();
            match reader.read_until(b'\n', &mut line) {
                Ok(0) => return Ok(Ok(())),
                Ok(_) => {}
                Err(error) => return Ok(Err(error)),
            }
            let Some((identity, text)) = mapping(&line) else { continue };
            if known.insert(identity) {
                let (mapping, of_program) = (Some(identity), text == program);
                each(&Used {
                    process,
                    link: None,
                    mapping,
                    of_program,
                    access: Access::Mapped,
                    descriptor: None,
                    text,
                })?;
            }
        }
    }
}

/// The file in a line of `/proc/PID/maps`; nothing where memory is no file's.
fn mapping(line: &[u8]) -> Option<(Identity, String)> {
    let line = String::from_utf8_lossy(line.strip_suffix(b"\n").unwrap_or(line));
    let mut fields = line.splitn(6, ' ');
    let (major, minor) = fields.nth(3)?.split_once(':')?;
    let device = (u32::from_str_radix(major, 16).ok()?, u32::from_str_radix(minor, 16).ok()?);
    let inode = fields.next()?.parse().ok().filter(|inode| *inode != 0)?;
    // LINUX: a line end in a name is written so, and nothing else is changed.
    let text = fields.next()?.trim_start_matches(' ').replace("\\012", "\n");
    text.starts_with('/').then_some((Identity { device, inode }, text))
}

#[cfg(test)]
mod tests {
    use super::{Identity, mapping};
    use proptest::prelude::*;

    #[test]
    fn lines_of_files_tell_file_and_identity() {
        let line = b"7f00-7f01 r-xp 00001000 fd:0a 4711                       /lib/a b.so (deleted)\n";
        let identity = Identity { device: (0xfd, 10), inode: 4711 };
        assert_eq!(mapping(line), Some((identity, "/lib/a b.so (deleted)".to_owned())));
        for nothing in [
            &b"7f00-7f01 rw-p 00000000 00:00 0                          [heap]\n"[..],
            b"7f00-7f01 rw-p 00000000 00:00 0 \n",
            b"7f00-7f01 rw-p 00000000 00:0e 9                          anon_inode:[perf_event]\n",
            b"",
            b"/SYSV\n",
        ] {
            assert_eq!(mapping(nothing), None);
        }
        let hostile = b"7f00-7f01 rw-s 00000000 00:01 5                          /SYSV\\012x\n";
        assert_eq!(mapping(hostile).unwrap().1, "/SYSV\nx");
    }

    proptest! {
        #[test]
        fn no_line_makes_it_fall_over(line: Vec<u8>) {
            let _ = mapping(&line);
        }
    }
}
