//! What a policy demands of a request before any of its conditions can matter, read off its syntax tree.

use crate::Kind;
use crate::action::{self, Definition};
use crate::context::OF_THE_RUN;
use cedar_policy::pst::{
    ActionConstraint, BinaryOp, Clause, EntityOrSlot, EntityUID, Expr, Literal, PrincipalConstraint,
    ResourceConstraint, Template, UnaryOp, Var,
};
use std::sync::Arc;

/// A resource that a policy names: its kind and id.
pub(super) type Named = (Kind, String);

/// What a policy reads of a request besides the place of its resource.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each says whether one thing is read")]
pub(crate) struct Reads {
    /// The resource, otherwise than by `in`, `==` and `is` with literals, so that it may read an attribute.
    pub(crate) attributes: bool,
    /// One by the name `executable`.
    pub(crate) executable: bool,
    /// Of the context what is not the same for the whole run.
    pub(crate) context: bool,
    /// What is.
    pub(crate) run: bool,
}

impl Reads {
    const ALL: Self = Self { attributes: true, executable: true, context: true, run: true };

    pub(super) fn add(&mut self, other: Self) {
        self.attributes |= other.attributes;
        self.executable |= other.executable;
        self.context |= other.context;
        self.run |= other.run;
    }
}

/// What can be said of a policy without evaluating it. Whatever is not understood makes it apply to more, never to less.
#[derive(Debug)]
pub(crate) struct Requirement {
    /// When present: the only account that it can match.
    pub(super) principal: Option<String>,
    /// The actions that its scope matches.
    pub(super) actions: Vec<&'static Definition>,
    /// The kinds of resource it can match.
    pub(super) kinds: Vec<Kind>,
    /// When present: it can only match a resource that is one of these, or lies below one.
    pub(super) below: Option<Vec<Named>>,
    /// Whether it looks at the resource only by `in`, `==` and `is` with literals, and of the context at what holds for the whole run: then its answer is the
    /// same for everything in one directory, save for the resources that it names.
    pub(super) by_place: bool,
    /// All resources it names, where `by_place` holds.
    pub(super) names: Vec<Named>,
    /// What it reads.
    pub(super) reads: Reads,
}

impl Requirement {
    /// Of a policy whose syntax tree cannot be read: it may concern everything.
    pub(super) fn unknown() -> Self {
        Self {
            principal: None,
            actions: action::ALL.to_vec(),
            kinds: Kind::ALL.to_vec(),
            below: None,
            by_place: false,
            names: Vec::new(),
            reads: Reads::ALL,
        }
    }

    /// When present: the only account that it can match.
    pub(super) fn principal(&self) -> Option<&str> {
        self.principal.as_deref()
    }

    /// The actions that its scope matches.
    pub(super) fn actions(&self) -> &[&'static Definition] {
        &self.actions
    }

    /// The kinds of resource that it can match.
    pub(super) fn kinds(&self) -> &[Kind] {
        &self.kinds
    }
}

fn principal(constraint: &PrincipalConstraint) -> Option<String> {
    match constraint {
        // Accounts are in no group, so that `in` is `==`.
        PrincipalConstraint::Eq(EntityOrSlot::Entity(uid)) | PrincipalConstraint::In(EntityOrSlot::Entity(uid)) => {
            Some(uid.eid.to_string())
        }
        _ => None,
    }
}

fn actions(constraint: &ActionConstraint) -> Vec<&'static Definition> {
    let among = |uids: &[String], groups: bool| {
        let named = |uid: &str| uids.iter().any(|named| named == uid);
        action::ALL.iter().copied().filter(|action| named(action.uid) || (groups && named(action.group))).collect()
    };
    match constraint {
        ActionConstraint::Any => action::ALL.to_vec(),
        ActionConstraint::Eq(uid) => among(&[uid.to_string()], false),
        ActionConstraint::In(uids) => among(&uids.iter().map(ToString::to_string).collect::<Vec<_>>(), true),
    }
}

/// Reads the requirement of a policy.
pub(super) fn requirement(template: &Template) -> Requirement {
    let mut survey = Survey::default();
    let (mut kinds, mut below) = (Kind::ALL.to_vec(), None);
    let of_type =
        |name: &dyn std::fmt::Display| Kind::from_type_name(&name.to_string()).into_iter().collect::<Vec<_>>();
    match &template.resource {
        ResourceConstraint::Any => {}
        ResourceConstraint::Is(kind) => kinds = of_type(kind),
        ResourceConstraint::Eq(EntityOrSlot::Entity(uid)) => {
            kinds = of_type(&uid.ty);
            below = survey.name(uid).map(|named| vec![named]);
        }
        ResourceConstraint::In(EntityOrSlot::Entity(uid)) => below = survey.name(uid).map(|named| vec![named]),
        ResourceConstraint::IsIn(kind, EntityOrSlot::Entity(uid)) => {
            kinds = of_type(kind);
            below = survey.name(uid).map(|named| vec![named]);
        }
        _ => return Requirement::unknown(),
    }
    // Conditions are evaluated from left to right and stop at the first false one. A literal may exclude a request only if
    // nothing before it can raise an error, because an error denies.
    let mut certain = true;
    for clause in template.clauses() {
        let (Clause::When(condition) | Clause::Unless(condition)) = clause;
        survey.read(condition);
        if below.is_none() && certain && matches!(clause, Clause::When(_)) {
            below = necessary(condition);
        }
        certain = certain && cannot_fail(condition);
    }
    let Survey { by_place, names, reads: read } = survey;
    let reads = Reads { executable: read.executable || reads(template, "executable"), ..read };
    let (principal, actions) = (principal(&template.principal), actions(&template.action));
    Requirement { principal, actions, kinds, below, by_place, names, reads }
}

/// Whether a policy may ask for an attribute of this name.
pub(super) fn reads(template: &Template, attribute: &str) -> bool {
    let asks = |part: &Expr| match part {
        Expr::GetAttr { attr, .. } => attr == attribute,
        Expr::HasAttr { attrs, .. } => attrs.iter().any(|attr| attr == attribute),
        _ => false,
    };
    template.clauses().iter().any(|clause| {
        let (Clause::When(condition) | Clause::Unless(condition)) = clause;
        condition.reduce(&|part| asks(part).then_some(true), &|a, b| a || b, false)
    })
}

/// The resources of which the request's must be one, or lie below one, for `condition` to be true.
fn necessary(condition: &Expr) -> Option<Vec<Named>> {
    match condition {
        Expr::BinaryOp { op: BinaryOp::Eq, left, right } => match (&**left, &**right) {
            (Expr::Var(Var::Resource), Expr::Literal(Literal::EntityUID(uid)))
            | (Expr::Literal(Literal::EntityUID(uid)), Expr::Var(Var::Resource)) => Some(vec![named(uid)?]),
            _ => None,
        },
        Expr::BinaryOp { op: BinaryOp::In, left, right } if matches!(**left, Expr::Var(Var::Resource)) => places(right),
        Expr::Is { expr, in_expr: Some(place), .. } if matches!(**expr, Expr::Var(Var::Resource)) => places(place),
        Expr::BinaryOp { op: BinaryOp::And, left, right } => {
            necessary(left).or_else(|| if cannot_fail(left) { necessary(right) } else { None })
        }
        Expr::BinaryOp { op: BinaryOp::Or, left, right } => {
            let mut either = necessary(left)?;
            either.extend(necessary(right)?);
            Some(either)
        }
        _ => None,
    }
}

fn places(place: &Expr) -> Option<Vec<Named>> {
    match place {
        Expr::Literal(Literal::EntityUID(uid)) => Some(vec![named(uid)?]),
        Expr::Set(places) => places
            .iter()
            .map(|place| if let Expr::Literal(Literal::EntityUID(uid)) = &**place { named(uid) } else { None })
            .collect(),
        _ => None,
    }
}

/// Whether evaluating `expression` can never raise an error, in a policy that passed strict validation.
fn cannot_fail(expression: &Expr) -> bool {
    match expression {
        Expr::Literal(_) | Expr::Var(_) => true,
        Expr::BinaryOp {
            op: BinaryOp::And | BinaryOp::Or | BinaryOp::Eq | BinaryOp::NotEq | BinaryOp::In,
            left,
            right,
        } => cannot_fail(left) && cannot_fail(right),
        // Attributes of the resource are always supplied; those of other entities are not. What the run may lack is asked for by `has`
        // first, which validation demands.
        Expr::GetAttr { expr, .. } | Expr::HasAttr { expr, .. } => {
            matches!(**expr, Expr::Var(Var::Resource)) || reads_run(expression)
        }
        Expr::UnaryOp { op: UnaryOp::Not, expr } | Expr::Like { expr, .. } => cannot_fail(expr),
        Expr::Is { expr, in_expr, .. } => cannot_fail(expr) && in_expr.as_deref().is_none_or(cannot_fail),
        Expr::Set(members) => members.iter().all(|member| cannot_fail(member)),
        _ => false,
    }
}

/// Whether the expression asks for a member of the context that is the same for every request of a run, or whether there is one.
fn reads_run(expression: &Expr) -> bool {
    let of_context = |expr: &Expr| matches!(expr, Expr::Var(Var::Context));
    match expression {
        Expr::GetAttr { expr, attr } => of_context(expr) && OF_THE_RUN.contains(&attr.as_str()),
        // A longer path has more than this member, and is an error for a text.
        Expr::HasAttr { expr, attrs } => {
            of_context(expr) && attrs.len() == 1 && OF_THE_RUN.contains(&attrs.first().as_str())
        }
        _ => false,
    }
}

fn named(uid: &EntityUID) -> Option<Named> {
    Some((Kind::from_type_name(&uid.ty.to_string())?, uid.eid.to_string()))
}

/// Collects what a policy looks at.
struct Survey {
    by_place: bool,
    names: Vec<Named>,
    reads: Reads,
}

impl Default for Survey {
    fn default() -> Self {
        Self { by_place: true, names: Vec::new(), reads: Reads::default() }
    }
}

impl Survey {
    fn name(&mut self, uid: &EntityUID) -> Option<Named> {
        let named = named(uid)?;
        self.names.push(named.clone());
        Some(named)
    }

    fn read(&mut self, expression: &Expr) {
        match expression {
            Expr::Literal(Literal::EntityUID(uid)) => drop(self.name(uid)),
            Expr::Literal(_) | Expr::Var(Var::Principal | Var::Action) => {}
            // What holds for the whole run makes no verdict differ from another.
            expression if reads_run(expression) => self.reads.run = true,
            Expr::Var(Var::Context) => (self.reads.context, self.reads.run, self.by_place) = (true, true, false),
            // Reached only where the resource is used otherwise than below.
            Expr::Var(Var::Resource) => (self.reads.attributes, self.by_place) = (true, false),
            Expr::BinaryOp { op: BinaryOp::Eq | BinaryOp::NotEq | BinaryOp::In, left, right } => {
                self.compare(left, right);
                self.compare(right, left);
            }
            Expr::Is { expr, in_expr, .. } => {
                if !matches!(**expr, Expr::Var(Var::Resource)) {
                    self.read(expr);
                }
                if let Some(place) = in_expr {
                    self.compare(expr, place);
                    self.compare(place, expr);
                }
            }
            Expr::UnaryOp { expr, .. }
            | Expr::GetAttr { expr, .. }
            | Expr::HasAttr { expr, .. }
            | Expr::Like { expr, .. } => self.read(expr),
            Expr::BinaryOp { left, right, .. } => self.each([left, right]),
            Expr::IfThenElse { cond, then_expr, else_expr } => self.each([cond, then_expr, else_expr]),
            Expr::Set(members) => self.each(members),
            Expr::Record(members) => self.each(members.values()),
            // A construct that this version does not know may look at anything.
            _ => (self.by_place, self.reads) = (false, Reads::ALL),
        }
    }

    fn each<'e>(&mut self, expressions: impl IntoIterator<Item = &'e Arc<Expr>>) {
        for expression in expressions {
            self.read(expression);
        }
    }

    /// Reads `side`, but lets the bare resource pass where the other side is made of literals alone.
    fn compare(&mut self, side: &Expr, other: &Expr) {
        if !(matches!(side, Expr::Var(Var::Resource)) && places(other).is_some()) {
            self.read(side);
        }
    }
}
