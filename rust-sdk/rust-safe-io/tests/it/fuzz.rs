//! Random input for everything that reads what it did not write. `REX_FUZZ_SECONDS` says how long each target runs, one second without it;
//! `REX_FUZZ_SEED` begins elsewhere.

use crate::allow::all;
use crate::archive::{archive, dir, file, member, records};
use crate::gzip::{FOR_READING, packed};
use rex_test_utils::Folder;
use rust_safe_io::{
    DirHandle, DirOptions, Error, ExtractOptions, GzipSearch, LineSelection, certificate_info, extract_archive,
    gzip_info, key_info, list_archive, read_gzip_lines, search_archive, search_gzip, verify_certificate,
};
use std::collections::HashSet;
use std::fs;
use std::io::Read as _;
use std::os::unix::fs::MetadataExt;
use std::time::{Duration, Instant};

/// Inputs become no longer than this.
const LONGEST: usize = 64 * 1024;

/// Numbers that no statistics need.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap()
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.next() % limit.max(1)
    }
}

/// Shows the input when the target panics.
struct Shown<'i>(&'i str, &'i [u8]);

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let hex: String = self
                .1
                .iter()
                .flat_map(|byte| [byte >> 4, byte & 15])
                .map(|half| char::from_digit(half.into(), 16).unwrap())
                .collect();
            eprintln!("{}: this input failed, in hexadecimal digits:\n{hex}", self.0);
        }
    }
}

/// How long a target runs, and where its numbers begin.
pub(crate) fn asked_for() -> (Duration, Random) {
    let number = |variable: &str, default| std::env::var(variable).map_or(default, |text| text.parse().unwrap());
    (Duration::from_secs(number("REX_FUZZ_SECONDS", 1)), Random(number("REX_FUZZ_SEED", 1)))
}

/// Gives `target` changed inputs. It tells in a few words what came of each; an input that something new came of is changed on.
pub(crate) fn fuzz(name: &str, seeds: &[Vec<u8>], mut target: impl FnMut(&[u8]) -> String) {
    let (budget, mut random) = asked_for();
    let mut corpus = seeds.to_vec();
    let mut outcomes = HashSet::new();
    let mut run = |input: &[u8]| {
        let shown = Shown(name, input);
        let outcome = target(input);
        drop(shown);
        outcomes.insert(outcome.chars().filter(|letter| !letter.is_ascii_digit()).collect::<String>())
    };
    for seed in seeds {
        run(seed);
    }
    let (begun, mut rounds) = (Instant::now(), 0_u64);
    // On a busy machine a second is little.
    while begun.elapsed() < budget || (rounds < 300 && corpus.len() < seeds.len() + 3) {
        let mut input = corpus[random.below(corpus.len())].clone();
        let other = corpus[random.below(corpus.len())].clone();
        for _ in 0..=random.below(4) {
            change(&mut input, &other, &mut random);
        }
        input.truncate(LONGEST);
        if run(&input) && corpus.len() < 10_000 {
            corpus.push(input);
        }
        rounds += 1;
    }
    eprintln!("{name}: {rounds} inputs, {} outcomes, {:.1?}", outcomes.len(), begun.elapsed());
    assert!(outcomes.len() > 3, "{name} tells hardly anything apart: {outcomes:?}");
}

fn change(input: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    const TELLING: [u8; 12] = [0, 1, 0x7f, 0x80, 0xff, b'0', b'7', b'9', b' ', b'/', b'.', b'\n'];
    let at = random.below(input.len());
    let length = random.below(64).min(input.len() - at);
    match random.below(9) {
        0 if !input.is_empty() => input[at] ^= 1 << random.below(8),
        1 if !input.is_empty() => input[at] = TELLING[random.below(TELLING.len())],
        2 if !input.is_empty() => input[at] = random.next().to_le_bytes()[0],
        3 => drop(input.drain(at..at + length)),
        4 => {
            let part = input[at..at + length].to_vec();
            let to = random.below(input.len());
            input.splice(to..to, part);
        }
        5 => input.truncate(at),
        6 if !other.is_empty() => {
            let from = random.below(other.len());
            input.truncate(at);
            input.extend(&other[from..]);
        }
        7 if !other.is_empty() => {
            let from = random.below(other.len());
            let part = &other[from..(from + length).min(other.len())];
            let end = (at + part.len()).min(input.len());
            input.splice(at..end, part.iter().copied());
        }
        _ => input.extend(&other[..random.below(other.len())]),
    }
}

fn told<T>(result: Result<T, Error>, value: impl FnOnce(T) -> String) -> String {
    match result {
        Ok(value_of) => value(value_of),
        Err(error) => format!("{}: {error}", error.kind()).chars().take(120).collect(),
    }
}

#[test]
fn gzip() {
    let seeds = [
        packed("some text\nand more\n"),
        [packed("a\n"), packed(""), packed("b\r\n"), vec![0; 9]].concat(),
        packed("x".repeat(70_000)),
        {
            let mut named = flate2::GzBuilder::new()
                .filename("name")
                .comment("words")
                .extra(vec![1, 2, 3])
                .read(&b"text"[..], flate2::Compression::fast());
            let mut bytes = Vec::new();
            named.read_to_end(&mut bytes).unwrap();
            bytes
        },
    ];
    let folder = Folder::in_memory(&[]);
    let gate = all(&folder);
    let place = DirHandle::open(&gate, folder.path(), DirOptions::default()).unwrap();
    fuzz("gzip", &seeds, |input| {
        folder.put("a.gz", input);
        let handle = place.open_file(&gate, "a.gz", FOR_READING).unwrap();
        let info = gzip_info(&gate, &handle);
        let mut reference = Vec::new();
        let decoded = flate2::read::MultiGzDecoder::new(input).read_to_end(&mut reference);
        match (&info, decoded) {
            (Ok(info), Ok(_)) => assert_eq!(info.uncompressed_size, reference.len() as u64),
            // The other decoder knows no padding.
            (Ok(_), Err(error)) => assert_eq!(input.last(), Some(&0), "{error}"),
            (Err(_), _) => {}
        }
        let all_lines = LineSelection::new(Some(1), None).unwrap();
        let lines = read_gzip_lines(&gate, &handle, Some(all_lines));
        let found = search_gzip(&gate, &handle, "", &GzipSearch::default());
        for whole in [lines.as_ref().ok().map(Vec::len), found.as_ref().ok().map(Vec::len)].into_iter().flatten() {
            assert!(info.is_ok(), "part of something is shown as the whole");
            let lines = reference.split_inclusive(|byte| *byte == b'\n').count();
            assert!(whole == lines || input.last() == Some(&0));
        }
        told(info, |info| format!("{} lines", info.uncompressed_size.min(3)))
    });
}

/// Makes the checksums of all headers right, as whoever means harm would.
fn with_checksums(input: &[u8]) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for block in bytes.chunks_exact_mut(512) {
        // Of a header, the kind of archive stands there.
        if &block[257..262] == b"ustar" {
            let mut header = tar::Header::from_byte_slice(block).clone();
            header.set_cksum();
            block.copy_from_slice(header.as_bytes());
        }
    }
    bytes
}

#[test]
fn archives() {
    let seeds = [
        archive(&[
            dir("sub/", 0o755),
            file("sub/a", "text\n"),
            file("b", &"x".repeat(600)),
            member("l", b'2', "", 0o777),
        ]),
        archive(&[[records(&[("path", "long/name"), ("size", "3"), ("mtime", "1.5")]), file("cut", "abc")].concat()]),
        archive(&[[member("././@LongLink", b'L', "other/name\0", 0o644), file("cut", "1")].concat()]),
        archive(&[file("../a", ""), file("/a", ""), file("a", "1"), file("a", "2"), dir("b", 0o4777)]),
        archive(&[member("s", b'S', "data", 0o644), member("g", b'g', "18 comment=abcdef\n", 0o644), file("a", "")]),
        packed(archive(&[file("a", "text")])),
    ];
    let folder = Folder::in_memory(&[("outside", "outside"), ("to/", "")]);
    let gate = all(&folder);
    let place = DirHandle::open(&gate, folder.path(), DirOptions::default()).unwrap();
    fuzz("archives", &seeds, |input| {
        let mut outcome = String::new();
        for input in [input.to_vec(), with_checksums(input)] {
            folder.put("a.tar", &input);
            let handle = place.open_file(&gate, "a.tar", FOR_READING).unwrap();
            let listed = list_archive(&gate, &handle);
            let _ = search_archive(&gate, &handle, "t");
            let to = DirHandle::open(&gate, &folder.at("to"), DirOptions::default()).unwrap();
            let extracted = extract_archive(&gate, &handle, &to, ExtractOptions::default(), &mut Vec::new());
            drop(to);
            assert_eq!(folder.text("outside"), "outside");
            let names = folder.tree().names();
            assert!(
                names.iter().all(|name| ["a.tar", "outside", "to"].contains(&name.as_str()) || name.starts_with("to/"))
            );
            let mut below = vec![std::path::PathBuf::from(folder.at("to"))];
            while let Some(path) = below.pop() {
                let metadata = fs::symlink_metadata(&path).unwrap();
                assert!(metadata.is_file() || metadata.is_dir(), "{path:?}");
                assert_eq!(metadata.mode() & 0o7000, 0, "{path:?}");
                if metadata.is_dir() {
                    below.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
                }
            }
            let made = names.len() > 3;
            if made {
                restore(&folder);
            }
            match &extracted {
                Err(Error::FileReadError(_) | Error::FileContentTooLargeError(_)) => assert!(!made && listed.is_err()),
                // Another error may come before what is damaged was met.
                Err(_) => {}
                Ok(()) => assert!(listed.is_ok()),
            }
            outcome += &told(extracted, |()| format!("{made}"));
        }
        outcome
    });
}

/// Empties `to`, whatever permissions are in it.
fn restore(folder: &Folder) {
    let removed = std::process::Command::new("sh")
        .args(["-c", "chmod -R u+rwx \"$0\" && rm -rf \"$0\" && mkdir \"$0\"", &folder.at("to")])
        .status()
        .unwrap();
    assert!(removed.success());
}

#[test]
fn certificates_and_keys() {
    let root = include_str!("../data/root.pem");
    let seeds = [
        include_str!("../data/server.pem"),
        include_str!("../data/under-middle.pem"),
        include_str!("../data/middle.pem"),
        include_str!("../data/expired.pem"),
        include_str!("../data/keys/rsa-pkcs8.pem"),
        include_str!("../data/keys/rsa-encrypted-pkcs1.pem"),
        include_str!("../data/keys/ec-sec1.pem"),
        include_str!("../data/keys/ed25519-openssh.pem"),
        include_str!("../data/keys/ed25519-public.pem"),
    ];
    // What is changed is the content, which a change of its letters seldom reaches.
    let der: Vec<(String, Vec<u8>)> = seeds
        .iter()
        .filter(|text| !text.contains("Proc-Type"))
        .map(|text| {
            let (pem, _) = x509_parser::pem::Pem::read(std::io::Cursor::new(text)).unwrap();
            (pem.label, pem.contents)
        })
        .collect();
    let folder = Folder::in_memory(&[]);
    folder.put("root", root);
    let gate = all(&folder);
    let place = DirHandle::open(&gate, folder.path(), DirOptions::default()).unwrap();
    let root = place.open_file(&gate, "root", FOR_READING).unwrap();
    let mut look = |text: &[u8]| {
        folder.put("a.pem", text);
        let handle = place.open_file(&gate, "a.pem", FOR_READING).unwrap();
        let info = certificate_info(&gate, &handle);
        if verify_certificate(&gate, &handle, &root, &[]).is_ok() {
            // What follows the first certificate need not be one.
            let text = String::from_utf8_lossy(text).into_owned();
            let (first, _) = text.split_once("-----END CERTIFICATE-----").expect("the end of a certificate");
            folder.put("first.pem", format!("{first}-----END CERTIFICATE-----\n"));
            // A stray end may stand before the first certificate; then nothing can be said of it here.
            let cut = certificate_info(&gate, &place.open_file(&gate, "first.pem", FOR_READING).unwrap());
            if let Ok(first) = cut {
                assert_eq!(first[0].subject, "CN=node.example");
                assert!(["1003", "1004"].contains(&first[0].serial.as_str()), "{first:?}");
            }
        }
        let key = told(key_info(&gate, &handle), |key| format!("{key:?}"));
        told(info, |info| format!("{} {}", info[0].key_algorithm, info[0].is_ca)) + &key
    };
    let texts: Vec<Vec<u8>> = seeds.iter().map(|text| text.as_bytes().to_vec()).collect();
    fuzz("certificates as text", &texts, &mut look);
    let contents: Vec<Vec<u8>> = der.iter().map(|(_, content)| content.clone()).collect();
    let mut labels = der.iter().map(|(label, _)| label.as_str()).cycle();
    fuzz("certificates and keys", &contents, |content| {
        let label = labels.next().unwrap();
        let text = format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", base64(content));
        look(text.as_bytes())
    });
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let four = |chunk: &[u8]| {
        let value = chunk.iter().enumerate().fold(0_u32, |value, (at, byte)| value | u32::from(*byte) << (16 - 8 * at));
        (0..4)
            .map(|at| if at > chunk.len() { '=' } else { char::from(LETTERS[(value >> (18 - 6 * at)) as usize & 63]) })
            .collect::<String>()
    };
    bytes.chunks(3).map(four).collect()
}
