//! How many bytes are handed out. Each thread has a count of its own, which it alone writes: one count for all would be locked, by the processor, twice
//! for each block, a fiftieth of a run's start.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// What threads took less what they gave back. A number alone may be below zero, as blocks go from one thread to another: it wraps.
#[repr(align(64))]
struct Count(AtomicUsize);

/// The first is shared by all threads for which no other is left: a run has two or three, a walk as many as there are processors.
static COUNTS: [Count; 32] = [const { Count(AtomicUsize::new(0)) }; 32];
const SHARED: usize = 0;

/// Counts given to threads; those of threads that are gone keep what these left.
static GIVEN: AtomicUsize = AtomicUsize::new(SHARED);

thread_local! {
    /// The number of the thread's count; nothing before its first block.
    static OWN: Cell<Option<usize>> = const { Cell::new(None) };
}

/// Counts have to move so far before it is worth adding them up.
const STEP: usize = 1 << 16;

/// Takes so many bytes more, or fewer, in numbers that wrap. Says whether the sum may have moved far.
#[inline]
pub(super) fn add(bytes: usize) -> bool {
    let own = OWN.get().unwrap_or_else(give);
    let Some(Count(count)) = COUNTS.get(own) else { return true };
    let before = if own == SHARED {
        count.fetch_add(bytes, Relaxed)
    } else {
        let before = count.load(Relaxed);
        count.store(before.wrapping_add(bytes), Relaxed);
        before
    };
    (before ^ before.wrapping_add(bytes)) >= STEP
}

#[cold]
fn give() -> usize {
    let next = GIVEN.fetch_add(1, Relaxed).saturating_add(1);
    let own = if next < COUNTS.len() { next } else { SHARED };
    OWN.set(Some(own));
    own
}

/// The sum.
pub(super) fn sum() -> usize {
    let sum = COUNTS.iter().fold(0_usize, |sum, Count(count)| sum.wrapping_add(count.load(Relaxed)));
    // A block that goes from one thread to another meanwhile may be missing.
    usize::try_from(sum.cast_signed()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{COUNTS, STEP, add, sum};
    use std::sync::{Mutex, MutexGuard, PoisonError};

    /// The counts are those of the whole process.
    fn alone() -> MutexGuard<'static, ()> {
        static ALONE: Mutex<()> = Mutex::new(());
        ALONE.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[test]
    fn what_threads_took_and_others_gave_back_adds_up() {
        let _alone = alone();
        let before = sum();
        // More than there are counts.
        for _ in 0..COUNTS.len() * 3 {
            std::thread::spawn(|| add(1000)).join().unwrap();
        }
        assert_eq!(sum() - before, COUNTS.len() * 3 * 1000);
        std::thread::spawn(|| add(0_usize.wrapping_sub(COUNTS.len() * 3 * 1000))).join().unwrap();
        assert_eq!(sum(), before);
    }

    #[test]
    fn threads_at_once_lose_nothing() {
        let _alone = alone();
        let before = sum();
        let threads: Vec<_> = (0..COUNTS.len() * 2)
            .map(|_| {
                std::thread::spawn(|| {
                    for _ in 0..10_000 {
                        add(3);
                        add(0_usize.wrapping_sub(2));
                    }
                })
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(sum() - before, COUNTS.len() * 2 * 10_000);
        add(0_usize.wrapping_sub(COUNTS.len() * 2 * 10_000));
    }

    #[test]
    fn the_sum_is_looked_at_once_in_a_while_and_for_large_blocks() {
        let _alone = alone();
        assert!(add(STEP) && add(0_usize.wrapping_sub(STEP)));
        let looks = (0..1000).filter(|_| add(STEP / 100)).count();
        assert!((9..=11).contains(&looks), "{looks}");
        add(0_usize.wrapping_sub(STEP / 100 * 1000));
    }
}
