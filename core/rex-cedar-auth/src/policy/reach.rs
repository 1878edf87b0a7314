//! What a set of policies could ever permit, whatever is asked: wider than the policies where it cannot tell, never narrower.
//!
//! INVARIANT: what the gate permits lies within it. It may be read only for what cannot happen, never for what may.

mod bounds;

use super::Policies;
use super::requirement::{Requirement, reads};
use crate::action::{self, Definition};
use crate::{Kind, ancestors};
use bounds::Bounds;
use cedar_policy::Effect;
use cedar_policy::pst::{PrincipalConstraint, StaticPolicy, Template};
use std::collections::BTreeSet;

/// What a set of policies could ever permit one account.
#[derive(Debug, Clone)]
pub struct Reach {
    permits: Vec<Rule>,
    /// Those without a condition: they hold for certain.
    forbids: Vec<Rule>,
    reads_executable: bool,
}

/// What one policy is about.
#[derive(Debug, Clone)]
struct Rule {
    actions: Vec<&'static Definition>,
    kinds: Vec<Kind>,
    bounds: Bounds,
}

/// A part of the file system, by path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// What has this very path.
    Exact(String),
    /// What has this path, and all that lies below.
    Tree(String),
}

impl Place {
    /// The path that it is named by.
    pub fn path(&self) -> &str {
        let (Self::Exact(path) | Self::Tree(path)) = self;
        path
    }

    /// Whether what has this path belongs to it.
    pub fn holds(&self, path: &str) -> bool {
        match self {
            Self::Exact(own) => own == path,
            Self::Tree(top) => is_at_or_below(path, top),
        }
    }

    /// What belongs to both; nothing where they have nothing in common.
    fn meet(&self, other: &Self) -> Option<Self> {
        if other.holds(self.path()) && (matches!(self, Self::Exact(_)) || matches!(other, Self::Tree(_))) {
            return Some(self.clone());
        }
        (self.holds(other.path()) && (matches!(other, Self::Exact(_)) || matches!(self, Self::Tree(_))))
            .then(|| other.clone())
    }
}

fn is_at_or_below(path: &str, top: &str) -> bool {
    path == top || ancestors(path).any(|above| above == top)
}

/// To what an action could ever be permitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Coverage {
    /// To nothing.
    Nothing,
    /// To these places at most.
    Places(BTreeSet<Place>),
    /// To whatever there is.
    Everything,
}

impl Coverage {
    /// Whether what has this path could be among it.
    pub fn holds(&self, path: &str) -> bool {
        match self {
            Self::Nothing => false,
            Self::Places(places) => places.iter().any(|place| place.holds(path)),
            Self::Everything => true,
        }
    }
}

impl Reach {
    /// That of a run which lets everything pass.
    pub fn everything() -> Self {
        let all = Rule { actions: action::ALL.to_vec(), kinds: Kind::ALL.to_vec(), bounds: Bounds::default() };
        Self { permits: vec![all], forbids: Vec::new(), reads_executable: true }
    }

    fn of(policies: &Policies, principal: &str) -> Self {
        let mut reach = Self { permits: Vec::new(), forbids: Vec::new(), reads_executable: false };
        for (policy, requirement) in policies.all() {
            if requirement.principal().is_some_and(|only| only != principal) {
                continue;
            }
            let tree = super::tree(policy);
            let template = tree.as_ref().map(StaticPolicy::body);
            reach.reads_executable |= template.is_none_or(|template| reads(template, "executable"));
            let rule = Rule::of(template, requirement);
            match policy.effect() {
                Effect::Permit => reach.permits.push(rule),
                // Its condition may not hold.
                Effect::Forbid => reach.forbids.extend(template.is_some_and(is_unconditional).then_some(rule)),
            }
        }
        reach
    }

    /// Whether the action could be permitted to anything.
    pub fn could(&self, action: &Definition) -> bool {
        action.kinds.iter().any(|kind| self.extent(action, *kind) != Coverage::Nothing)
    }

    /// To which resources of a kind the action could be permitted. Those that are no files or directories are all or nothing.
    pub fn extent(&self, action: &Definition, kind: Kind) -> Coverage {
        let mut places = BTreeSet::new();
        let mut any = false;
        for permit in self.permits.iter().filter(|permit| permit.is_about(action, kind)) {
            match &permit.bounds.places {
                Some(bounds) if kind.is_path() => places.extend(bounds.iter().cloned()),
                _ => any = true,
            }
        }
        places.retain(|place| !self.forbids.iter().any(|forbid| forbid.is_about(action, kind) && forbid.covers(place)));
        any = any && !self.forbids.iter().any(|forbid| forbid.is_about(action, kind) && forbid.is_unbounded());
        match (any, places.is_empty()) {
            (true, _) => Coverage::Everything,
            (false, true) => Coverage::Nothing,
            (false, false) => Coverage::Places(places),
        }
    }

    /// To which ports the action, one of the network, could be permitted to connect: to any without a set.
    pub fn ports(&self, action: &Definition) -> Option<BTreeSet<u16>> {
        let mut ports = BTreeSet::new();
        for permit in self.permits.iter().filter(|permit| permit.is_about(action, Kind::Url)) {
            ports.extend(permit.bounds.ports.as_ref()?.iter().copied());
        }
        Some(ports)
    }

    /// Whether a `forbid` without a condition keeps the action from what has this path.
    pub fn forbids(&self, action: &Definition, kind: Kind, path: &str) -> bool {
        let place = Place::Exact(path.to_owned());
        self.forbids.iter().any(|forbid| forbid.is_about(action, kind) && forbid.covers(&place))
    }

    /// Whether a `forbid` without a condition keeps the action from everything at and below this path.
    pub fn forbids_tree(&self, action: &Definition, kind: Kind, path: &str) -> bool {
        let place = Place::Tree(path.to_owned());
        self.forbids.iter().any(|forbid| forbid.is_about(action, kind) && forbid.covers(&place))
    }

    /// Whether some policy may look at which program a process runs: what it finds must not depend on the floor.
    pub fn reads_executable(&self) -> bool {
        self.reads_executable
    }
}

impl Rule {
    fn of(template: Option<&Template>, requirement: &Requirement) -> Self {
        let bounds = template.map_or_else(Bounds::default, Bounds::of);
        Self { actions: requirement.actions().to_vec(), kinds: requirement.kinds().to_vec(), bounds }
    }

    fn is_about(&self, action: &Definition, kind: Kind) -> bool {
        self.kinds.contains(&kind)
            && action.kinds.contains(&kind)
            && self.actions.iter().any(|own| own.index == action.index)
    }

    fn is_unbounded(&self) -> bool {
        self.bounds.places.is_none() && self.bounds.ports.is_none()
    }

    fn covers(&self, place: &Place) -> bool {
        match &self.bounds.places {
            None => self.is_unbounded(),
            Some(places) => places.iter().any(|own| match (own, place) {
                (Place::Tree(_), _) => own.holds(place.path()),
                (Place::Exact(own), Place::Exact(path)) => own == path,
                (Place::Exact(_), Place::Tree(_)) => false,
            }),
        }
    }
}

/// Whether nothing but its scope decides whether it applies, and that holds for every account.
fn is_unconditional(template: &Template) -> bool {
    template.clauses().is_empty()
        && matches!(template.principal, PrincipalConstraint::Any)
        && bounds::is_understood(&template.resource)
}

impl Policies {
    /// What they could ever permit the account `principal`.
    pub fn reach(&self, principal: &str) -> Reach {
        Reach::of(self, principal)
    }
}

#[cfg(test)]
mod tests;
