//! A thread swaps names while what is held open is changed again and again: nothing that was not judged is ever changed, moved or removed.

use crate::held::BOTH;
use crate::races::{Swapper, World, dir_and_link, file_and_link, race_anew, two_files};
use rex_test_utils::Folder;
use rust_safe_io::{
    CopyOptions, DirHandle, DirOptions, FileHandle, OwnershipOptions, RemoveOptions, RenameOptions, SizeUnit,
    WriteOptions,
};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// How many rounds a race has at least.
fn rounds() -> u32 {
    std::env::var("REX_RACE_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(2_000)
}

const PLAIN: WriteOptions = WriteOptions { preserve_ownership: true };

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// The directory `open` of the world.
fn top(world: &World) -> DirHandle {
    DirHandle::open(&world.gate, &world.folder.at("open"), DirOptions::default()).unwrap()
}

/// Makes the folder anew and opens the file `a` of it, while nothing changes places.
fn opened(world: &World, swapper: &Swapper, fill: &dyn Fn(&Folder)) -> FileHandle {
    swapper.still(|| {
        world.refill(fill);
        top(world).open_file(&world.gate, "a", BOTH).unwrap()
    })
}

/// As [`opened`], for a directory.
fn opened_dir(world: &World, swapper: &Swapper, fill: &dyn Fn(&Folder)) -> DirHandle {
    swapper.still(|| {
        world.refill(fill);
        DirHandle::open(&world.gate, &world.at("a"), DirOptions::default()).unwrap()
    })
}

#[test]
fn only_the_judged_file_gives_way() {
    let world = World::new();
    let (gate, held) = (&world.gate, top(&world));
    // The handle is of the file `first`. What became of the two, and of a third?
    let act = |name: &str, new: &str, act: &dyn Fn(&FileHandle) -> bool| {
        let fill = |folder: &Folder| {
            two_files(folder);
            folder.put("open/c", "third");
        };
        race_anew(&format!("two files: {name}"), rounds(), &world, &fill, |_, swapper| {
            let file = opened(&world, swapper, &fill);
            let done = act(&file);
            let contents = swapper.still(|| world.contents());
            let count = |content: &str| contents.get(content).copied().unwrap_or(0);
            assert_eq!(count("second"), 1, "{name}: {done} {contents:?}");
            let stays = !done || name == "move";
            assert_eq!(count("first"), u32::from(stays), "{name}: {done} {contents:?}");
            assert_eq!(count("third"), u32::from(!(done && name == "move")), "{name}: {done} {contents:?}");
            assert_eq!(count("new"), u32::from(done && new == "new"), "{name}: {done} {contents:?}");
            done
        });
    };
    act("write", "new", &|file| file.write(gate, b"new", PLAIN).is_ok());
    act("delete", "", &|file| file.delete(gate, false).is_ok());
    act("move", "", &|file| file.relocate(gate, &held, "c", RenameOptions::default()).is_ok());
}

#[test]
fn a_file_that_is_moved_over_others_replaces_one() {
    let world = World::new();
    let (gate, held) = (&world.gate, top(&world));
    race_anew("two files: move over", rounds(), &world, &two_files, |_, swapper| {
        let file = swapper.still(|| {
            world.refill(&two_files);
            fs::write(world.at("c"), "new").unwrap();
            held.open_file(gate, "c", BOTH).unwrap()
        });
        let done = file.relocate(gate, &held, "a", RenameOptions::default()).is_ok();
        let contents = swapper.still(|| world.contents());
        let count = |content: &str| contents.get(content).copied().unwrap_or(0);
        assert_eq!((count("new"), count("first") + count("second")), (1, 2 - u32::from(done)), "{done} {contents:?}");
        done
    });
}

#[test]
fn a_held_file_is_changed_itself() {
    let world = World::new();
    let gate = &world.gate;
    let force = CopyOptions { force: true, preserve: true };
    let links = || {
        let entries = fs::read_dir(world.folder.at("open")).unwrap().map(Result::unwrap);
        entries.filter(|entry| entry.file_type().unwrap().is_symlink()).count()
    };
    let act = |name: &str, act: &dyn Fn(&FileHandle) -> bool| {
        race_anew(&format!("file and link: {name}"), rounds(), &world, &file_and_link, |_, swapper| {
            let file = opened(&world, swapper, &file_and_link);
            let done = act(&file);
            assert_eq!(swapper.still(links), 1, "{name}: a link is lost");
            done
        });
    };
    act("write", &|file| file.write(gate, b"new", PLAIN).is_ok());
    act("delete", &|file| file.delete(gate, false).is_ok());
    act("in place", &|file| file.write_in_place(gate, b"new").is_ok() && file.append(gate, b"er").is_ok());
    act("lengths", &|file| {
        file.truncate(gate, 3, SizeUnit::Bytes).is_ok() && file.allocate(gate, 100, SizeUnit::Bytes).is_ok()
    });
    act("copy", &|file| {
        fs::write(world.at("c"), "source").unwrap();
        top(&world).open_file(gate, "c", BOTH).unwrap().copy(gate, file, force).is_ok()
    });
    act("chmod", &|file| file.chmod(gate, 0o777).is_ok());
    let owner = OwnershipOptions { user: is_root().then(|| "1".to_owned()), ..OwnershipOptions::default() };
    act("chown", &|file| file.set_ownership(gate, &owner).is_ok());
    act("hard link", &|file| {
        let done = top(&world).create_hard_link(gate, file, "c").is_ok();
        let same = file.metadata(gate).unwrap().inode();
        assert!(!done || fs::symlink_metadata(world.at("c")).unwrap().ino() == same, "another file has the name");
        done
    });
}

#[test]
fn a_link_is_put_over_what_was_judged_only() {
    let world = World::new();
    let fill = |folder: &Folder| {
        folder.put("open/a", "file");
        folder.put("open/b/x", "in a directory");
    };
    let held = top(&world);
    race_anew("file and directory: create_symlink", rounds(), &world, &fill, |_, swapper| {
        swapper.still(|| world.refill(&fill));
        let done = held.create_symlink(&world.gate, "new", "a", true).is_ok();
        swapper.still(|| {
            let whole = ["a/x", "b/x"].iter().filter(|name| Path::new(&world.at(name)).exists()).count();
            assert_eq!(whole, 1, "a directory is lost");
        });
        done
    });
}

#[test]
fn a_held_tree_is_removed_itself() {
    let world = World::new();
    let recursive = RemoveOptions { recursive: true, force: false };
    race_anew("directory and link: delete", rounds(), &world, &dir_and_link, |_, swapper| {
        opened_dir(&world, swapper, &dir_and_link).delete(&world.gate, recursive).is_ok()
    });
    let two = |folder: &Folder| {
        folder.put("open/a/mine", "");
        folder.put("open/b/theirs", "");
    };
    race_anew("two directories: delete", rounds(), &world, &two, |_, swapper| {
        let done = opened_dir(&world, swapper, &two).delete(&world.gate, recursive).is_ok();
        swapper.still(|| {
            let theirs = fs::read_dir(world.folder.at("open"))
                .unwrap()
                .filter(|entry| entry.as_ref().unwrap().path().join("theirs").exists())
                .count();
            assert_eq!(theirs, 1, "a directory that was not judged is lost: {done}");
        });
        done
    });
}

#[test]
fn a_held_directory_is_moved_itself() {
    let world = World::new();
    let held = top(&world);
    let two = |folder: &Folder| {
        folder.put("open/a/mine", "");
        folder.put("open/b/theirs", "");
    };
    race_anew("two directories: move", rounds(), &world, &two, |_, swapper| {
        let source = opened_dir(&world, swapper, &two);
        let done = held.relocate(&world.gate, &source, &held, "c").is_ok();
        swapper.still(|| {
            let there = ["c", "c/mine"].map(|name| Path::new(&world.at(name)).exists());
            assert_eq!(there, [done, done], "another directory was moved");
        });
        done
    });
    race_anew("directory and link: move", rounds(), &world, &dir_and_link, |_, swapper| {
        let source = opened_dir(&world, swapper, &dir_and_link);
        held.relocate(&world.gate, &source, &held, "c").is_ok()
    });
}

/// What changes places lies in the tree, not at its top.
fn in_a_tree(folder: &Folder) {
    folder.put("open/top/a/x", "public");
    folder.put("open/top/a/sub/y", "public");
    folder.link("open/top/b", "../../closed");
    folder.put("open/top/f", "public");
    folder.link("open/top/g", "../../closed/s");
}

/// Runs `round` while in the tree a directory and a file change places with links to secrets.
fn around(name: &str, rounds: u32, world: &World, mut round: impl FnMut(&DirHandle) -> bool) {
    world.refill(&in_a_tree);
    let before = world.folder.tree();
    let swappers =
        [("top/a", "top/b"), ("top/f", "top/g")].map(|(one, other)| Swapper::start(world.at(one), world.at(other)));
    let (mut succeeded, mut done) = (0, 0);
    let begun = std::time::Instant::now();
    while done < rounds || (succeeded < 20 && begun.elapsed().as_secs() < 60) {
        swappers[0].still(|| swappers[1].still(|| world.refill(&in_a_tree)));
        let path = world.folder.at("open/top");
        let tree = DirHandle::open(&world.gate, &path, DirOptions::default()).unwrap();
        succeeded += u32::from(round(&tree));
        done += 1;
    }
    let swaps = swappers.iter().map(Swapper::swaps).sum::<u64>();
    drop(swappers);
    world.assert_closed_is_whole(&before);
    eprintln!("{name}: {done} rounds, {succeeded} succeeded, {swaps} swaps, {:.1?}", begun.elapsed());
    assert!(succeeded >= 20 && swaps >= 20, "{name} met too little: {succeeded} {swaps}");
}

#[test]
fn changing_a_tree_never_leaves_it() {
    let world = World::new();
    let gate = &world.gate;
    let owner =
        OwnershipOptions { user: is_root().then(|| "1".to_owned()), recursive: true, ..OwnershipOptions::default() };
    around("chmod around", rounds(), &world, |tree| tree.chmod(gate, 0o700, true).is_ok());
    around("chown around", rounds(), &world, |tree| tree.set_ownership(gate, &owner).is_ok());
    let recursive = RemoveOptions { recursive: true, force: false };
    around("delete around", rounds(), &world, |tree| tree.delete(gate, recursive).is_ok());
    around("make_dir around", rounds(), &world, |tree| {
        tree.make_dir(gate, "a").and_then(|below| below.make_dir(gate, "new")).is_ok()
    });
}

/// To another file system: nothing secret is in the copy, nothing secret is removed.
#[test]
fn a_tree_that_is_copied_is_never_left() {
    let world = World::new();
    let other = Folder::new(&[]);
    let device = |folder: &Folder| fs::metadata(folder.path()).unwrap().dev();
    if device(&world.folder) == device(&other) {
        eprintln!("skipped: there is no second file system");
        return;
    }
    let gate = rex_test_utils::gate(&format!(
        "permit(principal, action, resource in file_system::Dir::\"{}\");\npermit(principal, action, resource in file_system::Dir::\"{}\");",
        world.folder.at("open"),
        other.path()
    ));
    let (held, to) = (top(&world), DirHandle::open(&gate, other.path(), DirOptions::default()).unwrap());
    around("move around to another file system", rounds() / 10, &world, |tree| {
        let done = held.relocate(&gate, tree, &to, "copy").is_ok();
        let tree = format!("{:?}", other.tree());
        assert!(!tree.contains("SECRET"), "a secret was copied: {tree}");
        assert!(!tree.contains(".rex-"), "a copy that failed is left: {tree}");
        if other.has("copy") {
            fs::remove_dir_all(other.at("copy")).unwrap();
        }
        done
    });
}
