//! A mounted file system and its figures.

use crate::rates::percent;
use crate::sys::Figures;

/// A mounted file system. Sizes are in bytes; what is beyond the range saturates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filesystem {
    /// The device, or whatever the file system calls its source.
    pub device: String,
    /// The type, such as `ext4`.
    pub kind: String,
    /// Where it is mounted.
    pub mounted_on: String,
    /// Its options, `key` or `key=value`, in the order of the system.
    pub options: Vec<String>,
    /// Whether it lies on this machine, as far as its type and device tell.
    pub local: bool,
    pub(crate) figures: Figures,
}

impl Filesystem {
    fn bytes(&self, blocks: u64) -> u64 {
        blocks.saturating_mul(self.figures.block_size)
    }

    /// All of it.
    pub fn size(&self) -> u64 {
        self.bytes(self.figures.blocks)
    }

    /// What ordinary users can still fill.
    pub fn available(&self) -> u64 {
        self.bytes(self.figures.available)
    }

    /// All that ordinary users cannot fill: what is in use and what is reserved.
    pub fn unavailable(&self) -> u64 {
        self.size().saturating_sub(self.available())
    }

    /// The share of [`Self::unavailable`] of the size.
    pub fn unavailable_percent(&self) -> f64 {
        percent(self.unavailable(), self.size())
    }

    /// What is in use, as `df` tells it: without what is reserved.
    pub fn used(&self) -> u64 {
        self.bytes(self.figures.blocks.saturating_sub(self.figures.free))
    }

    /// What is free for root alone.
    pub fn reserved(&self) -> u64 {
        self.bytes(self.figures.free.saturating_sub(self.figures.available))
    }

    /// The share that is in use of what ordinary users could use, as `df` tells it, not rounded.
    pub fn used_percent(&self) -> f64 {
        percent(self.used(), self.used().saturating_add(self.available()))
    }

    /// Bytes of a block.
    pub fn block_size(&self) -> u64 {
        self.figures.block_size
    }

    /// Inodes in all; 0 where the file system makes them as needed.
    pub fn inodes(&self) -> u64 {
        self.figures.inodes
    }

    /// Free inodes.
    pub fn inodes_free(&self) -> u64 {
        self.figures.inodes_free
    }

    /// Inodes in use.
    pub fn inodes_used(&self) -> u64 {
        self.figures.inodes.saturating_sub(self.figures.inodes_free)
    }

    /// The share of inodes in use; 0.0 where there are none.
    pub fn inodes_percent(&self) -> f64 {
        percent(self.inodes_used(), self.inodes())
    }
}

#[cfg(test)]
mod tests {
    use super::Filesystem;
    use crate::sys::Figures;
    use proptest::prelude::*;

    fn with(figures: Figures) -> Filesystem {
        let text = || String::from("x");
        Filesystem { device: text(), kind: text(), mounted_on: text(), options: Vec::new(), local: true, figures }
    }

    #[test]
    fn reserved_room_is_neither_used_nor_available() {
        let of = with(Figures { blocks: 100, free: 40, available: 30, inodes: 50, inodes_free: 40, block_size: 4096 });
        assert_eq!([of.size(), of.used(), of.reserved(), of.available()], [100, 60, 10, 30].map(|n| n * 4096));
        assert_eq!((of.unavailable(), of.inodes_used()), (70 * 4096, 10));
        assert_eq!((of.unavailable_percent(), of.inodes_percent()), (70.0, 20.0));
        assert!((of.used_percent() - 66.666).abs() < 0.001);
    }

    #[test]
    fn a_file_system_without_room_has_no_shares() {
        let of = with(Figures::default());
        assert_eq!((of.unavailable_percent(), of.used_percent(), of.inodes_percent()), (0.0, 0.0, 0.0));
    }

    proptest! {
        #[test]
        fn odd_figures_neither_overflow_nor_leave_the_hundred(
            (blocks, free, available) in any::<(u64, u64, u64)>(),
            (inodes, inodes_free, block_size) in any::<(u64, u64, u64)>(),
        ) {
            let of = with(Figures { blocks, free, available, inodes, inodes_free, block_size });
            prop_assert_eq!(of.size() - of.unavailable(), of.available().min(of.size()));
            for share in [of.unavailable_percent(), of.used_percent(), of.inodes_percent()] {
                prop_assert!((0.0..=100.0).contains(&share));
            }
            let _ = (of.reserved(), of.used());
        }
    }
}
