//! Processes that do what they can to lead whoever looks at them astray.

use crate::trace::{names, summary, tracing};
use crate::victim::{Victim, compiled};
use rex_test_utils::Folder;
use rust_safe_io::TracedProcess;
use rust_safe_process_mgmt::{Error, trace};
use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

/// Maps a file as if it were a library, and runs an endless loop in the middle of it.
const LOADER: &str = r#"
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <stdlib.h>
int main(int count, char **words) {
    int file = open(words[1], O_RDWR);
    struct stat stat; fstat(file, &stat);
    char *at = mmap(0, stat.st_size, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE, file, 0);
    char *loop = at + atol(words[2]);
#ifdef __aarch64__
    memcpy(loop, "\x00\x00\x00\x14", 4); __builtin___clear_cache(loop, loop + 4);
#else
    memcpy(loop, "\xeb\xfe", 2);
#endif
    if (count > 3) ftruncate(file, 4300);
    puts("ready"); fflush(stdout);
    ((void (*)(void))loop)();
    return 0;
}
"#;

const LIBRARY: &str = r"
int one(int x) { volatile int room[40]; room[x & 31] = x; return room[3] + x; }
int two(int x) { return one(x + 1) + one(x); }
int three(int x) { return two(x) * two(x + 2); }
";

fn quick(pid: u32) -> Result<rust_safe_io::TracedProcess, Error> {
    let begun = Instant::now();
    let process = trace(&tracing(), pid);
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
    process
}

/// Whatever is wrong in a mapped file, it ends.
#[test]
fn damaged_files_in_memory() {
    let folder = Folder::new(&[]);
    let Some(loader) = compiled(&folder, "loader", LOADER, &["-O1"]) else { return };
    compiled(&folder, "library", LIBRARY, &["-O1", "-g", "-shared", "-fPIC"]).unwrap();
    let whole = folder.bytes("library");
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    for round in 0..60 {
        let mut wrong = whole.clone();
        // The headers, the symbols, the rules for unwinding, the lines: all over the file, or at its beginning.
        let among = if round % 3 == 0 { 1024 } else { wrong.len() };
        for _ in 0..(round * 4) {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let at = usize::try_from(random >> 16).unwrap() % among;
            wrong[at] = random.to_le_bytes()[0];
        }
        folder.put("wrong", wrong);
        // The code of the library begins at its second page.
        let at = (4096 + 64 * (round % 8)).to_string();
        let victim = Victim::start(Command::new(&loader).args([&folder.at("wrong"), &at]));
        let process = quick(victim.pid()).unwrap();
        assert_eq!(process.threads.len(), 1);
        assert!(!process.threads[0].frames.is_empty(), "{}", summary(&process));
        victim.is_free();
    }
}

#[test]
fn a_file_cut_short_after_it_was_mapped() {
    let folder = Folder::new(&[]);
    let Some(loader) = compiled(&folder, "loader", LOADER, &["-O1"]) else { return };
    compiled(&folder, "library", LIBRARY, &["-O1", "-shared", "-fPIC"]).unwrap();
    let victim = Victim::start(Command::new(&loader).args([&folder.at("library"), "4200", "cut"]));
    std::thread::sleep(Duration::from_millis(20));
    let process = quick(victim.pid()).unwrap();
    let library = folder.at("library");
    assert!(process.threads.len() == 1, "{}", summary(&process));
    assert_eq!(process.threads[0].frames[0].source.as_deref(), Some(library.as_str()), "{}", summary(&process));
}

/// Stacks that lead nowhere, into themselves, or into another mapping.
#[test]
fn stacks_that_are_none() {
    let wild = r#"
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
int main(int count, char **words) {
    char *room = mmap(0, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    unsigned long *top = (unsigned long *)(room + atol(words[1]));
    if (count > 2) for (unsigned long *at = (unsigned long *)room; at < (unsigned long *)(room + (1 << 20)); at++) *at = (unsigned long)at + 16;
    puts("ready"); fflush(stdout);
#ifdef __aarch64__
    __asm__ volatile("mov sp, %0; mov x29, %0; 1: b 1b" : : "r"(top));
#else
    __asm__ volatile("mov %0, %%rsp; mov %0, %%rbp; 1: jmp 1b" : : "r"(top));
#endif
    return 0;
}
"#;
    let folder = Folder::new(&[]);
    let Some(program) = compiled(&folder, "wild", wild, &["-O0"]) else { return };
    for words in
        [&["0"][..], &["524288"], &["524288", "loop"], &["1048568", "loop"], &["1048576"], &["-8"], &["3", "loop"]]
    {
        let victim = Victim::start(Command::new(&program).args(words));
        // The line that it writes comes shortly before.
        std::thread::sleep(Duration::from_millis(20));
        let process = quick(victim.pid()).unwrap();
        assert_eq!(process.threads[0].frames[0].function, "main", "{words:?} {}", summary(&process));
        assert!(process.threads[0].frames.len() <= 256);
        victim.is_free();
    }
}

/// A process that maps and unmaps, and one that becomes another program all the time.
#[test]
fn memory_that_changes_under_us() {
    let churn = r#"
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>
static void *churn(void *nothing) {
    for (;;) {
        char *room = mmap(0, 1 << 16, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        room[1] = 1; munmap(room, 1 << 16);
    }
    return nothing;
}
int main(int count, char **words) {
    pthread_t thread;
    if (count > 1) { write(1, "\n", 1); usleep(300); execv("/proc/self/exe", words); }
    for (int i = 0; i < 3; i++) pthread_create(&thread, 0, churn, 0);
    puts("ready"); fflush(stdout);
    churn(0);
    return 0;
}
"#;
    let folder = Folder::new(&[]);
    let Some(program) = compiled(&folder, "churn", churn, &["-O1"]) else { return };
    let victim = Victim::start(&mut Command::new(&program));
    let all_churn = |process: &TracedProcess| {
        process.threads.len() == 4 && process.threads.iter().all(|thread| names(&thread.frames).contains(&"churn"))
    };
    // It says that it is ready before all of its threads are where they stay.
    let begun = Instant::now();
    while !all_churn(&quick(victim.pid()).unwrap()) {
        assert!(begun.elapsed() < Duration::from_secs(10), "{}", summary(&quick(victim.pid()).unwrap()));
    }
    for _ in 0..30 {
        let process = quick(victim.pid()).unwrap();
        assert!(all_churn(&process), "{}", summary(&process));
    }
    let victim = Victim::start(Command::new(&program).arg("again"));
    let mut seen = 0;
    for _ in 0..200 {
        match quick(victim.pid()) {
            Ok(process) => seen += process.threads.len(),
            Err(Error::Other(text)) => assert!(text.contains("ended") || text.contains("another program"), "{text}"),
            Err(error) => panic!("{error:?}"),
        }
    }
    assert!(seen > 0);
    victim.is_free();
    assert!(fs::metadata(format!("/proc/{}", victim.pid())).is_ok(), "it lives");
}

/// Names that readers of the list of mappings fall over.
#[test]
fn names_of_files_in_memory() {
    let folder = Folder::new(&[]);
    let Some(loader) = compiled(&folder, "loader", LOADER, &["-O1"]) else { return };
    compiled(&folder, "library", LIBRARY, &["-O1", "-shared", "-fPIC"]).unwrap();
    for name in ["SYSVx", "a\n00400000-00452000 r-xp 00000000 00:00 0 b", "[vdso]", "x (deleted)", "ü\u{1b}[2J"] {
        folder.put(name, folder.bytes("library"));
        let victim = Victim::start(Command::new(&loader).args([&folder.at(name), "4200"]));
        std::thread::sleep(Duration::from_millis(30));
        let process = quick(victim.pid()).unwrap();
        let source = process.threads[0].frames[0].source.clone().unwrap();
        assert!(source.starts_with(folder.path()) && !source.contains('\n'), "{source:?}");
    }
}
