//! How long the gate takes: `cargo bench -p rex-cedar-auth`. Each figure is the least and the median of several rounds.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark prints its table and may fail")]

use rex_cedar_auth::action::file_system::Read;
use rex_cedar_auth::{Gate, Policies, Resource, accepts, kind};
use std::borrow::Cow;
use std::fmt::Write as _;
use std::hint::black_box;
use std::time::{Duration, Instant};

struct Path(String);
impl Resource for Path {
    type Kind = kind::File;
    fn id(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.0)
    }
}
accepts!(Path: Read);

const ROUNDS: usize = 15;
const ASKED: u32 = 1000;

/// Least and median time of one of `count` in each round; `prepare` is not measured.
fn measure<P>(count: u32, prepare: impl Fn() -> P, run: impl Fn(&P)) -> (Duration, Duration) {
    let mut rounds: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let prepared = prepare();
            let began = Instant::now();
            run(&prepared);
            began.elapsed() / count
        })
        .collect();
    rounds.sort();
    (rounds.first().copied().unwrap_or_default(), rounds.get(ROUNDS / 2).copied().unwrap_or_default())
}

fn row(what: &str, (least, median): (Duration, Duration), target: &str) {
    println!("{what:<52} {least:>12.2?} {median:>12.2?}   {target}");
}

/// One policy that permits what is asked for, others for other directories, one forbid.
fn policies(count: usize) -> String {
    let mut text =
        "permit(principal, action == file_system::Action::\"read\", resource in file_system::Dir::\"/srv\");\n"
            .to_owned();
    for number in 1..count {
        let (effect, condition) = match number % 4 {
            0 => ("forbid", ""),
            1 => ("permit", " when { resource is file_system::File && resource.path like \"*.log\" }"),
            _ => ("permit", ""),
        };
        writeln!(text, "{effect}(principal, action in file_system::Action::\"SafeIO\", resource in file_system::Dir::\"/data/{number}\"){condition};").unwrap();
    }
    text
}

/// Distinct files, each in a directory of its own, `depth` names below the root.
fn paths(depth: usize) -> Vec<Path> {
    let middle = "/directory".repeat(depth.saturating_sub(3));
    (0..ASKED).map(|number| Path(format!("/srv{middle}/site{number}/file"))).collect()
}

fn main() {
    println!("{:<52} {:>12} {:>12}   target", "", "least", "median");
    for depth in [3, 8] {
        for count in [1, 10, 100, 1000] {
            let text = policies(count);
            let prepare = || (Gate::new(Policies::load("bench", &text).unwrap(), "alice"), paths(depth));
            let ask = |(gate, paths): &(Gate, Vec<Path>)| {
                for path in paths {
                    let _ = black_box(gate.authorize::<Read, _>(path)).unwrap();
                }
            };
            let took = measure(ASKED, prepare, ask);
            row(
                &format!("read, new directory, depth {depth}, {count} policies"),
                took,
                if depth == 3 { "8 us" } else { "16 us" },
            );
        }
    }
    for (what, extra) in [
        ("same directory", ""),
        (
            "same file, a policy reads its path",
            "forbid(principal, action, resource is file_system::File) when { resource.path like \"*.key\" };",
        ),
        (
            "same directory, a policy names a file",
            "forbid(principal, action, resource == file_system::File::\"/srv/key\");",
        ),
    ] {
        let gate = Gate::new(Policies::load("bench", &format!("{}{extra}", policies(1000))).unwrap(), "alice");
        let path = Path("/srv/site/file".to_owned());
        let ask = |(): &()| {
            for _ in 0..ASKED {
                let _ = black_box(gate.authorize::<Read, _>(black_box(&path))).unwrap();
            }
        };
        row(&format!("read, remembered, {what}, 1000 policies"), measure(ASKED, || (), ask), "50 ns");
    }
    let gate = Gate::new(Policies::load("bench", &policies(10)).unwrap(), "alice");
    let path = Path("/etc/shadow".to_owned());
    let ask = |(): &()| {
        for _ in 0..ASKED {
            let _ = black_box(gate.authorize::<Read, _>(black_box(&path)));
        }
    };
    row("read, denial remembered", measure(ASKED, || (), ask), "");
    for count in [3, 1000] {
        let text = policies(count);
        row(
            &format!("load, {count} policies"),
            measure(1, || (), |()| drop(black_box(Policies::load("bench", &text)))),
            "",
        );
        let load = || std::cell::Cell::new(Some(Policies::load("bench", &text).unwrap()));
        let make = |policies: &std::cell::Cell<Option<Policies>>| {
            drop(black_box(Gate::new(policies.take().unwrap(), "alice")));
        };
        row(&format!("gate, {count} policies"), measure(1, load, make), "");
    }
}
