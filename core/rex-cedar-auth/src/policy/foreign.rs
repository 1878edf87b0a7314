//! Conditions that look into an entity that no request brings along.
//!
//! Cedar's own check of this kind, level validation, takes time exponential in the depth of `if`.

use cedar_policy::pst::{BinaryOp, Clause, Expr, Literal, Template};

/// Whether a condition asks for an attribute, a tag or the parents of an entity that the policy names itself. The gate
/// supplies the request's own entities alone: an attribute of another is an error, and `in` is never true.
pub(super) fn looks_into_named(template: &Template) -> bool {
    template.clauses().iter().any(|clause| {
        let (Clause::When(condition) | Clause::Unless(condition)) = clause;
        condition.reduce(&|part| looked_into(part).is_some_and(may_be_named).then_some(true), &|a, b| a || b, false)
    })
}

/// What the outermost operation of `expression` looks into.
fn looked_into(expression: &Expr) -> Option<&Expr> {
    match expression {
        Expr::GetAttr { expr, .. } | Expr::HasAttr { expr, .. } | Expr::Is { expr, in_expr: Some(_), .. } => Some(expr),
        Expr::BinaryOp { op: BinaryOp::In | BinaryOp::GetTag | BinaryOp::HasTag, left, .. } => Some(left),
        _ => None,
    }
}

fn may_be_named(expression: &Expr) -> bool {
    match expression {
        Expr::Literal(Literal::EntityUID(_)) => true,
        Expr::IfThenElse { then_expr, else_expr, .. } => may_be_named(then_expr) || may_be_named(else_expr),
        Expr::GetAttr { expr, .. } => may_be_named(expr),
        Expr::Record(members) => members.values().any(|member| may_be_named(member)),
        _ => false,
    }
}
