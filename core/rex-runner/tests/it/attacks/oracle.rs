//! Attacks on what redaction and missing rights hide: by counting, searching, comparing.

use super::End::{Fails, Gives, Holds};
use super::{ALL, Attack};

/// May read everything in `pub` only redacted.
const REDACTED: &str = r#"
permit(principal, action == file_system::Action::"open", resource in file_system::Dir::"{dir}");
permit(principal, action == file_system::Action::"redacted_read", resource in file_system::Dir::"{dir}/pub");
permit(principal, action == file_system::Action::"read", resource == file_system::File::"{dir}/dictionary");"#;
const MORE: &str = r#"permit(principal, action in [file_system::Action::"open", file_system::Action::"read"], resource in file_system::Dir::"{dir}");"#;

/// Two files that differ in nothing but what is hidden.
const FILES: &[(&str, &str)] = &[
    ("dictionary", "started in %d ms\n"),
    ("pub/one", "started in 5 ms\npassword=hunter2 a b\nstarted in 6 ms\n"),
    ("pub/two", "started in 5 ms\nno such thing\nstarted in 6 ms\n"),
];

#[test]
fn nothing_that_is_hidden_changes_any_answer() {
    let script = r#"
        let h = DirConfig().path(dir + "/pub").build().open(OpenDirOptions().build());
        let f = |p| h.open_file(p, OpenFileOptions().read(true).build());
        let acts = #{
            cat: |p| cat(dir + "/pub/" + p), cat_n: |p| cat([cat::n], dir + "/pub/" + p), grep: |p| grep("password", dir + "/pub/" + p), grep_all: |p| grep(".", dir + "/pub/" + p),
            grep_v: |p| grep([grep::invert], "started", dir + "/pub/" + p), grep_c: |p| grep([grep::count], "hunter2", dir + "/pub/" + p), grep_n: |p| grep([grep::line_number], "=", dir + "/pub/" + p),
            tail: |p| tail(dir + "/pub/" + p), tail_n: |p| tail([tail::n(2)], dir + "/pub/" + p), sum: |p| awk_sum(2, "=", dir + "/pub/" + p), field: |p| awk_field(2, "=", dir + "/pub/" + p),
            unique: |p| awk_count_unique(1, " ", dir + "/pub/" + p), filter: |p| awk_filter("hunter", dir + "/pub/" + p), range: |p| awk_filter_range(2, 2, dir + "/pub/" + p),
            by_field: |p| awk_filter_field(1, "=", "pass", dir + "/pub/" + p), sed: |p| sed("password", "x", dir + "/pub/" + p), wc: |p| wc(dir + "/pub/" + p),
            search: |p| f.call(p).search("hunter2"), search_all: |p| f.call(p).search("."), read: |p| f.call(p).read(), strings: |p| f.call(p).extract_strings(), counts: |p| f.call(p).counts().byte_count,
            bytes: |p| f.call(p).read_bytes(16, 8), lines: |p| f.call(p).read_lines(ReadLinesOptions().start(1).build()), page: |p| f.call(p).read_page(ReadPageOptions().num_lines(9).build())
        };
        let differ = []; let answered = 0;
        for name in acts.keys() {
            let act = acts[name]; let said = [];
            for p in ["one", "two"] { try { said.push(`${act.call(p)}`); answered += 1; } catch (e) { let t = `${e}`; t.replace("/two", "/one"); said.push(t); } }
            said[0].replace("/two", "/one"); said[1].replace("/two", "/one");
            if said[0] != said[1] { differ.push(name); }
        }
        differ.sort();
        `${differ.len() > 3} ${answered > 20}`"#;
    Attack {
        files: FILES,
        policy: REDACTED,
        script,
        flags: &["--redaction-file", "{dir}/dictionary"],
        ends: Gives("false true"),
        hides: &["hunter2 a b", "no such thing"],
        twin_policy: MORE,
        twin_ends: Gives("true true"),
        ..Attack::BASE
    }
    .check();
}

#[test]
fn the_dictionary_is_not_to_be_chosen_by_the_script() {
    Attack {
        files: &[("dictionary", "started in %d ms\n"), ("pub/log", "password=hunter2\n"), ("pub/mine", "password=%s\n")],
        policy: r#"
            permit(principal, action == file_system::Action::"open", resource in file_system::Dir::"{dir}");
            permit(principal, action == file_system::Action::"redacted_read", resource == file_system::File::"{dir}/pub/log");
            permit(principal, action == file_system::Action::"read", resource == file_system::File::"{dir}/dictionary");
            permit(principal, action in [file_system::Action::"move", file_system::Action::"create", file_system::Action::"write", file_system::Action::"delete"], resource == file_system::File::"{dir}/pub/mine");"#,
        script: r#"
            try { mv(dir + "/pub/mine", dir + "/dictionary"); } catch { }
            try { cp(dir + "/pub/mine", dir + "/dictionary"); } catch { }
            try { write(dir + "/dictionary", "password=%s\n"); } catch { }
            cat(dir + "/pub/log")"#,
        flags: &["--redaction-file", "{dir}/dictionary"],
        ends: Gives("[REDACTED]"),
        hides: &["hunter2"],
        twin_flags: &["--redaction-file", "{dir}/pub/mine"],
        twin_policy: r#"
            permit(principal, action == file_system::Action::"open", resource in file_system::Dir::"{dir}");
            permit(principal, action == file_system::Action::"redacted_read", resource == file_system::File::"{dir}/pub/log");
            permit(principal, action == file_system::Action::"read", resource == file_system::File::"{dir}/pub/mine");"#,
        twin_script: r#"cat(dir + "/pub/log")"#,
        twin_ends: Holds("password=hunter2"),
        ..Attack::BASE
    }
    .check();
}

#[test]
fn where_a_link_points_is_content_and_needs_a_right() {
    Attack {
        files: &[("pub/link -> /nowhere/HIDDEN-TARGET", "")],
        policy: r#"permit(principal, action in [file_system::Action::"open", file_system::Action::"stat"], resource in file_system::Dir::"{dir}");
            permit(principal, action == file_system::Action::"read", resource is file_system::Dir in file_system::Dir::"{dir}");"#,
        script: r#"
            let h = DirConfig().path(dir + "/pub").build().open(OpenDirOptions().build());
            let said = [];
            for act in [|| h.read_link_target("link"), || h.open_symlink("link").metadata().to_map(), || ls(dir + "/pub"), || ls([ls::l], dir + "/pub"), || h.list_entries(), || h.open_symlink("link").metadata().symlink_target] {
                try { said.push(`${act.call()}`); } catch { said.push("error"); }
            }
            `${said}`.contains("HIDDEN-TARGET")"#,
        ends: Gives("false"),
        hides: &["HIDDEN-TARGET"],
        twin_policy: ALL,
        twin_ends: Gives("true"),
        ..Attack::BASE
    }
    .check();
}

#[test]
fn contents_are_not_told_by_errors_of_parsers() {
    Attack {
        files: &[("pub/x", "x"), ("sec/parsed", "TOP-SECRET-7731 not json, no archive, no key\n")],
        policy: r#"permit(principal, action in [file_system::Action::"open", file_system::Action::"stat"], resource in file_system::Dir::"{dir}");"#,
        script: r#"
            let h = DirConfig().path(dir + "/sec").build().open(OpenDirOptions().build());
            let f = h.open_file("parsed", OpenFileOptions().read(true).build());
            let said = [];
            for act in [|| f.certificate_info(), || f.key_info(), || f.elf_info(), || f.list_archive(), || f.gzip_info(), || f.search_archive("."), || f.search_gzip(".", SearchGzipOptions().build()), || f.read_gzip_lines(ReadLinesOptions().start(1).build()),
                || Client().trust_file(dir + "/sec/parsed"), || f.read()] {
                try { said.push(`${act.call()}`); } catch (e) { said.push(`${e}`); }
            }
            for text in said { if !text.contains("Permission denied") { throw text; } }
            throw "all denied""#,
        ends: Fails(1, "all denied"),
        twin_policy: ALL,
        twin_script: r#"cat(dir + "/sec/parsed").contains("SECRET")"#,
        twin_ends: Gives("true"),
        ..Attack::BASE
    }
    .check();
}
