//! Name servers, and others that send packets, that mean no good.

use crate::name_server::{Data, NameServer, answer, framed};
use crate::names::{ALL, asked, options};
use rex_test_utils::gate;
use rust_safe_network::{DigOptions, RecordType, TransportProtocol};
use std::time::Duration;

const GOOD: &[(&str, Data)] = &[("rex.test", Data::A("10.0.0.9"))];

/// The length of a question for `rex.test`.
const QUESTION: usize = 12 + 10 + 4;

/// Ways to make an answer to another question of it, or no answer at all.
fn strange(good: &[u8]) -> Vec<Vec<u8>> {
    let with = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut packet = good.to_vec();
        change(&mut packet);
        packet
    };
    vec![
        Vec::new(),
        vec![0; 11],
        with(&|packet| packet[0] ^= 1),
        with(&|packet| packet[2] &= 0x7f),
        with(&|packet| packet[2] |= 0x20),
        with(&|packet| packet[13] ^= 1),
        with(&|packet| packet[QUESTION - 3] = 28),
        with(&|packet| packet[QUESTION - 1] = 3),
        with(&|packet| packet[5] = 0),
        with(&|packet| packet[5] = 2),
        with(&|packet| packet.truncate(15)),
    ]
}

/// Ways to break the answer behind the question.
fn broken(good: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let with = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut packet = good.to_vec();
        change(&mut packet);
        packet
    };
    let end = good.len();
    vec![
        ("more records than there are", with(&|packet| packet[7] = 9)),
        ("very many records", with(&|packet| packet[6] = 0xff)),
        ("cut off in the address", with(&|packet| packet.truncate(end - 2))),
        ("cut off in the head", with(&|packet| packet.truncate(QUESTION + 5))),
        ("a length beyond the end", with(&|packet| packet[end - 5] = 200)),
        (
            "an address of three bytes",
            with(&|packet| {
                packet[end - 5] = 3;
                packet.pop();
            }),
        ),
        (
            "an address of five bytes",
            with(&|packet| {
                packet[end - 5] = 5;
                packet.push(0);
            }),
        ),
        (
            "a name that is itself",
            with(&|packet| drop(packet.splice(QUESTION.., [0xc0, 26, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 1, 2, 3, 4]))),
        ),
        (
            "a name ahead",
            with(&|packet| drop(packet.splice(QUESTION.., [0xc0, 40, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 1, 2, 3, 4]))),
        ),
        (
            "a label of an unknown kind",
            with(&|packet| drop(packet.splice(QUESTION.., [0x80, 40, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 1, 2, 3, 4]))),
        ),
    ]
}

#[test]
fn what_is_no_answer_is_passed_over_until_the_answer_comes() {
    let server = NameServer::new(|question, _| {
        let good = answer(question, GOOD);
        let mut packets = strange(&good);
        packets.push(good);
        packets
    });
    let found = asked(&gate(ALL), &options(server.address, "rex.test", RecordType::A));
    assert_eq!(found, Ok(vec!["rex.test 60 IN A 10.0.0.9".to_owned()]));
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn each_thing_that_is_no_answer_alone_is_none() {
    for number in 0..strange(&[0; QUESTION + 16]).len() {
        let server = NameServer::new(move |question, _| vec![strange(&answer(question, GOOD)).swap_remove(number)]);
        let options = DigOptions {
            timeout: Duration::from_millis(400),
            tries: Some(1),
            ..options(server.address, "rex.test", RecordType::A)
        };
        assert_eq!(asked(&gate(ALL), &options), Err("TimedOut"), "{number}");
    }
}

#[test]
fn each_broken_answer_is_malformed_over_packets_and_streams() {
    for number in 0..broken(&[0; QUESTION + 16]).len() {
        let server = NameServer::new(move |question, stream| {
            let packet = broken(&answer(question, GOOD)).swap_remove(number).1;
            vec![if stream { framed(packet) } else { packet }]
        });
        for protocol in [TransportProtocol::Auto, TransportProtocol::Tcp] {
            let options = DigOptions { protocol, tries: Some(1), ..options(server.address, "rex.test", RecordType::A) };
            let what = broken(&[0; QUESTION + 16]).swap_remove(number).0;
            assert_eq!(asked(&gate(ALL), &options), Err("MalformedAnswer"), "{what}");
        }
    }
}

#[test]
fn streams_that_end_early_or_say_something_else_are_malformed() {
    for kind in 0..4 {
        let server = NameServer::new(move |question, _| {
            let good = framed(answer(question, GOOD));
            match kind {
                0 => Vec::new(),
                1 => vec![good[..1].to_vec()],
                2 => vec![good[..good.len() - 1].to_vec()],
                _ => vec![framed(strange(&good[2..]).swap_remove(2))],
            }
        });
        let options = DigOptions {
            protocol: TransportProtocol::Tcp,
            tries: Some(1),
            ..options(server.address, "rex.test", RecordType::A)
        };
        assert_eq!(asked(&gate(ALL), &options), Err("MalformedAnswer"), "{kind}");
    }
}

#[test]
fn a_flood_of_packets_does_not_keep_it_beyond_its_time() {
    let server = NameServer::new(|question, _| {
        let wrong = strange(&answer(question, GOOD)).swap_remove(2);
        vec![wrong; 3000]
    });
    let options = DigOptions {
        timeout: Duration::from_secs(1),
        tries: Some(1),
        ..options(server.address, "rex.test", RecordType::A)
    };
    let begun = std::time::Instant::now();
    assert_eq!(asked(&gate(ALL), &options), Err("TimedOut"));
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
}
