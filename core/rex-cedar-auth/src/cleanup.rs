//! Work that should not be cut short, although the run has to end: taking away what was half done.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

static GOING_ON: AtomicUsize = AtomicUsize::new(0);

/// Says, until it is dropped, that the process takes away what it left half done.
#[derive(Debug)]
#[must_use = "the cleaning up ends when this is dropped"]
pub struct Cleanup(());

impl Cleanup {
    /// Begins to clean up.
    pub fn begin() -> Self {
        GOING_ON.fetch_add(1, Relaxed);
        Self(())
    }

    /// Whether anyone in this process is at it. Whoever ends a run leaves it some time then.
    pub fn is_going_on() -> bool {
        GOING_ON.load(Relaxed) > 0
    }
}

impl Drop for Cleanup {
    fn drop(&mut self) {
        GOING_ON.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::Cleanup;

    #[test]
    fn it_goes_on_until_the_last_ends() {
        let (one, other) = (Cleanup::begin(), Cleanup::begin());
        drop(one);
        assert!(Cleanup::is_going_on());
        drop(other);
        assert!(!Cleanup::is_going_on());
    }
}
