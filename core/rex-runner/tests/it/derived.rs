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

/// Scripts have one kind of whole number and one of decimal ones: others would not mix with literals.
#[test]
#[expect(clippy::disallowed_methods, reason = "the test runs the program")]
fn numbers_are_those_of_scripts() {
    let printed = Command::new(env!("CARGO_BIN_EXE_rex-runner"))
        .args(["--print-functions", "--format", "json"])
        .output()
        .unwrap();
    let functions: Vec<serde_json::Value> = serde_json::from_slice(&printed.stdout).unwrap();
    assert!(functions.len() > 1000);
    let odd = ["u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i128", "isize", "f32"];
    let mut seen = 0;
    for function in &functions {
        let params = function["params"].as_array().unwrap().iter().map(|param| &param["type"]);
        for name in params.chain([&function["returns"]]).filter_map(serde_json::Value::as_str) {
            seen += usize::from(name == "int");
            assert!(!odd.contains(&name), "{function}");
        }
    }
    assert!(seen > 100, "{seen}");
}
