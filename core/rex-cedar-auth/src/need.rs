//! What a function may ask for.

use crate::action::{Action, Definition};
use crate::kind::{AcceptedBy, Kind, ResourceKind};
use std::fmt;

/// One pair of action and kind of resource that a function may ask the gate for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Need {
    /// The action.
    pub action: &'static Definition,
    /// The kind of resource.
    pub kind: Kind,
}

/// The need of action `A` on resources of kind `K`. A pair that the schema does not know does not compile.
pub const fn need<A: Action, K: ResourceKind + AcceptedBy<A>>() -> Need {
    Need { action: A::DEFINITION, kind: K::KIND }
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {}", self.action.uid, self.kind.type_name())
    }
}
