//! Builds the Rhai engine for one run, with the limits that end it, and turns its errors into what a result shows.
//!
//! A [`Watch`] knows when a run has to end: the engine asks it at each operation, functions ask it through the gate, and a
//! supervising thread asks it where neither comes to asking.

mod alarms;
pub mod cpu;
mod display;
mod failure;
mod growers;
mod json;
mod limits;
mod log;
pub mod memory;
mod metrics;
mod ordering;
mod session;
pub mod signals;
mod sleep;
pub mod sudden;
mod value;
pub mod walls;
mod watch;

pub use display::{TooBig, display};
pub use failure::{Call, Class, Failure, MAX_MESSAGE, shorten};
pub use json::{NoValue, from_json};
pub use limits::{Human, Limits, Reason};
pub use session::{Options, Published, Session, TypeName, list};
pub use value::to_json;
pub use watch::{GRACE, Watch};
