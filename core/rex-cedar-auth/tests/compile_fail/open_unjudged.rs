//! A value that waits for its judgement stays closed.

use rex_cedar_auth::Unjudged;

fn main() {
    let held = Unjudged::new(String::from("secret"));
    let _opened = held.0;
}
