//! Random input for what reads logs. `REX_FUZZ_SECONDS` says how long each target runs, one second without it; `REX_FUZZ_SEED` begins elsewhere.

use crate::{Place, end, judgement, lines, look, open, start, whole_run};
use rex_audit_log::{Colour, Entry, Filter, Head, Runs, Table};
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

/// Numbers that no statistics need.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit.max(1)
    }
}

/// Pieces that mean something in a record.
const WORDS: [&[u8]; 16] = [
    b"\n",
    b"\",\"hash\":\"",
    b"\"}}",
    b"{",
    b"}",
    b"[[[[[[[[",
    b"\\u0000",
    b"\xff\xfe",
    b"18446744073709551615",
    b"-1",
    b"1e999",
    b"\"torn\":{\"bytes\":1,\"sha256\":\"\"}",
    b"\"record\":\"repair\"",
    b"\"record\":\"run_start\"",
    b"null",
    b"\x1b[31m",
];

fn change(input: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    let at = random.below(input.len() + 1);
    let length = random.below(64);
    match random.below(7) {
        0 => input.truncate(at),
        1 if at < input.len() => input[at] = u8::try_from(random.below(256)).unwrap(),
        2 if at < input.len() => input[at] ^= 1 << random.below(8),
        3 => {
            let _ = input.splice(at..at, WORDS[random.below(WORDS.len())].iter().copied());
        }
        4 => {
            let end = (at + length).min(input.len());
            input.drain(at..end);
        }
        5 => {
            let (from, to) = (random.below(other.len() + 1), random.below(other.len() + 1));
            let _ = input.splice(at..at, other[from.min(to)..from.max(to)].iter().copied());
        }
        _ => {
            let mut lines = lines(input);
            if lines.len() > 1 {
                let (one, two) = (random.below(lines.len()), random.below(lines.len()));
                lines.swap(one, two);
            }
            *input = lines.concat();
        }
    }
}

fn fuzz(name: &str, seeds: &[Vec<u8>], mut target: impl FnMut(&[u8])) {
    let number = |variable: &str, default| std::env::var(variable).map_or(default, |text| text.parse().unwrap());
    let budget = Duration::from_secs(number("REX_FUZZ_SECONDS", 1));
    let mut random = Random(number("REX_FUZZ_SEED", 1));
    let (begun, mut rounds) = (Instant::now(), 0_u64);
    while begun.elapsed() < budget {
        let mut input = seeds[random.below(seeds.len())].clone();
        let other = &seeds[random.below(seeds.len())];
        for _ in 0..=random.below(6) {
            change(&mut input, other, &mut random);
        }
        input.truncate(1 << 20);
        let shown = input.clone();
        let failed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| target(&input)));
        assert!(failed.is_ok(), "{name}: this input failed: {:?}", String::from_utf8_lossy(&shown));
        rounds += 1;
    }
    println!("{name}: {rounds} inputs");
}

fn seeds() -> Vec<Vec<u8>> {
    let one = Place::new();
    whole_run(&one.path(), "a", 3, None);
    let mut torn = one.read();
    torn.extend_from_slice(&lines(&one.read())[1][..100]);
    let two = Place::new();
    std::fs::write(two.path(), &torn).unwrap();
    std::fs::set_permissions(two.path(), std::fs::Permissions::from_mode(0o600)).unwrap();
    let mut run = start(&two.path(), "b", None);
    run.limit("the time limit was reached").unwrap();
    run.end(&end()).unwrap();
    vec![one.read(), two.read(), torn, Vec::new()]
}

/// A changed log never passes for the one that it was, and nothing of it reaches a terminal.
#[test]
fn fuzz_verify_and_show() {
    let seeds = seeds();
    let heads: Vec<Head> = seeds.iter().map(|seed| look(seed).head).collect();
    fuzz("verify and show", &seeds, |input| {
        let report = look(input);
        assert_eq!(report.holds(), report.found == 0);
        // Whoever ends with the same record, and holds, is that log.
        if report.holds()
            && let Some(at) = heads.iter().position(|head| *head == report.head)
            && report.unfinished.is_none()
            && report.head.sequence > 0
        {
            assert!(seeds.iter().any(|seed| seed.starts_with(input) || input == seed.as_slice()), "{at}");
        }
        let mut runs = Runs::default();
        for line in input.split(|byte| *byte == b'\n') {
            if let Some(entry) = Entry::parse(line) {
                runs.add(&entry);
                let filter = Filter { resource: Some("*a*b*".to_owned()), denied: true, ..Filter::default() };
                let _ = filter.shows(&entry);
                let row = Table::new(Colour::No).row(&entry);
                assert!(!row.chars().any(char::is_control), "{row:?}");
            }
        }
        let text = report.to_string() + &runs.text(Colour::No);
        assert!(text.chars().all(|letter| letter == '\n' || !letter.is_control()), "{text:?}");
    });
}

/// A writer that finds a changed log refuses it, or goes on with records that hold.
#[test]
fn fuzz_writer() {
    let place = Place::new();
    start(&place.path(), "first", None);
    fuzz("writer", &seeds(), |input| {
        std::fs::write(place.path(), input).unwrap();
        let before = look(input);
        if open(&place.path()).is_err() {
            return;
        }
        let mut run = start(&place.path(), "new run", None);
        run.judged(&judgement("/x")).unwrap();
        run.end(&end()).unwrap();
        let after = place.report();
        assert!(place.read().starts_with(input));
        assert_eq!(after.records, before.records + 3 + after.torn - before.torn);
        assert_eq!(after.found, before.found, "{after}");
        assert!(after.unfinished.is_none());
    });
}
