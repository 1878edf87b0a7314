//! Writers that are killed at any moment leave a log that holds up to its last whole record.

use crate::{Place, ROLE, end, judgement, lines, look, play, start};
use std::time::{Duration, Instant};

const ROUNDS: u64 = 40;

/// This test also plays the writer.
#[test]
fn a_log_holds_though_its_writers_are_killed() {
    if let Ok(path) = std::env::var(ROLE) {
        let mut run = start(path.as_ref(), &std::process::id().to_string(), None);
        loop {
            run.judged(&judgement(&"/a/long/path".repeat(200))).unwrap();
        }
    }
    let place = Place::new();
    let name = "kill::a_log_holds_though_its_writers_are_killed";
    let (mut records, mut random) = (0, 1_u64);
    for round in 0..ROUNDS {
        let mut writers = [(); 2].map(|()| play(name, place.path().to_str().unwrap()));
        let until = Instant::now() + Duration::from_secs(60);
        while std::fs::metadata(place.path()).map_or(0, |meta| meta.len()) == 0 && Instant::now() < until {}
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        std::thread::sleep(Duration::from_micros((random >> 33) % 30_000));
        for writer in &mut writers {
            writer.kill().unwrap();
            writer.wait().unwrap();
        }
        let report = place.report();
        assert!(report.holds(), "round {round}: {report}");
        assert!(report.records >= records);
        records = report.records;
        assert!(report.to_string().contains(&format!("good: {records} records of ")), "{report}");
    }
    let mut run = start(&place.path(), "last", None);
    run.end(&end()).unwrap();
    let report = place.report();
    assert!(report.holds() && report.unfinished.is_none() && !report.open_runs.is_empty(), "{report}");
    println!("{} records, {} runs, {} unfinished lines", report.records, report.runs, report.torn);
    assert!(report.records > 100);
}

/// The kernel writes a line in one go, so that a kill seldom leaves part of one; this leaves every part.
#[test]
fn a_log_that_ends_at_any_byte_holds_and_goes_on() {
    let place = Place::new();
    crate::whole_run(&place.path(), "a", 3, None);
    let bytes = place.read();
    for length in 0..=bytes.len() {
        std::fs::write(place.path(), &bytes[..length]).unwrap();
        let whole = lines(&bytes[..length]).iter().filter(|line| line.ends_with(b"\n")).count() as u64;
        let report = look(&bytes[..length]);
        assert!(report.holds() && report.records == whole, "{length}: {report}");
        let mut run = start(&place.path(), "b", None);
        run.end(&end()).unwrap();
        let report = place.report();
        assert!(report.holds() && report.unfinished.is_none(), "{length}: {report}");
        // A record that lacks but the end of its line gets that; of anything less there is a record.
        let begun = length > 0 && bytes[length - 1] != b'\n';
        assert_eq!(report.records, whole + 2 + u64::from(begun), "{length}");
        assert_eq!(report.torn, u64::from(begun && bytes.get(length) != Some(&b'\n')), "{length}");
    }
}
