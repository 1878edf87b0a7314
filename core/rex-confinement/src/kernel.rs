//! What this kernel and this account offer for a floor.

use crate::sys;
use landlock::ABI;

/// The Landlock ABI that has all that a floor is made of: files, truncation and device controls, TCP ports, signals and abstract sockets.
///
/// LINUX: 5 since 6.10, 6 since 6.12. What is newer is used where it is there, and never required.
pub(crate) const WHOLE: ABI = ABI::V6;

/// The newest Landlock ABI that the rules know of; see [`crate::domain`].
pub(crate) const NEWEST: ABI = ABI::V10;

/// What the kernel offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kernel {
    pub(crate) landlock: ABI,
    pub(crate) seccomp: bool,
}

impl Kernel {
    /// Asks the kernel.
    pub fn look() -> Self {
        Self {
            landlock: sys::landlock_version().map_or(ABI::Unsupported, |version| ABI::from(version).min(NEWEST)),
            seccomp: cfg!(any(target_arch = "x86_64", target_arch = "aarch64")) && sys::has_seccomp_filters(),
        }
    }
}
