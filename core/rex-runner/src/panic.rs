//! What happens when REX itself fails: the run ends on the spot, and with its record.

use crate::confine::Request;
use crate::record::exit;
use std::panic::{PanicHookInfo, set_hook, take_hook};
use std::sync::mpsc::Sender;

/// How the run came to its end.
#[derive(Debug)]
pub(crate) enum Ended {
    /// By itself, with this exit code and its record written.
    With(u8),
    /// By a defect of REX, which is this; nothing is written yet.
    Panicked(String),
    /// Not yet: before the script begins, the supervising thread has to be confined as well.
    Confine(Request),
}

/// Lets a panic on any other thread than the calling one end the run: `ended` is told of it, and the thread that panicked never goes
/// on. Nothing is unwound: half-done work must not look at what it left behind, and the program is smaller without the code for that.
///
/// A panic on the calling thread, which is the one that would write the record, ends the process.
pub(crate) fn end_run(ended: Sender<Ended>) {
    let supervisor = std::thread::current().id();
    let usual = take_hook();
    set_hook(Box::new(move |panic| {
        if std::thread::current().id() == supervisor || ended.send(Ended::Panicked(text(panic))).is_err() {
            usual(panic);
            #[expect(
                clippy::exit,
                clippy::disallowed_methods,
                reason = "nobody is left who could return from `main` with this code"
            )]
            std::process::exit(i32::from(exit::INTERNAL));
        }
        loop {
            std::thread::park();
        }
    }));
}

fn text(panic: &PanicHookInfo<'_>) -> String {
    let payload = panic.payload();
    let text = payload.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("no text");
    match panic.location() {
        Some(place) => format!("{text} ({place})"),
        None => text.to_owned(),
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, clippy::exit, reason = "the test plays itself in another process")]
mod tests {
    use super::{Ended, end_run};
    use std::process::{Command, Output};
    use std::sync::mpsc::channel;
    use std::time::Duration;

    const ROLE: &str = "REX_TEST_PANIC";

    /// The hook is one for the whole process, so each case is a process: this very test, told what to play.
    fn play(role: &str) -> Output {
        let mut program = Command::new(std::env::current_exe().unwrap());
        program.args(["--exact", "panic::tests::a_panic_ends_the_run", "--nocapture"]).env(ROLE, role);
        program.output().unwrap()
    }

    #[test]
    fn a_panic_ends_the_run() {
        match std::env::var(ROLE).as_deref() {
            Err(_) => {
                let told = play("other");
                let words = String::from_utf8(told.stdout).unwrap();
                assert!(told.status.success(), "{words}");
                assert!(words.contains("told: on purpose (") && words.contains("panic.rs:"), "{words}");
                let ended = play("supervisor");
                assert_eq!(ended.status.code(), Some(70));
                assert!(String::from_utf8(ended.stderr).unwrap().contains("on purpose"));
            }
            Ok("other") => {
                let (done, ended) = channel();
                end_run(done);
                let _ = std::thread::spawn(|| panic!("on purpose"));
                match ended.recv_timeout(Duration::from_secs(60)) {
                    Ok(Ended::Panicked(text)) => println!("told: {text}"),
                    other => unreachable!("{other:?}"),
                }
                // The test harness would wait for the hook, in which the thread that panicked stays.
                std::process::exit(0);
            }
            Ok(_) => {
                let (done, _ended) = channel();
                end_run(done);
                panic!("on purpose");
            }
        }
    }
}
