//! File systems and their figures.

use crate::apart::{all_but, apart, at, denied, forbid, run, tmpfs};
use rex_test_utils::{Folder, gate};
use rust_safe_disk_info::{Filesystem, FilesystemOptions, Survey, Why, filesystems};
use rustix::mount::{MountFlags, UnmountFlags, mount, unmount};
use std::sync::atomic::{AtomicBool, Ordering};

fn names(survey: &Survey) -> Vec<&str> {
    survey.filesystems.iter().map(|found| found.device.as_str()).collect()
}

/// What `df` says of a file system.
fn df(path: &str) -> Vec<u64> {
    let fields = ["size", "used", "avail", "itotal", "iused", "iavail"].join(",");
    let told = run("df", &["-B1", &format!("--output={fields}"), path]);
    told.lines().nth(1).unwrap().split_whitespace().map(|number| number.parse().unwrap()).collect()
}

fn as_df(found: &Filesystem) -> Vec<u64> {
    vec![found.size(), found.used(), found.available(), found.inodes(), found.inodes_used(), found.inodes_free()]
}

#[test]
fn figures_are_those_of_df_with_reserved_room_too() {
    apart(|folder| {
        folder.put("image", vec![0; 16 << 20]);
        run("mkfs.ext4", &["-q", "-F", "-m", "10", &folder.at("image")]);
        std::fs::create_dir(folder.at("m")).unwrap();
        run("mount", &["-o", "loop", &folder.at("image"), &folder.at("m")]);
        folder.put("m/file", vec![1; 1 << 20]);
        let survey = filesystems(&all_but(""), &at(&folder.at("m"))).unwrap();
        let found = &survey.filesystems[0];
        assert_eq!(as_df(found), df(&folder.at("m")));
        assert!(found.reserved() > 1 << 20 && found.used() > 1 << 20);
        assert_eq!((found.unavailable(), found.kind.as_str()), (found.size() - found.available(), "ext4"));
        assert!(found.local);
        run("umount", &[&folder.at("m")]);
    });
}

#[test]
fn the_root_file_system_is_there_for_all() {
    let survey = filesystems(&all_but(""), &FilesystemOptions::default()).unwrap();
    let root = survey.filesystems.iter().find(|found| found.mounted_on == "/").unwrap();
    assert_eq!(root.size(), df("/")[0]);
    assert!(root.options.iter().any(|option| option == "rw" || option == "ro"));
    assert!(survey.filesystems.iter().all(|found| found.kind != "proc"));
}

#[test]
fn of_a_stack_the_top_is_told() {
    apart(|folder| {
        tmpfs(folder, "under", "m", "size=1m");
        tmpfs(folder, "over", "m", "size=2m,nosuid");
        let survey = filesystems(&all_but(""), &at(folder.path())).unwrap();
        assert_eq!((names(&survey), survey.filesystems[0].size()), (vec!["over"], 2 << 20));
        assert!(survey.filesystems[0].options.contains(&"nosuid".to_owned()));
    });
}

#[test]
fn what_is_covered_from_above_is_not_told() {
    apart(|folder| {
        tmpfs(folder, "below", "a/b", "size=1m");
        tmpfs(folder, "above", "a", "size=1m");
        // In the place of the covered one there is now an ordinary directory.
        std::fs::create_dir(folder.at("a/b")).unwrap();
        let survey = filesystems(&all_but(""), &at(folder.path())).unwrap();
        assert_eq!((names(&survey), survey.skipped.len()), (vec!["above"], 0));
    });
}

#[test]
fn names_come_as_they_are_and_options_in_their_order() {
    apart(|folder| {
        tmpfs(folder, "a source", "a b\tc\\d#", "size=1m,nosuid,mode=700,noexec");
        let survey = filesystems(&all_but(""), &at(folder.path())).unwrap();
        let found = &survey.filesystems[0];
        assert_eq!((&found.mounted_on, found.device.as_str()), (&folder.at("a b\tc\\d#"), "a source"));
        let table = std::fs::read_to_string("/proc/thread-self/mounts").unwrap();
        let line = table.lines().find(|line| line.starts_with("a\\040source")).unwrap();
        assert_eq!(found.options.join(","), line.split(' ').nth(3).unwrap());
    });
}

#[test]
fn options_narrow_the_listing() {
    apart(|folder| {
        tmpfs(folder, "data", "data", "size=1m");
        tmpfs(folder, "base", "database", "size=1m");
        let found = |options: FilesystemOptions| {
            let survey = filesystems(&all_but(""), &options).unwrap();
            survey.filesystems.into_iter().map(|found| found.device).collect::<Vec<_>>()
        };
        assert_eq!(found(at(&folder.at("data"))), ["data"]);
        assert_eq!(found(at(&folder.at("data/deep/er"))), ["data"]);
        assert_eq!(found(at(folder.path())), ["data", "base"]);
        assert!(found(FilesystemOptions { local: true, ..at(folder.path()) }).len() == 2);
        assert!(found(FilesystemOptions { kinds: vec!["ext4".to_owned()], ..at(folder.path()) }).is_empty());
        assert!(found(FilesystemOptions { all: true, ..FilesystemOptions::default() }).contains(&"proc".to_owned()));
    });
}

#[test]
fn the_tables_are_judged_before_they_are_read() {
    for path in ["/proc/mounts", "/proc/diskstats"] {
        let refused = filesystems(&all_but(&forbid("read", "File", path)), &FilesystemOptions::default());
        assert_eq!(denied(refused), ("read", path.to_owned()));
    }
    assert_eq!(denied(filesystems(&gate(""), &FilesystemOptions::default())), ("read", "/proc/mounts".to_owned()));
}

#[test]
fn each_mount_is_judged_and_the_denied_one_alone_is_missing() {
    apart(|folder| {
        tmpfs(folder, "one", "one", "size=1m");
        tmpfs(folder, "two", "two", "size=1m");
        let least = format!(
            "permit(principal, action == file_system::Action::\"read\", resource is file_system::File) when {{ \
             [\"/proc/mounts\", \"/proc/diskstats\"].contains(resource.path) }};\n\
             permit(principal, action == file_system::Action::\"stat\", resource == file_system::Dir::\"{}\");",
            folder.at("two")
        );
        let survey = filesystems(&gate(&least), &at(folder.path())).unwrap();
        assert_eq!(names(&survey), ["two"]);
        let skipped = &survey.skipped[0];
        assert_eq!((skipped.name.as_str(), skipped.why), (folder.at("one").as_str(), Why::Denied));
        assert!(skipped.reason.contains("unauthorized to perform file_system::Action::\"stat\""), "{skipped}");
    });
}

/// Sets the flag when it goes, also with a failing test: the other thread must end.
struct Stop<'s>(&'s AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// A thread mounts on a place and takes it away again: figures never come under another mount's name.
#[test]
fn figures_and_names_belong_together_while_mounts_change() {
    apart(|folder| {
        std::fs::create_dir(folder.at("m")).unwrap();
        let ended = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let stop = Stop(&ended);
            scope.spawn(|| change(folder, &ended));
            let (mut seen, mut missed) = (0, 0);
            while (seen < 3 || missed < 20) && seen + missed < 5000 {
                let survey = filesystems(&all_but(""), &at(&folder.at("m"))).unwrap();
                missed += survey.skipped.len();
                for found in survey.filesystems {
                    if let Some(megabytes) = found.device.strip_prefix("size-").and_then(|name| name.split('-').next())
                    {
                        seen += 1;
                        assert_eq!(found.size(), megabytes.parse::<u64>().unwrap() << 20, "{found:?}");
                    }
                }
            }
            drop(stop);
            eprintln!("{seen} seen, {missed} changed meanwhile");
            assert!(seen > 0 && missed > 0, "no listing met a mount that changed: {seen} {missed}");
        });
    });
}

fn change(folder: &Folder, ended: &AtomicBool) {
    let path = folder.at("m");
    for number in 0_u64.. {
        if ended.load(Ordering::SeqCst) {
            return;
        }
        let size = number % 7 + 1;
        let data = std::ffi::CString::new(format!("size={size}m")).unwrap();
        // No two bear the same name.
        mount(format!("size-{size}-{number}"), path.as_str(), "tmpfs", MountFlags::empty(), data.as_c_str()).unwrap();
        std::thread::yield_now();
        unmount(path.as_str(), UnmountFlags::DETACH).unwrap();
    }
}
