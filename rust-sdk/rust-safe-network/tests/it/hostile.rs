//! Servers that lie, dawdle, flood or break off: each is an error of its own, in time and within bounds.

use crate::server::{Asked, Server, Wire, page, pause};
use rex_cedar_auth::Stopped;
use rex_test_utils::gate;
use rust_safe_network::{Client, Error, Method, Reason, Response, Result};
use std::cell::Cell;
use std::time::{Duration, Instant};

const ALL: &str = "permit(principal, action, resource);";

fn get(client: &Client, server: &Server) -> Result<Response> {
    client.request(Method::Get, &server.url("/")).send(&gate(ALL))
}

fn hasty() -> Client {
    Client::default().with_timeout(Duration::from_millis(400))
}

#[test]
fn what_is_no_answer_says_what_it_is() {
    let long = "a".repeat(100_000);
    for (answer, reason) in [
        (String::new(), Reason::Closed),
        ("HTTP/1.1 200 OK\r\nconte".to_owned(), Reason::Closed),
        ("SSH-2.0-OpenSSH_9\r\n".to_owned(), Reason::Protocol),
        ("HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n".to_owned(), Reason::Protocol),
        ("HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n".to_owned(), Reason::Protocol),
        ("HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab".to_owned(), Reason::Protocol),
        ("HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999\r\n\r\n".to_owned(), Reason::Protocol),
        ("HTTP/1.1 200 OK\r\nbad header\r\n\r\n".to_owned(), Reason::Protocol),
        ("HTTP/1.1 200 OK\r\n x: folded\r\n\r\n".to_owned(), Reason::Protocol),
        (format!("HTTP/1.1 200 OK\r\nx: {long}\r\n\r\n"), Reason::TooLarge),
        (format!("HTTP/1.1 200 OK\r\n{}\r\n", "x: y\r\n".repeat(500)), Reason::Protocol),
        (page("200 OK", "", "abc").replace("length: 3", "length: 9"), Reason::Closed),
        ("HTTP/1.1 200 OK\r\ncontent-length: 18446744073709551615\r\n\r\nabc".to_owned(), Reason::TooLarge),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nab".to_owned(), Reason::Closed),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nab".to_owned(), Reason::Protocol),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n-3\r\nabc".to_owned(), Reason::Protocol),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\nab".to_owned(), Reason::Protocol),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffff\r\nab".to_owned(), Reason::Closed),
        (format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{long}"), Reason::Protocol),
    ] {
        let server = Server::closing(answer.clone());
        let shown: String = answer.chars().take(90).collect();
        let error = get(&Client::default(), &server).expect_err(&shown);
        assert_eq!((error.kind(), error.reason()), ("RequestError", Some(reason)), "{shown:?}: {error}");
        let begin = format!("Failed to send a request: reason: error sending request for url ({}): ", server.url("/"));
        assert!(error.to_string().starts_with(&begin), "{error}");
    }
}

#[test]
fn what_never_ends_is_too_large_or_cut_off() {
    let flood = |head: &'static str, piece: &str| {
        let piece = piece.repeat(1000);
        Server::new(move |_, wire| {
            if wire.write_all(head.as_bytes()).is_ok() {
                while wire.write_all(piece.as_bytes()).is_ok() {}
            }
            false
        })
    };
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    for server in [flood("HTTP/1.1 200 OK\r\n\r\n", "x"), flood(chunked, &format!("1000\r\n{}\r\n", "x".repeat(4096)))]
    {
        assert_eq!(get(&Client::default(), &server).unwrap_err().reason(), Some(Reason::TooLarge));
        let answer = get(&Client::default().with_max_text_bytes(10), &server).unwrap();
        assert_eq!((answer.text().as_str(), answer.truncated), ("xxxxxxxxxx", true));
        let answer = get(&Client::default().with_max_text_bytes(0), &server).unwrap();
        assert_eq!((answer.text().as_str(), answer.truncated), ("", true));
    }
    let crumbs = flood(chunked, "1\r\nx\r\n");
    assert_eq!(get(&hasty(), &crumbs).unwrap_err().reason(), Some(Reason::Timeout));
    let trailers = flood("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n", "a: b\r\n");
    assert_eq!(get(&hasty(), &trailers).unwrap_err().reason(), Some(Reason::Timeout));
    let hints = flood("", "HTTP/1.1 102 Processing\r\n\r\n");
    assert_eq!(get(&hasty(), &hints).unwrap_err().reason(), Some(Reason::Timeout));
    let headers = flood("HTTP/1.1 200 OK\r\n", "a: b\r\n");
    assert_eq!(get(&hasty(), &headers).unwrap_err().reason(), Some(Reason::Protocol));
}

#[test]
fn a_limit_of_all_memory_is_not_taken_beforehand() {
    let server = Server::saying(page("200 OK", "", "short"));
    assert_eq!(get(&Client::default().with_max_text_bytes(u64::MAX), &server).unwrap().text(), "short");
}

#[test]
fn who_dawdles_is_left() {
    type Act = fn(&Asked, &mut dyn Wire) -> bool;
    let silent: Act = |_, _| {
        pause(3000);
        false
    };
    let head: Act = |_, wire| {
        for byte in page("200 OK", &"x: y\r\n".repeat(100), "abc").bytes() {
            if wire.write_all(&[byte]).is_err() {
                return false;
            }
            pause(10);
        }
        true
    };
    let body: Act = |_, wire| {
        let _ = wire.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n");
        while wire.write_all(b"x").is_ok() {
            pause(10);
        }
        false
    };
    for act in [silent, head, body] {
        let server = Server::new(act);
        let begun = Instant::now();
        let error = get(&hasty(), &server).unwrap_err();
        assert_eq!((error.kind(), error.reason()), ("RequestError", Some(Reason::Timeout)), "{error}");
        assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    }
}

#[test]
fn the_end_of_the_run_is_heeded_while_waiting() {
    let server = Server::new(|_, _| {
        pause(3000);
        false
    });
    let begun = Instant::now();
    let end = Cell::new(0);
    let gate = gate(ALL).with_stop(move || {
        end.set(end.get() + 1);
        (begun.elapsed() > Duration::from_millis(200)).then(|| Stopped("the time is over".into()))
    });
    let error = Client::default().request(Method::Get, &server.url("/")).send(&gate).unwrap_err();
    assert!(matches!(error, Error::Stopped(_)), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
}

#[test]
fn nothing_listens_and_nobody_reads() {
    let error = Client::default().request(Method::Get, "http://127.0.0.1:1/").send(&gate(ALL)).unwrap_err();
    assert_eq!((error.kind(), error.reason()), ("RequestError", Some(Reason::Refused)));
    let text = error.to_string();
    assert!(text.contains("error sending request for url (http://127.0.0.1:1/)") && text.contains("refused"), "{text}");

    // A server that answers at once and does not read: what is sent gets stuck, and the time ends it.
    let server = Server::new(|_, _| {
        pause(3000);
        false
    });
    let body = vec![0; 20_000_000];
    let request = hasty().request(Method::Post, &server.url("/")).with_body(&body, "a/b").unwrap();
    let begun = Instant::now();
    let ended = request.send(&gate(ALL)).unwrap_err();
    assert!(matches!(ended.reason(), Some(Reason::Timeout | Reason::Closed)), "{ended}");
    assert!(begun.elapsed() < Duration::from_millis(2500));
}

#[test]
fn more_than_was_announced_does_not_become_the_next_answer() {
    let evil = page("200 OK", "", "abc") + &page("200 OK", "", "evil");
    let server = Server::saying(evil);
    let client = Client::default();
    for _ in 0..2 {
        assert_eq!(get(&client, &server).unwrap().text(), "abc");
        pause(20);
    }
    assert_eq!(server.connections(), 2);
}
