//! What a run captures through the public interface.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use rex_logger::{CAPACITY, DROPPED, Level, Logger, MAX_MESSAGE, Record, Syslog};

fn logger(level: Level) -> Logger {
    Logger::new(level, Syslog::Off)
}

fn messages(records: &[Record]) -> Vec<&str> {
    records.iter().map(|record| record.message.as_str()).collect()
}

#[test]
fn only_messages_as_urgent_as_the_level_are_kept() {
    let logger = logger(Level::Warn);
    for level in [Level::Error, Level::Warn, Level::Info, Level::Debug, Level::Trace] {
        logger.script(level, "script", 1);
        logger.function(level, "function");
    }
    let levels: Vec<_> = logger.take().iter().map(|record| record.level).collect();
    assert_eq!(levels, [Level::Error, Level::Error, Level::Warn, Level::Warn]);
    assert!(logger.enabled(Level::Warn) && !logger.enabled(Level::Info));
}

#[test]
fn a_function_message_names_the_innermost_call_and_a_script_message_none() {
    let logger = logger(Level::Info);
    logger.function(Level::Info, "outside");
    let outer = logger.enter("cat", 3);
    logger.script(Level::Info, "own", 9);
    {
        let _inner = logger.enter("open", 4);
        logger.function(Level::Info, "inner");
    }
    logger.function(Level::Info, "outer");
    drop(outer);
    logger.function(Level::Info, "after");
    let records = logger.take();
    let seen: Vec<_> = records.iter().map(|record| (&*record.message, record.line, record.function)).collect();
    assert_eq!(
        seen,
        [
            ("outside", 0, None),
            ("own", 9, None),
            ("inner", 4, Some("open")),
            ("outer", 3, Some("cat")),
            ("after", 0, None)
        ]
    );
}

#[test]
fn internal_messages_are_not_captured() {
    let logger = logger(Level::Trace);
    logger.internal(Level::Error, "for the operator");
    assert!(logger.take().is_empty());
}

#[test]
fn a_panic_and_a_leaked_guard_leave_no_call_behind() {
    let logger = logger(Level::Info);
    let result = catch_unwind(AssertUnwindSafe(|| {
        let _call = logger.enter("cat", 1);
        panic!("inside");
    }));
    assert!(result.is_err());
    assert_eq!(logger.current(), None);
    let outer = logger.enter("outer", 1);
    std::mem::forget(logger.enter("leaked", 2));
    assert_eq!(logger.current(), Some(("leaked", 2)));
    drop(outer);
    assert_eq!(logger.current(), None);
}

#[test]
fn a_thousand_records_fit_and_one_more_drops_the_oldest() {
    let logger = logger(Level::Info);
    for i in 0..CAPACITY {
        logger.script(Level::Info, &i.to_string(), 1);
    }
    let records = logger.take();
    assert_eq!((records.len(), &*records[0].message), (1000, "0"));

    for i in 0..=CAPACITY {
        logger.script(Level::Info, &i.to_string(), 1);
    }
    let records = logger.take();
    assert_eq!(records.len(), 1001);
    assert_eq!(messages(&records[..3]), [DROPPED, "1", "2"]);
    assert_eq!((records[0].level, records[0].line, records[0].function), (Level::Warn, 0, None));
    assert_eq!(records[0].timestamp, records[1].timestamp);

    logger.script(Level::Info, "next", 1);
    assert_eq!(messages(&logger.take()), ["next"]);
}

#[test]
fn a_flood_of_long_lines_stays_bounded_and_quick() {
    let logger = logger(Level::Info);
    let line = "é".repeat(1500);
    let start = Instant::now();
    for _ in 0..100_000 {
        logger.script(Level::Info, &line, 1);
    }
    let records = logger.take();
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    assert_eq!(records.len(), 1001);
    assert!(records.iter().all(|record| record.message.len() <= MAX_MESSAGE && record.message.capacity() < 4096));
}

#[test]
fn entering_and_leaving_a_call_is_cheap() {
    let logger = logger(Level::Info);
    let start = Instant::now();
    for line in 0..1_000_000 {
        let _call = logger.enter("cat", line);
    }
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
}
