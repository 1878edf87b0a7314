//! Units of sizes.

use strum::VariantArray;

/// A unit of a size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, VariantArray)]
pub enum SizeUnit {
    /// One byte.
    #[default]
    Bytes,
    /// 1000 bytes.
    Kilobytes,
    /// 1024 bytes.
    Kibibytes,
    /// 1000² bytes.
    Megabytes,
    /// 1024² bytes.
    Mebibytes,
    /// 1000³ bytes.
    Gigabytes,
    /// 1024³ bytes.
    Gibibytes,
}

impl SizeUnit {
    /// Every unit, the smallest first.
    pub const ALL: &[Self] = Self::VARIANTS;

    /// How many bytes it stands for.
    pub const fn bytes(self) -> u64 {
        match self {
            Self::Bytes => 1,
            Self::Kilobytes => 1000,
            Self::Kibibytes => 1 << 10,
            Self::Megabytes => 1_000_000,
            Self::Mebibytes => 1 << 20,
            Self::Gigabytes => 1_000_000_000,
            Self::Gibibytes => 1 << 30,
        }
    }

    /// So many of it, in bytes; nothing for a negative number, or one beyond what a file can have.
    pub fn times(self, count: i64) -> Option<u64> {
        let bytes = u64::try_from(count).ok()?.checked_mul(self.bytes())?;
        i64::try_from(bytes).is_ok().then_some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::SizeUnit;

    #[test]
    fn multiples() {
        let sizes: Vec<u64> = SizeUnit::ALL.iter().map(|unit| unit.bytes()).collect();
        assert!(sizes.is_sorted());
        assert_eq!(SizeUnit::Mebibytes.times(3), Some(3 << 20));
        assert_eq!(
            (SizeUnit::Bytes.times(-1), SizeUnit::Bytes.times(i64::MAX)),
            (None, Some(i64::MAX.cast_unsigned()))
        );
        assert_eq!(SizeUnit::Kilobytes.times(i64::MAX / 1000 + 1), None);
    }
}
