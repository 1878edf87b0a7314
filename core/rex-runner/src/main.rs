//! Runs one Rhai script under a Cedar policy and reports the result.

mod account;
mod arguments;
mod audit;
mod cli;
mod commands;
mod confine;
mod excerpt;
mod host;
mod human;
mod inputs;
mod limits;
mod monitor;
mod panic;
mod record;
mod report;
mod run;
mod salvage;
mod signed;
mod supervise;
#[cfg(feature = "opentelemetry")]
mod telemetry;
mod trust;
mod units;

use clap::Parser as _;
use cli::Cli;
use rex_runner_registrar::memory::{self, Counting};
use std::process::ExitCode;
use std::time::Instant;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() -> ExitCode {
    let start = Instant::now();
    memory::share_heap();
    match Cli::try_parse() {
        Ok(Cli { command: Some(command), .. }) => ExitCode::from(commands::run(&command)),
        Ok(cli) => supervise::run(cli, start),
        Err(usage) => {
            // `--help` and `--version` come this way, too.
            let printed = usage.print();
            let code =
                if printed.is_err() { record::exit::INTERNAL } else { u8::try_from(usage.exit_code()).unwrap_or(2) };
            ExitCode::from(code)
        }
    }
}
