//! What sysfs(5) tells of a block device.

use super::left_out;
use super::partitions::Partition;
use crate::{Error, Result, Skipped};
use rex_cedar_auth::Gate;
use rust_safe_io::{DirHandle, DirOptions, FileOptions};

/// Far above what the kernel tells of one device, and of all.
const MOST: u64 = 16 << 20;

const FOLLOW: DirOptions = DirOptions { follow: true, create: false, recursive: false };

/// What was learnt of a device.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) kind: String,
    pub(super) mapper_name: Option<String>,
    pub(super) removable: Option<bool>,
    pub(super) read_only: Option<bool>,
    pub(super) rotational: Option<bool>,
    pub(super) model: Option<String>,
    pub(super) scheduler: Option<String>,
    /// The kernel's names of the devices that it lies on.
    pub(super) parents: Option<Vec<String>>,
}

/// The content of a file in a directory.
///
/// # Policy
/// Asks `open` and `read` on the file.
pub(super) fn read(gate: &Gate, dir: &DirHandle, name: &str) -> Result<Vec<u8>> {
    let file = dir.open_file(gate, name, FileOptions { read: true, ..FileOptions::default() })?;
    Ok(file.read_bytes(gate, 0, MOST)?)
}

/// Reads the facts of one device; of what cannot be learnt one note is kept.
struct Reader<'a> {
    gate: &'a Gate,
    name: &'a str,
    refused: Option<Error>,
}

impl Reader<'_> {
    /// What was learnt, or nothing where it is not told.
    fn note<T>(&mut self, learnt: Result<T>) -> Result<Option<T>> {
        match learnt {
            Ok(value) => Ok(Some(value)),
            Err(Error::NotFound(_)) => Ok(None),
            Err(error) if error.is_final() => Err(error),
            Err(error) => {
                self.refused.get_or_insert(error);
                Ok(None)
            }
        }
    }

    fn dir(&mut self, above: &DirHandle, name: &str) -> Result<Option<DirHandle>> {
        let opened = DirHandle::open(self.gate, &format!("{}/{name}", above.path()), FOLLOW);
        self.note(opened.map_err(Error::from))
    }

    fn text(&mut self, dir: &DirHandle, name: &str) -> Result<Option<String>> {
        let content = self.note(read(self.gate, dir, name))?;
        let text = content.map(|content| String::from_utf8_lossy(&content).trim().to_owned());
        Ok(text.filter(|text| !text.is_empty()))
    }

    fn flag(&mut self, dir: &DirHandle, name: &str) -> Result<Option<bool>> {
        Ok(self.text(dir, name)?.map(|text| text != "0"))
    }

    fn names(&mut self, dir: &DirHandle) -> Result<Option<Vec<String>>> {
        let listed = self.note(dir.entries(self.gate).map_err(Error::from))?;
        Ok(listed.map(|entries| {
            let mut names: Vec<String> = entries.iter().map(|entry| kernel_name(&entry.name())).collect();
            names.sort();
            names
        }))
    }
}

/// LINUX: a slash in a name is written `!` in sysfs.
fn kernel_name(file_name: &str) -> String {
    file_name.replace('!', "/")
}

impl Node {
    /// Reads what sysfs tells of a device.
    ///
    /// # Errors
    /// The directory of the device cannot be opened.
    pub(super) fn of(gate: &Gate, partition: &Partition, skipped: &mut Vec<Skipped>) -> Result<Self> {
        gate.proceed()?;
        let path = format!("/sys/dev/block/{}:{}", partition.major, partition.minor);
        let dir = DirHandle::open(gate, &path, FOLLOW)?;
        let mut reader = Reader { gate, name: &partition.name, refused: None };
        let node = Self::read(&mut reader, &dir)?;
        if let Some(error) = &reader.refused {
            skipped.push(left_out(reader.name, error));
        }
        Ok(node)
    }

    fn read(reader: &mut Reader<'_>, dir: &DirHandle) -> Result<Self> {
        let mut node = Self { read_only: reader.flag(dir, "ro")?, ..Self::default() };
        let told = reader.text(dir, "uevent")?.and_then(|text| device_type(&text));
        node.kind = told.unwrap_or_else(|| "unknown".to_owned());
        if node.kind == "partition" {
            node.removable = Some(false);
            // The directory of a partition lies in that of its disk.
            node.parents = Some(dir.path().rsplit('/').nth(1).map(kernel_name).into_iter().collect());
            return Ok(node);
        }
        node.removable = reader.flag(dir, "removable")?;
        if let Some(queue) = reader.dir(dir, "queue")? {
            node.rotational = reader.flag(&queue, "rotational")?;
            node.scheduler = reader.text(&queue, "scheduler")?.map(|text| chosen(&text));
        }
        if reader.name.starts_with("dm-")
            && let Some(mapper) = reader.dir(dir, "dm")?
        {
            node.mapper_name = reader.text(&mapper, "name")?;
            node.kind = mapper_kind(&reader.text(&mapper, "uuid")?.unwrap_or_default());
        } else if reader.name.starts_with("md")
            && let Some(raid) = reader.dir(dir, "md")?
        {
            node.kind = reader.text(&raid, "level")?.unwrap_or(node.kind);
        } else if let Some(hardware) = reader.dir(dir, "device")? {
            node.model = reader.text(&hardware, "model")?;
        }
        node.parents = match reader.dir(dir, "slaves")? {
            Some(slaves) => reader.names(&slaves)?,
            None => reader.refused.is_none().then(Vec::new),
        };
        Ok(node)
    }
}

/// `DEVTYPE` of a uevent.
fn device_type(uevent: &str) -> Option<String> {
    uevent.lines().find_map(|line| line.strip_prefix("DEVTYPE=")).map(str::to_owned)
}

/// The scheduler in brackets of all that could be chosen.
fn chosen(schedulers: &str) -> String {
    let chosen = schedulers.split_once('[').and_then(|(_, rest)| rest.split_once(']')).map(|(chosen, _)| chosen);
    chosen.unwrap_or(schedulers).to_owned()
}

/// What a device of the device mapper is: its maker writes it before the first dash of the uuid.
fn mapper_kind(uuid: &str) -> String {
    let kind = match uuid.split('-').next().unwrap_or_default() {
        "LVM" => "lvm",
        "CRYPT" => "crypt",
        "mpath" => "mpath",
        "DMRAID" => "dmraid",
        part if part.starts_with("part") => "part",
        _ => "dm",
    };
    kind.to_owned()
}

#[cfg(test)]
mod tests {
    use super::{chosen, device_type, mapper_kind};

    #[test]
    fn texts_of_sysfs() {
        assert_eq!(device_type("MAJOR=8\nDEVTYPE=disk\nSEQ=1"), Some("disk".to_owned()));
        assert_eq!(device_type("MAJOR=8\n"), None);
        assert_eq!((chosen("none [mq-deadline] bfq"), chosen("none")), ("mq-deadline".to_owned(), "none".to_owned()));
    }

    #[test]
    fn mapped_devices_by_their_makers() {
        let kinds = ["LVM-abc", "CRYPT-LUKS2-x-y", "mpath-3600", "DMRAID-x", "part1-mpath-3600", "", "VERITY-x"]
            .map(mapper_kind);
        assert_eq!(kinds, ["lvm", "crypt", "mpath", "dmraid", "part", "dm", "dm"]);
    }
}
