//! What policies hold as texts, against what a request demands of them.

use crate::context::Demands;
use cedar_policy::pst::{BinaryOp, Clause, Expr, Literal};
use cedar_policy::{ActionConstraint, Policy, PolicySet, ResourceConstraint};

impl Demands {
    /// Why `policies` may not decide at all: some policy asks for a tag that does not tell all.
    pub(crate) fn untold(&self, policies: &PolicySet) -> Option<String> {
        let asked = |name: &String| policies.policies().any(|policy| asks_for_tag(policy, name));
        let name = self.untold.iter().find(|name| asked(name))?;
        Some(format!(
            "the argument `{name}` is given more than once, and a policy asks for the one value of it: give it once, or judge \
             the command line by `context.argv`"
        ))
    }

    /// Why the matching `permits` are not enough: none of them holds all the names.
    pub(crate) fn unnamed<'p>(&self, mut permits: impl Iterator<Item = &'p Policy>) -> Option<String> {
        let names = self.named.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let enough = self.named.is_empty() || permits.any(|permit| self.named.iter().all(|name| holds(permit, name)));
        (!enough).then(|| {
            format!(
                "the environment sets {names}, which can load other code into the program, and no matching permit names it: \
                 leave it out, or name it in the permit's condition"
            )
        })
    }
}

/// Why the matching `permits` are not enough for a request on a url: all of them were written for files. Urls have a `path` too, and a
/// permit for whatever has a path below `/tmp` must not let data leave the host for `http://elsewhere/tmp`.
pub(crate) fn only_for_files<'p>(mut permits: impl Iterator<Item = &'p Policy>) -> Option<String> {
    permits.all(is_for_files).then(|| {
        "the permit reads `path` but does not say that it is for urls too: write `resource is network::url`, or name the action"
            .to_owned()
    })
}

/// Whether a permit that matched a request on a url asks for a path and shows in nothing that it means urls.
fn is_for_files(permit: &Policy) -> bool {
    let scope_is_open = matches!(permit.action_constraint(), ActionConstraint::Any)
        && matches!(permit.resource_constraint(), ResourceConstraint::Any);
    let reads =
        |attribute: &str| any(permit, true, &|part| matches!(part, Expr::GetAttr { attr, .. } if attr == attribute));
    let means_urls = |part: &Expr| match part {
        Expr::GetAttr { attr, .. } => ["url", "scheme", "host", "port", "ip"].contains(&attr.as_str()),
        Expr::Is { entity_type, .. } => entity_type.to_string().starts_with("network::"),
        Expr::Literal(Literal::EntityUID(uid)) => uid.ty.to_string().starts_with("network::"),
        _ => false,
    };
    scope_is_open && reads("path") && !any(permit, false, &means_urls)
}

/// Whether some part of the conditions satisfies `is`; `unreadable` where they cannot be read.
fn any(policy: &Policy, unreadable: bool, is: &dyn Fn(&Expr) -> bool) -> bool {
    let Some(tree) = super::tree(policy) else { return unreadable };
    tree.body().clauses().iter().any(|clause| {
        let (Clause::When(condition) | Clause::Unless(condition)) = clause;
        condition.reduce(&|part| is(part).then_some(true), &|a, b| a || b, false)
    })
}

fn holds(policy: &Policy, name: &str) -> bool {
    any(policy, false, &|part| matches!(part, Expr::Literal(Literal::String(text)) if text == name))
}

fn asks_for_tag(policy: &Policy, name: &str) -> bool {
    any(policy, true, &|part| match part {
        Expr::BinaryOp { op: BinaryOp::GetTag | BinaryOp::HasTag, right, .. } => match &**right {
            Expr::Literal(Literal::String(text)) => text == name,
            // Which tag it asks for is only known when it is evaluated.
            _ => true,
        },
        _ => false,
    })
}
