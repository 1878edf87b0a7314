//! DWARF expressions, evaluated for one frame.

use super::memory::Memory;
use super::module::Slice;
use super::registers::Registers;
use gimli::{Encoding, Evaluation, EvaluationResult, Expression, Location, Value};

/// An expression that goes on after so many steps is given up.
const MOST_STEPS: u32 = 10_000;

/// What an expression may ask for.
#[derive(Clone, Copy)]
pub(super) struct Surroundings<'m, 's> {
    pub(super) memory: Memory<'m, 's>,
    pub(super) registers: &'m Registers,
    /// The canonical frame address, where it is known.
    pub(super) cfa: Option<u64>,
    /// The address that local variables are counted from.
    pub(super) frame_base: Option<u64>,
    /// What is added to an address of the file.
    pub(super) bias: u64,
}

/// Where something is, or what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    /// In memory.
    At(u64),
    /// These bytes, the lowest first.
    Bytes(Vec<u8>),
}

impl Found {
    /// The address that it is or is at.
    pub(super) fn address(&self) -> Option<u64> {
        match self {
            Self::At(address) => Some(*address),
            Self::Bytes(bytes) => bytes.first_chunk().map(|bytes| u64::from_le_bytes(*bytes)),
        }
    }
}

impl Surroundings<'_, '_> {
    /// What the expression says; nothing where it asks for what is not known, or says that nothing is left. `initial` begins its stack.
    pub(super) fn evaluate(
        &self,
        expression: Expression<Slice<'_>>,
        encoding: Encoding,
        initial: Option<u64>,
    ) -> Option<Found> {
        let mut evaluation: Evaluation<Slice<'_>> = expression.evaluation(encoding);
        evaluation.set_max_iterations(MOST_STEPS);
        if let Some(initial) = initial {
            evaluation.set_initial_value(initial);
        }
        let mut result = evaluation.evaluate().ok()?;
        let mut answers = 0;
        loop {
            answers += 1;
            if answers > MOST_STEPS {
                return None;
            }
            result = match result {
                EvaluationResult::Complete => break,
                EvaluationResult::RequiresMemory { address, size, space: None, .. } => {
                    let value = self.memory.number(address, size)?;
                    evaluation.resume_with_memory(Value::Generic(value))
                }
                EvaluationResult::RequiresRegister { register, .. } => {
                    let value = self.registers.get(register.0)?;
                    evaluation.resume_with_register(Value::Generic(value))
                }
                EvaluationResult::RequiresFrameBase => evaluation.resume_with_frame_base(self.frame_base?),
                EvaluationResult::RequiresCallFrameCfa => evaluation.resume_with_call_frame_cfa(self.cfa?),
                EvaluationResult::RequiresRelocatedAddress(address) => {
                    evaluation.resume_with_relocated_address(address.wrapping_add(self.bias))
                }
                _ => return None,
            }
            .ok()?;
        }
        let pieces = evaluation.as_result();
        let [piece] = pieces else { return None };
        match &piece.location {
            Location::Address { address } => Some(Found::At(*address)),
            Location::Register { register } => {
                self.registers.get(register.0).map(|value| Found::Bytes(value.to_le_bytes().to_vec()))
            }
            Location::Value { value } => {
                let number = value.to_u64(u64::MAX).ok()?;
                Some(Found::Bytes(number.to_le_bytes().to_vec()))
            }
            Location::Bytes { value } => Some(Found::Bytes(value.slice().to_vec())),
            _ => None,
        }
    }
}
