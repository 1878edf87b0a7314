//! A thread swaps names while an operation runs again and again: what was not judged is never read, changed or removed.

use crate::allow::redaction;
use rex_cedar_auth::Gate;
use rex_test_utils::{Folder, gate};
use rust_safe_io::{
    CopyOptions, LineSelection, RemoveOptions, RenameOptions, ReplaceOptions, Result, Search, UsageOptions, WriteMode,
    copy, count, find, lines, list, make_dirs, read, remove, rename, replace, search, touch, usage, write,
};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;

/// So long a race goes on that has met too little.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);

const ROUNDS: u32 = 10_000;
/// Fewer successes or swaps in a race prove nothing; how many there are depends on the machine.
const ENOUGH: u32 = 20;

const SECRET: &str = "SECRET";

/// Exchanges two names as fast as it can until it is stopped.
pub(crate) struct Swapper {
    orders: Arc<Orders>,
    thread: Option<JoinHandle<()>>,
}

/// What the thread is told, that it obeys, and what it did.
#[derive(Default)]
struct Orders {
    stop: AtomicBool,
    pause: AtomicBool,
    rests: AtomicBool,
    swaps: AtomicU64,
}

impl Swapper {
    pub(crate) fn start(first: String, second: String) -> Self {
        Self::run(move || renameat_with(CWD, &first, CWD, &second, RenameFlags::EXCHANGE).is_ok())
    }

    /// Moves `first` away, `second` to its place, and back: for a while the name stands for nothing.
    pub(crate) fn moving(first: String, second: String) -> Self {
        let away = format!("{first}-away");
        let to = |from: &str, to: &str| renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE).is_ok();
        Self::run(move || {
            let all = [to(&first, &away), to(&second, &first), to(&first, &second), to(&away, &first)];
            all.into_iter().all(|done| done)
        })
    }

    fn run(swap: impl Fn() -> bool + Send + 'static) -> Self {
        let orders = Arc::new(Orders::default());
        let told = Arc::clone(&orders);
        let main = std::thread::current();
        let thread = std::thread::spawn(move || {
            let mut random = 1_u64;
            while !told.stop.load(Ordering::SeqCst) {
                if told.pause.load(Ordering::SeqCst) {
                    told.rests.store(true, Ordering::SeqCst);
                    main.unpark();
                    std::thread::park();
                    continue;
                }
                told.rests.store(false, Ordering::SeqCst);
                if swap() {
                    told.swaps.fetch_add(1, Ordering::Relaxed);
                }
                // Rests of every length, so that swaps meet every step of an operation, and some operations meet none.
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (0..(random >> 32) % 1024 * (random >> 63)).for_each(|_| std::hint::spin_loop());
            }
        });
        Self { orders, thread: Some(thread) }
    }

    /// Runs `act` while no name changes.
    pub(crate) fn still<R>(&self, act: impl FnOnce() -> R) -> R {
        let thread = self.thread.as_ref().unwrap().thread();
        self.orders.rests.store(false, Ordering::SeqCst);
        self.orders.pause.store(true, Ordering::SeqCst);
        while !self.orders.rests.load(Ordering::SeqCst) {
            std::thread::park();
        }
        let result = act();
        self.orders.pause.store(false, Ordering::SeqCst);
        thread.unpark();
        result
    }

    /// How often it exchanged them.
    pub(crate) fn swaps(&self) -> u64 {
        self.orders.swaps.load(Ordering::Relaxed)
    }
}

impl Drop for Swapper {
    fn drop(&mut self) {
        self.orders.stop.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            let _ = thread.join();
        }
    }
}

/// The folder `open`, in which everything is permitted, beside `closed`, in which nothing is.
pub(crate) struct World {
    pub(crate) folder: Folder,
    pub(crate) gate: Gate,
}

impl World {
    pub(crate) fn new() -> Self {
        let folder =
            Folder::in_memory(&[("open/", ""), ("closed/s", SECRET), ("closed/a", SECRET), ("closed/sub/x", SECRET)]);
        let gate =
            gate(&format!("permit(principal, action, resource in file_system::Dir::\"{}\");", folder.at("open")));
        Self { folder, gate }
    }

    pub(crate) fn at(&self, name: &str) -> String {
        self.folder.at(&format!("open/{name}"))
    }

    /// Makes `open` anew with what `fill` puts into it.
    pub(crate) fn refill(&self, fill: &dyn Fn(&Folder)) {
        for entry in fs::read_dir(self.folder.at("open")).unwrap().map(std::result::Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                fs::remove_dir_all(entry.path()).unwrap();
            } else {
                fs::remove_file(entry.path()).unwrap();
            }
        }
        fill(&self.folder);
    }

    /// How often each content occurs in `open`, under whatever name; links do not count.
    pub(crate) fn contents(&self) -> BTreeMap<String, u32> {
        let mut counted = BTreeMap::new();
        for entry in fs::read_dir(self.folder.at("open")).unwrap().map(std::result::Result::unwrap) {
            if entry.file_type().unwrap().is_file() {
                *counted.entry(fs::read_to_string(entry.path()).unwrap()).or_default() += 1;
            }
        }
        counted
    }

    pub(crate) fn assert_closed_is_whole(&self, before: &rex_test_utils::Tree) {
        let now = self.folder.tree();
        let changes = before.changes(&now);
        let below: Vec<&str> = changes.lines().filter(|line| line.contains(": closed")).collect();
        assert!(below.is_empty(), "{below:?}");
    }
}

/// Runs `round` while `a` and `b` in `open` change places. It gives whether the operation succeeded.
pub(crate) fn race(name: &str, rounds: u32, world: &World, fill: &dyn Fn(&Folder), mut round: impl FnMut(u32) -> bool) {
    race_anew(name, rounds, world, fill, |number, _| round(number));
}

/// As [`race`]; the round can make the names stand still.
pub(crate) fn race_anew(
    name: &str,
    rounds: u32,
    world: &World,
    fill: &dyn Fn(&Folder),
    mut round: impl FnMut(u32, &Swapper) -> bool,
) {
    world.refill(fill);
    let before = world.folder.tree();
    let begun = std::time::Instant::now();
    let swapper = Swapper::start(world.at("a"), world.at("b"));
    let mut succeeded = 0;
    let mut number = 0;
    // On a busy machine the swapper may come to its turn late.
    let few = |succeeded: u32| succeeded < ENOUGH || swapper.swaps() < u64::from(ENOUGH);
    while number < rounds || (few(succeeded) && begun.elapsed() < PATIENCE) {
        succeeded += u32::from(round(number, &swapper));
        number += 1;
    }
    let (rounds, swaps) = (number, swapper.swaps());
    drop(swapper);
    world.assert_closed_is_whole(&before);
    eprintln!("{name}: {rounds} rounds, {succeeded} succeeded, {swaps} swaps, {:.1?}", begun.elapsed());
    assert!(succeeded >= ENOUGH, "{name} did hardly anything: {succeeded} of {rounds}");
    assert!(swaps >= u64::from(ENOUGH), "{name} met hardly any swap: {swaps}");
}

/// A file, and a link to a secret.
pub(crate) fn file_and_link(folder: &Folder) {
    folder.put("open/a", "public");
    folder.link("open/b", "../closed/s");
}

/// A directory, and a link to a secret one with the same names.
pub(crate) fn dir_and_link(folder: &Folder) {
    folder.put("open/a/a", "public");
    folder.put("open/a/sub/x", "public");
    folder.link("open/b", "../closed");
}

fn shows(result: &Result<String>) -> bool {
    let text = result.as_ref().map_or("", String::as_str);
    assert!(!text.contains("SECRET"), "the secret was read");
    result.is_ok()
}

#[test]
fn reading_never_follows() {
    let world = World::new();
    let (gate, hidden, path) = (&world.gate, redaction(&world.folder), world.at("a"));
    race("read", 2 * ROUNDS, &world, &file_and_link, |_| shows(&read(gate, &hidden, &path).map(|text| text.content)));
    race("search", ROUNDS, &world, &file_and_link, |_| {
        shows(&search(gate, &hidden, ".", &path, Search::default()).map(|hits| hits.lines[0].line.clone()))
    });
    race("lines", ROUNDS, &world, &file_and_link, |_| {
        shows(&lines(gate, &path, LineSelection::new(None, Some(-1)).unwrap()).map(|lines| lines.join("")))
    });
    race("count", ROUNDS, &world, &file_and_link, |_| count(gate, &path, true).is_ok());
    let below = world.at("a/a");
    race("read below", 2 * ROUNDS, &world, &dir_and_link, |_| {
        shows(&read(gate, &hidden, &below).map(|text| text.content))
    });
}

#[test]
fn reading_takes_nothing_from_a_pipe_and_never_waits_for_one() {
    let world = World::new();
    let (gate, hidden, path) = (&world.gate, redaction(&world.folder), world.at("a"));
    let keeper = std::cell::OnceCell::new();
    let file_and_pipe = |folder: &Folder| {
        folder.put("open/a", "public");
        let pipe = folder.at("open/b");
        rustix::fs::mknodat(CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        let waits_never = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
        let mut filled = fs::File::options().read(true).write(true).custom_flags(waits_never).open(&pipe).unwrap();
        filled.write_all(SECRET.as_bytes()).unwrap();
        keeper.set(filled).unwrap();
    };
    race("read beside a pipe", 2 * ROUNDS, &world, &file_and_pipe, |_| {
        shows(&read(gate, &hidden, &path).map(|text| text.content))
    });
    // Nobody took anything out of it.
    let mut left = [0; SECRET.len()];
    keeper.get().unwrap().read_exact(&mut left).unwrap();
    assert_eq!(left, SECRET.as_bytes());
}

#[test]
fn writing_never_follows() {
    let world = World::new();
    let (gate, hidden, path) = (&world.gate, redaction(&world.folder), world.at("a"));
    race("append", ROUNDS, &world, &file_and_link, |_| write(gate, &path, b"+", WriteMode::Append).is_ok());
    race("write", ROUNDS, &world, &file_and_link, |_| write(gate, &path, b"new", WriteMode::Replace).is_ok());
    race("touch", ROUNDS, &world, &file_and_link, |_| touch(gate, &path).is_ok());
    let in_place = ReplaceOptions { in_place: true, regex: true, all: true };
    race("replace in place", ROUNDS, &world, &file_and_link, |number| {
        shows(&replace(gate, &hidden, "^.*$", &format!("public {number}"), &path, in_place))
    });
    let below = world.at("a/a");
    race("write below", ROUNDS, &world, &dir_and_link, |_| write(gate, &below, b"new", WriteMode::Replace).is_ok());
    race("append below", ROUNDS, &world, &dir_and_link, |_| write(gate, &below, b"+", WriteMode::Append).is_ok());
    let deep = world.at("a/new/dir");
    race("make_dirs below", ROUNDS, &world, &dir_and_link, |_| make_dirs(gate, &deep).is_ok());
}

#[test]
fn copying_never_follows() {
    let world = World::new();
    let force = CopyOptions { force: true, preserve: true };
    let (from, to) = (world.at("a"), world.at("c"));
    race("copy from", ROUNDS, &world, &file_and_link, |_| {
        let copied = copy(&world.gate, &from, &to, force).is_ok();
        shows(&Ok(fs::read_to_string(&to).unwrap_or_default()));
        copied
    });
    let filled = |folder: &Folder| {
        file_and_link(folder);
        folder.put("open/c", "source");
    };
    race("copy to", ROUNDS, &world, &filled, |_| copy(&world.gate, &to, &from, force).is_ok());
    let below = world.at("a/a");
    race("copy from below", ROUNDS, &world, &dir_and_link, |_| {
        let copied = copy(&world.gate, &below, &to, force).is_ok();
        shows(&Ok(fs::read_to_string(&to).unwrap_or_default()));
        copied
    });
}

#[test]
fn listing_never_follows() {
    let world = World::new();
    let path = world.at("a");
    fs::write(world.folder.at("closed/SECRET"), "").unwrap();
    race("list", ROUNDS, &world, &dir_and_link, |_| {
        shows(
            &list(&world.gate, &path, true)
                .map(|found| found.entries.iter().map(|entry| entry.path().to_owned()).collect()),
        )
    });
    race("find", ROUNDS, &world, &dir_and_link, |_| {
        shows(&find(&world.gate, "*", &path, true).map(|found| found.names.concat()))
    });
    let options = UsageOptions { all_files: true, ..UsageOptions::default() };
    race("usage", ROUNDS, &world, &dir_and_link, |_| {
        shows(
            &usage(&world.gate, &path, options)
                .map(|usage| usage.entries.iter().map(|entry| entry.path.clone()).collect()),
        )
    });
    // The directory that changes places lies in the tree, not at its top.
    let top = world.folder.at("open");
    race("list above", ROUNDS, &world, &dir_and_link, |_| {
        shows(
            &list(&world.gate, &top, true)
                .map(|found| found.entries.iter().map(|entry| entry.path().to_owned()).collect()),
        )
    });
}

#[test]
fn removing_never_follows() {
    let world = World::new();
    let recursive = RemoveOptions { recursive: true, force: false };
    let path = world.at("a");
    race_anew("remove", ROUNDS, &world, &file_and_link, |_, swapper| {
        swapper.still(|| world.refill(&file_and_link));
        remove(&world.gate, &path, RemoveOptions::default()).is_ok()
    });
    race_anew("remove tree", ROUNDS, &world, &dir_and_link, |_, swapper| {
        swapper.still(|| world.refill(&dir_and_link));
        remove(&world.gate, &path, recursive).is_ok()
    });
}

/// As [`dir_and_link`], both in a tree.
#[test]
fn removing_a_tree_never_leaves_it() {
    let world = World::new();
    let recursive = RemoveOptions { recursive: true, force: false };
    let above = world.folder.at("open/top");
    let fill = |folder: &Folder| {
        folder.put("open/top/a/a", "public");
        folder.put("open/top/a/sub/x", "public");
        folder.link("open/top/b", "../../closed");
    };
    world.refill(&fill);
    let before = world.folder.tree();
    let swapper = Swapper::start(world.at("top/a"), world.at("top/b"));
    let mut succeeded = 0;
    for _ in 0..ROUNDS {
        swapper.still(|| world.refill(&fill));
        succeeded += u32::from(remove(&world.gate, &above, recursive).is_ok());
    }
    let swaps = swapper.swaps();
    drop(swapper);
    world.assert_closed_is_whole(&before);
    eprintln!("remove tree around: {ROUNDS} rounds, {succeeded} succeeded, {swaps} swaps");
    assert!(succeeded >= ENOUGH && swaps >= u64::from(ENOUGH), "{succeeded} {swaps}");
}

#[test]
fn moving_never_follows() {
    let world = World::new();
    let (from, to) = (world.at("a"), world.at("c"));
    race_anew("rename", ROUNDS, &world, &file_and_link, |_, swapper| {
        swapper.still(|| world.refill(&file_and_link));
        let moved = rename(&world.gate, &from, &to, RenameOptions::default()).is_ok();
        assert!(!moved || !fs::symlink_metadata(&to).unwrap().is_symlink(), "a link was moved that was never judged");
        moved
    });
    race_anew("rename over", ROUNDS, &world, &file_and_link, |_, swapper| {
        swapper.still(|| {
            world.refill(&file_and_link);
            fs::write(&to, "moved").unwrap();
        });
        rename(&world.gate, &to, &from, RenameOptions::default()).is_ok()
    });
}

/// Two files that change places.
pub(crate) fn two_files(folder: &Folder) {
    folder.put("open/a", "first");
    folder.put("open/b", "second");
}

/// An act on the name `a` takes away one of two files when it succeeds, and none when it fails.
#[test]
fn no_file_is_lost_that_was_not_judged() {
    let world = World::new();
    let (gate, hidden, path, other) = (&world.gate, redaction(&world.folder), world.at("a"), world.at("c"));
    let in_place = ReplaceOptions { in_place: true, regex: true, all: true };
    let act = |name: &str, rounds: u32, new: &str, act: &dyn Fn() -> bool| {
        race_anew(&format!("two files: {name}"), rounds, &world, &two_files, |_, swapper| {
            swapper.still(|| {
                world.refill(&two_files);
                if name.starts_with("rename over") {
                    fs::write(&other, "new").unwrap();
                }
            });
            let done = act();
            let contents = swapper.still(|| world.contents());
            let old = contents.get("first").copied().unwrap_or(0) + contents.get("second").copied().unwrap_or(0);
            assert_eq!(old, if done && name != "rename" { 1 } else { 2 }, "{name}: {done} {contents:?}");
            let new_there = !new.is_empty() && (done || name == "rename over");
            assert_eq!(contents.get("new").copied().unwrap_or(0), u32::from(new_there), "{name}: {done} {contents:?}");
            done
        });
    };
    act("remove", ROUNDS, "", &|| remove(gate, &path, RemoveOptions::default()).is_ok());
    act("write", 2 * ROUNDS, "new", &|| write(gate, &path, b"new", WriteMode::Replace).is_ok());
    act("replace in place", ROUNDS, "new", &|| replace(gate, &hidden, "^.*$", "new", &path, in_place).is_ok());
    act("rename over", ROUNDS, "new", &|| rename(gate, &other, &path, RenameOptions::default()).is_ok());
    act("rename", ROUNDS, "", &|| rename(gate, &path, &other, RenameOptions::default()).is_ok());
}

/// A link in the way is refused, so that none may be taken away.
#[test]
fn no_link_is_lost_where_files_are_written() {
    let world = World::new();
    let (gate, hidden, path, other) = (&world.gate, redaction(&world.folder), world.at("a"), world.at("c"));
    let in_place = ReplaceOptions { in_place: true, regex: true, all: true };
    let act = |name: &str, act: &dyn Fn() -> bool| {
        race_anew(&format!("file and link: {name}"), ROUNDS, &world, &file_and_link, |_, swapper| {
            swapper.still(|| {
                world.refill(&file_and_link);
                fs::write(&other, "other").unwrap();
            });
            let done = act();
            let links = swapper.still(|| {
                let entries = fs::read_dir(world.folder.at("open")).unwrap().map(std::result::Result::unwrap);
                entries.filter(|entry| entry.file_type().unwrap().is_symlink()).count()
            });
            assert_eq!(links, 1, "{name}");
            done
        });
    };
    act("write", &|| write(gate, &path, b"new", WriteMode::Replace).is_ok());
    act("replace in place", &|| replace(gate, &hidden, "^.*$", "new", &path, in_place).is_ok());
    let force = CopyOptions { force: true, preserve: false };
    act("copy to", &|| copy(gate, &other, &path, force).is_ok());
    act("rename", &|| rename(gate, &path, &other, RenameOptions::default()).is_ok());
}

/// As [`no_file_is_lost_that_was_not_judged`], with names that are missing for a while.
#[test]
fn no_file_is_lost_while_names_come_and_go() {
    let world = World::new();
    let path = world.at("a");
    let swapper = Swapper::moving(path.clone(), world.at("b"));
    let (mut replaced, mut placed, mut rounds) = (0, 0, 0);
    let begun = std::time::Instant::now();
    while rounds < ROUNDS || ((replaced < ENOUGH || placed == 0) && begun.elapsed() < PATIENCE) {
        rounds += 1;
        swapper.still(|| world.refill(&two_files));
        let done = write(&world.gate, &path, b"new", WriteMode::Replace).is_ok();
        let contents = swapper.still(|| world.contents());
        let old = contents.get("first").copied().unwrap_or(0) + contents.get("second").copied().unwrap_or(0);
        // A name that stood for nothing was given to a new file, and nothing gave way for it.
        assert!(old == 2 || (done && old == 1), "{done} {contents:?}");
        // The neighbour may have moved a new file away before it was done.
        assert!(contents.get("new").copied().unwrap_or(0) >= u32::from(done), "{done} {contents:?}");
        replaced += u32::from(done && old == 1);
        placed += u32::from(done && old == 2);
    }
    eprintln!("names come and go: {replaced} replaced, {placed} placed, {} swaps", swapper.swaps());
    assert!(replaced >= ENOUGH && placed > 0, "{replaced} {placed}");
}
