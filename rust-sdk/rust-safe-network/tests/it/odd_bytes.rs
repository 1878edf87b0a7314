//! Whatever a server sends, there is an answer or an error, in time.

use crate::server::Server;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rex_test_utils::gate;
use rust_safe_network::{Client, Method};
use std::cell::Cell;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What answers are made of.
const PARTS: [&str; 25] = [
    "HTTP/1.1 200 OK\r\n",
    "HTTP/1.1 302 Found\r\n",
    "HTTP/1.1 100 Continue\r\n\r\n",
    "HTTP/1.1 101 Switching Protocols\r\n",
    "HTTP/1.1 204 No Content\r\n",
    "HTTP/1.0 200\r\n",
    "HTTP/2 200 OK\r\n",
    "content-length: 3\r\n",
    "content-length: 0\r\n",
    "Content-Length: 18446744073709551615\r\n",
    "transfer-encoding: chunked\r\n",
    "transfer-encoding: gzip, chunked\r\n",
    "connection: close\r\n",
    "connection: keep-alive\r\n",
    "location: /\r\n",
    "location: http://[\r\n",
    "x: \r\n",
    "\r\n",
    "\n",
    "abc",
    "3\r\nabc\r\n",
    "0\r\n\r\n",
    "ffffffffffffffff\r\n",
    ";\r\n",
    ":",
];

fn part() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        9 => prop::sample::select(&PARTS[..]).prop_map(|part| part.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..8),
    ]
}

#[test]
fn no_answer_is_too_odd() {
    let answer = Arc::new(Mutex::new(Vec::new()));
    let said = Arc::clone(&answer);
    let server = Server::new(move |_, wire| {
        let bytes: Vec<u8> = said.lock().unwrap().clone();
        wire.write_all(&bytes).is_err()
    });
    let client = Client::default().with_timeout(Duration::from_secs(2)).with_redirects(2);
    let (gate, url) = (gate("permit(principal, action, resource);"), server.url("/"));
    let (well, failed) = (Cell::new(0), Cell::new(0));
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(1500) });
    let parts = (prop::collection::vec(part(), 0..10), 0..Method::ALL.len());
    let outcome = runner.run(&parts, |(parts, method)| {
        let begun = Instant::now();
        *answer.lock().unwrap() = parts.concat();
        match client.request(Method::ALL[method], &url).send(&gate) {
            Ok(_) => well.set(well.get() + 1),
            Err(error) => {
                prop_assert!(error.reason().is_some(), "{error}");
                failed.set(failed.get() + 1);
            }
        }
        prop_assert!(begun.elapsed() < Duration::from_secs(4));
        Ok(())
    });
    outcome.unwrap();
    assert!(well.get() > 10 && failed.get() > 10, "{well:?} {failed:?}");
}
