//! Tests of the gate.

use super::{Accepts, Either, Gate, Resource};
use crate::action::file_system::{Move, Open, Read};
use crate::action::network::Get;
use crate::action::process_system::List;
use crate::context::Destination;
use crate::{Cause, Kind, Need, Policies, accepts, kind, need};
use cedar_policy::RestrictedExpression;
use std::borrow::Cow;
use std::cell::Cell;

#[derive(Debug)]
struct Path(&'static str);
impl Resource for Path {
    type Kind = kind::File;
    fn id(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.0)
    }
}
accepts!(Path: Open, Read);
impl Accepts<Move> for Path {
    fn context(&self) -> Destination {
        Destination { path: "/b/new".into(), name: "new".into(), parent_path: "/b".into() }
    }
}

fn gate(policy: &str) -> Gate {
    Gate::new(Policies::load("test", policy).unwrap(), "alice")
}

#[test]
fn denial_names_all_and_the_deciding_policy() {
    let gate = gate(
        "permit(principal, action, resource);\n\n@id(\"no-secrets\") forbid(principal, action, resource in file_system::Dir::\"/sec\");",
    );
    let denied = gate.authorize::<Read, _>(&Path("/sec/a")).unwrap_err();
    assert_eq!(
        denied.to_string(),
        "Permission denied: alice unauthorized to perform file_system::Action::\"read\" for file_system::File::/sec/a"
    );
    assert_eq!(denied.explanation(), "forbidden by `no-secrets` (line 3)");
    assert_eq!(denied.kind(), Kind::File);
    assert!(gate.authorize::<Read, _>(&Path("/pub/a")).is_ok());
    assert_eq!((gate.journal().allowed(), gate.journal().denied()), (1, 1));
}

#[test]
fn action_groups_match() {
    let gate = gate("permit(principal, action in file_system::Action::\"SafeIO\", resource);");
    assert!(gate.authorize::<Read, _>(&Path("/a")).is_ok());
}

#[test]
fn a_policy_error_denies() {
    // A forbid that overflows must not be skipped.
    let gate = gate(
        "permit(principal, action, resource); forbid(principal, action, resource) when { 9223372036854775807 + 1 == 0 };",
    );
    let denied = gate.authorize::<Read, _>(&Path("/a")).unwrap_err();
    assert!(matches!(denied.cause(), Cause::PolicyError(errors) if errors[0].contains("overflow")), "{denied:?}");
}

#[test]
fn context_is_judged_each_time() {
    let gate = gate(
        "permit(principal, action == file_system::Action::\"move\", resource) when { context.destination.parent_path == \"/b\" };",
    );
    assert!(gate.authorize::<Move, _>(&Path("/a")).is_ok());
    assert!(gate.authorize::<Read, _>(&Path("/a")).is_err());
}

#[test]
fn a_part_of_what_is_permitted_needs_no_permit_but_heeds_forbids() {
    static NEEDS: &[Need] = &[need::<Read, kind::File>()];
    let open = gate("permit(principal, action == file_system::Action::\"read\", resource);");
    assert!(open.authorize::<Open, _>(&Path("/a")).is_err());
    assert!(open.authorize_unless_forbidden::<Open, _>(&Path("/a")).is_ok());
    assert_eq!((open.journal().allowed(), open.journal().denied()), (1, 1));

    let forbidding = gate("forbid(principal, action, resource in file_system::Dir::\"/sec\");");
    let denied = forbidding.authorize_unless_forbidden::<Open, _>(&Path("/sec/a")).unwrap_err();
    assert_eq!(*denied.cause(), Cause::Forbidden);
    assert!(forbidding.authorize_unless_forbidden::<Open, _>(&Path("/a")).is_ok());

    let erring = gate("forbid(principal, action, resource) when { 9223372036854775807 + 1 == 0 };");
    let denied = erring.authorize_unless_forbidden::<Open, _>(&Path("/a")).unwrap_err();
    assert!(matches!(denied.cause(), Cause::PolicyError(_)), "{denied:?}");

    let denied =
        open.within("cat", NEEDS, 1, |gate| gate.authorize_unless_forbidden::<Open, _>(&Path("/a")).unwrap_err());
    assert_eq!(*denied.cause(), Cause::Undeclared { function: "cat" });
}

#[derive(Debug)]
struct Url(&'static str);
impl Resource for Url {
    type Kind = kind::Url;
    fn id(&self) -> Cow<'_, str> {
        format!("http://example.org{}", self.0).into()
    }
    fn attributes(&self) -> Vec<(String, RestrictedExpression)> {
        vec![
            ("url".to_owned(), RestrictedExpression::new_string(self.id().into_owned())),
            ("path".to_owned(), RestrictedExpression::new_string(self.0.to_owned())),
        ]
    }
}
accepts!(Url: Get);

#[test]
fn a_permit_for_files_is_none_for_urls() {
    let allowed = |policy: &str| gate(policy).authorize::<Get, _>(&Url("/tmp/a")).is_ok();
    let condition = "resource has path && resource.path like \"/tmp/*\"";
    let policy = format!("permit(principal, action, resource) when {{ {condition} }};");
    assert!(gate(&policy).authorize::<Read, _>(&Path("/tmp/a")).is_ok());
    let denied = gate(&policy).authorize::<Get, _>(&Url("/tmp/a")).unwrap_err();
    assert!(matches!(denied.cause(), Cause::Unclear(text) if text.contains("network::url")), "{denied:?}");
    // Who says that he means urls is taken at his word, and a forbid means all.
    assert!(allowed(&format!(
        "permit(principal, action == network::Action::\"GET\", resource) when {{ {condition} }};"
    )));
    assert!(allowed(&format!("permit(principal, action, resource is network::url) when {{ {condition} }};")));
    assert!(allowed(&format!(
        "permit(principal, action, resource) when {{ resource is network::url && {condition} }};"
    )));
    assert!(allowed(&format!("permit(principal, action, resource); {policy}")));
    assert!(!allowed(&format!("permit(principal, action, resource); {}", policy.replace("permit", "forbid"))));
}

#[derive(Debug, Default)]
struct Runs {
    asked: Cell<u32>,
}
impl Resource for Runs {
    type Kind = kind::Process;
    fn id(&self) -> Cow<'_, str> {
        "7".into()
    }
    fn attributes(&self) -> Vec<(String, RestrictedExpression)> {
        vec![("name".to_owned(), RestrictedExpression::new_string("x".to_owned()))]
    }
    fn executable_attribute(&self) -> Option<String> {
        self.asked.set(self.asked.get() + 1);
        Some("/bin/x".to_owned())
    }
}
accepts!(Runs: List);

#[test]
fn the_executable_is_looked_up_where_a_policy_speaks_of_it() {
    let decide = |policy: &str| {
        let runs = Runs::default();
        let allowed = gate(policy).authorize::<List, _>(&runs).is_ok();
        (allowed, runs.asked.get())
    };
    let permit = "permit(principal, action == process_system::Action::\"list\", resource)";
    let has = "resource has executable && resource.executable";
    assert_eq!(decide(&format!("{permit} when {{ resource.name == \"x\" }};")), (true, 0));
    assert_eq!(decide(&format!("{permit} when {{ {has} == \"/bin/x\" }};")), (true, 1));
    assert_eq!(decide(&format!("{permit} when {{ {has} like \"/usr/*\" }};")), (false, 1));
    assert_eq!(decide(&format!("{permit} unless {{ resource has executable }};")), (false, 1));
    // Where one policy does not speak of it, the others' word counts.
    let forbid = permit.replace("permit", "forbid");
    assert_eq!(decide(&format!("{permit}; {forbid} when {{ {has} == \"/bin/x\" }};")), (false, 1));
}

#[test]
fn undeclared_need_is_refused_though_the_policy_allows() {
    static NEEDS: &[Need] = &[need::<Open, kind::File>()];
    let gate = gate("permit(principal, action, resource);");
    gate.within("cat", NEEDS, 3, |gate| {
        assert!(gate.authorize::<Open, _>(&Path("/a")).is_ok());
        let denied = gate.authorize::<Read, _>(&Path("/a")).unwrap_err();
        assert_eq!(*denied.cause(), Cause::Undeclared { function: "cat" });
    });
    assert!(gate.authorize::<Read, _>(&Path("/a")).is_ok(), "the outer scope is back");
    assert_eq!(gate.journal().denials()[0].line, 3);
}

#[test]
fn scope_is_restored_after_a_panic() {
    let gate = gate("permit(principal, action, resource);");
    let panicked =
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| gate.within("cat", &[], 1, |_| panic!("on purpose"))));
    assert!(panicked.is_err());
    assert!(gate.authorize::<Read, _>(&Path("/a")).is_ok());
}

#[test]
fn observing_lets_pass_and_remembers() {
    let gate = Gate::observing(Policies::load("test", "").unwrap(), "alice");
    assert!(gate.is_observing());
    assert!(gate.authorize::<Read, _>(&Path("/a")).is_ok());
    assert_eq!(gate.journal().denials()[0].denied.id(), "/a");
}

#[test]
fn equal_denials_in_a_row_are_one() {
    let gate = gate("");
    for _ in 0..5 {
        assert!(gate.authorize::<Read, _>(&Path("/a")).is_err());
    }
    assert!(gate.authorize::<Read, _>(&Path("/b")).is_err());
    let denials = gate.journal().denials();
    assert_eq!((denials.len(), denials[0].times, gate.journal().denied()), (2, 5, 6));
}

#[test]
fn another_users_policy_grants_nothing() {
    let gate = gate("permit(principal == User::\"bob\", action, resource);");
    assert_eq!(*gate.authorize::<Read, _>(&Path("/a")).unwrap_err().cause(), Cause::NotPermitted);
}

#[test]
fn of_two_alternatives_only_what_stands_is_remembered() {
    let second_only = gate("permit(principal, action == file_system::Action::\"open\", resource);");
    assert!(matches!(second_only.authorize_either::<Read, Open, _>(&Path("/a")), Ok(Either::Second(_))));
    assert_eq!((second_only.journal().allowed(), second_only.journal().denied()), (1, 0));
    let both = gate("permit(principal, action, resource);");
    assert!(matches!(both.authorize_either::<Read, Open, _>(&Path("/a")), Ok(Either::First(_))));
    let none = gate("");
    let denied = none.authorize_either::<Read, Open, _>(&Path("/a")).unwrap_err();
    assert_eq!((denied.action().name, none.journal().denied()), ("read", 1));
}
