//! Random resources with what a request for them says.

use super::Random;
use crate::action::Action;
use crate::context::{Account, Argument, Destination, Empty, Execution, Xattr};
use crate::gate::{Accepts, Resource};
use crate::kind::{AcceptedBy, ResourceKind};
use crate::{Kind, RestrictedExpression};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::marker::PhantomData;

/// Names with which texts, patterns and paths may go wrong.
pub(super) const NAMES: [&str; 12] =
    ["a", "b", "ab", "c d", "*", "a*", "q\"q", "back\\slash", "é", "e\u{301}", "..a", "line\nbreak"];

/// Few directories, so that policies and requests meet.
const DIRECTORIES: [&str; 10] =
    ["/", "/a", "/a/b", "/a/b/c d", "/ab", "/é", "/e\u{301}", "/q\"q", "/a/*", "/back\\slash/a"];

/// A resource of any kind. Attributes and context follow from it.
#[derive(Debug, Clone)]
pub(super) struct Thing {
    pub(super) id: String,
    number: i64,
    word: &'static str,
    other: &'static str,
    address: Option<&'static str>,
    repeats: bool,
}

pub(super) fn directory(random: &mut Random) -> String {
    let mut path = DIRECTORIES[random.below(DIRECTORIES.len())].to_owned();
    if random.one_in(3) {
        path = below(&path, NAMES[random.below(NAMES.len())]);
    }
    path
}

fn below(directory: &str, name: &str) -> String {
    format!("{}/{name}", directory.trim_end_matches('/'))
}

pub(super) const WORDS: [&str; 9] =
    ["alice", "root", "init", "sh -c \"x\"", "*", "LD_PRELOAD", "LANG", "user.note", "/usr/bin/x"];
pub(super) const HOSTS: [&str; 7] =
    ["example.org", "a.example.org", "169.254.169.254", "127.0.0.1", "::1", "xn--exmple-cua.org", "localhost"];
pub(super) const ADDRESSES: [&str; 6] = ["127.0.0.1", "169.254.169.254", "10.1.2.3", "::1", "fe80::1", "fd00::1"];
pub(super) const NUMBERS: [i64; 9] = [0, 1, 2, 80, 443, 1000, -1, i64::MAX, i64::MIN];

impl Thing {
    pub(super) fn file(id: String) -> Self {
        Self { id, number: 1, word: "alice", other: "init", address: None, repeats: false }
    }

    pub(super) fn random(random: &mut Random, kind: Kind) -> Self {
        let word = random.pick(&WORDS);
        let number = NUMBERS[random.below(NUMBERS.len())];
        let host = random.pick(&HOSTS);
        let id = match kind {
            Kind::Dir => directory(random),
            Kind::File => below(&directory(random), NAMES[random.below(NAMES.len())]),
            Kind::Hostname => host.to_owned(),
            Kind::Url => format!("http://{host}/a/{}", random.pick(&NAMES)),
            Kind::Process => number.to_string(),
            Kind::Service => format!("{}.service", random.pick(&NAMES)),
            Kind::Sysinfo => "sysinfo".to_owned(),
            Kind::Systemd => "systemd".to_owned(),
            Kind::Sysctl => "sysctl".to_owned(),
            Kind::Uname => "uname".to_owned(),
        };
        let other = if kind == Kind::Url { host } else { random.pick(&WORDS) };
        let address = random.one_in(2).then(|| random.pick(&ADDRESSES));
        Self { id, number, word, other, address, repeats: random.one_in(8) }
    }

    /// Whether a program that is started with it makes demands on the policies.
    pub(super) fn is_demanding(&self) -> bool {
        self.repeats || self.loads_code()
    }

    pub(super) fn loads_code(&self) -> bool {
        self.word == "LD_PRELOAD"
    }
}

/// The same as a resource of the kind `K`.
pub(super) struct Of<K>(Thing, PhantomData<K>);

impl<K> Of<K> {
    pub(super) fn new(thing: &Thing) -> Self {
        Self(thing.clone(), PhantomData)
    }
}

impl<K: ResourceKind> Resource for Of<K> {
    type Kind = K;

    fn id(&self) -> Cow<'_, str> {
        self.0.id.as_str().into()
    }

    fn attributes(&self) -> Vec<(String, RestrictedExpression)> {
        let Thing { id, number, word, other, address, .. } = &self.0;
        let text = |value: &str| RestrictedExpression::new_string(value.to_owned());
        let long = RestrictedExpression::new_long;
        let mut all = match K::KIND {
            Kind::Hostname => vec![("hostname", text(id))],
            Kind::Service => vec![("name", text(id))],
            Kind::Url => vec![
                ("url", text(id)),
                ("scheme", text("http")),
                ("host", text(other)),
                ("port", long(*number)),
                ("path", text("/a/b")),
            ],
            Kind::Process => vec![
                ("name", text(word)),
                ("username", text(other)),
                ("command", text(&format!("{word} {other}"))),
                ("pid", long(*number)),
                ("uid", long(number.wrapping_neg())),
                ("ppid", long(1)),
            ],
            _ => Vec::new(),
        };
        if let (Kind::Url, Some(address)) = (K::KIND, address) {
            all.push(("ip", RestrictedExpression::new_ip(*address)));
        }
        all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    fn executable_attribute(&self) -> Option<String> {
        (K::KIND == Kind::Process).then_some(self.0.address)?.map(|_| "/usr/bin/x".to_owned())
    }
}

/// A context made of a thing.
pub(super) trait From {
    fn from(thing: &Thing) -> Self;
}

impl From for Empty {
    fn from(_: &Thing) -> Self {
        Self
    }
}

impl From for Xattr {
    fn from(thing: &Thing) -> Self {
        Self { name: thing.word.to_owned() }
    }
}

impl From for Destination {
    fn from(thing: &Thing) -> Self {
        let parent_path = DIRECTORIES[thing.word.len() % DIRECTORIES.len()].to_owned();
        Self { path: below(&parent_path, thing.other), name: thing.other.to_owned(), parent_path }
    }
}

impl From for Execution {
    fn from(thing: &Thing) -> Self {
        let account = |name: &str| Account { name: name.to_owned(), id: thing.number };
        let mut arguments = vec![
            Argument::Keyed("--out".to_owned(), thing.other.to_owned()),
            Argument::Alone(thing.word.to_owned()),
            Argument::Alone("-q".to_owned()),
        ];
        if thing.repeats {
            arguments.push(Argument::Keyed("--out".to_owned(), "again".to_owned()));
        }
        // As a variable, only the name that loads code makes demands.
        let variable = if thing.loads_code() { "LD_PRELOAD" } else { "LANG" };
        Self {
            name: thing.id.rsplit('/').next().unwrap().to_owned(),
            arguments,
            environment: BTreeMap::from([(variable.to_owned(), thing.other.to_owned())]),
            user: account(thing.word),
            group: account(thing.other),
            target_process_id: thing.address.map(|_| 7),
        }
    }
}

impl<A: Action<Context: From>, K: AcceptedBy<A>> Accepts<A> for Of<K> {
    fn context(&self) -> A::Context {
        From::from(&self.0)
    }
}
