//! The journal: every verdict is counted, every denial is kept, and an observer may follow.

use crate::Denied;
use crate::Kind;
use crate::action::Definition;
use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::fmt;
use std::rc::Rc;

/// How many denials are kept, the first ones. Of more still the first of each function and action: what fills the journal hides nothing of
/// another kind.
const KEPT: usize = 1000;

/// One verdict, as an observer sees it.
#[derive(Debug)]
pub struct Verdict<'v> {
    /// The action that was asked for.
    pub action: &'static Definition,
    /// The kind of resource.
    pub kind: Kind,
    /// The id of the resource.
    pub id: &'v str,
    /// The denial, or nothing where it was allowed.
    pub denied: Option<&'v Denied>,
    /// The policies that permitted it, by `@id` or `policyN` with their line. Known only where an auditor asks for them.
    pub permitted_by: &'v [Rc<str>],
    /// Whether it is let pass although it is denied.
    pub observing: bool,
    /// What was asked for.
    pub extent: Extent,
    /// The script function that asked, where one ran.
    pub function: Option<&'static str>,
    /// The script line of the call, 0 where unknown.
    pub line: usize,
}

/// How far a question of the gate went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Whether it is permitted on this one resource.
    One,
    /// The same, for everything of the kind that lies directly in a directory.
    Directory,
    /// Only whether something forbids it: a permit for what it is a part of is there.
    UnlessForbidden,
}

/// A denial with the place in the script that asked.
#[derive(Debug, Clone)]
pub struct KeptDenial {
    /// The denial.
    pub denied: Denied,
    /// The script function that asked.
    pub function: Option<&'static str>,
    /// The script line of the call, 0 where unknown.
    pub line: usize,
    /// How often the same denial came in a row.
    pub times: u64,
}

type Observer = Box<dyn Fn(&Verdict<'_>)>;

/// What the gate decided so far, also where the script swallowed a denial.
#[derive(Default)]
pub struct Journal {
    allowed: Cell<u64>,
    denied: Cell<u64>,
    denials: RefCell<Vec<KeptDenial>>,
    /// Which functions were denied which actions.
    seen: RefCell<HashSet<(Option<&'static str>, &'static str)>>,
    left_out: Cell<u64>,
    observer: Option<Observer>,
}

impl Journal {
    /// A journal that also tells `observer` of every verdict.
    pub fn observed_by(observer: impl Fn(&Verdict<'_>) + 'static) -> Self {
        Self { observer: Some(Box::new(observer)), ..Self::default() }
    }

    /// How many requests were allowed.
    pub fn allowed(&self) -> u64 {
        self.allowed.get()
    }

    /// How many requests were denied.
    pub fn denied(&self) -> u64 {
        self.denied.get()
    }

    /// The denials, in order; equal ones in a row are one with its number. After a thousand only the first of each function and action.
    pub fn denials(&self) -> Vec<KeptDenial> {
        self.denials.borrow().iter().cloned().collect()
    }

    /// How many denials are not among [`Self::denials`].
    pub fn left_out(&self) -> u64 {
        self.left_out.get()
    }

    #[inline]
    pub(crate) fn record(&self, verdict: &Verdict<'_>) {
        match verdict.denied {
            None => self.allowed.set(self.allowed.get() + 1),
            Some(denied) => self.keep(denied, verdict),
        }
        if let Some(observer) = &self.observer {
            observer(verdict);
        }
    }

    #[cold]
    fn keep(&self, denied: &Denied, verdict: &Verdict<'_>) {
        self.denied.set(self.denied.get() + 1);
        let mut denials = self.denials.borrow_mut();
        let first = self.seen.borrow_mut().insert((verdict.function, verdict.action.uid));
        if let Some(last) = denials.last_mut()
            && (last.line, last.function) == (verdict.line, verdict.function)
            && last.denied == *denied
        {
            last.times += 1;
        } else if first || denials.len() < KEPT {
            let (function, line) = (verdict.function, verdict.line);
            denials.push(KeptDenial { denied: denied.clone(), function, line, times: 1 });
        } else {
            self.left_out.set(self.left_out.get() + 1);
        }
    }
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal").field("allowed", &self.allowed).field("denied", &self.denied).finish_non_exhaustive()
    }
}
