//! From the registers of a thread to the functions that it was in.

use super::Frame;
use super::expression::Surroundings;
use super::memory::Memory;
use super::module::{Module, Modules, Place};
use super::process::{Process, Thread};
use super::registers::Registers;
use crate::Result;
use gimli::{CfaRule, EhFrame, FrameDescriptionEntry, RegisterRule, UnwindContext, UnwindSection};
use rex_cedar_auth::Gate;

/// More frames of one thread are not looked at.
pub(super) const MOST_FRAMES: usize = 256;

/// What a function was called as, where it is, and what its registers held.
pub(super) struct State {
    pub(super) registers: Registers,
    pub(super) cfa: Option<u64>,
    /// An address within the call, or the instruction that was interrupted.
    pub(super) lookup: u64,
    /// Which of the functions built into each other at this place, the innermost being 0.
    pub(super) inlined: usize,
}

/// How to go on from a frame.
struct Step {
    cfa: u64,
    caller: Option<Registers>,
    /// Whether the frame is one that the kernel made for a signal: what it interrupted did not call anything.
    interrupts: bool,
}

impl Step {
    /// Whether what it guessed to be a return address is one of a file in memory.
    fn leads_to_code(&self, memory: Memory<'_, '_>) -> bool {
        self.caller.as_ref().is_some_and(|caller| memory.modules.covers(caller.instruction))
    }
}

/// The functions that a thread was in.
pub(super) fn frames(gate: &Gate, process: &Process<'_>, modules: &Modules<'_>, thread: &Thread) -> Result<Vec<Frame>> {
    let mut frames = Vec::new();
    walk(gate, process, modules, thread, &mut |state, place| {
        let instruction = state.registers.instruction;
        let mut called = match place {
            Place::Module(module) => module.functions(state.lookup.wrapping_sub(module.bias)),
            _ => Vec::new(),
        };
        if called.is_empty() {
            called.push((None, None, None));
        }
        let last = called.len() - 1;
        for (at, (name, file, line)) in called.into_iter().enumerate() {
            let by_symbol = || match place {
                Place::Module(module) => module.symbol(state.lookup.wrapping_sub(module.bias)),
                _ => None,
            };
            let library = || match place {
                Place::Module(module) if !module.is_program => Some(module.path.clone()),
                Place::File(path) => Some((*path).to_owned()),
                _ => None,
            };
            frames.push(Frame {
                number: i64::try_from(frames.len()).unwrap_or(i64::MAX),
                function: name.or_else(by_symbol).unwrap_or_else(|| "??".to_owned()),
                instruction: (at == last).then_some(instruction),
                source: file.or_else(library),
                line: line.map(i64::from),
            });
        }
        frames.len() >= MOST_FRAMES
    })?;
    frames.truncate(MOST_FRAMES);
    Ok(frames)
}

/// What was known in one frame.
pub(super) fn state(
    gate: &Gate,
    process: &Process<'_>,
    modules: &Modules<'_>,
    thread: &Thread,
    number: i64,
) -> Result<Option<State>> {
    let Ok(mut left) = usize::try_from(number) else { return Ok(None) };
    let mut found = None;
    walk(gate, process, modules, thread, &mut |state, place| {
        let functions = match place {
            Place::Module(module) => module.functions(state.lookup.wrapping_sub(module.bias)).len().max(1),
            _ => 1,
        };
        if left < functions {
            let State { registers, cfa, lookup, .. } = state;
            found = Some(State { registers: registers.clone(), cfa: *cfa, lookup: *lookup, inlined: left });
            return true;
        }
        left -= functions;
        false
    })?;
    Ok(found)
}

/// Goes from the innermost frame outwards until `visit` says that it is enough.
fn walk(
    gate: &Gate,
    process: &Process<'_>,
    modules: &Modules<'_>,
    thread: &Thread,
    visit: &mut dyn FnMut(&State, &Place<'_, '_>) -> bool,
) -> Result<()> {
    let mut registers = thread.registers.clone();
    // The first instruction was interrupted; those of the callers follow a call.
    let mut interrupted = true;
    for _ in 0..MOST_FRAMES {
        gate.proceed()?;
        let lookup = if interrupted { registers.instruction } else { registers.instruction.wrapping_sub(1) };
        let place = modules.at(gate, process, lookup)?;
        let memory = Memory { process, modules };
        let step = step(memory, &place, &registers, lookup, interrupted);
        let cfa = step.as_ref().map(|step| step.cfa);
        let state = State { registers, cfa, lookup, inlined: 0 };
        if visit(&state, &place) {
            return Ok(());
        }
        let Some(Step { caller: Some(caller), interrupts, .. }) = step else { return Ok(()) };
        // A stack that does not shrink never ends.
        let shrinks = caller.stack() > state.registers.stack();
        let leaf = interrupted
            && caller.stack() == state.registers.stack()
            && caller.instruction != state.registers.instruction;
        if caller.instruction == 0 || !(shrinks || leaf || interrupts) {
            return Ok(());
        }
        registers = caller;
        interrupted = interrupts;
    }
    Ok(())
}

fn step(
    memory: Memory<'_, '_>,
    place: &Place<'_, '_>,
    registers: &Registers,
    lookup: u64,
    interrupted: bool,
) -> Option<Step> {
    match place {
        Place::Module(module) => {
            let by_rules = by_rules(memory, module, registers, lookup);
            // Some functions of the C library in assembler have no rules where they call the kernel.
            by_rules
                .or_else(|| by_frame_pointer(memory, registers).filter(|step| step.leads_to_code(memory)))
                .or_else(|| called(memory, registers).filter(|step| interrupted && step.leads_to_code(memory)))
        }
        Place::File(_) => by_frame_pointer(memory, registers),
        // A call of something that is no function: the return address was just put away.
        Place::Nowhere if interrupted => called(memory, registers),
        Place::Nowhere => None,
    }
}

/// By what the compiler wrote down for exceptions and debuggers.
fn by_rules(memory: Memory<'_, '_>, module: &Module<'_>, registers: &Registers, lookup: u64) -> Option<Step> {
    let rules = module.rules()?;
    let address = lookup.wrapping_sub(module.bias);
    let entry: FrameDescriptionEntry<_> = match rules.index.as_ref().and_then(gimli::ParsedEhFrameHdr::table) {
        Some(table) => table.fde_for_address(&rules.section, &rules.bases, address, EhFrame::cie_from_offset),
        None => rules.section.fde_for_address(&rules.bases, address, EhFrame::cie_from_offset),
    }
    .ok()?;
    let mut context = UnwindContext::new();
    let row = entry.unwind_info_for_address(&rules.section, &rules.bases, &mut context, address).ok()?;
    let encoding = entry.cie().encoding();
    let around = Surroundings { memory, registers, cfa: None, frame_base: None, bias: module.bias };
    let evaluate = |expression: &gimli::UnwindExpression<usize>, initial| {
        let expression = expression.get(&rules.section).ok()?;
        around.evaluate(expression, encoding, initial)?.address()
    };
    let cfa = match row.cfa() {
        CfaRule::RegisterAndOffset { register, offset } => registers.get(register.0)?.wrapping_add_signed(*offset),
        CfaRule::Expression(expression) => evaluate(expression, None)?,
    };
    let return_column = entry.cie().return_address_register();
    let mut caller = registers.of_caller(cfa, 0);
    // Where nothing is said the return address is where a call leaves it.
    let mut returns = registers.machine.link.and_then(|link| registers.get(link));
    for (register, rule) in row.registers() {
        let value = match rule {
            RegisterRule::SameValue => registers.get(register.0),
            RegisterRule::Offset(offset) => memory.number(cfa.wrapping_add_signed(*offset), 8),
            RegisterRule::ValOffset(offset) => Some(cfa.wrapping_add_signed(*offset)),
            RegisterRule::Register(other) => registers.get(other.0),
            RegisterRule::Expression(expression) => {
                evaluate(expression, Some(cfa)).and_then(|address| memory.number(address, 8))
            }
            RegisterRule::ValExpression(expression) => evaluate(expression, Some(cfa)),
            RegisterRule::Constant(value) => Some(*value),
            RegisterRule::Undefined | RegisterRule::Architectural => None,
        };
        if *register == return_column {
            returns = value;
        }
        caller.set(register.0, value);
    }
    let caller = returns.map(|returns| {
        caller.instruction = returns & registers.machine.address_mask;
        caller
    });
    Some(Step { cfa, caller, interrupts: entry.is_signal_trampoline() })
}

/// Where a function keeps a frame pointer, it and the return address are the first of its frame.
fn by_frame_pointer(memory: Memory<'_, '_>, registers: &Registers) -> Option<Step> {
    let frame = registers.frame()?;
    if frame < registers.stack()? || !frame.is_multiple_of(8) {
        return None;
    }
    let cfa = frame.checked_add(16)?;
    let outer = memory.number(frame, 8)?;
    let returns = memory.number(frame.checked_add(8)?, 8)? & registers.machine.address_mask;
    let mut caller = registers.of_caller(cfa, returns);
    caller.set(registers.machine.frame, Some(outer));
    Some(Step { cfa, caller: Some(caller), interrupts: false })
}

/// Where nothing is on the stack but the return address.
fn called(memory: Memory<'_, '_>, registers: &Registers) -> Option<Step> {
    let stack = registers.stack()?;
    let (cfa, returns) = match registers.machine.link {
        Some(link) => (stack, registers.get(link)?),
        None => (stack.checked_add(8)?, memory.number(stack, 8)?),
    };
    let mut caller = registers.of_caller(cfa, returns & registers.machine.address_mask);
    // Nothing ran in between.
    caller.set(registers.machine.frame, registers.frame());
    Some(Step { cfa, caller: Some(caller), interrupts: false })
}
