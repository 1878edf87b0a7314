//! Requests: a resource as Cedar sees it.

use crate::action::{self, Action, Definition};
use crate::kind::AcceptedBy;
use crate::{Kind, ancestors, path};
use cedar_policy::{Context, Entities, Entity, EntityId, EntityTypeName, EntityUid, Request, RestrictedExpression, Schema};
use std::borrow::Cow;
use std::cell::RefCell;
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

/// How many directories' ancestors are kept.
const KEPT_DIRECTORIES: usize = 4096;

/// Makes requests for one principal; what does not change between them is made once.
pub(super) struct Requests {
    principal: Option<EntityUid>,
    actions: HashMap<usize, (EntityUid, Entity)>,
    kinds: Vec<Option<EntityTypeName>>,
    /// The uids of a directory and all above it.
    directories: RefCell<HashMap<String, HashSet<EntityUid>>>,
}

impl Requests {
    pub(super) fn new(schema: &Schema, principal: &str) -> Self {
        let type_name = |name: &str| name.parse::<EntityTypeName>().ok();
        // Action groups match only when the action entity with its parents is in the store.
        let entities: Vec<Entity> = schema.action_entities().map(IntoIterator::into_iter).map(Iterator::collect).unwrap_or_default();
        let action = |definition: &Definition| {
            let entity = entities.iter().find(|entity| entity.uid().to_string() == definition.uid)?;
            Some((definition.index, (entity.uid(), entity.clone())))
        };
        Self {
            principal: type_name("User").map(|user| EntityUid::from_type_name_and_id(user, EntityId::new(principal))),
            actions: action::ALL.iter().filter_map(|definition| action(definition)).collect(),
            kinds: Kind::ALL.into_iter().map(|kind| type_name(kind.type_name())).collect(),
            directories: RefCell::default(),
        }
    }

    /// The request for `action` on a resource, and the entities that it speaks of.
    pub(super) fn build(
        &self,
        action: &Definition,
        kind: Kind,
        id: &str,
        attributes: Vec<(String, RestrictedExpression)>,
        context: Context,
    ) -> Result<(Request, Entities), String> {
        let unknown = || format!("`{}` on `{}` is not in the schema", action.uid, kind.type_name());
        let principal = self.principal.clone().ok_or_else(unknown)?;
        let (action_uid, action_entity) = self.actions.get(&action.index).cloned().ok_or_else(unknown)?;
        let resource = self.uid(kind, id).ok_or_else(unknown)?;
        let mut attributes: HashMap<_, _> = attributes.into_iter().collect();
        let mut parents = HashSet::new();
        if kind.is_path() {
            attributes.insert("path".to_owned(), RestrictedExpression::new_string(id.to_owned()));
            parents = path::parent(id).map(|directory| self.directory_and_above(directory)).unwrap_or_default();
        }
        let entity = Entity::new(resource.clone(), attributes, parents).map_err(|error| error.to_string())?;
        let entities = Entities::from_entities([action_entity, entity], None).map_err(|error| error.to_string())?;
        let request = Request::new(principal, action_uid, resource, context, None).map_err(|error| error.to_string())?;
        Ok((request, entities))
    }

    fn uid(&self, kind: Kind, id: &str) -> Option<EntityUid> {
        let type_name = self.kinds.get(kind as usize)?.clone()?;
        Some(EntityUid::from_type_name_and_id(type_name, EntityId::new(id)))
    }

    /// All are given as direct parents, so that the directories themselves need not be in the store.
    fn directory_and_above(&self, directory: &str) -> HashSet<EntityUid> {
        if let Some(known) = self.directories.borrow().get(directory) {
            return known.clone();
        }
        let uids: HashSet<_> = std::iter::once(directory).chain(ancestors(directory)).filter_map(|above| self.uid(Kind::Dir, above)).collect();
        let mut directories = self.directories.borrow_mut();
        if directories.len() >= KEPT_DIRECTORIES {
            directories.clear();
        }
        directories.insert(directory.to_owned(), uids.clone());
        uids
    }
}
