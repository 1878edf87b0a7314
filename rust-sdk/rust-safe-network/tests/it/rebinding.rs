//! A name that stands for one address when it is judged and for another when it is contacted: there is no such moment.
#![expect(
    clippy::disallowed_methods,
    reason = "the test starts itself in namespaces of its own, and changes a file there"
)]

use crate::server::{Server, page};
use rex_test_utils::gate;
use rust_safe_network::{Client, Error, Method, TlsOptions, tls_info};
use std::process::Command;

/// Says that the namespaces are there.
const INSIDE: &str = "REX_TEST_INSIDE_NAMES";

/// Puts an empty `/etc` in the place of the host's, then goes on as the test.
const PREPARE: &str = r#"
set -e
ip link set lo up
mount --make-rprivate /
mount -t tmpfs none /etc
exec "$0" rebinding:: --nocapture
"#;

fn name_is(addresses: &[&str]) {
    let lines: Vec<String> = addresses.iter().map(|address| format!("{address} pub.example\n")).collect();
    std::fs::write("/etc/hosts", lines.concat()).unwrap();
}

/// Whether this is the test within the namespaces; starts it there otherwise.
fn is_inside() -> bool {
    if std::env::var_os(INSIDE).is_some() {
        return true;
    }
    let mut command = Command::new("unshare");
    command.args(["--mount", "--net", "sh", "-c", PREPARE]).arg(std::env::current_exe().unwrap());
    let output = command.env(INSIDE, "1").output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
    false
}

#[test]
fn a_name_that_changes_its_address_reaches_no_forbidden_one() {
    if !is_inside() {
        return;
    }
    let public = Server::start("127.0.0.1:8000", None, |_, wire| {
        wire.write_all(page("200 OK", "", "public").as_bytes()).is_ok()
    });
    let inner =
        Server::start("127.0.0.2:8000", None, |_, wire| wire.write_all(page("200 OK", "", "inner").as_bytes()).is_ok());
    let gate = gate(
        "permit(principal, action in network::Action::\"NetworkAction\", resource) when { resource.host == \"pub.example\" }; \
         forbid(principal, action == network::Action::\"connect\", resource) when { resource has ip && resource.ip == ip(\"127.0.0.2\") };",
    );
    let get = |client: &Client| client.request(Method::Get, "http://pub.example:8000/").send(&gate);
    let denied = |result: rust_safe_network::Result<_>| matches!(result, Err(Error::PermissionDenied(_)));

    name_is(&["127.0.0.1"]);
    let client = Client::default();
    assert_eq!(get(&client).unwrap().text(), "public");
    assert_eq!(public.asked()[0].header("host"), Some("pub.example:8000"));
    name_is(&["127.0.0.2"]);
    assert!(denied(get(&Client::default()).map(drop)));
    // The connection that stands leads where it led.
    assert_eq!(get(&client).unwrap().text(), "public");
    // One that is denied is left out, and not contacted, wherever it stands.
    for addresses in [["127.0.0.2", "127.0.0.1"], ["127.0.0.1", "127.0.0.2"]] {
        name_is(&addresses);
        assert_eq!(get(&Client::default()).unwrap().text(), "public");
    }
    name_is(&["127.0.0.3", "127.0.0.2"]);
    assert!(denied(get(&Client::default()).map(drop)), "nothing listens at the one, the other is denied");
    for spelling in ["::ffff:127.0.0.2", "127.0.0.2"] {
        name_is(&[spelling]);
        assert!(denied(get(&Client::default()).map(drop)), "{spelling}");
        assert!(denied(tls_info(&gate, "pub.example", 8000, &TlsOptions::default()).map(drop)));
    }
    name_is(&[]);
    let unknown = get(&Client::default()).unwrap_err();
    assert_eq!(unknown.reason(), Some(rust_safe_network::Reason::Name), "{unknown}");
    assert_eq!((inner.connections(), public.connections()), (0, 3));
}
