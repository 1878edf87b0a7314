//! Every operation works under exactly the needs of its `# Policy`, and without any one of them is denied and changes nothing.

use crate::allow::{
    CREATE, CREATE_DIR, DELETE, DELETE_DIR, MOVE, OPEN, OPEN_DIR, READ, READ_DIR, REDACTED_READ, STAT, STAT_DIR, WRITE,
    allow, redaction,
};
use rex_cedar_auth::{Gate, Journal, Need};
use rex_test_utils::{Folder, gate_observed, policy_from_needs};
use rust_safe_io::{
    CopyOptions, Error, LineSelection, RemoveOptions, RenameOptions, ReplaceOptions, Result, Search, UsageOptions,
    WriteMode, copy, count, count_unique, field, filter, filter_field, filter_range, find, lines, list, make_dir,
    make_dirs, read, remove, rename, replace, search, sum, touch, usage, write,
};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

type Operation = fn(&Gate, &Folder) -> Result<()>;

/// `files` and `needs` of one operation; what it does shows in the folder or is compared by the operation itself.
fn hold(files: &[(&str, &str)], needs: &[Need], operation: Operation) {
    let folder = Folder::new(files);
    let asked = Rc::new(RefCell::new(BTreeSet::new()));
    let journal = Journal::observed_by({
        let asked = Rc::clone(&asked);
        move |verdict| {
            // What is asked in vain before an alternative is no need.
            if verdict.denied.is_none() {
                asked.borrow_mut().insert(Need { action: verdict.action, kind: verdict.kind });
            }
        }
    });
    operation(&gate_observed(&policy_from_needs(needs, folder.path(), ""), journal), &folder)
        .expect("allowed by exactly its needs");
    assert_eq!(*asked.borrow(), needs.iter().copied().collect(), "what was asked is what is documented");
    for left_out in needs {
        let folder = Folder::new(files);
        let before = folder.tree();
        let others: Vec<Need> = needs.iter().copied().filter(|need| need != left_out).collect();
        match operation(&allow(&folder, &others), &folder) {
            Err(Error::PermissionDenied(denied)) => {
                assert_eq!(Need { action: denied.action(), kind: denied.kind() }, *left_out);
            }
            other => panic!("without {left_out}: {other:?}"),
        }
        assert_eq!(before.changes(&folder.tree()), "", "without {left_out}");
    }
}

const FILE: &[(&str, &str)] = &[("a", "one two\nthree\n")];

#[test]
fn reading() {
    let needs = &[OPEN_DIR, OPEN, READ];
    hold(FILE, needs, |gate, folder| count(gate, &folder.at("a"), true).map(drop));
    hold(FILE, needs, |gate, folder| lines(gate, &folder.at("a"), LineSelection::new(None, Some(-1))?).map(drop));
}

#[test]
fn reading_where_redaction_is_an_alternative() {
    // `redacted_read` is asked only where `read` is denied: each operation is also held to what it asks then.
    let operations: [Operation; 9] = [
        |gate, folder| read(gate, &redaction(folder), &folder.at("a")).map(drop),
        |gate, folder| search(gate, &redaction(folder), "t", &folder.at("a"), Search::default()).map(drop),
        |gate, folder| field(gate, &redaction(folder), 1, " ", &folder.at("a")).map(drop),
        |gate, folder| filter(gate, &redaction(folder), "t", &folder.at("a")).map(drop),
        |gate, folder| filter_field(gate, &redaction(folder), 1, " ", "t", &folder.at("a")).map(drop),
        |gate, folder| sum(gate, &redaction(folder), 1, " ", &folder.at("a")).map(drop),
        |gate, folder| count_unique(gate, &redaction(folder), 1, " ", &folder.at("a")).map(drop),
        |gate, folder| filter_range(gate, &redaction(folder), 1, 2, &folder.at("a")).map(drop),
        |gate, folder| {
            replace(gate, &redaction(folder), "t", "T", &folder.at("a"), ReplaceOptions::default()).map(drop)
        },
    ];
    for operation in operations {
        hold(FILE, &[OPEN_DIR, OPEN, READ], operation);
        let folder = Folder::new(&[FILE[0], ("rex_redaction.config", "three\n")]);
        let all_needs = [OPEN_DIR, OPEN, READ, REDACTED_READ];
        let but = crate::allow::forbid("read", &folder.at("a"));
        operation(&rex_test_utils::gate(&policy_from_needs(&all_needs, folder.path(), &but)), &folder).unwrap();
        let dictionary = crate::allow::forbid("read", &folder.at("rex_redaction.config"));
        let gate = rex_test_utils::gate(&policy_from_needs(&all_needs, folder.path(), &(but + &dictionary)));
        assert_eq!(crate::allow::denied(operation(&gate, &folder)), ("read", folder.at("rex_redaction.config")));
    }
}

#[test]
fn writing() {
    let needs = &[OPEN_DIR, OPEN, CREATE, WRITE];
    hold(FILE, needs, |gate, folder| write(gate, &folder.at("a"), b"x", WriteMode::Append));
    hold(FILE, needs, |gate, folder| write(gate, &folder.at("a"), b"x", WriteMode::Replace));
    hold(&[], needs, |gate, folder| write(gate, &folder.at("new"), b"x", WriteMode::Append));
    hold(&[], needs, |gate, folder| write(gate, &folder.at("new"), b"x", WriteMode::Replace));
    hold(&[], &[OPEN_DIR, OPEN, CREATE], |gate, folder| touch(gate, &folder.at("new")));
    hold(FILE, needs, |gate, folder| touch(gate, &folder.at("a")));
    hold(FILE, &[OPEN_DIR, OPEN, READ, WRITE], |gate, folder| {
        let in_place = ReplaceOptions { in_place: true, ..ReplaceOptions::default() };
        replace(gate, &redaction(folder), "one", "1", &folder.at("a"), in_place).map(drop)
    });
}

#[test]
fn copying_and_moving() {
    let needs = &[OPEN_DIR, OPEN, CREATE, READ, WRITE];
    hold(FILE, needs, |gate, folder| copy(gate, &folder.at("a"), &folder.at("b"), CopyOptions::default()));
    hold(&[("a", "1"), ("b", "2")], needs, |gate, folder| {
        copy(gate, &folder.at("a"), &folder.at("b"), CopyOptions { force: true, preserve: true })
    });
    let plain = &[OPEN_DIR, OPEN, MOVE, CREATE];
    hold(FILE, plain, |gate, folder| {
        rename(gate, &folder.at("a"), &folder.at("b"), RenameOptions::default()).map(drop)
    });
    let over = &[OPEN_DIR, OPEN, MOVE, CREATE, DELETE];
    hold(&[("a", "1"), ("b", "2")], over, |gate, folder| {
        rename(gate, &folder.at("a"), &folder.at("b"), RenameOptions::default()).map(drop)
    });
    hold(&[("a", "1"), ("b", "2")], plain, |gate, folder| {
        rename(gate, &folder.at("a"), &folder.at("b"), RenameOptions { backup: true }).map(drop)
    });
    hold(&[("a", "1"), ("b", "2"), ("b~", "3")], over, |gate, folder| {
        rename(gate, &folder.at("a"), &folder.at("b"), RenameOptions { backup: true }).map(drop)
    });
}

#[test]
fn removing() {
    hold(FILE, &[OPEN_DIR, OPEN, DELETE], |gate, folder| remove(gate, &folder.at("a"), RemoveOptions::default()));
    let recursive = &[("d/e/f", "1"), ("d/g", "2")];
    hold(recursive, &[OPEN_DIR, READ_DIR, DELETE_DIR, DELETE], |gate, folder| {
        remove(gate, &folder.at("d"), RemoveOptions { recursive: true, force: false })
    });
}

#[test]
fn directories() {
    let tree = &[("d/e/f", "1"), ("d/g", "2")];
    hold(tree, &[OPEN_DIR, READ_DIR], |gate, folder| list(gate, &folder.at("d"), true).map(drop));
    hold(tree, &[OPEN_DIR, READ_DIR], |gate, folder| find(gate, "*", &folder.at("d"), true).map(drop));
    hold(&[("d/", "")], &[OPEN_DIR, READ_DIR, STAT_DIR], |gate, folder| {
        usage(gate, &folder.at("d"), UsageOptions::default()).map(drop)
    });
    hold(&[("d/", "")], &[OPEN_DIR, CREATE_DIR], |gate, folder| make_dir(gate, &folder.at("d/new")));
    hold(&[("d/", "")], &[OPEN_DIR, CREATE_DIR], |gate, folder| make_dirs(gate, &folder.at("d/new/a/b")));
}

#[test]
fn usage_of_files_asks_stat_on_each() {
    let folder = Folder::new(&[("d/g", "2"), ("d/e/f", "1")]);
    let gate = allow(&folder, &[OPEN_DIR, READ_DIR, STAT_DIR, STAT]);
    let usage = usage(&gate, &folder.at("d"), UsageOptions { apparent_size: true, ..UsageOptions::default() }).unwrap();
    assert_eq!((usage.total_inode_count, usage.skipped.len()), (4, 0));
}
