//! Nor is it opened by calling what the gate calls.

use rex_cedar_auth::Unjudged;

fn main() {
    let held = Unjudged::new(String::from("secret"));
    println!("{}", held.peek());
    let _opened = held.judged();
}
