//! What must be true of a resource for a policy to match it, as far as it bounds where the resource lies.

use super::Place;
use crate::{Kind, path};
use cedar_policy::pst::{
    BinaryOp, Clause, EntityOrSlot, EntityUID, Expr, Literal, PatternElem, ResourceConstraint, Template, Var,
};
use std::collections::BTreeSet;

/// So many pairs of places are compared; beyond that the wider of two bounds has to do.
const MOST_PAIRS: usize = 1 << 16;

/// Bounds of what a policy can match. Without places a resource may lie anywhere; without ports it may have any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Bounds {
    pub(super) places: Option<BTreeSet<Place>>,
    pub(super) ports: Option<BTreeSet<u16>>,
}

/// Whether the scope says no more of the resource than [`Bounds`] and its kind keep.
pub(super) fn is_understood(constraint: &ResourceConstraint) -> bool {
    let is_path = |entity: &EntityOrSlot| match entity {
        EntityOrSlot::Entity(uid) => kind(uid).is_some_and(Kind::is_path),
        EntityOrSlot::Slot(_) => false,
    };
    match constraint {
        ResourceConstraint::Any | ResourceConstraint::Is(_) => true,
        ResourceConstraint::Eq(entity) | ResourceConstraint::In(entity) | ResourceConstraint::IsIn(_, entity) => {
            is_path(entity)
        }
    }
}

impl Bounds {
    pub(super) fn of(template: &Template) -> Self {
        let mut bounds = match &template.resource {
            ResourceConstraint::Eq(EntityOrSlot::Entity(uid)) => Self::equal(uid),
            ResourceConstraint::In(EntityOrSlot::Entity(uid))
            | ResourceConstraint::IsIn(_, EntityOrSlot::Entity(uid)) => Self::within(uid),
            _ => Self::default(),
        };
        for clause in template.clauses() {
            // What `unless` excludes is not worth the risk of a mistake.
            if let Clause::When(condition) = clause {
                bounds = bounds.and(Self::condition(condition));
            }
        }
        bounds
    }

    fn at(place: Place) -> Self {
        Self { places: Some(BTreeSet::from([place])), ports: None }
    }

    fn port(port: Option<u16>) -> Self {
        Self { places: None, ports: port.map(|port| BTreeSet::from([port])) }
    }

    fn equal(uid: &EntityUID) -> Self {
        match kind(uid) {
            Some(Kind::File | Kind::Dir) => Self::at(Place::Exact(uid.eid.to_string())),
            Some(Kind::Url) => Self::port(port_of(&uid.eid)),
            _ => Self::default(),
        }
    }

    fn within(uid: &EntityUID) -> Self {
        match kind(uid) {
            // LINUX: a file has nothing below; Cedar lets it be in itself.
            Some(Kind::File | Kind::Dir) => Self::at(Place::Tree(uid.eid.to_string())),
            _ => Self::equal(uid),
        }
    }

    fn condition(condition: &Expr) -> Self {
        match condition {
            Expr::BinaryOp { op: BinaryOp::And, left, right } => Self::condition(left).and(Self::condition(right)),
            Expr::BinaryOp { op: BinaryOp::Or, left, right } => Self::condition(left).or(Self::condition(right)),
            Expr::IfThenElse { cond, then_expr, else_expr } => {
                Self::condition(cond).and(Self::condition(then_expr)).or(Self::condition(else_expr))
            }
            Expr::BinaryOp { op: BinaryOp::Eq, left, right } => {
                Self::comparison(left, right).and(Self::comparison(right, left))
            }
            Expr::BinaryOp { op: BinaryOp::In, left, right } if is_resource(left) => Self::among(right),
            Expr::Is { expr, in_expr: Some(place), .. } if is_resource(expr) => Self::among(place),
            Expr::BinaryOp { op: BinaryOp::Contains, left, right } => match &**left {
                Expr::Set(members) if !members.is_empty() => {
                    Self::any(members.iter().map(|member| Self::comparison(right, member)))
                }
                _ => Self::default(),
            },
            Expr::Like { expr, pattern } => Self::pattern(expr, pattern),
            _ => Self::default(),
        }
    }

    fn among(place: &Expr) -> Self {
        let one = |place: &Expr| match place {
            Expr::Literal(Literal::EntityUID(uid)) => Self::within(uid),
            _ => Self::default(),
        };
        match place {
            Expr::Set(places) if !places.is_empty() => Self::any(places.iter().map(|place| one(place))),
            place => one(place),
        }
    }

    /// What `side == other` says.
    fn comparison(side: &Expr, other: &Expr) -> Self {
        match (side, other) {
            (Expr::Var(Var::Resource), Expr::Literal(Literal::EntityUID(uid))) => Self::equal(uid),
            (Expr::GetAttr { expr, attr }, Expr::Literal(literal)) if is_resource(expr) => {
                match (attr.as_str(), literal) {
                    ("path", Literal::String(path)) => Self::at(Place::Exact(path.to_string())),
                    ("url", Literal::String(url)) => Self::port(port_of(url)),
                    ("port", Literal::Long(port)) => {
                        // What is no port is never met.
                        Self { places: None, ports: Some(u16::try_from(*port).into_iter().collect()) }
                    }
                    _ => Self::default(),
                }
            }
            _ => Self::default(),
        }
    }

    fn pattern(expr: &Expr, pattern: &[PatternElem]) -> Self {
        let Expr::GetAttr { expr, attr } = expr else { return Self::default() };
        if !is_resource(expr) {
            return Self::default();
        }
        let start: String = pattern
            .iter()
            .map_while(|part| if let PatternElem::Char(char) = part { Some(*char) } else { None })
            .collect();
        let is_whole = pattern.iter().all(|part| matches!(part, PatternElem::Char(_)));
        match attr.as_str() {
            "path" if is_whole => Self::at(Place::Exact(start)),
            "path" if start.starts_with('/') => {
                // `/var/log/app*` may be anything whose name begins so, and what lies below it.
                Self::at(Place::Tree(path::parent(&start).unwrap_or("/").to_owned()))
            }
            "url" => Self::port(port_of(&start)),
            _ => Self::default(),
        }
    }

    fn any(mut alternatives: impl Iterator<Item = Self>) -> Self {
        let Some(first) = alternatives.next() else { return Self::default() };
        alternatives.fold(first, Self::or)
    }

    fn and(self, other: Self) -> Self {
        let places = match (self.places, other.places) {
            (Some(one), Some(other)) if one.len().saturating_mul(other.len()) <= MOST_PAIRS => {
                Some(one.iter().flat_map(|one| other.iter().filter_map(|other| one.meet(other))).collect())
            }
            (one, other) => one.or(other),
        };
        let ports = match (self.ports, other.ports) {
            (Some(one), Some(other)) => Some(&one & &other),
            (one, other) => one.or(other),
        };
        Self { places, ports }
    }

    fn or(self, other: Self) -> Self {
        let places = self.places.zip(other.places).map(|(mut one, other)| {
            one.extend(other);
            one
        });
        let ports = self.ports.zip(other.ports).map(|(one, other)| &one | &other);
        Self { places, ports }
    }
}

fn kind(uid: &EntityUID) -> Option<Kind> {
    Kind::from_type_name(&uid.ty.to_string())
}

fn is_resource(expr: &Expr) -> bool {
    matches!(expr, Expr::Var(Var::Resource))
}

/// The port of a url in its normal form, or of the beginning of one, where that tells it.
fn port_of(url: &str) -> Option<u16> {
    let (scheme, rest) = url.split_once("://")?;
    let (authority, _) = rest.split_once('/')?;
    let usual = match scheme {
        "http" => 80,
        "https" => 443,
        _ => return None,
    };
    // The colons within an address are in brackets.
    match authority.rsplit_once(':') {
        Some((_, port)) if !port.ends_with(']') => port.parse().ok(),
        _ => Some(usual),
    }
}
