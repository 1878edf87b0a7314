//! Proofs of a verdict, and values that wait for one.

use crate::Action;
use std::fmt;
use std::marker::PhantomData;

/// Proof that the policy allowed action `A` on this very target.
///
/// Only the gate makes one. It cannot be copied, so one proof serves one act.
#[must_use = "a proof is asked for in order to act on it"]
pub struct Authorized<'t, A: Action, T: ?Sized> {
    target: &'t T,
    action: PhantomData<A>,
}

impl<'t, A: Action, T: ?Sized> Authorized<'t, A, T> {
    pub(crate) fn new(target: &'t T) -> Self {
        Self { target, action: PhantomData }
    }

    /// What was judged.
    pub fn target(&self) -> &'t T {
        self.target
    }
}

impl<A: Action, T: ?Sized> fmt::Debug for Authorized<'_, A, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Authorized<{}>", A::DEFINITION.uid)
    }
}

/// A value fetched in order to be judged. Only [`crate::Gate::release`] opens it.
#[must_use = "an unjudged value is of use only once the gate releases it"]
pub struct Unjudged<T>(T);

impl<T> Unjudged<T> {
    /// Holds `value` until the gate releases it.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    pub(crate) fn judged(self) -> T {
        self.0
    }

    pub(crate) fn peek(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Unjudged<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Unjudged")
    }
}
