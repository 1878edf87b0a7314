//! The log of one run: records kept for the result, and lines for syslog.
//!
//! A [`Logger`] is a value: two runs in one process share nothing. It is meant for one thread, behind an `Rc`.
//!
//! ```
//! use rex_logger::{Level, Logger, Syslog};
//!
//! let logger = Logger::new(Level::Info, Syslog::Off);
//! logger.script(Level::Info, "hello", 1);
//! {
//!     let _call = logger.enter("cat", 2);
//!     logger.function(Level::Warn, "the file is empty");
//! }
//! let records = logger.take();
//! assert_eq!(records[0].message, "hello");
//! assert_eq!((records[1].line, records[1].function), (2, Some("cat")));
//! ```

mod context;
mod level;
mod logger;
mod record;
mod ring;
#[cfg(test)]
mod sink_tests;
mod sys;
mod syslog;
mod text;

pub use context::Entered;
pub use level::Level;
pub use logger::{Logger, Syslog};
pub use record::Record;
pub use ring::{CAPACITY, Captured, DROPPED};
pub use text::{MAX_MESSAGE, SUFFIX};
