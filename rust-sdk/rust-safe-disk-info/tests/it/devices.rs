//! Block devices.

use crate::apart::{all_but, apart, denied, forbid, run};
use rex_test_utils::Folder;
use rust_safe_disk_info::{BlockDevice, Why, block_devices};
use std::fmt::Write as _;

/// A device whose content is a file of the folder, taken away afterwards.
struct Loop(String);

impl Loop {
    fn of(folder: &Folder, name: &str, arguments: &[&str]) -> Option<Self> {
        let mut command = std::process::Command::new("losetup");
        let output = command.args(["--find", "--show"]).args(arguments).arg(folder.at(name)).output().ok()?;
        if !output.status.success() {
            eprintln!("skipped, no loop device: {}", String::from_utf8_lossy(&output.stderr));
            return None;
        }
        Some(Self(String::from_utf8(output.stdout).unwrap().trim().trim_start_matches("/dev/").to_owned()))
    }
}

impl Drop for Loop {
    fn drop(&mut self) {
        run("losetup", &["--detach", &format!("/dev/{}", self.0)]);
    }
}

fn by<'d>(devices: &'d [BlockDevice], name: &str) -> &'d BlockDevice {
    devices.iter().find(|device| device.name == name).unwrap_or_else(|| panic!("{name} is not among {devices:?}"))
}

#[test]
fn every_device_with_a_size() {
    let found = block_devices(&all_but("")).unwrap();
    let table = std::fs::read_to_string("/proc/partitions").unwrap();
    let told: Vec<_> = table.lines().skip(2).map(|line| line.split_whitespace().nth(3).unwrap().to_owned()).collect();
    // Other tests attach and detach devices meanwhile.
    for name in told.iter().filter(|name| !name.starts_with("loop")) {
        let device = found.devices.iter().find(|device| device.kernel_name == *name).unwrap();
        assert!(device.size_kib > 0 && device.read_only.is_some() && device.parents.is_some(), "{device:?}");
    }
    let root = std::fs::read_to_string("/proc/self/mountinfo").unwrap();
    let number = root.lines().find(|line| line.split(' ').nth(4) == Some("/")).unwrap().split(' ').nth(2).unwrap();
    if let Some(device) = found.devices.iter().find(|device| format!("{}:{}", device.major, device.minor) == number) {
        assert!(device.mount_points.contains(&"/".to_owned()), "{device:?}");
    }
}

#[test]
fn a_device_with_its_mounts_and_flags() {
    apart(|folder| {
        folder.put("image", vec![0; 4 << 20]);
        run("mkfs.ext4", &["-q", "-F", &folder.at("image")]);
        let Some(device) = Loop::of(folder, "image", &["--read-only"]) else { return };
        for name in ["first mount", "second"] {
            std::fs::create_dir(folder.at(name)).unwrap();
            run("mount", &["-o", "ro", &format!("/dev/{}", device.0), &folder.at(name)]);
        }
        let found = block_devices(&all_but("")).unwrap();
        let told = by(&found.devices, &device.0);
        assert_eq!((told.kind.as_str(), told.size_kib, told.major), ("disk", 4096, 7));
        assert_eq!((told.read_only, told.removable, told.fs_kind.as_deref()), (Some(true), Some(false), Some("ext4")));
        assert_eq!(told.mount_points, [folder.at("first mount"), folder.at("second")]);
        assert!(told.children.is_empty() && told.rotational.is_some());
        run("umount", &["--lazy", &folder.at("first mount"), &folder.at("second")]);
    });
}

#[test]
fn partitions_lie_on_their_disk() {
    apart(|folder| {
        folder.put("image", vec![0_u8; 8 << 20]);
        let Some(device) = Loop::of(folder, "image", &["--partscan"]) else { return };
        // 1 MiB from the start, 2 MiB long.
        run("addpart", &[&format!("/dev/{}", device.0), "1", "2048", "4096"]);
        let found = block_devices(&all_but("")).unwrap();
        let name = format!("{}p1", device.0);
        let partition = by(&found.devices, &name);
        assert_eq!((partition.kind.as_str(), partition.size_kib), ("partition", 2048));
        assert_eq!(partition.parents.as_deref(), Some(&[device.0.clone()][..]));
        assert_eq!(by(&found.devices, &device.0).children, [name]);
    });
}

#[test]
fn the_tables_are_judged_before_they_are_read() {
    assert_eq!(denied(block_devices(&all_but(&forbid("open", "Dir", "/proc")))), ("open", "/proc".to_owned()));
    for (action, path) in [
        ("open", "/proc/partitions"),
        ("read", "/proc/partitions"),
        ("read", "/proc/self/mountinfo"),
        ("open", "/proc/swaps"),
        ("read", "/proc/swaps"),
    ] {
        assert_eq!(denied(block_devices(&all_but(&forbid(action, "File", path)))), (action, path.to_owned()));
    }
}

#[test]
fn a_device_that_is_denied_is_left_out_and_a_fact_that_is_denied_is_not_told() {
    apart(|folder| {
        folder.put("image", vec![0; 1 << 20]);
        folder.put("other", vec![0; 1 << 20]);
        let (Some(one), Some(two)) = (Loop::of(folder, "image", &[]), Loop::of(folder, "other", &[])) else { return };
        let number = std::fs::read_to_string(format!("/sys/class/block/{}/dev", one.0)).unwrap();
        let mut but = forbid("open", "Dir", &format!("/sys/dev/block/{}", number.trim()));
        let ro = format!("/sys/devices/virtual/block/{}/ro", two.0);
        let _ = write!(but, "\n{}", forbid("read", "File", &ro));
        let found = block_devices(&all_but(&but)).unwrap();
        assert!(found.devices.iter().all(|device| device.name != one.0));
        let told = by(&found.devices, &two.0);
        assert_eq!((told.read_only, told.removable), (None, Some(false)));
        for name in [&one.0, &two.0] {
            let skipped: Vec<_> = found.skipped.iter().filter(|skipped| skipped.name == *name).collect();
            assert_eq!((skipped.len(), skipped[0].why), (1, Why::Denied), "{skipped:?}");
        }
    });
}

/// The real path of a device is judged, too.
#[test]
fn where_the_link_of_a_device_leads_is_judged() {
    apart(|folder| {
        folder.put("image", vec![0; 1 << 20]);
        let Some(device) = Loop::of(folder, "image", &[]) else { return };
        let real = format!("/sys/devices/virtual/block/{}", device.0);
        let found = block_devices(&all_but(&forbid("open", "Dir", &real))).unwrap();
        assert!(found.devices.iter().all(|other| other.name != device.0));
        assert!(found.skipped.iter().any(|skipped| skipped.name == device.0 && skipped.reason.contains(&real)));
    });
}
