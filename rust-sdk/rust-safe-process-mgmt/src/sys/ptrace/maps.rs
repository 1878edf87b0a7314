//! What is in the memory of a process, `/proc/PID/maps` in `proc(5)`.

/// Longer lists are cut.
pub(super) const MOST_BYTES: usize = 16 << 20;

/// A part of memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mapping {
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) executable: bool,
    /// Where in the file it begins.
    pub(super) offset: u64,
    /// The numbers of the device.
    pub(super) device: (u32, u32),
    /// 0 where it is of no file.
    pub(super) inode: u64,
    /// As the kernel writes it, with escapes; invalid UTF-8 replaced.
    pub(super) path: String,
}

/// A file in memory: the parts of one loading of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Loaded {
    pub(super) parts: Vec<Mapping>,
}

/// Reads the list. A line that is none is left out: names in it are whatever somebody called a file.
// `procfs_core` ends the program on some names (`/SYSVx`).
pub(super) fn parse(text: &[u8]) -> Vec<Mapping> {
    text.split(|byte| *byte == b'\n').filter_map(|line| mapping(&String::from_utf8_lossy(line))).collect()
}

fn mapping(line: &str) -> Option<Mapping> {
    let mut rest = line;
    let mut word = || {
        let (word, after) = rest.split_once(' ').unwrap_or((rest, ""));
        rest = after;
        word
    };
    let (range, permissions, offset, device, inode) = (word(), word(), word(), word(), word());
    let hexadecimal = |text: &str| u64::from_str_radix(text, 16).ok();
    let (start, end) = range.split_once('-')?;
    let (major, minor) = device.split_once(':')?;
    let (start, end) = (hexadecimal(start)?, hexadecimal(end)?);
    Some(Mapping {
        start,
        end,
        executable: permissions.as_bytes().get(2) == Some(&b'x'),
        offset: hexadecimal(offset)?,
        device: (u32::from_str_radix(major, 16).ok()?, u32::from_str_radix(minor, 16).ok()?),
        inode: inode.parse().ok()?,
        path: rest.trim_start_matches(' ').to_owned(),
    })
    .filter(|mapping| start < mapping.end)
}

/// The files that functions are in.
pub(super) fn loaded(mappings: &[Mapping]) -> Vec<Loaded> {
    let mut loaded: Vec<Loaded> = Vec::new();
    let same = |loaded: &Loaded, mapping: &Mapping| {
        loaded.parts.first().is_some_and(|first| (first.device, first.inode) == (mapping.device, mapping.inode))
    };
    for mapping in mappings.iter().filter(|mapping| mapping.inode != 0 && mapping.path.starts_with('/')) {
        // A program may be in memory twice, or read its own file by mapping it.
        let known = loaded.iter_mut().rev().find(|loaded| same(loaded, mapping)).filter(|_| mapping.offset != 0);
        match known {
            Some(known) => known.parts.push(mapping.clone()),
            None if mapping.offset == 0 => loaded.push(Loaded { parts: vec![mapping.clone()] }),
            None => {}
        }
    }
    loaded.retain(|loaded| loaded.parts.iter().any(|part| part.executable));
    loaded
}

#[cfg(test)]
mod tests {
    use super::{loaded, parse};

    const TEXT: &str = "\
55e5c0a00000-55e5c0a01000 r--p 00000000 fe:01 1234                       /usr/bin/my program
55e5c0a01000-55e5c0a02000 r-xp 00001000 fe:01 1234                       /usr/bin/my program
55e5c0b00000-55e5c0b21000 rw-p 00000000 00:00 0                          [heap]
7f0000000000-7f0000001000 r--p 00000000 fe:01 1234                       /usr/bin/my program
7f0000100000-7f0000101000 r--s 00000000 fe:01 99                         /var/data
7f0000200000-7f0000201000 rwxp 00000000 00:00 0
7ffd00000000-7ffd00021000 rw-p 00000000 00:00 0                          [stack]
";

    #[test]
    fn lines() {
        let mappings = parse(TEXT.as_bytes());
        assert_eq!(mappings.len(), 7);
        let second = &mappings[1];
        assert_eq!((second.start, second.end, second.offset), (0x55e5_c0a0_1000, 0x55e5_c0a0_2000, 0x1000));
        assert_eq!((second.device, second.inode, second.path.as_str()), ((0xfe, 1), 1234, "/usr/bin/my program"));
        assert!(second.executable && !mappings[0].executable);
        assert_eq!((mappings[5].path.as_str(), mappings[6].path.as_str()), ("", "[stack]"));
    }

    #[test]
    fn files_with_functions_and_each_loading_of_them() {
        let files = loaded(&parse(TEXT.as_bytes()));
        assert_eq!(files.len(), 1);
        let starts: Vec<u64> = files[0].parts.iter().map(|part| part.start).collect();
        assert_eq!(starts, [0x55e5_c0a0_0000, 0x55e5_c0a0_1000]);
    }

    #[test]
    fn what_is_no_line_is_left_out() {
        for text in
            ["", "\n", "x", "1-2", "2-1 r-xp 0 0:0 0", "1-2 r-xp 0 00 0", "-1-2 r-xp 0 0:0 0 /a", "1-2 r-xp 0 0:0 -1"]
        {
            assert_eq!(parse(text.as_bytes()), [], "{text}");
        }
        // Names that other readers fall over.
        for name in ["/SYSVx", "/SYSV\u{e9}\u{e9}\u{e9}\u{e9}", "[", "]", "[]", "/a (deleted)", "//"] {
            let line = format!("1000-2000 r-xp 00000000 00:01 7 {name}");
            assert_eq!(parse(line.as_bytes())[0].path, name);
        }
        assert_eq!(parse(b"1000-2000 r-xp 00000000 00:01 7 /\xff")[0].path, "/\u{fffd}");
    }
}
