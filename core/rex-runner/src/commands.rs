//! The subcommands: what the program does besides running a script.

mod audit;
mod bundle;
mod sign;
mod verify;

pub(crate) use sign::{signature_of, signer};

use crate::record::exit;
use crate::report;
use clap::{Subcommand, ValueEnum};
use rex_signatures::Use;
use std::io;
use std::path::Path;

/// Besides running a script.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check audit logs and show them.
    Audit(audit::Args),
    /// Put a script, its policy and the names of its arguments into one file.
    Bundle(bundle::Args),
    /// Sign a script, a policy or a bundle, as `ssh-keygen -Y sign` does.
    Sign(sign::Args),
    /// Tell whether a signature is right, and whose.
    Verify(verify::Args),
    /// Send the trace of a run, on behalf of the process that runs it.
    #[cfg(feature = "opentelemetry")]
    #[command(hide = true)]
    ExportTrace,
}

/// Carries out the command and gives the exit code.
pub(crate) fn run(command: &Command) -> u8 {
    match command {
        Command::Audit(args) => audit::run(args),
        Command::Bundle(args) => bundle::run(args),
        Command::Sign(args) => sign::run(args),
        Command::Verify(args) => verify::run(args),
        #[cfg(feature = "opentelemetry")]
        Command::ExportTrace => crate::telemetry::relay(),
    }
}

/// What is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum What {
    /// A script; the namespace is script@rex.
    Script,
    /// A policy; the namespace is policy@rex.
    Policy,
    /// A bundle; the namespace is bundle@rex.
    Bundle,
}

impl What {
    /// What the flag says, or the ending of the file's name.
    fn of(said: Option<Self>, file: &Path) -> Result<Use, String> {
        let told = said.or_else(|| match file.extension()?.to_str()? {
            "rhai" => Some(Self::Script),
            "cedar" => Some(Self::Policy),
            "bundle" => Some(Self::Bundle),
            _ => None,
        });
        match told {
            Some(Self::Script) => Ok(Use::Script),
            Some(Self::Policy) => Ok(Use::Policy),
            Some(Self::Bundle) => Ok(Use::Bundle),
            None => Err(format!(
                "{}: its name does not tell what it is: say `--as script`, `--as policy` or `--as bundle`",
                file.display()
            )),
        }
    }
}

/// Tells a line for each file, on standard output, or what is wrong, on standard error; the first failure decides the exit code.
fn each(results: impl Iterator<Item = Result<String, String>>) -> u8 {
    let mut code = exit::SUCCESS;
    for result in results {
        match result {
            Ok(line) => {
                let line = crate::human::escape(&format!("{line}\n"));
                if report::write(&mut io::stdout(), line.as_bytes()).is_err() {
                    return exit::INTERNAL;
                }
            }
            Err(problem) => {
                report::warn(&crate::human::escape(&format!("error: {problem}\n")));
                code = exit::INPUT;
            }
        }
    }
    code
}
