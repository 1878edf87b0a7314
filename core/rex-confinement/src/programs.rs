//! The floor of programs that a permitted `execute` starts: what no program of this account could rightly need.
//!
//! What a program does is not judged: files, processes and hosts are left to its account.

use crate::needs::{NAMESPACES, Parts};
use crate::plan::Plan;
use crate::{capabilities, filter};
use nix::libc::{self, c_long};
use rex_cedar_auth::action::{Action as _, file_system as fs, process_system as proc};
use rex_cedar_auth::{Coverage, Kind, Reach};
use rustix::thread::CapabilitySet;
use seccompiler::BpfProgram;

/// How programs are started, and what holds for them.
pub struct Programs {
    extent: Coverage,
    /// Nothing where there is no floor.
    filter: Option<BpfProgram>,
    confined: bool,
}

impl std::fmt::Debug for Programs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Programs").field("extent", &self.extent).finish_non_exhaustive()
    }
}

/// Whether programs can be started by another process than the run: one that enters namespaces starts programs in them, which nobody else can.
pub(crate) fn can_be_apart(parts: &Parts<'_>) -> bool {
    !parts.any(&NAMESPACES)
}

/// Changing the kernel, its keys and its mounts, reading other processes, and interfaces that hide what they do from the kernel's walls.
const REFUSED: &[c_long] = &[
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_kexec_file_load,
    libc::SYS_reboot,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_mount,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_mount_setattr,
    libc::SYS_pivot_root,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_acct,
    libc::SYS_quotactl,
    libc::SYS_open_by_handle_at,
];

#[cfg(target_arch = "x86_64")]
const OF_THIS_MACHINE: &[c_long] = &[libc::SYS_iopl, libc::SYS_ioperm, libc::SYS_modify_ldt];
#[cfg(not(target_arch = "x86_64"))]
const OF_THIS_MACHINE: &[c_long] = &[];

const TRACE: &[c_long] = &[libc::SYS_ptrace, libc::SYS_process_vm_readv, libc::SYS_process_vm_writev];

/// Of use only to what is refused.
const DROPPED: CapabilitySet =
    CapabilitySet::SYS_MODULE.union(CapabilitySet::SYS_BOOT).union(CapabilitySet::SYS_RAWIO).union(CapabilitySet::BPF);

impl Programs {
    /// How programs are started for a policy; nothing where it permits none, or where they are started by the run itself. Not `confined`, they have
    /// no floor.
    pub fn of(reach: &Reach, plan: &Plan, confined: bool) -> Option<Self> {
        let parts = Parts::of(reach);
        if !parts.executes() || !can_be_apart(&parts) {
            return None;
        }
        let extent = reach.extent(fs::Execute::DEFINITION, Kind::File);
        // A file that was moved is executed by the path that it was opened by.
        let extent = if parts.any(&[fs::Move::DEFINITION]) { Coverage::Everything } else { extent };
        let mut refused: Vec<c_long> = REFUSED.iter().chain(OF_THIS_MACHINE).copied().collect();
        if !parts.any(&[fs::Unmount::DEFINITION]) {
            refused.push(libc::SYS_umount2);
        }
        if !parts.any(&[proc::Trace::DEFINITION]) {
            refused.extend(TRACE);
        }
        let filter = (confined && plan.kernel.seccomp).then(|| filter::refusing(&refused));
        Some(Self { extent, filter, confined })
    }

    /// Whether the program at a path could ever be permitted.
    pub fn could_be(&self, path: &str) -> bool {
        self.extent.holds(path)
    }

    /// Confines the calling process, which has one thread, and all that it will start.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn confine(&self) -> Result<(), String> {
        if !self.confined {
            return Ok(());
        }
        let failed = |error: &dyn std::fmt::Display| format!("programs could not be confined: {error}");
        capabilities::drop(DROPPED).map_err(|errno| failed(&errno))?;
        match &self.filter {
            None => Ok(()),
            Some(filter) => seccompiler::apply_filter(filter).map_err(|error| failed(&error)),
        }
    }
}
