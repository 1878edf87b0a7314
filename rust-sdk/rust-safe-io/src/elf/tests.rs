//! ELF files made by hand, of either class and order, and damaged ones.

use super::{ElfInfo, MOST, Source, info};

/// A file of these parts: type, address, content.
fn elf(is_64bit: bool, big: bool, kind: u16, parts: &[(u32, u64, Vec<u8>)]) -> Vec<u8> {
    let order = |mut bytes: Vec<u8>| {
        if big {
            bytes.reverse();
        }
        bytes
    };
    let half = |number: u16| order(number.to_le_bytes().to_vec());
    let word = |number: u32| order(number.to_le_bytes().to_vec());
    let long = |number: u64| order(number.to_le_bytes().to_vec());
    let address = |number: u64| if is_64bit { long(number) } else { word(u32::try_from(number).unwrap()) };
    let (header, entry) = if is_64bit { (64, 56) } else { (52, 32) };
    let mut file = vec![0x7f, b'E', b'L', b'F', 1 + u8::from(is_64bit), 1 + u8::from(big), 1];
    file.resize(16, 0);
    file.extend([half(kind), half(62), word(1), address(0), address(header), address(0), word(0)].concat());
    let count = u16::try_from(parts.len()).unwrap();
    file.extend([half(u16::try_from(header).unwrap()), half(entry), half(count), half(0), half(0), half(0)].concat());
    let mut offset = header + u64::from(entry) * u64::from(count);
    for (kind, at, content) in parts {
        let size = content.len() as u64;
        file.extend(if is_64bit {
            [word(*kind), word(4), long(offset), long(*at), long(*at), long(size), long(size), long(4)].concat()
        } else {
            [word(*kind), address(offset), address(*at), address(*at), address(size), address(size), word(4), word(4)]
                .concat()
        });
        offset += size;
    }
    file.extend(parts.iter().flat_map(|(.., content)| content.iter().copied()));
    file
}

fn source(bytes: Vec<u8>, most: u64) -> Source {
    Source::of_bytes(bytes, &std::rc::Rc::new(std::cell::Cell::new(most)))
}

fn read(bytes: Vec<u8>) -> Result<ElfInfo, String> {
    info(&source(bytes, MOST)).map_err(|error| error.to_string())
}

/// A note called `CORE` that holds an auxiliary vector.
fn vector(is_64bit: bool, big: bool, entries: &[(u64, u64)]) -> Vec<u8> {
    let word = |number: u32| if big { number.to_be_bytes() } else { number.to_le_bytes() };
    let value = |number: u64| {
        let number32 = u32::try_from(number).unwrap();
        match (is_64bit, big) {
            (true, true) => number.to_be_bytes().to_vec(),
            (true, false) => number.to_le_bytes().to_vec(),
            (false, _) => word(number32).to_vec(),
        }
    };
    let content: Vec<u8> = entries.iter().flat_map(|(key, address)| [value(*key), value(*address)].concat()).collect();
    let size = u32::try_from(content.len()).unwrap();
    [word(5).as_slice(), &word(size), &word(6), b"CORE\0\0\0\0", &content].concat()
}

#[test]
fn classes_and_orders() {
    for (is_64bit, big) in [(true, false), (true, true), (false, false), (false, true)] {
        let interpreter = b"/lib/ld.so\0".to_vec();
        let program = read(elf(is_64bit, big, 3, &[(3, 0, interpreter)])).unwrap();
        let expected = ElfInfo { execfn: None, platform: None, interpreter: Some("/lib/ld.so".into()), is_64bit };
        assert_eq!(program, expected, "{big}");
        let texts = b"/usr/bin/tool\0x86_64\0".to_vec();
        let vector = vector(is_64bit, big, &[(6, 4096), (15, 0x1000 + 14), (31, 0x1000)]);
        let core = read(elf(is_64bit, big, 4, &[(4, 0, vector), (1, 0x1000, texts)])).unwrap();
        assert_eq!((core.execfn.as_deref(), core.platform.as_deref()), (Some("/usr/bin/tool"), Some("x86_64")));
        assert_eq!(core.interpreter, None);
    }
}

#[test]
fn the_first_vector_counts() {
    let texts = b"first\0second\0".to_vec();
    let notes = [vector(true, false, &[(31, 0x1000)]), vector(true, false, &[(31, 0x1006)])].concat();
    assert_eq!(read(elf(true, false, 4, &[(4, 0, notes), (1, 0x1000, texts)])).unwrap().execfn, Some("first".into()));
}

#[test]
fn texts_that_are_nowhere_or_no_texts() {
    for (address, content) in [(0x999, "a\0"), (0x1002, "a\0"), (u64::from(u32::MAX), "a\0"), (0x1000, "no end")] {
        let parts = [(4, 0, vector(true, false, &[(31, address)])), (1, 0x1000, content.as_bytes().to_vec())];
        assert_eq!(read(elf(true, false, 4, &parts)).unwrap().execfn, None, "{address:x} {content}");
    }
    let parts = [(4, 0, vector(true, false, &[(31, 0x1000)])), (1, 0x1000, vec![0xff, 0xfe, 0])];
    assert_eq!(read(elf(true, false, 4, &parts)).unwrap().execfn, None);
}

#[test]
fn what_is_no_elf_file_or_damaged() {
    let refused = |bytes: Vec<u8>, said: &str| {
        let error = read(bytes).unwrap_err();
        assert!(error.starts_with(&format!("Validation error: {said}: ")), "{error}");
    };
    refused(Vec::new(), "Failed to parse ELF file");
    refused(b"not a program\n".to_vec(), "Failed to parse ELF file");
    let whole = elf(true, false, 3, &[(3, 0, b"/lib/ld.so\0".to_vec())]);
    refused(whole[..20].to_vec(), "Failed to parse ELF file");
    refused(whole[..100].to_vec(), "Failed to parse ELF file");
    refused(whole[..whole.len() - 1].to_vec(), "Failed to parse ELF file");
    let mut beyond = whole.clone();
    // The size of the interpreter's name.
    beyond[64 + 32..64 + 40].copy_from_slice(&u64::MAX.to_le_bytes());
    refused(beyond, "Failed to parse ELF file");
    let mut note = elf(true, false, 4, &[(4, 0, vector(true, false, &[(31, 0)]))]);
    note[64 + 56..64 + 60].copy_from_slice(&u32::MAX.to_le_bytes());
    refused(note, "Failed to parse note");
}

#[test]
fn no_more_is_read_than_may_be() {
    let large = elf(true, false, 4, &[(4, 0, vec![0; 4092])]);
    assert!(info(&source(large.clone(), 8192)).is_ok());
    assert!(info(&source(large, 4000)).is_err());
}

/// Whatever single byte is wrong, it ends.
#[test]
fn every_byte_may_be_wrong() {
    let parts =
        [(3, 0, b"/lib/ld.so\0".to_vec()), (4, 0, vector(true, false, &[(31, 0x1000)])), (1, 0x1000, b"a\0".to_vec())];
    for is_64bit in [true, false] {
        let mut parts = parts.clone();
        parts[1].2 = vector(is_64bit, false, &[(31, 0x1000)]);
        let whole = elf(is_64bit, false, 4, &parts);
        for at in 0..whole.len() {
            for value in [0, 1, 0x7f, 0x80, 0xff] {
                let mut wrong = whole.clone();
                wrong[at] = value;
                let _ = read(wrong);
            }
        }
    }
}
