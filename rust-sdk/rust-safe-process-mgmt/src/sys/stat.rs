//! What `/proc/PID/stat` and `/proc/PID/status` say (`proc_pid_stat(5)`, `proc_pid_status(5)`), as far as it is used.
//!
//! They are read once for each process of a listing; a whole parse of all their fields would take longer than the kernel takes to write them.

use memchr::{memchr, memmem, memrchr};

/// What the kernel counts of a process or thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stat {
    /// Its name, at most 15 bytes; invalid UTF-8 is replaced.
    pub(crate) name: String,
    /// The letter of its state.
    pub(crate) state: char,
    pub(super) ppid: u32,
    /// Clock ticks it was running, its finished children left out.
    pub(crate) ran: u64,
    /// When it started, in clock ticks since the start of the host.
    pub(crate) start: u64,
    /// Pages of memory it has.
    pub(crate) pages: u64,
}

impl Stat {
    pub(super) fn parse(content: &[u8]) -> Option<Self> {
        // The name may hold anything, parentheses among it; no later field does.
        let (open, close) = (memchr(b'(', content)?, memrchr(b')', content)?);
        let name = String::from_utf8_lossy(content.get(open + 1..close)?).into_owned();
        let rest = std::str::from_utf8(content.get(close + 1..)?).ok()?;
        let mut fields = rest.split_ascii_whitespace();
        let state = fields.next()?.chars().next()?;
        let ppid = fields.next()?.parse().ok()?;
        let mut number = |skipped: usize| fields.nth(skipped)?.parse::<u64>().ok();
        let (user, system) = (number(9)?, number(0)?);
        let start = number(6)?;
        let pages = number(1)?;
        Some(Self { name, state, ppid, ran: user.saturating_add(system), start, pages })
    }
}

/// Who a process or thread is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Status {
    /// The number of its process.
    pub(super) tgid: u32,
    /// The number of its real user.
    pub(super) uid: u32,
    /// Its number in its own pid namespace.
    pub(super) inner_pid: Option<u32>,
}

impl Status {
    pub(super) fn parse(content: &[u8]) -> Option<Self> {
        let first = |key: &str| line(content, key)?.split_ascii_whitespace().next()?.parse().ok();
        let inner_pid =
            line(content, "NSpid:").and_then(|numbers| numbers.split_ascii_whitespace().last()?.parse().ok());
        Some(Self { tgid: first("Tgid:")?, uid: first("Uid:")?, inner_pid })
    }
}

/// What follows a key. Only lines begin with keys: what others write into the file stands behind one, its line ends escaped.
fn line<'c>(content: &'c [u8], key: &str) -> Option<&'c str> {
    let at =
        memmem::find_iter(content, key).find(|at| at.checked_sub(1).and_then(|at| content.get(at)) == Some(&b'\n'))?;
    let rest = content.get(at + key.len()..)?;
    std::str::from_utf8(rest.get(..memchr(b'\n', rest)?)?).ok()
}

#[cfg(test)]
mod tests {
    use super::{Stat, Status};
    use procfs_core::FromRead;
    use proptest::prelude::*;

    const STAT: &str = "7 (NAME) S 3 7 7 0 -1 4194560 24461 1 101 2 1234 66 5 6 20 0 1 0 4711 175452160 \
        3328 18446744073709551615 1 1 0 0 0 0 671173123 4096 1260 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n";
    const STATUS: &str = "Name:\tNAME\nUmask:\t0022\nState:\tS (sleeping)\nTgid:\t7\nNgid:\t0\nPid:\t9\nPPid:\t3\nTracerPid:\t0\n\
        Uid:\t1000\t0\t0\t0\nGid:\t5\t5\t5\t5\nFDSize:\t64\nNStgid:\t7\nNSpid:\t9\t2\n";

    #[test]
    fn the_fields_are_the_right_ones() {
        let whole = procfs_core::process::Stat::from_read(STAT.as_bytes()).unwrap();
        let stat = Stat::parse(STAT.as_bytes()).unwrap();
        assert_eq!((stat.name, stat.state, i64::from(stat.ppid)), (whole.comm, whole.state, i64::from(whole.ppid)));
        assert_eq!((stat.ran, stat.start, stat.pages), (whole.utime + whole.stime, whole.starttime, whole.rss));
        let status = Status::parse(STATUS.as_bytes()).unwrap();
        assert_eq!(status, Status { tgid: 7, uid: 1000, inner_pid: Some(2) });
    }

    #[test]
    fn a_name_cannot_pretend_to_be_other_fields() {
        for name in ["a) R 1 (b", "))", "((", "", " ", "\n1 (x) R 1"] {
            let stat = Stat::parse(STAT.replace("NAME", name).as_bytes()).unwrap();
            assert_eq!((stat.name.as_str(), stat.ppid, stat.start), (name, 3, 4711), "{name:?}");
        }
        let status = Status::parse(STATUS.replace("NAME", "x\\nUid:\\t0 Uid:\t0 ").as_bytes()).unwrap();
        assert_eq!(status.uid, 1000);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_fall_over(content: Vec<u8>, cut in 0..STATUS.len()) {
            let _ = (Stat::parse(&content), Status::parse(&content));
            let _ = (Stat::parse(STAT.as_bytes().get(..cut).unwrap_or_default()), Status::parse(&STATUS.as_bytes()[..cut]));
        }
    }
}
