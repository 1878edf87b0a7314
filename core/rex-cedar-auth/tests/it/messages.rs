//! What is said about a policy that is wrong: each message as its author reads it.

use miette::Diagnostic;
use rex_cedar_auth::Policies;

/// The message; of a policy that is accepted, its warnings.
fn said(text: &str) -> String {
    match Policies::load("policy", text) {
        Err(refused) => refused.to_string(),
        Ok(policies) => policies.warnings().iter().map(ToString::to_string).collect(),
    }
}

fn check(prefix: &str, cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(said(text), format!("{prefix}{expected}"), "for {text}");
    }
}

#[test]
fn text_that_does_not_parse() {
    check(
        "Failed to parse Cedar policy - check syntax and structure: ",
        &[
            (
                r"permit(principal, action, resource)",
                r"the last policy does not end with `;` at line 1, column 36: add `;`",
            ),
            (
                "permit(principal, action, resource)\npermit(principal, action, resource);",
                r"the policy before does not end with `;` at line 2, column 7: add `;` at its end",
            ),
            (
                "permit(principal, action, resource)\n@id(\"x\") permit(principal, action, resource);",
                r"the policy before does not end with `;` at line 2, column 1: add `;` at its end",
            ),
            (
                r"permit(principal, action, resource in file_system::Dir::/tmp);",
                r#"a path without quotes at line 1, column 57: write it in double quotes, for example `file_system::Dir::"/tmp"`"#,
            ),
            (
                r"permit(principal, action, resource in file_system::Dir::'/tmp');",
                r"a text in single quotes at line 1, column 57: write it in double quotes",
            ),
            (
                r#"permit(principal, action, resource == "/tmp/a");"#,
                r#"an entity belongs here, not the text `"/tmp/a"` at line 1, column 39: write the type before the text: `file_system::File::"/tmp/a"` or `file_system::Dir::"/tmp/a"`"#,
            ),
            (
                r#"permit(principal, action == "read", resource);"#,
                r#"an entity belongs here, not the text `"read"` at line 1, column 29: write the type before the text: `file_system::Action::"read"`"#,
            ),
            (
                r#"permit(principal == "alice", action, resource);"#,
                r#"an entity belongs here, not the text `"alice"` at line 1, column 21: write the type before the text: `User::"alice"`"#,
            ),
            (
                r#"permit(principal, action, resource == file_system::File::"/a);"#,
                r#"a text that begins here has no closing quote at line 1, column 58: add `"` at its end"#,
            ),
            (
                "\u{feff}permit(principal, action, resource);",
                r"the text begins with a byte order mark at line 1, column 1: save it as UTF-8 without one",
            ),
            (
                "permit(principal, action, resource);\0",
                r"the control character U+0000 outside of a text in quotes at line 1, column 37: remove it",
            ),
            (
                r"permit(principal, äction, resource);",
                r"the character `ä` outside of a text in quotes at line 1, column 19: write names in ASCII letters, and everything else in double quotes",
            ),
            (
                r#"permit(principal, action, resource in [file_system::Dir::"/a"]);"#,
                r"expected single entity uid or template slot, found set of entity uids at line 1, column 39: the scope takes one; write `when { resource in [A, B] }` after it",
            ),
            (
                "@id(\"a\") permit(principal, action, resource);\n@id(\"a\") permit(principal, action, resource);",
                r#"the `@id("a")` of another policy at line 2, column 1: choose another id"#,
            ),
        ],
    );
}

#[test]
fn policy_that_does_not_fit() {
    check(
        "Cedar policy does not fit the schema: ",
        &[
            (
                r#"permit(principal, action == file_system::Action::"raed", resource);"#,
                r#"there is no action `file_system::Action::"raed"` at line 1, column 29: did you mean `file_system::Action::"read"`?"#,
            ),
            (
                r#"permit(principal, action == file_sytem::Action::"read", resource);"#,
                r#"there is no action `file_sytem::Action::"read"` at line 1, column 29: did you mean `file_system::Action::"read"`?"#,
            ),
            (
                r#"permit(principal, action == Action::"read", resource);"#,
                r#"there is no action `Action::"read"` at line 1, column 29: did you mean `file_system::Action::"read"`?"#,
            ),
            (
                r#"permit(principal, action == file_system::Action::"teleport", resource);"#,
                r#"there is no action `file_system::Action::"teleport"` at line 1, column 29: the policy guide lists all actions"#,
            ),
            (
                r#"permit(principal, action == file_system::Action::"read", resource is file_system::File) when { resource.pth == "/a" };"#,
                r"the attribute `pth` does not exist for `file_system::File` at line 1, column 96: did you mean `path`?",
            ),
            (
                r#"permit(principal, action, resource in Dir::"/tmp");"#,
                r"there is no entity type `Dir` at line 1, column 39: did you mean `file_system::Dir`?",
            ),
            (
                r#"permit(principal, action, resource in Banana::"/tmp");"#,
                r"there is no entity type `Banana` at line 1, column 39: there are `User`, `file_system::Arguments`, `file_system::Argv`, `file_system::Dir`, `file_system::Environment`, `file_system::File`, `network::url`, `process_system::Process`, `sysctl::Sysctl`, `sysinfo::Hostname`, `sysinfo::Sysinfo`, `sysinfo::Uname`, `systemd::Service`, `systemd::Systemd`",
            ),
            (
                r"permit(principal, action, resource is file_system::File) when { resource.path == 5 };",
                r"values of the types Long and String are compared, which are never equal at line 1, column 65: both sides must have the same type",
            ),
            (
                r#"permit(principal, action, resource) when { resource.path like "/tmp/*" };"#,
                r"the attribute `path` does not exist for `process_system::Process` and 6 more at line 1, column 44: only `file_system::Dir`, `file_system::File` and `network::url` have it; write `resource is file_system::Dir` in the scope, or `resource has path && …` in the condition",
            ),
            (
                r#"permit(principal, action, resource) when { resource == "/tmp/a" };"#,
                r#"an entity is compared with the text "/tmp/a", which is never equal to it at line 1, column 44: write the entity: `file_system::File::"/tmp/a"`"#,
            ),
            (
                r#"forbid(principal, action == file_system::Action::"SafeIO", resource);"#,
                r#"this `forbid` never applies: `file_system::Action::"SafeIO"` is a group, and no request is for a group at line 1, column 1: write `action in file_system::Action::"SafeIO"`"#,
            ),
            (
                r#"forbid(principal, action == file_system::Action::"write", resource is file_system::Dir);"#,
                r"this `forbid` never applies: no request that the schema knows satisfies it at line 1, column 1: compare its actions with the kinds of resource that they apply to",
            ),
            (
                r#"forbid(principal, action, resource in file_system::Dir::"/tmp/");"#,
                r"no file or directory has the path `/tmp/` at line 1, column 1: write an absolute path without `//`, `.`, `..` or a slash at its end",
            ),
            (
                r#"permit(principal, action, resource in file_system::Dir::"/tmp/");"#,
                r"no file or directory has the path `/tmp/` at line 1, column 1: write an absolute path without `//`, `.`, `..` or a slash at its end",
            ),
            (
                r"forbid(principal == ?principal, action, resource);",
                r"this `forbid` never applies: nothing fills `?principal` or `?resource` at line 1, column 1: write the entity itself in place of the slot",
            ),
            (
                r#"permit(principal, action, resource) when { context.destination.path == "/a" };"#,
                r#"`context.destination` does not exist for `file_system::Action::"chmod"` and 40 more at line 1, column 44: only `file_system::Action::"move"` has it; write `action == file_system::Action::"move"` in the scope, or `context has destination && …` in the condition"#,
            ),
            (
                r#"permit(principal, action == file_system::Action::"move", resource) when { context.destintion.path == "/a" };"#,
                r#"`context.destintion` does not exist for `file_system::Action::"move"` at line 1, column 75: did you mean `destination`?"#,
            ),
            (
                r#"permit(principal, action == file_system::Action::"move", resource) when { context.destination.pth == "/a" };"#,
                r#"`context.destination.pth` does not exist for `file_system::Action::"move"` at line 1, column 75: did you mean `path`?"#,
            ),
            (
                r#"permit(principal, action, resource) when { principal.name == "alice" };"#,
                r"the attribute `name` does not exist for `User` at line 1, column 44: it has no attributes",
            ),
            (
                r#"permit(principal, action == file_system::Action::"execute", resource) when { context.arguments.getTag("x") == "y" };"#,
                r#"unable to guarantee safety of access to tag `"x"` on entity type `file_system::Arguments` at line 1, column 78: try testing for the tag's presence with `.hasTag("x") && ..`"#,
            ),
            (
                r"permit(principal, action, resource) when { resource in 5 };",
                r"unexpected type: expected Set<an entity>, or an entity but saw Long at line 1, column 56",
            ),
        ],
    );
}

#[test]
fn policy_that_grants_nothing() {
    check(
        "",
        &[
            (
                r#"permit(principal, action == file_system::Action::"SafeIO", resource);"#,
                r#"the `permit` on line 1 never applies: `file_system::Action::"SafeIO"` is a group, and no request is for a group: write `action in file_system::Action::"SafeIO"`"#,
            ),
            (
                r"permit(principal == ?principal, action, resource);",
                r"the `permit` on line 1 never applies: nothing fills `?principal` or `?resource`: write the entity itself in place of the slot",
            ),
            (
                r#"permit(principal, action, resource) when { 1 == "a" };"#,
                r"the `permit` on line 1 never applies: no request that the schema knows satisfies it: compare its actions with the kinds of resource that they apply to",
            ),
            (
                r#"permit(principal, action, resource == file_system::File::"/pаypal");"#,
                r"line 1: identifier `/pаypal` contains mixed scripts",
            ),
        ],
    );
}

#[test]
fn many_problems_stay_one_short_line() {
    let said = said(&"permit(principal, action == Action::\"x\", resource);\n".repeat(200));
    assert!(said.len() < 2000 && !said.contains('\n') && said.ends_with("and 190 more problems"), "{said}");
}

#[test]
fn diagnostic_shows_the_place_and_what_to_write() {
    let text = "permit(principal, action, resource);\npermit(principal, action, resource in Dir::\"/tmp\");";
    let refused = Policies::load("site.cedar", text).unwrap_err();
    let label = refused.labels().unwrap().next().unwrap();
    assert_eq!(&text[label.offset()..label.offset() + label.len()], "Dir");
    assert_eq!(label.label(), Some("there is no entity type `Dir`"));
    assert_eq!(refused.help().unwrap().to_string(), "did you mean `file_system::Dir`?");
    assert_eq!(refused.position(&refused.problems()[0]), Some((2, 39)));
}
