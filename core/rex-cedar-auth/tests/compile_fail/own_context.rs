//! What a policy sees of a request is made in this crate alone.

use rex_cedar_auth::context::ContextData;

struct Mine;
impl ContextData for Mine {
    const EMPTY: bool = true;
    fn members(&self) -> Vec<(String, cedar_policy::RestrictedExpression)> {
        Vec::new()
    }
}

fn main() {}
