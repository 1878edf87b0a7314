//! `cedar-policy-validator`: says whether policies fit the schema of REX, and what to write where they do not.

mod report;

use clap::{Parser, ValueEnum};
use report::Report;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const NOTES: &str = "\
Examples:
  cedar-policy-validator site.cedar
  cedar-policy-validator --format json policies/*.cedar
  echo 'permit(principal, action, resource);' | cedar-policy-validator -

Exit status: 0 all policies are valid, 1 one is not, 2 wrong usage or a file cannot be read.";

/// Says whether Cedar policies fit the schema of REX, and what to write where they do not.
///
/// A policy is held against the schema as strictly as REX does when it starts.
#[derive(Debug, Parser)]
#[command(name = "cedar-policy-validator", version, after_help = NOTES)]
struct Arguments {
    /// How the report is written.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Hold the policies against this schema (in Cedar syntax) instead of that of REX.
    #[arg(long, short, value_name = "FILE")]
    schema: Option<PathBuf>,
    /// A file with policies, the same as FILE.
    #[arg(long = "policy", short, value_name = "FILE")]
    policies: Vec<PathBuf>,
    /// Files with policies; `-` is the standard input.
    #[arg(value_name = "FILE", required_unless_present = "policies")]
    files: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Messages with the lines that they are about.
    Text,
    /// A JSON array with one object for each file.
    Json,
}

/// Stack for the parser, which recurses: enough for the largest policy that is accepted.
const STACK: usize = 32 << 20;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let validate = std::thread::Builder::new().stack_size(STACK).spawn(move || validate(&arguments));
    let complaint = match validate.map(std::thread::JoinHandle::join) {
        Ok(Ok(Ok(code))) => return code,
        Ok(Ok(Err(complaint))) => complaint,
        Ok(Err(_)) => "internal error; please report it as a defect of REX".to_owned(),
        Err(error) => format!("cannot start a thread: {error}"),
    };
    let _ = writeln!(io::stderr(), "cedar-policy-validator: {complaint}");
    ExitCode::from(2)
}

fn validate(arguments: &Arguments) -> Result<ExitCode, String> {
    let schema = arguments.schema.as_deref().map(read).transpose()?;
    if let Some(Err(error)) = schema.as_deref().map(cedar_policy::Schema::from_cedarschema_str) {
        return Err(format!("the schema is not valid: {error}"));
    }
    // Everything is read first: a report about half of the files would pass for one about all.
    let files = arguments.policies.iter().chain(&arguments.files);
    let texts: Vec<_> = files.map(|file| Ok((file, read(file)?))).collect::<Result<_, String>>()?;
    let reports: Vec<_> = texts.iter().map(|(file, text)| Report::new(&name(file), text, schema.as_deref())).collect();
    let output = match arguments.format {
        Format::Text => reports.iter().map(ToString::to_string).collect(),
        Format::Json => serde_json::to_string_pretty(&reports).map_err(|error| error.to_string())? + "\n",
    };
    // A reader that closed its end has seen enough; the exit status tells the rest.
    let _ = io::stdout().lock().write_all(output.as_bytes());
    Ok(ExitCode::from(u8::from(reports.iter().any(|report| !report.valid))))
}

fn name(file: &Path) -> String {
    if file == Path::new("-") { "standard input".to_owned() } else { file.display().to_string() }
}

#[expect(clippy::disallowed_methods, reason = "an operator runs this on files of his own; no script reaches it")]
fn read(file: &Path) -> Result<String, String> {
    let bytes = if file == Path::new("-") {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        std::fs::read(file)
    };
    let bytes = bytes.map_err(|error| format!("cannot read {}: {error}", name(file)))?;
    String::from_utf8(bytes).map_err(|_| format!("cannot read {}: it is not UTF-8 text", name(file)))
}
