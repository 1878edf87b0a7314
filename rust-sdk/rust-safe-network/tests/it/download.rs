//! Downloads: the file has the old content or the whole new one.

use crate::server::{Server, page, permits};
use rex_test_utils::{Folder, gate};
use rust_safe_network::{Client, Error, Method, Reason};

const ALL: &str = "permit(principal, action, resource);";

#[test]
fn a_file_gets_the_body_of_any_length() {
    let body: Vec<u8> = (0..30_000_000_u32).map(|n| n.to_le_bytes()[1]).collect();
    let answer =
        [format!("HTTP/1.1 200 OK\r\netag: x\r\ncontent-length: {}\r\n\r\n", body.len()).as_bytes(), &body].concat();
    let server = Server::saying(answer);
    let folder = Folder::new(&[("old", "old content")]);
    let (gate, client) = (gate(ALL), Client::default());
    for name in ["old", "new"] {
        let answer = client.request(Method::Get, &server.url("/")).download(&gate, &folder.at(name)).unwrap();
        assert_eq!((answer.status, answer.body.len(), answer.header("etag").as_deref()), (200, 0, Some("x")));
        assert!(folder.bytes(name) == body);
    }
    assert_eq!((server.connections(), folder.tree().names().len()), (1, 2));
}

#[test]
fn what_fails_on_the_way_leaves_the_file_as_it_was() {
    let folder = Folder::new(&[("old", "old content")]);
    let before = folder.tree();
    for (answer, reason) in [
        (page("200 OK", "", "abc").replace("length: 3", "length: 9"), Some(Reason::Closed)),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n".to_owned(), Some(Reason::Protocol)),
        (String::new(), Some(Reason::Closed)),
        (page("404 Not Found", "", "no such page"), None),
    ] {
        let server = Server::closing(answer);
        for name in ["old", "new"] {
            let result =
                Client::default().request(Method::Get, &server.url("/")).download(&gate(ALL), &folder.at(name));
            match reason {
                Some(reason) => assert_eq!(result.unwrap_err().reason(), Some(reason)),
                None => assert_eq!(result.unwrap().text(), "no such page"),
            }
            assert_eq!(before.changes(&folder.tree()), "");
        }
    }
}

#[test]
fn each_part_of_it_has_to_be_permitted_before_anything_is_sent() {
    let server = Server::saying(page("200 OK", "", "abc"));
    let folder = Folder::new(&[("old", "old content")]);
    let before = folder.tree();
    let rights = [
        "file_system::Action::\"open\"",
        "file_system::Action::\"create\"",
        "file_system::Action::\"write\"",
        "network::Action::\"GET\"",
    ];
    for missing in rights {
        let policy = permits(rights.into_iter().filter(|right| *right != missing));
        let error = Client::default()
            .request(Method::Get, &server.url("/"))
            .download(&gate(&policy), &folder.at("old"))
            .unwrap_err();
        let Error::PermissionDenied(denied) = error else { panic!("{error}") };
        assert_eq!(denied.action().uid, missing);
    }
    assert_eq!((server.connections(), before.changes(&folder.tree())), (0, String::new()));
    let all = gate(&permits(rights));
    Client::default().request(Method::Get, &server.url("/")).download(&all, &folder.at("old")).unwrap();
    assert_eq!(folder.text("old"), "abc");
}
