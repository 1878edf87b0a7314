//! The documents that are derived from the list of functions are fresh. `UPDATE=1` writes them anew.

use std::path::Path;
use std::process::Command;

#[test]
#[expect(clippy::disallowed_methods, reason = "the test runs the program and compares files of the project")]
fn documents_are_fresh() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().join("docs");
    let mut stale = Vec::new();
    for (format, name) in [("markdown", "functions.md"), ("json", "functions.json"), ("rhai", "rex.d.rhai")] {
        let printed = Command::new(env!("CARGO_BIN_EXE_rex-runner"))
            .args(["--print-functions", "--format", format])
            .output()
            .unwrap();
        assert!(printed.status.success() && printed.stdout.len() > 10_000, "{format}: {printed:?}");
        if std::env::var_os("UPDATE").is_some() {
            std::fs::create_dir_all(&docs).unwrap();
            std::fs::write(docs.join(name), &printed.stdout).unwrap();
        }
        if std::fs::read(docs.join(name)).ok() != Some(printed.stdout) {
            stale.push(name);
        }
    }
    assert!(stale.is_empty(), "stale in docs: {stale:?}; run `UPDATE=1 cargo test -p rex-runner --test it derived`");
}
