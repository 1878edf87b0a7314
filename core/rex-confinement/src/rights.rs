//! Which rights on files an action takes, as Landlock counts them.
//!
//! LINUX: Landlock does not judge metadata: stat, permissions, owners, times, extended attributes, `O_PATH`. The filter of system calls does.

use landlock::{AccessFs, BitFlags, make_bitflags};

pub(crate) type Rights = BitFlags<AccessFs>;

pub(crate) fn read_file() -> Rights {
    make_bitflags!(AccessFs::{ReadFile})
}

pub(crate) fn read_dir() -> Rights {
    make_bitflags!(AccessFs::{ReadDir})
}

pub(crate) fn read() -> Rights {
    read_file() | read_dir()
}

pub(crate) fn content() -> Rights {
    make_bitflags!(AccessFs::{WriteFile | Truncate})
}

/// Giving files names, and taking them. New content is written beside and changes places with the old, and the directory is brought to the disk,
/// which takes a descriptor of it.
pub(crate) fn file_names() -> Rights {
    make_bitflags!(AccessFs::{MakeReg | MakeSym | RemoveFile | ReadDir})
}

/// Giving names to whatever there is, and taking them: what is removed gets a private name first.
pub(crate) fn all_file_names() -> Rights {
    file_names() | make_bitflags!(AccessFs::{MakeChar | MakeBlock | MakeFifo | MakeSock})
}

pub(crate) fn dir_names() -> Rights {
    make_bitflags!(AccessFs::{MakeDir | RemoveDir | ReadDir})
}

pub(crate) fn refer() -> Rights {
    make_bitflags!(AccessFs::{Refer})
}

/// What a file can have; all else is of directories.
pub(crate) fn of_files() -> Rights {
    make_bitflags!(AccessFs::{ReadFile | WriteFile | Truncate | Execute | IoctlDev})
}

/// Plain words for some rights.
pub(crate) fn words(rights: Rights) -> String {
    let names = make_bitflags!(AccessFs::{MakeReg | MakeSym | MakeDir | RemoveFile | RemoveDir | Refer});
    let all = [
        (rights.intersects(read_file()), "read"),
        (rights.contains(read_dir()), "list"),
        (rights.intersects(content()), "write"),
        (rights.intersects(names), "make, rename and remove"),
        (rights.contains(AccessFs::IoctlDev), "control devices"),
        (rights.contains(AccessFs::Execute), "execute"),
    ];
    all.into_iter().filter(|(has, _)| *has).map(|(_, word)| word).collect::<Vec<_>>().join(", ")
}
