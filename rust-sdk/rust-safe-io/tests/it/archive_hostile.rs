//! Archives that are damaged, lie, or were made to do harm, and neighbours who do.

use crate::allow::{all, all_but, failed, forbid_in};
use crate::archive::{archive, dir, extract, extract_with, file, folder, header, member, mode, records};
use crate::gzip::{FOR_READING, open, packed};
use rex_cedar_auth::{Gate, Policies, Stopped};
use rex_test_utils::Folder;
use rust_safe_io::{Error, ExtractOptions, MemberType, list_archive, search_archive};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

#[test]
fn members_whose_names_lead_out_are_left_out_and_that_is_an_error() {
    let absolute = Folder::new(&[]);
    let escaped = absolute.at("escaped");
    let bytes = archive(&[
        file("../escaped", "evil"),
        file(&escaped, "evil"),
        file("a/../../escaped", "evil"),
        file("//escaped", "evil"),
        dir("..", 0o777),
        dir("../made", 0o777),
        file("", "evil"),
        [records(&[("path", "a\0b")]), file("fine", "evil")].concat(),
        [records(&[("path", "../escaped")]), file("fine", "evil")].concat(),
        file("good", "good"),
    ]);
    let folder = folder(&bytes, &[]);
    let (result, skipped) = extract_with(&folder, &all(&folder), ExtractOptions::default());
    let text = "Validation error: members were left out for their names, the others were unpacked: 9, among them `../escaped`: its name leads out of the directory";
    assert_eq!(failed(result), ("ValidationError", text.to_owned()));
    assert_eq!(skipped.len(), 9);
    assert_eq!(folder.tree().names(), ["a.tar", "to", "to/good"]);
    assert_eq!(absolute.tree().names(), Vec::<String>::new());
}

/// What unpacking these bytes, listing and searching them fail with; nothing changes.
fn refused(bytes: &[u8]) -> (&'static str, String) {
    let folder = folder(bytes, &[]);
    let archive = open(&folder, "a.tar", FOR_READING);
    let first = failed(extract(&folder));
    assert_eq!(failed(list_archive(&all(&folder), &archive)), first);
    assert_eq!(failed(search_archive(&all(&folder), &archive, "nowhere")), first);
    assert_eq!(folder.tree().names(), ["a.tar", "to"]);
    first
}

#[test]
fn what_is_no_whole_archive_changes_nothing() {
    let none = "File read failed: this is no tar archive";
    for bytes in [&b""[..], b"text", &[b'x'; 512], &[b'x'; 2000], &packed("text"), &packed("")] {
        let text = refused(bytes).1;
        assert!(text == none || text.ends_with("it ends within a header"), "{text}");
    }
    let whole = archive(&[file("a", "text"), dir("sub", 0o755), file("sub/b", &"x".repeat(600))]);
    for cut in (512..whole.len() - 1024).step_by(100) {
        let (kind, text) = refused(&whole[..cut]);
        assert!(kind == "FileReadError" && text.starts_with("File read failed: the archive is damaged: it ends "));
        assert_eq!(refused(&packed(&whole[..cut])), (kind, text));
    }
    for cut in [1024, 1536, whole.len() - 1024] {
        let text = "File read failed: the archive is damaged: it ends without its end mark";
        assert_eq!(refused(&whole[..cut]).1, text, "{cut}");
    }
    let zipped = packed(&whole);
    for cut in 1..zipped.len() {
        assert_eq!(refused(&zipped[..cut]).0, "FileReadError", "{cut}");
    }
    assert_eq!(refused(&[&*zipped, b"rest"].concat()).0, "FileReadError");
    let mut wrong = whole.clone();
    wrong[512 + 512 + 200] ^= 1;
    assert_eq!(refused(&wrong).1, "File read failed: the archive is damaged: the checksum of a header is wrong");
}

#[test]
fn headers_that_lie_change_nothing() {
    let numbers = |set: &dyn Fn(&mut [u8])| {
        let mut header = header(b"a", b'0', 0, 0o644);
        set(header.as_mut_bytes());
        header.set_cksum();
        refused(&archive(&[file("first", ""), header.as_bytes().to_vec()])).1
    };
    let cannot = "File read failed: the archive is damaged: a header tells what cannot be";
    assert_eq!(numbers(&|header| header[124..136].copy_from_slice(b"not a number")), cannot);
    assert_eq!(numbers(&|header| header[100..108].copy_from_slice(b"-0000644")), cannot);
    // A directory with content: programs differ in where the next member begins.
    let hidden = [header(b"d", b'5', 512, 0o755).as_bytes().to_vec(), file("hidden", "")].concat();
    assert_eq!(refused(&archive(&[hidden])).1, cannot);
    let huge = |size: &[u8; 12]| {
        let size = *size;
        numbers(&move |header| header[124..136].copy_from_slice(&size))
    };
    assert!(huge(b"\x80\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff").contains("longer than a file can be"));
    for broken in ["x", "11 path=a\n", "99 path=a\n", "0 path=a\n", "12 size=-1\n", "13 mtime=1e9\n"] {
        let bytes = archive(&[member("records", b'x', broken, 0o644), file("a", "")]);
        let text = refused(&bytes).1;
        assert_eq!(text, "File read failed: the archive is damaged: a header on members is not understood", "{broken}");
    }
    let renaming = archive(&[member("records", b'g', "11 path=ab\n", 0o644), file("a", "")]);
    assert!(refused(&renaming).1.ends_with("a header on members is not understood"));
    assert!(refused(&archive(&[records(&[("path", "b")])])).1.ends_with("a member that is missing"));
    let long = [header(b"x", b'x', 2 << 20, 0o644).as_bytes().to_vec(), vec![0; 2 << 20]].concat();
    assert!(refused(&archive(&[long])).1.ends_with("a header on the next member is too long"));
}

#[test]
fn sparse_files_are_refused_and_listed() {
    let sparse =
        [[records(&[("GNU.sparse.major", "1")]), file("a", "data")].concat(), member("a", b'S', "data", 0o644)];
    for member in sparse {
        let folder = folder(&archive(&[file("first", ""), member]), &[]);
        let (kind, text) = failed(extract(&folder));
        assert_eq!(kind, "UnsupportedOperationError", "{text}");
        assert_eq!(folder.tree().names(), ["a.tar", "to"]);
        let listed = list_archive(&all(&folder), &open(&folder, "a.tar", FOR_READING)).unwrap();
        assert_eq!(listed[1].member_type, MemberType::Sparse);
    }
}

#[test]
fn bombs_are_refused_before_anything_is_made() {
    let zeros = member("zeros", b'0', vec![0; 80 << 20], 0o644);
    let large = folder(&packed(archive(&[file("first", ""), zeros])), &[]);
    let text = "File content too large: the archive unpacks to more than 1000 times its size".to_owned();
    assert_eq!(failed(extract(&large)), ("FileContentTooLargeError", text.clone()));
    let listed = list_archive(&all(&large), &open(&large, "a.tar", FOR_READING));
    assert_eq!(failed(listed), ("FileContentTooLargeError", text));
    assert!(!large.has("to/first"));
    let thousand = packed(header(b"a", b'0', 0, 0o644).as_bytes().repeat(1000));
    let many = folder(&[thousand.repeat(1001), packed([0; 1024])].concat(), &[]);
    let (kind, text) = failed(extract(&many));
    assert_eq!((kind, text.contains("members")), ("FileContentTooLargeError", true), "{text}");
    assert!(!many.has("to/a"));
    // More than may be unpacked, of which the archive holds nothing on the disk.
    let large = header(b"large", b'0', (16 << 30) + 1, 0o644).as_bytes().to_vec();
    let folder = folder(&[file("first", ""), large].concat(), &[]);
    fs::File::options().write(true).open(folder.at("a.tar")).unwrap().set_len(17 << 30).unwrap();
    assert_eq!(failed(extract(&folder)).0, "FileContentTooLargeError");
    assert!(!folder.has("to/first"));
}

#[test]
fn every_flipped_bit_of_a_header_leaves_the_outside_alone() {
    let whole = archive(&[file("a", "text"), [records(&[("path", "sub/b")]), file("x", "y")].concat()]);
    let mut noticed = 0;
    for bit in (0..whole.len() * 8).step_by(13) {
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let folder = Folder::in_memory(&[("to/", ""), ("outside", "outside")]);
        folder.put("a.tar", &bytes);
        let before = folder.tree();
        if let (Err(error), _) = extract_with(&folder, &all(&folder), ExtractOptions::default()) {
            noticed += 1;
            assert!(!matches!(error, Error::FileReadError(_)) || before.changes(&folder.tree()).is_empty());
        }
        let outside: Vec<_> = folder.tree().names().into_iter().filter(|name| !name.starts_with("to/")).collect();
        assert_eq!(outside, ["a.tar", "outside", "to"], "bit {bit}");
    }
    assert!(noticed > 200, "{noticed}");
}

#[test]
fn the_end_of_the_run_ends_unpacking() {
    let many: Vec<Vec<u8>> = (0..100).map(|number| file(&format!("f{number}"), "text")).collect();
    for (stop_at, made) in [(50, false), (900, true)] {
        let folder = folder(&packed(archive(&many)), &[]);
        let looks = std::cell::Cell::new(0);
        let policies = Policies::load("all", "permit(principal, action, resource);").unwrap();
        let gate = Gate::new(policies, "tester").with_stop(move || {
            looks.set(looks.get() + 1);
            (looks.get() > stop_at).then(|| Stopped("enough".into()))
        });
        let (result, _) = extract_with(&folder, &gate, ExtractOptions::default());
        assert!(matches!(result, Err(Error::Stopped(_))), "{result:?}");
        assert_eq!(folder.has("to/f0"), made, "{stop_at}");
        assert!(folder.tree().names().iter().all(|name| !name.contains(".rex-")));
    }
}

/// Exchanges two names as fast as it can until it is dropped.
struct Swapper {
    stop: Arc<AtomicBool>,
    swaps: Arc<AtomicU64>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Swapper {
    fn start(first: String, second: String) -> Self {
        let (stop, swaps) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let (told, counted) = (Arc::clone(&stop), Arc::clone(&swaps));
        let thread = std::thread::spawn(move || {
            let mut random = 1_u64;
            while !told.load(Ordering::Relaxed) {
                if renameat_with(CWD, &first, CWD, &second, RenameFlags::EXCHANGE).is_ok() {
                    counted.fetch_add(1, Ordering::Relaxed);
                }
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (0..(random >> 32) % 4096 * (random >> 63)).for_each(|_| std::hint::spin_loop());
            }
        });
        Self { stop, swaps, thread: Some(thread) }
    }
}

impl Drop for Swapper {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.take().map(std::thread::JoinHandle::join);
    }
}

/// How many rounds a race has at least.
fn rounds() -> u32 {
    std::env::var("REX_RACE_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000)
}

/// Unpacks again and again while `to/d` and `to/e` change places; gives how often it succeeded.
fn race(name: &str, folder: &Folder, rounds: u32) -> u32 {
    let gate = all_but(folder, &forbid_in("write", &folder.at("closed")));
    let closed = fs::read_to_string(folder.at("closed/x")).unwrap();
    let swapper = Swapper::start(folder.at("to/d"), folder.at("to/e"));
    let begun = std::time::Instant::now();
    let (mut succeeded, mut number) = (0, 0);
    while number < rounds
        || (begun.elapsed().as_secs() < 60 && (succeeded < 20 || swapper.swaps.load(Ordering::Relaxed) < 20))
    {
        succeeded += u32::from(extract_with(folder, &gate, ExtractOptions::default()).0.is_ok());
        number += 1;
    }
    let swaps = swapper.swaps.load(Ordering::Relaxed);
    drop(swapper);
    eprintln!("{name}: {number} rounds, {succeeded} succeeded, {swaps} swaps, {:.1?}", begun.elapsed());
    assert!(succeeded >= 20 && swaps >= 20, "{name}: {succeeded} succeeded, {swaps} swaps");
    assert_eq!(fs::read_to_string(folder.at("closed/x")).unwrap(), closed);
    assert_eq!(mode(folder, "closed/x"), 0o644);
    let closed: Vec<_> = folder.tree().names().into_iter().filter(|name| name.starts_with("closed")).collect();
    assert_eq!(closed, ["closed", "closed/x"]);
    succeeded
}

#[test]
fn a_link_that_a_neighbour_puts_into_the_way_is_never_followed() {
    let bytes = archive(&[dir("d", 0o700), member("d/x", b'0', "evil", 0o600), member("d/new/y", b'0', "evil", 0o666)]);
    let place = Folder::in_memory(&[("to/d/", ""), ("closed/x", "SECRET"), ("to/e -> ../closed", "")]);
    place.put("a.tar", &bytes);
    race("a directory and a link", &place, rounds());
    let bytes = archive(&[member("d", b'0', "evil", 0o600)]);
    let place = Folder::in_memory(&[("to/d", "public"), ("closed/x", "SECRET"), ("to/e -> ../closed/x", "")]);
    place.put("a.tar", &bytes);
    race("a file and a link", &place, rounds());
    let links = ["to/d", "to/e"].into_iter().filter(|name| fs::read_link(place.at(name)).is_ok()).count();
    assert_eq!(links, 1, "the link is no more than a neighbour moved it");
}
