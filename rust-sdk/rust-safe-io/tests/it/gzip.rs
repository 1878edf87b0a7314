//! Packing with gzip, and reading what is packed.

use crate::allow::{OPEN, OPEN_DIR, READ, WRITE, all, all_but, allow, denied, failed, forbid};
use flate2::Compression;
use flate2::read::GzEncoder;
use rex_cedar_auth::{Gate, Policies, Stopped};
use rex_test_utils::{Folder, gate};
use rust_safe_io::{
    DirHandle, DirOptions, Error, FileHandle, FileOptions, GzipSearch, LineSelection, compress_gzip, gzip_info,
    read_gzip_lines, search_gzip, search_gzip_exists,
};
use std::io::Read as _;

pub(crate) const FOR_READING: FileOptions =
    FileOptions { read: true, write: false, create: false, permissions: None, follow: false };
pub(crate) const FOR_WRITING: FileOptions = FileOptions { read: true, write: true, create: true, ..FOR_READING };

/// Opens a file of the folder under a gate that permits everything.
pub(crate) fn open(folder: &Folder, name: &str, options: FileOptions) -> FileHandle {
    let gate = gate("permit(principal, action, resource);");
    let dir = DirHandle::open(&gate, folder.path(), DirOptions::default()).unwrap();
    dir.open_file(&gate, name, options).unwrap()
}

/// One gzip member.
pub(crate) fn packed(content: impl AsRef<[u8]>) -> Vec<u8> {
    let mut member = Vec::new();
    GzEncoder::new(content.as_ref(), Compression::new(6)).read_to_end(&mut member).unwrap();
    member
}

/// A folder with the file `a.gz`, and a handle of it.
fn with(bytes: impl AsRef<[u8]>) -> (Folder, FileHandle) {
    let folder = Folder::new(&[]);
    folder.put("a.gz", bytes);
    let file = open(&folder, "a.gz", FOR_READING);
    (folder, file)
}

/// Lines with numbers.
fn numbered(numbers: std::ops::Range<u32>, before: &str, after: &str) -> String {
    numbers.flat_map(|number| [before.to_owned(), number.to_string(), after.to_owned()]).collect()
}

fn lines(start: Option<i64>, count: Option<i64>) -> LineSelection {
    LineSelection::new(start, count).unwrap()
}

/// What each reading function says of these bytes.
fn each_reader(bytes: impl AsRef<[u8]>) -> Vec<Result<String, Error>> {
    let (folder, file) = with(bytes);
    let gate = all(&folder);
    let none = GzipSearch::default();
    vec![
        gzip_info(&gate, &file).map(|info| info.uncompressed_size.to_string()),
        read_gzip_lines(&gate, &file, Some(lines(Some(1), None))).map(|lines| lines.join("|")),
        read_gzip_lines(&gate, &file, Some(lines(None, Some(-100)))).map(|lines| lines.join("|")),
        search_gzip(&gate, &file, "", &none).map(|hits| hits.len().to_string()),
        search_gzip(&gate, &file, "\\A", &none).map(|hits| hits.len().to_string()),
        search_gzip_exists(&gate, &file, "nowhere", &none).map(|found| found.to_string()),
    ]
}

/// What each reading function gives, where none fails.
fn read_all(bytes: impl AsRef<[u8]>) -> Vec<String> {
    each_reader(bytes).into_iter().map(Result::unwrap).collect()
}

/// What each reading function fails with: the same for all.
fn refused(bytes: impl AsRef<[u8]>) -> String {
    let texts: Vec<_> = each_reader(bytes).into_iter().map(failed).collect();
    assert!(texts.iter().all(|(kind, text)| *kind == "FileReadError" && *text == texts[0].1), "{texts:?}");
    texts[0].1.strip_prefix("File read failed: ").unwrap().to_owned()
}

#[test]
fn what_was_packed_is_there_and_nothing_of_the_old() {
    let text = numbered(0..50_000, "line ", "\n");
    for (level, content) in [(1, text.as_str()), (6, "x"), (9, "")] {
        let folder = Folder::new(&[("a", content)]);
        folder.put("a.gz", "old content that is longer than the new ".repeat(10_000));
        let (source, target) = (open(&folder, "a", FOR_READING), open(&folder, "a.gz", FOR_WRITING));
        compress_gzip(&all(&folder), &source, &target, level).unwrap();
        let mut unpacked = String::new();
        flate2::read::MultiGzDecoder::new(&*folder.bytes("a.gz")).read_to_string(&mut unpacked).unwrap();
        assert!(unpacked == content);
        let info = gzip_info(&all(&folder), &target).unwrap();
        assert_eq!(
            (info.compressed_size, info.uncompressed_size),
            (folder.bytes("a.gz").len() as u64, content.len() as u64)
        );
    }
}

#[test]
fn packing_asks_read_and_write_and_denials_change_nothing() {
    let folder = Folder::new(&[("a", "text"), ("a.gz", "old")]);
    let (source, target) = (open(&folder, "a", FOR_READING), open(&folder, "a.gz", FOR_WRITING));
    let before = folder.tree();
    let deny = |action, name: &str| {
        let gate = all_but(&folder, &forbid(action, &folder.at(name)));
        denied(compress_gzip(&gate, &source, &target, 6))
    };
    assert_eq!(deny("read", "a"), ("read", folder.at("a")));
    assert_eq!(deny("write", "a.gz"), ("write", folder.at("a.gz")));
    let pack = |source, target, level| failed(compress_gzip(&all(&folder), source, target, level));
    assert_eq!(pack(&target, &target, 6).0, "InvalidArguments");
    assert_eq!(pack(&source, &source, 6).0, "InvalidFileMode");
    for level in [0, 10] {
        let text = format!("Validation error: Compression level must be between 1 and 9, got {level}");
        assert_eq!(pack(&source, &target, level), ("ValidationError", text));
    }
    std::fs::hard_link(folder.at("a.gz"), folder.at("other")).unwrap();
    assert_eq!(pack(&source, &target, 6).0, "FileError");
    std::fs::remove_file(folder.at("other")).unwrap();
    assert_eq!(before.changes(&folder.tree()), "");
    compress_gzip(&allow(&folder, &[READ, WRITE]), &source, &target, 6).unwrap();
}

#[test]
fn a_large_file_becomes_several_members_in_its_order() {
    let content = numbered(0..300_000, "a line with the number ", "\n");
    let (folder, source) = with(&content);
    assert!(content.len() > 6 << 20);
    let target = open(&folder, "packed.gz", FOR_WRITING);
    let gate = all(&folder);
    compress_gzip(&gate, &source, &target, 1).unwrap();
    let mut unpacked = Vec::new();
    flate2::read::MultiGzDecoder::new(&folder.bytes("packed.gz")[..]).read_to_end(&mut unpacked).unwrap();
    assert!(unpacked == content.as_bytes());
    assert_eq!(gzip_info(&gate, &target).unwrap().uncompressed_size, content.len() as u64);
    let mut first = Vec::new();
    flate2::read::GzDecoder::new(&folder.bytes("packed.gz")[..]).read_to_end(&mut first).unwrap();
    assert_eq!(first.len(), 1 << 20);
}

#[test]
fn packing_that_fails_on_the_way_says_what_is_left_and_leaves_no_whole_file() {
    let folder = Folder::new(&[("a", "")]);
    let mut random = 1_u64;
    let noise = std::iter::repeat_with(|| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 56) as u8
    });
    let content: Vec<u8> = noise.take(20_000_000).collect();
    folder.put("a", &content);
    let (source, target) = (open(&folder, "a", FOR_READING), open(&folder, "a.gz", FOR_WRITING));
    let looks = std::cell::Cell::new(0);
    let policies = Policies::load("all", "permit(principal, action, resource);").unwrap();
    let gate = Gate::new(policies, "tester").with_stop(move || {
        looks.set(looks.get() + 1);
        (looks.get() > 2).then(|| Stopped("enough".into()))
    });
    assert!(matches!(compress_gzip(&gate, &source, &target, 6), Err(Error::Stopped(_))));
    assert!(folder.bytes("a.gz").len() > 1000);
    assert_eq!(failed(gzip_info(&all(&folder), &target)).1, "File read failed: the gzip data ends before its end");
}

#[test]
fn reading_asks_read_and_the_handle_must_be_for_reading() {
    let folder = Folder::new(&[]);
    folder.put("a.gz", packed("text\n"));
    let path = folder.at("a.gz");
    let file = open(&folder, "a.gz", FOR_READING);
    let gate = all_but(&folder, &forbid("read", &path));
    let none = GzipSearch::default();
    assert_eq!(denied(gzip_info(&gate, &file)), ("read", path.clone()));
    assert_eq!(denied(read_gzip_lines(&gate, &file, None)), ("read", path.clone()));
    let unsaid = failed(read_gzip_lines(&all(&folder), &file, None));
    assert_eq!(unsaid, ("ValidationError", "Validation error: Must specify count or start option".to_owned()));
    // Nothing is said of a pattern before the judgement.
    assert_eq!(denied(search_gzip(&gate, &file, "(", &none)), ("read", path.clone()));
    assert_eq!(denied(search_gzip_exists(&gate, &file, "(", &none)), ("read", path.clone()));
    let writable = FileOptions { write: true, read: false, ..FOR_READING };
    let message =
        format!("Invalid file mode: Attempted to read a file without opening it with the read option.: {path}");
    assert_eq!(failed(gzip_info(&all(&folder), &open(&folder, "a.gz", writable))), ("InvalidFileMode", message));
    let gate = allow(&folder, &[READ]);
    assert_eq!(read_gzip_lines(&gate, &file, Some(lines(None, Some(1)))).unwrap(), ["text"]);
    assert_eq!(
        denied(read_gzip_lines(&allow(&folder, &[OPEN, OPEN_DIR]), &file, Some(lines(None, Some(1))))).0,
        "read"
    );
}

#[test]
fn all_members_count() {
    let rotated = [packed("a\nb"), packed(""), packed("c\nd\n")].concat();
    assert_eq!(read_all(&rotated), ["7", "a|bc|d", "a|bc|d", "3", "3", "false"]);
    assert_eq!(read_all(packed("")), ["0", "", "", "0", "0", "false"]);
}

#[test]
fn zeros_at_the_end_are_padding() {
    let padded = [packed("a\nb\n"), vec![0; 100_000]].concat();
    assert_eq!(read_all(padded), ["4", "a|b", "a|b", "2", "2", "false"]);
}

#[test]
fn what_is_no_whole_gzip_data_is_an_error_for_every_reader() {
    for bytes in [&b""[..], b"hit plain text", b"\x1f", b"\x1f\x8b", b"\0\0\0", b"\x1f\x8b\x07\0\0\0\0\0\0\0"] {
        assert_eq!(refused(bytes), "this is no gzip data");
    }
    let whole = packed("some text\n".repeat(1000) + "the end\n");
    for cut in [18, 30, whole.len() - 9, whole.len() - 8, whole.len() - 1] {
        assert_eq!(refused(&whole[..cut]), "the gzip data ends before its end", "{cut}");
    }
    let rest = "what follows the gzip data is neither gzip data nor padding";
    for after in [&b"x"[..], b"\0\0x", b"\x1f", b"\x1f\x8b\x08", b"\0\x1f\x8b"] {
        assert_eq!(refused([&*whole, after].concat()), rest);
    }
    let second = [&*whole, &whole[..whole.len() - 3]].concat();
    assert_eq!(refused(second), "the gzip data ends before its end");
}

#[test]
fn every_flipped_bit_is_noticed_or_does_not_matter() {
    let text = "a line\nand another one\n".repeat(20);
    let whole = packed(&text);
    let mut noticed = 0;
    for bit in 0..whole.len() * 8 {
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let (folder, file) = with(&bytes);
        match read_gzip_lines(&all(&folder), &file, Some(lines(Some(1), None))) {
            Ok(lines) => assert_eq!(lines.join("\n") + "\n", text, "bit {bit}"),
            Err(_) => noticed += 1,
        }
    }
    assert!(noticed > whole.len() * 8 - 100, "{noticed}");
}

#[test]
fn lines_are_those_that_read_lines_gives() {
    let text = numbered(1..16, "", "\r\n");
    for text in [text.as_str(), text.trim_end()] {
        let (folder, file) = with(packed(text));
        let read = |start, count| read_gzip_lines(&all(&folder), &file, Some(lines(start, count))).unwrap().join(" ");
        assert_eq!(read(None, Some(3)), "1 2 3");
        assert_eq!(read(None, Some(99)), "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15");
        assert_eq!(read(None, Some(0)), "");
        assert_eq!(read(None, Some(-2)), "14 15");
        assert_eq!(read(None, Some(-99)).len(), 35);
        assert_eq!(read(Some(14), None), "14 15");
        assert_eq!(read(Some(99), None), "");
        assert_eq!(read(Some(4), Some(2)), "4 5");
        assert_eq!(read(Some(4), Some(-2)), "3 4");
        assert_eq!(read(Some(99), Some(-2)), "14 15");
        assert_eq!(read(Some(1), Some(-5)), "1");
    }
    let (folder, file) = with(packed(b"ok\n\xff\n"));
    assert_eq!(read_gzip_lines(&all(&folder), &file, Some(lines(None, Some(1)))).unwrap(), ["ok"]);
    assert_eq!(failed(read_gzip_lines(&all(&folder), &file, Some(lines(None, Some(2))))).0, "Utf8Error");
}

#[test]
fn what_is_found_can_be_narrowed() {
    let (folder, file) = with(packed("INFO up\nERROR disk\nerror net\nERROR cpu\nINFO down\n"));
    let gate = all(&folder);
    let find = |pattern: &str, options: GzipSearch| {
        assert_eq!(
            search_gzip_exists(&gate, &file, pattern, &options).unwrap(),
            !search_gzip(&gate, &file, pattern, &GzipSearch { max_results: 0, ..options.clone() }).unwrap().is_empty()
        );
        let hits = search_gzip(&gate, &file, pattern, &options).unwrap();
        hits.into_iter().map(|hit| format!("{}:{}", hit.line_number, hit.line)).collect::<Vec<_>>().join("|")
    };
    let all = GzipSearch::default();
    // With `\A` each line is looked at by itself, else many at once.
    for end in ["", "|\\Ano"] {
        let pattern = |text: &str| text.to_owned() + end;
        assert_eq!(find(&pattern("ERROR"), all.clone()), "2:ERROR disk|4:ERROR cpu");
        assert_eq!(find(&pattern("nothing"), all.clone()), "");
        let either = GzipSearch { ignore_case: true, ..all.clone() };
        assert_eq!(find(&pattern("error"), either.clone()), "2:ERROR disk|3:error net|4:ERROR cpu");
        let excluding = |text: &str| GzipSearch { exclude_pattern: Some(text.to_owned()), ..either.clone() };
        assert_eq!(find(&pattern("error"), excluding("disk|^error")), "4:ERROR cpu");
        assert_eq!(find(&pattern("error"), excluding("DISK$")), "2:ERROR disk|3:error net|4:ERROR cpu");
        assert_eq!(find(&pattern("error"), excluding("")), "");
        let most = |max_results| GzipSearch { max_results, ..excluding("disk") };
        assert_eq!(find(&pattern("o"), most(2)), "1:INFO up|3:error net");
        assert_eq!(find(&pattern("o"), most(-2)), "4:ERROR cpu|5:INFO down");
        assert_eq!(find(&pattern("o"), most(-9)).split('|').count(), 4);
        assert_eq!(find(&pattern("o"), most(i64::MIN)).split('|').count(), 4);
    }
    let wrong = GzipSearch { exclude_pattern: Some("(".to_owned()), ..all.clone() };
    for result in [search_gzip(&gate, &file, "a", &wrong), search_gzip(&gate, &file, "(", &all)] {
        let (kind, text) = failed(result);
        assert!(kind == "ValidationError" && text.starts_with("Validation error: Invalid regex pattern: '(' - "));
    }
}

#[test]
fn the_last_lines_of_many_are_kept_and_the_others_let_go() {
    let text = numbered(0..300_000, "line ", "\n");
    let (folder, file) = with(packed(text));
    for last in [1, 3, 1000] {
        let options = GzipSearch { max_results: -last, ..GzipSearch::default() };
        let hits = search_gzip(&all(&folder), &file, "line", &options).unwrap();
        let numbers: Vec<u64> = hits.iter().map(|hit| hit.line_number).collect();
        assert_eq!(numbers, (300_001 - last.unsigned_abs()..=300_000).collect::<Vec<_>>());
    }
}

#[test]
fn a_search_that_has_enough_does_not_look_at_the_rest() {
    let damaged = [packed("hit\n".repeat(1_000_000)), b"garbage".to_vec()].concat();
    let (folder, file) = with(damaged);
    let first = GzipSearch { max_results: 2, ..GzipSearch::default() };
    assert_eq!(search_gzip(&all(&folder), &file, "hit", &first).unwrap().len(), 2);
    assert!(search_gzip_exists(&all(&folder), &file, "hit", &first).unwrap());
    assert_eq!(failed(search_gzip(&all(&folder), &file, "hit", &GzipSearch::default())).0, "FileReadError");
}

#[test]
fn a_line_that_is_a_bomb_is_refused() {
    let bomb = packed(vec![b'a'; 70 << 20]);
    assert!(bomb.len() < 100_000);
    let (folder, file) = with(&bomb);
    let gate = all(&folder);
    let texts = [
        failed(read_gzip_lines(&gate, &file, Some(lines(None, Some(1))))),
        failed(read_gzip_lines(&gate, &file, Some(lines(None, Some(-1))))),
        failed(search_gzip(&gate, &file, "b", &GzipSearch::default())),
        failed(search_gzip(&gate, &file, "\\Ab", &GzipSearch::default())),
    ];
    assert!(texts.iter().all(|(kind, _)| *kind == "FileContentTooLargeError"), "{texts:?}");
    assert_eq!(gzip_info(&gate, &file).unwrap().uncompressed_size, 70 << 20);
}

#[test]
fn the_end_of_the_run_ends_unpacking() {
    let bytes = [packed(vec![b'\n'; 50 << 20]), vec![0; 1 << 20]].concat();
    for stop_at in [1, 20, 150] {
        let (_folder, file) = with(&bytes);
        let looks = std::cell::Cell::new(0);
        let policies = Policies::load("all", "permit(principal, action, resource);").unwrap();
        let gate = Gate::new(policies, "tester").with_stop(move || {
            looks.set(looks.get() + 1);
            (looks.get() > stop_at).then(|| Stopped("enough".into()))
        });
        assert!(matches!(gzip_info(&gate, &file), Err(Error::Stopped(_))));
        assert!(matches!(search_gzip(&gate, &file, "x", &GzipSearch::default()), Err(Error::Stopped(_))));
        assert!(matches!(read_gzip_lines(&gate, &file, Some(lines(None, Some(-1)))), Err(Error::Stopped(_))));
    }
}
