//! How often each interrupt came (`proc_interrupts(5)`).

use crate::Result;
use crate::figures::{number, text};
use rex_cedar_auth::Gate;
use rust_safe_io::KernelFile;
use std::fmt;

const INTERRUPTS: KernelFile = KernelFile::at("/proc/interrupts");

/// One kind of interrupt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interrupt {
    /// Its number, or the kernel's word for it, such as `NMI`.
    pub name: String,
    /// How often each processor was interrupted, in the order of the processors that run; one number alone where they are not told apart.
    pub per_cpu: Vec<u64>,
    /// The controller and the devices, or the kernel's words for it.
    pub description: String,
}

impl Interrupt {
    /// How often all processors were interrupted.
    pub fn total(&self) -> u64 {
        self.per_cpu.iter().fold(0, |total, count| total.saturating_add(*count))
    }
}

impl fmt::Display for Interrupt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} {}", self.name, self.total(), self.description)
    }
}

/// How often each interrupt came since the start of the system.
///
/// # Policy
/// Asks `read` on the file `/proc/interrupts`.
pub fn interrupts(gate: &Gate) -> Result<Vec<Interrupt>> {
    Ok(parse(&text(gate, INTERRUPTS)?))
}

fn parse(text: &str) -> Vec<Interrupt> {
    let mut lines = text.lines();
    let cpus = lines.next().map_or(0, |head| head.split_ascii_whitespace().count());
    let interrupt = |line: &str| {
        let (name, rest) = line.split_once(':')?;
        let (mut per_cpu, mut rest) = (Vec::new(), rest.trim());
        while per_cpu.len() < cpus {
            let (word, after) = rest.split_once(' ').unwrap_or((rest, ""));
            let Some(count) = number(word) else { break };
            per_cpu.push(count);
            rest = after.trim_start();
        }
        let description = rest.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
        Some(Interrupt { name: name.trim().to_owned(), per_cpu, description })
    };
    lines.filter_map(interrupt).collect()
}

#[cfg(test)]
mod tests {
    use super::parse;
    use proptest::prelude::*;

    #[test]
    fn counts_end_where_words_begin() {
        let found = parse(
            "           CPU0       CPU1\n 24:          1          2  IO-APIC   5-edge      ACPI:Ged\nNMI:   3  4   Non-maskable interrupts\nERR:          7\n",
        );
        assert_eq!(
            found.iter().map(|one| (one.name.as_str(), one.total())).collect::<Vec<_>>(),
            [("24", 3), ("NMI", 7), ("ERR", 7)]
        );
        assert_eq!(found[0].description, "IO-APIC 5-edge ACPI:Ged");
        assert_eq!((found[2].per_cpu.as_slice(), found[2].description.as_str()), (&[7][..], ""));
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd(text in "( CPU0){0,3}\n([^:]{0,5}:?( *[0-9]{0,25}){0,5}.{0,9}\n){0,5}") {
            parse(&text);
        }
    }
}
