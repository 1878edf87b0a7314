//! The data types of the SSH wire format (RFC 4251, section 5).

use crate::Error;

/// Reads what someone else wrote. Every length is held against what is there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'b> {
    rest: &'b [u8],
    /// What is read, for the error.
    what: &'static str,
}

impl<'b> Reader<'b> {
    pub(crate) fn new(bytes: &'b [u8], what: &'static str) -> Self {
        Self { rest: bytes, what }
    }

    pub(crate) fn malformed(&self, why: &str) -> Error {
        Error::Malformed { what: self.what, why: why.to_owned() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) fn rest(&self) -> &'b [u8] {
        self.rest
    }

    pub(crate) fn bytes(&mut self, count: usize) -> Result<&'b [u8], Error> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or_else(|| self.malformed("it ends too early"))?;
        self.rest = rest;
        Ok(taken)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, Error> {
        self.bytes(1).map(|bytes| bytes.iter().fold(0, |_, byte| *byte))
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Error> {
        let bytes = self.bytes(4)?;
        Ok(bytes.iter().fold(0, |number, byte| number << 8 | u32::from(*byte)))
    }

    pub(crate) fn u64(&mut self) -> Result<u64, Error> {
        let bytes = self.bytes(8)?;
        Ok(bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    pub(crate) fn string(&mut self) -> Result<&'b [u8], Error> {
        let length = usize::try_from(self.u32()?).map_err(|_| self.malformed("it ends too early"))?;
        self.bytes(length)
    }

    pub(crate) fn text(&mut self) -> Result<&'b str, Error> {
        let bytes = self.string()?;
        std::str::from_utf8(bytes).map_err(|_| self.malformed("a text in it is not UTF-8"))
    }

    /// A reader of a string.
    pub(crate) fn inner(&mut self) -> Result<Reader<'b>, Error> {
        Ok(Reader { rest: self.string()?, what: self.what })
    }

    /// A number that is not negative, without its leading zeros.
    pub(crate) fn mpint(&mut self) -> Result<&'b [u8], Error> {
        let bytes = self.string()?;
        match bytes {
            [first, ..] if *first > 0x7f => Err(self.malformed("a number in it is negative")),
            [0, second, ..] if *second <= 0x7f => Err(self.malformed("a number in it has a zero too many")),
            [0, rest @ ..] => Ok(rest),
            _ => Ok(bytes),
        }
    }

    /// That nothing is left.
    pub(crate) fn end(&self) -> Result<(), Error> {
        if self.rest.is_empty() { Ok(()) } else { Err(self.malformed("it has more bytes than it should")) }
    }
}

/// Appends a string.
pub(crate) fn put_string(out: &mut Vec<u8>, bytes: &[u8]) {
    // Nothing here comes near 4 GiB; what did would be refused by whoever reads it.
    out.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend(bytes);
}

/// Appends a number that is not negative.
pub(crate) fn put_mpint(out: &mut Vec<u8>, bytes: &[u8]) {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let mut number = bytes.get(zeros..).unwrap_or_default().to_vec();
    if number.first().is_some_and(|first| *first > 0x7f) {
        number.insert(0, 0);
    }
    put_string(out, &number);
}

#[cfg(test)]
mod tests {
    use super::{Reader, put_mpint, put_string};

    #[test]
    fn a_length_beyond_the_end_is_an_error() {
        for bytes in [&b"\x00\x00\x00\x05abcd"[..], b"\xff\xff\xff\xff", b"\x00\x00\x00", b""] {
            assert!(Reader::new(bytes, "x").string().is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn numbers_have_one_spelling() {
        for (number, spelt) in [
            (&b""[..], &b"\0\0\0\0"[..]),
            (b"\0\0", b"\0\0\0\0"),
            (b"\0\x80", b"\0\0\0\x02\0\x80"),
            (b"\x7f", b"\0\0\0\x01\x7f"),
        ] {
            let mut out = Vec::new();
            put_mpint(&mut out, number);
            assert_eq!(out, spelt);
            assert_eq!(Reader::new(&out, "x").mpint().unwrap(), number.trim_ascii_start_zeros());
        }
        for bad in [&b"\0\0\0\x01\x80"[..], b"\0\0\0\x02\0\x01"] {
            assert!(Reader::new(bad, "x").mpint().is_err(), "{bad:?}");
        }
    }

    trait Trim {
        fn trim_ascii_start_zeros(&self) -> &[u8];
    }

    impl Trim for [u8] {
        fn trim_ascii_start_zeros(&self) -> &[u8] {
            &self[self.iter().take_while(|byte| **byte == 0).count()..]
        }
    }

    #[test]
    fn a_string_is_read_as_it_was_put() {
        let mut out = Vec::new();
        put_string(&mut out, b"abc");
        let mut reader = Reader::new(&out, "x");
        assert_eq!(reader.string().unwrap(), b"abc");
        assert!(reader.end().is_ok());
    }
}
