//! Reads the files that the run begins with.

use crate::arguments::{self, Tagging};
use crate::cli::Cli;
use crate::host::Host;
use crate::record::ErrorType;
use crate::signed::{BundlePart, Signed, Terms};
use rex_signatures::{Bundle, Owners, read_trusted};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

pub(crate) const MAX_SCRIPT: u64 = 16 << 20;
pub(crate) const MAX_POLICY: u64 = 4 << 20;
/// Both, with every line break and quote written in two characters.
const MAX_BUNDLE: u64 = 64 << 20;
const MAX_ARGUMENTS: u64 = 16 << 20;

/// What the run begins with.
#[derive(Debug)]
pub(crate) struct Inputs {
    pub(crate) script: Text,
    pub(crate) policy: Text,
    pub(crate) arguments: Tagging,
    pub(crate) signed: Signed,
    pub(crate) redaction_file: PathBuf,
}

/// Why there is no run.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) error_type: ErrorType,
    pub(crate) message: String,
}

impl Refused {
    fn unread(message: String) -> Self {
        Self { error_type: ErrorType::Communication, message }
    }

    fn unsigned(why: &str) -> Self {
        Self { error_type: ErrorType::Validation, message: format!("Signature validation failed: {why}") }
    }
}

/// A text and the name of where it came from.
#[derive(Debug, Clone)]
pub(crate) struct Text {
    pub(crate) source: String,
    pub(crate) text: String,
}

/// Reads script and policy, or the bundle of both, and then the arguments. What has to be signed is verified before anything is parsed, and
/// what was verified is what is given.
pub(crate) fn load(cli: &Cli, host: &Result<Host, String>) -> Result<Inputs, Refused> {
    let unsigned = |why: String| Refused::unsigned(&why);
    let host = host.as_ref().map_err(|why| Refused::unsigned(why))?;
    let terms = Terms::new(cli, host).map_err(unsigned)?;
    let (script, policy, signed, names) = if let Some(path) = &cli.signatures.bundle {
        bundled(&terms, path)?
    } else {
        let script = read(cli.script_file.as_deref().unwrap_or(Path::new("")), MAX_SCRIPT, true)
            .map_err(|problem| Refused::unread(format!("{FAILED}read script file: {problem}")))?;
        let policy = policy(&terms)?;
        let signed = terms.check(cli, &script, &policy).map_err(unsigned)?;
        (script, policy, signed, None)
    };
    let arguments = arguments(cli)?;
    let given = arguments.keys().chain(cli.arguments.iter().map(|argument| &argument.name));
    if let Some(name) = names.and_then(|names| given.into_iter().find(|name| !names.contains(name)).cloned()) {
        return Err(Refused::unsigned(&format!("the bundle knows no argument `{name}`")));
    }
    Ok(Inputs { script, policy, arguments, signed, redaction_file: terms.redaction_file })
}

const FAILED: &str = "Failed to load input files: Failed to ";

fn policy(terms: &Terms) -> Result<Text, Refused> {
    let path = &terms.policy_file;
    let unread = |problem: String| Refused::unread(format!("{FAILED}read policy file: {problem}"));
    if !terms.policy_is_fixed {
        return text(path, MAX_POLICY).map_err(unread);
    }
    let bytes = read_trusted(path, Owners::Root, MAX_POLICY).map_err(|error| Refused::unsigned(&error.to_string()))?;
    let source = path.display().to_string();
    utf8(source, bytes).map_err(unread)
}

type Bundled = (Text, Text, Signed, Option<Vec<String>>);

fn bundled(terms: &Terms, path: &Path) -> Result<Bundled, Refused> {
    let unsigned = |why: String| Refused::unsigned(&why);
    let content =
        bytes(path, MAX_BUNDLE).map_err(|problem| Refused::unread(format!("{FAILED}read bundle: {problem}")))?;
    let signed_by = terms.check_bundle(&content, path).map_err(unsigned)?;
    let name = path.display();
    let bundle = Bundle::read(&content).map_err(|error| unsigned(format!("{name}: {error}")))?;
    terms.advance(&bundle.name, bundle.version, &content).map_err(unsigned)?;
    let part = |what: &str, text: String| Text { source: format!("{name} ({what})"), text };
    let (script, policy) = (part("script", bundle.script), part("policy", bundle.policy));
    let mut signed = Signed::of(&script, &policy);
    signed.signature.bundle = Some(BundlePart { name: bundle.name, version: bundle.version, signed: signed_by });
    Ok((script, policy, signed, Some(bundle.arguments)))
}

fn arguments(cli: &Cli) -> Result<Tagging, Refused> {
    let Some(path) = &cli.script_arguments_file else { return Ok(Tagging::new()) };
    let file = text(path, MAX_ARGUMENTS)
        .map_err(|problem| Refused::unread(format!("{FAILED}read script arguments file: {problem}")))?;
    arguments::read(&file.text)
        .map_err(|error| Refused::unread(format!("{FAILED}parse script arguments JSON: {}: {error}", file.source)))
}

/// Reads a file of text.
pub(crate) fn text(path: &Path, most: u64) -> Result<Text, String> {
    read(path, most, false)
}

fn utf8(source: String, bytes: Vec<u8>) -> Result<Text, String> {
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Text { source, text }),
        Err(error) => Err(format!("{source}: it is not UTF-8: {}", error.utf8_error())),
    }
}

/// Reads the policy that a run with these arguments would have, signed or not: nothing runs by it. The error is the message of the result.
pub(crate) fn policy_to_explain(cli: &Cli, host: &Result<Host, String>) -> Result<(Text, PathBuf), String> {
    let terms = Terms::new(cli, host.as_ref().map_err(Clone::clone)?)?;
    let policy =
        text(&terms.policy_file, MAX_POLICY).map_err(|problem| format!("{FAILED}read policy file: {problem}"))?;
    Ok((policy, terms.redaction_file))
}

/// Opens the file once and reads what it holds; `-` is standard input where that is allowed.
fn read(path: &Path, most: u64, dash: bool) -> Result<Text, String> {
    let stdin = dash && path == Path::new("-");
    let source = if stdin { "<standard input>".to_owned() } else { path.display().to_string() };
    let bytes = if stdin { within(io::stdin().lock(), most) } else { open(path).and_then(|file| within(file, most)) };
    match bytes {
        Ok(bytes) => utf8(source, bytes),
        Err(error) => Err(format!("{source}: {error}")),
    }
}

/// Reads a whole file of at most `most` bytes.
pub(crate) fn bytes(path: &Path, most: u64) -> Result<Vec<u8>, String> {
    open(path).and_then(|file| within(file, most)).map_err(|error| format!("{}: {error}", path.display()))
}

fn open(path: &Path) -> io::Result<File> {
    #[expect(clippy::disallowed_methods, reason = "the runner reads its own inputs, before a script runs")]
    File::open(path)
}

fn within(from: impl Read, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(io::Error::other(format!("it is larger than {} MiB", most >> 20)));
    }
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
