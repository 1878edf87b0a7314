//! The auditor: keeps a record of every verdict before it takes effect, or ends the run.

use crate::{Stopped, Usage, Verdict};
use std::cell::RefCell;
use std::fmt;
use std::time::{Duration, Instant};

/// Keeps records of what the gate decides and of what came of it. A record that cannot be kept ends the run.
pub trait Auditor {
    /// Keeps a verdict. It is told before the proof is handed out: what is not kept does not happen.
    ///
    /// # Errors
    /// [`Stopped`] where the record cannot be kept, or the verdict must not stand.
    fn judged(&self, verdict: &Verdict<'_>) -> Result<(), Stopped>;

    /// Keeps how a function ended that was granted something.
    ///
    /// # Errors
    /// [`Stopped`] where the record cannot be kept.
    fn ended(&self, effect: &Effect<'_>) -> Result<(), Stopped>;
}

/// What came of a function that was granted something.
#[derive(Debug)]
pub struct Effect<'e> {
    /// The script function.
    pub function: &'static str,
    /// The script line of the call, 0 where unknown.
    pub line: usize,
    /// Nothing where it succeeded, else the kind of its error.
    pub error: Option<&'e str>,
    /// How long it took, with what it called back.
    pub took: Duration,
    /// What it used, with what it called back.
    pub usage: Usage,
}

/// The state of things as a function began.
#[derive(Debug)]
pub struct Mark {
    pub(crate) allowed: u64,
    pub(crate) usage: Usage,
    pub(crate) began: Instant,
}

/// The gate's auditor, if it has one, and whether it failed.
#[derive(Default)]
pub(crate) struct Audit {
    auditor: Option<Box<dyn Auditor>>,
    failed: RefCell<Option<Stopped>>,
}

impl Audit {
    pub(crate) fn by(auditor: impl Auditor + 'static) -> Self {
        Self { auditor: Some(Box::new(auditor)), failed: RefCell::default() }
    }

    #[inline]
    pub(crate) fn is_on(&self) -> bool {
        self.auditor.is_some()
    }

    /// Why the run has to end, where a record could not be kept.
    #[inline]
    pub(crate) fn failure(&self) -> Option<Stopped> {
        if self.auditor.is_none() { None } else { self.failed.borrow().clone() }
    }

    #[inline]
    pub(crate) fn judged(&self, verdict: &Verdict<'_>) -> Result<(), Stopped> {
        match &self.auditor {
            None => Ok(()),
            Some(auditor) => self.keep(|| auditor.judged(verdict)),
        }
    }

    pub(crate) fn ended(&self, effect: &Effect<'_>) -> Result<(), Stopped> {
        match &self.auditor {
            None => Ok(()),
            Some(auditor) => self.keep(|| auditor.ended(effect)),
        }
    }

    /// After the first failure nothing is tried any more: a gap must not be followed by records that look as if there were none.
    fn keep(&self, record: impl FnOnce() -> Result<(), Stopped>) -> Result<(), Stopped> {
        if let Some(failed) = &*self.failed.borrow() {
            return Err(failed.clone());
        }
        let kept = record();
        if let Err(stopped) = &kept {
            *self.failed.borrow_mut() = Some(stopped.clone());
        }
        kept
    }
}

impl fmt::Debug for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Audit").field("on", &self.is_on()).field("failed", &self.failed).finish_non_exhaustive()
    }
}
