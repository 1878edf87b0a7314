//! The journal of a real journald, held to what journalctl says.

use crate::beside_systemd::{NOBODY, again, all_but, beside, gate};
use rust_safe_process_mgmt::journal::{JournalEntry, JournalOptions, journal};
use rust_safe_process_mgmt::systemd::start;
use rust_sdk_common_utils::DateTime;
use std::process::Command;

fn options(change: impl FnOnce(&mut JournalOptions)) -> JournalOptions {
    let mut options = JournalOptions::default();
    change(&mut options);
    options
}

fn of_unit(unit: &str) -> JournalOptions {
    options(|options| options.unit(unit))
}

/// What `unit` wrote itself, once journald has it.
fn written(gate: &rex_cedar_auth::Gate, unit: &str) -> Vec<JournalEntry> {
    assert!(Command::new("journalctl").arg("--sync").status().unwrap().success());
    journal(gate, &of_unit(unit)).unwrap().entries
}

#[test]
fn a_unit_is_read_as_it_wrote() {
    beside("journal::a_unit_is_read_as_it_wrote", || {
        let all = all_but("");
        start(&all, "speaking.service").unwrap();
        let entries = written(&gate(&[("journal", "speaking.service")], ""), "speaking.service");
        let own: Vec<_> = entries.iter().filter(|entry| entry.identifier.as_deref() == Some("speaker")).collect();
        assert_eq!(own.len(), 3, "{entries:?}");
        assert_eq!((own[0].message.as_str(), own[0].priority), ("first words", Some(6)));
        assert_eq!((own[1].message.as_str(), own[1].priority), ("an error", Some(3)));
        assert!(own[2].message.starts_with("0123456789 a long line") && own[2].message.ends_with(" end"));
        assert!(own[2].message.len() > 8000, "it was packed");
        assert!(own.iter().all(|entry| entry.unit.as_deref() == Some("speaking.service") && entry.uid == Some(0)));
        let manager = entries.iter().filter(|entry| entry.pid == Some(1));
        assert!(manager.count() >= 2, "what the manager says of the unit belongs to it: {entries:?}");

        let of = |change: &dyn Fn(&mut JournalOptions)| {
            let options = options(|options| {
                options.unit("speaking.service");
                change(options);
            });
            journal(&all, &options).unwrap().entries
        };
        assert_eq!(of(&|options| options.priority(3).unwrap()), [own[1].clone()]);
        assert_eq!(of(&|options| options.contains("t wor")), [own[0].clone()]);
        assert_eq!(of(&|options| options.limit(1).unwrap()), [entries.last().unwrap().clone()]);
        assert_eq!(of(&|options| options.until(own[0].time)).last(), Some(own[0]));
        assert_eq!(of(&|options| options.since(own[1].time)).first(), Some(own[1]));
        assert!(of(&|options| options.since(own[2].time.plus_seconds(3600).unwrap())).is_empty());
    });
}

#[test]
fn the_whole_is_what_journalctl_shows() {
    beside("journal::the_whole_is_what_journalctl_shows", || {
        let all = all_but("");
        start(&all, "talking.service").unwrap();
        written(&all, "talking.service");
        // Other tests write meanwhile: what is compared ends with what there is now.
        let now = journal(&all, &options(|options| options.limit(50).unwrap())).unwrap().entries;
        let (first, last) = (now.first().unwrap().time, now.last().unwrap().time);
        let bounded = options(|options| {
            options.since(first);
            options.until(last);
        });
        let ours = journal(&all, &bounded).unwrap();
        assert_eq!((ours.hidden, ours.unreadable, ours.cut), (0, (0, 0), false));
        assert!(ours.entries.len() >= 50);
        let at =
            |word: &str, time: DateTime| format!("--{word}=@{}.{:06}", time.epoch_seconds(), time.nanosecond() / 1000);
        let output =
            Command::new("journalctl").args(["-o", "cat", &at("since", first), &at("until", last)]).output().unwrap();
        let theirs = String::from_utf8_lossy(&output.stdout).into_owned();
        let ours: String = ours.entries.iter().map(|entry| entry.message.clone() + "\n").collect();
        assert_eq!(ours, theirs);
    });
}

#[test]
fn each_entry_is_judged_by_its_unit() {
    beside("journal::each_entry_is_judged_by_its_unit", || {
        let all = all_but("");
        start(&all, "whispering.service").unwrap();
        start(&all, "talking.service").unwrap();
        assert!(written(&all, "whispering.service").iter().any(|entry| entry.message == "secret words"));
        let one = gate(&[("journal", "talking.service")], "");
        assert_eq!(journal(&one, &of_unit("whispering.service")).unwrap_err().kind(), "PermissionDenied");
        assert_eq!(
            journal(&one, &JournalOptions::default()).unwrap_err().kind(),
            "PermissionDenied",
            "that is the manager's"
        );
        assert!(!journal(&one, &of_unit("talking.service")).unwrap().entries.is_empty());

        let but = all_but(
            "forbid(principal, action == systemd::Action::\"journal\", resource == systemd::Service::\"whispering.service\");",
        );
        let read = journal(&but, &JournalOptions::default()).unwrap();
        assert!(read.hidden > 0);
        assert!(read.entries.iter().any(|entry| entry.unit.as_deref() == Some("talking.service")));
        assert!(!read.entries.iter().any(|entry| entry.unit.as_deref() == Some("whispering.service")));
        assert!(!read.entries.iter().any(|entry| entry.message.contains("secret words")));

        let manager =
            "permit(principal, action == systemd::Action::\"journal\", resource == systemd::Systemd::\"systemd\");";
        let read = journal(&gate(&[], manager), &JournalOptions::default()).unwrap();
        assert!(read.entries.iter().all(|entry| entry.unit.is_none()));
    });
}

#[test]
fn what_a_program_says_of_itself_makes_it_no_other_unit() {
    beside("journal::what_a_program_says_of_itself_makes_it_no_other_unit", || {
        let all = all_but("");
        start(&all, "pretending.service").unwrap();
        let entries = written(&all, "pretending.service");
        assert!(entries.iter().any(|entry| entry.message == "I am another"), "{entries:?}");
        assert!(!written(&all, "pretended.service").iter().any(|entry| entry.message == "I am another"));
    });
}

#[test]
fn another_account_is_told_what_it_lacks() {
    let name = "journal::another_account_is_told_what_it_lacks";
    beside(name, || {
        again(name, "journalctl --sync", NOBODY, || {
            let error = journal(&all_but(""), &JournalOptions::default()).unwrap_err();
            assert_eq!(error.kind(), "PrivilegeError", "{error}");
        });
    });
}

#[test]
fn links_and_pipes_in_place_of_files_are_left_out() {
    let name = "journal::links_and_pipes_in_place_of_files_are_left_out";
    let before = "journalctl --sync && cd /run/log/journal/*/ && d=$PWD && mount -t tmpfs none $d && cd $d && mkfifo a.journal && ln -s /etc/passwd b.journal \
                  && mkdir c.journal && head -c 100000 /dev/urandom > d.journal && : > e.journal~";
    beside(name, || {
        again(name, before, &[], || {
            let read = journal(&all_but(""), &JournalOptions::default()).unwrap();
            assert_eq!((read.entries, read.unreadable.1), (Vec::new(), 5));
        });
    });
}
