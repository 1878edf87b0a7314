//! The table of block devices that have a size, `proc_partitions(5)`.

/// A line of `/proc/partitions`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Partition {
    pub(super) major: u32,
    pub(super) minor: u32,
    pub(super) size_kib: u64,
    pub(super) name: String,
}

/// The devices of `/proc/partitions`, without its heading. Lines that are not understood are left out.
pub(super) fn parse(table: &[u8]) -> Vec<Partition> {
    String::from_utf8_lossy(table).lines().filter_map(line).collect()
}

fn line(line: &str) -> Option<Partition> {
    let mut fields = line.split_ascii_whitespace();
    let (major, minor) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some(Partition { major, minor, size_kib: fields.next()?.parse().ok()?, name: fields.next()?.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::{Partition, parse};
    use proptest::prelude::*;

    #[test]
    fn large_numbers_and_names_with_slashes() {
        let table =
            b"major minor  #blocks  name\n\n 259  1048575 1000204632 nvme0n1\n 104 0 1 cciss/c0d0\n 8 0 x sda\n";
        let expected = [(259, 1_048_575, 1_000_204_632, "nvme0n1"), (104, 0, 1, "cciss/c0d0")];
        let expected =
            expected.map(|(major, minor, size_kib, name)| Partition { major, minor, size_kib, name: name.to_owned() });
        assert_eq!(parse(table), expected);
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(table in proptest::collection::vec(any::<u8>(), 0..300), spaced in "([0-9a-z]{0,22}[ \n]){0,12}") {
            let _ = (parse(&table), parse(spaced.as_bytes()));
        }
    }
}
