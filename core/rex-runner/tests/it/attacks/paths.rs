//! Attacks by paths: other spellings, links, odd names.

use super::End::{Denied, Gives, Holds};
use super::{ALL, Attack, NOT_SEC, PUB, SECRET};
use std::process::Command;

#[test]
fn magic_links_of_proc_lead_nowhere() {
    Attack {
        policy: NOT_SEC,
        script: r#"
            let found = 0;
            let roots = ["/proc/self/root", "/proc/thread-self/root", "/proc/self/task/1/root", "/proc/1/root", "/proc/self/cwd/../../../../../../..",
                "/proc/self/fd/../root", "/proc//self/./root", "/dev/fd/../root", "/proc/self/root/proc/self/root", "/proc/self/map_files"];
            for root in roots {
                try { if cat(root + dir + "/sec/secret").len() > 0 { found += 1; } } catch { }
                try { ls(root + dir + "/sec"); found += 1; } catch { }
                try { if DirConfig().path(root + dir + "/sec").build().open(OpenDirOptions().follow_symlinks(true).build()).open_file("secret", OpenFileOptions().read(true).build()).read().len() > 0 { found += 1; } } catch { }
            }
            found"#,
        ends: Gives("0"),
        twin_policy: ALL,
        twin_script: r#"let found = 0; for root in ["", "/", "/./"] { try { if cat(root + dir + "/sec/secret").len() > 0 { found += 1; } } catch { } } found"#,
        twin_ends: Gives("3"),
        ..Attack::BASE
    }
    .check();
}

#[test]
fn a_held_descriptor_is_no_way_back_in() {
    Attack {
        policy: ALL,
        script: r#"
            let h = DirConfig().path(dir + "/sec").build().open(OpenDirOptions().build());
            let f = h.open_file("secret", OpenFileOptions().read(true).build());
            let found = 0;
            for n in 3..40 { for place in ["/proc/self/fd/", "/dev/fd/", "/proc/thread-self/fd/"] {
                try { if cat(place + n).contains("SECRET") { found += 1; } } catch { }
                try { if cat(place + n + "/secret").contains("SECRET") { found += 1; } } catch { }
            } }
            found"#,
        ends: Gives("0"),
        twin_script: r#"if cat(dir + "/sec/secret").contains("SECRET") { 1 } else { 0 }"#,
        twin_ends: Gives("1"),
        ..Attack::BASE
    }
    .check();
}

#[test]
fn a_file_is_the_file_whatever_follows_its_name() {
    Attack {
        policy: r#"permit(principal, action, resource); forbid(principal, action, resource == file_system::File::"{dir}/sec/secret");"#,
        script: r#"
            let said = [];
            for end in ["/", "/.", "//", "/./", "/./.", ""] { try { said.push(cat(dir + "//./sec/./secret" + end)); } catch (e) { said.push(e.kind == IoErrorKind::PermissionDenied); } }
            said"#,
        ends: Gives("[true, true, true, true, true, true]"),
        twin_script: r#"let said = []; for end in ["/", "/.", "//", ""] { said.push(cat(dir + "//./pub/./ok" + end) == "public\n"); } said"#,
        twin_ends: Gives("[true, true, true, true]"),
        ..Attack::BASE
    }
    .check();
}

#[test]
fn letters_that_look_or_count_alike_are_other_names() {
    Attack {
        files: &[("pub/caf\u{e9}", "composed"), ("pub/Case", "case")],
        policy: ALL,
        script: r#"
            let found = 0;
            for name in ["cafe\u0301", "CAFÉ", "case", "CASE", "Саse", "Case\u200b", "Case ", "Case\n"] { try { cat(dir + "/pub/" + name); found += 1; } catch { } }
            found"#,
        ends: Gives("0"),
        twin_script: r#"let found = 0; for name in ["café", "Case"] { try { cat(dir + "/pub/" + name); found += 1; } catch { } } found"#,
        twin_ends: Gives("2"),
        ..Attack::BASE
    }
    .check();
}

#[test]
fn names_and_paths_beyond_all_measure_are_errors() {
    Attack {
        policy: ALL,
        script: r#"
            let said = [];
            let name = ""; name.pad(256, "n");
            let path = ""; path.pad(100000, "/d");
            let deep = ""; deep.pad(3000000, "/");
            for p in [dir + "/pub/" + name, dir + path, dir + path + "/x", dir + deep + "missing"] {
                for act in [|p| cat(p), |p| write(p, "x"), |p| mkdir(p), |p| ls(p), |p| rm(p), |p| touch(p)] {
                    try { act.call(p); said.push(p.len()); } catch { }
                }
            }
            said"#,
        // The last is `dir/missing` in one of its spellings.
        ends: Holds("["),
        changes: &["missing"],
        twin_script: r#"let name = ""; name.pad(255, "n"); write(dir + "/pub/" + name, "x"); cat(dir + "/pub/" + name)"#,
        twin_ends: Gives("x"),
        ..Attack::BASE
    }
    .check();
}

#[test]
fn a_tree_deeper_than_any_path_is_walked_without_harm() {
    Attack {
        policy: NOT_SEC,
        script: r#"
            let h = DirConfig().path(dir + "/pub").build().open(OpenDirOptions().build());
            let depth = 0;
            try { for i in 0..400 { h = h.make_dir("dddddddddddddddddddddddddddddddd"); depth += 1; } } catch { }
            let said = [];
            for act in [|| ls([ls::recursive], dir + "/pub"), || find_files("x", dir + "/pub"), || du(dir + "/pub"), || rm([rm::recursive, rm::force], dir + "/pub/dddddddddddddddddddddddddddddddd")] {
                try { act.call(); said.push("done"); } catch (e) { said.push("error"); }
            }
            depth > 100 && said.len() == 4"#,
        ends: Gives("true"),
        twin_script: r#"mkdir([mkdir::parents], dir + "/pub/a/b/c"); rm([rm::recursive], dir + "/pub/a"); ls(dir + "/pub").len() > 0"#,
        twin_ends: Gives("true"),
        ..Attack::BASE
    }
    .check_in_a_deep_tree();
}

#[test]
fn links_in_circles_end() {
    Attack {
        files: &[("pub/a -> b", ""), ("pub/b -> a", ""), ("pub/self -> self/self", ""), ("pub/d -> .", "")],
        policy: ALL,
        script: r#"
            let found = 0;
            for p in ["a", "b", "self", "self/x", "a/x"] { try { cat(dir + "/pub/" + p); found += 1; } catch { } }
            let path = ""; path.pad(100, "/d"); try { cat(dir + "/pub" + path + "/ok"); found += 1; } catch { }
            found"#,
        ends: Gives("0"),
        twin_script: r#"if cat(dir + "/pub/d/ok") == "public\n" { 1 } else { 0 }"#,
        twin_ends: Gives("1"),
        ..Attack::BASE
    }
    .check();
}

#[test]
fn nothing_is_made_through_a_link_that_leads_nowhere() {
    Attack {
        files: &[("pub/dangling -> ../sec/new", "")],
        policy: NOT_SEC,
        script: r#"
            let p = dir + "/pub/dangling"; let done = [];
            let h = DirConfig().path(dir + "/pub").build().open(OpenDirOptions().build());
            for act in [|| write(p, "x"), || touch(p), || mkdir(p), || mkdir([mkdir::parents], p + "/deep"), || write([write::append], p, "x"),
                || cp(dir + "/pub/ok", p + "/x"), || h.open_file("dangling", OpenFileOptions().write(true).create(true).follow_symlinks(true).build()).write("x"),
                || Client().get("http://127.0.0.1:1/").download(p)] {
                try { act.call(); done.push("done"); } catch { }
            }
            done.len()"#,
        ends: Gives("0"),
        twin_policy: ALL,
        twin_script: r#"write(dir + "/sec/new", "x"); touch(dir + "/sec/newer"); mkdir(dir + "/sec/dir"); ls(dir + "/sec").len() > 0"#,
        twin_ends: Gives("true"),
        ..Attack::BASE
    }
    .check();
}

#[test]
fn a_directory_is_not_moved_with_what_must_stay() {
    const MOVE: &str = r#"
        let h = DirConfig().path(dir + "/pub").build().open(OpenDirOptions().build());
        let d = DirConfig().path(dir + "/pub/d").build().open(OpenDirOptions().build());
        h.move(d, h, "e", MoveOptions().build()).path.ends_with("/pub/e")"#;
    Attack {
        files: &[("pub/d/below/keep", "kept"), ("pub/d/free", "free")],
        policy: r#"permit(principal, action, resource in file_system::Dir::"{dir}/pub");
            forbid(principal, action == file_system::Action::"move", resource == file_system::File::"{dir}/pub/d/below/keep");"#,
        script: MOVE,
        ends: Denied("keep"),
        twin_policy: PUB,
        twin_ends: Gives("true"),
        ..Attack::BASE
    }
    .check();
}

#[test]
fn a_hard_link_to_a_protected_file_is_judged_as_its_move() {
    Attack {
        policy: r#"permit(principal, action, resource in file_system::Dir::"{dir}/pub");
            permit(principal, action in [file_system::Action::"open", file_system::Action::"stat"], resource in file_system::Dir::"{dir}/sec");"#,
        script: r#"
            let to = DirConfig().path(dir + "/pub").build().open(OpenDirOptions().build());
            let from = DirConfig().path(dir + "/sec").build().open(OpenDirOptions().build());
            to.create_hard_link(from.open_file("secret", OpenFileOptions().read(true).build()), "mine");
            cat(dir + "/pub/mine")"#,
        ends: Denied("move"),
        twin_policy: ALL,
        twin_ends: Gives(SECRET),
        ..Attack::BASE
    }
    .check();
}

#[test]
fn a_file_called_like_a_pattern_is_one_file() {
    Attack {
        files: &[("pub/*", "star"), ("pub/[a-z]*", "class")],
        policy: r#"permit(principal, action, resource in file_system::Dir::"{dir}/pub");
            forbid(principal, action, resource == file_system::File::"{dir}/pub/*");"#,
        script: r#"
            let said = [cat(dir + "/pub/ok") == "public\n", cat(dir + "/pub/[a-z]*") == "class"];
            try { cat(dir + "/pub/*"); said.push("read"); } catch (e) { said.push(e.kind == IoErrorKind::PermissionDenied); }
            try { rm(dir + "/pub/*"); said.push("removed"); } catch (e) { said.push(e.kind == IoErrorKind::PermissionDenied); }
            said"#,
        ends: Gives("[true, true, true, true]"),
        twin_policy: PUB,
        twin_ends: Gives("[true, true, \"read\", \"removed\"]"),
        ..Attack::BASE
    }
    .check();
}

#[test]
fn whether_something_is_there_cannot_be_told_by_a_denial() {
    Attack {
        files: &[("pub/there -> ../sec/secret", ""), ("pub/missing -> ../sec/missing", ""), ("pub/in -> ../sec", "")],
        policy: PUB,
        script: r#"
            fn told(act, p) {
                try { act.call(p); } catch (e) {
                    let text = `${e}`;
                    for name in ["secret", "missing", "there"] { text.replace(name, "X"); }
                    return text;
                }
                "done"
            }
            let same = true; let n = 0;
            for act in [|p| cat(p), |p| ls(p), |p| rm(p), |p| write(p, "x"), |p| touch(p), |p| mkdir(p), |p| wc(p), |p| tail(p), |p| cp(p, dir + "/pub/copy"), |p| mv(p, dir + "/pub/moved"), |p| du(p)] {
                for places in [["/sec/secret", "/sec/missing"], ["/pub/in/secret", "/pub/in/missing"]] {
                    let a = told(act, dir + places[0]);
                    let b = told(act, dir + places[1]);
                    if a != b { same = false; }
                    n += 1;
                }
            }
            `${same} ${n}`"#,
        ends: Gives("true 22"),
        twin_policy: r#"permit(principal, action in [file_system::Action::"open", file_system::Action::"read"], resource);"#,
        twin_ends: Gives("false 22"),
        ..Attack::BASE
    }
    .check();
}

#[test]
fn a_mount_table_or_program_link_tells_nothing_unasked() {
    Attack {
        policy: PUB,
        script: r#"
            let n = 0;
            for p in ["/proc/self/environ", "/proc/self/cmdline", "/proc/self/mounts", "/proc/self/exe", "/proc/self/maps", "/proc/self/mem", "/proc/self/stat", "/etc/passwd"] {
                try { cat(p); n += 1; } catch { }
            }
            n"#,
        environment: &[("PRIVATE_TOKEN", "PRIVATE-TOKEN-VALUE")],
        hides: &["PRIVATE-TOKEN-VALUE"],
        ends: Gives("0"),
        twin_policy: r#"permit(principal, action, resource in file_system::Dir::"/proc");"#,
        twin_script: r#"if cat("/proc/self/stat").len() > 0 { 1 } else { 0 }"#,
        twin_ends: Gives("1"),
        ..Attack::BASE
    }
    .check();
}

impl Attack {
    /// As [`Attack::check`], of attacks that may leave something behind in `pub`, which is then too deep to be told path by path.
    #[track_caller]
    fn check_in_a_deep_tree(&self) {
        let folder = self.stage();
        let done = self.run(&folder);
        assert!(Command::new("rm").arg("-rf").arg(folder.at("pub")).status().unwrap().success());
        let nothing = folder.tree();
        self.hold(&done, &nothing, &nothing);
        assert_eq!(folder.text("sec/secret"), SECRET);
        self.check_twin();
    }
}
