//! Which variables are seen at a place of the program.
#![expect(non_upper_case_globals, reason = "the names are those of the DWARF standard")]

use super::expression::{Found, Surroundings};
use super::module::Slice;
use super::unwind::State;
use gimli::{
    AttributeValue, DW_AT_abstract_origin, DW_AT_const_value, DW_AT_frame_base, DW_AT_location, DW_AT_name,
    DW_AT_specification, DW_AT_type, DW_TAG_compile_unit, DW_TAG_formal_parameter, DW_TAG_inlined_subroutine,
    DW_TAG_lexical_block, DW_TAG_subprogram, DW_TAG_variable, DebuggingInformationEntry, UnitOffset, UnitRef,
};

pub(super) type Unit<'m, 's> = UnitRef<'m, Slice<'s>>;
pub(super) type Entry<'s> = DebuggingInformationEntry<Slice<'s>>;

/// How often an entry is followed to another one for what it leaves out.
const MOST_ORIGINS: usize = 4;

/// A variable that was found.
pub(super) struct Variable {
    pub(super) type_offset: Option<UnitOffset>,
    /// Nothing where the compiler did not keep it.
    pub(super) found: Option<Found>,
}

/// A part of the program that holds the place.
struct Open {
    depth: isize,
    /// How many functions are around what is in it, itself among them.
    functions: usize,
}

/// What is known of the variable `name` where the frame is: the innermost one of its function, or one outside of functions.
pub(super) fn variable(
    unit: Unit<'_, '_>,
    state: &State,
    around: &Surroundings<'_, '_>,
    name: &str,
) -> Option<Variable> {
    let address = state.lookup.wrapping_sub(around.bias);
    let (mut open, mut base): (Vec<Open>, Option<u64>) = (Vec::new(), None);
    // Of each, how many functions are around it.
    let mut candidates: Vec<(usize, UnitOffset, Option<u64>)> = Vec::new();
    let mut functions = 0;
    let mut skipped: Option<isize> = None;
    let mut entries = unit.entries();
    while let Ok(Some(entry)) = entries.next_dfs() {
        let depth = entry.depth();
        if skipped.is_some_and(|outside| depth > outside) {
            continue;
        }
        skipped = None;
        while open.last().is_some_and(|last| last.depth >= depth) {
            open.pop();
        }
        let inside = open.last().map_or(0, |last| last.functions);
        match entry.tag() {
            DW_TAG_subprogram | DW_TAG_inlined_subroutine | DW_TAG_lexical_block => {
                if !holds(unit, entry, address) {
                    skipped = Some(depth);
                    continue;
                }
                let is_function = entry.tag() != DW_TAG_lexical_block;
                if entry.tag() == DW_TAG_subprogram {
                    base = frame_base(unit, entry, around);
                }
                let around_it = inside + usize::from(is_function);
                functions = functions.max(around_it);
                open.push(Open { depth, functions: around_it });
            }
            DW_TAG_variable | DW_TAG_formal_parameter if text(unit, entry).as_deref() == Some(name) => {
                candidates.push((inside, entry.offset(), base));
            }
            DW_TAG_compile_unit => {}
            // Types have members of the same names.
            _ if entry.has_children() && inside == 0 && depth > 0 => skipped = Some(depth),
            _ => {}
        }
    }
    let wanted = functions.checked_sub(state.inlined)?;
    // Later ones are further in; of a function, or else of the file.
    let of = |level: usize| candidates.iter().rev().find(|(around, ..)| *around == level);
    let (_, offset, base) = of(wanted).or_else(|| of(0))?;
    let entry = unit.entry(*offset).ok()?;
    let around = Surroundings { frame_base: *base, ..*around };
    let type_offset = through_origins(unit, &entry, |entry| reference(entry, DW_AT_type));
    Some(Variable { type_offset, found: place(unit, &entry, &around, address) })
}

fn holds<'s>(unit: Unit<'_, 's>, entry: &Entry<'s>, address: u64) -> bool {
    let Ok(mut ranges) = unit.die_ranges(entry) else { return false };
    while let Ok(Some(range)) = ranges.next() {
        if (range.begin..range.end).contains(&address) {
            return true;
        }
    }
    false
}

fn frame_base<'s>(unit: Unit<'_, 's>, entry: &Entry<'s>, around: &Surroundings<'_, '_>) -> Option<u64> {
    let AttributeValue::Exprloc(expression) = entry.attr_value(DW_AT_frame_base)? else { return None };
    around.evaluate(expression, unit.encoding(), None)?.address()
}

/// Where a variable is, or what it is.
fn place<'s>(unit: Unit<'_, 's>, entry: &Entry<'s>, around: &Surroundings<'_, '_>, address: u64) -> Option<Found> {
    if let Some(value) = entry.attr_value(DW_AT_const_value) {
        let number = value.udata_value().or_else(|| value.sdata_value().map(i64::cast_unsigned))?;
        return Some(Found::Bytes(number.to_le_bytes().to_vec()));
    }
    match entry.attr_value(DW_AT_location)? {
        AttributeValue::Exprloc(expression) => around.evaluate(expression, unit.encoding(), None),
        lists => {
            let mut lists = unit.attr_locations(lists).ok()??;
            while let Ok(Some(list)) = lists.next() {
                if (list.range.begin..list.range.end).contains(&address) {
                    return around.evaluate(list.data, unit.encoding(), None);
                }
            }
            None
        }
    }
}

/// The name of an entry.
pub(super) fn text<'s>(unit: Unit<'_, 's>, entry: &Entry<'s>) -> Option<String> {
    through_origins(unit, entry, |entry| {
        let name = unit.attr_string(entry.attr_value(DW_AT_name)?).ok()?;
        Some(name.to_string_lossy().into_owned())
    })
}

/// What an entry says, or what it is an instance of.
fn through_origins<'s, T>(unit: Unit<'_, 's>, entry: &Entry<'s>, ask: impl Fn(&Entry<'s>) -> Option<T>) -> Option<T> {
    if let Some(found) = ask(entry) {
        return Some(found);
    }
    let mut next = origin(entry);
    for _ in 0..MOST_ORIGINS {
        let entry = unit.entry(next?).ok()?;
        if let Some(found) = ask(&entry) {
            return Some(found);
        }
        next = origin(&entry);
    }
    None
}

fn origin(entry: &Entry<'_>) -> Option<UnitOffset> {
    reference(entry, DW_AT_abstract_origin).or_else(|| reference(entry, DW_AT_specification))
}

/// The entry of the same unit that an attribute refers to.
pub(super) fn reference(entry: &Entry<'_>, name: gimli::DwAt) -> Option<UnitOffset> {
    match entry.attr_value(name)? {
        AttributeValue::UnitRef(offset) => Some(offset),
        _ => None,
    }
}
