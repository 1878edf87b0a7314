//! A proof of one action is none of another.

use rex_cedar_auth::Authorized;
use rex_cedar_auth::action::file_system::{Delete, Read};

fn unlink(_proof: Authorized<'_, Delete, String>) {}

fn read_then_delete(proof: Authorized<'_, Read, String>) {
    unlink(proof);
}

fn main() {}
