//! Tests of the engine: what scripts have, what they have not, and what ends them.

use super::{Options, Session};
use crate::{Class, Failure, Limits, Watch};
use rex_cedar_auth::{Gate, Policies};
use rex_logger::{Level, Logger, Syslog};
use rex_runner_registrar_utils::{Example, Host};
use rhai::{Dynamic, Scope};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A script that can make up names has all functions.
const EVERYTHING: &str = "Fn";

struct Run {
    session: Session,
    watch: Arc<Watch>,
    log: Rc<Logger>,
}

fn run(limits: Limits) -> Run {
    let watch = Watch::new(Instant::now(), limits);
    let log = Rc::new(Logger::new(Level::Trace, Syslog::Off));
    let host = Host::new(Gate::new(Policies::load("none", "").unwrap(), "nobody"), Rc::clone(&log));
    Run { session: Session::new(&host, &watch, &Options::default(), EVERYTHING, || ()), watch, log }
}

impl Run {
    fn eval(&self, script: &str) -> Result<Dynamic, Failure> {
        let mut scope = Scope::new();
        let ast = self.session.compile(&scope, script)?;
        self.session.evaluate(&mut scope, &ast)
    }
}

fn eval(script: &str) -> Result<Dynamic, Failure> {
    run(Limits::default()).eval(script)
}

fn text(script: &str) -> String {
    eval(script).map_or_else(|failure| failure.message, |value| value.to_string())
}

#[test]
fn eval_print_and_import_are_no_part_of_the_language() {
    assert_eq!(text("import \"x\" as x;"), "Syntax error: 'import' is a reserved keyword (line 1, position 1)");
    for word in ["eval", "print"] {
        let script = format!("{word}(\"1\")");
        assert_eq!(text(&script), format!("Syntax error: reserved keyword '{word}' is disabled (line 1, position 1)"));
    }
}

#[test]
fn an_undeclared_variable_does_not_compile() {
    let run = run(Limits::default());
    assert!(run.session.compile(&Scope::new(), "if false { nowhere }").is_err());
}

#[test]
fn replaced_functions_do_what_the_engine_does() {
    let engine = rhai::Engine::new();
    for script in [
        r#"let s = "ab"; s.pad(5, '-'); s"#,
        r#"let s = "ab"; s.pad(-5, '-'); s"#,
        r#"let s = "é"; s.pad(6, "xyz"); s"#,
        r#"let s = "abc"; s.pad(2, "xyz"); s"#,
        "let a = [1]; a.pad(3, [7]); a",
        "let a = [1]; a.pad(-3, 7); a",
        "let b = blob(2, 0x142); b.pad(4, 255); b",
        "blob(3)",
        r#""a b  c".split()"#,
        r#""".split()"#,
        r#""a,b,c".split(",")"#,
        r#""a,b,c".split(",", 2)"#,
        r#""a,b,c".split(",", -2)"#,
        r#""".split(",", 3)"#,
        r#""a,b,c".split(',')"#,
        r#""a,b,c".split(',', 2)"#,
        r#""a,b,c".split_rev(",")"#,
        r#""a,b,c".split_rev(",", 2)"#,
        r#""a,b,c".split_rev(',')"#,
        r#""a,b,c".split_rev(',', 0)"#,
        r#""abc".split("")"#,
        r#""abc".split("", 2)"#,
        r#""abé".to_chars()"#,
        r#""".to_chars()"#,
        r#"let s = "aXbX"; s.replace("X", "--"); s"#,
        r#"let s = "aXbX"; s.replace("X", '-'); s"#,
        r#"let s = "aXbX"; s.replace('X', "--"); s"#,
        r#"let s = "aXbX"; s.replace('X', '-'); s"#,
        r#"let s = "ab"; s.replace("", "-"); s"#,
        r#"parse_json(`{"b":[1,2.5,null,true],"a":{"x":"y","z":-3}}`)"#,
        r#"#{b: [1, 2.5, "x\"y", "é", true, ()], a: #{}, "key \"k\"": 1.0, i: -3}.to_json()"#,
        "sleep(0); sleep(-1); sleep(0.001); 1",
    ] {
        let expected =
            engine.eval::<Dynamic>(script).map_or_else(|error| error.to_string(), |value| format!("{value:?}"));
        let got = eval(script).map_or_else(|failure| failure.message, |value| format!("{value:?}"));
        assert_eq!(got, expected, "{script}");
    }
}

/// The script ends by the limit of which the message says `part`, soon, and cannot catch that.
fn ends_by(limits: Limits, script: &str, part: &str) {
    let run = run(limits);
    let start = Instant::now();
    let caught = format!("try {{ {script} }} catch {{ }} \"caught\"");
    let failure = run.eval(&caught).unwrap_err();
    assert_eq!(failure.class, Class::Terminated, "{}", failure.message);
    assert!(failure.message.starts_with(&format!("Script terminated: {part}")), "{}", failure.message);
    assert!(run.watch.noticed());
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[test]
fn operations_end_a_run_also_within_callbacks() {
    let limits = Limits { operations: Some(5000), ..Limits::default() };
    let part = "the operations limit of 5000 was reached (raise it with --max-operations)";
    ends_by(limits, "loop { }", part);
    ends_by(limits, "let a = []; a.pad(100000, 0); a.map(|x| x + 1);", part);
    assert!(run(limits).eval("for i in 0..100 { }").is_ok());
}

#[test]
fn time_ends_a_run_also_asleep() {
    let limits = Limits { time: Some(Duration::from_millis(50)), operations: None, ..Limits::default() };
    for script in ["loop { }", "sleep(9223372036854775807)", "sleep(1.0e300)", "loop { sleep(0.001) }"] {
        ends_by(limits, script, "the time limit of 50ms was reached (raise it with --max-time)");
    }
}

#[test]
fn endless_recursion_ends_a_run_also_through_functions_that_call_back() {
    for script in [
        "fn f(n) { f(n + 1) } try { f(0) } catch { }",
        "fn f(g) { g.call(g) } f(|g| g.call(g))",
        "fn f() { [1].map(|x| f()) } f()",
        "fn f() { [1, 2].filter(|x| f()) } f()",
        "fn f() { [1, 2].reduce(|x, y| f()) } f()",
        "fn f() { [1, 2].sort(|x, y| f()); 1 } f()",
        "fn f() { [1, 2].order(|x, y| f()) } f()",
        "fn f() { [1, 2].dedup(|x, y| f()); 1 } f()",
    ] {
        let failure = eval(script).unwrap_err();
        assert_eq!(failure.class, Class::TooDeep, "{script}: {}", failure.message);
        let part = "Stack overflow: the call depth limit of 64 was reached (raise it with --max-call-depth)";
        assert!(failure.message.starts_with(part), "{}", failure.message);
    }
}

#[test]
fn another_depth_can_be_asked_for() {
    let limits = Limits { call_depth: Some(200), ..Limits::default() };
    let script = |depth| format!("fn f(n) {{ if n == 0 {{ 0 }} else {{ 1 + f(n - 1) }} }} f({depth})");
    assert_eq!(run(limits).eval(&script(190)).unwrap().as_int(), Ok(190));
    assert!(run(limits).eval(&script(210)).is_err() && eval(&script(190)).is_err());
}

#[test]
fn sixty_levels_of_calls_are_fine() {
    assert_eq!(text("fn f(n) { if n == 0 { 0 } else { 1 + f(n - 1) } } f(60)"), "60");
}

#[test]
fn the_log_functions_write_their_level_and_line() {
    let run = run(Limits::default());
    let _ = run.eval("error(\"e\");\nwarn(\"w\");\ninfo(\"i\");\ntrace(\"t\");\ndebug([1, \"x\"]);\ndebug(\"quoted\");\ndebug(MetricBuilder());").unwrap();
    let records = run.log.take();
    let seen: Vec<_> = records.iter().map(|record| (record.level, record.message.as_str(), record.line)).collect();
    assert_eq!(
        seen,
        [
            (Level::Error, "e", 1),
            (Level::Warn, "w", 2),
            (Level::Info, "i", 3),
            (Level::Trace, "t", 4),
            (Level::Debug, "[1, \"x\"]", 5),
            (Level::Debug, "quoted", 6),
            (Level::Debug, "MetricBuilder", 7),
        ]
    );
    assert!(records.iter().all(|record| record.function.is_none()));
}

#[test]
fn builders_are_values_and_publish_as_often_as_wanted() {
    let run = run(Limits::default());
    let script = r#"
        let base = MetricBuilder().value(3).unit(MetricUnitType::COUNT);
        let a = base.name("A");
        a.publish();
        base.name("B").publish();
        a.value(4.5).dimensions(MetricDimensionsBuilder().add("k", "v").build()).publish();
        AlarmBuilder().type("T").publish();
        let refused = [];
        for publish in [|| base.publish(), || AlarmBuilder().publish(), || base.name("rexA").publish()] {
            try { publish.call(); } catch (e) { refused += e; }
        }
        refused"#;
    assert_eq!(
        run.eval(script).unwrap().to_string(),
        "[\"`metric_name` must be initialized\", \"`alarm_type` must be initialized\", \
         \"Script metric validation failed: Invalid metric name 'rexA': Script metrics cannot start with Rex\"]"
    );
    let (metrics, alarms) = run.session.published().copy();
    let metrics: Vec<_> =
        metrics.iter().map(|metric| (metric.name(), metric.value(), metric.dimensions().len())).collect();
    assert_eq!(metrics, [("A", 3.0, 0), ("B", 3.0, 0), ("A", 4.5, 1)]);
    assert_eq!(alarms.len(), 1);
}

#[test]
fn examples_of_the_listed_functions_are_true() {
    let run = run(Limits::default());
    let host = Host::new(Gate::new(Policies::load("none", "").unwrap(), "nobody"), Rc::clone(&run.log));
    let (functions, _) = super::list(&host, &Options::default());
    let mut seen = 0;
    for function in functions.iter().filter(|function| function.function.needs.is_empty()) {
        // Others need a policy, files, or a host of their own: the tests of their crates run them.
        let plain = |example: &&Example| example.around.is_empty() && !example.script.contains("dir");
        for example in function.function.examples.iter().filter(plain) {
            assert!(run.eval(example.script).unwrap().as_bool().unwrap(), "{}: {}", function.name, example.script);
            seen += 1;
        }
    }
    assert!(seen > 10, "{seen}");
}

#[test]
fn an_object_without_a_text_has_no_json() {
    assert_eq!(text("#{a: [DateTime(0, 1, 1, 0, 0, 0, 0)]}.to_json()"), r#"{"a":["0000-01-01T00:00:00Z"]}"#);
    assert_eq!(
        text("#{a: [DateTime(-1, 1, 1, 0, 0, 0, 0)]}.to_json()"),
        "Runtime error: to_json: `DateTime` has no text (line 1, position 40)"
    );
}

#[test]
fn a_native_object_shows_its_name_in_scripts() {
    let run = run(Limits::default());
    let value = run.eval("[MetricBuilder(), MetricUnitType::COUNT]").unwrap();
    assert_eq!(run.session.display(&value).unwrap(), "[MetricBuilder, MetricUnitType]");
    assert_eq!(run.session.to_json(&value).unwrap().to_string(), r#"["MetricBuilder","MetricUnitType"]"#);
}
