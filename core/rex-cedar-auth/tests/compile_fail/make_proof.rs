//! Nor by calling what the gate calls.

use rex_cedar_auth::Authorized;
use rex_cedar_auth::action::file_system::Open;

fn main() {
    let path = String::from("/etc/shadow");
    let _forged = Authorized::<'_, Open, String>::new(&path);
}
