//! Core dumps of real programs, compiled here.

use crate::allow::{denied, failed};
use crate::elf::dump;
use rex_cedar_auth::Gate;
use rex_test_utils::{Folder, gate};
use rust_safe_io::{CoreDump, Frame, TracedProcess};
use std::process::Command;

pub(crate) const PROGRAM: &str = r#"
#include <pthread.h>
#include <signal.h>
#include <unistd.h>
struct point { int x; const char *name; struct point *next; };
enum color { RED, GREEN = 5 };
int counter = 42;
static pthread_barrier_t started;
__attribute__((noinline)) int inner(int depth, const char *text, struct point *place) {
    char word[8] = "abc";
    enum color color = GREEN;
    double ratio = 1.5;
    int numbers[3] = {1, 2, -3};
    unsigned char byte = 200;
    counter += word[0] + (int)ratio + numbers[depth % 3] + byte + color + place->x + text[0];
    *(volatile int *)0 = depth;
    return counter;
}
__attribute__((noinline)) int outer(int count) {
    struct point last = {7, "last", 0};
    struct point first = {-1, "first", &last};
    return inner(count + 1, "hello", &first) + 1;
}
void *waiter(void *nothing) {
    pthread_barrier_wait(&started);
    for (;;) pause();
    return nothing;
}
int main(void) {
    pthread_t thread;
    pthread_barrier_init(&started, 0, 2);
    pthread_create(&thread, 0, waiter, 0);
    pthread_barrier_wait(&started);
    usleep(50000);
    return outer(6);
}
"#;

/// A gate that lets everything be opened and read, and nothing else.
pub(crate) fn reading() -> Gate {
    gate(r#"permit(principal, action in [file_system::Action::"open", file_system::Action::"read"], resource);"#)
}

/// A program that was ended by a signal, and its dump; nothing where one of both cannot be made here.
pub(crate) fn crashed(folder: &Folder, program: &str, flags: &[&str]) -> Option<CoreDump> {
    folder.put("program.c", program);
    let compiled = Command::new("cc")
        .args(flags)
        .args(["-o", "program", "program.c", "-lpthread"])
        .current_dir(folder.path())
        .output();
    let Ok(done) = compiled else {
        eprintln!("skipped: there is no C compiler");
        return None;
    };
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let core = dump(folder, &mut Command::new(folder.at("program")))?;
    Some(CoreDump { exe: folder.at("program"), core })
}

fn names(frames: &[Frame]) -> Vec<&str> {
    frames.iter().map(|frame| frame.function.as_str()).collect()
}

/// The first thread was in `inner`, called by `outer`, called by `main`; the second waited.
fn is_whole(process: &TracedProcess) {
    assert_eq!(process.threads.len(), 2, "{process:#?}");
    let [first, second] = &process.threads[..] else { unreachable!() };
    assert_eq!((first.id, second.id), (1, 2));
    assert_eq!((first.tid, process.pid), (process.pid, first.tid));
    assert_eq!(names(&first.frames)[..3], ["inner", "outer", "main"], "{first:#?}");
    assert!(names(&first.frames).last().is_some_and(|name| *name == "_start"), "{first:#?}");
    assert!(names(&second.frames).contains(&"waiter"), "{second:#?}");
    for thread in &process.threads {
        for (number, frame) in (0..).zip(&thread.frames) {
            assert_eq!(frame.number, number);
        }
    }
}

#[test]
fn functions_lines_and_threads() {
    for flags in [["-g", "-O0"], ["-g", "-O2"], ["-gdwarf-4", "-O1"]] {
        let folder = Folder::new(&[]);
        let Some(dump) = crashed(&folder, PROGRAM, &flags) else { return };
        let process = dump.backtrace(&reading()).unwrap();
        is_whole(&process);
        let inner = &process.threads[0].frames[0];
        assert!(inner.source.as_ref().is_some_and(|path| path.ends_with("program.c")), "{inner:?}");
        assert_eq!(inner.line, Some(16), "{flags:?}");
        assert!(inner.instruction.is_some());
    }
}

#[test]
fn without_debug_information() {
    let folder = Folder::new(&[]);
    let Some(dump) = crashed(&folder, PROGRAM, &["-O2"]) else { return };
    let process = dump.backtrace(&reading()).unwrap();
    is_whole(&process);
    assert_eq!((&process.threads[0].frames[0].source, process.threads[0].frames[0].line), (&None, None));
    let names = vec!["count".to_owned()];
    assert!(dump.variables(&reading(), None, 1, &names).unwrap().is_empty());
}

#[test]
fn without_symbols_it_is_told_where() {
    let folder = Folder::new(&[]);
    let Some(dump) = crashed(&folder, PROGRAM, &["-O2", "-s"]) else { return };
    let process = dump.backtrace(&reading()).unwrap();
    let frames = &process.threads[0].frames;
    assert_eq!(names(frames)[..3], ["??", "??", "??"], "{frames:#?}");
    assert!(frames.len() > 3 && frames.iter().all(|frame| frame.instruction.is_some_and(|at| at > 0)));
}

#[test]
fn values_of_variables() {
    let folder = Folder::new(&[]);
    let Some(dump) = crashed(&folder, PROGRAM, &["-g", "-O0"]) else { return };
    let value = |frame: i64, name: &str| {
        let names = [name.to_owned()];
        dump.variables(&reading(), Some(1), frame, &names).unwrap().remove(name)
    };
    for (frame, name, expected) in [
        (0, "depth", "7"),
        (0, "ratio", "1.5"),
        (0, "color", "GREEN"),
        (0, "byte", r"200 '\xc8'"),
        (0, "word", "\"abc\""),
        (0, "word[1]", "98 'b'"),
        (0, "numbers", "{1, 2, -3}"),
        (0, "numbers[2]", "-3"),
        (0, "place->x", "-1"),
        (0, "place->next->x", "7"),
        (0, "place.next.next", "0x0"),
        (0, "counter", "450"),
        (1, "count", "6"),
        (1, "last.x", "7"),
        (2, "counter", "450"),
    ] {
        assert_eq!(value(frame, name).as_deref(), Some(expected), "{name} in frame {frame}");
    }
    assert!(value(0, "text").is_some_and(|text| text.starts_with("0x") && text.ends_with(" \"hello\"")));
    let structure = value(1, "first").unwrap();
    assert!(structure.starts_with("{x = -1, name = 0x") && structure.contains("\"first\", next = 0x"), "{structure}");
    for (frame, name) in
        [(0, "count"), (1, "depth"), (0, "missing"), (9, "depth"), (-1, "depth"), (0, "place->nothing")]
    {
        assert_eq!(value(frame, name), None, "{name} in frame {frame}");
    }
    // A thread that is not there stands for the first.
    let names = ["depth".to_owned(), "numbers".to_owned()];
    assert_eq!(dump.variables(&reading(), Some(9), 0, &names).unwrap().len(), 2);
    assert_eq!(dump.variables(&reading(), None, 0, &names).unwrap().len(), 2);
    assert_eq!(dump.variables(&reading(), Some(2), 0, &names).unwrap().len(), 0);
}

#[test]
fn a_name_is_never_a_command() {
    let folder = Folder::new(&[("core", "no core\n")]);
    let dump = CoreDump { exe: "/bin/true".into(), core: folder.at("core") };
    for name in ["$_shell(\"touch ran\")", "1\nshell touch ran\n", "x; shell touch ran"] {
        let (kind, text) = failed(dump.variables(&reading(), None, 0, &[name.to_owned()]));
        assert_eq!(kind, "ValidationError", "{text}");
    }
}

#[test]
fn every_file_is_judged() {
    let folder = Folder::new(&[]);
    let Some(dump) = crashed(&folder, PROGRAM, &["-g", "-O0"]) else { return };
    let only = |action: &str, name: &str| {
        gate(&format!(
            r#"permit(principal, action, resource);
               forbid(principal, action == file_system::Action::"{action}", resource == file_system::File::"{}");"#,
            folder.at(name)
        ))
    };
    let core = dump.core.rsplit('/').next().unwrap().to_owned();
    for action in ["open", "read"] {
        for name in ["program", &core] {
            assert_eq!(denied(dump.backtrace(&only(action, name))), (action, folder.at(name)));
            let names = ["depth".to_owned()];
            assert_eq!(denied(dump.variables(&only(action, name), None, 0, &names)), (action, folder.at(name)));
        }
    }
    // Without the libraries, what they do is not known, but where.
    let own = gate(&format!("permit(principal, action, resource in file_system::Dir::\"{}\");", folder.path()));
    let process = dump.backtrace(&own).unwrap();
    assert_eq!(names(&process.threads[0].frames)[..3], ["inner", "outer", "main"]);
    let waits = &process.threads[1].frames[0];
    assert_eq!((waits.function.as_str(), waits.line), ("??", None));
    assert!(waits.source.as_ref().is_some_and(|path| path.contains("libc")), "{waits:?}");
    assert!(own.journal().denied() > 0);
}

#[test]
fn what_is_no_program_or_no_dump_of_it() {
    let folder = Folder::new(&[("text", "no program\n")]);
    let Some(dump) = crashed(&folder, PROGRAM, &["-g", "-O0"]) else { return };
    let trace = |exe: &str, core: &str| failed(CoreDump { exe: exe.into(), core: core.into() }.backtrace(&reading()));
    let text = folder.at("text");
    assert_eq!(trace(&text, &dump.core), ("Other", format!("Invalid executable: {text}")));
    assert_eq!(trace(&dump.core, &dump.core), ("Other", format!("Invalid executable: {}", dump.core)));
    for core in [&text, &dump.exe] {
        let (kind, said) = trace(&dump.exe, core);
        assert_eq!(kind, "Other");
        assert!(said.starts_with(&format!("Unable to parse trace for executable {} and core file {core}", dump.exe)));
    }
    let (_, said) = trace("/usr/bin/env", &dump.core);
    assert!(said.ends_with("the core file was left by another build of the executable"), "{said}");
    assert_eq!(trace(&folder.at("nothing"), &dump.core).0, "NotFound");
}

/// A stack that leads back into itself, and a call of nothing.
#[test]
fn stacks_that_are_not_whole() {
    let folder = Folder::new(&[]);
    let wild = r"
        typedef void (*call)(void);
        __attribute__((noinline)) void caller(call f) { f(); }
        int main(void) { caller((call)0); return 0; }";
    let Some(dump) = crashed(&folder, wild, &["-g", "-O0"]) else { return };
    let process = dump.backtrace(&reading()).unwrap();
    assert_eq!(names(&process.threads[0].frames)[..3], ["??", "caller", "main"], "{process:#?}");

    let folder = Folder::new(&[]);
    let endless = r"
        int deep(int n) { volatile int x = n; return deep(x + 1) + x; }
        int main(void) { return deep(0); }";
    let Some(dump) = crashed(&folder, endless, &["-g", "-O0"]) else { return };
    let process = dump.backtrace(&reading()).unwrap();
    let frames = &process.threads[0].frames;
    assert!(frames.len() == 256 && frames.iter().all(|frame| frame.function == "deep" && frame.line.is_some()));
}

/// Whatever is wrong in a dump or a program, it ends.
#[test]
fn damaged_dumps() {
    let folder = Folder::new(&[]);
    let Some(dump) = crashed(&folder, PROGRAM, &["-g", "-O0"]) else { return };
    let names = ["depth".to_owned(), "place->next".to_owned()];
    for (name, path) in [("core", &dump.core), ("program", &dump.exe)] {
        let whole = std::fs::read(path).unwrap();
        let mut random = 0x2545_f491_4f6c_dd1d_u64;
        for round in 0..60 {
            let mut wrong = whole.clone();
            // The headers and notes above all.
            let among = if round % 2 == 0 { 8192.min(wrong.len()) } else { wrong.len() };
            for _ in 0..16 {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                let at = usize::try_from(random >> 16).unwrap() % among;
                wrong[at] = random.to_le_bytes()[0];
            }
            folder.put("wrong", wrong);
            let mut other = dump.clone();
            if name == "core" { &mut other.core } else { &mut other.exe }.clone_from(&folder.at("wrong"));
            let gate = reading();
            let _ = other.backtrace(&gate);
            let _ = other.variables(&gate, None, 0, &names);
        }
    }
}

/// Where a debugger is, it tells the same functions and lines.
#[test]
fn a_debugger_agrees() {
    for flags in [["-g", "-O0"], ["-g", "-O2"], ["-g", "-O3"]] {
        let folder = Folder::new(&[]);
        let Some(dump) = crashed(&folder, PROGRAM, &flags) else { return };
        let told = Command::new("gdb")
            .args(["-nx", "-batch", "-ex", "thread apply all bt", &dump.exe, &dump.core])
            .env("DEBUGINFOD_URLS", "")
            .output();
        let Ok(told) = told else {
            eprintln!("skipped: there is no debugger");
            return;
        };
        let told = String::from_utf8(told.stdout).unwrap();
        let process = dump.backtrace(&reading()).unwrap();
        for thread in &process.threads {
            let (_, part) = told.split_once(&format!("\nThread {} (", thread.id)).unwrap();
            let part = part.split("\n\n").next().unwrap();
            let theirs: Vec<_> = part.lines().filter(|line| line.starts_with('#')).collect();
            assert!(!theirs.is_empty());
            for (line, frame) in theirs.iter().zip(&thread.frames) {
                let function = line.split(" in ").nth(1).unwrap_or(line.split_at(4).1).trim_start();
                // A debugger calls some functions of a library by another of their names.
                let ours = frame.function.trim_start_matches('_').split('@').next().unwrap();
                let same = function.trim_start_matches('_').starts_with(ours)
                    || frame.source.as_ref().is_some_and(|path| path.contains("libc"));
                assert!(same, "{line}\n{frame:?}");
                if let (Some((_, number)), Some(own)) = (line.split_once("program.c:"), frame.line) {
                    assert_eq!(number.trim().parse(), Ok(own), "{line}\n{frame:?}");
                }
                if let Some(at) = line.split_whitespace().nth(1).and_then(|word| word.strip_prefix("0x")) {
                    assert_eq!(frame.instruction, u64::from_str_radix(at, 16).ok(), "{line}\n{frame:?}");
                }
            }
            // It ends at `main`.
            assert!(thread.frames.len() >= theirs.len(), "{part}\n{thread:#?}");
        }
    }
}
