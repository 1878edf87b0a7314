//! Asking name servers.

use crate::name_server::{Data, NameServer, answer, framed, refusal};
use domain::base::iana::{Rcode, Rtype};
use rex_cedar_auth::{Gate, Policies, Stopped};
use rex_test_utils::{gate, principal};
use rust_safe_network::{DigOptions, Error, RecordType, TransportProtocol, dig};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

pub(crate) const ALL: &str = "permit(principal, action, resource);";

/// The options for asking one server.
pub(crate) fn options(server: SocketAddr, name: &str, record_type: RecordType) -> DigOptions {
    DigOptions {
        name: Some(name.to_owned()),
        record_type,
        server: Some(server.ip().to_string()),
        port: server.port(),
        timeout: Duration::from_secs(5),
        ..DigOptions::default()
    }
}

/// The values of the records, or the kind of the error.
pub(crate) fn asked(gate: &Gate, options: &DigOptions) -> Result<Vec<String>, &'static str> {
    match dig(gate, options) {
        Ok(records) => Ok(records.iter().map(ToString::to_string).collect()),
        Err(error) => Err(error.kind()),
    }
}

#[test]
fn records_of_each_type_come_over_packets_and_streams() {
    let data = [
        (Rtype::A, Data::A("10.1.2.3")),
        (Rtype::AAAA, Data::Aaaa("fd00::7")),
        (Rtype::CNAME, Data::Cname("Other.rex.test")),
        (Rtype::MX, Data::Mx(10, "mail.rex.test")),
        (Rtype::NS, Data::Ns("ns.rex.test")),
        (Rtype::PTR, Data::Ptr("db.rex.test")),
        (Rtype::SOA, Data::Soa),
        (Rtype::SRV, Data::Srv(8080)),
        (Rtype::TXT, Data::Txt(b"v=rex1 \xff\x1b")),
    ];
    let server = NameServer::new(move |question, stream| {
        let kind = domain::base::Message::from_octets(question).unwrap().qtype().unwrap();
        let data = data.iter().find(|(known, _)| *known == kind).unwrap().1;
        let message = answer(question, &[("DB.rex.test", data)]);
        vec![if stream { framed(message) } else { message }]
    });
    let gate = gate(ALL);
    for (kind, expected) in [
        (RecordType::A, "A 10.1.2.3"),
        (RecordType::Aaaa, "AAAA fd00::7"),
        (RecordType::Cname, "CNAME other.rex.test"),
        (RecordType::Mx, "MX 10 mail.rex.test"),
        (RecordType::Ns, "NS ns.rex.test"),
        (RecordType::Ptr, "PTR db.rex.test"),
        (RecordType::Soa, "SOA ns.rex.test root.rex.test 7 1 2 3 4"),
        (RecordType::Srv, "SRV 1 2 8080 db.rex.test"),
        (RecordType::Txt, "TXT v=rex1 \u{fffd}\u{fffd}"),
    ] {
        for protocol in [TransportProtocol::Udp, TransportProtocol::Tcp] {
            let options = DigOptions { protocol, ..options(server.address, "db.REX.test.", kind) };
            assert_eq!(asked(&gate, &options), Ok(vec![format!("db.rex.test 60 IN {expected}")]), "{kind} {protocol}");
        }
    }
    let carriers: Vec<_> = server.asked().iter().map(|(carrier, _, _)| *carrier).collect();
    assert_eq!(carriers, ["udp", "tcp"].repeat(9));
}

#[test]
fn an_address_is_asked_for_by_its_own_name() {
    let server =
        NameServer::new(|question, _| vec![answer(question, &[("7.2.0.192.in-addr.arpa", Data::Ptr("db.rex.test"))])]);
    let options = options(server.address, "192.0.2.7", RecordType::Ptr);
    let named = gate(
        r#"permit(principal, action, resource) unless { resource is sysinfo::Hostname && resource.hostname != "7.2.0.192.in-addr.arpa" };"#,
    );
    assert_eq!(asked(&named, &options), Ok(vec!["7.2.0.192.in-addr.arpa 60 IN PTR db.rex.test".to_owned()]));
}

#[test]
fn what_does_not_fit_into_a_packet_comes_over_a_stream() {
    let server = NameServer::new(|question, stream| {
        if stream {
            return vec![framed(answer(question, &[("rex.test", Data::A("10.0.0.9"))]))];
        }
        let mut cut = answer(question, &[]);
        cut[2] |= 2;
        vec![cut]
    });
    let gate = gate(ALL);
    let auto = options(server.address, "rex.test", RecordType::A);
    assert_eq!(asked(&gate, &auto), Ok(vec!["rex.test 60 IN A 10.0.0.9".to_owned()]));
    assert_eq!(asked(&gate, &DigOptions { protocol: TransportProtocol::Udp, ..auto }), Err("MalformedAnswer"));
    let carriers: Vec<_> = server.asked().iter().map(|(carrier, _, _)| *carrier).collect();
    assert_eq!(carriers, ["udp", "tcp", "udp"]);
}

#[test]
fn names_that_stand_for_others_are_followed_so_far_and_no_farther() {
    let server = NameServer::new(|question, _| {
        let asked = domain::base::Message::from_octets(question).unwrap().sole_question().unwrap().qname().to_string();
        vec![match asked.as_str() {
            "a.test" => answer(
                question,
                &[
                    ("a.test", Data::Cname("b.test")),
                    ("b.test", Data::Cname("c.test")),
                    ("c.test", Data::A("10.0.0.1")),
                    ("x.test", Data::A("10.6.6.6")),
                ],
            ),
            "far.test" => answer(question, &[("far.test", Data::Cname("a.test"))]),
            "loop.test" => {
                answer(question, &[("loop.test", Data::Cname("pool.test")), ("pool.test", Data::Cname("loop.test"))])
            }
            "chase.test" => answer(question, &[("chase.test", Data::Cname("escape.test"))]),
            "escape.test" => answer(question, &[("escape.test", Data::Cname("chase.test"))]),
            "lost.test" => answer(question, &[("lost.test", Data::Cname("none.test"))]),
            "other.test" => answer(question, &[("x.test", Data::A("10.6.6.6"))]),
            _ => refusal(question, Rcode::NXDOMAIN),
        }]
    });
    let gate = gate(ALL);
    let of = |name: &str| asked(&gate, &options(server.address, name, RecordType::A));
    assert_eq!(of("a.test"), Ok(vec!["c.test 60 IN A 10.0.0.1".to_owned()]));
    assert_eq!(of("far.test"), Ok(vec!["c.test 60 IN A 10.0.0.1".to_owned()]));
    assert_eq!(of("loop.test"), Err("MalformedAnswer"));
    assert_eq!(of("chase.test"), Err("MalformedAnswer"));
    assert_eq!(of("lost.test"), Err("NoSuchName"));
    assert_eq!(of("other.test"), Ok(Vec::new()));
    assert!(server.asked().len() < 40, "{}", server.asked().len());
}

#[test]
fn each_no_is_told_by_its_kind() {
    let server = NameServer::new(|question, _| {
        let asked = domain::base::Message::from_octets(question).unwrap().sole_question().unwrap().qname().to_string();
        vec![match asked.as_str() {
            "refused.test" => refusal(question, Rcode::REFUSED),
            "failed.test" => refusal(question, Rcode::SERVFAIL),
            "none.test" => refusal(question, Rcode::NXDOMAIN),
            _ => answer(question, &[]),
        }]
    });
    let gate = gate(ALL);
    let error = |name: &str| dig(&gate, &options(server.address, name, RecordType::A)).map(|found| found.len());
    assert_eq!(error("empty.test").unwrap(), 0);
    assert_eq!(error("none.test").unwrap_err().kind(), "NoSuchName");
    for (name, code) in [("refused.test", "REFUSED"), ("failed.test", "SERVFAIL")] {
        let failed = error(name).unwrap_err();
        assert_eq!(failed.kind(), "Refused");
        assert!(failed.to_string().contains(code) && failed.to_string().contains(name), "{failed}");
    }
    for name in ["", "a..b", "a b", &"a".repeat(64)] {
        assert_eq!(error(name).unwrap_err().kind(), "Other", "{name:?}");
    }
    let mut wrong = options(server.address, "a.test", RecordType::A);
    wrong.server = Some("ns.rex.test".to_owned());
    assert!(dig(&gate, &wrong).unwrap_err().to_string().starts_with("failed to parse resolver IP address: "));
}

#[test]
fn the_wait_is_for_the_whole_and_each_try_is_made() {
    let server = NameServer::new(|_, _| Vec::new());
    let gate = gate(ALL);
    let silent = DigOptions {
        timeout: Duration::from_secs(1),
        tries: Some(3),
        ..options(server.address, "rex.test", RecordType::A)
    };
    let begun = Instant::now();
    let error = dig(&gate, &silent).unwrap_err();
    assert_eq!((error.kind(), error.to_string().contains("request timed out")), ("TimedOut", true));
    assert!(
        (Duration::from_millis(900)..Duration::from_millis(1800)).contains(&begun.elapsed()),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(server.asked().len(), 3);
    let none = DigOptions { timeout: Duration::ZERO, ..silent };
    assert_eq!(dig(&gate, &none).unwrap_err().kind(), "TimedOut");
    assert_eq!(server.asked().len(), 3);
}

#[test]
fn a_run_that_ends_does_not_wait_for_an_answer() {
    let server = NameServer::new(|_, _| Vec::new());
    let begun = Instant::now();
    let stop = move || (begun.elapsed() > Duration::from_millis(100)).then(|| Stopped("enough".into()));
    let gate = Gate::new(Policies::load("test", ALL).unwrap(), principal()).with_stop(stop);
    let error = dig(&gate, &options(server.address, "rex.test", RecordType::A)).unwrap_err();
    assert!(matches!(error, Error::Stopped(_)), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
}

#[test]
fn nothing_is_sent_before_name_and_server_are_permitted() {
    let server = NameServer::new(|question, _| vec![answer(question, &[("rex.test", Data::A("10.0.0.9"))])]);
    let options = options(server.address, "REX.test.", RecordType::A);
    let name = r#"permit(principal, action == sysinfo::Action::"resolve_hostname", resource == sysinfo::Hostname::"rex.test");"#;
    let to_server = format!(
        r#"permit(principal, action == network::Action::"connect", resource == network::url::"127.0.0.1")
           when {{ resource.scheme == "udp" && resource.host == "127.0.0.1" && resource.port == {} && resource.path == ""
                   && resource has ip && resource.ip.isLoopback() }};"#,
        server.address.port()
    );
    for policy in [
        "",
        name,
        to_server.as_str(),
        &format!("{name}{to_server}forbid(principal, action, resource is network::url);"),
    ] {
        assert_eq!(asked(&gate(policy), &options), Err("PermissionDenied"), "{policy}");
    }
    assert_eq!(server.asked().len(), 0);
    assert_eq!(asked(&gate(&format!("{name}{to_server}")), &options).map(|found| found.len()), Ok(1));
    let stream = DigOptions { protocol: TransportProtocol::Tcp, ..options };
    assert_eq!(asked(&gate(&format!("{name}{to_server}")), &stream), Err("PermissionDenied"));
    assert_eq!(server.asked(), [("udp", "rex.test".to_owned(), Rtype::A)]);
}
