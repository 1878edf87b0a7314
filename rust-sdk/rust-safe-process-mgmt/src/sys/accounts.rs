//! Names of users, from the password file alone: a directory service could be slow or far away.

use rustix::fs::{CWD, Mode, OFlags, openat};
use std::cell::OnceCell;
use std::collections::HashMap;
use std::rc::Rc;

/// A password file beyond this many bytes tells no names.
const MOST: usize = 64 << 20;

/// The users of the host, read once when the first is asked for (`passwd(5)`).
#[derive(Debug, Default, Clone)]
pub(crate) struct Accounts {
    names: OnceCell<HashMap<u32, Rc<str>>>,
}

impl Accounts {
    /// The login name of a user, where it has one.
    pub(super) fn name(&self, uid: u32) -> Option<Rc<str>> {
        self.load().get(&uid).cloned()
    }

    /// Reads the users now, where that was not done yet.
    pub(super) fn load(&self) -> &HashMap<u32, Rc<str>> {
        self.names.get_or_init(|| parse(&read().unwrap_or_default()))
    }
}

fn read() -> std::io::Result<Vec<u8>> {
    let file = openat(CWD, c"/etc/passwd", OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK, Mode::empty())?;
    let mut content = Vec::new();
    if super::process::read_to_end(&file, &mut content, MOST)? { Ok(content) } else { Ok(Vec::new()) }
}

/// The first name of each user, as the C library gives it.
fn parse(content: &[u8]) -> HashMap<u32, Rc<str>> {
    let mut names = HashMap::new();
    for line in content.split(|byte| *byte == b'\n') {
        let mut fields = line.split(|byte| *byte == b':');
        let (Some(name), Some(uid)) = (fields.next(), fields.nth(1)) else { continue };
        let Some(uid) = std::str::from_utf8(uid).ok().and_then(|uid| uid.parse().ok()) else { continue };
        if !name.is_empty() && name.first() != Some(&b'#') {
            names.entry(uid).or_insert_with(|| String::from_utf8_lossy(name).into());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn the_first_name_of_a_number_counts_and_broken_lines_do_not() {
        let names =
            parse(b"root:x:0:0:root:/root:/bin/sh\ntoor:x:0:0::/:\n#no:x:7:7::/:\n:x:8:8::/:\nbroken\nx:y:z:1\na:x:9");
        assert_eq!(names.get(&0).map(AsRef::as_ref), Some("root"));
        assert_eq!(names.get(&9).map(AsRef::as_ref), Some("a"));
        assert_eq!(names.len(), 2);
    }
}
