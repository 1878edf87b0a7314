//! For tests: private folders, policies from needs, scripts under a policy, and the test of every script function by its own examples.
#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::panic,
    reason = "only tests use this crate: what fails here is a failing test"
)]

mod example;
mod folder;
mod functions;
mod policy;
mod script;
mod service_manager;
mod silent;

pub use folder::{Folder, Tree};
pub use functions::{check_functions, problems};
pub use policy::{gate, gate_observed, policy_from_needs, principal};
pub use script::{Asked, Ran, Register, denial, eval, run};
pub use service_manager::ServiceManager;
pub use silent::Silent;

/// The name of the redaction dictionary in the folder of a script.
pub const REDACTION_FILE: &str = "rex_redaction.config";
