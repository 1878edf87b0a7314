//! A function cannot declare a need that the schema does not know.

use rex_cedar_auth::action::process_system::Kill;
use rex_cedar_auth::{Need, kind, need};

static NEEDS: &[Need] = &[need::<Kill, kind::File>()];

fn main() {
    let _ = NEEDS;
}
