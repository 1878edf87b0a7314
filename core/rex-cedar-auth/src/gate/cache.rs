//! Decisions that need not be made again.

use crate::{Cause, Kind};
use hashbrown::{DefaultHashBuilder, HashTable};
use std::cell::RefCell;
use std::hash::BuildHasher;
use std::rc::Rc;

/// Each of the two generations holds so many: beyond that a look-up would miss the processor's cache and cost more than it saves.
const GENERATION: usize = 8192;

/// Allowed, or why not.
#[derive(Debug, Clone)]
pub(super) struct Decision(Option<Rc<Reason>>);

#[derive(Debug)]
struct Reason {
    /// Nothing where it is allowed.
    cause: Option<Cause>,
    policies: Rc<[Rc<str>]>,
}

impl Decision {
    pub(super) fn allowed() -> Self {
        Self(None)
    }

    /// Allowed, and by which policies.
    pub(super) fn allowed_by(policies: Rc<[Rc<str>]>) -> Self {
        Self(Some(Rc::new(Reason { cause: None, policies })))
    }

    pub(super) fn denied(cause: Cause, policies: Rc<[Rc<str>]>) -> Self {
        Self(Some(Rc::new(Reason { cause: Some(cause), policies })))
    }

    fn cause(&self) -> Option<&Cause> {
        self.0.as_ref().and_then(|reason| reason.cause.as_ref())
    }

    pub(super) fn is_denial(&self) -> bool {
        self.cause().is_some()
    }

    /// Whether it is denied for want of a permit alone: no forbid matched, and nothing failed.
    pub(super) fn is_only_unpermitted(&self) -> bool {
        self.cause() == Some(&Cause::NotPermitted)
    }

    /// The policies that permitted it, as far as they were asked for.
    pub(super) fn permitted_by(&self) -> &[Rc<str>] {
        match &self.0 {
            Some(reason) if reason.cause.is_none() => &reason.policies,
            _ => &[],
        }
    }

    /// The cause of a denial, and the policies.
    pub(super) fn reason(&self) -> Option<(Cause, Rc<[Rc<str>]>)> {
        let reason = self.0.as_ref()?;
        Some((reason.cause.clone()?, Rc::clone(&reason.policies)))
    }
}

/// What a decision is remembered for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Question<'q> {
    pub(super) action: usize,
    pub(super) kind: Kind,
    pub(super) id: &'q str,
    pub(super) scope: Scope,
}

/// For what a decision holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Scope {
    /// The resource with this id.
    Resource,
    /// Everything directly in the directory with this id that no policy names.
    Directory,
    /// Everything below the directory with this id that no policy names and that lies in no other named directory below it.
    Tree,
}

struct Remembered {
    action: usize,
    kind: Kind,
    id: Box<str>,
    scope: Scope,
    decision: Decision,
}

impl Remembered {
    fn question(&self) -> Question<'_> {
        Question { action: self.action, kind: self.kind, id: &self.id, scope: self.scope }
    }
}

/// Two generations: when the young one is full it becomes the old one, whose forgotten half is dropped.
#[derive(Default)]
pub(super) struct Decisions {
    hasher: DefaultHashBuilder,
    young: RefCell<HashTable<Remembered>>,
    old: RefCell<HashTable<Remembered>>,
}

impl Decisions {
    /// The remembered decision, or the one that `decide` makes, which is remembered then.
    #[inline]
    pub(super) fn get_or_insert_with(&self, question: Question<'_>, decide: impl FnOnce() -> Decision) -> Decision {
        let hash = self.hasher.hash_one(question);
        if let Some(known) = self.young.borrow().find(hash, |known| known.question() == question) {
            return known.decision.clone();
        }
        self.older_or_new(hash, question, decide)
    }

    #[cold]
    fn older_or_new(&self, hash: u64, question: Question<'_>, decide: impl FnOnce() -> Decision) -> Decision {
        let known =
            self.old.borrow().find(hash, |known| known.question() == question).map(|known| known.decision.clone());
        // Nothing is borrowed while the decision is made.
        let decision = known.unwrap_or_else(decide);
        let Question { action, kind, id, scope } = question;
        let remembered = Remembered { action, kind, id: id.into(), scope, decision: decision.clone() };
        let mut young = self.young.borrow_mut();
        if young.len() >= GENERATION {
            *self.old.borrow_mut() = std::mem::take(&mut *young);
        }
        young.insert_unique(hash, remembered, |known| self.hasher.hash_one(known.question()));
        decision
    }
}
