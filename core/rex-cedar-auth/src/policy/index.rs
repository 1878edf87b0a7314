//! The index: which policies can matter to a request.
//!
//! INVARIANT: it leaves out only policies that full evaluation would find unsatisfied without an error.

use super::Policies;
use super::requirement::{Reads, Requirement};
use crate::action::{self, Definition};
use crate::{Kind, ancestors, path};
use cedar_policy::{Policy, PolicySet};
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

/// How many assembled sets are kept.
const KEPT_SETS: usize = 1024;

/// The policies of a run's principal, by what they demand.
pub(crate) struct Index {
    policies: Vec<Policy>,
    slots: Vec<Option<Box<Slot>>>,
    sets: RefCell<HashMap<Vec<usize>, Rc<PolicySet>>>,
}

/// The policies that can matter to one action on one kind of resource.
#[derive(Default)]
pub(crate) struct Slot {
    /// Candidates whatever the resource.
    always: Vec<usize>,
    /// Candidates for resources that are, or lie below, a named one.
    below: HashMap<Kind, HashMap<String, Vec<usize>>>,
    /// Ids of this kind that some policy names, where verdicts hold for whole directories.
    named: HashSet<String>,
    /// The directories that these lie in.
    around_named: HashSet<String>,
    /// The directories that some policy names, whatever the kind of the resource.
    directories: HashSet<String>,
    /// Whether some policy looks at more than the resource's place.
    beyond_place: bool,
    /// What some policy reads.
    pub(crate) reads: Reads,
}

impl Index {
    pub(crate) fn new(policies: &Policies, principal: &str) -> Self {
        let mut index = Self { policies: Vec::new(), slots: Vec::new(), sets: RefCell::default() };
        index.slots.resize_with(action::COUNT * Kind::ALL.len(), || None);
        for (policy, requirement) in policies.all() {
            if requirement.principal.as_ref().is_none_or(|only| only == principal) {
                index.add(policy, requirement);
            }
        }
        index
    }

    fn add(&mut self, policy: &Policy, requirement: &Requirement) {
        let number = self.policies.len();
        self.policies.push(policy.clone());
        for action in &requirement.actions {
            for kind in action.kinds.iter().filter(|kind| requirement.kinds.contains(kind)) {
                self.slot_mut(action, *kind).add(number, *kind, requirement);
            }
        }
    }

    fn slot_mut(&mut self, action: &Definition, kind: Kind) -> &mut Slot {
        let at = position(action, kind);
        if self.slots.len() <= at {
            self.slots.resize_with(at + 1, || None);
        }
        #[expect(clippy::indexing_slicing, reason = "the table was made long enough just before")]
        self.slots[at].get_or_insert_default()
    }

    /// The policies for this action on this kind of resource; nothing where none can match.
    pub(crate) fn slot(&self, action: &Definition, kind: Kind) -> Option<&Slot> {
        self.slots.get(position(action, kind)).and_then(Option::as_deref)
    }

    /// The set to be evaluated for one resource; nothing where no policy can match.
    pub(crate) fn candidates(&self, slot: &Slot, kind: Kind, id: &str) -> Option<Rc<PolicySet>> {
        let mut numbers = slot.always.clone();
        let mut add = |kind: Kind, id: &str| {
            numbers.extend(slot.below.get(&kind).and_then(|ids| ids.get(id)).into_iter().flatten());
        };
        if !slot.below.is_empty() {
            add(kind, id);
            if kind.is_path() {
                ancestors(id).for_each(|directory| add(Kind::Dir, directory));
            }
        }
        if numbers.is_empty() {
            return None;
        }
        numbers.sort_unstable();
        numbers.dedup();
        if let Some(set) = self.sets.borrow().get(&numbers) {
            return Some(Rc::clone(set));
        }
        let set = Rc::new(
            PolicySet::from_policies(numbers.iter().filter_map(|number| self.policies.get(*number)).cloned()).ok()?,
        );
        let mut sets = self.sets.borrow_mut();
        if sets.len() >= KEPT_SETS {
            sets.clear();
        }
        sets.insert(numbers, Rc::clone(&set));
        Some(set)
    }
}

fn position(action: &Definition, kind: Kind) -> usize {
    action.index * Kind::ALL.len() + kind as usize
}

impl Slot {
    fn add(&mut self, number: usize, kind: Kind, requirement: &Requirement) {
        match &requirement.below {
            None => self.always.push(number),
            Some(below) => {
                for (kind, id) in below {
                    self.below.entry(*kind).or_default().entry(id.clone()).or_default().push(number);
                }
            }
        }
        self.reads.add(requirement.reads);
        self.beyond_place |= !requirement.by_place;
        for (named, id) in &requirement.names {
            if *named == kind {
                self.named.insert(id.clone());
                self.around_named.extend(path::parent(id).map(str::to_owned));
            }
            if *named == Kind::Dir {
                self.directories.insert(id.clone());
            }
        }
    }

    /// Whether the verdict for `id` is that of everything in its directory.
    pub(crate) fn holds_for_directory(&self, id: &str) -> bool {
        !self.beyond_place && !self.named.contains(id)
    }

    /// Whether one verdict holds for everything of this kind directly in `directory`.
    pub(crate) fn holds_for_all_in(&self, directory: &str) -> bool {
        !self.beyond_place && !self.around_named.contains(directory)
    }

    /// Where a verdict holds for whole directories: the nearest one at or above `directory` that some policy names, `/` where none is. It
    /// decides which named directories a resource lies in, and with that the verdict.
    pub(crate) fn nearest_named<'d>(&self, directory: &'d str) -> &'d str {
        let mut above = std::iter::once(directory).chain(ancestors(directory));
        above.find(|directory| self.directories.contains(*directory)).unwrap_or("/")
    }
}
