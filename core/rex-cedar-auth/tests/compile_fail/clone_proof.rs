//! A proof cannot be doubled.

use rex_cedar_auth::Authorized;
use rex_cedar_auth::action::file_system::Delete;

fn double<'t>(proof: &Authorized<'t, Delete, String>) -> Authorized<'t, Delete, String> {
    proof.clone()
}

fn main() {}
