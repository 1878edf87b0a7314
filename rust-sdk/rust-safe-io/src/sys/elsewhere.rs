//! While the calling thread is in namespaces other than the run's own: what must not be taken from there, and what must not stay there.
//!
//! INVARIANT: what is looked up once and kept for the whole run is looked up before another mount namespace is entered, or not at all
//! within it. Whoever made that namespace decides what stands at every path in it.

use super::descriptor::with_own_descriptors;
use rustix::fs::{CWD, Mode, OFlags, openat};
use std::cell::{Cell, RefCell};
use std::io;
use std::marker::PhantomData;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::rc::Rc;

thread_local! {
    /// How many guards there are.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
    /// The root directory of the run's own mount namespace, while the thread is in another one.
    static OWN_ROOT: RefCell<Option<OwnedFd>> = const { RefCell::new(None) };
    /// Whether paths are those of the run's own mount namespace nevertheless.
    static LOOKING_HOME: Cell<bool> = const { Cell::new(false) };
}

/// Says, while it lives, that the calling thread is in other namespaces than the run's own. It is made before they are entered and
/// dropped after they are left; it enters nothing by itself.
///
/// Within another mount namespace names of users and groups are not looked up: the C library would load its modules from there.
#[derive(Debug)]
pub struct Elsewhere {
    /// Whether it is the one that keeps the own root directory.
    keeps_root: bool,
    /// It speaks of one thread.
    thread: PhantomData<Rc<()>>,
}

impl Elsewhere {
    /// Prepares the thread for other namespaces, another mount namespace among them where `mounts` says so.
    ///
    /// # Errors
    /// What the system says where what has to be kept cannot be opened.
    pub fn begin(mounts: bool) -> io::Result<Self> {
        let keeps_root = mounts && !Self::is_among_other_mounts();
        if keeps_root {
            with_own_descriptors(|_| Ok(()))?;
            super::names::remember_own();
            let root = openat(CWD, c"/", OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
            OWN_ROOT.set(Some(root));
        }
        DEPTH.set(DEPTH.get() + 1);
        Ok(Self { keeps_root, thread: PhantomData })
    }

    /// Whether the calling thread is in other namespaces of any kind.
    pub fn is_anywhere_else() -> bool {
        DEPTH.get() > 0
    }

    /// Whether the calling thread is in another mount namespace.
    pub fn is_among_other_mounts() -> bool {
        OWN_ROOT.with_borrow(Option::is_some)
    }

    /// Runs `act` on `/proc/self/fd` as the run's own mount namespace has it: what another one shows there is the word of whoever made it. For the
    /// `sys` modules of other crates, which read there where a descriptor is, or open what it holds anew.
    ///
    /// # Errors
    /// That of `act`; an error where `/proc` is not mounted.
    pub fn with_own_descriptors<R>(act: impl FnOnce(BorrowedFd<'_>) -> io::Result<R>) -> io::Result<R> {
        with_own_descriptors(act)
    }

    /// Runs `body`, in which paths are those of the run's own mount namespace: for what the owner of the host put there.
    pub(crate) fn at_home<R>(body: impl FnOnce() -> R) -> R {
        struct Back(bool);
        impl Drop for Back {
            fn drop(&mut self) {
                LOOKING_HOME.set(self.0);
            }
        }
        let _back = Back(LOOKING_HOME.replace(true));
        body()
    }

    /// Runs `body` with the root directory that absolute paths begin at, where that is not the thread's own.
    pub(super) fn with_base<R>(body: impl FnOnce(Option<BorrowedFd<'_>>) -> R) -> R {
        OWN_ROOT.with_borrow(|root| body(root.as_ref().filter(|_| LOOKING_HOME.get()).map(|root| root.as_fd())))
    }
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get().saturating_sub(1));
        if self.keeps_root {
            OWN_ROOT.set(None);
        }
    }
}
