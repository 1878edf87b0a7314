//! The command line.

use crate::arguments::Inline;
use crate::audit::AuditArgs;
use crate::commands::Command;
use crate::confine::Confinement;
use crate::limits::LimitFlags;
use crate::signed::SignatureArgs;
use clap::{Parser, ValueEnum};
use std::path::PathBuf;

const USAGE: &str = "rex-runner [OPTIONS] --script-file <PATH> --policy-file <PATH>\n       rex-runner <COMMAND>";

const EXAMPLES: &str = "\
Examples:
  rex-runner -s report.rhai -p report.cedar
  rex-runner -s report.rhai -p report.cedar --arg host=db1 --arg days:int=7 -o human
  echo 'cat(\"/etc/hostname\")' | rex-runner -s - -p read.cedar -o human
  rex-runner -s report.rhai -p empty.cedar --observe      what would the policy have to permit?
  rex-runner -s report.rhai -p report.cedar --audit-log /var/log/rex/audit.log
  rex-runner audit verify /var/log/rex/audit.log
  rex-runner -p report.cedar --explain-confinement        what does the kernel refuse beneath it?
  rex-runner --print-functions                            what can a script call?

Exit codes:
  0  success                 3  denied by the policy         5   an input was refused: unreadable,
  1  the script failed       4  a limit was reached, or the      malformed, or an invalid policy
  2  wrong usage                run was terminated           70  internal error

Environment:
  LOG_LEVEL                        TRACE, DEBUG, INFO, WARN or ERROR: what the log keeps (INFO)
  SYSLOG_ENABLE                    0: nothing is sent to syslog
  REX_RUNNER_DISABLE_MONITORING    1 or true: no processor and memory metrics

A SIGTERM or SIGINT gives the script ten seconds to end; a second SIGINT ends it at once.";

/// Runs a Rhai script; every operation on the system is authorized by a Cedar policy first.
#[derive(Debug, Parser)]
#[command(name = "rex-runner", version, after_help = EXAMPLES, max_term_width = 110)]
#[command(override_usage = USAGE, subcommand_negates_reqs = true, args_conflicts_with_subcommands = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,

    /// The script; `-` is standard input.
    #[arg(short, long, value_name = "PATH", required_unless_present_any = ["print_functions", "bundle", "explain_confinement"])]
    pub(crate) script_file: Option<PathBuf>,

    /// The policy. It is validated strictly before anything runs. It can be left out only where the host's configuration names it.
    #[arg(short, long, value_name = "PATH")]
    pub(crate) policy_file: Option<PathBuf>,

    /// Typed arguments as a JSON object, for example `{"days": {"integerValue": 7}}`.
    #[arg(short = 'a', long, value_name = "PATH", help_heading = "Arguments of the script")]
    pub(crate) script_arguments_file: Option<PathBuf>,

    /// One argument, before those of the file. `name:TYPE=VALUE` with TYPE string, int, float, bool or json says the type; without,
    /// `true` and `false` are bool, whole numbers int, numbers with a point or exponent float, all else string.
    #[arg(long = "arg", value_name = "NAME=VALUE", help_heading = "Arguments of the script")]
    pub(crate) arguments: Vec<Inline>,

    /// How the result is shown.
    #[arg(short, long, value_enum, default_value_t, help_heading = "Output")]
    pub(crate) output_format: OutputFormat,

    /// With `human`: show log and metrics, too.
    #[arg(short, long, help_heading = "Output")]
    pub(crate) verbose: bool,

    #[command(flatten)]
    pub(crate) limits: LimitFlags,

    /// Let denied operations pass and report them as `denials`: to learn what a script needs. NOT SAFE: the policy protects nothing.
    #[arg(long, help_heading = "Policy")]
    pub(crate) observe: bool,

    /// The dictionary of what redacted reading may show.
    #[arg(long, value_name = "PATH", default_value = "/etc/opt/rex/rex_redaction.config", help_heading = "Policy")]
    pub(crate) redaction_file: PathBuf,

    #[command(flatten)]
    pub(crate) signatures: SignatureArgs,

    #[command(flatten)]
    pub(crate) audit: AuditArgs,

    #[command(flatten)]
    pub(crate) confinement: Confinement,

    /// Print all functions that a script can call, and end.
    #[arg(long, help_heading = "Documentation", exclusive = false)]
    pub(crate) print_functions: bool,

    /// How the functions are printed.
    #[arg(long, value_enum, default_value_t, requires = "print_functions", help_heading = "Documentation")]
    pub(crate) format: ListFormat,
}

/// How the result is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    /// The result record, as JSON on one line.
    #[default]
    Json,
    /// The result record, as indented JSON.
    PrettyJson,
    /// The value on standard output; an error with the place in its source on standard error.
    Human,
}

/// How the functions are printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    /// Signatures and summaries.
    #[default]
    Text,
    /// An array of objects.
    Json,
    /// A page.
    Markdown,
    /// A definition file for the language server.
    Rhai,
}

#[cfg(test)]
mod tests {
    use super::Cli;
    use clap::{CommandFactory as _, Parser as _};
    use rex_runner_registrar::Limits;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_defaults_of_the_flags_are_those_of_the_limits() {
        let cli = Cli::try_parse_from(["rex-runner", "-s", "s", "-p", "p"]).unwrap();
        assert_eq!(cli.limits.limits(), Limits::default());
        assert_eq!(cli.redaction_file, rex_sdk_registry::Options::default().redaction_file);
    }

    #[test]
    fn a_printed_list_needs_no_script() {
        assert!(Cli::try_parse_from(["rex-runner", "--print-functions", "--format", "rhai"]).is_ok());
        assert!(Cli::try_parse_from(["rex-runner", "--format", "rhai"]).is_err());
        assert!(Cli::try_parse_from(["rex-runner", "-p", "x"]).is_err());
        assert!(Cli::try_parse_from(["rex-runner", "--bundle", "x"]).is_ok());
        assert!(Cli::try_parse_from(["rex-runner", "--bundle", "x", "-p", "y"]).is_err());
    }
}
