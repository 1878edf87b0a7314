//! Prints the functions of a program in the order in which a run of it first comes to each, for the linker (`--symbol-ordering-file`):
//! `cargo run -p rex-test-utils --example start_order -- PROGRAM ARGUMENT… > core/rex-runner/start.order`.
//!
//! The program needs its symbols. Each function begins with a breakpoint (`ptrace(2)`), which the first call takes away.
#![expect(clippy::disallowed_methods, clippy::print_stdout, reason = "a tool for developers, run by hand")]

use nix::sys::ptrace::{self, Options};
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use object::{Object as _, ObjectSymbol as _, SymbolKind};
use std::collections::HashMap;
use std::error::Error;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::{env, fs};

/// The instruction `int3` of x86.
const BREAKPOINT: u8 = 0xcc;

/// The functions of the program: address and name.
fn functions(program: &str) -> Result<HashMap<u64, String>, Box<dyn Error>> {
    let data = fs::read(program)?;
    let file = object::File::parse(&*data)?;
    let functions: HashMap<_, _> = file
        .symbols()
        .filter(|symbol| symbol.kind() == SymbolKind::Text && symbol.size() > 0)
        .filter_map(|symbol| Some((symbol.address(), symbol.name().ok()?.to_owned())))
        .collect();
    if functions.is_empty() {
        return Err(format!("{program} has no symbols: build it with CARGO_PROFILE_RELEASE_STRIP=none").into());
    }
    Ok(functions)
}

/// Where the program's file begins in its memory.
fn base(pid: Pid, program: &str) -> Result<u64, Box<dyn Error>> {
    let path = fs::canonicalize(program)?;
    let maps = fs::read_to_string(format!("/proc/{pid}/maps"))?;
    let line = maps.lines().find(|line| line.ends_with(&*path.to_string_lossy())).ok_or("the program is not mapped")?;
    Ok(u64::from_str_radix(line.split('-').next().unwrap_or_default(), 16)?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let program = arguments.next().ok_or("usage: start_order PROGRAM ARGUMENT…")?;
    let functions = functions(&program)?;
    let mut command = Command::new(&program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null());
    #[expect(unsafe_code, reason = "only the child itself can ask to be traced")]
    // SAFETY: one system call, which is safe between fork and exec.
    let child = unsafe { command.pre_exec(|| Ok(ptrace::traceme()?)).spawn()? };
    let first = Pid::from_raw(child.id().try_into()?);
    waitpid(first, None)?;
    ptrace::setoptions(first, Options::PTRACE_O_TRACECLONE | Options::PTRACE_O_EXITKILL)?;
    let base = base(first, &program)?;
    let memory = File::options().read(true).write(true).open(format!("/proc/{first}/mem"))?;
    let mut covered = HashMap::new();
    for address in functions.keys() {
        let mut byte = [0];
        memory.read_exact_at(&mut byte, base + address)?;
        memory.write_all_at(&[BREAKPOINT], base + address)?;
        covered.insert(*address, byte);
    }
    ptrace::cont(first, None)?;
    loop {
        match waitpid(None, Some(WaitPidFlag::__WALL))? {
            WaitStatus::Stopped(pid, Signal::SIGTRAP) => {
                let mut registers = ptrace::getregs(pid)?;
                let address = registers.rip.wrapping_sub(base + 1);
                if let Some(byte) = covered.get(&address) {
                    registers.rip -= 1;
                    ptrace::setregs(pid, registers)?;
                    let mut now = [0];
                    memory.read_exact_at(&mut now, base + address)?;
                    // Another thread may have come first.
                    if now == [BREAKPOINT] && *byte != now {
                        memory.write_all_at(byte, base + address)?;
                        println!("{}", functions.get(&address).map_or("", String::as_str));
                    }
                }
                ptrace::cont(pid, None)?;
            }
            WaitStatus::Stopped(pid, Signal::SIGSTOP) | WaitStatus::PtraceEvent(pid, ..) => ptrace::cont(pid, None)?,
            WaitStatus::Stopped(pid, signal) => ptrace::cont(pid, Some(signal))?,
            WaitStatus::Exited(pid, _) if pid == first => return Ok(()),
            _ => {}
        }
    }
}
