//! Keys of kernel parameters, and the one spelling of each that is judged.

use crate::{Error, Result};

/// Where the parameters are.
pub(super) const ROOT: &str = "/proc/sys";

/// A key, as the parts of the path below `/proc/sys`. None is empty, `.` or `..`, and none holds a slash.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key(Vec<String>);

impl Key {
    /// Reads `kernel.hostname` or `kernel/hostname`. Where a dot comes first, dots part and a slash stands for a dot in a name
    /// (`net.ipv4.conf.eth0/100.rp_filter`); where a slash comes first, slashes part and dots are dots (sysctl.d(5)).
    ///
    /// # Errors
    /// `IoError` for what is no key. Nothing of it is left out to make it one: another spelling is another file, or none.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let invalid = || Error::IoError(format!("Invalid sysctl path: {text}"));
        let separator = text.find(['.', '/']).and_then(|at| text.get(at..)?.chars().next());
        let parts: Vec<String> = match separator {
            None => vec![text.to_owned()],
            Some('.') => text.split('.').map(|part| part.replace('/', ".")).collect(),
            Some(_) => text.split('/').map(str::to_owned).collect(),
        };
        let valid = |part: &String| !matches!(part.as_str(), "" | "." | "..") && !part.contains(char::is_control);
        if parts.iter().all(valid) && text.len() <= 4096 { Ok(Self(parts)) } else { Err(invalid()) }
    }

    /// The key of a file or directory below `/proc/sys`, by its parts.
    pub(super) fn of(parts: Vec<String>) -> Self {
        Self(parts)
    }

    /// The key of what lies at this path.
    pub(super) fn at(path: &str) -> Option<Self> {
        let below = path.strip_prefix(ROOT)?.strip_prefix('/')?;
        Some(Self(below.split('/').map(str::to_owned).collect()))
    }

    pub(super) fn parts(&self) -> &[String] {
        &self.0
    }

    /// The path of the directory that the file is in.
    pub(super) fn directory(&self) -> String {
        let above = self.0.split_last().map_or(&[][..], |(_, above)| above);
        above.iter().fold(ROOT.to_owned(), |path, part| path + "/" + part)
    }

    /// The name of the file.
    pub(super) fn name(&self) -> &str {
        self.0.last().map_or("", String::as_str)
    }

    /// The path of the file.
    pub(super) fn path(&self) -> String {
        self.directory() + "/" + self.name()
    }

    /// The key with dots, which [`Self::parse`] understands: a dot in a name is a slash. LINUX: no name directly below `/proc/sys` has a dot.
    pub(super) fn text(&self) -> String {
        self.0.iter().map(|part| part.replace('.', "/")).collect::<Vec<_>>().join(".")
    }
}

#[cfg(test)]
mod tests {
    use super::Key;
    use proptest::prelude::*;

    fn path(key: &str) -> String {
        Key::parse(key).map_or_else(|error| error.to_string(), |key| key.path())
    }

    #[test]
    fn dots_and_slashes_part() {
        assert_eq!(path("kernel.ostype"), "/proc/sys/kernel/ostype");
        assert_eq!(path("kernel/ostype"), "/proc/sys/kernel/ostype");
        assert_eq!(path("net.ipv4.conf.eth0/100.rp_filter"), "/proc/sys/net/ipv4/conf/eth0.100/rp_filter");
        assert_eq!(path("net/ipv4/conf/eth0.100/rp_filter"), "/proc/sys/net/ipv4/conf/eth0.100/rp_filter");
        assert_eq!(path("kernel"), "/proc/sys/kernel");
    }

    #[test]
    fn other_spellings_are_no_keys() {
        for key in [
            "",
            ".",
            "..",
            "/",
            "kernel..ostype",
            "kernel/./ostype",
            "/kernel.ostype",
            "/kernel/ostype",
            "kernel.ostype.",
            ".kernel",
            "kernel//ostype",
            "kernel/../ostype",
            "kernel.//.ostype",
            "kernel././.ostype",
            "a/..",
            "kernel.ostype\0",
            "kernel.\n",
            "/proc/sys/kernel/ostype",
        ] {
            assert_eq!(path(key), format!("Invalid sysctl path: {key}"));
        }
        assert_eq!(path("kernel.//ostype"), "/proc/sys/kernel/..ostype");
    }

    #[test]
    fn a_key_is_told_as_it_is_understood() {
        for at in ["/proc/sys/kernel/ostype", "/proc/sys/net/ipv4/conf/eth0.100/rp_filter"] {
            let key = Key::at(at).unwrap();
            assert_eq!(Key::parse(&key.text()).unwrap(), key);
        }
        assert_eq!(Key::at("/proc/sys/net/a.b/c").unwrap().text(), "net.a/b.c");
    }

    proptest! {
        #[test]
        fn every_key_lies_below_the_root(text in "[a./\0\u{e9}]{0,12}") {
            if let Ok(key) = Key::parse(&text) {
                let path = key.path();
                prop_assert!(path.starts_with("/proc/sys/"));
                prop_assert!(path.split('/').skip(1).all(|part| !matches!(part, "" | "." | "..")), "{path}");
                prop_assert_eq!(Key::at(&path), Some(key));
            }
        }

        #[test]
        fn what_is_told_is_understood(first in "[ab]{1,4}", rest in prop::collection::vec("[a.]{1,4}", 1..4)) {
            prop_assume!(rest.iter().all(|part| part != "." && part != ".."));
            let key = Key::of([first].into_iter().chain(rest).collect());
            prop_assert_eq!(Key::parse(&key.text()).unwrap(), key);
        }
    }
}
