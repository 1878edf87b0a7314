//! The test of script functions finds what is wrong with them, and nothing else.

use rex_cedar_auth::action::file_system::{Open, Read, RedactedRead, Stat, Write};
use rex_cedar_auth::{Denied, Either, Gate, Need, Resource, accepts, kind, need};
use rex_runner_registrar_utils::{Call, Example, Function, Registrar, ScriptError};
use rex_test_utils::{Folder, check_functions, denial, eval, policy_from_needs, problems};
use std::borrow::Cow;
use std::path::Path;

const OPEN: Need = need::<Open, kind::Dir>();
const READ: Need = need::<Read, kind::File>();
const REDACTED: Need = need::<RedactedRead, kind::File>();
const STAT: Need = need::<Stat, kind::File>();
const WRITE: Need = need::<Write, kind::File>();

struct File(String);
struct Dir(String);

impl Resource for File {
    type Kind = kind::File;
    fn id(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.0)
    }
}
impl Resource for Dir {
    type Kind = kind::Dir;
    fn id(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.0)
    }
}
accepts!(File: Read, RedactedRead, Stat, Write);
accepts!(Dir: Open);

fn thrown(denied: Denied) -> ScriptError {
    ScriptError::denied("IoErrorKind", denied)
}

/// `read`, or `redacted_read` with the dictionary.
fn peek(gate: &Gate, dir: &str, dictionary: &str) -> Result<String, Denied> {
    let _ = gate.authorize::<Open, _>(&Dir(dir.to_owned()))?;
    let file = File(format!("{dir}/a"));
    match gate.authorize_either::<Read, RedactedRead, _>(&file)? {
        Either::First(_) => return Ok("plain".to_owned()),
        Either::Second(_) => drop(gate.authorize::<Read, _>(&File(dictionary.to_owned()))?),
    }
    Ok("redacted".to_owned())
}

static PEEK: Function = Function {
    name: "peek",
    params: &["dir"],
    doc: "Tells how the file may be read.",
    needs: &[OPEN, READ, REDACTED],
    examples: &[
        Example { title: "Plain", script: r#"peek(dir) == "plain""#, ..Example::BASE },
        Example { title: "Redacted", script: r#"peek(dir) == "redacted""#, withheld: &[READ], ..Example::BASE },
    ],
    ..Function::BASE
};

static TWICE: Function = Function {
    name: "twice",
    params: &["number"],
    doc: "Returns twice the number.",
    examples: &[Example { title: "Double", script: "twice(2) == 4", ..Example::BASE }],
    ..Function::BASE
};

static LOOK: Function = Function {
    name: "look",
    params: &["path"],
    doc: "Looks at a file. It needs a directory in the examples.",
    needs: &[STAT],
    examples: &[Example {
        title: "With another function",
        script: r#"peek(dir) == "plain" && look(dir + "/a")"#,
        around: &[OPEN, READ],
        ..Example::BASE
    }],
    ..Function::BASE
};

static CAREFUL: Function = Function {
    name: "careful",
    params: &["path"],
    doc: "Looks at a file where nothing forbids to write it.",
    needs: &[STAT, WRITE],
    examples: &[Example { title: "No permit to write", script: r#"careful(dir + "/a")"#, ..Example::BASE }],
    ..Function::BASE
};

fn careful(gate: &Gate, path: &str) -> Result<bool, Denied> {
    let file = File(path.to_owned());
    let _ = (gate.authorize::<Stat, _>(&file)?, gate.authorize_unless_forbidden::<Write, _>(&file)?);
    Ok(true)
}

fn good(r: &mut Registrar, dictionary: &Path) {
    let dictionary = dictionary.to_string_lossy().into_owned();
    r.function(&PEEK, |entry| {
        move |ctx: Call, dir: &str| entry.run(&ctx, |gate| peek(gate, dir, &dictionary).map_err(thrown))
    });
    r.function(&TWICE, |entry| move |ctx: Call, number: i64| entry.run(&ctx, |_| Ok::<_, ScriptError>(number * 2)));
    r.function(&LOOK, |entry| {
        move |ctx: Call, path: &str| {
            entry.run(&ctx, |gate| gate.authorize::<Stat, _>(&File(path.to_owned())).map(|_| true).map_err(thrown))
        }
    });
    r.function(&CAREFUL, |entry| {
        move |ctx: Call, path: &str| entry.run(&ctx, |gate| careful(gate, path).map_err(thrown))
    });
    r.constant("number", "ONE", "The number one.", 1_i64);
}

#[test]
fn right_functions_pass() {
    check_functions(good);
}

/// Registers one function that asks `stat` on a file, whatever it declares.
fn one(r: &mut Registrar, function: &'static Function) {
    r.function(function, |entry| {
        move |ctx: Call, path: &str| {
            entry.run(&ctx, |gate| gate.authorize::<Stat, _>(&File(path.to_owned())).map(|_| true).map_err(thrown))
        }
    });
}

const SHOWN: Example = Example { title: "Look", script: r#"f(dir + "/a")"#, ..Example::BASE };
const SOUND: Function =
    Function { name: "f", params: &["path"], doc: "Looks.", needs: &[STAT], examples: &[SHOWN], ..Function::BASE };

macro_rules! found {
    ($function:expr) => {{
        static FUNCTION: Function = $function;
        fn register(r: &mut Registrar, _: &Path) {
            one(r, &FUNCTION);
        }
        problems(register).join("\n")
    }};
}

#[test]
fn the_pattern_of_the_next_tests_is_sound() {
    assert_eq!(found!(SOUND), "");
}

#[test]
fn docs_and_parameters_are_looked_at() {
    assert_eq!(found!(Function { doc: "", ..SOUND }), "f: it has no doc");
    assert_eq!(found!(Function { doc: "Looks", ..SOUND }), "f: the first sentence of its doc has no end: \"Looks\"");
    assert_eq!(found!(Function { params: &["Path"], ..SOUND }), "f: `Path` is no name for a parameter");
    assert_eq!(found!(Function { doc: "Looks. ", ..SOUND }), "f: its doc has blanks around it");
}

#[test]
fn needs_must_be_shown_by_examples() {
    assert_eq!(found!(Function { examples: &[], ..SOUND }), "f: it needs something and has no example");
    let spare = found!(Function { needs: &[STAT, WRITE], ..SOUND });
    assert_eq!(spare, r#"f: it declares file_system::Action::"write" on file_system::File, which no example asks"#);
    let undeclared = found!(Function { needs: &[], ..SOUND });
    assert!(undeclared.contains("`f` asks file_system::Action::\"stat\" on file_system::File of /"), "{undeclared}");
    assert!(undeclared.contains("which it does not declare"), "{undeclared}");
}

#[test]
fn examples_must_be_true_and_end_with_the_denial() {
    let is_false = found!(Function { examples: &[Example { script: r#"f(dir + "/a"); false"#, ..SHOWN }], ..SOUND });
    assert!(is_false.contains("under its needs it is `false`, not `true`"), "{is_false}");
    let fails = found!(Function { examples: &[Example { script: "f(1)", ..SHOWN }], ..SOUND });
    assert!(fails.contains("under its needs it fails: Function not found"), "{fails}");
    let swallows = found!(Function {
        examples: &[Example { script: r#"try { f(dir + "/a") } catch {} true"#, ..SHOWN }],
        ..SOUND
    });
    assert!(swallows.contains("it is still `true`"), "{swallows}");
    assert!(swallows.contains("under an empty policy it is `true`"), "{swallows}");
    let other = found!(Function {
        examples: &[Example { script: r#"try { f(dir + "/a") } catch { throw "no" }"#, ..SHOWN }],
        ..SOUND
    });
    assert!(other.contains("it does not end with the denial but with: Runtime error: no"), "{other}");
}

#[test]
fn what_is_withheld_or_around_must_matter() {
    let withheld = found!(Function { examples: &[Example { withheld: &[WRITE], ..SHOWN }], ..SOUND });
    assert!(withheld.contains("what it withholds makes no difference"), "{withheld}");
    let around = found!(Function { examples: &[Example { around: &[WRITE], ..SHOWN }], ..SOUND });
    assert!(
        around.contains(
            r#"`around` holds file_system::Action::"write" on file_system::File, which no other function asks"#
        ),
        "{around}"
    );
}

/// Lets nothing that is forbidden keep it.
fn careless(r: &mut Registrar, _: &Path) {
    r.function(&CAREFUL, |entry| {
        move |ctx: Call, path: &str| {
            entry.run(&ctx, |gate| -> Result<bool, ScriptError> {
                let file = File(path.to_owned());
                let _ = gate.authorize::<Stat, _>(&file).map_err(thrown)?;
                let _ = gate.authorize_unless_forbidden::<Write, _>(&file);
                Ok(true)
            })
        }
    });
}

#[test]
fn what_needs_no_permit_is_left_out_by_a_forbid() {
    let found = problems(careless).join("\n");
    assert!(
        found.contains(r#"without file_system::Action::"write" on file_system::File it is still `true`"#),
        "{found}"
    );
}

/// Changes the folder before it asks.
fn hasty(r: &mut Registrar, _: &Path) {
    static HASTY: Function = Function {
        name: "hasty",
        params: &["path"],
        doc: "Writes.",
        needs: &[WRITE],
        examples: &[Example {
            title: "Write",
            script: r#"hasty(dir + "/a")"#,
            files: &[("a", "old")],
            ..Example::BASE
        }],
        ..Function::BASE
    };
    r.function(&HASTY, |entry| {
        move |ctx: Call, path: &str| {
            entry.run(&ctx, |gate| {
                #[expect(clippy::disallowed_methods, reason = "the function is meant to break the rule")]
                let _ = std::fs::write(path, "new");
                gate.authorize::<Write, _>(&File(path.to_owned())).map(|_| true).map_err(thrown)
            })
        }
    });
}

#[test]
fn an_effect_before_the_judgement_is_found() {
    let found = problems(hasty);
    assert_eq!(found.len(), 2, "{found:#?}");
    for (found, when) in found.iter().zip([r#"without file_system::Action::"write""#, "under an empty policy"]) {
        assert!(found.contains(when) && found.contains("the folder changes: changed: a: "), "{found}");
    }
}

#[test]
fn a_script_runs_under_exactly_the_policy() {
    let folder = Folder::new(&[]);
    let policy = policy_from_needs(&[OPEN, READ], folder.path(), "");
    assert_eq!(eval(good, &policy, folder.path(), "peek(dir)").unwrap().into_string().unwrap(), "plain");
    let denied = denial(&eval(good, &policy, folder.path(), r#"peek("/elsewhere")"#).unwrap_err()).unwrap();
    assert_eq!((denied.action().name, denied.id()), ("open", "/elsewhere"));
    let extra = r#"forbid(principal, action == file_system::Action::"read", resource);"#;
    let policy = policy_from_needs(&[OPEN, READ], folder.path(), extra);
    let denied = denial(&eval(good, &policy, folder.path(), "peek(dir)").unwrap_err()).unwrap();
    assert_eq!((denied.action().name, denied.id()), ("read", folder.at("a").as_str()));
}

#[test]
fn snapshots_tell_every_difference() {
    let folder = Folder::new(&[("a/b", "one"), ("empty/", "")]);
    folder.link("link", "a/b");
    assert_eq!(folder.tree().names(), ["a", "a/b", "empty", "link"]);
    let before = folder.tree();
    assert_eq!(before, folder.tree());
    folder.put("a/b", "two");
    folder.put("c", "");
    let changes = before.changes(&folder.tree());
    assert!(changes.contains("changed: a/b") && changes.contains("new: c") && !changes.contains("link"), "{changes}");
    let target = Folder::new(&[]);
    target.link("link", "x");
    let before = target.tree();
    #[expect(clippy::disallowed_methods, reason = "the test makes the link anew")]
    std::fs::remove_file(target.at("link")).unwrap();
    assert_eq!(before.changes(&target.tree()), "gone: link");
    target.link("link", "y");
    assert_ne!(before, target.tree());
}
