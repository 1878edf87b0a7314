//! The only module that touches the system.
//!
//! INVARIANT: every function takes a proof of the gate by value, or gives what it found as `Unjudged`. Descriptors never leave this
//! module except inside its own types, which allow only what was judged.

mod names;
mod socket;

pub(crate) use names::{NameFiles, name_files};
pub(crate) use socket::{Socket, open};
