//! Numbers of scripts, which are signed, where a function takes others.

use crate::ScriptError;

/// `value` as the number that the parameter `name` takes.
///
/// # Errors
/// It is out of range; the error is a text.
pub fn number<N: TryFrom<i64>>(name: &str, value: i64) -> Result<N, ScriptError> {
    N::try_from(value).map_err(|_| {
        ScriptError::Text(format!(
            "Parameter '{name}' conversion failed: out of range integral type conversion attempted"
        ))
    })
}
