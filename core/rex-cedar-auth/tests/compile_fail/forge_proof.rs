//! A proof cannot be made without the gate.

use rex_cedar_auth::Authorized;
use rex_cedar_auth::action::file_system::Open;
use std::marker::PhantomData;

fn main() {
    let path = String::from("/etc/shadow");
    let _forged: Authorized<'_, Open, String> = Authorized { target: &path, action: PhantomData };
}
