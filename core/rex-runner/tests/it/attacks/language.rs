//! Attacks by the language: pointers, closures, names, errors and handles.

use super::End::{Denied, Fails, Gives, Holds};
use super::{ALL, Attack, PUB, SECRET};

#[test]
fn a_curried_pointer_is_judged_as_the_function() {
    Attack {
        script: r#"let f = Fn("cat").curry(dir + "/sec/secret"); f.call()"#,
        ends: Denied("/sec"),
        shows: &[r#""function":"cat""#],
        twin_policy: ALL,
        twin_ends: Gives(SECRET),
        ..Attack::BASE
    }
    .check();
}

#[test]
fn a_name_that_an_array_function_calls_is_judged() {
    Attack {
        script: r#"[dir + "/sec/secret"].map("cat")[0]"#,
        ends: Denied("/sec"),
        twin_policy: ALL,
        twin_ends: Gives(SECRET),
        ..Attack::BASE
    }
    .check();
}

#[test]
fn a_method_call_on_a_text_is_judged() {
    Attack {
        script: r#"let found = []; for p in [dir + "/sec/secret"] { found.push(p.cat()); } found[0]"#,
        ends: Denied("/sec"),
        twin_policy: ALL,
        twin_ends: Gives(SECRET),
        ..Attack::BASE
    }
    .check();
}

#[test]
fn what_is_switched_off_has_no_other_name() {
    Attack {
        policy: ALL,
        script: r#"
            let n = 0;
            for name in ["Engine", "exec", "system", "include", "eval_file", "run", "global::eval", "Eval", "eval "] {
                try { if Fn(name).call("41 + 1") == 42 { n += 1; } } catch { }
                try { if "41 + 1".call(name) == 42 { n += 1; } } catch { }
                try { if [("41 + 1")].map(name)[0] == 42 { n += 1; } } catch { }
            }
            n"#,
        ends: Gives("0"),
        twin_script: r#"let n = 0; for name in ["parse_int"] { try { if Fn(name).call("42") == 42 { n += 1; } } catch { } } n"#,
        twin_ends: Gives("1"),
        ..Attack::BASE
    }
    .check();
    for script in [
        r#"Fn("ev" + "al").call("41 + 1")"#,
        r#"call("ev" + "al", "41 + 1")"#,
        r#"["41 + 1"].map("ev" + "al")"#,
        r#"eval("41 + 1")"#,
        r#"print("41 + 1")"#,
        r#"Fn("pri" + "nt").call("41 + 1")"#,
        r#"Fn("imp" + "ort").call("41 + 1")"#,
    ] {
        Attack {
            policy: ALL,
            script,
            ends: Fails(1, "SCRIPT_EXCEPTION"),
            twin_script: r#"Fn("parse" + "_int").call("42")"#,
            twin_ends: Gives("42"),
            ..Attack::BASE
        }
        .check();
    }
}

#[test]
fn modules_are_loaded_from_nowhere() {
    Attack {
        files: &[("pub/m.rhai", "fn value() { 42 }")],
        policy: ALL,
        script: r#"import "{dir}/pub/m" as m; m::value()"#,
        ends: Fails(1, "import"),
        twin_script: "fn value() { 42 } value()",
        twin_ends: Gives("42"),
        ..Attack::BASE
    }
    .check();
}

#[test]
fn a_function_of_the_script_replaces_none_for_others() {
    Attack {
        script: r#"
            fn open_file(a, b, c) { "mine" } fn open(a, b) { "mine" } fn cat(p) { "mine" } fn authorize(a, b) { true } fn to_map(x) { #{} }
            let said = cat(dir + "/sec/secret");
            try { ls(dir + "/sec"); said += " listed"; } catch { said += " denied"; }
            said"#,
        ends: Gives("mine denied"),
        shows: &[r#""function":"ls""#],
        hides: &[r#""function":"cat""#],
        twin_policy: ALL,
        twin_ends: Gives("mine listed"),
        ..Attack::BASE
    }
    .check();
}

#[test]
fn a_denial_that_is_thrown_in_other_words_stays_what_it_was() {
    Attack {
        script: r#"
            let kind = (); try { cat(dir + "/sec/secret"); } catch (e) { kind = e.kind; }
            throw #{kind: kind, message: "nothing was denied", source: "IoErrorKind", path: dir + "/pub/ok"};"#,
        ends: Denied("/sec"),
        twin_script: r#"throw #{kind: IoErrorKind::NotFound, message: "nothing was denied", source: "IoErrorKind"};"#,
        twin_ends: Fails(1, "nothing was denied"),
        ..Attack::BASE
    }
    .check();
}

#[test]
fn the_kind_of_a_denial_alone_makes_none() {
    Attack {
        policy: ALL,
        script: r#"throw #{kind: IoErrorKind::PermissionDenied, message: "Permission denied: root unauthorized to perform file_system::Action::\"open\"", source: "IoErrorKind"};"#,
        ends: Fails(1, "SCRIPT_EXCEPTION"),
        hides: &["RexRunnerPrivilegeEscalation", "\"denials\""],
        twin_policy: "forbid(principal, action, resource);",
        twin_script: r#"cat(dir + "/pub/ok")"#,
        twin_ends: Denied("open"),
        ..Attack::BASE
    }
    .check();
}

#[test]
fn a_handle_cannot_be_given_another_path() {
    Attack {
        policy: ALL,
        script: r#"let h = DirConfig().path(dir + "/pub").build().open(OpenDirOptions().build()); h.path = dir + "/sec"; h.path"#,
        ends: Fails(1, "No writable property"),
        twin_script: r#"let h = DirConfig().path(dir + "/pub").build().open(OpenDirOptions().build()); h.path.ends_with("/pub")"#,
        twin_ends: Gives("true"),
        ..Attack::BASE
    }
    .check();
}

#[test]
fn what_looks_like_a_handle_is_none() {
    Attack {
        policy: ALL,
        script: r#"let h = #{path: dir + "/sec", type: "DirHandle"}; h.open_file("secret", OpenFileOptions().read(true).build()).read()"#,
        ends: Fails(1, "open_file"),
        twin_script: r#"let h = DirConfig().path(dir + "/pub").build().open(OpenDirOptions().build()); h.open_file("ok", OpenFileOptions().read(true).build()).read()"#,
        twin_ends: Gives("public\n"),
        ..Attack::BASE
    }
    .check();
}

#[test]
fn a_name_for_a_handle_leads_nowhere_else() {
    Attack {
        policy: ALL,
        script: r#"
            let h = DirConfig().path(dir + "/pub").build().open(OpenDirOptions().build());
            let n = 0;
            for name in ["../sec/secret", "..", ".", "", "/", dir + "/sec/secret", "./../sec/secret", "ok/../../sec/secret", "ok\x00", "..\x00", "ok/", "sec/secret"] {
                try { h.open_file(name, OpenFileOptions().read(true).follow_symlinks(true).build()).read(); n += 1; } catch { }
                try { h.make_dir(name); n += 1; } catch { }
                try { h.read_link_target(name); n += 1; } catch { }
                try { h.create_symlink("x", name, CreateSymlinkOptions().build()); n += 1; } catch { }
            }
            n"#,
        ends: Gives("0"),
        twin_script: r#"
            let h = DirConfig().path(dir + "/pub").build().open(OpenDirOptions().build());
            h.open_file("ok", OpenFileOptions().read(true).build()).read(); h.make_dir("new"); h.create_symlink("x", "link", CreateSymlinkOptions().build()); h.read_link_target("link")"#,
        twin_ends: Gives("x"),
        ..Attack::BASE
    }
    .check();
}

#[test]
fn a_handle_grants_nothing_that_the_policy_does_not() {
    Attack {
        policy: r#"permit(principal, action in [file_system::Action::"open", file_system::Action::"read"], resource in file_system::Dir::"{dir}/pub");"#,
        script: r#"
            let h = DirConfig().path(dir + "/pub").build().open(OpenDirOptions().build());
            let f = h.open_file("ok", OpenFileOptions().read(true).write(true).build());
            let said = [];
            for act in [|| f.write("x"), || f.append("x"), || f.write_in_place("x"), || f.chmod(511), || f.delete(DeleteFileOptions().build()),
                || f.truncate(TruncateOptions().size(0).build()), || f.metadata(), || f.move(h, "other", MoveOptions().build()),
                || h.create_hard_link(f, "other"), || f.execute(ExecuteOptions().build())] {
                try { act.call(); said.push("done"); } catch (e) { let text = `${e}`; said.push(text.contains("Permission denied")); }
            }
            said"#,
        ends: Gives("[true, true, true, true, true, true, true, true, true, true]"),
        twin_script: r#"DirConfig().path(dir + "/pub").build().open(OpenDirOptions().build()).open_file("ok", OpenFileOptions().read(true).build()).read()"#,
        twin_ends: Gives("public\n"),
        ..Attack::BASE
    }
    .check();
}

#[test]
fn a_lookalike_of_a_function_is_no_function() {
    Attack {
        policy: ALL,
        // The first two letters are Cyrillic.
        script: r#"саt(dir + "/pub/ok")"#,
        ends: Fails(1, "SCRIPT_EXCEPTION"),
        twin_script: r#"cat(dir + "/pub/ok")"#,
        twin_ends: Gives("public\n"),
        ..Attack::BASE
    }
    .check();
}

#[test]
fn what_a_file_holds_is_never_run() {
    Attack {
        files: &[("pub/template", r#"${cat("{dir}/sec/secret")} ` + cat(dir + "/sec/secret") + `"#)],
        policy: ALL,
        script: r#"let t = cat(dir + "/pub/template"); let u = `${t}`; let v = parse_json("{\"a\": \"${1 + 1}\"}").a; u.contains("${cat(") && v == "${1 + 1}""#,
        ends: Gives("true"),
        twin_script: r#"let t = cat(dir + "/sec/secret"); `${t}`"#,
        twin_ends: Gives(SECRET),
        ..Attack::BASE
    }
    .check();
}

#[test]
fn json_is_data_and_no_code() {
    Attack {
        policy: ALL,
        script: r#"parse_json("{\"a\": cat(\"" + dir + "/sec/secret\")}").a"#,
        ends: Fails(1, "SCRIPT_EXCEPTION"),
        twin_script: r#"parse_json("{\"a\": [1, 2]}").a[1]"#,
        twin_ends: Gives("2"),
        ..Attack::BASE
    }
    .check();
}

#[test]
fn a_closure_that_changes_what_is_walked_is_an_error_and_no_crash() {
    Attack {
        policy: ALL,
        script: "let x = [3, 1, 2]; let f = |a, b| { x.clear(); a - b }; x.sort(f); x",
        ends: Fails(1, "Data race"),
        twin_script: "let x = [3, 1, 2]; let f = |a, b| a - b; x.sort(f); x",
        twin_ends: Gives("[1, 2, 3]"),
        ..Attack::BASE
    }
    .check();
}

#[test]
fn a_callback_of_a_function_has_no_more_rights_than_the_script() {
    Attack {
        policy: r#"permit(principal, action, resource in file_system::Dir::"{dir}/pub");"#,
        script: r#"
            let h = DirConfig().path(dir + "/pub").build().open(OpenDirOptions().build());
            let said = [];
            h.find(FindOptions().build(), |entry| { try { said.push(cat(dir + "/sec/secret")); } catch (e) { said.push("denied"); } });
            said.contains("denied") && said.len() > 0"#,
        ends: Gives("true"),
        shows: &[r#""function":"cat""#],
        twin_policy: ALL,
        twin_ends: Gives("false"),
        ..Attack::BASE
    }
    .check();
}

#[test]
fn constants_of_the_host_cannot_be_made_something_else() {
    Attack {
        policy: ALL,
        script: r#"
            let n = 0;
            for act in [|| { let e = IoErrorKind::NotFound; e = 7; IoErrorKind::NotFound == 7 }, || type_of(IoErrorKind::NotFound) == "i64"] {
                try { if act.call() { n += 1; } } catch { }
            }
            `${n} ${type_of(IoErrorKind::NotFound)}`"#,
        ends: Gives("0 ErrorKind"),
        twin_script: "let e = IoErrorKind::NotFound; `${e == IoErrorKind::NotFound}`",
        twin_ends: Holds("true"),
        ..Attack::BASE
    }
    .check();
}

#[test]
fn a_function_that_swallows_the_errors_of_its_callback_swallows_no_limit_and_no_denial() {
    Attack {
        policy: PUB,
        // The engine's own `sort` takes a comparison that fails as one that does not know.
        script: r#"
            let a = []; a.pad(50, 1);
            a.sort(|x, y| { cat(dir + "/sec/secret"); 0 });
            a.sort(|x, y| { loop { } });
            "went on""#,
        flags: &["--max-operations", "100k"],
        ends: Fails(4, "operations limit"),
        shows: &[r#""function":"cat""#],
        twin_script: "let a = [2, 1]; a.sort(|x, y| x - y); `${a}`",
        twin_ends: Gives("[1, 2]"),
        ..Attack::BASE
    }
    .check();
}
