//! Names as the host looks them up: `/etc/hosts`, `/etc/resolv.conf`, its servers.

use crate::inside::{etc, inside};
use crate::name_server::{Data, NameServer, answer, refusal};
use crate::names::ALL;
use domain::base::iana::Rcode;
use rex_test_utils::gate;
use rust_safe_network::{Error, ResolveOptions, TransportProtocol, connect, resolve};
use std::time::{Duration, Instant};

fn of(policy: &str, name: &str) -> Result<Vec<String>, &'static str> {
    resolve(&gate(policy), &ResolveOptions::of(name)).map_err(|error| error.kind())
}

/// A server that knows some names, with and without search list.
fn knowing(address: &str) -> NameServer {
    NameServer::at(address, |question, _| {
        let question = question.to_vec();
        let asked = domain::base::Message::from_octets(&question).unwrap().sole_question().unwrap();
        let six = asked.qtype() == domain::base::Rtype::AAAA;
        let name = asked.qname().to_string();
        vec![match (name.as_str(), six) {
            ("db.rex.test", false) => answer(
                &question,
                &[
                    ("db.rex.test", Data::A("10.0.0.1")),
                    ("db.rex.test", Data::A("9.0.0.1")),
                    ("db.rex.test", Data::A("10.0.0.1")),
                ],
            ),
            ("db.rex.test", true) => answer(&question, &[("db.rex.test", Data::Aaaa("fd00::2"))]),
            ("db.rex", false) => answer(&question, &[("db.rex", Data::A("10.0.0.77"))]),
            ("zero.rex", false) => answer(&question, &[("zero.rex", Data::A("0.0.0.0"))]),
            ("db.rex" | "zero.rex" | "empty.rex", _) => answer(&question, &[]),
            _ => refusal(&question, Rcode::NXDOMAIN),
        }]
    })
}

fn prepare(resolv: &str, hosts: &str) -> String {
    etc("resolv.conf", resolv) + &etc("hosts", hosts)
}

#[test]
fn hosts_search_list_and_order() {
    let files = prepare(
        "nameserver 127.0.0.1\nsearch rex.test",
        "127.0.0.1 localhost\n10.9.9.9 known.rex Alias\nfe80::1 alias",
    );
    inside("names_of_host::hosts_search_list_and_order", &files, || {
        let server = knowing("127.0.0.1:53");
        assert_eq!(of(ALL, "ALIAS"), Ok(vec!["10.9.9.9".to_owned(), "fe80::1".to_owned()]));
        assert_eq!(of(ALL, "host.localhost"), Ok(vec!["127.0.0.1".to_owned(), "::1".to_owned()]));
        assert_eq!(of(ALL, "::FFFF:10.0.0.1"), Ok(vec!["10.0.0.1".to_owned()]));
        assert_eq!(server.asked().len(), 0);
        assert_eq!(of(ALL, "db"), Ok(["9.0.0.1", "10.0.0.1", "fd00::2"].map(str::to_owned).to_vec()));
        let before = server.asked().len();
        for action in ["sysinfo::Action::\"resolve_hostname\"", "network::Action::\"connect\""] {
            let kind = if action.starts_with("sysinfo") { "sysinfo::Hostname" } else { "network::url" };
            let forbid = format!("{ALL}forbid(principal, action == {action}, resource == {kind}::\"db.rex.test\");");
            let connected = connect(&gate(&forbid), "db", 80, TransportProtocol::Udp, Duration::from_secs(1));
            let denied = if action.starts_with("sysinfo") {
                of(&forbid, "db").err()
            } else {
                connected.err().map(|error| error.kind())
            };
            assert_eq!(denied, Some("PermissionDenied"), "the name that the search list makes is forbidden");
        }
        let asked_meanwhile = server.asked().split_off(before);
        assert!(
            asked_meanwhile.iter().all(|(_, name, _)| name == "db.rex.test"),
            "only the connection under the first policy"
        );
        assert_eq!(asked_meanwhile.len(), 2);
        assert_eq!(of(ALL, "db.rex"), Ok(vec!["10.0.0.77".to_owned()]));
        assert_eq!(of(ALL, "zero.rex"), Ok(vec!["0.0.0.0".to_owned()]));
        let before = server.asked().len();
        assert_eq!(of(ALL, "db."), Err("NoSuchName"));
        let asked: Vec<String> = server.asked().split_off(before).into_iter().map(|(_, name, _)| name).collect();
        assert_eq!(asked, ["db"]);
        let error = resolve(&gate(ALL), &ResolveOptions::of("none.rex")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "DNS resolution failed for hostname: none.rex, reason: there is no address of `none.rex`"
        );
        assert_eq!(of(ALL, "empty.rex"), Err("NoSuchName"));
    });
}

#[test]
fn servers_of_the_host_need_no_permit_but_heed_forbids() {
    let files = prepare("nameserver 127.0.0.1\nnameserver 127.0.0.2", "127.0.0.1 localhost");
    inside("names_of_host::servers_of_the_host_need_no_permit_but_heed_forbids", &files, || {
        let refusing = NameServer::at("127.0.0.1:53", |question, _| vec![refusal(question, Rcode::REFUSED)]);
        let second = knowing("127.0.0.2:53");
        let name = r#"permit(principal, action, resource == sysinfo::Hostname::"db.rex");"#;
        assert_eq!(of(name, "DB.Rex."), Ok(vec!["10.0.0.77".to_owned()]));
        assert_eq!((refusing.asked().len(), second.asked().len()), (2, 2));
        let forbid =
            r#"forbid(principal, action == network::Action::"connect", resource) when { resource.port == 53 };"#;
        assert_eq!(of(&format!("{name}{forbid}"), "db.rex"), Err("PermissionDenied"));
        assert_eq!(of(name, "other.rex"), Err("PermissionDenied"));
        assert_eq!((refusing.asked().len(), second.asked().len()), (2, 2));
    });
}

#[test]
fn a_silent_server_is_followed_by_the_next_and_options_hold() {
    let files = prepare("nameserver 127.0.0.1\nnameserver 127.0.0.2\noptions attempts:1 timeout:1", "");
    inside("names_of_host::a_silent_server_is_followed_by_the_next_and_options_hold", &files, || {
        let silent = NameServer::at("127.0.0.1:53", |_, _| Vec::new());
        let second = knowing("127.0.0.2:53");
        let begun = Instant::now();
        assert_eq!(of(ALL, "db.rex"), Ok(vec!["10.0.0.77".to_owned()]));
        assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
        assert_eq!((silent.asked().len(), second.asked().len()), (2, 2));
        let tcp = ResolveOptions { protocol: TransportProtocol::Tcp, ..ResolveOptions::of("db.rex") };
        assert!(resolve(&gate(ALL), &tcp).is_err());
        assert!(silent.asked()[2..].iter().all(|(carrier, _, _)| *carrier == "tcp"));
    });
}

#[test]
fn a_connection_tries_all_addresses_and_each_is_judged() {
    let files = prepare("nameserver 127.0.0.1", "127.0.0.3 db.rex.test\n127.0.0.4 db.rex.test\n0.0.0.0 zero.rex.test");
    inside("names_of_host::a_connection_tries_all_addresses_and_each_is_judged", &files, || {
        let listener = std::net::TcpListener::bind("127.0.0.4:80").unwrap();
        let second = Duration::from_secs(2);
        let to = |policy: &str, host: &str, port| connect(&gate(policy), host, port, TransportProtocol::Tcp, second);
        let by_name = r#"permit(principal, action, resource == network::url::"db.rex.test");"#;
        assert_eq!(to(by_name, "DB.rex.test", 80).unwrap().remote().to_string(), "127.0.0.4:80");
        let denied = |result: Result<_, Error>| result.map(drop).unwrap_err().kind();
        let but = r#"forbid(principal, action, resource) when { resource has ip && resource.ip == ip("127.0.0.4") };"#;
        assert_eq!(denied(to(&format!("{by_name}{but}"), "db.rex.test", 80)), "PermissionDenied");
        // An address that is permitted alone permits no look-up, which could carry a secret out in the name.
        let by_address = "permit(principal, action, resource) when { resource has ip && resource.ip.isLoopback() };";
        let by_address = by_address.replace("action,", "action == network::Action::\"connect\",");
        assert_eq!(denied(to(&by_address, "db.rex.test", 80)), "PermissionDenied");
        assert!(to(&by_address, "127.0.0.4", 80).is_ok());
        let no_loopback = r#"permit(principal, action, resource);
            forbid(principal, action == network::Action::"connect", resource) when { resource has ip && resource.ip.isLoopback() };"#;
        for host in
            ["127.0.0.4", "0x7f.4", "2130706436", "[::ffff:127.0.0.4]", "0.0.0.0", "::", "localhost", "zero.rex.test"]
        {
            assert_eq!(denied(to(no_loopback, host, 80)), "PermissionDenied", "{host}");
        }
        listener.set_nonblocking(true).unwrap();
        assert_eq!(listener.incoming().map_while(Result::ok).count(), 2);
        assert_eq!(denied(to(ALL, "none.rex.test", 80)), "Refused", "no server is there");
    });
}
