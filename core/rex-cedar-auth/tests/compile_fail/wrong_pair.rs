//! The gate is not asked for an action that the resource does not accept.

use rex_cedar_auth::action::file_system::{Open, Write};
use rex_cedar_auth::{Gate, Resource, accepts, kind};
use std::borrow::Cow;

struct Directory;
impl Resource for Directory {
    type Kind = kind::Dir;
    fn id(&self) -> Cow<'_, str> {
        Cow::Borrowed("/tmp")
    }
}
accepts!(Directory: Open);

fn ask(gate: &Gate) {
    let _opened = gate.authorize::<Open, _>(&Directory);
    let _written = gate.authorize::<Write, _>(&Directory);
}

fn main() {}
