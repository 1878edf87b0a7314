//! Script functions as values, and how they enter the engine.

pub mod builder;
mod entry;
mod error;
mod flags;
mod function;
mod kinds;
mod number;
mod registrar;
mod script_type;
mod wanted;

pub use entry::{Entry, Host};
pub use error::{ErrorKind, ScriptError};
pub use flags::flags;
pub use function::{Example, Form, Function};
pub use number::number;
pub use registrar::{Registered, Registrar, TypeNames};
pub use rhai::NativeCallContext as Call;
