//! How long a record takes: `cargo bench -p rex-audit-log`. Each figure is the least and the median of several rounds, in processor time.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a benchmark prints its table, writes a file and may fail"
)]

use rex_audit_log::{
    Destination, Effect, Extent, Facts, Judgement, Log, Redaction, Run, Source, Start, Usage, Verifier, verify,
};
use std::path::Path;
use std::time::Duration;

const ROUNDS: usize = 15;
const RECORDS: u32 = 2000;

fn run(path: &Path, name: &str) -> Run {
    let facts = Facts {
        run: format!("0d9cb43e-4a2f-4d1c-9a4e-0123456789a{name}"),
        host: "db1.example.org".to_owned(),
        principal: "alice".to_owned(),
        version: "0.1.0",
        script: Source::new("/opt/scripts/report.rhai", b"x"),
        policy: Source::new("/etc/opt/rex/report.cedar", b"x"),
        ..Facts::default()
    };
    let log = Log::open(&Destination::File(path.to_owned()), None).unwrap();
    Run::start(log, facts, Redaction::default(), &Start::default()).unwrap()
}

fn judgement() -> Judgement<'static> {
    Judgement {
        namespace: "file_system",
        action: "open",
        kind: "file_system::File",
        id: "/var/log/application/server/access.log",
        denied: None,
        policies: &["`read logs` (line 12)"],
        extent: Extent::One,
        function: Some("cat"),
        line: 17,
    }
}

fn row(what: &str, mut rounds: Vec<Duration>, target: &str) {
    rounds.sort();
    let (least, median) = (rounds.first().unwrap(), rounds.get(ROUNDS / 2).unwrap());
    println!("{what:<52} {least:>12.2?} {median:>12.2?}   {target}");
}

/// Processor time of this process: neighbours do not count.
fn busy() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap(), u32::try_from(time.tv_nsec).unwrap())
}

fn measure(mut round: impl FnMut()) -> Vec<Duration> {
    (0..ROUNDS)
        .map(|_| {
            let began = busy();
            round();
            busy().saturating_sub(began) / RECORDS
        })
        .collect()
}

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.log");
    println!("{:<52} {:>12} {:>12}", "one record", "least", "median");
    let mut one = run(&path, "1");
    row(
        "judgement: make, hash, lock, write, unlock",
        measure(|| (0..RECORDS).for_each(|_| one.judged(&judgement()).unwrap())),
        "at most 10 us",
    );
    let effect =
        Effect { function: "cat", line: 17, error: None, took: Duration::from_millis(1), usage: Usage::default() };
    row("effect", measure(|| (0..RECORDS).for_each(|_| one.ended(&effect).unwrap())), "at most 10 us");
    let mut two = run(&path, "2");
    row(
        "judgement, where another run wrote in between",
        measure(|| {
            for _ in 0..RECORDS / 2 {
                one.judged(&judgement()).unwrap();
                two.judged(&judgement()).unwrap();
            }
        }),
        "",
    );
    let bytes = std::fs::read(&path).unwrap();
    let began = busy();
    let report = verify(bytes.as_slice(), Verifier::new(None)).unwrap();
    let took = busy().saturating_sub(began);
    assert!(report.holds());
    let records = report.records;
    println!("verify: {records} records of {} bytes each in {took:.2?}", bytes.len() as u64 / records);
}
