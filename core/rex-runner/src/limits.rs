//! The flags that bound what a run may use.

use crate::units::{self, Limit};
use clap::Args;
use rex_runner_registrar::Limits;
use std::time::Duration;

/// What a run may use. Whatever is used up first ends the run; no script can catch that.
#[derive(Debug, Args)]
#[expect(clippy::struct_field_names, reason = "they are the names of the flags")]
#[command(next_help_heading = "Limits (each ends the run, with its record and exit code 4; `unlimited` lifts it)")]
pub(crate) struct LimitFlags {
    /// Time on the clock, for example `500ms`, `2s`, `5min`.
    #[arg(long, value_name = "TIME", value_parser = units::time, default_value = "5min")]
    max_time: Limit<Duration>,

    /// Processor time of the run and the programs it starts.
    #[arg(long, value_name = "TIME", value_parser = units::time, default_value = "5min")]
    max_cpu_time: Limit<Duration>,

    /// Operations of the script, for example `10M`.
    #[arg(long, value_name = "COUNT", value_parser = units::count, default_value = "100M")]
    max_operations: Limit<u64>,

    /// Memory of the process, for example `256MiB`.
    #[arg(long, value_name = "BYTES", value_parser = units::bytes, default_value = "512MiB")]
    max_memory: Limit<usize>,

    /// The final value as text, for example `1MiB`.
    #[arg(long, value_name = "BYTES", value_parser = units::bytes, default_value = "8MiB")]
    max_output: Limit<usize>,

    /// Script functions that wait for each other.
    #[arg(long, value_name = "COUNT", value_parser = units::count, default_value = "64")]
    max_call_depth: Limit<u64>,

    /// All messages for the log; the result keeps the newest thousand.
    #[arg(long, value_name = "BYTES", value_parser = units::bytes, default_value = "256MiB")]
    max_log: Limit<usize>,

    /// Files, directories and connections that are open at the same time, also those of the runner itself.
    #[arg(long, value_name = "COUNT", value_parser = units::count, default_value = "1024")]
    max_open_files: Limit<u64>,

    /// Processes that are started, one after the other or at once.
    #[arg(long, value_name = "COUNT", value_parser = units::count, default_value = "1000")]
    max_children: Limit<u64>,

    /// Bytes written to files.
    #[arg(long, value_name = "BYTES", value_parser = units::bytes, default_value = "4GiB")]
    max_written: Limit<usize>,

    /// Bytes sent over the network.
    #[arg(long, value_name = "BYTES", value_parser = units::bytes, default_value = "1GiB")]
    max_sent: Limit<usize>,
}

impl LimitFlags {
    /// What the run may use.
    pub(crate) fn limits(&self) -> Limits {
        let bytes = |limit: Limit<usize>| limit.0.map(|bytes| bytes as u64);
        Limits {
            time: self.max_time.0,
            cpu_time: self.max_cpu_time.0,
            operations: self.max_operations.0,
            memory: self.max_memory.0,
            output: self.max_output.0,
            call_depth: self.max_call_depth.0.map(|depth| usize::try_from(depth).unwrap_or(usize::MAX)),
            log: bytes(self.max_log),
            open_files: self.max_open_files.0,
            children: self.max_children.0,
            written: bytes(self.max_written),
            sent: bytes(self.max_sent),
        }
    }
}
