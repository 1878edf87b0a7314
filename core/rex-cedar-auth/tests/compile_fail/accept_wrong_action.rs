//! A resource cannot accept an action that the schema does not know for its kind.

use rex_cedar_auth::action::process_system::Kill;
use rex_cedar_auth::{Resource, accepts, kind};
use std::borrow::Cow;

struct Path;
impl Resource for Path {
    type Kind = kind::File;
    fn id(&self) -> Cow<'_, str> {
        Cow::Borrowed("/tmp/a")
    }
}
accepts!(Path: Kill);

fn main() {}
