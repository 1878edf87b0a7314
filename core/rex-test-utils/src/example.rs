//! One example of a function, run under policies that grant more or less.

use crate::script::{Asked, Ran, Register, denial, run};
use crate::{Folder, REDACTION_FILE, Tree, policy_from_needs, principal};
use rex_cedar_auth::Need;
use rex_runner_registrar_utils::{Example, Function};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// What is wrong with an example, and what its function asked for.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    pub(crate) problems: Vec<String>,
    pub(crate) asked: BTreeSet<Need>,
}

/// One run in a fresh folder.
struct Attempt {
    ran: Ran,
    before: Tree,
    after: Tree,
}

/// Runs `example` under the policies that show its function's needs sufficient and each of them necessary.
pub(crate) fn check(register: Register, function: &Function, example: &Example) -> Checked {
    let mut checked = Checked::default();
    let declared: BTreeSet<Need> = function.needs.iter().chain(example.around).copied().collect();
    let enough = attempt(register, example, &declared, "");
    let mut problem = |text: String| checked.problems.push(format!("example `{}`: {text}", example.title));
    for asked in enough.ran.asked.iter().filter(|asked| asked.undeclared) {
        problem(format!("`{}` asks {} of {}, which it does not declare", asked.by.0, asked.need, asked.id));
    }
    match &enough.ran.result {
        Ok(value) if value.as_bool() == Ok(true) => {}
        Ok(value) => problem(format!("under its needs it is `{value}`, not `true`")),
        Err(error) => problem(format!("under its needs it fails: {error}")),
    }
    let (own, others): (Vec<&Asked>, Vec<&Asked>) =
        enough.ran.asked.iter().partition(|asked| asked.by.0 == function.name);
    let needs_of = |asked: &[&Asked]| asked.iter().map(|asked| asked.need).collect::<BTreeSet<Need>>();
    let (own_needs, around) = (needs_of(&own), needs_of(&others));
    for need in example.around.iter().filter(|need| !around.contains(need)) {
        problem(format!("`around` holds {need}, which no other function asks"));
    }
    if !example.withheld.is_empty() && checked.problems.is_empty() {
        let whole = attempt(register, &Example { withheld: &[], ..*example }, &declared, "");
        let verdicts = |ran: &Ran| ran.asked.iter().map(|asked| (asked.need, asked.denied)).collect::<BTreeSet<_>>();
        if verdicts(&whole.ran) == verdicts(&enough.ran) {
            checked.problems.push(format!("example `{}`: what it withholds makes no difference", example.title));
        }
    }
    if checked.problems.is_empty() {
        let asked: BTreeSet<Need> = own_needs.union(&around).copied().collect();
        for need in &own_needs {
            // What no permit is asked for is missed only once it is forbidden.
            let permit = enough.ran.asked.iter().any(|asked| asked.need == *need && !asked.unless_forbidden);
            let without = asked.iter().copied().filter(|other| other != need).collect();
            let forbid = if permit { String::new() } else { forbid(*need) };
            let found = left_out(&attempt(register, example, &without, &forbid), example, *need);
            checked.problems.extend(found.map(|text| format!("example `{}`: without {need} {text}", example.title)));
        }
        if !asked.is_empty() {
            let found = refused(&attempt(register, example, &BTreeSet::new(), ""));
            checked
                .problems
                .extend(found.map(|text| format!("example `{}`: under an empty policy {text}", example.title)));
        }
    }
    checked.asked = own_needs;
    checked
}

fn forbid(need: Need) -> String {
    format!("forbid(principal, action == {}, resource is {});\n", need.action.uid, need.kind.type_name())
}

fn attempt(register: Register, example: &Example, granted: &BTreeSet<Need>, extra: &str) -> Attempt {
    let folder = Folder::new(example.files);
    let dir = folder.path();
    let whole: Vec<Need> = granted.iter().filter(|need| !example.withheld.contains(need)).copied().collect();
    let places = [dir].into_iter().chain(example.places.iter().copied());
    let mut policy: String = places.map(|place| policy_from_needs(&whole, place, "")).collect();
    policy.push_str(extra);
    let principal = principal();
    for need in granted.iter().filter(|need| example.withheld.contains(need)) {
        let (action, kind) = (need.action.uid, need.kind.type_name());
        let resource = format!("{kind}::\"{dir}/{REDACTION_FILE}\"");
        // Writing into a String cannot fail.
        let _ =
            writeln!(policy, "permit(principal == User::\"{principal}\", action == {action}, resource == {resource});");
    }
    let before = folder.tree();
    let ran = run(register, &policy, dir, example.script);
    Attempt { ran, before, after: folder.tree() }
}

/// What is wrong with a run under a policy that lacks `need`.
fn left_out(attempt: &Attempt, example: &Example, need: Need) -> Option<String> {
    let asked = &attempt.ran.asked;
    // Of two alternatives that are both denied, the first is named: in an example for the second that is the withheld one.
    let named = |asked: &Asked| asked.need == need || example.withheld.contains(&asked.need);
    if !asked.iter().any(|asked| asked.denied && named(asked)) {
        return Some("nothing is denied".to_owned());
    }
    match &attempt.ran.result {
        Ok(value) if value.as_bool() == Ok(true) && !example.withheld.contains(&need) => {
            return Some(
                "it is still `true`: an alternative that the example does not declare as `withheld`".to_owned(),
            );
        }
        Ok(_) => {}
        Err(error) if is_denial(error) => {}
        Err(error) => return Some(format!("it does not end with the denial but with: {error}")),
    }
    // An earlier call may have done its work; the call that was denied first must not have done any.
    let first = asked.iter().find(|asked| asked.denied)?;
    let is_first_call = asked.iter().take_while(|asked| !asked.denied).all(|asked| asked.by == first.by);
    if is_first_call && attempt.ran.result.is_err() { changed(attempt) } else { None }
}

/// What is wrong with a run under a policy that permits nothing.
fn refused(attempt: &Attempt) -> Option<String> {
    match &attempt.ran.result {
        Ok(value) if value.as_bool() == Ok(true) => Some("it is `true`".to_owned()),
        Ok(_) => changed(attempt),
        Err(error) if is_denial(error) => changed(attempt),
        Err(error) => Some(format!("it does not end with a denial but with: {error}")),
    }
}

fn changed(attempt: &Attempt) -> Option<String> {
    let changes = attempt.before.changes(&attempt.after);
    (!changes.is_empty()).then(|| format!("the folder changes: {changes}"))
}

/// Functions whose errors are plain texts show a denial only there.
fn is_denial(error: &rhai::EvalAltResult) -> bool {
    denial(error).is_some() || error.to_string().contains("Permission denied: ")
}
