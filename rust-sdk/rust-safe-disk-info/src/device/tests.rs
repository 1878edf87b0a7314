//! Devices put together from what was read.

use super::{BlockDevice, put_together};
use crate::device::attributes::Node;
use crate::device::partitions::Partition;
use crate::mount_table::mountinfo;

fn device(minor: u32, name: &str, parents: &[&str], mapper_name: Option<&str>) -> (Partition, Node) {
    let parents = Some(parents.iter().map(|parent| (*parent).to_owned()).collect());
    let mapper_name = mapper_name.map(str::to_owned);
    (
        Partition { major: 8, minor, size_kib: 1, name: name.to_owned() },
        Node { kind: "disk".to_owned(), mapper_name, parents, ..Node::default() },
    )
}

fn by<'d>(devices: &'d [BlockDevice], name: &str) -> &'d BlockDevice {
    devices.iter().find(|device| device.name == name).unwrap()
}

#[test]
fn mapped_devices_are_children_and_parents_by_the_name_they_were_given() {
    let nodes = vec![
        device(0, "sda", &[], None),
        device(1, "sda1", &["sda"], None),
        device(2, "dm-0", &["sda1"], Some("luks")),
        device(3, "dm-1", &["dm-0"], Some("vg-root")),
    ];
    let devices = put_together(nodes, &[], &[]);
    assert_eq!(by(&devices, "sda").children, ["sda1"]);
    assert_eq!(by(&devices, "sda1").children, ["luks"]);
    assert_eq!(
        (&by(&devices, "luks").children, &by(&devices, "luks").kernel_name),
        (&vec!["vg-root".to_owned()], &"dm-0".to_owned())
    );
    assert_eq!(by(&devices, "vg-root").parents.as_deref(), Some(&["luks".to_owned()][..]));
}

#[test]
fn a_given_name_that_is_a_kernel_name_or_taken_hides_no_device() {
    let nodes = vec![
        device(0, "sda", &[], None),
        device(1, "dm-0", &[], Some("sda")),
        device(2, "dm-1", &[], Some("x")),
        device(3, "dm-2", &[], Some("x")),
    ];
    let names: Vec<_> = put_together(nodes, &[], &[]).into_iter().map(|device| device.name).collect();
    assert_eq!(names, ["sda", "dm-0", "x", "dm-2"]);
}

#[test]
fn mounts_are_found_by_number_and_where_there_is_none_by_source() {
    let nodes =
        vec![device(1, "sda1", &[], None), device(2, "dm-0", &[], Some("vg-data")), device(3, "sda3", &[], None)];
    let table = b"1 0 8:1 / / rw - ext4 /dev/root rw\n\
                  2 1 8:1 /home /home\\040x rw - ext4 /dev/root rw\n\
                  3 1 8:1 / / rw - ext4 /dev/root rw\n\
                  4 1 0:40 / /data rw - btrfs /dev/mapper/vg-data rw\n\
                  5 1 9:9 / /odd rw - ext4 /dev/sda3 rw\n";
    let devices = put_together(nodes, &mountinfo(table), &["/dev/sda3".to_owned(), "/file".to_owned()]);
    assert_eq!(by(&devices, "sda1").mount_points, ["/", "/home x"]);
    assert_eq!(by(&devices, "sda1").fs_kind.as_deref(), Some("ext4"));
    assert_eq!(
        (&by(&devices, "vg-data").mount_points, by(&devices, "vg-data").fs_kind.as_deref()),
        (&vec!["/data".to_owned()], Some("btrfs"))
    );
    assert_eq!(by(&devices, "sda3").mount_points, ["[SWAP]"]);
}
