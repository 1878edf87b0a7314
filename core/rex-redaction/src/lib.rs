//! Shows the lines of a text that a dictionary knows and hides all others.
//!
//! ```
//! use rex_redaction::Dictionary;
//!
//! let dictionary = Dictionary::parse("# known lines\nstarted worker %d\n")?;
//! assert_eq!(dictionary.redact("started worker 7\npassword=hunter2\n"), "started worker 7\n[REDACTED]");
//! # Ok::<(), rex_redaction::Error>(())
//! ```

mod dictionary;
mod pattern;

pub use dictionary::{Dictionary, Error, MAX_BYTES, PATH, REDACTED, Unsupported};
