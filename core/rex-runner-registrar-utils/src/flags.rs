//! Flags of commands: an array of values of the command's own flag type.

use crate::ScriptError;
use rhai::Array;

/// The flags in `array`. `command` is the script's word for the command, `type_name` that of its flag type.
///
/// # Errors
/// An element is of another type; the error is of kind `Other` in the module `source`.
pub fn flags<T: Clone + 'static>(
    source: &'static str,
    command: &str,
    type_name: &str,
    array: Array,
) -> Result<Vec<T>, ScriptError> {
    array
        .into_iter()
        .map(|element| {
            // Native types show their own name without its Rust path.
            let found = element.type_name().rsplit("::").next().unwrap_or_default();
            element.try_cast::<T>().ok_or_else(|| {
                ScriptError::map(source, "Other", format!("{command}: expected {type_name} flag, got {found}"))
            })
        })
        .collect()
}
