//! Requests and answers as they should be.

use crate::server::{Server, has_ipv6, page, pause};
use rex_test_utils::gate;
use rust_safe_io::Elsewhere;
use rust_safe_network::{Client, Method, Reason};

const ALL: &str = "permit(principal, action, resource);";

#[test]
fn an_answer_has_status_headers_and_body() {
    let server = Server::saying(page("503 Busy", "X-Load: 9\r\nx-load: ü\r\nRetry-After: 5\r\n", "später"));
    let answer = Client::default().request(Method::Get, &server.url("/a?b#c")).send(&gate(ALL)).unwrap();
    assert_eq!((answer.status, answer.text().as_str(), answer.truncated), (503, "später", false));
    assert_eq!(answer.header("X-LOAD").as_deref(), Some("9, ü"));
    assert_eq!(answer.url, server.url("/a?b"));
    let asked = &server.asked()[0];
    assert_eq!(asked.line(), "GET /a?b");
    assert_eq!(asked.header("host"), Some(server.address.to_string().as_str()));
    assert_eq!(asked.head.lines().filter(|line| line.to_lowercase().starts_with("host:")).count(), 1);
}

#[test]
fn each_method_sends_its_word_and_body() {
    let server = Server::new(|asked, wire| {
        let head = asked.line().starts_with("HEAD");
        let body = if head { "" } else { "done" };
        wire.write_all(format!("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n{body}").as_bytes()).is_ok()
    });
    let (gate, client) = (gate(ALL), Client::default());
    for method in Method::ALL {
        let mut request = client.request(method, &server.url("/m"));
        let with_body = request.with_body(b"\x00data\xff", "application/octet-stream");
        if matches!(method, Method::Get | Method::Head) {
            assert_eq!(with_body.unwrap_err().reason(), Some(Reason::Request));
        } else {
            request = with_body.unwrap();
        }
        let answer = request.send(&gate).unwrap();
        assert_eq!(answer.text(), if method == Method::Head { "" } else { "done" });
    }
    let asked = server.asked();
    let lines: Vec<_> = asked.iter().map(|asked| (asked.line(), asked.body.len())).collect();
    let expected = [("GET /m", 0), ("HEAD /m", 0), ("POST /m", 6), ("PUT /m", 6), ("PATCH /m", 6), ("DELETE /m", 6)];
    assert_eq!(lines, expected);
    assert_eq!(asked[2].body, b"\x00data\xff");
    assert_eq!(asked[2].header("content-type"), Some("application/octet-stream"));
    assert_eq!(server.connections(), 1);

    client.request(Method::Post, &server.url("/empty")).send(&gate).unwrap();
    assert_eq!(server.asked()[6].header("content-length"), Some("0"));
}

#[test]
fn headers_and_parameters_stay_what_they_are() {
    let server = Server::saying(page("200 OK", "", ""));
    let (gate, client) = (gate(ALL), Client::default());
    let request = client.request(Method::Get, &server.url("/q?a=1"));
    for (name, value) in [
        ("x\r\nhost", "a"),
        ("x", "a\r\nHost: evil"),
        ("x", "a\nb"),
        ("x", "a\0b"),
        ("", "a"),
        ("a b", "c"),
        ("Host", "evil"),
        ("content-LENGTH", "3"),
        ("Transfer-Encoding", "chunked"),
        ("connection", "close"),
        ("x", &"y".repeat(70_000)),
    ] {
        let error = request.with_header(name, value).unwrap_err();
        assert_eq!((error.kind(), error.reason()), ("RequestError", Some(Reason::Request)), "{name}: {error}");
    }
    let request = request.with_header("X-Token", "one").unwrap().with_header("x-token", "two").unwrap();
    let request = request.with_query("b c", "d&e=f").with_query("g", "ü");
    request.send(&gate).unwrap();
    let asked = &server.asked()[0];
    assert_eq!(asked.line(), "GET /q?a=1&b+c=d%26e%3Df&g=%C3%BC");
    assert_eq!(asked.header("x-token"), Some("two"));
    assert!(!asked.head.contains("one"));
    assert_eq!(request.url(), server.url("/q?a=1"));
}

#[test]
fn a_large_body_arrives_whole_both_ways() {
    let server = Server::new(|asked, wire| {
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", asked.body.len());
        wire.write_all(head.as_bytes()).is_ok() && wire.write_all(&asked.body).is_ok()
    });
    let body: Vec<u8> = (0..5_000_000_u32).map(|n| n.to_le_bytes()[1]).collect();
    let request = Client::default().request(Method::Put, &server.url("/")).with_body(&body, "a/b").unwrap();
    assert_eq!(request.send(&gate(ALL)).unwrap().body, body);
}

#[test]
fn connections_are_kept_and_shared_by_copies_of_a_client() {
    let server = Server::new(|asked, wire| {
        let answer = match asked.path() {
            "/chunked" => "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n".to_owned(),
            "/none" => "HTTP/1.1 204 No Content\r\n\r\n".to_owned(),
            _ => page("200 OK", "", "abc"),
        };
        wire.write_all(answer.as_bytes()).is_ok()
    });
    let (gate, client) = (gate(ALL), Client::default());
    for round in 0..5 {
        for path in ["/", "/chunked", "/none"] {
            let client = client.with_redirects(round).with_max_text_bytes(100);
            client.request(Method::Get, &server.url(path)).send(&gate).unwrap();
        }
    }
    assert_eq!(server.connections(), 1);
    Client::default().request(Method::Get, &server.url("/")).send(&gate).unwrap();
    assert_eq!(server.connections(), 2, "another client has connections of its own");
    // What the limit leaves unread does not become the next answer.
    let short = client.with_max_text_bytes(2).request(Method::Get, &server.url("/")).send(&gate).unwrap();
    assert_eq!((short.text().as_str(), short.truncated), ("ab", true));
    assert_eq!(client.request(Method::Get, &server.url("/")).send(&gate).unwrap().text(), "abc");
    assert_eq!(server.connections(), 3);
}

#[test]
fn connections_are_those_of_the_namespaces_they_were_made_in() {
    let server = Server::saying(page("200 OK", "", "abc"));
    let (gate, client) = (gate(ALL), Client::default());
    let get = || client.request(Method::Get, &server.url("/")).send(&gate).unwrap();
    get();
    {
        let _elsewhere = Elsewhere::begin(false).unwrap();
        get();
        get();
        assert_eq!(server.connections(), 3);
    }
    get();
    assert_eq!(server.connections(), 3);
}

#[test]
fn a_connection_that_the_server_gave_up_is_not_used_again() {
    let server = Server::closing(page("200 OK", "", "abc"));
    let (gate, client) = (gate(ALL), Client::default());
    for _ in 0..3 {
        // Nobody would send it twice: that the connection is closed has to be seen before.
        assert_eq!(client.request(Method::Post, &server.url("/")).send(&gate).unwrap().text(), "abc");
        pause(30);
    }
    assert_eq!((server.connections(), server.lines().len()), (3, 3));
}

#[test]
fn what_did_not_get_through_is_sent_again_only_where_that_does_no_harm() {
    // The second request on a connection is taken in and not answered.
    let server = Server::new(|asked, wire| {
        asked.path() == "/first" && wire.write_all(page("200 OK", "", "abc").as_bytes()).is_ok()
    });
    let (gate, client) = (gate(ALL), Client::default());
    for (method, times) in [(Method::Post, 1), (Method::Get, 2)] {
        client.request(Method::Get, &server.url("/first")).send(&gate).unwrap();
        let before = server.lines().len();
        let error = client.request(method, &server.url("/second")).send(&gate).unwrap_err();
        assert_eq!(error.reason(), Some(Reason::Closed), "{error}");
        assert_eq!(server.lines().len() - before, times, "{method:?}");
    }
}

#[test]
fn bodies_end_in_each_way_that_they_may() {
    for (answer, expected) in [
        ("HTTP/1.1 200 OK\r\n\r\nuntil the end", "until the end"),
        ("HTTP/1.0 200 OK\r\n\r\nold", "old"),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2;x=y\r\nab\r\n1\r\nc\r\n0\r\nt: v\r\n\r\n", "abc"),
        ("HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n", ""),
        (
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nx",
            "x",
        ),
        ("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nok\u{0}\u{1b}!", "ok\u{0}\u{1b}!"),
    ] {
        let server = Server::closing(answer);
        let answer = Client::default().request(Method::Get, &server.url("/")).send(&gate(ALL)).unwrap();
        assert_eq!(answer.text(), expected);
    }
    let server = Server::closing(&b"HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\nok\xff\xfeend"[..]);
    let answer = Client::default().request(Method::Get, &server.url("/")).send(&gate(ALL)).unwrap();
    assert_eq!((answer.text().as_str(), answer.body.len()), ("ok\u{fffd}\u{fffd}end", 7));
}

#[test]
fn every_character_that_a_url_may_have_is_sent_as_it_was_judged() {
    let server = Server::saying(page("200 OK", "", ""));
    let (gate, client) = (gate(ALL), Client::default());
    for character in ('!'..='~').chain(['ü', '\u{1f600}', '\u{a0}']).filter(|character| !"#%".contains(*character)) {
        for place in [format!("/a{character}b"), format!("/?a{character}b"), format!("/{character}")] {
            let answer = client.request(Method::Get, &server.url(&place)).send(&gate).unwrap();
            let target = answer.url.strip_prefix(&server.url("")).unwrap().to_owned();
            assert_eq!(server.asked().last().unwrap().path(), target, "{place}");
        }
    }
}

#[test]
fn addresses_of_ipv6_are_reached() {
    if !has_ipv6() {
        eprintln!("skipped: there is no ::1 here");
        return;
    }
    let server = Server::start("[::1]:0", None, |_, wire| wire.write_all(page("200 OK", "", "six").as_bytes()).is_ok());
    let port = server.address.port();
    let policy = format!(
        "permit(principal, action == network::Action::\"GET\", resource == network::url::\"http://[::1]:{port}/\") \
         when {{ resource.host == \"::1\" }}; \
         forbid(principal, action == network::Action::\"connect\", resource) when {{ resource has ip && !resource.ip.isIpv6() }};"
    );
    let request = Client::default().request(Method::Get, &format!("http://[0:0::1]:{port}"));
    assert_eq!(request.send(&gate(&policy)).unwrap().text(), "six");
    assert_eq!(server.asked()[0].header("host"), Some(format!("[::1]:{port}").as_str()));
}
