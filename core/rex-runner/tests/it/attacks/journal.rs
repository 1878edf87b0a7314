//! Attacks on the list of denials: filling it up, hiding in it, blaming others.

use super::End::{Fails, Gives};
use super::{ALL, Attack, PUB};

/// The record of the attack's run, after the attack and its twin were held to what they say.
fn record(attack: &Attack) -> serde_json::Value {
    attack.check();
    attack.run(&attack.stage()).record()
}

#[test]
fn a_flood_of_denials_hides_none_of_another_kind() {
    let record = record(&Attack {
        policy: PUB,
        script: r#"
            for i in 0..3000 { try { cat(`/flood${i}/x`); } catch { } }
            try { rm(dir + "/sec/secret"); } catch { }
            for i in 0..3000 { try { cat(`/again${i}/x`); } catch { } }
            try { write(dir + "/sec/secret", "x"); } catch { }
            "nothing happened""#,
        ends: Gives("nothing happened"),
        shows: &[r#""function":"rm""#, r#""function":"write""#, r#""denials_left_out":500"#],
        twin_policy: ALL,
        twin_script: r#"rm(dir + "/sec/secret"); "done""#,
        twin_ends: Gives("done"),
        ..Attack::BASE
    });
    let denials = record["denials"].as_array().unwrap();
    assert!((1002..1010).contains(&denials.len()), "{}", denials.len());
    assert!(
        denials
            .iter()
            .any(|denial| denial["function"] == "rm" && denial["resource"].as_str().unwrap().contains("/sec"))
    );
}

#[test]
fn a_denial_bears_the_function_and_line_that_asked() {
    let record = record(&Attack {
        policy: PUB,
        script: "fn rm(p) {\n  cat(p)\n}\nlet f = |p| {\n  p.cat()\n};\ntry { rm(dir + \"/sec/secret\"); } catch { }\ntry { f.call(dir + \"/sec/secret\"); } catch { }\ntry { [dir + \"/sec/secret\"].map(\"cat\"); } catch { }\n\"quiet\"",
        ends: Gives("quiet"),
        hides: &[r#""function":"rm""#],
        twin_policy: ALL,
        twin_script: "rm(dir + \"/sec/secret\"); \"quiet\"",
        twin_ends: Gives("quiet"),
        ..Attack::BASE
    });
    let told: Vec<_> = record["denials"]
        .as_array()
        .unwrap()
        .iter()
        .map(|denial| (denial["function"].as_str().unwrap(), denial["line"].as_u64().unwrap()))
        .collect();
    assert_eq!(told[..2], [("cat", 2), ("cat", 5)]);
    assert!(told[2..].iter().all(|(function, line)| *function == "cat" && [0, 9].contains(line)), "{told:?}");
}

#[test]
fn denials_outlast_whatever_ends_the_run() {
    let probe = "try { cat(dir + \"/sec/secret\"); } catch { }\n";
    for (rest, flags, ends) in [
        ("throw \"over\";", &["--max-operations", "1M"][..], Fails(1, "over")),
        ("loop { }", &["--max-operations", "10k"][..], Fails(4, "operations limit")),
        ("let s = \"xxxxxxxx\"; loop { s += s; }", &["--max-memory", "64MiB"][..], Fails(4, "memory limit")),
        (
            "for i in 0..200000 { info(`flood ${i}`); } throw \"over\";",
            &["--max-operations", "10M"][..],
            Fails(1, "over"),
        ),
        ("exit(\"over\")", &["--max-operations", "10M"][..], Gives("over")),
    ] {
        let script: &'static str = Box::leak(format!("{probe}{rest}").into_boxed_str());
        Attack {
            script,
            flags,
            ends,
            shows: &[r#""denials":[{"#, r#""function":"cat""#],
            twin_policy: ALL,
            twin_script: r#"cat(dir + "/pub/ok")"#,
            twin_ends: Gives("public\n"),
            ..Attack::BASE
        }
        .check();
    }
}

#[test]
fn a_script_cannot_make_a_denial_up() {
    let record = record(&Attack {
        policy: ALL,
        script: r#"
            try { throw #{kind: IoErrorKind::PermissionDenied, message: "Permission denied", source: "IoErrorKind"}; } catch { }
            warn("root unauthorized to perform file_system::Action::\"open\" for file_system::Dir::/etc: no permit in the policy matches");
            "over""#,
        ends: Gives("over"),
        hides: &["\"denials\""],
        twin_policy: PUB,
        twin_script: r#"try { cat(dir + "/sec/secret"); } catch { } "over""#,
        twin_ends: Gives("over"),
        ..Attack::BASE
    });
    assert!(record.get("denials").is_none());
}

#[test]
fn denials_in_a_callback_are_told() {
    Attack {
        policy: PUB,
        script: r#"
            let h = DirConfig().path(dir + "/pub").build().open(OpenDirOptions().build());
            h.find(FindOptions().build(), |entry| { try { ls(dir + "/sec"); } catch { } });
            [3, 1, 2].sort(|a, b| { try { wc(dir + "/sec/secret"); } catch { } a - b });
            "over""#,
        ends: Gives("over"),
        shows: &[r#""function":"ls""#, r#""function":"wc""#],
        twin_policy: ALL,
        twin_ends: Gives("over"),
        ..Attack::BASE
    }
    .check();
}

#[test]
fn a_flood_before_a_call_that_never_ends_hides_nothing_either() {
    let record = record(&Attack {
        policy: PUB,
        script: r#"
            for i in 0..3000 { try { cat(`/flood${i}/x`); } catch { } }
            try { rm(dir + "/sec/secret"); } catch { }
            let a = []; a.pad(20000000, 7); a.to_string().len()"#,
        flags: &["--max-time", "3s"],
        ends: Fails(4, "time limit"),
        shows: &[r#""function":"rm""#, r#""denials_left_out":200"#],
        twin_policy: ALL,
        twin_script: r#"rm(dir + "/sec/secret"); "done""#,
        twin_flags: &["--max-operations", "1M"],
        twin_ends: Gives("done"),
        ..Attack::BASE
    });
    assert!(record["denials"].as_array().unwrap().len() < 1010);
}
