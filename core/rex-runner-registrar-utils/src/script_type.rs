//! The names that script authors know Rust types by.

/// The types in the text of a tuple type, as the compiler prints it.
pub(crate) fn split_tuple(tuple: &str) -> Vec<&str> {
    let inner = tuple.trim().strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(tuple);
    let (mut depth, mut start, mut parts) = (0_usize, 0, Vec::new());
    for (at, byte) in inner.bytes().enumerate() {
        match byte {
            b'(' | b'[' | b'<' => depth += 1,
            b')' | b']' | b'>' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => {
                parts.push(inner.get(start..at).unwrap_or_default().trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(inner.get(start..).unwrap_or_default().trim());
    parts.retain(|part| !part.is_empty());
    parts
}

/// The script's name of a Rust type.
pub(crate) fn script_type(rust: &str) -> String {
    let bare = rust.trim_start_matches("&mut ").trim_start_matches('&');
    for wrapper in ["rhai::func::register::Mut<", "core::result::Result<", "rhai::func::register::Ref<"] {
        if let Some(inner) = bare.strip_prefix(wrapper).and_then(|rest| rest.strip_suffix('>')) {
            return script_type(split_tuple(inner).first().copied().unwrap_or_default());
        }
    }
    let known = match bare {
        "str" | "alloc::string::String" => "string",
        "i64" => "int",
        "f64" => "float",
        "bool" => "bool",
        "()" => "()",
        "alloc::vec::Vec<rhai::types::dynamic::Dynamic>" => "array",
        "alloc::vec::Vec<u8>" => "blob",
        "rhai::types::dynamic::Dynamic" => "any",
        _ if bare.ends_with("ImmutableString") => "string",
        _ if bare.starts_with("alloc::collections::btree::map::BTreeMap<") => "map",
        _ => bare.rsplit("::").next().unwrap_or(bare),
    };
    known.to_owned()
}

#[cfg(test)]
mod tests {
    use super::{script_type, split_tuple};
    use std::any::type_name;

    #[test]
    fn names_of_what_bindings_use() {
        assert_eq!(script_type(type_name::<&str>()), "string");
        assert_eq!(script_type(type_name::<rhai::ImmutableString>()), "string");
        assert_eq!(script_type(type_name::<Result<rhai::Array, Box<rhai::EvalAltResult>>>()), "array");
        assert_eq!(script_type(type_name::<rhai::Map>()), "map");
        assert_eq!(script_type(type_name::<rhai::Dynamic>()), "any");
        assert_eq!(script_type(type_name::<rhai::Blob>()), "blob");
        assert_eq!(script_type(type_name::<Result<(), Box<rhai::EvalAltResult>>>()), "()");
    }

    #[test]
    fn tuples_split_at_the_top_level_only() {
        assert_eq!(
            split_tuple("(&str, core::result::Result<a, b>, i64)"),
            ["&str", "core::result::Result<a, b>", "i64"]
        );
        assert_eq!(split_tuple("(i64,)"), ["i64"]);
        assert_eq!(split_tuple("()"), Vec::<&str>::new());
    }
}
