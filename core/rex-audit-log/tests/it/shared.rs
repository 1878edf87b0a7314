//! Several processes write into one log.

use crate::{Place, ROLE, play, whole_run};

const WRITERS: usize = 8;
/// With start, effect and end, and one checkpoint: 10 000 records in all.
const JUDGEMENTS: usize = 1250 - 4;

/// This test also plays the writers.
#[test]
fn ten_thousand_records_of_eight_processes_are_one_chain() {
    if let Ok(role) = std::env::var(ROLE) {
        let (path, run) = role.split_once(' ').unwrap();
        return whole_run(path.as_ref(), run, JUDGEMENTS, None);
    }
    let place = Place::new();
    let name = "shared::ten_thousand_records_of_eight_processes_are_one_chain";
    let writers: Vec<_> =
        (0..WRITERS).map(|number| play(name, &format!("{} run{number}", place.path().display()))).collect();
    for mut writer in writers {
        assert!(writer.wait().unwrap().success());
    }
    let report = place.report();
    assert!(report.is_complete(), "{report}");
    assert_eq!((report.records, report.runs, report.ended, report.head.sequence), (10_000, 8, 8, 10_000));
    // They did write at the same time: the runs are not one after the other.
    let text = String::from_utf8(place.read()).unwrap();
    let run =
        |line: &str| line.split("\"correlation_uid\":\"").nth(1).and_then(|rest| rest.get(..4)).map(str::to_owned);
    let runs: Vec<_> = text.lines().map(run).collect();
    let changes = runs.windows(2).filter(|pair| pair[0] != pair[1]).count();
    println!("{changes} changes of writer");
    assert!(changes > WRITERS, "{changes}");
}
