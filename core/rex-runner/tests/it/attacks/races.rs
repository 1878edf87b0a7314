//! Attacks by a neighbour who swaps names while a script runs.

use super::End::Gives;
use super::{Attack, NOT_SEC, PUB};
use rex_test_utils::Folder;
use rustix::fs::{CWD, RenameFlags, renameat_with};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

impl Attack {
    /// As [`Attack::check`], while `one` and `other` in the folder change places all the time. The script's first value says how often what it
    /// asked for came about: what never does would prove nothing.
    #[track_caller]
    fn check_among_swaps(&self, one: &str, other: &str) {
        let folder = self.stage();
        let before = folder.text("sec/secret");
        let (from, to) = (folder.at(one), folder.at(other));
        let ended = AtomicBool::new(false);
        let done = std::thread::scope(|scope| {
            scope.spawn(|| {
                while !ended.load(Ordering::Relaxed) {
                    // What the script took away meanwhile cannot be swapped.
                    let _ = renameat_with(CWD, &from, CWD, &to, RenameFlags::EXCHANGE);
                    // Long enough for some of what the script does to come about.
                    std::thread::sleep(Duration::from_micros(200));
                }
            });
            let done = self.run(&folder);
            ended.store(true, Ordering::Relaxed);
            done
        });
        let nothing = Folder::new(&[]).tree();
        self.hold(&done, &nothing, &nothing);
        assert_eq!(folder.text("sec/secret"), before);
        assert!(!folder.has("sec/new"), "something was made behind the link");
        self.check_twin();
    }
}

#[test]
fn a_copy_takes_what_was_judged() {
    const SCRIPT: &str = r#"
        let bad = 0; let good = 0;
        for i in 0..1500 { try { cp(dir + "/pub/f", dir + "/pub/copy"); let t = cat(dir + "/pub/copy"); if t.contains("SECRET") { bad += 1; } else { good += 1; } } catch { } }
        `${bad} ${good > 0}`"#;
    Attack {
        files: &[("pub/f", "harmless"), ("pub/g -> ../sec/secret", "")],
        policy: PUB,
        script: SCRIPT,
        ends: Gives("0 true"),
        twin_script: r#"cp(dir + "/pub/f", dir + "/pub/copy"); cat(dir + "/pub/copy")"#,
        twin_ends: Gives("harmless"),
        ..Attack::BASE
    }
    .check_among_swaps("pub/f", "pub/g");
}

#[test]
fn a_walk_does_not_leave_through_a_swapped_directory() {
    Attack {
        files: &[("pub/d/inside", "harmless"), ("pub/e -> ../sec", "")],
        policy: NOT_SEC,
        script: r#"
            let bad = 0; let good = 0;
            for i in 0..1000 { try { let text = `${ls([ls::recursive], dir + "/pub")}`; if text.contains("secret") { bad += 1; } if text.contains("inside") { good += 1; } } catch { } }
            `${bad} ${good > 0}`"#,
        ends: Gives("0 true"),
        twin_script: r#"`${ls([ls::recursive], dir + "/pub")}`.contains("inside")"#,
        twin_ends: Gives("true"),
        ..Attack::BASE
    }
    .check_among_swaps("pub/d", "pub/e");
}

#[test]
fn nothing_is_written_behind_a_swapped_directory() {
    Attack {
        files: &[("pub/d/a", "harmless"), ("pub/e -> ../sec", "")],
        policy: NOT_SEC,
        script: r#"
            let good = 0;
            for i in 0..1000 {
                try { write(dir + "/pub/d/new", "x"); good += 1; } catch { }
                try { touch(dir + "/pub/d/new"); } catch { }
                try { rm(dir + "/pub/d/secret"); } catch { }
                try { mv(dir + "/pub/d/secret", dir + "/pub/got"); } catch { }
                try { write(dir + "/pub/d/secret", "overwritten"); rm(dir + "/pub/d/secret"); } catch { }
            }
            `${good > 0}`"#,
        ends: Gives("true"),
        twin_script: r#"write(dir + "/pub/d/new", "x"); cat(dir + "/pub/d/new")"#,
        twin_ends: Gives("x"),
        ..Attack::BASE
    }
    .check_among_swaps("pub/d", "pub/e");
}

#[test]
fn a_tree_is_not_removed_through_a_swapped_directory() {
    Attack {
        files: &[
            ("pub/t/d/a", "harmless"),
            ("pub/t/e -> ../../sec", ""),
            ("pub/x/d/b", ""),
            ("pub/x/e -> ../../sec", ""),
        ],
        policy: NOT_SEC,
        script: r#"
            for i in 0..50 {
                try { rm([rm::recursive, rm::force], dir + "/pub/t"); } catch { }
                try { mkdir([mkdir::parents], dir + "/pub/t/d"); write(dir + "/pub/t/d/a", "again"); } catch { }
            }
            let left = `${find_files("*", dir + "/pub/x")}`;
            left.len() > 0"#,
        ends: Gives("true"),
        twin_script: r#"rm([rm::recursive], dir + "/pub/t"); `${ls(dir + "/pub")}`.contains("t\"") == false"#,
        twin_ends: Gives("true"),
        ..Attack::BASE
    }
    .check_among_swaps("pub/t/d", "pub/t/e");
}
