//! The gate, with its index and its memory, decides as Cedar does over all policies with fail-closed errors.

use super::{Accepts, Children, Gate, Resource};
use crate::action::{Action, Definition, file_system as fs, process_system as proc};
use crate::context::{Account, Argument, ContextData, Destination, Execution, Run, Xattr};
use crate::kind::ResourceKind;
use crate::{Cause, Denied, Kind, Policies, accepts, kind};
use cedar_policy::{Authorizer, Context, Decision, Entities, Entity, EntityUid, Request, RestrictedExpression, Schema};
use proptest::prelude::*;
use std::borrow::Cow;
use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

const DIRS: [&str; 5] = ["/", "/a", "/a/b", "/a/b/c", "/d"];
/// A directory's name among them: kinds must not be confused.
const FILES: [&str; 5] = ["/a/x", "/a/b/y", "/d/z", "/a/b", "/top"];
const ASKED: [&str; 14] = [
    "/",
    "/a",
    "/a/b",
    "/a/b/c",
    "/d",
    "/a/x",
    "/a/b/y",
    "/d/z",
    "/top",
    "/a/new",
    "/a/b/c/e/deep",
    "/ab",
    "/a/b/c/f/deep",
    "/a/b/c/e",
];

#[derive(Debug)]
struct File(&'static str, &'static str);
#[derive(Debug)]
struct Dir(&'static str, &'static str);
#[derive(Debug)]
struct Process(&'static str, &'static str);

impl Resource for File {
    type Kind = kind::File;
    fn id(&self) -> Cow<'_, str> {
        self.0.into()
    }
}
/// All files directly in a directory.
struct FilesIn(&'static str);

impl Resource for FilesIn {
    type Kind = kind::File;
    fn id(&self) -> Cow<'_, str> {
        format!("{}/*", self.0.trim_end_matches('/')).into()
    }
}
impl Children for FilesIn {
    fn directory(&self) -> &str {
        self.0
    }
}
accepts!(FilesIn: fs::Read);

impl Resource for Dir {
    type Kind = kind::Dir;
    fn id(&self) -> Cow<'_, str> {
        self.0.into()
    }
}
impl Resource for Process {
    type Kind = kind::Process;
    fn id(&self) -> Cow<'_, str> {
        self.0.into()
    }
    fn attributes(&self) -> Vec<(String, RestrictedExpression)> {
        let texts = [("name", self.1), ("username", "alice"), ("command", "/bin/x")];
        let numbers = [("pid", self.0.parse().unwrap()), ("uid", 1000), ("ppid", 1)];
        let texts = texts.map(|(name, text)| (name.to_owned(), RestrictedExpression::new_string(text.to_owned())));
        let numbers = numbers.map(|(name, number)| (name.to_owned(), RestrictedExpression::new_long(number)));
        texts.into_iter().chain(numbers).collect()
    }
    fn executable_attribute(&self) -> Option<String> {
        self.0.starts_with('1').then(|| format!("/bin/{}", self.1))
    }
}

accepts!(File: fs::Write, fs::Open, fs::Read, fs::Delete);
accepts!(Dir: fs::Open, fs::Read, fs::Delete, fs::Unmount);
accepts!(Process: proc::List, proc::Kill);

macro_rules! with_context {
    ($($resource:ident)*) => {$(
        impl Accepts<fs::Move> for $resource {
            fn context(&self) -> Destination {
                Destination { path: format!("{}/n", self.1), name: "n".into(), parent_path: self.1.into() }
            }
        }
        impl Accepts<fs::SetXAttr> for $resource {
            fn context(&self) -> Xattr {
                Xattr { name: format!("user.{}", self.1) }
            }
        }
    )*};
}
with_context!(File Dir);

impl Accepts<fs::Execute> for File {
    fn context(&self) -> Execution {
        let account = |id| Account { name: "alice".into(), id };
        let arguments = vec![Argument::Keyed("--out".into(), self.1.into()), Argument::Alone("-q".into())];
        let environment = [("LANG".to_owned(), self.1.to_owned())].into();
        let target_process_id = (self.1 == "/d").then_some(1);
        Execution {
            name: "x".into(),
            arguments,
            environment,
            user: account(1000),
            group: account(100),
            target_process_id,
        }
    }
}

/// Allowed, or why not and by which policies.
pub(super) type Verdict = Result<(), (Cause, Vec<String>)>;

/// One question, to the gate and to Cedar.
#[derive(Clone, Copy)]
struct Asked {
    action: &'static Definition,
    kind: Kind,
    id: &'static str,
    extra: &'static str,
    gate: fn(&Gate, &Asked) -> Result<(), Denied>,
    cedar: fn(&Oracle<'_>, &Asked) -> Verdict,
}

impl std::fmt::Debug for Asked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} on {} with {}", self.action.uid, self.id, self.extra)
    }
}

macro_rules! questions {
    ($($resource:ident($ids:expr, $extras:expr): $($action:ty)+;)*) => {{
        let mut all = Vec::new();
        $($(for id in $ids {
            for extra in $extras {
                all.push(Asked {
                    action: <$action as Action>::DEFINITION,
                    kind: <<$resource as Resource>::Kind as ResourceKind>::KIND,
                    id,
                    extra,
                    gate: |gate, asked| gate.authorize::<$action, _>(&$resource(asked.id, asked.extra)).map(drop),
                    cedar: |oracle, asked| oracle.decide::<$action, _>(&$resource(asked.id, asked.extra)),
                });
            }
        })+)*
        all
    }};
}

/// Questions in some order: too many to print.
struct Order(Vec<Asked>);

impl std::fmt::Debug for Order {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

fn questions() -> Vec<Asked> {
    questions! {
        File(ASKED.into_iter().skip(1), [""]): fs::Write fs::Open fs::Read fs::Delete;
        File(ASKED.into_iter().skip(1), ["/a", "/d"]): fs::Move fs::SetXAttr fs::Execute;
        Dir(ASKED, [""]): fs::Open fs::Read fs::Delete fs::Unmount;
        Dir(ASKED, ["/a", "/d"]): fs::Move fs::SetXAttr;
        Process(["1", "2"], ["init", "cron"]): proc::List proc::Kill;
    }
}

/// A signer and a policy that are known, and a script that is not.
fn run() -> Run {
    Run { signer: Some("al".into()), script_digest: None, policy_digest: Some("00".into()) }
}

/// Cedar over the full set, with every directory in the store and everything held against the schema.
pub(super) struct Oracle<'p> {
    pub(super) policies: &'p Policies,
}

impl Oracle<'_> {
    pub(super) fn decide<A: Action, T: Accepts<A>>(&self, target: &T) -> Verdict {
        static SCHEMA: LazyLock<Schema> = LazyLock::new(|| rex_policy_schema::load().unwrap());
        let schema = &*SCHEMA;
        let kind = <T::Kind as ResourceKind>::KIND;
        let id = target.id().into_owned();
        let mut attributes: HashMap<_, _> = target.attributes().into_iter().collect();
        let executable = target.executable_attribute().map(RestrictedExpression::new_string);
        attributes.extend(executable.map(|path| ("executable".to_owned(), path)));
        let mut entities = Vec::new();
        let mut parents = HashSet::new();
        if kind.is_path() {
            attributes.insert("path".into(), RestrictedExpression::new_string(id.clone()));
            parents = above(&id).map(|path| uid("file_system::Dir", &path)).into_iter().collect();
            let mut next = above(&id);
            while let Some(path) = next {
                next = above(&path);
                let attributes = HashMap::from([("path".into(), RestrictedExpression::new_string(path.clone()))]);
                let parents = next.iter().map(|path| uid("file_system::Dir", path)).collect();
                entities.push(Entity::new(uid("file_system::Dir", &path), attributes, parents).unwrap());
            }
        }
        let resource = uid(kind.type_name(), &id);
        entities.push(Entity::new(resource.clone(), attributes, parents).unwrap());
        let context = target.context();
        entities.extend(context.entities().unwrap());
        let entities = Entities::from_entities(entities, Some(schema)).unwrap();
        let context = Context::from_pairs(context.members().into_iter().chain(run().members())).unwrap();
        let action: EntityUid = A::DEFINITION.uid.parse().unwrap();
        let request = Request::new(uid("User", "alice"), action, resource, context, Some(schema)).unwrap();
        let response = Authorizer::new().is_authorized(&request, self.policies.set(), &entities);
        let mut reasons: Vec<String> =
            response.diagnostics().reason().map(|id| self.policies.name(id).to_string()).collect();
        reasons.sort();
        let mut errors: Vec<String> = response.diagnostics().errors().map(ToString::to_string).collect();
        errors.sort();
        match response.decision() {
            _ if !errors.is_empty() => Err((Cause::PolicyError(errors), reasons)),
            Decision::Allow => Ok(()),
            Decision::Deny if reasons.is_empty() => Err((Cause::NotPermitted, reasons)),
            Decision::Deny => Err((Cause::Forbidden, reasons)),
        }
    }
}

fn uid(type_name: &str, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(type_name.parse().unwrap(), cedar_policy::EntityId::new(id))
}

/// The directory above, found another way than the gate does it.
fn above(path: &str) -> Option<String> {
    std::path::Path::new(path).parent().map(|parent| parent.to_str().unwrap().to_owned())
}

fn dir() -> impl Strategy<Value = String> {
    proptest::sample::select(DIRS.as_slice()).prop_map(|path| format!("file_system::Dir::\"{path}\""))
}

fn object() -> impl Strategy<Value = String> {
    let file = proptest::sample::select(FILES.as_slice()).prop_map(|path| format!("file_system::File::\"{path}\""));
    let process = Just("process_system::Process::\"1\"".to_owned());
    prop_oneof![4 => dir(), 4 => file, 1 => process]
}

fn type_name() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just("file_system::File"), Just("file_system::Dir"), Just("process_system::Process")]
}

fn action() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(&[
        r#"file_system::Action::"read""#,
        r#"file_system::Action::"open""#,
        r#"file_system::Action::"move""#,
        r#"file_system::Action::"write""#,
        r#"file_system::Action::"execute""#,
        r#"file_system::Action::"unmount""#,
        r#"process_system::Action::"kill""#,
    ])
}

fn group() -> impl Strategy<Value = &'static str> {
    prop_oneof![3 => Just(r#"file_system::Action::"SafeIO""#), 1 => Just(r#"process_system::Action::"ProcessAction""#)]
}

fn leaf() -> BoxedStrategy<String> {
    prop_oneof![
        6 => dir().prop_map(|place| format!("resource in {place}")),
        2 => object().prop_map(|place| format!("resource in {place}")),
        2 => (dir(), dir()).prop_map(|(a, b)| format!("resource in [{a}, {b}]")),
        4 => object().prop_map(|object| format!("resource == {object}")),
        2 => object().prop_map(|object| format!("{object} == resource")),
        2 => object().prop_map(|object| format!("resource != {object}")),
        1 => dir().prop_map(|place| format!("{place} in resource")),
        2 => type_name().prop_map(|name| format!("resource is {name}")),
        2 => (type_name(), dir()).prop_map(|(name, place)| format!("resource is {name} in {place}")),
        1 => (dir(), dir()).prop_map(|(a, b)| format!("[{a}, {b}].contains(resource)")),
        1 => (dir(), dir(), leaf_of_request()).prop_map(|(a, b, c)| format!("resource in (if {c} then {a} else {b})")),
        1 => dir().prop_map(|place| format!("{{at: resource}}.at in {place}")),
        5 => leaf_of_request(),
        2 => Just("9223372036854775807 + 1 == 0".to_owned()),
        1 => Just("resource is process_system::Process && resource.pid + 9223372036854775806 > 0".to_owned()),
        1 => proptest::bool::ANY.prop_map(|truth| truth.to_string()),
    ]
    .boxed()
}

/// Conditions that look at something else than the place of the resource.
fn leaf_of_request() -> BoxedStrategy<String> {
    prop_oneof![
        Just("resource has path".to_owned()),
        Just("context has signer".to_owned()),
        Just("context has signer && context.signer == \"al\"".to_owned()),
        Just("context has signer && context.signer like \"b*\"".to_owned()),
        Just("!(context has script_digest)".to_owned()),
        Just("context has policy_digest && [context.policy_digest].contains(\"00\")".to_owned()),
        Just("resource has path && resource.path like \"*/b*\"".to_owned()),
        Just("resource has path && resource.path == \"/a/x\"".to_owned()),
        Just("resource has name && resource.name == \"init\"".to_owned()),
        Just("resource has executable && resource.executable like \"/bin/*\"".to_owned()),
        Just("resource is process_system::Process && !(resource has executable)".to_owned()),
        Just("context has destination".to_owned()),
        Just("context has destination && context.destination.parent_path == \"/a\"".to_owned()),
        Just("context has destination.name && context.destination.path like \"/d/*\"".to_owned()),
        Just("context has xattr && context.xattr.name == \"user./d\"".to_owned()),
        Just("context has argv && context.argv.hasTag(\"2\") && context.argv.getTag(\"2\") == \"/a\"".to_owned()),
        Just("context has arguments && context.arguments.hasTag(\"--out\") && context.arguments.getTag(\"--out\") like \"/d*\"".to_owned()),
        Just("context has arguments && context.arguments.flags.contains(\"-q\") && context.arguments.repeated == context.arguments.positional_values".to_owned()),
        Just("context has environment && context.environment.hasTag(\"LANG\") && context.environment.getTag(\"LANG\") == \"/a\"".to_owned()),
        Just("context has namespace && context.namespace.target_process_id == 1".to_owned()),
        Just("context has user && context.user.uid == 1000 && context.group.groupname == \"alice\"".to_owned()),
        Just("principal == User::\"alice\"".to_owned()),
        Just("principal == User::\"bob\"".to_owned()),
        action().prop_map(|action| format!("action == {action}")),
        group().prop_map(|group| format!("action in {group}")),
    ]
    .boxed()
}

fn condition() -> impl Strategy<Value = String> {
    leaf().prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            3 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) && ({b})")),
            3 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) || ({b})")),
            2 => inner.clone().prop_map(|a| format!("!({a})")),
            1 => (inner.clone(), inner.clone(), inner).prop_map(|(a, b, c)| format!("(if {a} then {b} else {c})")),
        ]
    })
}

fn policy() -> impl Strategy<Value = String> {
    let effect = prop_oneof![3 => Just("permit"), 2 => Just("forbid")];
    let principal = proptest::sample::select(&[
        "principal",
        "principal",
        "principal == User::\"alice\"",
        "principal == User::\"bob\"",
        "principal in User::\"alice\"",
        "principal is User in User::\"bob\"",
        "principal is User",
    ]);
    let actions = prop_oneof![
        3 => Just("action".to_owned()),
        2 => action().prop_map(|action| format!("action == {action}")),
        2 => group().prop_map(|group| format!("action in {group}")),
        1 => (action(), action(), group()).prop_map(|(a, b, c)| format!("action in [{a}, {b}, {c}]")),
    ];
    let resource = prop_oneof![
        4 => Just("resource".to_owned()),
        1 => object().prop_map(|object| format!("resource == {object}")),
        2 => dir().prop_map(|place| format!("resource in {place}")),
        1 => object().prop_map(|place| format!("resource in {place}")),
        1 => type_name().prop_map(|name| format!("resource is {name}")),
        1 => (type_name(), dir()).prop_map(|(name, place)| format!("resource is {name} in {place}")),
    ];
    let clause = (prop_oneof![3 => Just("when"), 1 => Just("unless")], condition());
    let clauses =
        proptest::collection::vec(clause.prop_map(|(word, condition)| format!("{word} {{ {condition} }}")), 0..3);
    (effect, principal, actions, resource, clauses).prop_map(|(effect, principal, action, resource, clauses)| {
        format!("{effect}({principal}, {action}, {resource}) {};", clauses.join(" "))
    })
}

thread_local! {
    static SEEN: Cell<[usize; 7]> = const { Cell::new([0; 7]) };
}

fn count(what: usize) {
    let mut seen = SEEN.get();
    seen[what] += 1;
    SEEN.set(seen);
}

fn compare(texts: &[String], asked: &[Asked]) -> Result<(), TestCaseError> {
    let fitting: Vec<&str> =
        texts.iter().map(String::as_str).filter(|text| Policies::load("one", text).is_ok()).collect();
    SEEN.set({
        let mut seen = SEEN.get();
        seen[4] += fitting.len();
        seen[5] += texts.len();
        seen
    });
    let text = fitting.join("\n");
    let gate = Gate::new(Policies::load("all", &text).unwrap(), "alice").for_run(&run());
    let policies = Policies::load("all", &text).unwrap();
    let oracle = Oracle { policies: &policies };
    let reach = policies.reach("alice");
    // The second round is answered from memory where the gate remembers.
    for asked in asked.iter().chain(asked) {
        let (by_gate, by_cedar) = ((asked.gate)(&gate, asked), (asked.cedar)(&oracle, asked));
        // The floor is made of it: what is permitted lies within.
        let within = by_cedar.is_err() || reach.extent(asked.action, asked.kind).holds(asked.id);
        prop_assert!(within, "{:?} is out of reach under\n{}", asked, text);
        count(match &by_cedar {
            Ok(()) => 0,
            Err((Cause::NotPermitted, _)) => 1,
            Err((Cause::Forbidden, _)) => 2,
            Err(_) => 3,
        });
        let by_gate = by_gate.map_err(|denied| {
            let mut cause = denied.cause().clone();
            if let Cause::PolicyError(errors) = &mut cause {
                errors.sort();
            }
            (cause, denied.policies().map(str::to_owned).collect::<Vec<_>>())
        });
        prop_assert_eq!(by_gate, by_cedar, "{:?} under\n{}", asked, text);
    }
    for directory in DIRS {
        if gate.authorize_all::<fs::Read, _>(&FilesIn(directory)).is_none() {
            continue;
        }
        count(6);
        let inside = ASKED.into_iter().filter(|path| above(path).as_deref() == Some(directory));
        for path in inside.chain([other_name(directory)]) {
            let one = oracle.decide::<fs::Read, _>(&File(path, ""));
            prop_assert_eq!(one, Ok(()), "{} with all in its directory under\n{}", path, text);
        }
    }
    Ok(())
}

/// Signer and digests are the same for every request, so that one verdict still holds for all files of a directory.
#[test]
fn what_holds_for_the_run_keeps_verdicts_by_place() {
    let text = r#"permit(principal, action, resource in file_system::Dir::"/a") when { context has signer && context.signer == "al" };"#;
    let gate = |run: &Run| Gate::new(Policies::load("one", text).unwrap(), "alice").for_run(run);
    let signed = gate(&run());
    assert!(signed.authorize_all::<fs::Read, _>(&FilesIn("/a/b")).is_some());
    assert!(signed.authorize::<fs::Read, _>(&File("/a/b/y", "")).is_ok());
    assert!(signed.authorize::<fs::Read, _>(&File("/d/z", "")).is_err());
    for unsigned in [Run::default(), Run { signer: Some("bo".into()), ..Run::default() }] {
        let gate = gate(&unsigned);
        assert!(gate.authorize_all::<fs::Read, _>(&FilesIn("/a/b")).is_none());
        assert_eq!(gate.authorize::<fs::Read, _>(&File("/a/b/y", "")).unwrap_err().cause(), &Cause::NotPermitted);
    }
    let moves = r"permit(principal, action, resource) when { context has destination };";
    let gate = Gate::new(Policies::load("one", moves).unwrap(), "alice").for_run(&run());
    assert!(gate.authorize_all::<fs::Read, _>(&FilesIn("/a/b")).is_none());
}

/// A name in a directory that no question uses.
fn other_name(directory: &str) -> &'static str {
    match directory {
        "/" => "/unasked",
        "/a" => "/a/unasked",
        "/a/b" => "/a/b/unasked",
        "/a/b/c" => "/a/b/c/unasked",
        _ => "/d/unasked",
    }
}

#[test]
fn gate_decides_as_the_full_set_does() {
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(cases())
    });
    let order = Just(questions()).prop_shuffle().prop_map(Order);
    runner
        .run(&(proptest::collection::vec(policy(), 1..8), order), |(texts, Order(asked))| compare(&texts, &asked))
        .unwrap();
    // A generator that makes only refused policies or only denials would prove nothing.
    let seen = SEEN.get();
    assert!(seen[..4].iter().all(|count| *count > 1000), "{seen:?}");
    assert!(seen[4] * 2 > seen[5], "{seen:?}");
    assert!(seen[6] > 30, "{seen:?}");
}

fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(256)
}

#[test]
fn all_kinds_of_paths_are_asked() {
    let asked = questions();
    assert!(asked.iter().any(|asked| asked.id == "/"));
    assert!(asked.iter().map(|asked| asked.action.kinds).any(|kinds| kinds == [Kind::Process]));
}
