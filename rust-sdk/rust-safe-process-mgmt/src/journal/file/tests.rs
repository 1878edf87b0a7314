//! Journal files made by hand, whole and damaged.

use super::{Field, File, HEADER, ReadAt};
use proptest::prelude::*;
use std::io;

impl ReadAt for Vec<u8> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let from = usize::try_from(offset).unwrap_or(usize::MAX).min(self.len());
        let count = buffer.len().min(self.len() - from);
        buffer[..count].copy_from_slice(&self[from..from + count]);
        Ok(count)
    }
}

/// A field: how it is packed, and its bytes as they stand in the file.
type Packed = (u8, Vec<u8>);

fn plain(text: &str) -> Packed {
    (0, text.as_bytes().to_vec())
}

fn lz4(text: &str) -> Packed {
    let mut bytes = (text.len() as u64).to_le_bytes().to_vec();
    bytes.extend(lz4_flex::block::compress(text.as_bytes()));
    (2, bytes)
}

fn zstd(text: &str) -> Packed {
    let packed = ruzstd::encoding::compress_to_vec(text.as_bytes(), ruzstd::encoding::CompressionLevel::Fastest);
    (4, packed)
}

struct Maker {
    bytes: Vec<u8>,
    compact: bool,
}

impl Maker {
    fn object(&mut self, kind: u8, flags: u8, body: &[u8]) -> u64 {
        let offset = self.bytes.len() as u64;
        self.bytes.extend([kind, flags, 0, 0, 0, 0, 0, 0]);
        self.bytes.extend((16 + body.len() as u64).to_le_bytes());
        self.bytes.extend(body);
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
        offset
    }

    fn place(&self, offset: u64) -> Vec<u8> {
        if self.compact { u32::try_from(offset).unwrap().to_le_bytes().to_vec() } else { offset.to_le_bytes().to_vec() }
    }

    /// A file of these entries, their places in arrays of two.
    fn file(compact: bool, entries: &[(u64, Vec<Packed>)]) -> Vec<u8> {
        let mut made = Self { bytes: vec![0; HEADER], compact };
        let mut places = Vec::new();
        for (time, fields) in entries {
            let mut body = [0_u64.to_le_bytes(), time.to_le_bytes()].concat();
            body.resize(48, 0);
            for (packing, field) in fields {
                let mut data = vec![0; if compact { 56 } else { 48 }];
                data.extend(field);
                let place = made.object(1, *packing, &data);
                body.extend(made.place(place));
                body.extend(vec![0; if compact { 0 } else { 8 }]);
            }
            places.push(made.object(3, 0, &body));
        }
        let mut first = 0_u64;
        let mut before = None;
        for pair in places.chunks(2) {
            let mut body = vec![0; 8];
            for place in pair {
                body.extend(made.place(*place));
            }
            let at = made.object(6, 0, &body);
            match before {
                None => first = at,
                Some(before) => made.bytes[before + 16..before + 24].copy_from_slice(&at.to_le_bytes()),
            }
            before = Some(usize::try_from(at).unwrap());
        }
        made.bytes[..8].copy_from_slice(b"LPKSHHRH");
        made.bytes[12] = if compact { 0b1_1110 } else { 0b0_1110 };
        made.bytes[152..160].copy_from_slice(&(places.len() as u64).to_le_bytes());
        made.bytes[176..184].copy_from_slice(&first.to_le_bytes());
        made.bytes
    }
}

fn sample(compact: bool) -> Vec<u8> {
    let long = "a long line ".repeat(100);
    let entries = [
        (1, vec![plain("MESSAGE=first"), plain("_SYSTEMD_UNIT=a.service"), plain("X=1")]),
        (2, vec![lz4(&format!("MESSAGE={long}")), plain("_SYSTEMD_UNIT=b.service"), plain("PRIORITY=3")]),
        (3, vec![zstd(&format!("MESSAGE={long}")), lz4("_SYSTEMD_UNIT=a.service")]),
        (4, vec![plain("MESSAGE=two"), plain("_PID=1"), plain("_PID=2")]),
        (5, vec![(1, vec![1, 2, 3]), plain("MESSAGE=xz")]),
    ];
    Maker::file(compact, &entries)
}

fn all(bytes: Vec<u8>) -> Vec<super::Raw> {
    let length = bytes.len() as u64;
    let Some(mut file) = File::new(bytes, length) else { return Vec::new() };
    let mut backwards = file.backwards();
    let mut entries = Vec::new();
    while let Some(offset) = file.next(&mut backwards) {
        entries.extend(file.entry(offset));
        assert!(entries.len() <= 100_000, "it does not end");
    }
    entries
}

#[test]
fn entries_come_newest_first_with_all_packings() {
    for compact in [false, true] {
        let entries = all(sample(compact));
        assert_eq!(entries.iter().map(|entry| entry.time).collect::<Vec<_>>(), [5, 4, 3, 2, 1]);
        let message = |at: usize| entries[at].value(Field::Message).unwrap().to_string();
        let long = "a long line ".repeat(100);
        assert_eq!([message(0), message(1), message(2), message(3), message(4)], ["xz", "two", &long, &long, "first"]);
        assert_eq!(entries[2].value(Field::Unit).unwrap().as_ref(), "a.service");
        assert_eq!(entries[3].value(Field::Priority).unwrap().as_ref(), "3");
        assert!(entries[0].unreadable && !entries[2].unreadable);
        assert!(entries[1].has(Field::Pid) && entries[1].value(Field::Pid).is_none(), "it stands there twice");
    }
}

#[test]
fn what_is_no_journal_is_none() {
    let length = |bytes: &Vec<u8>| bytes.len() as u64;
    for bytes in [Vec::new(), vec![0; 100], vec![0; 1000]] {
        assert!(File::new(bytes.clone(), length(&bytes)).is_none());
    }
    let mut future = sample(false);
    future[12] |= 0b10_0000;
    assert!(File::new(future.clone(), length(&future)).is_none());
}

#[test]
fn chains_that_go_in_circles_end() {
    let mut bytes = sample(false);
    let first = usize::try_from(super::u64_at(&bytes, 176).unwrap()).unwrap();
    bytes[152..160].copy_from_slice(&u64::MAX.to_le_bytes());
    bytes.copy_within(176..184, first + 16);
    assert_eq!(all(bytes).len(), 2);
}

#[test]
fn texts_that_unpack_to_too_much_are_cut_or_left_out() {
    let huge = format!("MESSAGE={}", "0".repeat(50_000_000));
    let entries = all(Maker::file(false, &[(1, vec![zstd(&huge)]), (2, vec![lz4(&huge)]), (3, vec![plain(&huge)])]));
    assert_eq!(entries[2].value(Field::Message).map(|text| text.len()), Some(64 * 1024));
    assert!(entries[1].unreadable && entries[1].values.is_empty());
    assert_eq!(entries[0].value(Field::Message).map(|text| text.len()), Some(64 * 1024));
}

proptest! {
    #[test]
    fn damage_neither_stops_nor_breaks_the_reader(
        compact: bool,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        numbers in prop::collection::vec((any::<prop::sample::Index>(), any::<u64>()), 0..4),
        cut in any::<prop::sample::Index>(),
        cuts: bool,
    ) {
        let mut bytes = sample(compact);
        for (at, value) in changes {
            // The signature stays: without it nothing is read.
            let at = 16 + at.index(bytes.len() - 16);
            bytes[at] = value;
        }
        for (at, value) in numbers {
            let at = 2 + at.index(bytes.len() / 8 - 2);
            bytes[at * 8..at * 8 + 8].copy_from_slice(&(value % 2048).to_le_bytes());
        }
        if cuts {
            bytes.truncate(cut.index(bytes.len()));
        }
        prop_assert!(all(bytes).len() <= 100_000);
    }
}
