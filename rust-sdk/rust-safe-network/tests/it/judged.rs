//! What the policy is asked for, and that nothing happens before its answer.

use crate::server::{Server, page, permits};
use rex_cedar_auth::Cause;
use rex_test_utils::gate;
use rust_safe_network::{Client, Error, Method};

fn denied(error: Error) -> rex_cedar_auth::Denied {
    match error {
        Error::PermissionDenied(denied) => denied,
        other => panic!("not a denial: {other}"),
    }
}

#[test]
fn each_method_needs_its_own_permit_and_a_denied_one_does_not_even_connect() {
    let server = Server::saying(page("200 OK", "", ""));
    for method in Method::ALL {
        let word = method.word().to_uppercase();
        let own = format!("permit(principal, action == network::Action::\"{word}\", resource);");
        let mut others = vec!["network::Action::\"connect\"".to_owned()];
        for other in Method::ALL.into_iter().filter(|other| *other != method) {
            others.push(format!("network::Action::\"{}\"", other.word().to_uppercase()));
        }
        let request = Client::default().request(method, &server.url("/x"));
        let before = server.connections();
        let error = denied(request.send(&gate(&permits(others.iter().map(String::as_str)))).unwrap_err());
        assert_eq!(server.connections(), before);
        let expected =
            format!("unauthorized to perform network::Action::\"{word}\" for network::url::\"{}\"", server.url("/x"));
        assert!(error.to_string().ends_with(&expected), "{error}");
        request.send(&gate(&own)).unwrap();
    }
}

#[test]
fn the_normal_form_is_judged_and_sent() {
    let server = Server::saying(page("200 OK", "", ""));
    let base = server.url("");
    let policy = format!(
        "permit(principal, action == network::Action::\"GET\", resource) when {{ resource.url like \"{base}/pub/*\" }};"
    );
    let gate = gate(&policy);
    let client = Client::default();
    for path in ["/pub/../secret", "/pub/%2e%2e/secret", "/pub\\..\\secret", "/pub/.\t./secret", "/%70ub/../secret"] {
        denied(client.request(Method::Get, &format!("{base}{path}")).send(&gate).unwrap_err());
    }
    assert_eq!(server.connections(), 0);
    client.request(Method::Get, &format!("{base}/secret/../%70ub/./a b#c")).send(&gate).unwrap();
    assert_eq!(server.lines(), ["GET /pub/a%20b"]);
}

#[test]
fn the_attributes_of_a_url_are_there() {
    let server = Server::saying(page("200 OK", "", ""));
    let port = server.address.port();
    let gate = gate(&format!(
        "permit(principal, action == network::Action::\"GET\", resource) when {{ resource.scheme == \"http\" && \
         resource.host == \"127.0.0.1\" && resource.port == {port} && resource.path == \"/a/b\" && !(resource has ip) }};"
    ));
    Client::default().request(Method::Get, &server.url("/a/b?c")).send(&gate).unwrap();
    denied(Client::default().request(Method::Get, &server.url("/a")).send(&gate).unwrap_err());
}

#[test]
fn an_address_needs_no_permit_but_a_forbid_holds() {
    let server = Server::saying(page("200 OK", "", ""));
    let get = "permit(principal, action == network::Action::\"GET\", resource);";
    let forbid = |when: &str| {
        format!("{get} forbid(principal, action == network::Action::\"connect\", resource) when {{ {when} }};")
    };
    let client = Client::default();
    let request = client.request(Method::Get, &server.url("/"));
    for when in [
        "resource has ip && resource.ip.isInRange(ip(\"127.0.0.0/8\"))",
        "resource.host == \"127.0.0.1\" && resource.scheme == \"tcp\"",
        &format!("resource.port == {}", server.address.port()),
    ] {
        let error = denied(request.send(&gate(&forbid(when))).unwrap_err());
        assert_eq!((error.action().uid, error.cause()), ("network::Action::\"connect\"", &Cause::Forbidden));
    }
    assert_eq!(server.connections(), 0);
    request.send(&gate(get)).unwrap();
    request.send(&gate(&forbid("resource has ip && resource.ip.isInRange(ip(\"10.0.0.0/8\"))"))).unwrap();
    assert_eq!(server.connections(), 1);
    // A connection that waits is judged again for each request.
    denied(request.send(&gate(&forbid("resource has ip && resource.ip.isLoopback()"))).unwrap_err());
    assert_eq!(server.lines().len(), 2);
}
