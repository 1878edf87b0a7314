//! Command lines as they are shown.

/// The command line in `/proc/PID/cmdline`: its words joined by spaces, the directory of the first left out. Empty for a thread of the
/// kernel.
pub(crate) fn shown(cmdline: &[u8]) -> String {
    // A process that writes its own title leaves the room behind it empty.
    let end = cmdline.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let words = cmdline.get(..end).unwrap_or_default();
    let first = words.iter().position(|byte| matches!(byte, 0 | b' ')).unwrap_or(words.len());
    let name = words.get(..first).and_then(|first| first.iter().rposition(|byte| *byte == b'/')).map_or(0, |at| at + 1);
    let mut shown = words.get(name..).unwrap_or_default().to_vec();
    for byte in &mut shown {
        if *byte == 0 {
            *byte = b' ';
        }
    }
    String::from_utf8(shown).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn words_are_joined_and_the_first_loses_its_directory() {
        for (cmdline, command) in [
            ("/usr/bin/perl\0-w\0/a/b\0", "perl -w /a/b"),
            ("sh\0", "sh"),
            ("", ""),
            ("\0\0", ""),
            ("a\0\0b\0", "a  b"),
            ("nginx: master process /usr/sbin/nginx\0\0\0\0", "nginx: master process /usr/sbin/nginx"),
            ("/opt/my app/run\0x\0", "my app/run x"),
            ("/usr/bin/\0x\0", " x"),
        ] {
            assert_eq!(shown(cmdline.as_bytes()), command, "{cmdline:?}");
        }
        assert_eq!(shown(b"/b\xff\0c\0"), "b\u{fffd} c");
    }
}
