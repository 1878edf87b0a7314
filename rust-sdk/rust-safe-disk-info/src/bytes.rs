//! Numbers of bytes in larger units.

/// A unit for [`format_bytes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// One byte.
    Bytes,
    /// 1024 bytes.
    Kilobytes,
    /// 1024 * 1024 bytes.
    Megabytes,
    /// 1024 * 1024 * 1024 bytes.
    Gigabytes,
    /// 1024 * 1024 * 1024 * 1024 bytes.
    Terabytes,
}

impl Unit {
    const fn bytes(self) -> i64 {
        match self {
            Unit::Bytes => 1,
            Unit::Kilobytes => 1 << 10,
            Unit::Megabytes => 1 << 20,
            Unit::Gigabytes => 1 << 30,
            Unit::Terabytes => 1 << 40,
        }
    }
}

/// How many whole `unit`s `size` bytes are; the rest is cut off.
pub const fn format_bytes(size: i64, unit: Unit) -> i64 {
    size / unit.bytes()
}

/// `size` bytes for people: one digit after the point from 1 KiB on, such as `1.5 GiB`, as cut off, never rounded up.
pub fn human_bytes(size: i64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let sign = if size < 0 { "-" } else { "" };
    let size = size.unsigned_abs();
    let mut told = format!("{sign}{size} B");
    let mut unit = 1_u64;
    for name in UNITS {
        unit <<= 10;
        if size < unit {
            break;
        }
        // The rest is below 2^60, ten times that fits.
        told = format!("{sign}{}.{} {name}", size / unit, size % unit * 10 / unit);
    }
    told
}

#[cfg(test)]
mod tests {
    use super::{Unit, format_bytes, human_bytes};

    #[test]
    fn whole_units() {
        let size = (3 << 40) + (1 << 30) + 1;
        assert_eq!(format_bytes(size, Unit::Bytes), size);
        assert_eq!(format_bytes(2047, Unit::Kilobytes), 1);
        assert_eq!(format_bytes(size, Unit::Megabytes), (3 << 20) + 1024);
        assert_eq!(format_bytes(size, Unit::Gigabytes), (3 << 10) + 1);
        assert_eq!(format_bytes(i64::MAX, Unit::Terabytes), (1 << 23) - 1);
        assert_eq!(format_bytes(i64::MIN, Unit::Bytes), i64::MIN);
    }

    #[test]
    fn for_people() {
        for (size, told) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (1536, "1.5 KiB"),
            ((1 << 20) - 1, "1023.9 KiB"),
            (5 << 30, "5.0 GiB"),
            (-1536, "-1.5 KiB"),
            (i64::MAX, "7.9 EiB"),
            (i64::MIN, "-8.0 EiB"),
        ] {
            assert_eq!(human_bytes(size), told);
        }
    }
}
