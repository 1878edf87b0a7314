//! What policies hold as texts, against what a request demands of them.

use crate::context::Demands;
use cedar_policy::pst::{self, BinaryOp, Clause, Expr, Literal};
use cedar_policy::{Policy, PolicySet};

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

/// Whether some part of the conditions satisfies `is`; `unreadable` where they cannot be read.
fn any(policy: &Policy, unreadable: bool, is: &dyn Fn(&Expr) -> bool) -> bool {
    let Ok(pst::Policy::Static(tree)) = policy.to_pst() else { return unreadable };
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
