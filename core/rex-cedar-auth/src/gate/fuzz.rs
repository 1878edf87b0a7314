//! Random policies and requests: the gate, with its index and its memory, against Cedar over the whole set. `REX_FUZZ_SECONDS` says how long,
//! one second without it; `REX_FUZZ_SEED` begins elsewhere; `REX_FUZZ_KEEP` names a file for the policies that showed something new.

mod policies;
mod things;

use super::property_tests::{Oracle, Verdict};
use super::{Children, Either, Gate, Resource};
use crate::action::{self, Action, Definition};
use crate::{Cause, Denied, Kind, Policies, Unjudged, accepts, kind};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};
use things::{Of, Thing};

/// Policies that showed something new in long runs, one a line.
const CORPUS: &str = include_str!("fuzz/corpus.cedar");

/// Numbers that no statistics need.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    pub(super) fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }

    pub(super) fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }
}

/// One action on one kind of resource, in all the ways in which it can be asked.
struct Pair {
    kind: Kind,
    action: &'static Definition,
    authorize: fn(&Gate, &Thing) -> Result<(), Denied>,
    release: fn(&Gate, Thing) -> Result<(), Denied>,
    unless_forbidden: fn(&Gate, &Thing) -> Result<(), Denied>,
    cedar: fn(&Oracle<'_>, &Thing) -> Verdict,
}

macro_rules! pairs {
    ($($kind:ident: $($space:ident::$action:ident)+;)*) => {
        vec![$($(Pair {
            kind: Kind::$kind,
            action: <action::$space::$action as Action>::DEFINITION,
            authorize: |gate, thing| gate.authorize::<action::$space::$action, _>(&Of::<kind::$kind>::new(thing)).map(drop),
            release: |gate, thing| gate.release::<action::$space::$action, _>(Unjudged::new(Of::<kind::$kind>::new(&thing))).map(drop),
            unless_forbidden: |gate, thing| {
                gate.authorize_unless_forbidden::<action::$space::$action, _>(&Of::<kind::$kind>::new(thing)).map(drop)
            },
            cedar: |oracle, thing| oracle.decide::<action::$space::$action, _>(&Of::<kind::$kind>::new(thing)),
        },)+)*]
    };
}

fn pairs() -> Vec<Pair> {
    pairs! {
        File: file_system::Write file_system::NetworkNamespace file_system::RedactedRead file_system::Open file_system::Chmod
            file_system::Chown file_system::Create file_system::Delete file_system::Read file_system::Stat
            file_system::SetXAttr file_system::Execute file_system::Move;
        Dir: file_system::Open file_system::Chmod file_system::Chown file_system::Create file_system::Delete file_system::Read
            file_system::Stat file_system::SetXAttr file_system::Move file_system::Unmount;
        Uname: sysinfo::List;
        Sysinfo: sysinfo::List;
        Hostname: sysinfo::ResolveHostname;
        Url: network::Get network::Head network::Post network::Put network::Patch network::Delete network::Connect;
        Process: process_system::List process_system::ListFds process_system::MountNamespace
            process_system::NetworkNamespace process_system::PidNamespace process_system::Kill
            process_system::Interrupt process_system::Trace;
        Service: systemd::Start systemd::Stop systemd::Restart systemd::Reload systemd::Enable systemd::Disable
            systemd::List systemd::Journal systemd::Status;
        Systemd: systemd::Journal systemd::DaemonReload;
        Sysctl: sysctl::Load;
    }
}

#[test]
fn all_pairs_are_asked() {
    let asked: HashSet<_> = pairs().iter().map(|pair| (pair.action.uid, pair.kind)).collect();
    let known: HashSet<_> =
        action::ALL.iter().flat_map(|action| action.kinds.iter().map(|kind| (action.uid, *kind))).collect();
    assert_eq!(asked, known);
}

/// All files directly in a directory.
struct FilesIn(String);

impl Resource for FilesIn {
    type Kind = kind::File;
    fn id(&self) -> Cow<'_, str> {
        format!("{}/*", self.0.trim_end_matches('/')).into()
    }
}
impl Children for FilesIn {
    fn directory(&self) -> &str {
        &self.0
    }
}
accepts!(FilesIn: action::file_system::Read);

fn plain(result: Result<(), Denied>) -> Verdict {
    result.map_err(|denied| {
        let mut cause = denied.cause().clone();
        if let Cause::PolicyError(errors) = &mut cause {
            errors.sort();
        }
        (cause, denied.policies().map(str::to_owned).collect())
    })
}

/// Holds the gate's verdict to that of Cedar. It may say no where Cedar says yes for two reasons alone, and says which.
fn hold(by_gate: &Verdict, by_cedar: &Verdict, pair: &Pair, thing: &Thing, text: &str) {
    if let Err((Cause::Unclear(why), _)) = by_gate {
        let for_files = pair.kind == Kind::Url && *by_cedar == Ok(()) && text.contains("path");
        let demanding = pair.action.name == "execute" && thing.is_demanding();
        assert!(
            for_files || demanding,
            "{} on {thing:?}: {why}, but Cedar {by_cedar:?} under\n{text}",
            pair.action.uid
        );
        return;
    }
    assert_eq!(by_gate, by_cedar, "{} on {thing:?} under\n{text}", pair.action.uid);
}

/// What came of each pair, to tell whether a set of policies showed something new.
type Outcome = (&'static str, Kind, u8);

fn category(verdict: &Verdict) -> u8 {
    match verdict {
        Ok(()) => 0,
        Err((Cause::NotPermitted, _)) => 1,
        Err((Cause::Forbidden, reasons)) => 1 + u8::try_from(reasons.len().min(3)).unwrap(),
        Err((Cause::Unclear(_), _)) => 5,
        Err(_) => 6,
    }
}

fn ask(random: &mut Random, pairs: &[Pair], texts: &[String]) -> HashSet<Outcome> {
    let text = texts.join("\n");
    let (Ok(policies), Ok(again)) = (Policies::load("all", &text), Policies::load("all", &text)) else {
        panic!("{text}")
    };
    let gate = Gate::new(policies, "alice");
    let oracle = Oracle { policies: &again };
    let mut outcomes = HashSet::new();
    let mut asked: Vec<(usize, Thing)> = Vec::new();
    for _ in 0..150 {
        // What was asked before is answered from memory where the gate remembers.
        let (at, thing) = if !asked.is_empty() && random.one_in(3) {
            asked[random.below(asked.len())].clone()
        } else {
            let at = random.below(pairs.len());
            (at, Thing::random(random, pairs[at].kind))
        };
        let pair = &pairs[at];
        let by_cedar = (pair.cedar)(&oracle, &thing);
        let by_gate = match random.below(4) {
            0 => plain((pair.release)(&gate, thing.clone())),
            _ => plain((pair.authorize)(&gate, &thing)),
        };
        hold(&by_gate, &by_cedar, pair, &thing, &text);
        if by_gate == Ok(()) && pair.action.name == "execute" && thing.loads_code() {
            assert!(text.contains("\"LD_PRELOAD\""), "no policy names the variable:\n{text}");
        }
        outcomes.insert((pair.action.uid, pair.kind, category(&by_gate)));
        if random.one_in(8) {
            let by_gate = plain((pair.unless_forbidden)(&gate, &thing));
            let expected = match by_cedar {
                Err((Cause::NotPermitted, _)) => Ok(()),
                other => other,
            };
            hold(&by_gate, &expected, pair, &thing, &text);
        }
        asked.push((at, thing));
    }
    either_and_all(random, &gate, &oracle, &text);
    outcomes
}

/// The two questions that stand for several.
fn either_and_all(random: &mut Random, gate: &Gate, oracle: &Oracle<'_>, text: &str) {
    use action::file_system::{Read, RedactedRead};
    for _ in 0..10 {
        let thing = Thing::random(random, Kind::File);
        let file = Of::<kind::File>::new(&thing);
        let (read, redacted) = (oracle.decide::<Read, _>(&file), oracle.decide::<RedactedRead, _>(&file));
        match gate.authorize_either::<Read, RedactedRead, _>(&file) {
            Ok(Either::First(_)) => assert_eq!(read, Ok(()), "{thing:?} under\n{text}"),
            Ok(Either::Second(_)) => {
                assert!(read.is_err() && redacted == Ok(()), "{thing:?}: {read:?} {redacted:?} under\n{text}");
            }
            Err(denied) => {
                assert_eq!(plain(Err(denied)), read, "{thing:?} under\n{text}");
                assert!(redacted.is_err(), "{thing:?} under\n{text}");
            }
        }
    }
    for _ in 0..4 {
        let directory = things::directory(random);
        if gate.authorize_all::<Read, _>(&FilesIn(directory.clone())).is_none() {
            continue;
        }
        for name in things::NAMES.iter().chain(&["never asked for"]) {
            let thing = Thing::file(format!("{}/{name}", directory.trim_end_matches('/')));
            let one = oracle.decide::<Read, _>(&Of::<kind::File>::new(&thing));
            assert_eq!(one, Ok(()), "{thing:?} with all in its directory under\n{text}");
        }
    }
}

#[test]
fn the_gate_decides_as_cedar_does() {
    let number = |variable: &str, default| std::env::var(variable).map_or(default, |text| text.parse().unwrap());
    let budget = Duration::from_secs(number("REX_FUZZ_SECONDS", 1));
    let mut random = Random(number("REX_FUZZ_SEED", 1));
    let pairs = pairs();
    let mut corpus: Vec<String> =
        CORPUS.lines().filter(|line| !line.is_empty() && !line.starts_with("//")).map(str::to_owned).collect();
    assert!(corpus.iter().all(|policy| Policies::load("one", policy).is_ok()), "the corpus fits the schema");
    let (mut seen, mut kept) = (HashMap::<Outcome, u32>::new(), Vec::new());
    let (begun, mut rounds, mut written, mut fitting) = (Instant::now(), 0_u32, 0_u32, 0_u32);
    // A generator of refused policies, or of nothing but denials, would prove nothing.
    let is_telling = |seen: &HashMap<Outcome, u32>| {
        [0, 1, 2, 6].iter().all(|category| seen.keys().any(|(_, _, one)| one == category))
    };
    while begun.elapsed() < budget || (rounds < 2000 && !is_telling(&seen)) {
        let texts: Vec<String> = (0..=random.below(8)).map(|_| policies::policy(&mut random, &corpus)).collect();
        written += u32::try_from(texts.len()).unwrap();
        let texts: Vec<String> = texts.into_iter().filter(|text| Policies::load("one", text).is_ok()).collect();
        fitting += u32::try_from(texts.len()).unwrap();
        let mut new = false;
        for outcome in ask(&mut random, &pairs, &texts) {
            let times = seen.entry(outcome).or_default();
            *times += 1;
            new |= *times == 1;
        }
        if new && corpus.len() < 2000 {
            kept.extend(texts.iter().cloned());
            corpus.extend(texts);
        }
        rounds += 1;
    }
    eprintln!(
        "gate: {rounds} sets of policies, {fitting} of {written} policies fit, {} outcomes, {:.1?}",
        seen.len(),
        begun.elapsed()
    );
    if let Ok(path) = std::env::var("REX_FUZZ_KEEP") {
        #[expect(clippy::disallowed_methods, reason = "whoever runs the target asked for it")]
        std::fs::write(path, kept.join("\n") + "\n").unwrap();
    }
    assert!(fitting * 3 > written, "{fitting} of {written} policies fit");
    assert!(is_telling(&seen), "{seen:?}");
}
