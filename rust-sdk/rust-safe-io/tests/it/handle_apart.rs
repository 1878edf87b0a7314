//! Moving what is held open to another file system.

use crate::allow::{
    CREATE, CREATE_DIR, DELETE_DIR, MOVE, OPEN, OPEN_DIR, READ_DIR, all, allow, denied, failed, forbid,
};
use crate::held::{FOLLOWED, MOVE_DIR, READ, dir, file};
use crate::mount::{apart, mount, unmount};
use rex_cedar_auth::{Gate, Policies, Stopped};
use rex_test_utils::Folder;
use rust_safe_io::RenameOptions;
use rustix::fs::XattrFlags;
use std::cell::Cell;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, lchown};

const PLAIN: RenameOptions = RenameOptions { backup: false };
const ALL_OF_DIR: &[rex_cedar_auth::Need] = &[MOVE_DIR, CREATE_DIR, OPEN_DIR, READ_DIR, MOVE, CREATE];

/// What a move keeps of an object.
fn kept(folder: &Folder, name: &str) -> (u32, u32, u32, i64, i64) {
    let metadata = fs::symlink_metadata(folder.at(name)).unwrap();
    (metadata.mode(), metadata.uid(), metadata.gid(), metadata.mtime(), metadata.mtime_nsec())
}

fn attribute(folder: &Folder, name: &str) -> Vec<u8> {
    let mut value = [0_u8; 16];
    let length = rustix::fs::getxattr(folder.at(name), "trusted.rex", &mut value[..]).unwrap();
    value[..length].to_vec()
}

#[test]
fn a_tree_moves_whole() {
    let files = [("s/a", "content"), ("s/sub/deep/b", "y"), ("s/sub/link -> ../a", ""), ("s/empty/", "")];
    apart(&files, |folder| {
        for (number, name) in ["s/a", "s/sub", "s/sub/deep/b", "s"].iter().enumerate() {
            let id = u32::try_from(number).unwrap() + 10;
            chown(folder.at(name), Some(id), Some(id + 100)).unwrap();
            fs::set_permissions(folder.at(name), fs::Permissions::from_mode(0o700 + id)).unwrap();
            rustix::fs::setxattr(folder.at(name), "trusted.rex", name.as_bytes(), XattrFlags::empty()).unwrap();
        }
        lchown(folder.at("s/sub/link"), Some(7), Some(8)).unwrap();
        fs::set_permissions(folder.at("s/sub/deep"), fs::Permissions::from_mode(0o500)).unwrap();
        let names = ["s", "s/a", "s/empty", "s/sub", "s/sub/deep", "s/sub/deep/b", "s/sub/link"];
        let before = names.map(|name| kept(folder, name));
        let gate = allow(folder, ALL_OF_DIR);
        let moved = dir(folder, "").relocate(&gate, &dir(folder, "s"), &dir(folder, "other"), "new").unwrap();
        assert_eq!(moved.path(), folder.at("other/new"));
        let there = names.map(|name| name.replacen('s', "other/new", 1));
        assert_eq!(there.each_ref().map(|name| kept(folder, name)), before);
        for (name, old) in there.iter().zip(names).filter(|(_, old)| ["s", "s/a", "s/sub"].contains(old)) {
            assert_eq!(attribute(folder, name), old.as_bytes());
        }
        assert_eq!((folder.text("other/new/a"), folder.text("other/new/sub/deep/b")), ("content".into(), "y".into()));
        assert_eq!(fs::read_link(folder.at("other/new/sub/link")).unwrap().to_str(), Some("../a"));
        assert_eq!(folder.tree().names().len(), 1 + names.len(), "{:?}", folder.tree());
        assert_eq!(moved.entries(&all(folder)).unwrap().len(), 3);
    });
}

#[test]
fn each_need_is_asked_and_nothing_changes_without_it() {
    apart(&[("s/a", "x"), ("s/sub/b", "y")], |folder| {
        let before = folder.tree();
        for left_out in ALL_OF_DIR {
            let others: Vec<_> = ALL_OF_DIR.iter().copied().filter(|need| need != left_out).collect();
            let refused =
                dir(folder, "").relocate(&allow(folder, &others), &dir(folder, "s"), &dir(folder, "other"), "new");
            assert_eq!(denied(refused).0, left_out.action.name);
            assert_eq!(before.changes(&folder.tree()), "");
        }
        folder.put("other/new/", "");
        let move_it = |gate: &Gate| dir(folder, "").relocate(gate, &dir(folder, "s"), &dir(folder, "other"), "new");
        assert_eq!(denied(move_it(&allow(folder, ALL_OF_DIR))), ("delete", folder.at("other/new")));
        move_it(&allow(folder, &[ALL_OF_DIR, &[DELETE_DIR]].concat())).unwrap();
        assert_eq!(folder.text("other/new/sub/b"), "y");
        folder.put("s/c", "z");
        move_it(&all(folder)).unwrap();
        assert_eq!((folder.text("other/new/s/c"), folder.has("s")), ("z".to_owned(), false));
    });
}

#[test]
fn what_cannot_be_copied_is_refused_before_anything_is_touched() {
    apart(&[("s/a", "x"), ("s/z/", "")], |folder| {
        mount(&["-o", "remount,size=64k", &folder.at("other")]);
        for number in 0..20 {
            folder.put(&format!("s/{number}"), "x".repeat(100_000));
        }
        let special = |name: &str, file_type, device| {
            let mode = rustix::fs::Mode::from_raw_mode(0o600);
            rustix::fs::mknodat(rustix::fs::CWD, folder.at(name), file_type, mode, device)
        };
        for (file_type, word) in [
            (rustix::fs::FileType::Fifo, "Fifo"),
            (rustix::fs::FileType::Socket, "Socket"),
            (rustix::fs::FileType::CharacterDevice, "CharDevice"),
        ] {
            if special("s/z/special", file_type, rustix::fs::makedev(1, 3)).is_err() {
                eprintln!("skipped: no {word} can be made here");
                continue;
            }
            let before = folder.tree();
            // There is no room for anything before it.
            let said = failed(dir(folder, "").relocate(&all(folder), &dir(folder, "s"), &dir(folder, "other"), "new"));
            let told = format!("Unsupported Operation error: {word} directory entry is not supported");
            assert_eq!(said, ("UnsupportedOperationError", told));
            assert_eq!(before.changes(&folder.tree()), "");
            dir(folder, "").relocate(&all(folder), &dir(folder, "s"), &dir(folder, ""), "t").unwrap();
            dir(folder, "").relocate(&all(folder), &dir(folder, "t"), &dir(folder, ""), "s").unwrap();
            fs::remove_file(folder.at("s/z/special")).unwrap();
        }
    });
}

#[test]
fn a_file_system_without_room_leaves_everything_as_it_was() {
    apart(&[("s/a", "x"), ("s/sub/closed/b", "y")], |folder| {
        folder.put("s/sub/large", "x".repeat(1 << 20));
        fs::set_permissions(folder.at("s/sub/closed"), fs::Permissions::from_mode(0o500)).unwrap();
        mount(&["-o", "remount,size=256k", &folder.at("other")]);
        folder.put("other/empty/", "");
        let before = folder.tree();
        for name in ["new", "empty"] {
            let said = failed(dir(folder, "").relocate(&all(folder), &dir(folder, "s"), &dir(folder, "other"), name));
            assert!(said.1.ends_with("No space left on device (os error 28)"), "{said:?}");
            assert_eq!(before.changes(&folder.tree()), "", "{name}");
        }
    });
}

#[test]
fn a_run_that_ends_meanwhile_leaves_everything_as_it_was() {
    apart(&[("s/a", "x"), ("s/sub/b", "y"), ("s/sub/c", "z")], |folder| {
        let before = folder.tree();
        let mut ended = 0;
        for stop_at in 0.. {
            let looks = Cell::new(0);
            let policies = Policies::load("test", "permit(principal, action, resource);").unwrap();
            let gate = Gate::new(policies, "tester").with_stop(move || {
                looks.set(looks.get() + 1);
                (looks.get() > stop_at).then(|| Stopped("enough".into()))
            });
            match dir(folder, "").relocate(&gate, &dir(folder, "s"), &dir(folder, "other"), "new") {
                Ok(_) => break,
                Err(_) if !folder.has("other/new") => assert_eq!(before.changes(&folder.tree()), "", "{stop_at}"),
                // While the source is removed, the copy stands whole.
                Err(_) => {
                    assert_eq!((folder.text("other/new/a"), folder.text("other/new/sub/c")), ("x".into(), "z".into()));
                    fs::remove_dir_all(folder.at("other/new")).unwrap();
                    for (name, content) in [("s/a", "x"), ("s/sub/b", "y"), ("s/sub/c", "z")] {
                        folder.put(name, content);
                    }
                }
            }
            ended += 1;
        }
        assert!(ended > 20, "{ended}");
        assert_eq!(folder.tree().names().len(), 6);
    });
}

/// A gate that permits everything and does `act` at the look number `at` that an operation takes at the clock.
fn meanwhile(at: u32, act: impl Fn() + 'static) -> Gate {
    let looks = Cell::new(0);
    let policies = Policies::load("test", "permit(principal, action, resource);").unwrap();
    Gate::new(policies, "tester").with_stop(move || {
        looks.set(looks.get() + 1);
        if looks.get() == at {
            act();
        }
        None
    })
}

#[test]
fn what_a_neighbour_writes_or_puts_there_meanwhile_is_never_lost() {
    apart(&[("s/a", "x"), ("s/sub/b", "y"), ("s/sub/c", "z")], |folder| {
        let (mut moved, mut left) = (0, 0);
        for at in 1..200 {
            let (written, late) = (folder.at("s/sub/c"), folder.at("s/sub/late"));
            let gate = meanwhile(at, move || {
                if let Ok(mut theirs) = fs::File::options().append(true).open(&written) {
                    std::io::Write::write_all(&mut theirs, b"!").unwrap();
                }
                let _ = fs::write(&late, "late");
            });
            let written_here = || fs::read_to_string(folder.at("s/sub/c")).is_ok_and(|text| text == "z!");
            let done = dir(folder, "").relocate(&gate, &dir(folder, "s"), &dir(folder, "other"), "new");
            let late_there = ["s/sub/late", "other/new/sub/late"].iter().any(|name| folder.has(name));
            match done {
                // The neighbour came before the source was copied, or after it was gone.
                Ok(_) => {
                    moved += 1;
                    let text = folder.text("other/new/sub/c");
                    assert!(!folder.has("s"), "{at}");
                    assert!(text == "z!" && late_there || text == "z" && !late_there, "{at}: {text} {late_there}");
                }
                Err(error) => {
                    left += 1;
                    let text = folder.text("other/new/sub/c");
                    assert!(text == "z!" || written_here() || !folder.has("s/sub/c"), "{at}: {error}");
                    assert!(late_there && folder.text("other/new/a") == "x", "{at}: {error}");
                }
            }
            let _ = fs::remove_dir_all(folder.at("s"));
            fs::remove_dir_all(folder.at("other/new")).unwrap();
            for (name, content) in [("s/a", "x"), ("s/sub/b", "y"), ("s/sub/c", "z")] {
                folder.put(name, content);
            }
        }
        assert!(moved > 10 && left > 5, "{moved} {left}");
    });
}

#[test]
fn a_file_that_a_neighbour_writes_meanwhile_is_left_there() {
    apart(&[("a", "x")], |folder| {
        let mut left = 0;
        for at in 1..20 {
            folder.put("a", "x");
            let written = folder.at("a");
            let gate = meanwhile(at, move || {
                if let Ok(mut theirs) = fs::File::options().append(true).open(&written) {
                    std::io::Write::write_all(&mut theirs, b"!").unwrap();
                }
            });
            let done = file(folder, "a", READ).relocate(&gate, &dir(folder, "other"), "b", PLAIN);
            let texts = ["a", "other/b"].map(|name| fs::read_to_string(folder.at(name)).unwrap_or_default());
            match done {
                Ok(_) => assert!(!folder.has("a") && texts[1].starts_with('x')),
                Err(error) => {
                    left += 1;
                    assert!(
                        texts[0] == "x!" && error.to_string().contains("it changed after it was copied"),
                        "{error}"
                    );
                }
            }
        }
        assert!(left > 0);
    });
}

#[test]
fn permissions_that_were_changed_since_it_was_opened_move_along() {
    apart(&[("a", "x")], |folder| {
        let handle = file(folder, "a", READ);
        handle.chmod(&all(folder), 0o604).unwrap();
        handle.relocate(&all(folder), &dir(folder, "other"), "b", PLAIN).unwrap();
        assert_eq!(kept(folder, "other/b").0 & 0o7777, 0o604);
    });
}

#[test]
fn a_link_moves_itself() {
    apart(&[("a", "x"), ("link -> a", ""), ("dangling -> nowhere", "")], |folder| {
        lchown(folder.at("link"), Some(7), Some(8)).unwrap();
        let before = kept(folder, "link");
        let gate = allow(folder, &[MOVE, CREATE, OPEN]);
        let moved = file(folder, "link", FOLLOWED).relocate(&gate, &dir(folder, "other"), "l", PLAIN).unwrap();
        assert_eq!((moved.path(), kept(folder, "other/l")), (folder.at("a").as_str(), before));
        assert_eq!(fs::read_link(folder.at("other/l")).unwrap().to_str(), Some("a"));
        let back = moved.relocate(&all(folder), &dir(folder, ""), "dangling", PLAIN).unwrap();
        assert_eq!(back.name_path(), folder.at("dangling"));
        assert_eq!(folder.tree().names(), ["a", "dangling", "other"]);
    });
}

#[test]
fn a_file_moves_and_its_handle_holds_the_copy() {
    apart(&[("a", "x")], |folder| {
        folder.put("other/b", "old");
        let moved = file(folder, "a", READ).relocate(&all(folder), &dir(folder, "other"), "b", PLAIN).unwrap();
        let inode = fs::metadata(folder.at("other/b")).unwrap().ino();
        assert_eq!((moved.metadata(&all(folder)).unwrap().inode(), folder.text("other/b").as_str()), (inode, "x"));
        let before = folder.tree();
        let said = dir(folder, "").create_hard_link(&all(folder), &moved, "hard");
        assert_eq!(failed(said), ("IoError", "Invalid cross-device link (os error 18)".to_owned()));
        assert_eq!(before.changes(&folder.tree()), "");
    });
}

#[test]
fn what_something_is_mounted_on_stays() {
    apart(&[("s/in/", ""), ("top/", "")], |folder| {
        folder.put("other/b", "y");
        for place in ["s/in", "top"] {
            mount(&["--bind", &folder.at("other"), &folder.at(place)]);
        }
        let before = folder.tree();
        for (from, to, name) in [("s", "", "t"), ("s", "other", "t"), ("top", "", "t"), ("top", "other", "t")] {
            let said = failed(dir(folder, "").relocate(&all(folder), &dir(folder, from), &dir(folder, to), name));
            assert_eq!(said.0, "UnsupportedOperationError", "{from} {to}: {}", said.1);
            assert_eq!(before.changes(&folder.tree()), "");
        }
        let recursive = rust_safe_io::RemoveOptions { recursive: true, force: true };
        for name in ["s", "s/in", "top"] {
            assert_eq!(failed(dir(folder, name).delete(&all(folder), recursive)).0, "UnsupportedOperationError");
        }
        assert_eq!(before.changes(&folder.tree()), "");
        // Permissions are for all below, whatever is mounted there, as far as it is judged.
        let refused = crate::allow::all_but(folder, &forbid("chmod", &folder.at("s/in/b")));
        assert_eq!(denied(dir(folder, "s").chmod(&refused, 0o700, true)), ("chmod", folder.at("s/in/b")));
        assert_eq!(before.changes(&folder.tree()), "");
        for place in ["s/in", "top"] {
            unmount(&folder.at(place));
        }
    });
}
