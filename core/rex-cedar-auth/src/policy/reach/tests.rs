//! Tests of what policies could ever permit.

use super::{Coverage, Place, Reach};
use crate::action::file_system::{Delete, Execute, Read, Write};
use crate::action::network::{Connect, Get};
use crate::action::process_system::List;
use crate::action::{Action, file_system, network};
use crate::{Kind, Policies};
use std::collections::BTreeSet;

fn reach(text: &str) -> Reach {
    Policies::load("test", text).unwrap().reach("alice")
}

fn read_files(text: &str) -> Coverage {
    reach(text).extent(Read::DEFINITION, Kind::File)
}

fn places(trees: &[&str], exact: &[&str]) -> Coverage {
    let trees = trees.iter().map(|path| Place::Tree((*path).to_owned()));
    Coverage::Places(trees.chain(exact.iter().map(|path| Place::Exact((*path).to_owned()))).collect())
}

#[test]
fn scopes_and_conditions_bound_where_files_lie() {
    let read = r#"permit(principal, action == file_system::Action::"read", resource"#;
    let when = |condition: &str| read_files(&format!("{read}) when {{ {condition} }};"));
    assert_eq!(read_files(&format!(r#"{read} in file_system::Dir::"/a");"#)), places(&["/a"], &[]));
    assert_eq!(read_files(&format!(r#"{read} == file_system::File::"/a/b");"#)), places(&[], &["/a/b"]));
    assert_eq!(read_files(&format!("{read});")), Coverage::Everything);
    assert_eq!(when(r#"resource.path like "/var/log/app*""#), places(&["/var/log"], &[]));
    assert_eq!(when(r#"resource.path like "/var/log/*.log""#), places(&["/var/log"], &[]));
    assert_eq!(when(r#"resource.path like "/x*""#), places(&["/"], &[]));
    assert_eq!(when(r#"resource.path like "*.log""#), Coverage::Everything);
    assert_eq!(when(r#"resource.path like "/a\*b""#), places(&[], &["/a*b"]));
    assert_eq!(when(r#"resource.path == "/a" || resource in file_system::Dir::"/b""#), places(&["/b"], &["/a"]));
    assert_eq!(when(r#"["/a", "/b"].contains(resource.path)"#), places(&[], &["/a", "/b"]));
    let both = r#"resource in file_system::Dir::"/a" && resource.path like "/a/b/*""#;
    assert_eq!(when(both), places(&["/a/b"], &[]));
    // What is not understood opens, and never narrows.
    assert_eq!(when(r#"!(resource in file_system::Dir::"/a")"#), Coverage::Everything);
    assert_eq!(when(r#"resource in file_system::Dir::"/a" || resource.path != "/b""#), Coverage::Everything);
    let unless = format!(r#"{read}) unless {{ resource in file_system::Dir::"/a" }};"#);
    assert_eq!(read_files(&unless), Coverage::Everything);
    let choice =
        r#"if resource.path like "*x" then resource in file_system::Dir::"/a" else resource in file_system::Dir::"/b""#;
    assert_eq!(when(choice), places(&["/a", "/b"], &[]));
}

#[test]
fn other_actions_kinds_and_accounts_are_out_of_reach() {
    let text = r#"permit(principal, action == file_system::Action::"read", resource is file_system::File);
        permit(principal == User::"bob", action == file_system::Action::"write", resource);"#;
    let reach = reach(text);
    assert!(reach.could(Read::DEFINITION) && !reach.could(Write::DEFINITION) && !reach.could(Execute::DEFINITION));
    assert_eq!(reach.extent(Read::DEFINITION, Kind::Dir), Coverage::Nothing);
    assert!(Policies::load("test", text).unwrap().reach("bob").could(Write::DEFINITION));
}

#[test]
fn only_a_forbid_without_conditions_takes_away() {
    let permit = r#"permit(principal, action, resource in file_system::Dir::"/a"); "#;
    let with = |forbid: &str| reach(&format!("{permit}{forbid}"));
    let delete = |reach: &Reach| reach.extent(Delete::DEFINITION, Kind::Dir);
    let whole =
        with(r#"forbid(principal, action == file_system::Action::"delete", resource in file_system::Dir::"/a");"#);
    assert_eq!(delete(&whole), Coverage::Nothing);
    let itself =
        with(r#"forbid(principal, action == file_system::Action::"delete", resource == file_system::Dir::"/a");"#);
    assert_eq!(delete(&itself), places(&["/a"], &[]));
    assert!(itself.forbids(Delete::DEFINITION, Kind::Dir, "/a"));
    assert!(!itself.forbids(Delete::DEFINITION, Kind::Dir, "/a/b"));
    assert!(!itself.forbids(Read::DEFINITION, Kind::Dir, "/a"));
    for conditional in [
        r#"forbid(principal, action, resource) when { resource has path && resource.path == "/a" };"#,
        "forbid(principal, action, resource) unless { resource has path };",
        r#"forbid(principal == User::"alice", action, resource);"#,
    ] {
        assert_eq!(delete(&with(conditional)), places(&["/a"], &[]), "{conditional}");
    }
}

const GET: &str = r#"action == network::Action::"GET""#;

#[test]
fn ports_follow_from_urls_and_conditions() {
    let get = |condition: &str| {
        reach(&format!("permit(principal, {GET}, resource is network::url) when {{ {condition} }};"))
            .ports(Get::DEFINITION)
    };
    let ports = |ports: &[u16]| Some(ports.iter().copied().collect::<BTreeSet<_>>());
    assert_eq!(get("resource.port == 8080"), ports(&[8080]));
    assert_eq!(get("[80, 443].contains(resource.port)"), ports(&[80, 443]));
    assert_eq!(get(r#"resource.url like "https://a.test/*""#), ports(&[443]));
    assert_eq!(get(r#"resource.url like "https://a.test:8443/x*""#), ports(&[8443]));
    assert_eq!(get(r#"resource.url like "http://[::1]/*""#), ports(&[80]));
    // The port may still follow.
    assert_eq!(get(r#"resource.url like "https://a.test*""#), None);
    assert_eq!(get(r#"resource.host == "a.test""#), None);
    assert_eq!(get("resource.port == 80 || resource.host == \"b\""), None);
    assert_eq!(get("resource.port == 80 && resource.host == \"b\""), ports(&[80]));
    assert_eq!(get("resource.port == 70000"), ports(&[]));
    let one = r#"permit(principal, action == network::Action::"GET", resource == network::url::"https://a.test/");"#;
    assert_eq!(reach(one).ports(Get::DEFINITION), ports(&[443]));
    assert_eq!(reach(one).ports(Connect::DEFINITION), ports(&[]));
    assert!(!reach(one).could(Connect::DEFINITION));
}

#[test]
fn whoever_looks_at_programs_is_known_also_from_a_forbid() {
    let permit = r#"permit(principal, action == process_system::Action::"list", resource);"#;
    assert!(!reach(permit).reads_executable());
    let forbid = r#"forbid(principal, action, resource is process_system::Process)
        when { resource has executable && resource.executable == "/sbin/sshd" };"#;
    let both = reach(&format!("{permit}{forbid}"));
    assert!(both.reads_executable() && both.could(List::DEFINITION));
}

#[test]
fn without_policies_nothing_is_in_reach_and_observing_everything() {
    let nothing = reach("");
    let everything = Reach::everything();
    for action in [file_system::Open::DEFINITION, network::Get::DEFINITION, List::DEFINITION] {
        assert!(!nothing.could(action) && everything.could(action));
    }
}
