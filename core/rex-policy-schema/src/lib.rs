//! The Cedar schema that policies are written against, and the default policy.

use cedar_policy::{Schema, SchemaError};

/// The schema as people read it: `rex.cedarschema`, with the meaning of each type, attribute and action.
pub const TEXT: &str = include_str!("rex.cedarschema");

/// The same schema in Cedar's JSON form without annotations: it loads four times faster than the text.
const JSON: &str = include_str!("rex.cedarschema.json");

/// The policy of an operator who has not written one yet: it permits nothing that changes the host or leaves it.
pub const DEFAULT_POLICY: &str = include_str!("default.cedar");

/// Loads the schema.
///
/// # Errors
/// Only when the embedded schema is damaged, which the tests of this crate exclude.
pub fn load() -> Result<Schema, Box<SchemaError>> {
    Schema::from_json_str(JSON).map_err(Box::new)
}
