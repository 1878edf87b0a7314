//! The one list of all functions that scripts can use, in order, and how it is printed.

mod entry;
mod help;
mod markdown;
mod rhai_file;
mod text;

use entry::Listed;
pub use help::help;
use rex_runner_registrar_utils::{Registered, Registrar, TypeNames};
use std::path::PathBuf;

/// What the functions need to know about the host.
#[derive(Debug, Clone)]
pub struct Options {
    /// The redaction dictionary.
    pub redaction_file: PathBuf,
}

impl Default for Options {
    fn default() -> Self {
        Self { redaction_file: PathBuf::from("/etc/opt/rex/rex_redaction.config") }
    }
}

/// Takes the functions of all crates in. A later one replaces an earlier one of the same name and types.
pub fn register(registrar: &mut Registrar, options: &Options) {
    rhai_safe_io::register(registrar, &options.redaction_file);
    rhai_safe_system_info::register(registrar);
    rhai_safe_disk_info::register(registrar);
    rhai_safe_network::register(registrar);
    rhai_sdk_common_utils::register(registrar);
    rhai_safe_process_mgmt::register(registrar);
}

/// How the list is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One signature and one summary a function, for people.
    Text,
    /// An array of objects, for tools.
    Json,
    /// A page, for the documentation.
    Markdown,
    /// A definition file, for editors that know Rhai.
    Rhai,
}

/// The list of `functions` in `format`, ordered by module, name and signature; it ends with a line break.
pub fn print(functions: &[Registered], names: &TypeNames, format: Format) -> String {
    let mut listed: Vec<Listed<'_>> = functions.iter().map(|function| Listed::new(function, names)).collect();
    listed.sort_by(|a, b| a.order().cmp(&b.order()));
    listed.dedup_by(|a, b| a.order() == b.order());
    match format {
        Format::Text => text::print(&listed),
        Format::Json => entry::json(&listed),
        Format::Markdown => markdown::print(&listed),
        Format::Rhai => rhai_file::print(&listed),
    }
}

#[cfg(test)]
mod tests;
