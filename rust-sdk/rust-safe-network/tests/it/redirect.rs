//! Redirects: each is judged as a request of its own, and carries no secret elsewhere.

use crate::server::{Server, page};
use rex_test_utils::gate;
use rust_safe_network::{Client, Error, Method, Reason};

const ALL: &str = "permit(principal, action, resource);";

fn moved(status: u16, location: &str) -> String {
    page(&format!("{status} Moved"), &format!("location: {location}\r\n"), "elsewhere")
}

/// A server that sends every path but `/end` on to `location`.
fn leading(status: u16, location: String) -> Server {
    Server::new(move |asked, wire| {
        let answer = if asked.path() == "/end" { page("200 OK", "", "here") } else { moved(status, &location) };
        wire.write_all(answer.as_bytes()).is_ok()
    })
}

#[test]
fn redirects_are_followed_as_often_as_asked() {
    let server = Server::new(|asked, wire| {
        let hop: u32 = asked.path().trim_start_matches("/hop").parse().unwrap_or(0);
        let answer = if hop == 0 { page("200 OK", "", "end") } else { moved(302, &format!("hop{}", hop - 1)) };
        wire.write_all(answer.as_bytes()).is_ok()
    });
    let (gate, client) = (gate(ALL), Client::default());
    let get = |client: &Client, path: &str| client.request(Method::Get, &server.url(path)).send(&gate);
    let answer = get(&client, "/hop10").unwrap();
    assert_eq!((answer.text().as_str(), answer.url), ("end", server.url("/hop0")));
    assert_eq!(server.connections(), 1);
    let error = get(&client, "/hop11").unwrap_err();
    assert_eq!(error.reason(), Some(Reason::Redirect));
    assert!(error.to_string().contains("too many redirects"), "{error}");
    let stays = get(&client.with_redirects(0), "/hop3").unwrap();
    assert_eq!((stays.status, stays.header("location").as_deref()), (302, Some("hop2")));
    assert_eq!(get(&client.with_redirects(3), "/hop3").unwrap().text(), "end");
    assert_eq!(get(&client.with_redirects(2), "/hop3").unwrap_err().reason(), Some(Reason::Redirect));
}

#[test]
fn where_a_redirect_leads_is_judged_before_it_is_contacted() {
    let inner = Server::saying(page("200 OK", "", "secret"));
    for location in [inner.url("/x"), "/secret".to_owned(), format!("//{}/x", inner.address)] {
        let outer = leading(302, location);
        let policy = format!(
            "permit(principal, action == network::Action::\"GET\", resource) when {{ resource.url like \"{}*\" }};",
            outer.url("/pub")
        );
        let error = Client::default().request(Method::Get, &outer.url("/pub")).send(&gate(&policy)).unwrap_err();
        assert!(matches!(error, Error::PermissionDenied(_)), "{error}");
        assert_eq!(outer.lines(), ["GET /pub"]);
    }
    assert_eq!(inner.connections(), 0);
}

#[test]
fn what_a_redirect_must_not_lead_to() {
    for location in [
        "file:///etc/passwd",
        "ftp://127.0.0.1/",
        "http://user:pw@127.0.0.1/",
        "http://[",
        "gopher://a/",
        "http://127.0.0.1:1/..%2fa",
    ] {
        let server = leading(302, location.to_owned());
        let error = Client::default().request(Method::Get, &server.url("/")).send(&gate(ALL)).unwrap_err();
        assert_eq!((error.kind(), error.reason()), ("RequestError", Some(Reason::Redirect)), "{location}: {error}");
        assert!(!error.to_string().contains("pw"), "{error}");
    }
    let nowhere = Server::saying(page("302 Found", "", "no place"));
    assert_eq!(Client::default().request(Method::Get, &nowhere.url("/")).send(&gate(ALL)).unwrap().text(), "no place");
}

#[test]
fn secrets_stay_with_the_origin_they_were_given_for() {
    let (gate, client) = (gate(ALL), Client::default());
    let other = Server::saying(page("200 OK", "", ""));
    for (location, stays) in [("/end".to_owned(), true), (other.url("/end"), false)] {
        let server = leading(307, location);
        let request = client.request(Method::Post, &server.url("/start")).with_body(b"data", "text/plain").unwrap();
        let request = request.with_header("Authorization", "Bearer secret").unwrap();
        let request = request.with_header("Cookie", "secret").unwrap().with_header("X-Api-Key", "secret").unwrap();
        request.send(&gate).unwrap();
        let asked = if stays { server.asked().remove(1) } else { other.asked().remove(0) };
        assert_eq!(asked.line(), "POST /end");
        assert_eq!((asked.body.as_slice(), asked.header("content-type")), (&b"data"[..], Some("text/plain")));
        assert_eq!(asked.head.contains("secret"), stays, "{}", asked.head);
    }
}

#[test]
fn the_method_becomes_what_the_status_says() {
    for (status, method, then) in [
        (301, Method::Post, "GET"),
        (302, Method::Post, "GET"),
        (303, Method::Post, "GET"),
        (307, Method::Post, "POST"),
        (308, Method::Put, "PUT"),
        (302, Method::Put, "PUT"),
        (303, Method::Delete, "GET"),
        (303, Method::Head, "HEAD"),
        (302, Method::Get, "GET"),
    ] {
        let server = leading(status, "/end".to_owned());
        let mut request =
            Client::default().with_timeout(std::time::Duration::from_secs(5)).request(method, &server.url("/start"));
        if matches!(method, Method::Post | Method::Put) {
            request = request.with_body(b"data", "text/plain").unwrap();
        }
        if method == Method::Head {
            // The answer to HEAD has no body, and this server sends one: it is no part of the next answer.
            let _ = request.send(&gate(ALL));
            continue;
        }
        request.send(&gate(ALL)).unwrap();
        let asked = server.asked().remove(1);
        assert_eq!(asked.line(), format!("{then} /end"), "{status} {method:?}");
        assert_eq!(asked.body.is_empty(), then == "GET");
        // Each of the two needs its own permit.
        if then == "GET" && method != Method::Get {
            let word = method.word().to_uppercase();
            let only =
                rex_test_utils::gate(&format!("permit(principal, action == network::Action::\"{word}\", resource);"));
            assert!(matches!(request.send(&only), Err(Error::PermissionDenied(_))));
        }
    }
}
