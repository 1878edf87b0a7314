//! Block devices, as `lsblk` tells them.

mod attributes;
mod partitions;

use crate::mount_table::{self, InfoLine};
use crate::{Error, Result, Skipped, Why, mount};
use attributes::Node;
use partitions::Partition;
use rex_cedar_auth::Gate;
use rust_safe_io::{DirHandle, DirOptions};
use std::collections::{BTreeMap, BTreeSet};

/// A block device. What could not be learnt is nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockDevice {
    /// Its name: of a device of the device mapper the name that its maker gave it.
    pub name: String,
    /// The kernel's name, such as `dm-0`.
    pub kernel_name: String,
    /// What it is: `disk`, `partition`, `unknown`; of the device mapper `lvm`, `crypt`, `mpath`, `dmraid`, `part` or `dm`; of a software RAID
    /// its level, such as `raid1`.
    pub kind: String,
    /// The upper part of its number.
    pub major: u32,
    /// The lower part of its number.
    pub minor: u32,
    /// Its size in KiB.
    pub size_kib: u64,
    /// Whether its medium can be taken out; of partitions no.
    pub removable: Option<bool>,
    /// Whether it cannot be written.
    pub read_only: Option<bool>,
    /// Whether it turns, as far as the driver knows.
    pub rotational: Option<bool>,
    /// What its maker calls it.
    pub model: Option<String>,
    /// In which order requests are carried out.
    pub scheduler: Option<String>,
    /// The type of the file system that is mounted from it.
    pub fs_kind: Option<String>,
    /// Where it is mounted; `[SWAP]` of a swap area.
    pub mount_points: Vec<String>,
    /// The names of the devices that it lies on.
    pub parents: Option<Vec<String>>,
    /// The names of the devices that lie on it.
    pub children: Vec<String>,
}

/// Block devices, and what was left out.
#[derive(Debug, Clone)]
pub struct BlockDevices {
    /// In the order of the system.
    pub devices: Vec<BlockDevice>,
    /// Devices, and facts of devices, that policy forbids or the system refuses.
    pub skipped: Vec<Skipped>,
}

/// Lists the block devices that have a size. A device that may not be looked at is left out; the other ones are told.
///
/// # Policy
/// Asks `open` on the directory `/proc`, `open` and `read` on its files `partitions` and `swaps`, `read` on `/proc/self/mountinfo`; for each
/// device `open` on the directory `/sys/dev/block/<major>:<minor>` and on where its link leads, there `open` and `read` on files, `open` on
/// directories, and `read` on the directory `slaves`.
///
/// # Errors
/// The tables of partitions, mounts or swap areas cannot be read.
pub fn block_devices(gate: &Gate) -> Result<BlockDevices> {
    let proc = DirHandle::open(gate, "/proc", DirOptions::default())?;
    let partitions = partitions::parse(&attributes::read(gate, &proc, "partitions")?);
    let mounts = mount::read(gate)?;
    let swaps = match attributes::read(gate, &proc, "swaps") {
        // LINUX: kernels without swap have none.
        Err(Error::NotFound(_)) => Vec::new(),
        swaps => mount_table::swaps(&swaps?),
    };
    let mut skipped = Vec::new();
    let mut nodes = Vec::new();
    for partition in partitions {
        match Node::of(gate, &partition, &mut skipped) {
            Ok(node) => nodes.push((partition, node)),
            Err(error) if error.is_final() => return Err(error),
            Err(error) => skipped.push(left_out(&partition.name, &error)),
        }
    }
    Ok(BlockDevices { devices: put_together(nodes, &mounts, &swaps), skipped })
}

fn left_out(name: &str, error: &Error) -> Skipped {
    let why = if matches!(error, Error::PermissionDenied(_)) { Why::Denied } else { Why::Failed };
    Skipped { name: name.to_owned(), why, reason: error.to_string() }
}

fn put_together(nodes: Vec<(Partition, Node)>, mounts: &[InfoLine], swaps: &[String]) -> Vec<BlockDevice> {
    let kernel: BTreeSet<&str> = nodes.iter().map(|(partition, _)| partition.name.as_str()).collect();
    // By the kernel's name the name that scripts see, which no two devices share.
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    let mut taken: BTreeSet<String> = BTreeSet::new();
    for (partition, node) in &nodes {
        let given = node.mapper_name.clone().filter(|name| !kernel.contains(name.as_str()) && !taken.contains(name));
        let name = given.unwrap_or_else(|| partition.name.clone());
        taken.insert(name.clone());
        names.insert(partition.name.clone(), name);
    }
    let shown = |kernel: &String| names.get(kernel).unwrap_or(kernel).clone();
    let mut children: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (partition, node) in &nodes {
        for parent in node.parents.iter().flatten() {
            children.entry(parent.clone()).or_default().push(shown(&partition.name));
        }
    }
    let devices = nodes.into_iter().map(|(partition, node)| {
        let places = places(&partition, &node, mounts);
        let mut mount_points: Vec<String> = Vec::new();
        for place in &places {
            if !mount_points.contains(&place.point) {
                mount_points.push(place.point.clone());
            }
        }
        if swaps.iter().any(|swap| is_node(swap, &partition, &node)) {
            mount_points.push("[SWAP]".to_owned());
        }
        BlockDevice {
            name: shown(&partition.name),
            kind: node.kind,
            major: partition.major,
            minor: partition.minor,
            size_kib: partition.size_kib,
            removable: node.removable,
            read_only: node.read_only,
            rotational: node.rotational,
            model: node.model,
            scheduler: node.scheduler,
            fs_kind: places.first().map(|place| place.kind.clone()),
            mount_points,
            parents: node.parents.map(|parents| parents.iter().map(shown).collect()),
            children: children.remove(&partition.name).unwrap_or_default(),
            kernel_name: partition.name,
        }
    });
    devices.collect()
}

/// The mounts of a device.
fn places<'m>(partition: &Partition, node: &Node, mounts: &'m [InfoLine]) -> Vec<&'m InfoLine> {
    let of = |line: &&InfoLine| {
        let by_number = (line.major, line.minor) == (partition.major, partition.minor);
        // LINUX: file systems of several devices, such as btrfs, have a number of their own.
        by_number || (line.major == 0 && is_node(&line.source, partition, node))
    };
    mounts.iter().filter(of).collect()
}

/// Whether a path in `/dev` is that of the device.
fn is_node(path: &str, partition: &Partition, node: &Node) -> bool {
    let Some(name) = path.strip_prefix("/dev/") else { return false };
    name == partition.name || name.strip_prefix("mapper/").is_some_and(|name| Some(name) == node.mapper_name.as_deref())
}

#[cfg(test)]
mod tests;
