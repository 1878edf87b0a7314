//! Starting a judged file as a program and waiting for it.

use crate::sys::{self, Capabilities, Progress, Running};
use crate::{Error, FileHandle, Result};
use rex_cedar_auth::Gate;
use rex_cedar_auth::action::file_system::Execute;
use rex_cedar_auth::context::Argument;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// How a program is started.
#[derive(Debug, Clone, Default)]
pub struct ExecuteOptions {
    /// Its arguments, the name it is started by not among them.
    pub arguments: Vec<Argument>,
    /// Its whole environment.
    pub environment: BTreeMap<String, String>,
    /// The capabilities that it inherits and keeps, `capabilities(7)`.
    pub capabilities: Capabilities,
    /// The user it runs as, by name; without it the runner's.
    pub user: Option<String>,
    /// The group it runs as, by name; without it that of `user`, or the runner's.
    pub group: Option<String>,
    /// The process whose pid namespace it runs in.
    pub target_process: Option<u32>,
    /// What it reads from its standard input; without it nothing.
    pub stdin: Option<String>,
    /// How much it may write to its standard output, and as much to its standard error, in bytes.
    pub max_output: MaxOutput,
    /// How long it may run.
    pub timeout: Option<Duration>,
}

/// How much of an output is kept, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaxOutput(pub usize);

impl Default for MaxOutput {
    fn default() -> Self {
        Self(8 << 20)
    }
}

/// What a program left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Executed {
    /// Its exit status, or minus the number of the signal that ended it.
    pub exit_code: i64,
    /// What it wrote to its standard output.
    pub stdout: String,
    /// What it wrote to its standard error.
    pub stderr: String,
}

impl ExecuteOptions {
    /// Checks whether the words can be given to a program.
    ///
    /// # Errors
    /// `ValidationError`.
    pub fn check(&self) -> Result<()> {
        let invalid = |text: String| Err(Error::ValidationError(text));
        for (at, argument) in self.arguments.iter().enumerate() {
            let (Argument::Alone(key) | Argument::Keyed(key, _)) = argument;
            if key.is_empty() {
                return invalid(format!("Argument key at index {at} cannot be empty"));
            }
            if matches!(argument, Argument::Keyed(_, value) if value.is_empty()) {
                return invalid(format!("Argument value for key '{key}' at index {at} cannot be empty"));
            }
            if argument.words().any(|word| word.contains('\0')) {
                return invalid(format!("Argument at index {at} cannot hold a NUL character"));
            }
        }
        for (at, (name, value)) in self.environment.iter().enumerate() {
            if name.is_empty() || value.is_empty() {
                return invalid(format!("Environment variable at index {at} should have non-empty key and value"));
            }
            // `A=B` with the value `C` would be the variable `A` with the value `B=C`, which is not what was judged.
            if name.contains(['=', '\0']) || value.contains('\0') {
                return invalid(format!("Environment variable at index {at} cannot hold `=` in its key, or NUL"));
            }
        }
        Ok(())
    }
}

/// How long the end of a run may go unnoticed while a program runs.
const LOOK: Duration = Duration::from_millis(20);

/// Runs the file as a program and waits for its end. No shell is in between: the program gets exactly the arguments and the environment
/// given, no descriptor but 0, 1 and 2 (a script file (`#!`) one more, of itself), the directory `/`, a session of its own, no core dump and
/// no way to gain rights (`no_new_privs`). With `user` its groups are those of that user, with `group` that one alone. What it
/// started and left in its process group ends with it; all of the group is killed at a limit.
///
/// What fails between its start and its first instruction is told like a failure of the program: exit code 1, the reason in `stderr`.
///
/// # Policy
/// Asks `execute` on the file, with the command line, the environment, user, group and namespace in the context.
///
/// # Errors
/// `ValidationError` for words that cannot be given to a program; `InvalidFileMode` for a handle that can write; `IdentityResolutionError` for
/// a user or group that is not there; `Other` and `ProcessNamespaceFatalError` for a namespace that cannot be entered, and `Other` when it runs
/// longer than it may; `FileContentTooLargeError` when it writes more than it may; what the system says.
pub fn execute(gate: &Gate, file: &FileHandle, options: &ExecuteOptions) -> Result<Executed> {
    options.check()?;
    let named = file.named();
    let launch = gate.release::<Execute, _>(sys::launch(file.object(), &named.entry().name(), options))?;
    if file.options().write {
        let reason =
            "Attempted to execute a file opened with write permissions. Files must be opened read-only for execution.";
        return Err(Error::InvalidFileMode(format!("{reason}: {}", file.path())));
    }
    match launch.start(gate)? {
        Ok(running) => attend(gate, running, file.path(), options),
        Err(failure) => Ok(Executed { exit_code: 1, stdout: String::new(), stderr: failure }),
    }
}

/// Waits for the end of a program, or of what it may use. Dropping `running` kills it.
fn attend(gate: &Gate, mut running: Running, path: &str, options: &ExecuteOptions) -> Result<Executed> {
    let started = Instant::now();
    let MaxOutput(most) = options.max_output;
    loop {
        let left = options.timeout.map_or(LOOK, |timeout| timeout.saturating_sub(started.elapsed()).min(LOOK));
        match running.attend(left, most)? {
            Progress::Ended(exit_code) => {
                let [stdout, stderr] = running.written().map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
                return Ok(Executed { exit_code, stdout, stderr });
            }
            Progress::TooMuch(stream) => {
                return Err(Error::FileContentTooLargeError(format!(
                    "the program `{path}` was killed because it wrote more than {most} bytes to its {stream}: let it write less, or \
                     set `max_output`"
                )));
            }
            Progress::Running => {}
        }
        gate.proceed()?;
        if let Some(timeout) = options.timeout.filter(|timeout| started.elapsed() >= *timeout) {
            let seconds = timeout.as_secs();
            return Err(Error::other(format!(
                "the program `{path}` was killed because it ran longer than {seconds} seconds"
            )));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ExecuteOptions;
    use rex_cedar_auth::context::Argument;

    fn refused(arguments: &[Argument], environment: &[(&str, &str)]) -> String {
        let environment = environment.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let options = ExecuteOptions { arguments: arguments.to_vec(), environment, ..ExecuteOptions::default() };
        options.check().map_or_else(|error| error.to_string(), |()| "nothing".to_owned())
    }

    #[test]
    fn words_that_cannot_be_given() {
        let alone = |word: &str| Argument::Alone(word.into());
        let keyed = |key: &str, value: &str| Argument::Keyed(key.into(), value.into());
        for (argument, said) in [
            (alone(""), "Validation error: Argument key at index 1 cannot be empty"),
            (keyed("", "v"), "Validation error: Argument key at index 1 cannot be empty"),
            (keyed("-k", ""), "Validation error: Argument value for key '-k' at index 1 cannot be empty"),
            (keyed("-k", "a\0b"), "Validation error: Argument at index 1 cannot hold a NUL character"),
            (alone("-k\n$(x)"), "nothing"),
        ] {
            assert_eq!(refused(&[alone("a"), argument], &[]), said);
        }
        let names = "Validation error: Environment variable at index 0 should have non-empty key and value";
        assert_eq!(refused(&[], &[("A", "")]), names);
        assert_eq!(refused(&[], &[("", "a")]), names);
        for variable in [("LD_PRELOAD=/x.so", "y"), ("A", "b\0c"), ("A\0", "b")] {
            assert!(refused(&[], &[variable]).ends_with("cannot hold `=` in its key, or NUL"), "{variable:?}");
        }
        assert_eq!(refused(&[], &[("A", "b=c")]), "nothing");
    }
}
