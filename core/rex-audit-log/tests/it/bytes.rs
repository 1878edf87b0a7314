//! Every change of a single byte is found.

use crate::{Place, lines, look, whole_run};
use rex_audit_log::Verifier;

/// A verifier decides line by line, and what it found so far does not depend on what comes. So a change in one line is looked for from the
/// state before that line on, which is what a look through the whole file comes to; for some places the whole file is looked through, too.
#[test]
fn every_change_of_one_byte_of_200_records_is_found() {
    let place = Place::new();
    whole_run(&place.path(), "first", 97, None);
    whole_run(&place.path(), "second", 97, None);
    let bytes = place.read();
    let lines = lines(&bytes);
    assert_eq!(lines.len(), 200);
    assert!(look(&bytes).is_complete());
    let (mut verifier, mut offset, mut tried) = (Verifier::new(None), 0, 0_u64);
    for (number, line) in lines.iter().enumerate() {
        for at in 0..line.len() {
            let byte = line[at];
            let others = [byte ^ 1, byte ^ 0x20, byte ^ 0x80, b'\n', 0];
            let count = if at % 31 == 0 { others.len() } else { 1 };
            for other in others.into_iter().filter(|other| *other != byte).take(count) {
                let mut changed = line.clone();
                changed[at] = other;
                // Without its end, it becomes one with the next line.
                let end = (number + if at + 1 == line.len() { 3 } else { 2 }).min(lines.len());
                let next = lines[number + 1..end].concat();
                let last = end == lines.len();
                tried += 1;
                assert!(found(verifier.clone(), &changed, &next, last), "line {number}, byte {at}: {byte} as {other}");
                if (offset + at) % 4001 == 0 {
                    let mut all = bytes.clone();
                    all[offset + at] = other;
                    assert!(!look(&all).is_complete(), "byte {}", offset + at);
                }
            }
        }
        verifier.line(&line[..line.len() - 1]);
        assert!(!verifier.has_found());
        offset += line.len();
    }
    assert!(tried >= bytes.len() as u64);
    println!("{tried} changes in {} bytes", bytes.len());
}

/// Whether `changed` is found within the next two lines; at the end of the log, also as a line without an end.
fn found(mut verifier: Verifier<'_>, changed: &[u8], next: &[u8], last: bool) -> bool {
    for part in [changed, next].concat().split_inclusive(|byte| *byte == b'\n') {
        match part.strip_suffix(b"\n") {
            Some(line) => verifier.line(line),
            None => verifier.rest(part),
        }
    }
    verifier.has_found() || last && !verifier.finish().is_complete()
}
