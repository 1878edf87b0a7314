//! Random programs and core dumps.

use crate::core_dump::{PROGRAM, crashed, reading};
use crate::fuzz::fuzz;
use crate::gzip::FOR_READING;
use rex_test_utils::Folder;
use rust_safe_io::{CoreDump, DirHandle, DirOptions};
use std::fs;

/// What came of looking at a dump, in a few words.
fn look(dump: &CoreDump) -> String {
    let gate = reading();
    let names = ["depth", "place->next->x", "numbers[2]", "word", "counter"].map(str::to_owned);
    let mut outcome = match dump.backtrace(&gate) {
        Ok(process) => {
            assert!(process.threads.iter().all(|thread| thread.frames.len() <= 256));
            let names = process.threads.iter().flat_map(|thread| &thread.frames).take(4);
            names.map(|frame| format!("{} {}", frame.function, frame.source.is_some())).collect::<Vec<_>>().join(" ")
        }
        Err(error) => format!("{}: {error}", error.kind()),
    };
    if let Ok(values) = dump.variables(&gate, None, 0, &names) {
        assert!(values.keys().all(|name| names.contains(name)));
        outcome += &values.len().to_string();
    }
    outcome.chars().take(160).collect()
}

#[test]
fn programs_and_dumps() {
    let folder = Folder::in_memory(&[]);
    let Some(dump) = crashed(&folder, PROGRAM, &["-g", "-O0", "-Wl,--build-id=none"]) else { return };
    let gate = reading();
    let place = DirHandle::open(&gate, folder.path(), DirOptions::default()).unwrap();
    let wrong = folder.at("wrong");
    let info = |input: &[u8]| {
        folder.put("wrong", input);
        let told = place.open_file(&gate, "wrong", FOR_READING).unwrap().elf_info(&gate);
        told.map_or_else(|error| error.to_string(), |info| format!("{:?}", info.interpreter))
    };
    let program = fs::read(&dump.exe).unwrap();
    fuzz("programs", std::slice::from_ref(&program), |input| {
        info(input) + &look(&CoreDump { exe: wrong.clone(), core: dump.core.clone() })
    });
    let core = fs::read(&dump.core).unwrap();
    // The headers and notes are at its beginning; the memory that follows is longer than inputs may be.
    let beginning = core[..core.len().min(60_000)].to_vec();
    // Another class, kind, processor, and no program headers: what random changes seldom reach.
    let other = |(at, value): (usize, u8)| {
        let mut changed = beginning.clone();
        changed[at] = value;
        changed
    };
    let seeds: Vec<Vec<u8>> = [(4, 2), (4, 1), (16, 2), (18, 3), (56, 0), (56, 1)].map(other).to_vec();
    fuzz("core dumps", &seeds, |input| {
        let info = info(input);
        // As long as it was, with the true memory.
        let mut whole = input.to_vec();
        whole.extend(core.iter().skip(input.len()));
        folder.put("wrong", whole);
        info + &look(&CoreDump { exe: dump.exe.clone(), core: wrong.clone() })
    });
}
