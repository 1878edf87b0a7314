//! The gate: decides by Cedar policy what a script may do, and hands out the proofs that system calls demand.
//!
//! ```
//! use rex_cedar_auth::{Gate, Policies, Resource, accepts, action::file_system::Open, kind};
//! use std::borrow::Cow;
//!
//! struct Path(String);
//! impl Resource for Path {
//!     type Kind = kind::File;
//!     fn id(&self) -> Cow<'_, str> {
//!         Cow::Borrowed(&self.0)
//!     }
//! }
//! accepts!(Path: Open);
//!
//! let policies = Policies::load("example", r#"permit(principal, action, resource in file_system::Dir::"/tmp");"#)?;
//! let gate = Gate::new(policies, "alice");
//! assert!(gate.authorize::<Open, _>(&Path("/tmp/a".into())).is_ok());
//! assert!(gate.authorize::<Open, _>(&Path("/etc/shadow".into())).is_err());
//! # Ok::<(), rex_cedar_auth::PolicyError>(())
//! ```

pub mod action;
mod audit;
mod cleanup;
pub mod context;
mod denied;
mod descriptors;
mod gate;
mod journal;
pub mod kind;
mod need;
mod path;
mod policy;
mod proof;
mod usage;

pub use action::Action;
pub use audit::{Auditor, Effect, Mark};
pub use cedar_policy::RestrictedExpression;
pub use cleanup::Cleanup;
pub use denied::{Cause, Denied};
pub use descriptors::note_failure;
pub use gate::{Accepts, Children, Either, Gate, Resource, Stopped};
pub use journal::{Extent, Journal, KeptDenial, Verdict};
pub use kind::Kind;
pub use need::{Need, need};
pub use path::ancestors;
pub use policy::reach::{Coverage, Place, Reach};
pub use policy::{Policies, PolicyError, PolicyWarning, Problem};
pub use proof::{Authorized, Unjudged};
pub use usage::{Budget, Means, Usage, note_read};
