//! Random spellings of random paths in trees with links and mounts: what the gate judged against what the kernel finds at the same text, and what
//! changed against what was judged. `REX_FUZZ_SECONDS` and `REX_FUZZ_SEED` as for the other targets.

use crate::fuzz::{Random, asked_for};
use crate::mount::{mount, unmount};
use rex_cedar_auth::{Gate, Journal, Kind};
use rex_test_utils::{Folder, Tree, gate_observed};
use rust_safe_io::{
    DirHandle, DirOptions, Error, FileOptions, Redaction, RemoveOptions, RenameOptions, WriteMode, list, make_dir,
    make_dirs, read, remove, rename, touch, write,
};
use rustix::thread::UnshareFlags;
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Instant;

/// Names with which spellings may go wrong.
const NAMES: [&str; 12] =
    ["a", "b", "A", "c d", "*", "..a", "a.", "é", "e\u{301}", "quote\"", "line\nbreak", "back\\slash"];
const ACTIONS: [&str; 8] = ["open", "read", "write", "create", "delete", "stat", "move", "redacted_read"];

/// What is in the folder, as the kernel has it.
struct Stage<'f> {
    folder: &'f Folder,
    /// Directories that are no links, files, and links, by their path.
    dirs: Vec<String>,
    files: Vec<String>,
    links: Vec<String>,
    mounts: Vec<String>,
}

impl<'f> Stage<'f> {
    fn set(folder: &'f Folder, random: &mut Random, can_mount: bool) -> Self {
        folder.put("top/", "");
        let mut stage = Self { folder, dirs: vec![folder.at("top")], files: vec![], links: vec![], mounts: vec![] };
        for number in 0..10 + random.below(20) {
            let place = format!("{}/{}", pick(random, &stage.dirs), NAMES[random.below(NAMES.len())]);
            if fs::symlink_metadata(&place).is_ok() {
                continue;
            }
            match random.below(5) {
                0 | 1 => {
                    fs::create_dir(&place).unwrap();
                    stage.dirs.push(place);
                }
                2 | 3 => {
                    fs::write(&place, format!("content {number}")).unwrap();
                    stage.files.push(place);
                }
                _ => {
                    let target = stage.target(random);
                    std::os::unix::fs::symlink(target, &place).unwrap();
                    stage.links.push(place);
                }
            }
        }
        if can_mount && stage.dirs.len() > 2 {
            for _ in 0..random.below(3) {
                let (from, to) = (pick(random, &stage.dirs).to_owned(), pick(random, &stage.dirs[1..]).to_owned());
                // What a mount covers, or is covered with, is told by the kernel alone.
                if [&from, &to].iter().all(|path| fs::symlink_metadata(path).is_ok_and(|found| found.is_dir()))
                    && from != to
                {
                    mount(&["--bind", &from, &to]);
                    stage.mounts.push(to);
                }
            }
        }
        stage
    }

    /// Where a link points: to the right, to nothing, in circles, out of the tree.
    fn target(&self, random: &mut Random) -> String {
        let known: Vec<&String> = self.dirs.iter().chain(&self.files).chain(&self.links).collect();
        let one = known[random.below(known.len())];
        match random.below(6) {
            0 => NAMES[random.below(NAMES.len())].to_owned(),
            1 => format!("../{}", NAMES[random.below(NAMES.len())]),
            2 => format!("./{}/..", NAMES[random.below(NAMES.len())]),
            3 => format!("/proc/self/root{one}"),
            4 => "/proc/self/cwd".to_owned(),
            _ => one.clone(),
        }
    }

    /// A path as an attacker spells it.
    fn spelled(&self, random: &mut Random) -> String {
        let known: Vec<&String> = self.dirs.iter().chain(&self.files).chain(&self.links).collect();
        let mut path = known[random.below(known.len())].clone();
        for _ in 0..random.below(5).saturating_sub(2) {
            path = format!("{path}/{}", NAMES[random.below(NAMES.len())]);
        }
        // Of ten spellings four are plain, and three of what else is done to them is harmless.
        for _ in 0..random.below(10).saturating_sub(6) {
            path = match random.below(14) {
                0 => path.replacen('/', "//", 1 + random.below(4)),
                1 => path.replacen('/', "/./", 1 + random.below(6)),
                2 => path + "/",
                11..13 => path.replacen('/', "//./", 1 + random.below(3)),
                3 => path + "/.",
                4 => format!("/proc/self/root{path}"),
                5 => format!("/proc/thread-self/root/{path}"),
                6 => path.replacen(&format!("/{}", NAMES[0]), "/A", 1),
                7 => path.replace('é', "e\u{301}"),
                8 => format!("{path}/../{}", NAMES[random.below(NAMES.len())]),
                9 => path + "\0",
                _ => path.trim_start_matches('/').to_owned(),
            };
        }
        path
    }
}

impl Drop for Stage<'_> {
    fn drop(&mut self) {
        for place in self.mounts.iter().rev() {
            unmount(place);
        }
    }
}

fn pick<'a>(random: &mut Random, from: &'a [String]) -> &'a str {
    &from[random.below(from.len())]
}

/// One policy: an effect, an action or all, and a directory with all below it or one file.
struct Rule {
    permits: bool,
    action: Option<&'static str>,
    place: String,
    one_file: bool,
}

impl Rule {
    fn random(random: &mut Random, stage: &Stage<'_>) -> Self {
        let one_file = !stage.files.is_empty() && random.below(4) == 0;
        let place = pick(random, if one_file { &stage.files } else { &stage.dirs }).to_owned();
        let action = (random.below(3) > 0).then(|| ACTIONS[random.below(ACTIONS.len())]);
        Self { permits: random.below(3) > 0, action, place, one_file }
    }

    fn text(&self) -> String {
        let effect = if self.permits { "permit" } else { "forbid" };
        let action =
            self.action.map_or("action".to_owned(), |name| format!("action == file_system::Action::\"{name}\""));
        let place = self.place.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        let resource = if self.one_file {
            format!("== file_system::File::\"{place}\"")
        } else {
            format!("in file_system::Dir::\"{place}\"")
        };
        format!("{effect}(principal, {action}, resource {resource});\n")
    }

    fn matches(&self, action: &str, kind: Kind, path: &str) -> bool {
        let here = match (self.one_file, kind) {
            (true, kind) => kind == Kind::File && path == self.place,
            (false, Kind::File) => Path::new(path).parent().unwrap().starts_with(&self.place),
            (false, _) => Path::new(path).starts_with(&self.place),
        };
        here && self.action.is_none_or(|only| only == action)
    }
}

fn permitted(rules: &[Rule], action: &str, kind: Kind, path: &str) -> bool {
    let matching = |permits: bool| rules.iter().any(|rule| rule.permits == permits && rule.matches(action, kind, path));
    matching(true) && !matching(false)
}

/// What the gate allowed since the last look: action, kind, id.
type Allowed = Rc<RefCell<Vec<(&'static str, Kind, String)>>>;

fn observed(rules: &[Rule]) -> (Gate, Allowed) {
    let allowed = Allowed::default();
    let told = Rc::clone(&allowed);
    let journal = Journal::observed_by(move |verdict| {
        if verdict.denied.is_none() {
            told.borrow_mut().push((verdict.action.name, verdict.kind, verdict.id.to_owned()));
        }
    });
    (gate_observed(&rules.iter().map(Rule::text).collect::<String>(), journal), allowed)
}

/// What a path is when no link is followed: the directory it is really in, and its name there.
fn place(path: &str) -> Option<(u64, u64, String)> {
    let path = Path::new(path);
    let above = fs::metadata(path.parent()?).ok()?;
    Some((above.dev(), above.ino(), path.file_name()?.to_str()?.to_owned()))
}

/// The object at a judged path, whose directory part holds no link.
fn object(path: &str) -> (u64, u64) {
    let parent = Path::new(path).parent().unwrap();
    assert_eq!(parent.canonicalize().unwrap(), parent, "a link is in the path that was judged");
    let found = fs::symlink_metadata(path).unwrap();
    (found.dev(), found.ino())
}

/// Holds what was read to what was judged last for `read`, and to what the kernel finds at the same text.
fn hold_read(text: &str, content: &str, allowed: &[(&str, Kind, String)], rules: &[Rule], follows: bool) {
    let (_, kind, id) = allowed.iter().rfind(|(action, ..)| *action == "read").expect("reading was judged");
    object(id);
    assert_eq!(fs::read_to_string(id).unwrap(), content, "{text:?} judged as {id:?}");
    assert!(!fs::symlink_metadata(id).unwrap().is_symlink());
    if !follows {
        assert!(!fs::symlink_metadata(bare(text)).unwrap().is_symlink(), "{text:?}");
    }
    for action in ["open", "read"] {
        assert!(permitted(rules, action, *kind, id), "{action} of {id:?} by {text:?}");
    }
}

/// The path without what may follow its last name.
fn bare(mut text: &str) -> &str {
    while let Some(shorter) = text.strip_suffix('/').or_else(|| text.strip_suffix("/.")) {
        text = shorter;
    }
    text
}

fn word(error: &Error) -> String {
    format!("error {}", error.kind())
}

/// One operation on one spelling. Gives what came of it in a few words.
fn attempt(random: &mut Random, stage: &Stage<'_>, rules: &[Rule], gate: &Gate, allowed: &Allowed) -> String {
    allowed.borrow_mut().clear();
    let text = stage.spelled(random);
    let before = stage.folder.tree();
    let at_first: HashMap<String, _> = places(stage, &before);
    let follow = random.below(2) == 0;
    let operation = random.below(9);
    let outcome = match operation {
        0 => match read(gate, &Redaction::at("/nowhere"), &text) {
            Ok(found) => {
                hold_read(&text, &found.content, &allowed.borrow(), rules, false);
                assert_eq!(fs::read_to_string(bare(&text)).unwrap(), found.content, "{text:?}");
                "read".to_owned()
            }
            Err(error) => word(&error),
        },
        1 | 2 => through_handles(gate, &text, follow, allowed, rules),
        3 => match list(gate, &text, false) {
            Ok(listing) if !listing.is_link => {
                let real = fs::canonicalize(&text).unwrap();
                assert_eq!(real, PathBuf::from(&listing.path), "{text:?}");
                assert!(permitted(rules, "read", Kind::Dir, &listing.path), "{text:?}");
                let names: HashSet<String> = fs::read_dir(&real)
                    .unwrap()
                    .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                    .collect();
                assert!(listing.entries.iter().all(|entry| names.contains(&entry.name())));
                "listed".to_owned()
            }
            Ok(_) => "a link".to_owned(),
            Err(error) => word(&error),
        },
        4 => done(write(gate, &text, b"new", [WriteMode::Append, WriteMode::Replace][random.below(2)])),
        5 => done(touch(gate, &text)),
        6 => done(if follow { make_dir(gate, &text) } else { make_dirs(gate, &text) }),
        7 => done(remove(gate, &text, RemoveOptions { force: random.below(2) == 0, recursive: follow })),
        _ => done(rename(gate, &text, &stage.spelled(random), RenameOptions { backup: follow })),
    };
    hold_changes(stage, &before, &at_first, &allowed.borrow(), rules, &text);
    format!("{operation} {outcome}")
}

fn done<T>(result: Result<T, Error>) -> String {
    result.map_or_else(|error| word(&error), |_| "done".to_owned())
}

fn through_handles(gate: &Gate, text: &str, follow: bool, allowed: &Allowed, rules: &[Rule]) -> String {
    let path = Path::new(text);
    let (Some(above), Some(name)) = (path.parent(), path.file_name()) else { return "no name".to_owned() };
    let (above, name) = (above.to_str().unwrap(), name.to_str().unwrap());
    let dir = match DirHandle::open(gate, above, DirOptions { follow, ..DirOptions::default() }) {
        Ok(dir) => dir,
        Err(error) => return word(&error),
    };
    let real = fs::canonicalize(above).unwrap();
    assert_eq!(real, Path::new(dir.path()), "{above:?}");
    assert!(permitted(rules, "open", Kind::Dir, dir.path()), "{above:?}");
    let file = match dir.open_file(gate, name, FileOptions { read: true, follow, ..FileOptions::default() }) {
        Ok(file) => file,
        Err(error) => return word(&error),
    };
    let kernel = fs::metadata(real.join(name)).unwrap();
    let judged = object(file.path());
    assert_eq!(judged, (kernel.dev(), kernel.ino()), "{text:?} judged as {:?}", file.path());
    assert!(permitted(rules, "open", Kind::File, file.path()));
    if let Ok(found) = file.metadata(gate) {
        assert_eq!(found.inode(), judged.1, "{text:?}");
        assert!(permitted(rules, "stat", Kind::File, file.path()));
    }
    match file.read(gate, &Redaction::at("/nowhere")) {
        Ok(found) => {
            hold_read(text, &found.content, &allowed.borrow(), rules, follow);
            assert_eq!(fs::read_to_string(real.join(name)).unwrap(), found.content);
            format!("handle {follow}")
        }
        Err(error) => word(&error),
    }
}

/// Where everything in the folder really is.
fn places(stage: &Stage<'_>, tree: &Tree) -> HashMap<String, Option<(u64, u64, String)>> {
    tree.names().into_iter().map(|name| (name.clone(), place(&stage.folder.at(&name)))).collect()
}

/// Whatever changed was judged by a path that stands for it, for an action that changes, and that the rules permit.
fn hold_changes(
    stage: &Stage<'_>,
    before: &Tree,
    at_first: &HashMap<String, Option<(u64, u64, String)>>,
    allowed: &[(&str, Kind, String)],
    rules: &[Rule],
    text: &str,
) {
    let after = stage.folder.tree();
    let changed = before.changed(&after);
    if changed.is_empty() {
        return;
    }
    let now = places(stage, &after);
    let changing = ["write", "create", "delete", "move"];
    let mut judged = HashSet::new();
    for (action, kind, id) in allowed.iter().filter(|(action, ..)| changing.contains(action)) {
        assert!(permitted(rules, action, *kind, id), "{action} of {id:?} by {text:?}");
        judged.extend(place(id));
        // What a recursive removal took away has no directory any more.
        let below = id.strip_prefix(stage.folder.path()).unwrap_or(id).trim_start_matches('/');
        judged.extend(at_first.get(below).cloned().flatten());
    }
    // Nothing that a move carries along changes itself, but all of it has other paths.
    for name in changed {
        let mut whole = [now.get(&name), at_first.get(&name)].into_iter().flatten().flatten();
        assert!(whole.any(|at| judged.contains(at)), "{name:?} changed by {text:?}, judged {allowed:?}");
    }
}

#[test]
fn what_is_judged_is_what_the_kernel_finds() {
    let thread = std::thread::spawn(among_own_mounts);
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}

fn among_own_mounts() {
    let (budget, mut random) = asked_for();
    // SAFETY: descriptors stay shared; only the thread's view of mounts becomes its own.
    #[expect(unsafe_code, reason = "the call is unsafe for another flag than this")]
    let own = unsafe { rustix::thread::unshare_unsafe(UnshareFlags::NEWNS) };
    if let Err(errno) = own {
        eprintln!("without mounts, no mount namespace can be made: {errno}");
    } else {
        mount(&["--make-rprivate", "/"]);
    }
    let (begun, mut rounds, mut outcomes) = (Instant::now(), 0_u64, BTreeMap::<String, u64>::new());
    while begun.elapsed() < budget || rounds < 4000 {
        let folder = Folder::in_memory(&[]);
        let stage = Stage::set(&folder, &mut random, own.is_ok());
        let mut rules: Vec<Rule> = (0..=random.below(5)).map(|_| Rule::random(&mut random, &stage)).collect();
        if random.below(2) == 0 {
            rules.push(Rule { permits: true, action: None, place: folder.path().to_owned(), one_file: false });
        }
        let (gate, allowed) = observed(&rules);
        for _ in 0..40 {
            *outcomes.entry(attempt(&mut random, &stage, &rules, &gate, &allowed)).or_default() += 1;
            rounds += 1;
        }
    }
    eprintln!("paths: {rounds} attempts, {} outcomes, {:.1?}: {outcomes:?}", outcomes.len(), begun.elapsed());
    for needed in ["0 read", "1 handle true", "1 handle false", "3 listed", "4 done", "7 done", "8 done", "6 done"] {
        assert!(outcomes.contains_key(needed), "nothing came of `{needed}`: {outcomes:?}");
    }
}
