//! Tests of the result record.

use crate::{ALLOW, Case, names};
use serde_json::{Value, json};

fn run(script: &str) -> Value {
    let done = Case::new(script, ALLOW).run();
    assert_eq!((done.code, done.stderr.as_str()), (0, ""), "{}", done.stdout);
    done.record()
}

#[test]
fn the_fields_stand_in_the_order_that_tools_know_and_new_ones_follow() {
    let done = Case::new("info(\"x\"); AlarmBuilder().type(\"A\").publish(); [1, #{a: ()}]", ALLOW).run();
    let fields: Vec<usize> = ["output", "status", "alarms", "metrics", "logs", "value", "run_id", "duration_ms"]
        .iter()
        .map(|field| done.stdout.find(&format!("\"{field}\":")).unwrap())
        .collect();
    assert!(fields.is_sorted(), "{}", done.stdout);
    assert!(!done.stdout.ends_with('\n'));
    let record = done.record();
    assert_eq!(record["output"], "[1, #{\"a\": ()}]");
    assert_eq!(record["value"], json!([1, {"a": null}]));
    assert!(record["duration_ms"].as_f64().unwrap() > 0.0);
    for absent in ["error", "denials", "observing"] {
        assert!(record.get(absent).is_none(), "{absent}");
    }
}

#[test]
fn the_runner_s_metrics_come_first_and_the_script_s_last() {
    let record = run("MetricBuilder().name(\"Mine\").value(1).unit(MetricUnitType::COUNT).publish();");
    assert_eq!(
        names(&record, "metrics", "metric_name"),
        [
            "RexRunnerScriptExecutionTime",
            "RexRunnerScriptExecutionSuccessCount",
            "RexRunnerTotalExecutionTime",
            "RexRunnerProcessCpuUsage",
            "RexRunnerProcessRssMemoryUsageAverage",
            "RexRunnerProcessVirtualMemoryUsageAverage",
            "Mine",
        ]
    );
    assert_eq!(record["metrics"][0]["metric_dimension"], json!({"MetricInfo": "Duration"}));
}

#[test]
fn monitoring_can_be_turned_off() {
    for value in ["1", "TRUE"] {
        let record = Case::new("1", ALLOW).environment("REX_RUNNER_DISABLE_MONITORING", value).run().record();
        assert!(names(&record, "metrics", "metric_name").iter().all(|name| !name.contains("Process")), "{value}");
    }
}

#[test]
fn the_log_has_the_level_that_the_environment_asks_for() {
    let script = "debug(1); info(\"i\");";
    assert_eq!(run(script)["logs"].as_array().unwrap().len(), 1);
    let record = Case::new(script, ALLOW).environment("LOG_LEVEL", "debug").run().record();
    assert_eq!(record["logs"][0]["attributes"]["level"], "DEBUG");
    assert_eq!(record["logs"][0]["attributes"]["line_number"], "1");
}

#[test]
fn two_runs_have_two_names() {
    assert_ne!(run("1")["run_id"], run("1")["run_id"]);
}

#[test]
fn exit_and_return_end_a_script_with_their_value() {
    assert_eq!(run("fn f() { exit([1]); } f(); 2")["value"], json!([1]));
    assert_eq!(run("return \"x\"; 2")["output"], "x");
    assert_eq!(run("")["output"], "");
}

#[test]
fn a_record_that_nobody_reads_is_an_internal_error() {
    let case = Case::new("1", ALLOW);
    #[expect(clippy::disallowed_methods, reason = "a device that is always full")]
    let full = std::fs::File::create("/dev/full").unwrap();
    let done = crate::Done::new(case.command().stdout(full).output().unwrap());
    assert_eq!(done.code, 70);
    assert!(done.stderr.starts_with("error: the result could not be written: No space left"), "{}", done.stderr);
}
