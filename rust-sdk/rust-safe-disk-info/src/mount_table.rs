//! The text of mount tables: `proc_pid_mounts(5)`, `proc_pid_mountinfo(5)`, and of swap areas, `proc_swaps(5)`.
//!
//! The kernel escapes in octal what would break a line, and leaves all other bytes as they are. Lines that are not understood are left out.

/// One line of `/proc/mounts`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// The device, or whatever the file system calls its source.
    pub(crate) source: String,
    /// Where it is mounted, as its bytes are.
    pub(crate) point: Vec<u8>,
    /// The type.
    pub(crate) kind: String,
    /// The options, in their order.
    pub(crate) options: Vec<String>,
}

/// One line of `/proc/self/mountinfo`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InfoLine {
    pub(crate) id: u64,
    pub(crate) parent: u64,
    pub(crate) major: u32,
    pub(crate) minor: u32,
    /// The directory of the file system that is mounted.
    pub(crate) root: String,
    pub(crate) point: String,
    pub(crate) options: Vec<String>,
    /// How mounts propagate, such as `shared:2`.
    pub(crate) propagation: Vec<String>,
    pub(crate) kind: String,
    pub(crate) source: String,
    /// The options of the file system itself.
    pub(crate) super_options: Vec<String>,
}

/// The mounts of `/proc/mounts`.
pub(crate) fn mounts(table: &[u8]) -> Vec<Line> {
    table.split(|byte| *byte == b'\n').filter_map(line).collect()
}

/// The mounts of `/proc/self/mountinfo`.
pub(crate) fn mountinfo(table: &[u8]) -> Vec<InfoLine> {
    table.split(|byte| *byte == b'\n').filter_map(info_line).collect()
}

/// The paths of the swap areas of `/proc/swaps`.
pub(crate) fn swaps(table: &[u8]) -> Vec<String> {
    let lines = table.split(|byte| *byte == b'\n').skip(1);
    lines
        .filter_map(|line| line.split(u8::is_ascii_whitespace).next().filter(|path| !path.is_empty()))
        .map(text)
        .collect()
}

fn line(line: &[u8]) -> Option<Line> {
    // A source may be empty: a blank parts two fields, always.
    let mut fields = line.split(|byte| *byte == b' ');
    let [source, point, kind, all] = [fields.next()?, fields.next()?, fields.next()?, fields.next()?];
    Some(Line { source: text(source), point: unescape(point), kind: text(kind), options: options(all) })
}

fn info_line(line: &[u8]) -> Option<InfoLine> {
    let mut fields = line.split(|byte| *byte == b' ');
    let (id, parent) = (number(fields.next()?)?, number(fields.next()?)?);
    let device = fields.next()?;
    let (major, minor) = device.split_at_checked(device.iter().position(|byte| *byte == b':')?)?;
    let (root, point, own) = (text(fields.next()?), text(fields.next()?), options(fields.next()?));
    let propagation = fields.by_ref().take_while(|field| *field != b"-").map(text).collect();
    let [kind, source] = [fields.next()?, fields.next()?].map(text);
    Some(InfoLine {
        id,
        parent,
        major: u32::try_from(number(major)?).ok()?,
        minor: u32::try_from(number(minor.get(1..)?)?).ok()?,
        root,
        point,
        options: own,
        propagation,
        kind,
        source,
        super_options: options(fields.next()?),
    })
}

fn number(digits: &[u8]) -> Option<u64> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

fn options(field: &[u8]) -> Vec<String> {
    // A comma in a value is escaped.
    field.split(|byte| *byte == b',').filter(|option| !option.is_empty()).map(text).collect()
}

fn text(field: &[u8]) -> String {
    String::from_utf8_lossy(&unescape(field)).into_owned()
}

/// The bytes that `\ooo` stand for put in their place.
fn unescape(field: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((byte, after)) = rest.split_first() {
        let (byte, after) = octal(rest).unwrap_or((*byte, after));
        plain.push(byte);
        rest = after;
    }
    plain
}

/// The byte that an escape at the beginning stands for, and what comes after it.
fn octal(field: &[u8]) -> Option<(u8, &[u8])> {
    let [b'\\', high @ b'0'..=b'3', middle @ b'0'..=b'7', low @ b'0'..=b'7', after @ ..] = field else { return None };
    Some(((high - b'0') << 6 | (middle - b'0') << 3 | (low - b'0'), after))
}

#[cfg(test)]
mod tests {
    use super::{InfoLine, Line, mountinfo, mounts, swaps, unescape};
    use proptest::prelude::*;

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn mounts_keep_bytes_and_order() {
        let table = b"//srv/a\\040b /mnt/a\\011b\\134c\xff cifs rw,user=x\\054y,rw,uid=0 0 0\n / tmpfs ro,size=0k 0 0\nbroken line\n";
        let expected = [
            Line {
                source: "//srv/a b".to_owned(),
                point: b"/mnt/a\tb\\c\xff".to_vec(),
                kind: "cifs".to_owned(),
                options: texts(&["rw", "user=x,y", "rw", "uid=0"]),
            },
            Line {
                source: String::new(),
                point: b"/".to_vec(),
                kind: "tmpfs".to_owned(),
                options: texts(&["ro", "size=0k"]),
            },
        ];
        assert_eq!(mounts(table), expected);
    }

    #[test]
    fn mountinfo_tells_ids_device_root_and_propagation() {
        let table = b"36 35 98:0 /mnt1 /mnt\\0402 rw,noatime shared:1 master:1 - ext3 /dev/root rw,errors=continue\n\
                      22 27 0:21 / /proc rw - proc proc rw\n1 2 3 / / rw - a b c\n";
        let expected = InfoLine {
            id: 36,
            parent: 35,
            major: 98,
            minor: 0,
            root: "/mnt1".to_owned(),
            point: "/mnt 2".to_owned(),
            options: texts(&["rw", "noatime"]),
            propagation: texts(&["shared:1", "master:1"]),
            kind: "ext3".to_owned(),
            source: "/dev/root".to_owned(),
            super_options: texts(&["rw", "errors=continue"]),
        };
        let found = mountinfo(table);
        assert_eq!((&found[0], found.len(), found[1].propagation.len()), (&expected, 2, 0));
    }

    #[test]
    fn swaps_without_their_heading() {
        let table = b"Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n/dev/dm-1\tpartition\t8\t0\t-2\n/swap\\040file file 1 0 -3\n";
        assert_eq!(swaps(table), ["/dev/dm-1", "/swap file"]);
        assert!(swaps(b"").is_empty());
    }

    #[test]
    fn only_whole_escapes_of_a_byte_are_taken() {
        assert_eq!(unescape(br"\040\04\400\08x\\134"), br" \04\400\08x\\");
    }

    proptest! {
        #[test]
        fn what_the_kernel_escapes_comes_back(plain in proptest::collection::vec(any::<u8>(), 0..40)) {
            let escaped: Vec<u8> = plain.iter().flat_map(|byte| match byte {
                b' ' | b'\t' | b'\n' | b'\\' | b'#' => format!("\\{byte:03o}").into_bytes(),
                byte => vec![*byte],
            }).collect();
            prop_assert_eq!(&unescape(&escaped), &plain);
            let table = [b"x ", &escaped[..], b" y z 0 0\n"].concat();
            prop_assert_eq!(&mounts(&table)[0].point, &plain);
        }

        #[test]
        fn no_bytes_break_it(table in proptest::collection::vec(any::<u8>(), 0..400), spaced in "([0-9:a-z/,\\\\ -]{0,12} ){0,14}") {
            let _ = (mounts(&table), mountinfo(&table), swaps(&table));
            let found = mountinfo(spaced.as_bytes());
            prop_assert!(found.len() <= 1);
        }
    }
}
