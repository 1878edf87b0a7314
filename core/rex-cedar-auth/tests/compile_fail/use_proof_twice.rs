//! One proof, one act.

use rex_cedar_auth::Authorized;
use rex_cedar_auth::action::file_system::Delete;

fn unlink(_proof: Authorized<'_, Delete, String>) {}

fn twice(proof: Authorized<'_, Delete, String>) {
    unlink(proof);
    unlink(proof);
}

fn main() {}
