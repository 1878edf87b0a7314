//! Requests: a resource as Cedar sees it.

use crate::action::{self, Action, Definition};
use crate::context::ContextData;
use crate::kind::AcceptedBy;
use crate::{Kind, Policies, ancestors};
use cedar_policy::{Context, Entities, Entity, EntityId, EntityTypeName, EntityUid, Request, RestrictedExpression};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

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
}

/// Everything of one kind directly in a directory. Its id is the path of the directory and `/*`.
pub trait Children: Resource {
    /// The absolute path of the directory.
    fn directory(&self) -> &str;
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
    actions: HashMap<usize, (EntityUid, Entity)>,
    kinds: Vec<Option<EntityTypeName>>,
    /// The directories that some policy names. No other can be asked for by `in`, so that no other need be a parent.
    directories: HashMap<String, EntityUid>,
}

impl Requests {
    pub(super) fn new(policies: &Policies, principal: &str) -> Self {
        let type_name = |name: &str| name.parse::<EntityTypeName>().ok();
        // Action groups match only when the action entity with its parents is in the store.
        let entities = policies.schema().action_entities().map(IntoIterator::into_iter).map(Iterator::collect);
        let entities: Vec<Entity> = entities.unwrap_or_default();
        let entities: HashMap<String, Entity> =
            entities.into_iter().map(|entity| (entity.uid().to_string(), entity)).collect();
        let action = |definition: &Definition| {
            let entity = entities.get(definition.uid)?;
            Some((definition.index, (entity.uid(), entity.clone())))
        };
        let mut requests = Self {
            principal: type_name("User").map(|user| EntityUid::from_type_name_and_id(user, EntityId::new(principal))),
            actions: action::ALL.iter().filter_map(|definition| action(definition)).collect(),
            kinds: Kind::ALL.into_iter().map(|kind| type_name(kind.type_name())).collect(),
            directories: HashMap::new(),
        };
        let named = policies.directories().iter();
        requests.directories = named.filter_map(|path| Some((path.clone(), requests.uid(Kind::Dir, path)?))).collect();
        requests
    }

    /// The request for `A` on a resource, and the entities that it speaks of. Where no policy reads attributes, none are supplied.
    pub(super) fn build<A: Action, T: Accepts<A>>(
        &self,
        kind: Kind,
        id: &str,
        resource: &T,
        attributes_read: bool,
        context: &A::Context,
    ) -> Result<(Request, Entities), String> {
        let action = A::DEFINITION;
        let unknown = || format!("`{}` on `{}` is not in the schema", action.uid, kind.type_name());
        let principal = self.principal.clone().ok_or_else(unknown)?;
        let (action_uid, action_entity) = self.actions.get(&action.index).cloned().ok_or_else(unknown)?;
        let uid = self.uid(kind, id).ok_or_else(unknown)?;
        let mut attributes = HashMap::new();
        let mut parents = HashSet::new();
        if attributes_read {
            attributes.extend(resource.attributes());
        }
        if kind.is_path() {
            if attributes_read {
                attributes.insert("path".to_owned(), RestrictedExpression::new_string(id.to_owned()));
            }
            parents.extend(ancestors(id).filter_map(|directory| self.directories.get(directory)).cloned());
        }
        let entity = Entity::new(uid.clone(), attributes, parents).map_err(|error| error.to_string())?;
        let entities = [action_entity, entity].into_iter().chain(context.entities()?);
        let entities = Entities::from_entities(entities, None).map_err(|error| error.to_string())?;
        let context = Context::from_pairs(context.members()).map_err(|error| error.to_string())?;
        let request = Request::new(principal, action_uid, uid, context, None).map_err(|error| error.to_string())?;
        Ok((request, entities))
    }

    fn uid(&self, kind: Kind, id: &str) -> Option<EntityUid> {
        let type_name = self.kinds.get(kind as usize)?.clone()?;
        Some(EntityUid::from_type_name_and_id(type_name, EntityId::new(id)))
    }
}
