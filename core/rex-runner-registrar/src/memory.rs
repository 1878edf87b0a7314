//! Counts the memory of the process, so that a run can be ended when it uses too much.

mod tally;

use crate::sudden;
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

static WALL: AtomicUsize = AtomicUsize::new(usize::MAX);

/// The memory handed out at present, in bytes. Always 0 where [`Counting`] is not the global allocator.
#[inline]
pub fn used() -> usize {
    tally::sum()
}

/// From `bytes` on, or some kilobytes more, the process ends at once with the record of [`sudden::prepare`]: a single step of the engine can ask for any
/// amount before anything else notices. Without a prepared record, the wall does nothing.
pub fn set_wall(bytes: usize) {
    WALL.store(bytes, Relaxed);
}

/// Stops every other thread at its next call for memory, whether it takes or gives back: so that they no longer get in the way of the calling
/// one, which reports the end of the run and may use all there is. Without a record of [`sudden::prepare`] this does nothing.
pub fn stop_others() {
    sudden::supervise_here();
    WALL.store(STOPPED, Relaxed);
}

/// The wall that nothing is below.
const STOPPED: usize = 0;

/// Sets the allocator (`mallopt(3)`) for a run: one heap for all threads, because a second one would grow page by page, by a system call
/// each; and what is freed is used again before the system gets it back, because each page that it gives is a fault. Together a tenth
/// of the time of a short run. Call it before there are threads.
pub fn share_heap() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[expect(unsafe_code, reason = "no library offers this call of the C library")]
    // SAFETY: it sets numbers of the allocator; at worst they have no effect.
    unsafe {
        nix::libc::mallopt(nix::libc::M_ARENA_MAX, 1);
        nix::libc::mallopt(nix::libc::M_MMAP_THRESHOLD, 1 << 20);
        nix::libc::mallopt(nix::libc::M_TRIM_THRESHOLD, 4 << 20);
    }
}

/// The allocator of the system, counted. Declare it as the global allocator of the program.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counting;

impl Counting {
    #[inline]
    fn grow(bytes: usize) {
        let far = tally::add(bytes);
        let wall = WALL.load(Relaxed);
        if wall == STOPPED || (far && tally::sum() > wall) {
            Self::meet(wall);
        }
    }

    #[inline]
    fn shrink(bytes: usize) {
        tally::add(0_usize.wrapping_sub(bytes));
        if WALL.load(Relaxed) == STOPPED {
            Self::meet(STOPPED);
        }
    }

    #[cold]
    fn meet(wall: usize) {
        if wall == STOPPED {
            sudden::stop();
        } else {
            sudden::end(sudden::Cause::Memory);
        }
    }

    #[inline]
    fn checked(pointer: *mut u8) -> *mut u8 {
        if pointer.is_null() {
            sudden::end(sudden::Cause::NoMemory);
        }
        pointer
    }
}

#[expect(unsafe_code, reason = "a global allocator is unsafe by its trait; it only counts and hands on")]
// SAFETY: every call goes to `System` with the same arguments, so that its guarantees hold.
unsafe impl GlobalAlloc for Counting {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        Self::grow(layout.size());
        // SAFETY: the caller keeps the contract of `alloc`, which is that of `System`.
        Self::checked(unsafe { System.alloc(layout) })
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        Self::grow(layout.size());
        // SAFETY: as in `alloc`.
        Self::checked(unsafe { System.alloc_zeroed(layout) })
    }

    #[inline]
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        Self::shrink(layout.size());
        // SAFETY: `pointer` came from `System` with this layout.
        unsafe { System.dealloc(pointer, layout) }
    }

    #[inline]
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // While the content moves, both blocks exist.
        Self::grow(new_size);
        // SAFETY: as in `dealloc`, and `new_size` is the caller's.
        let moved = Self::checked(unsafe { System.realloc(pointer, layout, new_size) });
        Self::shrink(layout.size());
        moved
    }
}
