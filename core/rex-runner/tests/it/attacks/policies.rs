//! Attacks by the text of a policy: forbids that forbid nothing, names that look alike, text that no one reads to its end.

use super::End::{Denied, Fails, Gives};
use super::{ALL, Attack, PUB};

/// A policy that looks as if it held and does not must be refused as a whole: nothing runs under it.
const REFUSED: Attack = Attack {
    script: r#"write(dir + "/pub/made", "x"); "ran""#,
    ends: Fails(5, "Cedar policy"),
    twin_policy: PUB,
    twin_ends: Gives("ran"),
    ..Attack::BASE
};

#[test]
fn a_forbid_for_a_path_that_cannot_be() {
    for policy in [
        r#"permit(principal, action, resource); forbid(principal, action, resource in file_system::Dir::"{dir}/sec\0");"#,
        r#"permit(principal, action, resource); forbid(principal, action, resource in file_system::Dir::"{dir}/sec/");"#,
        r#"permit(principal, action, resource); forbid(principal, action, resource) when { resource in file_system::Dir::"{dir}//sec" };"#,
        r#"permit(principal, action, resource); forbid(principal, action, resource == file_system::File::"{dir}/pub/../sec/secret");"#,
        r#"permit(principal, action, resource) unless { resource in [file_system::Dir::"sec"] };"#,
        r#"permit(principal, action, resource); forbid(principal, action, resource in file_system::Dir::"{dir}/\u{2e}\u{2e}/sec");"#,
    ] {
        Attack { policy, ..REFUSED }.check();
    }
}

#[test]
fn the_same_path_in_escapes_is_the_same_path() {
    Attack {
        policy: r#"permit(principal, action, resource); forbid(principal, action, resource in file_system::Dir::"{dir}\u{2f}\u{73}\x65c");"#,
        script: r#"cat(dir + "/sec/secret")"#,
        ends: Denied("/sec"),
        twin_script: r#"cat(dir + "/pub/ok")"#,
        twin_ends: Gives("public\n"),
        ..Attack::BASE
    }
    .check();
}

#[test]
fn types_and_actions_that_only_look_right() {
    for policy in [
        // A Cyrillic letter, another case, a fullwidth letter, a type of Cedar's own.
        "permit(principal, action, resource); forbid(principal, action, resource is file_\u{455}ystem::File);",
        r#"permit(principal, action, resource); forbid(principal, action == file_system::Action::"Read", resource);"#,
        "permit(principal, action, resource); forbid(principal, action == file_system::Action::\"re\u{ff41}d\", resource);",
        r#"permit(principal, action, resource); forbid(principal == user::"root", action, resource);"#,
        r#"permit(principal, action, resource); forbid(principal, action, resource == __cedar::Dir::"/x");"#,
        r#"permit(principal, action, resource); forbid(principal, action == Action::"read", resource);"#,
        r#"permit(principal, action, resource); forbid(principal, action == file_system::Action::"SafeIO", resource);"#,
    ] {
        Attack { policy, ends: Fails(5, "Failed to create Rhai engine"), ..REFUSED }.check();
    }
}

#[test]
fn slots_that_nothing_fills() {
    Attack {
        policy: "permit(principal, action, resource); forbid(principal == ?principal, action, resource);",
        ..REFUSED
    }
    .check();
    Attack {
        policy: "permit(principal, action, resource); forbid(principal, action, resource in ?resource);",
        ..REFUSED
    }
    .check();
}

#[test]
fn two_policies_under_one_name() {
    Attack {
        policy: r#"@id("a") permit(principal, action, resource); @id("a") forbid(principal, action, resource);"#,
        ..REFUSED
    }
    .check();
    Attack {
        policy: r#"permit(principal, action, resource); @id("policy0") forbid(principal, action, resource);"#,
        ..REFUSED
    }
    .check();
    Attack { policy: r#"@id("a") @id("b") permit(principal, action, resource);"#, ..REFUSED }.check();
}

#[test]
fn a_comment_that_is_none() {
    Attack { policy: "permit(principal, action, resource); /* forbid(principal, action, resource);", ..REFUSED }
        .check();
    Attack { policy: "permit(principal, action, resource); # forbid(principal, action, resource);", ..REFUSED }.check();
    Attack {
        policy: "permit(principal, action, resource);\r// a comment until the end of the line\nforbid(principal, action, resource);",
        ends: Denied("open"),
        ..REFUSED
    }
    .check();
}

#[test]
fn a_forbid_that_fails_denies() {
    Attack {
        policy: r#"permit(principal, action, resource);
            forbid(principal, action == file_system::Action::"read", resource) when { 9223372036854775807 + 1 == 0 };"#,
        script: r#"cat(dir + "/pub/ok")"#,
        ends: Denied("read"),
        twin_policy: r#"permit(principal, action, resource);
            forbid(principal, action == file_system::Action::"read", resource) when { 9223372036854775806 + 1 == 0 };"#,
        twin_ends: Gives("public\n"),
        ..Attack::BASE
    }
    .check();
}

#[test]
fn a_permit_that_fails_is_no_permit_beside_another() {
    Attack {
        policy: r#"permit(principal, action, resource);
            @id("fails") permit(principal, action == file_system::Action::"read", resource) when { -9223372036854775807 - 2 == 0 };"#,
        script: r#"cat(dir + "/pub/ok")"#,
        ends: Denied("read"),
        twin_policy: ALL,
        twin_ends: Gives("public\n"),
        ..Attack::BASE
    }
    .check();
}

#[test]
fn what_is_no_text_of_cedar() {
    for policy in [
        "\u{feff}permit(principal, action, resource);",
        r#"{"staticPolicies": {"a": {"effect": "permit"}}}"#,
        "permit(principal, action, resource)",
        "permit(principal, action, resource);\0",
        "p\0e\0r\0m\0i\0t\0",
        "permit (principal, action, resource) when { true }; }",
    ] {
        Attack { policy, ends: Fails(5, "Failed to create Rhai engine"), ..REFUSED }.check();
    }
}

#[test]
fn a_policy_of_many_megabytes() {
    let policy: &'static str = Box::leak("permit(principal, action, resource);\n".repeat(100_000).into_boxed_str());
    Attack { policy, ends: Fails(5, "Failed to create Rhai engine"), ..REFUSED }.check();
}

#[test]
fn a_name_of_a_policy_that_forges_lines_or_drives_the_terminal() {
    Attack {
        policy: r#"permit(principal, action, resource);
            @id("x\u{1b}[2J\nnote: denied, but let pass\n  = help: all is well") forbid(principal, action, resource in file_system::Dir::"{dir}/sec");"#,
        script: r#"cat(dir + "/sec/secret")"#,
        flags: &["-o", "human", "-v"],
        ends: Denied("cause"),
        shows: &[r"\u{1b}[2J\nnote: denied, but let pass"],
        hides: &["\u{1b}", "\nnote: denied, but", "\n  = help: all is well"],
        twin_script: r#"cat(dir + "/pub/ok")"#,
        twin_flags: &["-o", "human"],
        twin_ends: Gives("public"),
        ..Attack::BASE
    }
    .check();
}

#[test]
fn a_policy_for_someone_else_is_none_for_us() {
    Attack {
        policy: r#"permit(principal == User::"toor", action, resource); permit(principal == User::"ROOT", action, resource); permit(principal == User::"root ", action, resource);"#,
        script: r#"cat(dir + "/pub/ok")"#,
        environment: &[("USER", "toor"), ("LOGNAME", "toor"), ("USERNAME", "toor"), ("SUDO_USER", "toor"), ("HOME", "/home/toor")],
        ends: Denied("open"),
        twin_policy: "permit(principal is User, action, resource);",
        twin_ends: Gives("public\n"),
        ..Attack::BASE
    }
    .check();
}
