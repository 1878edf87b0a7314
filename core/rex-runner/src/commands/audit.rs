//! `rex-runner audit`: checks audit logs and shows them.

use crate::record::exit;
use crate::report;
use crate::trust::{Trust, TrustArgs};
use anstream::{AutoStream, ColorChoice};
use clap::{Subcommand, ValueEnum};
use jiff::{SignedDuration, Timestamp};
use rex_audit_log::{Check, Colour, Filter, Head, Report, Runs, Table, Verifier, records, verify};
use rex_signatures::Use;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write as _};
use std::path::{Path, PathBuf};

/// What is done with the logs.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Tell whether a log is what was written: nothing changed, removed, moved, put in, or cut off.
    Verify(VerifyArgs),
    /// Show a log, or a part of it, as a table.
    Show(Box<ShowArgs>),
}

const CODES: &str = "\
Exit codes:
  0  the log holds; what is left open, such as a run that goes on, is said
  1  the log does not hold; each place is said with its line, byte and record
  1  with --strict, also where anything is left open
  5  a log cannot be read

Records that were cut off behind the last whole one leave no trace in the log itself. Whoever keeps the head elsewhere, such as
`audit_head` of a run's result, finds that out with --expect-head.";

#[derive(Debug, clap::Args)]
#[command(after_help = CODES)]
struct VerifyArgs {
    /// The logs; `-` is standard input. Of several, each is what the one before became by rotation: the oldest first.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// A record that was in the last of the logs, as SEQUENCE:HASH; may be given more than once.
    #[arg(long, value_name = "SEQUENCE:HASH")]
    expect_head: Vec<Head>,

    /// Take everything that is left open as a failure: runs without an end, unfinished lines, records after the last signature.
    #[arg(long)]
    strict: bool,

    /// Check the signatures, by the host's allowed signers or those that are named; every start and end of a run has to be signed.
    #[arg(long)]
    signed: bool,

    #[command(flatten)]
    trust: TrustArgs,
}

#[derive(Debug, clap::Args)]
struct ShowArgs {
    /// The log; `-` is standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Only runs whose id begins so.
    #[arg(long, value_name = "ID")]
    run: Option<String>,

    /// Only this script function.
    #[arg(long, value_name = "NAME")]
    function: Option<String>,

    /// Only this action, such as `open` or `network::*`; `*` stands for anything.
    #[arg(long, value_name = "PATTERN")]
    action: Option<String>,

    /// Only such resources, for example `/etc/*`; `*` stands for anything.
    #[arg(long, value_name = "PATTERN")]
    resource: Option<String>,

    /// Only this account.
    #[arg(long, value_name = "NAME")]
    principal: Option<String>,

    /// Only what was denied.
    #[arg(long)]
    denied: bool,

    /// Only from then on: `2026-01-31T12:00:00Z`, or how long ago, such as `2h`.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<Timestamp>,

    /// Only up to then.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    until: Option<Timestamp>,

    /// Show the records as they are, one JSON object on each line.
    #[arg(long, conflicts_with = "summary")]
    json: bool,

    /// Show a paragraph for each run instead of a line for each record.
    #[arg(long)]
    summary: bool,

    /// When colours are used.
    #[arg(long, value_enum, default_value_t)]
    color: When,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum When {
    /// On a terminal, unless the variable `NO_COLOR` is set.
    #[default]
    Auto,
    /// Everywhere.
    Always,
    /// Nowhere.
    Never,
}

/// A moment, or how long ago it was.
fn moment(text: &str) -> Result<Timestamp, String> {
    if let Ok(moment) = text.parse() {
        return Ok(moment);
    }
    let wrong = |_| format!("`{text}` is neither a moment such as 2026-01-31T12:00:00Z nor a time such as 2h");
    let ago: SignedDuration = text.parse().map_err(wrong)?;
    Timestamp::now().checked_sub(ago).map_err(wrong)
}

/// Does what is asked and gives the exit code.
pub(crate) fn run(args: &Args) -> u8 {
    let done = match &args.what {
        What::Verify(args) => check(args),
        What::Show(args) => show(args),
    };
    done.unwrap_or_else(|problem| {
        report::warn(&crate::human::escape(&format!("error: {problem}\n")));
        exit::INPUT
    })
}

fn check(args: &VerifyArgs) -> Result<u8, String> {
    // The first record of a log names the head of the one before, so that the last one comes first.
    let signed = args.signed || args.trust.allowed_signers.is_some();
    let trust = if signed { Some(Trust::load(&args.trust)?) } else { None };
    let who = |bytes: &[u8], signature: &str| {
        let trust = trust.as_ref().ok_or("nobody is trusted")?;
        let text = format!("-----BEGIN SSH SIGNATURE-----\n{signature}\n-----END SSH SIGNATURE-----\n");
        let verified = trust.verify_text(bytes, text.as_bytes(), Use::Audit).map_err(|error| error.to_string())?;
        Ok(verified.signer)
    };
    let who: Option<Check<'_>> = if signed { Some(&who) } else { None };
    let mut expected = args.expect_head.clone();
    let mut reports: Vec<(&Path, Report)> = Vec::new();
    for path in args.files.iter().rev() {
        let verifier = expected.drain(..).fold(Verifier::new(who), Verifier::expecting);
        let report = verify(open(path)?, verifier).map_err(|error| format!("{}: {error}", path.display()))?;
        expected.extend(report.follows.as_deref().and_then(|head| head.parse().ok()));
        reports.push((path, report));
    }
    let mut text = String::new();
    let mut code = exit::SUCCESS;
    for (path, report) in reports.iter().rev() {
        if args.files.len() > 1 {
            text = format!("{text}{}:\n", path.display());
        }
        text.push_str(&report.to_string());
        if !report.holds() || args.strict && !report.is_complete() {
            code = exit::SCRIPT;
        }
    }
    written(report::write(&mut io::stdout(), crate::human::escape(&text).as_bytes()))?;
    Ok(code)
}

fn show(args: &ShowArgs) -> Result<u8, String> {
    let filter = Filter {
        run: args.run.clone(),
        function: args.function.clone(),
        action: args.action.clone(),
        resource: args.resource.clone(),
        principal: args.principal.clone(),
        denied: args.denied,
        since: args.since,
        until: args.until,
    };
    let colour = colour(args.color);
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut result = Ok(());
    let mut runs = Runs::default();
    if !args.json && !args.summary {
        result = writeln!(out, "{}", Table::heading());
    }
    let report = records(open(&args.file)?, |line, entry| {
        if result.is_err() || !filter.shows(entry) {
            return;
        }
        if args.summary {
            runs.add(entry);
        } else if args.json {
            // A line of a log that does not hold may be anything.
            let line = String::from_utf8_lossy(line);
            result = writeln!(out, "{}", rex_audit_log::escape(&line));
        } else {
            result = writeln!(out, "{}", Table::new(colour).row(entry));
        }
    });
    let report = report.map_err(|error| format!("{}: {error}", args.file.display()))?;
    if args.summary {
        result = result.and_then(|()| out.write_all(runs.text(colour).as_bytes()));
    }
    written(result.and_then(|()| out.flush()))?;
    if report.holds() {
        return Ok(exit::SUCCESS);
    }
    report::warn(
        "warning: this log does not hold, so that what is shown may be wrong: see `rex-runner audit verify`\n",
    );
    Ok(exit::SCRIPT)
}

/// A reader that has seen enough is no failure.
fn written(result: io::Result<()>) -> Result<(), String> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(format!("standard output: {error}")),
        _ => Ok(()),
    }
}

fn colour(when: When) -> Colour {
    let wanted = match when {
        When::Always => true,
        When::Never => false,
        When::Auto => AutoStream::choice(&io::stdout()) != ColorChoice::Never,
    };
    if wanted { Colour::Yes } else { Colour::No }
}

fn open(path: &Path) -> Result<Box<dyn BufRead>, String> {
    if path == Path::new("-") {
        return Ok(Box::new(io::stdin().lock()));
    }
    #[expect(clippy::disallowed_methods, reason = "no script runs: the user of the program names the file")]
    let file = File::open(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(Box::new(BufReader::with_capacity(1 << 16, file)))
}
