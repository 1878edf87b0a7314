//! What a run uses up: counted by the gate, and bounded by a budget.

use crate::Stopped;
use std::cell::Cell;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What is used up for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub enum Means {
    /// Bytes written to files, or asked of a file system for them.
    Written,
    /// Bytes sent over the network.
    Sent,
    /// Bytes received from the network, and those of [`note_read`]. They are counted, not bounded.
    Read,
    /// Processes started.
    Children,
    /// Descriptors held at the same time. The system bounds them, and nobody counts.
    Descriptors,
}

const MEANS: usize = 4;

/// The bytes read from files by this process: several threads may read for one function.
static READ: AtomicU64 = AtomicU64::new(0);

/// Counts bytes read from files.
#[inline]
pub fn note_read(bytes: usize) {
    READ.fetch_add(bytes as u64, Relaxed);
}

/// How much was used so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Bytes written to files.
    pub written: u64,
    /// Bytes sent over the network.
    pub sent: u64,
    /// Bytes read from files and received from the network.
    pub read: u64,
    /// Processes started.
    pub children: u64,
}

impl Usage {
    /// What was used since `earlier`: of one function, where `earlier` was taken as it began.
    #[must_use]
    pub fn since(self, earlier: Self) -> Self {
        Self {
            written: self.written.saturating_sub(earlier.written),
            sent: self.sent.saturating_sub(earlier.sent),
            read: self.read.saturating_sub(earlier.read),
            children: self.children.saturating_sub(earlier.children),
        }
    }
}

/// How much may be used in all; `None` is without limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Budget {
    /// Bytes written to files.
    pub written: Option<u64>,
    /// Bytes sent over the network.
    pub sent: Option<u64>,
    /// Processes started.
    pub children: Option<u64>,
    /// The address space, in bytes, that programs get where this process was given less (`RLIMIT_AS` of `setrlimit(2)`); `u64::MAX` is without
    /// limit.
    pub program_memory: Option<u64>,
}

type Exhausted = Box<dyn Fn(Means) -> Stopped>;

/// Counts, and says no before a budget is exceeded.
pub(crate) struct Meter {
    used: [Cell<u64>; MEANS],
    most: [u64; MEANS],
    budget: Budget,
    exhausted: Option<Exhausted>,
    read_before: u64,
}

impl Default for Meter {
    fn default() -> Self {
        Self {
            used: [const { Cell::new(0) }; MEANS],
            most: [u64::MAX; MEANS],
            budget: Budget::default(),
            exhausted: None,
            read_before: READ.load(Relaxed),
        }
    }
}

impl Meter {
    pub(crate) fn new(budget: Budget, exhausted: impl Fn(Means) -> Stopped + 'static) -> Self {
        let Budget { written, sent, children, .. } = budget;
        let most = [written, sent, None, children].map(|most| most.unwrap_or(u64::MAX));
        Self { most, budget, exhausted: Some(Box::new(exhausted)), ..Self::default() }
    }

    #[inline]
    pub(crate) fn spend(&self, means: Means, amount: u64) -> Result<(), Stopped> {
        let index = means as usize;
        let (Some(used), Some(most)) = (self.used.get(index), self.most.get(index)) else { return Ok(()) };
        let sum = used.get().saturating_add(amount);
        if sum > *most {
            return Err(self.refuse(means));
        }
        used.set(sum);
        Ok(())
    }

    pub(crate) fn left(&self, means: Means) -> u64 {
        let most = self.most.get(means as usize).copied().unwrap_or(u64::MAX);
        let used = self.used.get(means as usize).map_or(0, Cell::get);
        if most == u64::MAX { most } else { most.saturating_sub(used) }
    }

    #[cold]
    pub(crate) fn refuse(&self, means: Means) -> Stopped {
        match &self.exhausted {
            Some(exhausted) => exhausted(means),
            None => Stopped("a budget is exhausted".into()),
        }
    }

    pub(crate) fn budget(&self) -> &Budget {
        &self.budget
    }

    pub(crate) fn usage(&self) -> Usage {
        let [written, sent, read, children] = self.used.each_ref().map(Cell::get);
        let read = read.saturating_add(READ.load(Relaxed).saturating_sub(self.read_before));
        Usage { written, sent, read, children }
    }
}

impl fmt::Debug for Meter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.usage().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::{Budget, Means, Usage};
    use crate::{Gate, Policies, Stopped};
    use std::cell::Cell;
    use std::rc::Rc;

    fn gate() -> Gate {
        Gate::new(Policies::load("none", "").unwrap(), "alice")
    }

    #[test]
    fn what_is_spent_is_counted_by_its_kind() {
        let gate = gate();
        gate.spend(Means::Written, 3).unwrap();
        let before = gate.usage();
        gate.spend(Means::Written, 4).unwrap();
        gate.spend(Means::Sent, 5).unwrap();
        gate.spend(Means::Read, 6).unwrap();
        gate.spend(Means::Children, 1).unwrap();
        super::note_read(7);
        assert_eq!(gate.usage().since(before), Usage { written: 4, sent: 5, read: 13, children: 1 });
        assert_eq!(gate.usage().written, 7);
    }

    #[test]
    fn a_budget_can_be_used_to_its_end_and_no_further() {
        let asked = Rc::new(Cell::new(None));
        let told = Rc::clone(&asked);
        let gate = gate().with_budget(Budget { written: Some(10), ..Budget::default() }, move |means| {
            told.set(Some(means));
            Stopped("enough".into())
        });
        gate.spend(Means::Written, 4).unwrap();
        assert_eq!((gate.left(Means::Written), gate.left(Means::Sent)), (6, u64::MAX));
        gate.spend(Means::Written, 6).unwrap();
        assert_eq!(asked.get(), None);
        assert_eq!(gate.spend(Means::Written, 1), Err(Stopped("enough".into())));
        assert_eq!(asked.get(), Some(Means::Written));
        assert_eq!(gate.spend(Means::Written, u64::MAX).unwrap_err().to_string(), "enough");
        // What was refused is not counted; nothing is taken from what has no bound.
        assert_eq!(gate.usage().written, 10);
        gate.spend(Means::Sent, u64::MAX).unwrap();
        gate.spend(Means::Sent, 7).unwrap();
        assert_eq!(gate.usage().sent, u64::MAX);
    }
}
