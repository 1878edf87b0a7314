//! What the gate demands of policies that let programs be started.

use rex_cedar_auth::action::file_system::Execute;
use rex_cedar_auth::context::{Account, Argument, Execution};
use rex_cedar_auth::{Accepts, Cause, Denied, Gate, Policies, Resource, kind};
use std::borrow::Cow;

struct Program {
    arguments: Vec<Argument>,
    environment: Vec<(&'static str, &'static str)>,
}

impl Resource for Program {
    type Kind = kind::File;
    fn id(&self) -> Cow<'_, str> {
        "/usr/bin/tool".into()
    }
}

impl Accepts<Execute> for Program {
    fn context(&self) -> Execution {
        let account = |name: &str| Account { name: name.into(), id: 0 };
        Execution {
            name: "tool".into(),
            arguments: self.arguments.clone(),
            environment: self.environment.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
            user: account("root"),
            group: account("root"),
            target_process_id: None,
        }
    }
}

fn keyed(key: &str, value: &str) -> Argument {
    Argument::Keyed(key.into(), value.into())
}

fn alone(word: &str) -> Argument {
    Argument::Alone(word.into())
}

fn gate(policy: &str) -> Gate {
    Gate::new(Policies::load("test", policy).unwrap(), "root")
}

fn ask(gate: &Gate, arguments: &[Argument], environment: &[(&'static str, &'static str)]) -> Result<(), Denied> {
    let program = Program { arguments: arguments.to_vec(), environment: environment.to_vec() };
    gate.authorize::<Execute, _>(&program).map(drop)
}

/// Of a denial by the gate's own demands, the words; of another, its cause.
fn why(result: Result<(), Denied>) -> String {
    let denied = result.unwrap_err();
    match denied.cause() {
        Cause::Unclear(why) => why.clone(),
        other => format!("{other:?}"),
    }
}

const PERMIT_ALL: &str = "permit(principal, action, resource);";

#[test]
fn a_variable_that_loads_code_must_be_named() {
    let all = gate(PERMIT_ALL);
    let preload = [("LANG", "C"), ("LD_PRELOAD", "/x.so")];
    assert_eq!(ask(&all, &[], &[("LANG", "C")]), Ok(()), "and this verdict is not taken for the next");
    let said = why(ask(&all, &[], &preload));
    assert!(said.starts_with("the environment sets `LD_PRELOAD`, which can load other code"), "{said}");
    assert_eq!(ask(&all, &[], &[("LANG", "C")]), Ok(()));

    let naming = r#"permit(principal, action == file_system::Action::"execute", resource)
        when { ["LANG", "LD_PRELOAD"].containsAll(context.environment.names)
            && context.environment.hasTag("LD_PRELOAD") && context.environment.getTag("LD_PRELOAD") == "/x.so" };"#;
    assert_eq!(ask(&gate(naming), &[], &preload), Ok(()));
    assert_eq!(why(ask(&gate(naming), &[], &[("LD_PRELOAD", "/y.so")])), "NotPermitted");
    assert_eq!(ask(&gate(&format!("{PERMIT_ALL}{naming}")), &[], &preload), Ok(()));
    let other = format!("{PERMIT_ALL}{naming}");
    assert!(why(ask(&gate(&other), &[], &[("LD_PRELOAD", "/y.so")])).contains("no matching permit names it"));
}

#[test]
fn one_permit_must_name_all_such_variables() {
    let permit = |name: &str| {
        format!(
            r#"permit(principal, action == file_system::Action::"execute", resource)
               when {{ context.environment.names.contains("{name}") }};"#
        )
    };
    let two = [("LD_PRELOAD", "/x.so"), ("LD_LIBRARY_PATH", "/l")];
    let apart = gate(&format!("{}{}", permit("LD_PRELOAD"), permit("LD_LIBRARY_PATH")));
    assert!(why(ask(&apart, &[], &two)).contains("`LD_LIBRARY_PATH`, `LD_PRELOAD`"));
    assert_eq!(ask(&apart, &[], &two[..1]), Ok(()));
}

#[test]
fn a_repeated_argument_is_not_judged_by_one_value() {
    let permit = gate(
        r#"permit(principal, action == file_system::Action::"execute", resource)
           when { context.arguments.hasTag("--out") && context.arguments.getTag("--out") == "safe" };"#,
    );
    assert_eq!(ask(&permit, &[keyed("--out", "safe"), keyed("--in", "a")], &[]), Ok(()));
    for first in [keyed("--out", "/etc/evil"), keyed("--out", "safe"), alone("--out")] {
        let said = why(ask(&permit, &[first, keyed("--out", "safe")], &[]));
        assert!(said.starts_with("the argument `--out` is given more than once"), "{said}");
    }
    assert_eq!(ask(&permit, &[keyed("--out", "safe"), alone("-v"), alone("-v")], &[]), Ok(()));
    // Whoever does not ask for the value is not misled.
    assert_eq!(ask(&gate(PERMIT_ALL), &[keyed("-H", "a"), keyed("-H", "b")], &[]), Ok(()));
}

#[test]
fn a_forbid_is_not_evaded_by_repeating() {
    let forbid = gate(&format!(
        r#"{PERMIT_ALL} forbid(principal, action == file_system::Action::"execute", resource)
           when {{ context.arguments.hasTag("--force") }};"#
    ));
    assert_eq!(ask(&forbid, &[alone("-v")], &[]), Ok(()));
    assert_eq!(why(ask(&forbid, &[alone("--force")], &[])), "Forbidden");
    assert!(why(ask(&forbid, &[alone("--force"), alone("--force")], &[])).contains("given more than once"));
    let computed = gate(&format!(
        r#"{PERMIT_ALL} forbid(principal, action == file_system::Action::"execute", resource)
           when {{ context.arguments.hasTag(context.user.username) }};"#
    ));
    assert!(why(ask(&computed, &[alone("root"), alone("root")], &[])).contains("given more than once"));
}

#[test]
fn the_command_line_can_be_bound_whole() {
    let bound = gate(
        r#"permit(principal, action == file_system::Action::"execute", resource)
           when { context.argv.count == 2 && context.argv.hasTag("0") && context.argv.getTag("0") == "tool"
               && context.argv.hasTag("1") && context.argv.getTag("1") == "-o"
               && context.argv.hasTag("2") && context.argv.getTag("2") == "v" };"#,
    );
    assert_eq!(ask(&bound, &[keyed("-o", "v")], &[]), Ok(()));
    assert_eq!(ask(&bound, &[alone("-o"), alone("v")], &[]), Ok(()));
    for other in [vec![alone("v"), alone("-o")], vec![keyed("-o", "v"), alone("w")], vec![alone("-o")]] {
        assert_eq!(why(ask(&bound, &other, &[])), "NotPermitted");
    }
}
