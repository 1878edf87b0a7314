//! The quick start of the README works as it stands there.

#![expect(clippy::disallowed_methods, reason = "the test makes and looks at its own files, and starts the runner")]

use crate::stories::{RUNNER, Removed, root};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// The README with what it says of the quick start.
struct Readme(String);

impl Readme {
    fn read() -> Self {
        Self(fs::read_to_string(root().join("README.md")).unwrap())
    }

    /// The fenced block in this language.
    fn fenced(&self, language: &str) -> &str {
        let (_, block) = self.0.split_once(&format!("```{language}\n")).unwrap();
        block.split_once("```").unwrap().0
    }

    /// The indented block after `line`.
    fn indented(&self, line: &str) -> String {
        let (_, after) = self.0.split_once(line).unwrap_or_else(|| panic!("the README does not say `{line}`"));
        let block = after.trim_start_matches('\n').lines().map_while(|line| line.strip_prefix("    "));
        block.flat_map(|line| [line, "\n"]).collect()
    }
}

/// Runs `command` in a shell in `folder`, the runner on its path.
fn shell(folder: &Path, command: &str) -> Output {
    let path = format!("{}:{}", Path::new(RUNNER).parent().unwrap().display(), std::env::var("PATH").unwrap());
    Command::new("sh")
        .args(["-c", command])
        .current_dir(folder)
        .env("PATH", path)
        .env("SYSLOG_ENABLE", "0")
        .output()
        .unwrap()
}

#[test]
fn the_quick_start_works_word_for_word() {
    let readme = Readme::read();
    let hello = Path::new("/tmp/rex-hello-world");
    let _removed = Removed(hello);
    let command = readme.indented("All three stand in `examples/quick-start`. Run them there:");
    let prints = readme.indented("It prints");
    let files = [
        ("rex-policy.cedar", readme.fenced("cedar")),
        ("rex-script.rhai", readme.fenced("rhai")),
        ("rex-script-args.json", readme.fenced("json")),
    ];

    let copied = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(copied.path().join(name), text).unwrap();
    }
    for folder in [copied.path().to_owned(), root().join("examples/quick-start")] {
        let _ = fs::remove_file(hello);
        let output = shell(&folder, &command);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert_eq!(String::from_utf8(output.stdout).unwrap().trim_end(), prints.trim_end());
        assert!(output.stderr.is_empty());
        assert_eq!(fs::read_to_string(hello).unwrap(), "Hello from REX!\n");
    }

    let line = "file_system::Action::\"write\",";
    assert!(readme.0.contains(&format!("Take `{line}` out of the policy")));
    let policy = readme.fenced("cedar");
    assert_eq!(policy.matches(line).count(), 1);
    fs::write(copied.path().join("rex-policy.cedar"), policy.replace(line, "")).unwrap();
    fs::remove_file(hello).unwrap();
    let output = shell(copied.path(), &command);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert!(output.stdout.is_empty());
    assert!(!hello.exists(), "what was denied was written");
    let said = String::from_utf8(output.stderr).unwrap();
    let user = shell(copied.path(), "id -un").stdout;
    let user = String::from_utf8(user).unwrap();
    let said = said.replace(&format!("User::\"{}\"", user.trim()), "User::\"alice\"");
    let said = said.replace(&format!(": {} unauthorized", user.trim()), ": alice unauthorized");
    for part in [
        "principal: User::\"alice\"",
        "action:    file_system::Action::\"write\"",
        "resource:  file_system::File::\"/tmp/rex-hello-world\"",
    ] {
        assert!(said.contains(part), "`{part}` is missing:\n{said}");
    }
    assert_eq!(
        readme.indented("and the exit code is 3:"),
        said,
        "the README shows another denial; what the program says now is on the right"
    );
}
