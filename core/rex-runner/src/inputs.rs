//! Reads the files that the run begins with.

use crate::arguments::{self, Tagging};
use crate::cli::Cli;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

const MAX_SCRIPT: u64 = 16 << 20;
const MAX_POLICY: u64 = 4 << 20;
const MAX_ARGUMENTS: u64 = 16 << 20;

/// What the run begins with.
#[derive(Debug)]
pub(crate) struct Inputs {
    pub(crate) script: Text,
    pub(crate) policy: Text,
    pub(crate) arguments: Tagging,
}

/// A text and the name of where it came from.
#[derive(Debug, Clone)]
pub(crate) struct Text {
    pub(crate) source: String,
    pub(crate) text: String,
}

/// Reads script, policy and arguments, in this order. The error is the message of the result.
pub(crate) fn load(cli: &Cli) -> Result<Inputs, String> {
    let failed = |what: &str| format!("Failed to load input files: Failed to {what}");
    let none = Path::new("");
    let script = read(cli.script_file.as_deref().unwrap_or(none), MAX_SCRIPT, true)
        .map_err(|problem| failed(&format!("read script file: {problem}")))?;
    let policy = read(cli.policy_file.as_deref().unwrap_or(none), MAX_POLICY, false)
        .map_err(|problem| failed(&format!("read policy file: {problem}")))?;
    let arguments = match &cli.script_arguments_file {
        None => Tagging::new(),
        Some(path) => {
            let file = read(path, MAX_ARGUMENTS, false)
                .map_err(|problem| failed(&format!("read script arguments file: {problem}")))?;
            arguments::read(&file.text)
                .map_err(|error| failed(&format!("parse script arguments JSON: {}: {error}", file.source)))?
        }
    };
    Ok(Inputs { script, policy, arguments })
}

/// Opens the file once and reads what it holds; `-` is standard input where that is allowed.
fn read(path: &Path, most: u64, dash: bool) -> Result<Text, String> {
    let stdin = dash && path == Path::new("-");
    let source = if stdin { "<standard input>".to_owned() } else { path.display().to_string() };
    let problem = |problem: &dyn fmt::Display| format!("{source}: {problem}");
    let bytes = if stdin { bounded(io::stdin().lock(), most) } else { open(path).and_then(|file| bounded(file, most)) };
    let bytes = bytes.map_err(|error| problem(&error))?;
    if bytes.len() as u64 > most {
        return Err(problem(&format!("it is larger than {} MiB", most >> 20)));
    }
    let text =
        String::from_utf8(bytes).map_err(|error| problem(&format!("it is not UTF-8: {}", error.utf8_error())))?;
    Ok(Text { source, text })
}

fn open(path: &Path) -> io::Result<File> {
    #[expect(clippy::disallowed_methods, reason = "the runner reads its own inputs, before a script runs")]
    File::open(path)
}

fn bounded(from: impl Read, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(most + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::read;
    use std::io::Write as _;

    #[test]
    fn a_file_of_the_limit_passes_and_a_byte_more_does_not() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&vec![b' '; 1 << 20]).unwrap();
        assert_eq!(read(file.path(), 1 << 20, false).unwrap().text.len(), 1 << 20);
        file.write_all(b" ").unwrap();
        let problem = read(file.path(), 1 << 20, false).unwrap_err();
        assert_eq!(problem, format!("{}: it is larger than 1 MiB", file.path().display()));
    }

    #[test]
    fn problems_name_the_file() {
        let missing = std::path::Path::new("/nonexistent/file");
        assert_eq!(read(missing, 1, false).unwrap_err(), "/nonexistent/file: No such file or directory (os error 2)");
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"a\xff").unwrap();
        assert!(read(file.path(), 9, false).unwrap_err().contains(": it is not UTF-8: invalid utf-8 sequence"));
    }
}
