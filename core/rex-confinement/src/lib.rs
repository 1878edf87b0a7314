//! The kernel floor: what a policy can never permit is impossible for the whole process, also for native code in it.
//!
//! A [`Plan`] is computed from what the policy could ever permit ([`rex_cedar_auth::Reach`]) and from what this kernel offers ([`Kernel`]);
//! a [`Floor`] is a plan made ready, and holds from [`Floor::restrict_thread`] and [`Floor::seal`] on.

mod calls;
mod capabilities;
mod domain;
mod explain;
mod filter;
mod floor;
mod kernel;
mod needs;
mod places;
mod plan;
mod programs;
mod rights;
mod sys;

pub use explain::Summary;
pub use floor::{Error, Floor};
pub use kernel::Kernel;
pub use needs::Needs;
pub use plan::Plan;
pub use programs::Programs;
pub use sys::Inherited;
