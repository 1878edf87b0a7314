//! What the kernel counts in: constants that it hands to every program at its start, and nothing of the host.

/// Units of figures of the kernel.
pub(crate) struct Units;

impl Units {
    /// Ticks in a second, at least one.
    pub(crate) fn ticks_per_second() -> u64 {
        rustix::param::clock_ticks_per_second().max(1)
    }

    /// The size of a page in KiB.
    pub(crate) fn page_kib() -> u64 {
        rustix::param::page_size() as u64 / 1024
    }
}
