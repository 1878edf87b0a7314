//! Tests of the texts and classes of failures.

use super::{Class, Failure, MAX_MESSAGE, shorten};
use proptest::prelude::{prop_assert, prop_assert_eq, proptest};
use rex_cedar_auth::{
    Accepts, Gate, Need, Policies, Resource, Stopped, accepts, action::file_system::Read, kind, need,
};
use rex_runner_registrar_utils::{Call, ScriptError};
use rhai::{Dynamic, Engine, EvalAltResult, Position};
use std::borrow::Cow;
use std::rc::Rc;

struct Shadow;
impl Resource for Shadow {
    type Kind = kind::File;
    fn id(&self) -> Cow<'_, str> {
        Cow::Borrowed("/etc/shadow")
    }
}
accepts!(Shadow: Read);

fn denial() -> ScriptError {
    fn judge<T: Accepts<Read>>(target: &T) -> ScriptError {
        let gate = Gate::new(Policies::load("none", "").unwrap(), "alice");
        ScriptError::denied("IoErrorKind", gate.authorize::<Read, _>(target).unwrap_err())
    }
    judge(&Shadow)
}

fn failure(script: &str) -> Failure {
    let mut engine = Engine::new();
    engine.register_fn("deny", || -> Result<(), Box<EvalAltResult>> { Err(denial().thrown(Position::NONE)) });
    engine.register_fn("missing", || -> Result<(), Box<EvalAltResult>> {
        Err(ScriptError::map("IoErrorKind", "NotFound", "no such file").thrown(Position::NONE))
    });
    Failure::new(&engine.eval::<Dynamic>(script).unwrap_err())
}

#[test]
fn an_error_map_is_source_kind_message_and_place() {
    let failure = failure("let a = 1;\n  missing()");
    assert_eq!(failure.message, "IoErrorKind: NotFound: no such file (line 2, position 3)");
    assert_eq!((failure.class, failure.position), (Class::Script, Some((2, 3))));
}

#[test]
fn inside_functions_the_map_is_as_readable_and_the_calls_follow() {
    let failure = failure("fn g() { missing() }\nfn h() { g() }\nh()");
    assert_eq!(
        failure.message,
        "IoErrorKind: NotFound: no such file (line 1, position 10) in call to function 'g' (line 2, position 10) \
         in call to function 'h' (line 3, position 1)"
    );
    let g = super::Call { function: Some("g".to_owned()), position: Some((2, 10)) };
    assert_eq!((failure.calls.len(), failure.calls.first()), (2, Some(&g)));
}

#[test]
fn a_real_denial_is_denied_also_from_a_function_and_thrown_again() {
    for script in ["deny()", "fn f() { deny() } f()", "try { deny() } catch (e) { throw e; }", "[1].map(|x| deny())"] {
        let failure = failure(script);
        assert_eq!(failure.class, Class::Denied, "{script}");
        assert_eq!(failure.denied.unwrap().id(), "/etc/shadow", "{script}");
        assert!(
            failure.message.starts_with(
                "IoErrorKind: PermissionDenied: Permission denied: alice unauthorized to perform \
                 file_system::Action::\"read\" for file_system::File::/etc/shadow (line 1"
            ),
            "{}",
            failure.message
        );
    }
}

#[test]
fn the_words_of_a_denial_are_no_denial() {
    let map = r#"throw #{kind: "PermissionDenied", source: "IoErrorKind", message: "Permission denied: x"}"#;
    let failure_of_map = failure(map);
    assert_eq!(failure_of_map.class, Class::Script);
    assert_eq!(failure_of_map.message, "IoErrorKind: PermissionDenied: Permission denied: x (line 1, position 1)");
    assert_eq!(failure("throw \"Permission denied\"").class, Class::Script);
}

#[test]
fn what_a_map_lacks_is_named() {
    assert_eq!(failure("throw #{}").message, "Unknown: Unknown: No message available (line 1, position 1)");
    assert_eq!(failure("throw #{kind: 3, message: [1]}").message, "Unknown: Unknown: [1] (line 1, position 1)");
}

#[test]
fn plain_errors_have_their_place_once() {
    assert_eq!(failure("throw \"boom\"").message, "Runtime error: boom (line 1, position 1)");
    assert_eq!(
        failure("fn f() { throw 1; }\nf()").message,
        "Runtime error: 1 (line 1, position 10)\nin call to function 'f' (line 2, position 1)"
    );
    assert_eq!(failure("let x = ;").message, "Syntax error: Unexpected ';' (line 1, position 9)");
}

#[test]
fn a_run_that_was_ended_says_why() {
    let token = Dynamic::from(Stopped("time is up".into()));
    let failure = Failure::new(&EvalAltResult::ErrorTerminated(token, Position::new(3, 4)));
    assert_eq!(
        (failure.class, failure.message.as_str()),
        (Class::Terminated, "Script terminated: time is up (line 3, position 4)")
    );
}

#[test]
fn a_denial_thrown_as_a_text_is_denied_where_it_came_from() {
    static NEEDS: &[Need] = &[need::<Read, kind::File>()];
    let in_run = |script: &str| {
        let gate = Rc::new(Gate::new(Policies::load("none", "").unwrap(), "alice"));
        let asked = Rc::clone(&gate);
        let mut engine = Engine::new();
        engine.register_fn("command", move |call: Call| -> Result<(), Box<EvalAltResult>> {
            let line = call.call_position().line().unwrap();
            let denied = asked.within("command", NEEDS, line, |gate| gate.authorize::<Read, _>(&Shadow).unwrap_err());
            Err(ScriptError::Text(denied.to_string()).thrown(call.call_position()))
        });
        Failure::in_run(&engine.eval::<Dynamic>(script).unwrap_err(), gate.journal(), &crate::Limits::default())
    };
    for script in ["command()", "fn f() { command() }\nf()", "let a = 1;\ncommand()"] {
        let failure = in_run(script);
        assert_eq!(failure.class, Class::Denied, "{script}");
        assert_eq!(failure.denied.unwrap().id(), "/etc/shadow", "{script}");
        assert!(failure.message.contains("Permission denied: alice unauthorized"), "{}", failure.message);
    }
    let words = "\"Permission denied: alice unauthorized to perform file_system::Action::\\\"read\\\" for file_system::File::/etc/shadow\"";
    for script in [
        format!("throw {words}"),
        format!("try {{ command() }} catch {{ }}\nthrow {words}"),
        "try { command() } catch { throw \"other words\" }".to_owned(),
    ] {
        assert_eq!(in_run(&script).class, Class::Script, "{script}");
    }
}

#[test]
fn a_thrown_giant_costs_no_more_than_a_message() {
    let failure = failure("let a = []; for i in 0..2000 { a = [take(a)]; } throw a");
    assert!(
        failure.message.starts_with("Runtime error: [[[[") && failure.message.ends_with("..."),
        "{}",
        failure.message
    );
    assert_eq!(failure.message.len(), MAX_MESSAGE);
}

proptest! {
    #[test]
    fn a_shortened_message_is_a_start_of_it(text in "[a-zé😀]{0,1200}") {
        let short = shorten(text.clone());
        prop_assert!(short.len() <= MAX_MESSAGE);
        if text.len() <= MAX_MESSAGE {
            prop_assert_eq!(short, text);
        } else {
            prop_assert!(short.len() > MAX_MESSAGE - 4);
            prop_assert!(text.starts_with(short.strip_suffix("...").unwrap()));
        }
    }
}
