//! What hosts(5) and resolv.conf(5) say.

use crate::host::DnsName;
use crate::sys::NameFiles;
use core::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

// LINUX: what glibc and musl take (`MAXNS` of resolv.h).
const MOST_SERVERS: usize = 3;
const MOST_SUFFIXES: usize = 32;
/// Lines of `/etc/hosts` give one name very many addresses only by mistake.
const MOST_ADDRESSES: usize = 256;

/// How the host looks names up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    /// The servers, the first to be asked first.
    pub(crate) servers: Vec<IpAddr>,
    /// What may be behind a short name.
    pub(crate) search: Vec<DnsName>,
    /// From so many dots on, a name is first taken as it is.
    pub(crate) ndots: usize,
    /// How long one server is waited for.
    pub(crate) timeout: Duration,
    /// How often all servers are asked.
    pub(crate) attempts: u32,
    /// Whether the servers take turns in being the first.
    pub(crate) rotate: bool,
    /// Whether packets are not to be used.
    pub(crate) stream_alone: bool,
}

impl Settings {
    /// The settings of `/etc/resolv.conf`. What is not understood is passed over, as resolv.conf(5) wants it.
    pub(crate) fn of(files: &NameFiles) -> Self {
        let mut settings = Self {
            servers: Vec::new(),
            search: Vec::new(),
            ndots: 1,
            timeout: Duration::from_secs(5),
            attempts: 2,
            rotate: false,
            stream_alone: false,
        };
        for line in files.resolv.lines() {
            let line = line.split([';', '#']).next().unwrap_or_default();
            let mut words = line.split_ascii_whitespace();
            match words.next() {
                Some("nameserver") => {
                    if let Some(Ok(server)) = words.next().map(str::parse)
                        && settings.servers.len() < MOST_SERVERS
                    {
                        settings.servers.push(crate::host::canonical(server));
                    }
                }
                // The last line of the two kinds counts.
                Some("search") => settings.search = suffixes(words),
                Some("domain") => settings.search = suffixes(words.take(1)),
                Some("options") => words.for_each(|word| settings.option(word)),
                _ => {}
            }
        }
        if settings.servers.is_empty() {
            settings.servers.push(Ipv4Addr::LOCALHOST.into());
        }
        settings
    }

    fn option(&mut self, word: &str) {
        let (name, value) = word.split_once(':').unwrap_or((word, ""));
        let number = || value.parse::<u32>().ok();
        match (name, number()) {
            ("ndots", Some(number)) => self.ndots = usize::try_from(number.min(15)).unwrap_or(15),
            ("timeout", Some(number)) => self.timeout = Duration::from_secs(number.clamp(1, 30).into()),
            ("attempts", Some(number)) => self.attempts = number.clamp(1, 5),
            ("rotate", None) => self.rotate = true,
            ("use-vc", None) => self.stream_alone = true,
            _ => {}
        }
    }

    /// The names to ask for in the place of `name`, in order.
    pub(crate) fn candidates(&self, name: &DnsName) -> Vec<DnsName> {
        if name.is_absolute() {
            return vec![name.clone()];
        }
        let mut candidates: Vec<DnsName> = self.search.iter().filter_map(|suffix| name.below(suffix)).collect();
        let place = if name.dots() >= self.ndots { 0 } else { candidates.len() };
        candidates.insert(place, name.clone());
        candidates
    }
}

fn suffixes<'w>(words: impl Iterator<Item = &'w str>) -> Vec<DnsName> {
    words.filter_map(|word| DnsName::parse(word).ok()).take(MOST_SUFFIXES).collect()
}

/// The addresses that `/etc/hosts` has for a name, in its order.
pub(crate) fn hosts(files: &NameFiles, name: &DnsName) -> Vec<IpAddr> {
    let name = name.to_string();
    let mut found = Vec::new();
    for line in files.hosts.lines() {
        let line = line.split('#').next().unwrap_or_default();
        let mut words = line.split_ascii_whitespace();
        let Some(Ok(address)) = words.next().map(str::parse) else { continue };
        let is_named = words.any(|word| word.strip_suffix('.').unwrap_or(word).eq_ignore_ascii_case(&name));
        if is_named && !found.contains(&address) && found.len() < MOST_ADDRESSES {
            found.push(address);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{Settings, hosts};
    use crate::host::DnsName;
    use crate::sys::NameFiles;
    use proptest::prelude::*;
    use std::time::Duration;

    fn name(text: &str) -> DnsName {
        DnsName::parse(text).unwrap()
    }

    fn settings(resolv: &str) -> Settings {
        Settings::of(&NameFiles { resolv: resolv.to_owned(), hosts: String::new() })
    }

    #[test]
    fn what_resolv_conf_says_counts() {
        let found = settings(
            "# a comment\nnameserver 192.0.2.1\nnameserver fe80::1%eth0\nnameserver ::1 ; mine\ndomain old.test\n\
             search rex.test example\noptions ndots:2 timeout:99 attempts:0 rotate use-vc edns0 unknown:3\n",
        );
        assert_eq!(found.servers, ["192.0.2.1".parse::<core::net::IpAddr>().unwrap(), "::1".parse().unwrap()]);
        assert_eq!(found.search, [name("rex.test"), name("example")]);
        assert_eq!((found.ndots, found.timeout, found.attempts), (2, Duration::from_secs(30), 1));
        assert!(found.rotate && found.stream_alone);
        let none = settings("");
        assert_eq!(none.servers, ["127.0.0.1".parse::<core::net::IpAddr>().unwrap()]);
        assert_eq!((none.ndots, none.timeout, none.attempts, none.rotate), (1, Duration::from_secs(5), 2, false));
        assert_eq!(settings("nameserver 1.1.1.1\n".repeat(9).as_str()).servers.len(), 3);
    }

    #[test]
    fn the_search_list_stands_before_or_behind() {
        let of = |resolv: &str, text: &str| {
            settings(resolv).candidates(&name(text)).iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let resolv = "search rex.test b";
        assert_eq!(of(resolv, "db"), ["db.rex.test", "db.b", "db"]);
        assert_eq!(of(resolv, "db.x"), ["db.x", "db.x.rex.test", "db.x.b"]);
        assert_eq!(of(resolv, "db."), ["db"]);
        assert_eq!(of("search rex.test\noptions ndots:2", "db.x"), ["db.x.rex.test", "db.x"]);
    }

    #[test]
    fn lines_of_hosts_are_found_by_each_name() {
        let files = NameFiles {
            hosts:
                "127.0.0.1 localhost\n10.0.0.9\tDB.rex.test db # 10.0.0.1 x\n#10.0.0.2 db\n::1 db. localhost\nx db\n"
                    .to_owned(),
            resolv: String::new(),
        };
        let found = |text: &str| hosts(&files, &name(text)).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(found("db"), ["10.0.0.9", "::1"]);
        assert_eq!(found("Db.Rex.Test"), ["10.0.0.9"]);
        assert!(found("x").is_empty());
    }

    proptest! {
        #[test]
        fn no_file_is_too_odd(hosts_text in "(\\PC|\n|\t){0,200}", resolv in "((nameserver|search|domain|options| |:|\n|\\PC)){0,60}") {
            let files = NameFiles { hosts: hosts_text, resolv };
            let found = Settings::of(&files);
            prop_assert!(!found.servers.is_empty() && found.attempts >= 1);
            hosts(&files, &name("localhost"));
        }
    }
}
