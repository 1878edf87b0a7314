//! The functions of the engine that make much of little in one step, with a look at the memory before they do.

use crate::{Reason, Watch, memory};
use rex_runner_registrar_utils::{Call, ScriptError};
use rhai::{Array, Blob, Dynamic, Engine, EvalAltResult, ImmutableString};
use std::sync::Arc;

type Outcome<T> = Result<T, Box<EvalAltResult>>;

/// What an element of an array takes, in bytes; twice, since a growing array keeps room.
const ELEMENT: usize = 2 * size_of::<Dynamic>();
/// What a short text in an array takes besides, in bytes.
const TEXT: usize = 64;

#[derive(Clone)]
struct Room(Arc<Watch>);

impl Room {
    /// Whether `count` things of `size` bytes fit into what is left.
    fn fits(&self, count: usize, size: usize) -> bool {
        let Some(limit) = self.0.limits().memory else { return true };
        count.checked_mul(size).and_then(|more| more.checked_add(memory::used())).is_some_and(|sum| sum <= limit)
    }

    fn check(&self, call: &Call<'_>, count: usize, size: usize) -> Outcome<()> {
        if self.fits(count, size) {
            return Ok(());
        }
        Err(ScriptError::from(self.0.stop(Reason::Memory)).thrown(call.call_position()))
    }
}

/// Replaces them in the engine.
pub(crate) fn register(engine: &mut Engine, watch: &Arc<Watch>) {
    let room = Room(Arc::clone(watch));
    padding(engine, &room);
    splitting(engine, &room);
    replacing(engine, &room);
}

fn length(len: i64) -> usize {
    usize::try_from(len).unwrap_or(0)
}

fn padding(engine: &mut Engine, room: &Room) {
    let at = room.clone();
    engine.register_fn("pad", move |call: Call<'_>, array: &mut Array, len: i64, item: Dynamic| -> Outcome<()> {
        let missing = length(len).saturating_sub(array.len());
        if missing > 0 {
            let before = memory::used();
            let one = item.clone();
            let size = memory::used().saturating_sub(before);
            drop(one);
            at.check(&call, missing, size_of::<Dynamic>().saturating_add(size))?;
            array.resize(length(len), item);
        }
        Ok(())
    });
    let at = room.clone();
    engine.register_fn("pad", move |call: Call<'_>, blob: &mut Blob, len: i64, value: i64| -> Outcome<()> {
        let missing = length(len).saturating_sub(blob.len());
        if missing > 0 {
            at.check(&call, missing, 1)?;
            blob.resize(length(len), low_byte(value));
        }
        Ok(())
    });
    let at = room.clone();
    engine.register_fn("pad", move |call: Call<'_>, text: &mut ImmutableString, len: i64, with: char| -> Outcome<()> {
        let missing = length(len).saturating_sub(text.chars().count());
        if missing > 0 {
            at.check(&call, missing, with.len_utf8())?;
            text.make_mut().extend(std::iter::repeat_n(with, missing));
        }
        Ok(())
    });
    let at = room.clone();
    engine.register_fn("pad", move |call: Call<'_>, text: &mut ImmutableString, len: i64, with: &str| -> Outcome<()> {
        let width = with.chars().count();
        let missing = length(len).saturating_sub(text.chars().count());
        if missing > 0 && width > 0 {
            let times = missing.div_ceil(width);
            at.check(&call, times, with.len())?;
            let spare = times.saturating_mul(width).saturating_sub(missing);
            let grown = text.make_mut();
            grown.extend(std::iter::repeat_n(with, times));
            for _ in 0..spare {
                grown.pop();
            }
        }
        Ok(())
    });
    let at = room.clone();
    engine.register_fn("blob", move |call: Call<'_>, len: i64| -> Outcome<Blob> {
        at.check(&call, length(len), 1)?;
        Ok(vec![0; length(len)])
    });
    let at = room.clone();
    engine.register_fn("blob", move |call: Call<'_>, len: i64, value: i64| -> Outcome<Blob> {
        at.check(&call, length(len), 1)?;
        Ok(vec![low_byte(value); length(len)])
    });
}

fn low_byte(value: i64) -> u8 {
    value.to_le_bytes().first().copied().unwrap_or(0)
}

/// The parts of a text as an array, if there is room for them.
fn parts<'t>(room: &Room, call: &Call<'_>, text: &str, parts: impl Iterator<Item = &'t str> + Clone) -> Outcome<Array> {
    let size = ELEMENT + TEXT;
    if !room.fits(text.len(), size) {
        room.check(call, parts.clone().count(), size)?;
        room.check(call, text.len(), 1)?;
    }
    Ok(parts.map(Into::into).collect())
}

fn segments(count: i64) -> usize {
    length(count.max(1))
}

fn splitting(engine: &mut Engine, room: &Room) {
    type Text<'t> = &'t mut ImmutableString;
    let at = room.clone();
    engine.register_fn("to_chars", move |call: Call<'_>, text: &str| -> Outcome<Array> {
        if !at.fits(text.len(), ELEMENT) {
            at.check(&call, text.chars().count(), ELEMENT)?;
        }
        Ok(text.chars().map(Into::into).collect())
    });
    let at = room.clone();
    engine.register_fn("split", move |call: Call<'_>, text: Text<'_>| {
        if text.is_empty() { Ok(vec![text.clone().into()]) } else { parts(&at, &call, text, text.split_whitespace()) }
    });
    let at = room.clone();
    engine
        .register_fn("split", move |call: Call<'_>, text: Text<'_>, by: &str| parts(&at, &call, text, text.split(by)));
    let at = room.clone();
    engine.register_fn("split", move |call: Call<'_>, text: Text<'_>, by: &str, count: i64| {
        parts(&at, &call, text, text.splitn(segments(count), by))
    });
    let at = room.clone();
    engine
        .register_fn("split", move |call: Call<'_>, text: Text<'_>, by: char| parts(&at, &call, text, text.split(by)));
    let at = room.clone();
    engine.register_fn("split", move |call: Call<'_>, text: Text<'_>, by: char, count: i64| {
        parts(&at, &call, text, text.splitn(segments(count), by))
    });
    let at = room.clone();
    engine.register_fn("split_rev", move |call: Call<'_>, text: Text<'_>, by: &str| {
        parts(&at, &call, text, text.rsplit(by))
    });
    let at = room.clone();
    engine.register_fn("split_rev", move |call: Call<'_>, text: Text<'_>, by: &str, count: i64| {
        parts(&at, &call, text, text.rsplitn(segments(count), by))
    });
    let at = room.clone();
    engine.register_fn("split_rev", move |call: Call<'_>, text: Text<'_>, by: char| {
        parts(&at, &call, text, text.rsplit(by))
    });
    let at = room.clone();
    engine.register_fn("split_rev", move |call: Call<'_>, text: Text<'_>, by: char, count: i64| {
        parts(&at, &call, text, text.rsplitn(segments(count), by))
    });
}

fn replacing(engine: &mut Engine, room: &Room) {
    let replace = |room: &Room, call: &Call<'_>, text: &mut ImmutableString, find: &str, by: &str| -> Outcome<()> {
        if !room.fits(text.len().saturating_add(1), by.len().saturating_add(1)) {
            room.check(call, text.matches(find).count(), by.len())?;
            room.check(call, text.len(), 1)?;
        }
        let replaced = text.replace(find, by);
        *text = replaced.into();
        Ok(())
    };
    let at = room.clone();
    engine.register_fn("replace", move |call: Call<'_>, text: &mut ImmutableString, find: &str, by: &str| {
        replace(&at, &call, text, find, by)
    });
    let at = room.clone();
    engine.register_fn("replace", move |call: Call<'_>, text: &mut ImmutableString, find: &str, by: char| {
        replace(&at, &call, text, find, by.encode_utf8(&mut [0; 4]))
    });
    let at = room.clone();
    engine.register_fn("replace", move |call: Call<'_>, text: &mut ImmutableString, find: char, by: &str| {
        replace(&at, &call, text, find.encode_utf8(&mut [0; 4]), by)
    });
    let at = room.clone();
    engine.register_fn("replace", move |call: Call<'_>, text: &mut ImmutableString, find: char, by: char| {
        replace(&at, &call, text, find.encode_utf8(&mut [0; 4]), by.encode_utf8(&mut [0; 4]))
    });
}
