//! Values, shown by their type in the way of debuggers.
#![expect(non_upper_case_globals, reason = "the names are those of the DWARF standard")]

use super::expression::Found;
use super::memory::Memory;
use super::scope::{Entry, Unit, reference, text};
use gimli::{
    DW_AT_byte_size, DW_AT_const_value, DW_AT_count, DW_AT_data_bit_offset, DW_AT_data_member_location, DW_AT_encoding,
    DW_AT_type, DW_AT_upper_bound, DW_TAG_array_type, DW_TAG_atomic_type, DW_TAG_base_type, DW_TAG_class_type,
    DW_TAG_const_type, DW_TAG_enumeration_type, DW_TAG_enumerator, DW_TAG_member, DW_TAG_pointer_type,
    DW_TAG_reference_type, DW_TAG_restrict_type, DW_TAG_rvalue_reference_type, DW_TAG_structure_type,
    DW_TAG_subrange_type, DW_TAG_typedef, DW_TAG_union_type, DW_TAG_volatile_type, DwAt, UnitOffset,
};
use std::fmt::Write as _;

/// So many names for one type are followed.
const MOST_NAMES: usize = 32;
/// So many elements and characters are shown.
const MOST_ELEMENTS: u64 = 200;
/// Structures within structures are shown so deep.
const MOST_DEPTH: usize = 4;
/// No value is shown longer than about this, in bytes.
const MOST_TEXT: usize = 64 * 1024;

/// What the compiler says of a type.
#[derive(Debug, Clone)]
pub(super) enum Type {
    Number {
        size: u64,
        encoding: u64,
    },
    Pointer {
        to: Option<UnitOffset>,
    },
    /// Which names its numbers have.
    Enumeration {
        size: u64,
        at: UnitOffset,
    },
    Structure {
        at: UnitOffset,
    },
    /// The type of its elements and their number.
    Array {
        of: UnitOffset,
        count: u64,
    },
}

/// A value of a type.
#[derive(Debug, Clone)]
pub(super) struct Value {
    pub(super) found: Found,
    pub(super) type_offset: UnitOffset,
}

/// What values are read and shown with.
#[derive(Clone, Copy)]
pub(super) struct Shown<'m, 's> {
    pub(super) unit: Unit<'m, 's>,
    pub(super) memory: Memory<'m, 's>,
}

impl<'s> Shown<'_, 's> {
    /// The type of this name, other names for it followed.
    fn resolve(&self, mut at: UnitOffset) -> Option<Type> {
        for _ in 0..MOST_NAMES {
            let entry = self.unit.entry(at).ok()?;
            let size = number(&entry, DW_AT_byte_size);
            at = match entry.tag() {
                DW_TAG_typedef | DW_TAG_const_type | DW_TAG_volatile_type | DW_TAG_restrict_type
                | DW_TAG_atomic_type => reference(&entry, DW_AT_type)?,
                DW_TAG_base_type => {
                    let encoding = match entry.attr_value(DW_AT_encoding)? {
                        gimli::AttributeValue::Encoding(encoding) => encoding.0.into(),
                        other => other.udata_value()?,
                    };
                    return Some(Type::Number { size: size?, encoding });
                }
                DW_TAG_pointer_type | DW_TAG_reference_type | DW_TAG_rvalue_reference_type => {
                    return Some(Type::Pointer { to: reference(&entry, DW_AT_type) });
                }
                DW_TAG_enumeration_type => return Some(Type::Enumeration { size: size?, at }),
                DW_TAG_structure_type | DW_TAG_class_type | DW_TAG_union_type => return Some(Type::Structure { at }),
                DW_TAG_array_type => {
                    return Some(Type::Array { of: reference(&entry, DW_AT_type)?, count: self.elements(at)? });
                }
                _ => return None,
            };
        }
        None
    }

    /// The number of elements of an array, all its dimensions together.
    fn elements(&self, at: UnitOffset) -> Option<u64> {
        let mut count: Option<u64> = None;
        self.children(at, &mut |entry| {
            if entry.tag() == DW_TAG_subrange_type {
                let bound = number(entry, DW_AT_upper_bound).and_then(|bound| bound.checked_add(1));
                let own = number(entry, DW_AT_count).or(bound).unwrap_or(0);
                count = Some(count.unwrap_or(1).saturating_mul(own));
            }
            true
        });
        count
    }

    /// Shows what is directly below an entry until `visit` has seen enough.
    fn children(&self, at: UnitOffset, visit: &mut dyn FnMut(&Entry<'s>) -> bool) {
        let Ok(mut entries) = self.unit.entries_at_offset(at) else { return };
        let Ok(Some(parent)) = entries.next_dfs() else { return };
        let depth = parent.depth();
        if !parent.has_children() {
            return;
        }
        while let Ok(Some(entry)) = entries.next_dfs() {
            if entry.depth() <= depth || (entry.depth() == depth + 1 && !visit(entry)) {
                return;
            }
        }
    }

    /// The size of a value of this type in bytes.
    fn size(&self, at: UnitOffset) -> Option<u64> {
        match self.resolve(at)? {
            Type::Number { size, .. } | Type::Enumeration { size, .. } => Some(size),
            Type::Pointer { .. } => Some(8),
            Type::Structure { at } => number(&self.unit.entry(at).ok()?, DW_AT_byte_size),
            Type::Array { of, count } => {
                // Arrays of arrays are one array with several dimensions.
                let element = self.resolve(of)?;
                match element {
                    Type::Array { .. } => None,
                    _ => self.size(of)?.checked_mul(count),
                }
            }
        }
    }

    /// The part of a value that begins after `offset` bytes.
    fn part(found: &Found, offset: u64) -> Option<Found> {
        match found {
            Found::At(address) => Some(Found::At(address.checked_add(offset)?)),
            Found::Bytes(bytes) => Some(Found::Bytes(bytes.get(usize::try_from(offset).ok()?..)?.to_vec())),
        }
    }

    /// The number that the first `size` bytes are.
    fn read(&self, found: &Found, size: u64) -> Option<u64> {
        let size = u8::try_from(size).ok().filter(|size| (1..=8).contains(size))?;
        match found {
            Found::At(address) => self.memory.number(*address, size),
            Found::Bytes(bytes) => {
                let mut number = [0; 8];
                let bytes = bytes.get(..usize::from(size))?;
                number.get_mut(..usize::from(size))?.copy_from_slice(bytes);
                Some(u64::from_le_bytes(number))
            }
        }
    }

    /// The member `name` of a structure, or of what a pointer points at.
    pub(super) fn member(&self, value: &Value, name: &str) -> Option<Value> {
        let value = self.behind_pointer(value)?;
        let Type::Structure { at } = self.resolve(value.type_offset)? else { return None };
        let mut found = None;
        self.children(at, &mut |entry| {
            if entry.tag() == DW_TAG_member
                && entry.attr_value(DW_AT_data_bit_offset).is_none()
                && text(self.unit, entry).as_deref() == Some(name)
            {
                found = Some((number(entry, DW_AT_data_member_location).unwrap_or(0), reference(entry, DW_AT_type)));
            }
            found.is_none()
        });
        let (offset, type_offset) = found?;
        Some(Value { found: Self::part(&value.found, offset)?, type_offset: type_offset? })
    }

    /// The element `index` of an array, or of what a pointer points at.
    pub(super) fn element(&self, value: &Value, index: u64) -> Option<Value> {
        let (found, of) = match self.resolve(value.type_offset)? {
            Type::Array { of, .. } => (value.found.clone(), of),
            Type::Pointer { to } => (Found::At(self.read(&value.found, 8)?), to?),
            _ => return None,
        };
        let offset = self.size(of)?.checked_mul(index)?;
        Some(Value { found: Self::part(&found, offset)?, type_offset: of })
    }

    fn behind_pointer(&self, value: &Value) -> Option<Value> {
        match self.resolve(value.type_offset)? {
            Type::Pointer { to } => Some(Value { found: Found::At(self.read(&value.found, 8)?), type_offset: to? }),
            _ => Some(value.clone()),
        }
    }

    /// A value as text.
    pub(super) fn show(&self, value: &Value) -> Option<String> {
        let mut shown = String::new();
        self.write(value, 0, &mut shown)?;
        Some(shown)
    }

    fn write(&self, value: &Value, depth: usize, out: &mut String) -> Option<()> {
        if depth > MOST_DEPTH || out.len() > MOST_TEXT {
            out.push_str("...");
            return Some(());
        }
        match self.resolve(value.type_offset)? {
            Type::Number { size, encoding } => out.push_str(&basic(self.read(&value.found, size)?, size, encoding)),
            Type::Pointer { to } => self.write_pointer(self.read(&value.found, 8)?, to, out),
            Type::Enumeration { size, at } => {
                let found = self.read(&value.found, size)?;
                out.push_str(&self.name_of_number(at, found, size).unwrap_or_else(|| signed(found, size).to_string()));
            }
            Type::Structure { at } => self.write_structure(at, &value.found, depth, out),
            Type::Array { of, count } => self.write_array(of, count, &value.found, depth, out),
        }
        Some(())
    }

    fn write_pointer(&self, address: u64, to: Option<UnitOffset>, out: &mut String) {
        // Writing into a String cannot fail.
        let _ = write!(out, "{address:#x}");
        let is_text = to.and_then(|to| self.resolve(to)).is_some_and(|to| is_character(&to));
        let most = usize::try_from(MOST_ELEMENTS).unwrap_or(0);
        if is_text && let Some((text, whole)) = self.memory.text(address, most) {
            let _ = write!(out, " {}{}", quoted(&text), if whole { "" } else { "..." });
        }
    }

    fn write_structure(&self, at: UnitOffset, found: &Found, depth: usize, out: &mut String) {
        out.push('{');
        let mut first = true;
        self.children(at, &mut |entry| {
            if entry.tag() != DW_TAG_member {
                return true;
            }
            if !first {
                out.push_str(", ");
            }
            first = false;
            out.push_str(text(self.unit, entry).as_deref().unwrap_or("<unnamed>"));
            out.push_str(" = ");
            let offset = number(entry, DW_AT_data_member_location).unwrap_or(0);
            let bits = entry.attr_value(DW_AT_data_bit_offset).is_some();
            let part = Self::part(found, offset).zip(reference(entry, DW_AT_type)).filter(|_| !bits);
            let written =
                part.and_then(|(found, type_offset)| self.write(&Value { found, type_offset }, depth + 1, out));
            if written.is_none() {
                out.push_str("<unavailable>");
            }
            out.len() <= MOST_TEXT
        });
        out.push('}');
    }

    fn write_array(&self, of: UnitOffset, count: u64, found: &Found, depth: usize, out: &mut String) {
        let Some(size) = self.size(of) else { return out.push_str("<unavailable>") };
        let shown = count.min(MOST_ELEMENTS);
        if self.resolve(of).is_some_and(|of| is_character(&of)) {
            let byte = |at| Some(self.read(&Self::part(found, at)?, 1)?.to_le_bytes()[0]);
            let bytes: Vec<u8> = (0..shown).map_while(byte).collect();
            let text = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
            out.push_str(&quoted(text));
            if text.len() as u64 == shown && shown < count {
                out.push_str("...");
            }
            return;
        }
        out.push('{');
        for at in 0..shown {
            if at > 0 {
                out.push_str(", ");
            }
            let part = size.checked_mul(at).and_then(|offset| Self::part(found, offset));
            let written = part.and_then(|found| self.write(&Value { found, type_offset: of }, depth + 1, out));
            if written.is_none() {
                out.push_str("<unavailable>");
            }
            if out.len() > MOST_TEXT {
                break;
            }
        }
        out.push_str(if shown < count { "...}" } else { "}" });
    }

    fn name_of_number(&self, at: UnitOffset, found: u64, size: u64) -> Option<String> {
        let mut name = None;
        self.children(at, &mut |entry| {
            let value = entry.attr_value(DW_AT_const_value);
            let value =
                value.and_then(|value| value.sdata_value().or_else(|| value.udata_value().map(u64::cast_signed)));
            if entry.tag() == DW_TAG_enumerator && value == Some(signed(found, size)) {
                name = text(self.unit, entry);
            }
            name.is_none()
        });
        name
    }
}

fn number(entry: &Entry<'_>, name: DwAt) -> Option<u64> {
    let value = entry.attr_value(name)?;
    value.udata_value().or_else(|| value.sdata_value().and_then(|value| u64::try_from(value).ok()))
}

/// Encodings of numbers, DWARF 5 section 7.8.
const BOOLEAN: u64 = 2;
const FLOAT: u64 = 4;
const SIGNED: u64 = 5;
const SIGNED_CHARACTER: u64 = 6;
const UNSIGNED_CHARACTER: u64 = 8;
const UTF: u64 = 0x10;

fn is_character(of: &Type) -> bool {
    matches!(of, Type::Number { size: 1, encoding: SIGNED_CHARACTER | UNSIGNED_CHARACTER })
}

/// The number that the lowest `size` bytes are, with their sign.
fn signed(found: u64, size: u64) -> i64 {
    let unused = 64 - 8 * u32::try_from(size.clamp(1, 8)).unwrap_or(8);
    found.cast_signed().wrapping_shl(unused).wrapping_shr(unused)
}

fn basic(found: u64, size: u64, encoding: u64) -> String {
    match (encoding, size) {
        (BOOLEAN, _) => (found != 0).to_string(),
        (FLOAT, 4) => u32::try_from(found).map_or_else(|_| found.to_string(), |bits| f32::from_bits(bits).to_string()),
        (FLOAT, 8) => f64::from_bits(found).to_string(),
        (FLOAT, _) => "<unavailable>".to_owned(),
        (SIGNED, _) => signed(found, size).to_string(),
        (SIGNED_CHARACTER | UNSIGNED_CHARACTER, 1) => {
            let number = if encoding == SIGNED_CHARACTER { signed(found, 1) } else { found.cast_signed() };
            format!("{number} '{}'", found.to_le_bytes()[0].escape_ascii())
        }
        (UTF, _) => {
            let character = u32::try_from(found).ok().and_then(char::from_u32);
            character.map_or_else(|| found.to_string(), |character| format!("{found} {character:?}"))
        }
        _ => found.to_string(),
    }
}

fn quoted(text: &[u8]) -> String {
    format!("\"{}\"", text.escape_ascii())
}

#[cfg(test)]
mod tests {
    use super::{basic, quoted, signed};

    #[test]
    fn numbers_by_their_encoding() {
        assert_eq!(signed(0xffff_fffe, 4), -2);
        assert_eq!(signed(0x80, 1), -128);
        assert_eq!(signed(u64::MAX, 8), -1);
        assert_eq!(signed(1, 0), 1);
        assert_eq!(basic(97, 1, 6), "97 'a'");
        assert_eq!(basic(0xff, 1, 6), r"-1 '\xff'");
        assert_eq!(basic(0xff, 1, 8), r"255 '\xff'");
        assert_eq!(basic(1.5_f64.to_bits(), 8, 4), "1.5");
        assert_eq!(basic(u64::from(0.5_f32.to_bits()), 4, 4), "0.5");
        assert_eq!(basic(1, 1, 2), "true");
        assert_eq!(basic(7, 4, 7), "7");
        assert_eq!(quoted(b"a\"\n\xff"), r#""a\"\n\xff""#);
    }
}
