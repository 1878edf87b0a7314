//! File operations that ask the gate first and act on the judged descriptor.
//!
//! Every operation takes the [`Gate`](rex_cedar_auth::Gate) and absolute paths. Nothing outside the private module `sys` touches
//! the system, and `sys` acts only on proofs that the gate made.

mod archive;
mod certificate;
mod copy;
mod core_dump;
mod count;
mod elf;
mod error;
mod execute;
mod fields;
mod find;
mod gzip;
mod handle;
mod kernel_file;
mod lines;
mod list;
mod make_dir;
mod metadata;
mod open;
mod path;
mod pattern;
mod read;
mod remove;
mod rename;
mod replace;
mod search;
mod size;
mod sys;
mod touch;
mod tree;
mod usage;
mod walk;
mod write;

pub use archive::{
    ArchiveHit, ArchiveMember, ExtractOptions, MemberType, create_archive, extract_archive, list_archive,
    search_archive,
};
pub use certificate::{
    CertificateInfo, KeyInfo, certificate_info, certificates_at, describe_certificate, key_info, verify_certificate,
};
pub use copy::{CopyOptions, copy};
pub use core_dump::{Content, CoreDump, Frame, Moment, MomentFile, MomentThread, TracedProcess, TracedThread};
pub use count::{WordCount, count};
pub use elf::ElfInfo;
pub use error::{Error, Result};
pub use execute::{ExecuteOptions, Executed, MaxOutput, execute};
pub use fields::{count_unique, field, filter, filter_field, filter_range, split, sum};
pub use find::{Found, find};
pub use gzip::{
    GzipInfo, GzipSearch, check_level, compress_gzip, gzip_info, read_gzip_lines, search_gzip, search_gzip_exists,
};
pub use handle::{
    DirHandle, DirOptions, FileHandle, FileOptions, FindOptions, LabelOptions, OwnershipOptions, SymlinkHandle,
    WriteOptions,
};
pub use kernel_file::KernelFile;
pub use lines::{LineSelection, lines};
pub use list::{DirEntry, Listing, list};
pub use make_dir::{make_dir, make_dirs};
pub use read::{Redaction, Text, read};
pub use remove::{RemoveOptions, remove};
pub use rename::{Moved, RenameOptions, rename};
pub use replace::{ReplaceOptions, replace, replace_text};
pub use search::{Hit, Hits, Search, search};
pub use size::SizeUnit;
pub use sys::{Capabilities, Judge, Launcher};
pub use sys::{Elsewhere, EntryType, FileTime, Metadata, Once, OpenedFile, Owner};
pub use touch::touch;
pub use usage::{Usage, UsageEntry, UsageOptions, usage};
pub use walk::Skipped;
pub use write::{ContentWriter, NewContent, WriteMode, write};
