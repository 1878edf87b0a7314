//! Requests: a resource as Cedar sees it.

use crate::action::{Action, Definition};
use crate::context::{ContextData, Demands, Run};
use crate::kind::AcceptedBy;
use crate::policy::Slot;
use crate::{Kind, Policies, ancestors};
use cedar_policy::{Context, Entities, Entity, EntityId, EntityTypeName, EntityUid, Request, RestrictedExpression};
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::marker::PhantomData;

/// Something that an action can be asked for.
pub trait Resource {
    /// Its kind.
    type Kind: crate::kind::ResourceKind;

    /// Its id in policies, for files and directories the absolute path.
    fn id(&self) -> Cow<'_, str>;

    /// Its attributes as the schema names them. Files and directories have theirs from the id.
    fn attributes(&self) -> Vec<(String, RestrictedExpression)> {
        Vec::new()
    }

    /// One attribute more, `executable`: the path of the program that a process runs, where it is known. The system is asked for it only where a
    /// policy speaks of an attribute by this name.
    fn executable_attribute(&self) -> Option<String> {
        None
    }
}

/// Everything of one kind directly in a directory. Its id is the path of the directory and `/*`.
pub trait Children: Resource {
    /// The absolute path of the directory.
    fn directory(&self) -> &str;
}

/// What a request says of its resource and brings as its context, whatever their types: one evaluation serves all of them.
pub(super) trait Facts {
    /// The attributes of the resource, that of [`Resource::executable_attribute`] among them where it is read.
    fn attributes(&self, reads_executable: bool) -> Vec<(String, RestrictedExpression)>;
    /// Members and entities of the context, and what it demands of the policies.
    fn context(&self) -> Brought;
    /// Whether the context has no members at all.
    fn is_without_context(&self) -> bool;
    /// Whether the context makes demands on the policies.
    fn demands_something(&self) -> bool;
}

/// What a context consists of.
pub(super) struct Brought {
    members: Vec<(String, RestrictedExpression)>,
    entities: Result<Vec<Entity>, String>,
    demands: Demands,
}

/// A target of action `A`.
pub(super) struct Asked<'t, A, T>(&'t T, PhantomData<A>);

impl<'t, A, T> Asked<'t, A, T> {
    pub(super) fn new(target: &'t T) -> Self {
        Self(target, PhantomData)
    }
}

impl<A: Action, T: Accepts<A>> Facts for Asked<'_, A, T> {
    fn attributes(&self, reads_executable: bool) -> Vec<(String, RestrictedExpression)> {
        let mut attributes = self.0.attributes();
        let executable = if reads_executable { self.0.executable_attribute() } else { None };
        attributes.extend(executable.map(|path| ("executable".to_owned(), RestrictedExpression::new_string(path))));
        attributes
    }

    fn context(&self) -> Brought {
        let context = self.0.context();
        Brought { members: context.members(), entities: context.entities(), demands: context.demands() }
    }

    fn is_without_context(&self) -> bool {
        <A::Context as ContextData>::EMPTY
    }

    fn demands_something(&self) -> bool {
        <A::Context as ContextData>::DEMANDING
    }
}

/// Says that `A` can be asked for this resource, and what context it brings.
///
/// A pair that the schema does not know does not compile. [`crate::accepts!`] writes the impls for actions without context.
pub trait Accepts<A: Action>: Resource<Kind: AcceptedBy<A>> {
    /// The context of the request.
    fn context(&self) -> A::Context;
}

/// Lets actions without context be asked for a resource: `accepts!(Dir: Open, Read)`.
#[macro_export]
macro_rules! accepts {
    ($resource:ty: $($action:ty),+ $(,)?) => {$(
        impl $crate::Accepts<$action> for $resource {
            fn context(&self) -> $crate::context::Empty {
                $crate::context::Empty
            }
        }
    )+};
}

/// Makes requests for one principal; what does not change between them is made once.
pub(super) struct Requests {
    principal: Option<EntityUid>,
    /// Those that were asked for.
    actions: RefCell<HashMap<usize, (EntityUid, Entity)>>,
    kinds: Vec<Option<EntityTypeName>>,
    /// The directories that some policy names. No other can be asked for by `in`, so that no other need be a parent.
    directories: HashMap<String, EntityUid>,
    /// What each context of this run has.
    run: Vec<(String, RestrictedExpression)>,
}

impl Requests {
    pub(super) fn new(policies: &Policies, principal: &str) -> Self {
        let type_name = |name: &str| name.parse::<EntityTypeName>().ok();
        let mut requests = Self {
            principal: type_name("User").map(|user| EntityUid::from_type_name_and_id(user, EntityId::new(principal))),
            actions: RefCell::default(),
            kinds: Kind::ALL.into_iter().map(|kind| type_name(kind.type_name())).collect(),
            directories: HashMap::new(),
            run: Vec::new(),
        };
        let named = policies.directories().iter();
        requests.directories = named.filter_map(|path| Some((path.clone(), requests.uid(Kind::Dir, path)?))).collect();
        requests
    }

    pub(super) fn set_run(&mut self, run: &Run) {
        self.run = run.members();
    }

    /// The request for `action` on a resource with the entities that it speaks of, and what it demands of the policies. What no policy
    /// reads of attributes and of the run is not supplied.
    pub(super) fn build(
        &self,
        action: &'static Definition,
        kind: Kind,
        id: &str,
        asked: &dyn Facts,
        slot: &Slot,
    ) -> (Result<(Request, Entities), String>, Demands) {
        let Brought { mut members, entities, demands } = asked.context();
        if slot.reads.run {
            members.extend(self.run.iter().cloned());
        }
        let attributes = slot.reads.attributes.then(|| asked.attributes(slot.reads.executable));
        let built = entities.and_then(|entities| self.put_together(action, kind, id, attributes, members, entities));
        (built, demands)
    }

    fn put_together(
        &self,
        action: &'static Definition,
        kind: Kind,
        id: &str,
        attributes: Option<Vec<(String, RestrictedExpression)>>,
        members: Vec<(String, RestrictedExpression)>,
        context_entities: Vec<Entity>,
    ) -> Result<(Request, Entities), String> {
        let unknown = || format!("`{}` on `{}` is not in the schema", action.uid, kind.type_name());
        let principal = self.principal.clone().ok_or_else(unknown)?;
        let (action_uid, action_entity) = self.action(action).ok_or_else(unknown)?;
        let uid = self.uid(kind, id).ok_or_else(unknown)?;
        let attributes_read = attributes.is_some();
        let mut attributes: HashMap<_, _> = attributes.into_iter().flatten().collect();
        let mut parents = HashSet::new();
        if kind.is_path() {
            if attributes_read {
                attributes.insert("path".to_owned(), RestrictedExpression::new_string(id.to_owned()));
            }
            parents.extend(ancestors(id).filter_map(|directory| self.directories.get(directory)).cloned());
        }
        let entity = Entity::new(uid.clone(), attributes, parents).map_err(|error| error.to_string())?;
        let entities = [action_entity, entity].into_iter().chain(context_entities);
        let entities = Entities::from_entities(entities, None).map_err(|error| error.to_string())?;
        let context = Context::from_pairs(members).map_err(|error| error.to_string())?;
        let request = Request::new(principal, action_uid, uid, context, None).map_err(|error| error.to_string())?;
        Ok((request, entities))
    }

    /// The action as an entity: its group matches only when it stands in the store, with the group as its parent.
    fn action(&self, action: &'static Definition) -> Option<(EntityUid, Entity)> {
        if let Some(known) = self.actions.borrow().get(&action.index) {
            return Some(known.clone());
        }
        let type_name: EntityTypeName = format!("{}::Action", action.namespace).parse().ok()?;
        let uid = |name: &str| EntityUid::from_type_name_and_id(type_name.clone(), EntityId::new(name));
        let entity = Entity::new_no_attrs(uid(action.name), HashSet::from([uid(action.group_name)]));
        self.actions.borrow_mut().insert(action.index, (entity.uid(), entity.clone()));
        Some((entity.uid(), entity))
    }

    fn uid(&self, kind: Kind, id: &str) -> Option<EntityUid> {
        let type_name = self.kinds.get(kind as usize)?.clone()?;
        Some(EntityUid::from_type_name_and_id(type_name, EntityId::new(id)))
    }
}
