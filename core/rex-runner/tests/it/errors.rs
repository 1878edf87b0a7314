//! Tests of what fails, by error type and exit code.

use crate::{ALLOW, Case, message, names};
use serde_json::json;

#[test]
fn a_thrown_error_is_the_script_s() {
    let record = Case::new("AlarmBuilder().type(\"Early\").publish();\nthrow \"boom\";", ALLOW)
        .run()
        .failed(1, "SCRIPT_EXCEPTION");
    assert_eq!(message(&record), "Runtime error: boom (line 2, position 1)");
    assert_eq!((&record["error"]["line"], &record["error"]["column"]), (&json!(2), &json!(1)));
    assert_eq!(names(&record, "alarms", "alarm_type"), ["Early", "RexRunnerScriptExecutionFailure"]);
    assert_eq!(
        record["alarms"][1]["alarm_details"],
        "Failed to execute script: Runtime error: boom (line 2, position 1)"
    );
    assert!(names(&record, "metrics", "metric_name").contains(&"RexRunnerScriptExecutionFailureCount"));
    assert!(record.get("value").is_none() && record["logs"] == json!([]));
}

#[test]
fn a_script_that_does_not_compile_has_both_alarms_and_no_execution_time() {
    let record = Case::new("let x = ;", ALLOW).run().failed(1, "SCRIPT_EXCEPTION");
    assert_eq!(message(&record), "Syntax error: Unexpected ';' (line 1, position 9)");
    assert_eq!(
        names(&record, "alarms", "alarm_type"),
        ["RexRunnerScriptCompilationFailure", "RexRunnerScriptExecutionFailure"]
    );
    let metrics = names(&record, "metrics", "metric_name");
    assert!(metrics.contains(&"RexRunnerScriptCompilationFailureCount"), "{metrics:?}");
    assert!(!metrics.contains(&"RexRunnerScriptExecutionTime"), "{metrics:?}");
}

#[test]
fn a_denial_says_who_what_on_what_and_why() {
    let policy = "permit(principal, action, resource in file_system::Dir::\"/nowhere\");";
    let record = Case::new("\n  cat(\"/etc/hostname\")", policy).run().failed(3, "ACCESS_DENIED_EXCEPTION");
    let details = &record["error"]["details"];
    assert_eq!(details["action"], "file_system::Action::\"open\"");
    assert_eq!(details["resource"], "file_system::Dir::\"/etc\"");
    assert_eq!((&details["policies"], &details["cause"]), (&json!([]), &json!("no permit in the policy matches")));
    assert_eq!(names(&record, "alarms", "alarm_type"), ["RexRunnerPrivilegeEscalation"]);
    assert!(names(&record, "metrics", "metric_name").contains(&"RexRunnerPrivilegeEscalationCount"));
    let denial = &record["denials"][0];
    assert_eq!((&denial["function"], &denial["line"], &denial["times"]), (&json!("cat"), &json!(2), &json!(1)));
}

#[test]
fn a_forbid_is_named() {
    let policy = format!("{ALLOW}\n@id(\"no-etc\") forbid(principal, action, resource in file_system::Dir::\"/etc\");");
    let record = Case::new("cat(\"/etc/hostname\")", &policy).run().failed(3, "ACCESS_DENIED_EXCEPTION");
    assert_eq!(record["error"]["details"]["policies"], json!(["`no-etc` (line 2)"]));
}

#[test]
fn a_swallowed_denial_stays_in_the_record() {
    let script = "for i in 0..3 { try { cat(\"/etc/hostname\"); } catch { } } \"fine\"";
    let done = Case::new(script, "").run();
    let record = done.record();
    assert_eq!((done.code, &record["output"]), (0, &json!("fine")));
    assert_eq!((record["denials"].as_array().unwrap().len(), &record["denials"][0]["times"]), (1, &json!(3)));
    assert!(record.get("alarms").is_none());
}

#[test]
fn a_denial_that_the_script_makes_up_is_its_own_error() {
    let script = "throw #{source: \"IoErrorKind\", kind: \"PermissionDenied\", message: \"Permission denied\"};";
    let record = Case::new(script, ALLOW).run().failed(1, "SCRIPT_EXCEPTION");
    assert!(record["error"].get("details").is_none() && record.get("denials").is_none());
}

#[test]
fn unreadable_inputs_are_told_with_their_path() {
    for (file, what) in [("script.rhai", "script"), ("policy.cedar", "policy")] {
        let case = Case::new("1", ALLOW);
        #[expect(clippy::disallowed_methods, reason = "sets the stage for the program")]
        std::fs::remove_file(case.path(file)).unwrap();
        let record = case.run().failed(5, "COMMUNICATION_EXCEPTION");
        let expected = format!(
            "Failed to load input files: Failed to read {what} file: {}: No such file or directory (os error 2)",
            case.path(file).display()
        );
        assert_eq!(message(&record), expected);
        assert!(record.get("logs").is_none() && record.get("metrics").is_none());
    }
}

#[test]
fn malformed_arguments_are_refused() {
    for json in ["{", "{\"x\":1}", "{\"x\":{\"integerValue\":2147483648}}", "{\"x\":{\"other\":1}}", "[]"] {
        let record = Case::new("1", ALLOW).arguments(json).run().failed(5, "COMMUNICATION_EXCEPTION");
        assert!(message(&record).contains("Failed to parse script arguments JSON: "), "{json}: {record}");
    }
}

#[test]
fn arguments_nested_too_deeply_are_refused_after_the_policy_was_read() {
    let json = r#"{"m":{"listValue":[{"listValue":[{"integerValue":1}]}]}}"#;
    let record = Case::new("let = ;", ALLOW).arguments(json).run().failed(5, "VALIDATION_EXCEPTION");
    assert_eq!(
        message(&record),
        "Script arguments depth validation failed: Argument 'm': Maximum nesting depth of 2 exceeded"
    );
    assert_eq!(names(&record, "alarms", "alarm_type"), ["RexRunnerScriptArgumentValidationFailure"]);
    Case::new("1", "permit(").arguments(json).run().failed(5, "INTERNAL_EXCEPTION");
}

#[test]
fn a_policy_that_does_not_parse_or_fit_is_refused_before_the_script() {
    let record = Case::new("let = ;", "permit(principal, action, resource)").run().failed(5, "INTERNAL_EXCEPTION");
    assert!(
        message(&record)
            .starts_with("Failed to create Rhai engine: Failed to parse Cedar policy - check syntax and structure")
    );
    let misspelled = "permit(principal, action == file_system::Action::\"raed\", resource);";
    let record = Case::new("1", misspelled).run().failed(5, "INTERNAL_EXCEPTION");
    assert!(message(&record).contains("raed"), "{record}");
}

#[test]
fn a_reserved_name_is_refused_where_it_is_published() {
    let script = "\nMetricBuilder().name(\"RexSpeed\").value(1.0).unit(MetricUnitType::COUNT).publish();";
    let record = Case::new(script, ALLOW).run().failed(1, "SCRIPT_EXCEPTION");
    assert!(
        message(&record).contains("Invalid metric name 'RexSpeed': Script metrics cannot start with Rex"),
        "{record}"
    );
    assert_eq!(record["error"]["line"], 2);
}
