//! The registers of a thread, by the numbers that DWARF gives them.

use object::elf::EM_AARCH64;

/// More than any known processor has.
const COUNT: usize = 34;

/// Which registers mean what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Machine {
    pub(super) stack: u16,
    /// The frame pointer.
    pub(super) frame: u16,
    /// Where a function finds its return address when it begins: a register, or on the stack.
    pub(super) link: Option<u16>,
    /// The address bits of a return address; others may hold a signature of it.
    pub(super) address_mask: u64,
    /// Registers that a function gives back as it found them.
    kept: &'static [u16],
    /// At which place of the kernel's structure each register is.
    places: &'static [(u16, usize)],
    instruction: usize,
}

/// x86-64 psABI, figure 3.36; `struct user_regs_struct`.
const X86_64: Machine = Machine {
    stack: 7,
    frame: 6,
    link: None,
    address_mask: u64::MAX,
    kept: &[3, 6, 12, 13, 14, 15],
    places: &[
        (0, 10),
        (1, 12),
        (2, 11),
        (3, 5),
        (4, 13),
        (5, 14),
        (6, 4),
        (7, 19),
        (8, 9),
        (9, 8),
        (10, 7),
        (11, 6),
        (12, 3),
        (13, 2),
        (14, 1),
        (15, 0),
    ],
    instruction: 16,
};

const AARCH64_PLACES: &[(u16, usize)] = &{
    let mut places = [(0, 0); 32];
    let mut at = 0;
    while at < 32 {
        #[expect(clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "counted just above")]
        {
            places[at] = (at as u16, at);
        }
        at += 1;
    }
    places
};

/// DWARF for the Arm 64-bit architecture; `struct user_pt_regs`.
const AARCH64: Machine = Machine {
    stack: 31,
    frame: 29,
    link: Some(30),
    address_mask: (1 << 48) - 1,
    kept: &[19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29],
    places: AARCH64_PLACES,
    instruction: 32,
};

impl Machine {
    /// The machine of this number in ELF files.
    pub(super) fn of(number: u16) -> Self {
        if number == EM_AARCH64.0 { AARCH64 } else { X86_64 }
    }
}

/// What is known of the registers in one frame.
#[derive(Debug, Clone)]
pub(super) struct Registers {
    values: [Option<u64>; COUNT],
    /// The instruction pointer.
    pub(super) instruction: u64,
    pub(super) machine: Machine,
}

impl Registers {
    /// Those that the kernel wrote down.
    pub(super) fn of_words(machine: Machine, words: &[u64]) -> Option<Self> {
        let mut registers = Self { values: [None; COUNT], instruction: *words.get(machine.instruction)?, machine };
        for (number, place) in machine.places {
            registers.set(*number, words.get(*place).copied());
        }
        Some(registers)
    }

    pub(super) fn get(&self, number: u16) -> Option<u64> {
        self.values.get(usize::from(number)).copied().flatten()
    }

    pub(super) fn set(&mut self, number: u16, value: Option<u64>) {
        if let Some(place) = self.values.get_mut(usize::from(number)) {
            *place = value;
        }
    }

    pub(super) fn stack(&self) -> Option<u64> {
        self.get(self.machine.stack)
    }

    pub(super) fn frame(&self) -> Option<u64> {
        self.get(self.machine.frame)
    }

    /// Those of the caller as far as a function gives them back by itself.
    pub(super) fn of_caller(&self, stack: u64, instruction: u64) -> Self {
        let mut caller = Self { values: [None; COUNT], instruction, machine: self.machine };
        for number in self.machine.kept {
            caller.set(*number, self.get(*number));
        }
        caller.set(self.machine.stack, Some(stack));
        caller
    }
}
