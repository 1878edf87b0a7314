//! Records that are removed, moved, repeated, put in or cut off are found, and where.

use crate::{Place, lines, look, whole_run};
use rex_audit_log::{Head, Report, Verifier, verify};

struct Damaged {
    lines: Vec<Vec<u8>>,
}

impl Damaged {
    /// Two runs of ten records each.
    fn new() -> Self {
        let place = Place::new();
        whole_run(&place.path(), "first", 7, None);
        whole_run(&place.path(), "second", 7, None);
        let lines = lines(&place.read());
        assert_eq!(lines.len(), 20);
        Self { lines }
    }

    fn report(&self) -> Report {
        look(&self.lines.concat())
    }

    /// The first problem: its line and words, after checking that its place is right.
    fn first(&self) -> (u64, String) {
        let report = self.report();
        let problem = report.problems.first().unwrap_or_else(|| panic!("nothing was found: {report}")).clone();
        let before = usize::try_from(problem.line - 1).unwrap();
        assert_eq!(problem.offset, self.lines[..before].concat().len() as u64, "{problem}");
        (problem.line, problem.text)
    }
}

#[test]
fn removed_records_are_found_wherever_they_were() {
    for first in 0..19 {
        for count in 1..=(19 - first).min(4) {
            let mut log = Damaged::new();
            log.lines.drain(first..first + count);
            let (line, text) = log.first();
            assert_eq!(line, first as u64 + 1, "{text}");
            let said = match count {
                1 => format!("record {} is missing", first + 1),
                _ => format!("records {} to {} are missing", first + 1, first + count),
            };
            assert!(text.starts_with(&said), "{text}");
        }
    }
}

#[test]
fn repeated_moved_and_inserted_records_are_found() {
    for at in 0..19 {
        let mut log = Damaged::new();
        log.lines.insert(at + 1, log.lines[at].clone());
        let text = format!("record {0} comes after record {0}: it was repeated, moved or inserted", at + 1);
        assert_eq!(log.first(), (at as u64 + 2, text));
        let mut log = Damaged::new();
        log.lines.swap(at, at + 1);
        assert_eq!(log.first().0, at as u64 + 1);
        let mut log = Damaged::new();
        log.lines.insert(at, b"{}\n".to_vec());
        assert_eq!(log.first(), (at as u64 + 1, "this is no record".to_owned()));
        assert_eq!(log.report().found, 1, "one line too many is one problem: {}", log.report());
    }
    let mut log = Damaged::new();
    log.lines.reverse();
    assert!(log.report().found > 10);
}

#[test]
fn a_changed_record_is_one_problem_and_the_rest_is_still_checked() {
    let mut log = Damaged::new();
    log.lines[4][40] ^= 1;
    log.lines[12][40] ^= 1;
    let report = log.report();
    assert_eq!(report.problems.iter().map(|problem| problem.line).collect::<Vec<_>>(), [5, 13], "{report}");
    let sound = log.lines[..4].concat().len() as u64;
    assert_eq!(report.sound_to, Some((4, sound)));
    assert!(report.to_string().ends_with(&format!("NOT good: only the first 4 records hold, up to byte {sound}\n")));
}

/// A record that was written anew, with a hash that is right for it, does not fit what comes after.
#[test]
fn a_record_with_a_new_hash_does_not_fit_the_next() {
    let mut log = Damaged::new();
    let other = Place::new();
    whole_run(&other.path(), "first", 7, None);
    log.lines[3] = lines(&other.read())[3].clone();
    let text = "this record does not follow record 3: one of the two was replaced".to_owned();
    assert_eq!(log.first(), (4, text));
}

#[test]
fn a_log_cut_off_within_a_line_says_so() {
    let log = Damaged::new();
    let bytes = log.lines.concat();
    let last = bytes.len() - log.lines[19].len();
    for length in last + 1..bytes.len() {
        let report = look(&bytes[..length]);
        assert!(report.holds() && !report.is_complete());
        assert_eq!((report.records, report.unfinished), (19, Some((last as u64, (length - last) as u64))));
        assert_eq!(report.open_runs, ["second"]);
    }
}

/// What is cut off between two records leaves a log that holds; only whoever knows what was there finds out.
#[test]
fn a_log_cut_off_between_records_is_found_by_its_head() {
    let log = Damaged::new();
    let head = log.report().head;
    assert_eq!(head.sequence, 20);
    let against = |lines: &[Vec<u8>], head: &Head| {
        verify(lines.concat().as_slice(), Verifier::new(None).expecting(head.clone())).unwrap()
    };
    assert!(against(&log.lines, &head).is_complete());
    for kept in 0..20 {
        let report = against(&log.lines[..kept], &head);
        let text = format!("the log ends with record {kept}, but record 20 was there: it was cut short");
        assert_eq!(report.problems[0].text, text);
        // Within a run, the missing end tells as well.
        assert_eq!(look(&log.lines[..kept].concat()).open_runs.is_empty(), kept == 0 || kept == 10);
    }
    let other = Head { hash: "ab".repeat(32), ..head };
    let text = &against(&log.lines, &other).problems[0].text;
    assert_eq!(text, "record 20 is not the one that was there: the log was written anew");
}

#[test]
fn the_end_of_a_run_counts_its_records() {
    // Two records of a run are taken out, and all that follows is sealed anew, as anybody can who may write the file.
    let log = Damaged::new();
    let mut kept: Vec<serde_json::Value> = log.lines.iter().map(|line| serde_json::from_slice(line).unwrap()).collect();
    kept.drain(3..5);
    let report = look(&crate::signed::seal(&kept));
    assert_eq!(report.problems[0].text, "the end of this run counts 9 records before it, and 7 are there", "{report}");
}

#[test]
fn lines_without_end_are_read_in_bounded_memory() {
    let mut bytes = Damaged::new().lines.concat();
    let sound = bytes.len() as u64;
    bytes.extend(std::iter::repeat_n(b'x', 3 << 20));
    let report = look(&bytes);
    assert_eq!(report.problems[0].offset, sound);
    assert_eq!(report.sound_to, Some((20, sound)));
}
