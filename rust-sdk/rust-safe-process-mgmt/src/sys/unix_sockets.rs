//! Paths that Unix sockets are bound to, `/proc/PID/net/unix` (`proc_pid_net(5)`).

use super::process::{Process, link};
use rustix::fs::{Mode, OFlags, openat};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io::{BufRead as _, BufReader};

/// The tables of the network namespaces that were met, each read when its first socket is.
#[derive(Debug, Default)]
pub(crate) struct Sockets(HashMap<String, HashMap<u64, Option<String>>>);

impl Sockets {
    /// The path that the socket `inode` of a process is bound to; an abstract one begins with `@`.
    pub(super) fn path(&mut self, process: &Process, inode: u64) -> Option<String> {
        let namespace = link(&process.dir, c"ns/net").ok()?;
        self.0.entry(namespace).or_insert_with(|| read(process)).get(&inode)?.clone()
    }
}

fn read(process: &Process) -> HashMap<u64, Option<String>> {
    let mut paths = HashMap::new();
    let Ok(file) = openat(&process.dir, c"net/unix", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()) else {
        return paths;
    };
    let mut reader = BufReader::with_capacity(64 << 10, std::fs::File::from(file));
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
        add(&mut paths, &line);
        line.clear();
    }
    paths
}

/// Adds what a line says. A socket has one line: where there are two, somebody wrote a line end into the name of a socket to make one up,
/// and neither is believed.
fn add(paths: &mut HashMap<u64, Option<String>>, line: &[u8]) {
    let line = String::from_utf8_lossy(line.strip_suffix(b"\n").unwrap_or(line));
    let (mut rest, mut inode) = (line.as_ref(), None);
    for number in 0..7 {
        let field = rest.trim_start_matches(' ');
        let (field, after) = field.split_once(' ').unwrap_or((field, ""));
        rest = after;
        if number == 6 {
            inode = field.parse::<u64>().ok();
        }
    }
    let Some(inode) = inode else { return };
    match paths.entry(inode) {
        Entry::Vacant(vacant) => drop(vacant.insert((!rest.is_empty()).then(|| rest.to_owned()))),
        Entry::Occupied(mut occupied) => *occupied.get_mut() = None,
    }
}

#[cfg(test)]
mod tests {
    use super::add;
    use std::collections::HashMap;

    #[test]
    fn a_forged_line_takes_a_path_away_and_gives_none() {
        let mut paths = HashMap::new();
        for line in [
            "Num       RefCount Protocol Flags    Type St Inode Path",
            "0000000000000000: 00000002 00000000 00010000 0001 01 4711 /run/a b.sock",
            "0000000000000000: 00000003 00000000 00000000 0001 03  4712",
            "0000000000000000: 00000003 00000000 00000000 0001 03 4713 @abstract",
            "0000000000000000: 00000002 00000000 00010000 0001 01 4712 /run/forged.sock",
            "x",
            "",
        ] {
            add(&mut paths, line.as_bytes());
        }
        assert_eq!(paths.get(&4711).unwrap().as_deref(), Some("/run/a b.sock"));
        assert_eq!(paths.get(&4712).unwrap().as_deref(), None);
        assert_eq!(paths.get(&4713).unwrap().as_deref(), Some("@abstract"));
        assert_eq!(paths.len(), 3);
    }
}
