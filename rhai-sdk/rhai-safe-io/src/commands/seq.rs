//! `seq`: a sequence of numbers.

use crate::error::{Failure, SOURCE};
use rex_cedar_auth::Gate;
use rex_runner_registrar_utils::{Call, Example, Function, Registrar, flags};
use rhai::{Array, Dynamic};
use rust_safe_io::Error;

#[derive(Debug, Clone, Copy)]
enum SeqFlag {
    Step(i64),
}

static SEQ: Function = Function {
    name: "seq",
    params: &["start", "end"],
    doc: "Returns the numbers from `start` to `end`, both included; none when `end` is below `start`.",
    examples: &[Example { title: "Count", script: "seq(3, 6) == [3, 4, 5, 6] && seq(2, 1) == []", ..Example::BASE }],
    ..Function::BASE
};

static SEQ_FLAGS: Function = Function {
    name: "seq",
    params: &["flags", "start", "end"],
    doc: "As `seq(start, end)`, in steps of `n` with `seq::step(n)`; a negative `n` counts down.",
    examples: &[Example { title: "Count down", script: "seq([seq::step(-5)], 10, 0) == [10, 5, 0]", ..Example::BASE }],
    ..Function::BASE
};

static STEP: Function = Function {
    module: Some("seq"),
    name: "step",
    params: &["n"],
    doc: "A flag of `seq`: the distance from one number to the next, not 0.",
    examples: &[Example {
        title: "Every other number",
        script: "seq([seq::step(2)], 0, 5) == [0, 2, 4]",
        ..Example::BASE
    }],
    ..Function::BASE
};

pub(super) fn register(r: &mut Registrar) {
    r.type_name::<SeqFlag>("SeqFlag");
    r.function(&STEP, |_| |n: i64| SeqFlag::Step(n));
    r.function(&SEQ, |entry| {
        move |call: Call<'_>, start: i64, end: i64| entry.run(&call, |gate| seq(gate, start, end, 1))
    });
    r.function(&SEQ_FLAGS, |entry| {
        move |call: Call<'_>, array: Array, start: i64, end: i64| {
            entry.run(&call, |gate| {
                let flags = flags::<SeqFlag>(SOURCE, "seq", "SeqFlag", array)?;
                let step = flags.first().map_or(1, |SeqFlag::Step(n)| *n);
                seq(gate, start, end, step)
            })
        }
    });
}

fn seq(gate: &Gate, start: i64, end: i64, step: i64) -> Result<Array, Failure> {
    if step == 0 {
        return Err(Error::InvalidArguments("seq: step cannot be zero".to_owned()).into());
    }
    let mut numbers = Array::new();
    let mut next = Some(start);
    while let Some(number) = next.filter(|number| if step > 0 { *number <= end } else { *number >= end }) {
        numbers.push(Dynamic::from(number));
        if numbers.len().is_multiple_of(4096) {
            gate.proceed()?;
        }
        next = number.checked_add(step);
    }
    Ok(numbers)
}
