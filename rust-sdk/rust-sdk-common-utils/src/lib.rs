//! Moments in time and random text. Nothing here asks the gate: it touches only the clock and the random numbers of the system.

mod date_time;
mod error;
mod random;
mod text;

pub use date_time::DateTime;
pub use error::{Error, Result};
pub use random::random_alphanumeric;
pub use text::DateTimeFormat;
