//! Tests of the auditor: what it is told, and what happens where it fails.

use crate::action::file_system::{Open, Read, RedactedRead};
use crate::{
    Auditor, Cause, Children, Effect, Either, Extent, Gate, Need, Policies, Resource, Stopped, Verdict, accepts, kind,
    need,
};
use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

struct File(&'static str);
impl Resource for File {
    type Kind = kind::File;
    fn id(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.0)
    }
}
accepts!(File: Open, Read, RedactedRead);

struct All(&'static str);
impl Resource for All {
    type Kind = kind::File;
    fn id(&self) -> Cow<'_, str> {
        Cow::Owned(format!("{}/x", self.0))
    }
}
impl Children for All {
    fn directory(&self) -> &str {
        self.0
    }
}
accepts!(All: Read);

/// Writes down what it is told, and fails from the moment it is made to.
#[derive(Clone, Default)]
struct Witness {
    told: Rc<RefCell<Vec<String>>>,
    fails: Rc<Cell<bool>>,
}

impl Witness {
    fn keep(&self, text: String) -> Result<(), Stopped> {
        self.told.borrow_mut().push(text);
        if self.fails.get() { Err(Stopped("the disk is full".into())) } else { Ok(()) }
    }

    fn take(&self) -> Vec<String> {
        self.told.take()
    }
}

impl Auditor for Witness {
    fn judged(&self, verdict: &Verdict<'_>) -> Result<(), Stopped> {
        let Verdict { action, id, denied, permitted_by, observing, extent, function, line, .. } = verdict;
        let denied = denied.map_or("allowed", |_| if *observing { "passed" } else { "denied" });
        let extent = if *extent == Extent::Directory { " all" } else { "" };
        self.keep(format!("{denied}{extent} {} {id} {permitted_by:?} {function:?} {line}", action.name))
    }

    fn ended(&self, effect: &Effect<'_>) -> Result<(), Stopped> {
        self.keep(format!("ended {} {} {:?}", effect.function, effect.line, effect.error))
    }
}

const POLICY: &str = r#"
@id("open it") permit(principal, action == file_system::Action::"open", resource in file_system::Dir::"/tmp");
permit(principal, action == file_system::Action::"redacted_read", resource in file_system::Dir::"/tmp");
permit(principal, action == file_system::Action::"read", resource in file_system::Dir::"/srv");
"#;

fn gate(witness: &Witness) -> Gate {
    Gate::new(Policies::load("test", POLICY).unwrap(), "alice").with_auditor(witness.clone())
}

#[test]
fn every_question_is_told_with_the_policies_that_permit_it() {
    let witness = Witness::default();
    let gate = gate(&witness);
    for _ in 0..2 {
        assert!(gate.authorize::<Open, _>(&File("/tmp/a")).is_ok());
    }
    assert!(gate.authorize::<Open, _>(&File("/etc/a")).is_err());
    let either = gate.authorize_either::<Read, RedactedRead, _>(&File("/tmp/a"));
    assert!(matches!(either, Ok(Either::Second(_))));
    assert!(gate.authorize_all::<Read, _>(&All("/srv/d")).is_some());
    let told = witness.take();
    assert!(told[0].starts_with("allowed open /tmp/a [\"`open it`"), "{told:?}");
    assert_eq!(told[0], told[1], "a remembered verdict is told as the first one");
    assert_eq!(told[2], "denied open /etc/a [] None 0");
    assert!(told[3].starts_with("allowed redacted_read /tmp/a [\"`policy1`"), "{told:?}");
    assert!(told[4].starts_with("allowed all read /srv/d/x [\"`policy2`"), "{told:?}");
    assert_eq!(told.len(), 5);
}

#[test]
fn what_cannot_be_kept_is_denied_and_ends_the_run() {
    let witness = Witness::default();
    let gate = gate(&witness);
    witness.fails.set(true);
    let denied = gate.authorize::<Open, _>(&File("/tmp/a")).unwrap_err();
    assert_eq!(*denied.cause(), Cause::Unrecorded);
    assert_eq!((gate.journal().allowed(), gate.journal().denied()), (0, 1));
    witness.fails.set(false);
    // It would work again, but there is a gap now.
    assert_eq!(gate.proceed().unwrap_err().to_string(), "the disk is full");
    assert!(gate.authorize::<Open, _>(&File("/tmp/a")).is_err());
    assert!(gate.authorize_all::<Read, _>(&All("/srv/d")).is_none());
    assert_eq!(witness.take().len(), 1, "nothing is told after the gap");
}

#[test]
fn observing_does_not_let_pass_what_cannot_be_kept() {
    let witness = Witness::default();
    let policies = Policies::load("test", "").unwrap();
    let gate = Gate::observing(policies, "alice").with_auditor(witness.clone());
    assert!(gate.authorize::<Open, _>(&File("/etc/a")).is_ok());
    assert_eq!(witness.take(), ["passed open /etc/a [] None 0"]);
    witness.fails.set(true);
    assert!(gate.authorize::<Open, _>(&File("/etc/a")).is_err());
}

#[test]
fn the_end_of_a_function_is_told_where_it_was_granted_something() {
    const NEEDS: &[Need] = &[need::<Open, kind::File>()];
    let witness = Witness::default();
    let gate = gate(&witness);
    let call = |path: &'static str, error: Option<&str>| {
        let mark = gate.mark().unwrap();
        gate.within("cat", NEEDS, 7, |gate| gate.authorize::<Open, _>(&File(path)).map(drop)).ok();
        gate.ended(&mark, "cat", 7, error)
    };
    call("/tmp/a", None).unwrap();
    call("/tmp/a", Some("NotFound")).unwrap();
    call("/etc/a", Some("PermissionDenied")).unwrap();
    let told = witness.take();
    assert_eq!((told[1].as_str(), told[3].as_str()), ("ended cat 7 None", "ended cat 7 Some(\"NotFound\")"));
    assert!(told[4].starts_with("denied open /etc/a [] Some(\"cat\") 7") && told.len() == 5, "{told:?}");
    witness.fails.set(true);
    assert_eq!(call("/tmp/a", None).unwrap_err().to_string(), "the disk is full");
}

#[test]
fn without_an_auditor_nothing_is_marked() {
    assert!(Gate::new(Policies::load("test", POLICY).unwrap(), "alice").mark().is_none());
}
