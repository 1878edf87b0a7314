//! Giving a file that is held open new content in place.

use super::descriptor::{Object, reopen};
use super::put::Writer;
use crate::{Error, Result};
use rex_cedar_auth::action::file_system::Write;
use rex_cedar_auth::{Authorized, Gate};
use rustix::fs::OFlags;
use rustix::io::Errno;
use std::fs::File;
use std::io::{self, Seek as _};

/// Gives a judged file the content that `fill` writes, nothing of the old behind it. A reader may meet a part.
///
/// # Errors
/// `FileError` for a file with other names; `FileCopyError` when `fill` fails after it has written something, which the file holds then;
/// what the system says.
pub(crate) fn overwrite(
    write: Authorized<'_, Write, Object>,
    gate: &Gate,
    fill: impl FnOnce(&mut Writer<'_>) -> Result<()>,
) -> Result<()> {
    let object = write.target();
    let mut file = File::from(reopen(&object.fd, OFlags::WRONLY)?);
    if rustix::fs::fstat(&file)?.st_nlink > 1 {
        // They may lie where the policy permits no writing.
        let reason = "it has other names, which would change with it";
        return Err(Error::FileError { reason, path: object.path().to_owned() });
    }
    let filled = fill(&mut Writer { file: &file, gate });
    let written = file.stream_position()?;
    if written == 0 && filled.is_err() {
        return filled;
    }
    match rustix::fs::ftruncate(&file, written) {
        // LINUX: files of /proc and /sys have no length.
        Ok(()) | Err(Errno::INVAL | Errno::PERM | Errno::ACCESS) => {}
        Err(errno) => return Err(errno.into()),
    }
    match filled {
        Ok(()) => {}
        Err(Error::Stopped(stopped)) => return Err(stopped.into()),
        Err(error) => {
            let text = format!("{error}; {} holds only the first {written} bytes", object.path());
            return Err(Error::FileCopyError(io::Error::other(text)));
        }
    }
    match rustix::fs::fsync(&file) {
        Ok(()) | Err(Errno::INVAL | Errno::ROFS) => Ok(()),
        Err(errno) => Err(errno.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::overwrite;
    use crate::{DirHandle, DirOptions, Error, FileOptions};
    use rex_test_utils::{Folder, gate};

    #[test]
    fn what_fails_on_the_way_says_what_the_file_holds() {
        let folder = Folder::new(&[("a", "old content")]);
        let gate = gate("permit(principal, action, resource);");
        let dir = DirHandle::open(&gate, folder.path(), DirOptions::default()).unwrap();
        let file = dir.open_file(&gate, "a", FileOptions { write: true, ..FileOptions::default() }).unwrap();
        let fill = |bytes: &[u8]| {
            let failed = overwrite(gate.authorize(file.object()).unwrap(), &gate, |writer| {
                writer.write(bytes)?;
                Err(Error::Utf8Error)
            });
            (failed.unwrap_err().to_string(), folder.text("a"))
        };
        let text = "stream did not contain valid UTF-8";
        assert_eq!(fill(b""), (text.to_owned(), "old content".to_owned()));
        let after = format!("File copy failed: {text}; {} holds only the first 3 bytes", folder.at("a"));
        assert_eq!(fill(b"new"), (after, "new".to_owned()));
    }
}
