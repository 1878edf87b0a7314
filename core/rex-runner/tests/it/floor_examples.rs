//! The examples of all functions beneath the kernel floor: what the policy grants them, the floor lets pass.
#![expect(clippy::disallowed_methods, reason = "the test sets the stage for the program")]

use crate::{Done, runner};
use rex_cedar_auth::{Gate, Need, Policies};
use rex_logger::{Level, Logger, Syslog};
use rex_runner_registrar_utils::{Example, Function, Host};
use rex_test_utils::{Folder, REDACTION_FILE, policy_from_needs, principal};
use std::fmt::Write as _;
use std::os::unix::fs::{PermissionsExt as _, lchown};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::rc::Rc;
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::{fs, thread};

/// The account of the ordinary user, by its number: it need not have a name.
const USER: u32 = 65_534;

/// All functions that may ask for something.
fn functions() -> Vec<&'static Function> {
    let host =
        Host::new(Gate::new(Policies::load("none", "").unwrap(), ""), Rc::new(Logger::new(Level::Error, Syslog::Off)));
    let (listed, _) = rex_runner_registrar::list(&host, &rex_runner_registrar::Options::default());
    let mut functions: Vec<&'static Function> = Vec::new();
    for function in listed.iter().map(|registered| registered.function) {
        if !function.needs.is_empty() && !functions.iter().any(|known| std::ptr::eq(*known, function)) {
            functions.push(function);
        }
    }
    functions
}

/// The least policy of an example, for the account `user`.
fn policy(function: &Function, example: &Example, dir: &str, user: &str) -> String {
    let (withheld, whole): (Vec<Need>, Vec<Need>) =
        function.needs.iter().chain(example.around).partition(|need| example.withheld.contains(need));
    let places = [dir].into_iter().chain(example.places.iter().copied());
    let mut policy: String = places.map(|place| policy_from_needs(&whole, place, "")).collect();
    for need in withheld {
        let (action, kind) = (need.action.uid, need.kind.type_name());
        // Writing into a String cannot fail.
        let _ =
            writeln!(policy, "permit(principal, action == {action}, resource == {kind}::\"{dir}/{REDACTION_FILE}\");");
    }
    policy.replace(&format!("User::\"{}\"", principal()), &format!("User::\"{user}\""))
}

/// Runs the example in a fresh folder.
fn run(function: &Function, example: &Example, user: Option<&str>, confine: &str) -> Done {
    let folder = Folder::new(example.files);
    let (dir, stage) = (folder.path(), Folder::new(&[("script.rhai", example.script)]));
    let account = user.map_or_else(login, str::to_owned);
    stage.put("policy.cedar", policy(function, example, dir, &account));
    let mut command = runner();
    command.args(["--confine", confine, "-s", &stage.at("script.rhai"), "-p", &stage.at("policy.cedar")]);
    command.args(["--arg", &format!("dir:string={dir}"), "--redaction-file", &folder.at(REDACTION_FILE)]);
    if user.is_some() {
        give(Path::new(dir));
        fs::set_permissions(stage.path(), fs::Permissions::from_mode(0o755)).unwrap();
        command.uid(USER).gid(USER);
    }
    Done::new(command.output().unwrap())
}

/// Gives the folder and all in it to the ordinary user.
fn give(path: &Path) {
    lchown(path, Some(USER), Some(USER)).unwrap();
    if path.symlink_metadata().unwrap().is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            give(&entry.unwrap().path());
        }
    }
}

fn login() -> String {
    nix::unistd::User::from_uid(nix::unistd::Uid::effective()).unwrap().unwrap().name
}

fn is_true(done: &Done) -> bool {
    done.code == 0 && done.record()["output"] == "true"
}

/// How many examples are true beneath the floor, and which are so only without it. Some are true only where the tests of their crate have
/// set up servers, processes or a service manager: they have to fail in both.
fn held(user: Option<&str>) -> (usize, Vec<String>) {
    let examples: Vec<_> = functions()
        .into_iter()
        .flat_map(|function| function.examples.iter().map(move |example| (function, example)))
        .collect();
    let (count, found) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for share in examples.chunks(examples.len().div_ceil(2)) {
            let (count, found) = (&count, &found);
            scope.spawn(move || {
                for (function, example) in share {
                    let confined = run(function, example, user, "required");
                    if is_true(&confined) {
                        count.fetch_add(1, Relaxed);
                    } else if is_true(&run(function, example, user, "off")) {
                        let Done { stdout, stderr, .. } = confined;
                        found
                            .lock()
                            .unwrap()
                            .push(format!("{}, `{}`: {stdout} {stderr}", function.name, example.title));
                    }
                }
            });
        }
    });
    (count.into_inner(), found.into_inner().unwrap())
}

#[test]
fn each_example_holds_beneath_the_floor() {
    let (held, problems) = held(None);
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(held >= 150, "{held}");
}

/// What the system refuses to an ordinary user anyway, the floor need not let pass.
#[test]
fn each_example_of_an_ordinary_user_holds_beneath_the_floor() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("skipped: only root can become another user; the other test is of this one");
        return;
    }
    let name = nix::unistd::User::from_uid(USER.into()).unwrap().map_or(format!("uid:{USER}"), |user| user.name);
    let (held, problems) = held(Some(&name));
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(held >= 120, "{held}");
}
