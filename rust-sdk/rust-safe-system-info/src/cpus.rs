//! How many processors there are, and which.

use crate::figures::{decimal, number, text};
use crate::host::Host;
use crate::{Result, sys};
use rex_cedar_auth::Gate;
use rex_cedar_auth::action::sysinfo::List;
use rust_safe_io::KernelFile;
use std::fmt;

const CPUINFO: KernelFile = KernelFile::at("/proc/cpuinfo");

/// A processor that runs, as far as its architecture tells (`proc_cpuinfo(5)`).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Cpu {
    /// Its number.
    pub number: u64,
    /// Its maker's name for it; empty where nothing tells it.
    pub model: String,
    /// Its frequency now, in megahertz.
    pub mhz: Option<f64>,
    /// Its socket.
    pub socket: Option<u64>,
    /// Its core in the socket.
    pub core: Option<u64>,
    /// What it can do, by the kernel's words.
    pub flags: Vec<String>,
}

/// How many processors run. What this process may use is [`available_cpu_count`].
///
/// # Policy
/// Asks `list` on the host.
pub fn cpu_count(gate: &Gate) -> Result<u64> {
    Ok(sys::online_cpus(gate.authorize::<List, _>(&Host)?)?)
}

/// How many processors this process may use at once: those of its affinity, fewer where its control groups have a quota, never none.
///
/// # Policy
/// Asks `list` on the host.
pub fn available_cpu_count(gate: &Gate) -> Result<u64> {
    Ok(sys::available_cpus(gate.authorize::<List, _>(&Host)?)?)
}

/// The processors that run.
///
/// # Policy
/// Asks `read` on the file `/proc/cpuinfo`.
pub fn cpus(gate: &Gate) -> Result<Vec<Cpu>> {
    Ok(parse(&text(gate, CPUINFO)?))
}

fn parse(text: &str) -> Vec<Cpu> {
    let mut cpus: Vec<Cpu> = Vec::new();
    for line in text.lines() {
        let Some((name, value)) = line.split_once(':') else { continue };
        let (name, value) = (name.trim(), value.trim());
        if name == "processor"
            && let Some(number) = number(value)
        {
            cpus.push(Cpu { number, ..Cpu::default() });
            continue;
        }
        // LINUX: what stands before the first processor, or behind the last, is about the board.
        let Some(cpu) = cpus.last_mut() else { continue };
        match name {
            "model name" | "cpu model" | "uarch" => value.clone_into(&mut cpu.model),
            "cpu MHz" => cpu.mhz = decimal(value),
            "physical id" => cpu.socket = number(value),
            "core id" => cpu.core = number(value),
            "flags" | "Features" => cpu.flags = value.split_ascii_whitespace().map(str::to_owned).collect(),
            _ => {}
        }
    }
    cpus
}

impl fmt::Display for Cpu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cpu{}: {}", self.number, self.model)?;
        self.mhz.map_or(Ok(()), |mhz| write!(f, ", {mhz:.0} MHz"))
    }
}

#[cfg(test)]
mod tests {
    use super::parse;
    use proptest::prelude::*;

    #[test]
    fn one_processor_after_another() {
        let text = "processor\t: 0\nmodel name\t: A : B\ncpu MHz\t\t: 2596.120\nphysical id\t: 0\ncore id : 3\nflags : fpu vme\n\nprocessor : 1\n";
        let found = parse(text);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].model.as_str(), found[0].mhz, found[0].core), ("A : B", Some(2596.12), Some(3)));
        assert_eq!(found[0].flags, ["fpu", "vme"]);
        assert_eq!((found[1].number, found[1].mhz, found[1].to_string().as_str()), (1, None, "cpu1: "));
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd(text in "((processor|cpu MHz|flags|.{0,4}) ?:? ?[0-9.-]{0,30}.{0,9}\n?){0,9}") {
            parse(&text);
        }
    }
}
