//! Starting programs: `execute`.

use crate::error::Failure;
use crate::needs::{EXECUTE_FILE, OPEN_DIR, OPEN_FILE};
use crate::values::map;
use rex_cedar_auth::Need;
use rex_cedar_auth::context::Argument;
use rex_runner_registrar_utils::builder::{constructor, number, options, set, set_checked, setter};
use rex_runner_registrar_utils::{Call, Example, Function, Registrar};
use rhai::{Array, Dynamic, ImmutableString, Map};
use rust_safe_io::{ExecuteOptions, Executed, FileHandle, MaxOutput, execute};
use std::time::Duration;

/// The process whose pid namespace a program runs in.
#[derive(Debug, Clone, Copy, Default)]
struct Namespace(Option<u32>);

const OPENING: &[Need] = &[OPEN_DIR, OPEN_FILE];
const FILES: &[(&str, &str)] = &[("tool", "#!/bin/sh\necho \"$1,$2,$COLOR\"\ncat\necho problem >&2\nexit 3\n")];

/// An example that opens the program `tool` as `f` first.
macro_rules! with_tool {
    ($title:literal, $around:expr, $script:literal) => {
        Example {
            title: $title,
            files: FILES,
            script: concat!(
                r#"let f = DirConfig().path(dir).build().open(OpenDirOptions().build()).open_file("tool", OpenFileOptions().read(true).build());
            "#,
                $script
            ),
            around: $around,
            ..Example::BASE
        }
    };
}

static OPTIONS: Function = constructor(
    "ExecuteOptions",
    "Begins the options for starting a program. Without any it gets no argument, no environment and no input.",
    &[Example {
        title: "Empty words are refused",
        script: r#"let said = ""; try { ExecuteOptions().args([""]).build(); } catch (e) { said = e; } said == "Validation error: Argument key at index 0 cannot be empty""#,
        ..Example::BASE
    }],
);
static ARGS: Function = setter(
    "args",
    "The arguments: each a text, or an array of a key and its value, which the program gets as two words. No shell reads them. The policy sees both the words \
     in order (`context.argv`) and how they are grouped (`context.arguments`).",
);
static ENV: Function = setter(
    "env",
    "The whole environment, a map of texts. Variables that load code into a program, such as `LD_PRELOAD`, are denied unless the policy names them.",
);
static CAPABILITIES: Function = setter(
    "capabilities",
    "Names such as `CAP_NET_ADMIN` of capabilities that the program inherits and may hand on; when it runs as another user than root these are all it has.",
);
static USER: Function = setter(
    "user",
    "The name of the user that the program runs as, with the groups of that user. Without it that of the runner.",
);
static GROUP: Function = setter("group", "The name of the group that the program runs with, as its only group.");
static NAMESPACE: Function = setter("namespace", "Where the program finds itself among processes.");
static STDIN: Function = setter("stdin", "What the program reads from its standard input. Without it nothing.");
static MAX_OUTPUT: Function = setter(
    "max_output",
    "How many bytes the program may write to its standard output, and as many to its standard error, before it is killed. Without it 8388608.",
);
static TIMEOUT: Function = setter(
    "timeout",
    "After so many seconds the program is killed, with its process group. It never outlives the time limit of the run.",
);

static NAMESPACE_OPTIONS: Function = constructor(
    "ChildNamespaceOptions",
    "Begins the options for running a program in the pid namespace of another process.",
    &[Example {
        title: "A process is required",
        script: r#"let said = ""; try { ChildNamespaceOptions().build(); } catch (e) { said = e; } said == "Invalid arguments: Field not initialized: target_process""#,
        ..Example::BASE
    }],
);
static TARGET_PROCESS: Function = setter("target_process", "The number of the process whose pid namespace it is.");

static EXECUTE: Function = Function {
    name: "execute",
    params: &["self", "options"],
    doc: "Runs the file as a program, waits for its end and returns what it left behind. No shell is in between. The program starts in `/`, in a session of \
          its own, without any descriptor but its input and outputs, cannot gain rights, and dies with the run; what it started in its process group \
          dies with it. The handle must not have been opened for writing. When the program could not be started, `exit_code` is 1 and `stderr` says why. A script file (`#!`) \
          is judged by its own path, not its interpreter's.",
    needs: &[EXECUTE_FILE],
    examples: &[
        with_tool!(
            "Run a program with arguments, environment and input",
            OPENING,
            r#"let r = f.execute(ExecuteOptions().args([["--key", "a b"]]).env(#{COLOR: "blue"}).stdin("in\n").build());
            r.exit_code == 3 && r.stdout == "--key,a b,blue\nin\n" && r.stderr == "problem\n""#
        ),
        with_tool!(
            "Variables that load code must be named by the policy",
            OPENING,
            r#"let plain = f.execute(ExecuteOptions().build()).exit_code; let denied = false;
            try { f.execute(ExecuteOptions().env(#{LD_PRELOAD: "/x.so"}).build()); } catch (e) { denied = e.kind == IoErrorKind::PermissionDenied; }
            plain == 3 && denied"#
        ),
    ],
    ..Function::METHOD
};

const RUNNING: &[Need] = &[OPEN_DIR, OPEN_FILE, EXECUTE_FILE];

static EXIT_CODE: Function = Function {
    name: "exit_code",
    doc: "The exit status of the program, or minus the number of the signal that ended it.",
    examples: &[with_tool!("How it ended", RUNNING, "f.execute(ExecuteOptions().build()).exit_code == 3")],
    ..Function::GETTER
};

static STDOUT: Function = Function {
    name: "stdout",
    doc: "What the program wrote to its standard output. Bytes that are not UTF-8 are shown as `\u{fffd}`.",
    examples: &[with_tool!(
        "What it said",
        RUNNING,
        r#"f.execute(ExecuteOptions().args(["a"]).build()).stdout == "a,,\n""#
    )],
    ..Function::GETTER
};

static STDERR: Function = Function {
    name: "stderr",
    doc: "What the program wrote to its standard error. Bytes that are not UTF-8 are shown as `\u{fffd}`.",
    examples: &[with_tool!(
        "What it complained of",
        RUNNING,
        r#"f.execute(ExecuteOptions().build()).stderr == "problem\n""#
    )],
    ..Function::GETTER
};

static TO_MAP: Function = Function {
    name: "to_map",
    params: &["self"],
    doc: "What the program left behind, as a map with the keys `exit_code`, `stdout` and `stderr`.",
    examples: &[with_tool!("Report a run", RUNNING, "f.execute(ExecuteOptions().build()).to_map().exit_code == 3")],
    ..Function::METHOD
};

pub(super) fn register(r: &mut Registrar) {
    namespace(r);
    options::<ExecuteOptions>(r, "ExecuteOptions", "ExecuteOptionsBuilder", &OPTIONS, |options| {
        options.check().map_err(|error| error.to_string())
    });
    set_checked(r, &ARGS, |options: &mut ExecuteOptions, value: Array| {
        options.arguments = arguments(value)?;
        Ok(())
    });
    set_checked(r, &ENV, |options: &mut ExecuteOptions, value: Map| {
        let variable = |(name, value): (_, Dynamic)| {
            let name = AsRef::<str>::as_ref(&name).to_owned();
            let wrong = format!("Environment variable value for key '{name}' must be a string");
            Ok((name, value.into_string().map_err(|_| wrong)?))
        };
        options.environment = value.into_iter().map(variable).collect::<Result<_, String>>()?;
        Ok(())
    });
    set_checked(r, &CAPABILITIES, |options: &mut ExecuteOptions, value: Array| {
        let mut capabilities = rust_safe_io::Capabilities::default();
        for (at, name) in value.into_iter().enumerate() {
            let name = name.into_string().map_err(|_| format!("Capability at index {at} must be a string"))?;
            if !capabilities.add(&name) {
                return Err(format!("Invalid capability format: '{name}'"));
            }
        }
        options.capabilities = capabilities;
        Ok(())
    });
    set(r, &USER, |options: &mut ExecuteOptions, value: ImmutableString| options.user = Some(value.into()));
    set(r, &GROUP, |options: &mut ExecuteOptions, value: ImmutableString| options.group = Some(value.into()));
    set(r, &NAMESPACE, |options: &mut ExecuteOptions, Namespace(target)| options.target_process = target);
    set(r, &STDIN, |options: &mut ExecuteOptions, value: ImmutableString| options.stdin = Some(value.into()));
    set_checked(r, &MAX_OUTPUT, |options: &mut ExecuteOptions, value: i64| {
        options.max_output = MaxOutput(number("max_output", value)?);
        Ok(())
    });
    set_checked(r, &TIMEOUT, |options: &mut ExecuteOptions, value: i64| {
        options.timeout = Some(Duration::from_secs(number("timeout", value)?));
        Ok(())
    });
    r.function(&EXECUTE, |entry| {
        move |call: Call<'_>, file: &mut FileHandle, options: ExecuteOptions| {
            entry.run(&call, |gate| execute(gate, file, &options).map_err(Failure::from))
        }
    });
    r.type_name::<Executed>("ExecuteResult");
    r.function(&EXIT_CODE, |_| |done: &mut Executed| done.exit_code);
    r.function(&STDOUT, |_| |done: &mut Executed| done.stdout.clone());
    r.function(&STDERR, |_| |done: &mut Executed| done.stderr.clone());
    r.function(&TO_MAP, |_| {
        |done: &mut Executed| {
            map([
                ("exit_code", done.exit_code.into()),
                ("stdout", done.stdout.clone().into()),
                ("stderr", done.stderr.clone().into()),
            ])
        }
    });
}

fn namespace(r: &mut Registrar) {
    options::<Namespace>(r, "ChildNamespaceOptions", "ChildNamespaceOptionsBuilder", &NAMESPACE_OPTIONS, |namespace| {
        namespace.0.map(drop).ok_or_else(|| super::missing("target_process"))
    });
    set_checked(r, &TARGET_PROCESS, |namespace: &mut Namespace, value: i64| {
        namespace.0 = Some(number("target_process", value)?);
        Ok(())
    });
}

/// The arguments of an array: texts, and arrays of a key and perhaps its value.
fn arguments(items: Array) -> Result<Vec<Argument>, String> {
    let text = |item: Dynamic, what: &str| item.into_string().map_err(|_| format!("Argument {what} must be a string"));
    let argument = |(at, item): (usize, Dynamic)| {
        if item.is_string() {
            return text(item, "key").map(Argument::Alone);
        }
        let words = item.into_array().map_err(|_| format!("Argument at index {at} must be a string or an array"))?;
        let mut words = words.into_iter();
        match (words.next(), words.next(), words.next()) {
            (None, ..) => Err(format!("Argument array at index {at} cannot be empty")),
            (.., Some(_)) => Err(format!("Argument array at index {at} cannot have more than 2 elements")),
            (Some(key), None, None) => text(key, "key").map(Argument::Alone),
            (Some(key), Some(value), None) => Ok(Argument::Keyed(text(key, "key")?, text(value, "value")?)),
        }
    };
    items.into_iter().enumerate().map(argument).collect()
}
