//! The system calls that permitted actions take, by what they are for.

use crate::needs::{NAMESPACES, Parts};
use nix::libc::{self, c_long};
use rex_cedar_auth::action::{Action as _, file_system as fs, process_system as proc, sysinfo};

/// What the filter lets pass, beyond what every run needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each says whether one thing passes")]
pub(crate) struct Calls {
    /// Giving and taking names, and content.
    pub(crate) change: bool,
    /// Taking names.
    pub(crate) delete: bool,
    pub(crate) chmod: bool,
    pub(crate) chown: bool,
    pub(crate) attributes: bool,
    /// TCP and UDP sockets.
    pub(crate) network: bool,
    /// Sockets of the kind that services of this host listen on.
    pub(crate) services: bool,
    /// The kernel's tables of interfaces and routes.
    pub(crate) netlink: bool,
    /// Signals to other processes, within what Landlock lets pass.
    pub(crate) signals: bool,
    /// Copies of this process.
    pub(crate) fork: bool,
    pub(crate) trace: bool,
    pub(crate) namespaces: bool,
    pub(crate) unmount: bool,
    /// Mapping memory that can be executed, which loading a module takes.
    pub(crate) modules: bool,
}

impl Calls {
    pub(crate) fn of(parts: &Parts<'_>) -> Self {
        let reach = parts.reach;
        let fork = parts.asks_aside();
        let change = parts.changes();
        Self {
            change,
            delete: parts.deletes(),
            chmod: change || reach.could(fs::Chmod::DEFINITION),
            chown: change || reach.could(fs::Chown::DEFINITION),
            attributes: change || reach.could(fs::SetXAttr::DEFINITION),
            network: parts.network(),
            services: parts.systemd() || parts.asks_name_services(),
            netlink: reach.could(sysinfo::List::DEFINITION) || parts.network(),
            signals: fork || parts.signals(),
            fork,
            trace: reach.could(proc::Trace::DEFINITION),
            namespaces: parts.any(&NAMESPACES),
            unmount: reach.could(fs::Unmount::DEFINITION),
            modules: parts.asks_name_services(),
        }
    }

    /// The calls that pass whatever their arguments.
    pub(crate) fn unconditional(&self) -> Vec<c_long> {
        let mut calls = EVERY_RUN.to_vec();
        calls.extend(OLDER);
        let mut add = |wanted: bool, more: &[c_long]| calls.extend(wanted.then_some(more).into_iter().flatten());
        add(self.change, CHANGE);
        add(self.delete || self.change, DELETE);
        add(self.chmod, CHMOD);
        add(self.chown, CHOWN);
        add(self.attributes, ATTRIBUTES);
        add(self.signals, SIGNALS);
        add(self.trace, &[libc::SYS_ptrace]);
        add(self.namespaces, &[libc::SYS_setns, libc::SYS_unshare, libc::SYS_chroot]);
        add(self.unmount, &[libc::SYS_umount2]);
        add(self.modules, &[libc::SYS_mmap, libc::SYS_mprotect]);
        #[cfg(target_arch = "x86_64")]
        {
            add(self.change, &[libc::SYS_mkdir, libc::SYS_rename, libc::SYS_link, libc::SYS_symlink, libc::SYS_creat]);
            add(self.delete || self.change, &[libc::SYS_unlink, libc::SYS_rmdir]);
            add(self.chmod, &[libc::SYS_chmod]);
            add(self.chown, &[libc::SYS_chown, libc::SYS_lchown]);
        }
        calls
    }
}

/// What any run does: reading what is open, memory, time, threads, and finding files, which Landlock judges.
const EVERY_RUN: &[c_long] = &[
    libc::SYS_read,
    libc::SYS_write,
    libc::SYS_readv,
    libc::SYS_writev,
    libc::SYS_pread64,
    libc::SYS_pwrite64,
    libc::SYS_preadv,
    libc::SYS_pwritev,
    libc::SYS_preadv2,
    libc::SYS_pwritev2,
    libc::SYS_lseek,
    libc::SYS_close,
    libc::SYS_close_range,
    libc::SYS_dup,
    libc::SYS_dup3,
    libc::SYS_fcntl,
    libc::SYS_flock,
    libc::SYS_fstat,
    libc::SYS_newfstatat,
    libc::SYS_statx,
    libc::SYS_statfs,
    libc::SYS_fstatfs,
    libc::SYS_openat,
    libc::SYS_openat2,
    libc::SYS_readlinkat,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_getdents64,
    libc::SYS_getcwd,
    libc::SYS_chdir,
    libc::SYS_fchdir,
    libc::SYS_getxattr,
    libc::SYS_lgetxattr,
    libc::SYS_fgetxattr,
    libc::SYS_listxattr,
    libc::SYS_llistxattr,
    libc::SYS_flistxattr,
    libc::SYS_fadvise64,
    libc::SYS_readahead,
    libc::SYS_fsync,
    libc::SYS_fdatasync,
    libc::SYS_copy_file_range,
    libc::SYS_sendfile,
    libc::SYS_pipe2,
    libc::SYS_eventfd2,
    libc::SYS_epoll_create1,
    libc::SYS_epoll_ctl,
    libc::SYS_epoll_pwait,
    libc::SYS_epoll_pwait2,
    libc::SYS_timerfd_create,
    libc::SYS_timerfd_settime,
    libc::SYS_timerfd_gettime,
    libc::SYS_ppoll,
    libc::SYS_pselect6,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_madvise,
    libc::SYS_brk,
    libc::SYS_membarrier,
    libc::SYS_mincore,
    libc::SYS_msync,
    libc::SYS_futex,
    libc::SYS_futex_waitv,
    libc::SYS_set_robust_list,
    libc::SYS_get_robust_list,
    libc::SYS_rseq,
    libc::SYS_set_tid_address,
    libc::SYS_restart_syscall,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_rt_sigpending,
    libc::SYS_rt_sigtimedwait,
    libc::SYS_rt_sigsuspend,
    libc::SYS_sigaltstack,
    libc::SYS_nanosleep,
    libc::SYS_clock_nanosleep,
    libc::SYS_clock_gettime,
    libc::SYS_clock_getres,
    libc::SYS_gettimeofday,
    libc::SYS_times,
    libc::SYS_getrusage,
    libc::SYS_getrlimit,
    libc::SYS_getpriority,
    libc::SYS_getitimer,
    libc::SYS_setitimer,
    libc::SYS_sysinfo,
    libc::SYS_uname,
    libc::SYS_getpid,
    libc::SYS_getppid,
    libc::SYS_gettid,
    libc::SYS_getpgid,
    libc::SYS_getsid,
    libc::SYS_getuid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getegid,
    libc::SYS_getgroups,
    libc::SYS_getresuid,
    libc::SYS_getresgid,
    libc::SYS_capget,
    libc::SYS_getcpu,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_getparam,
    libc::SYS_sched_getscheduler,
    libc::SYS_getrandom,
    libc::SYS_umask,
    libc::SYS_wait4,
    libc::SYS_waitid,
    libc::SYS_pidfd_open,
    libc::SYS_socketpair,
    libc::SYS_connect,
    libc::SYS_sendto,
    libc::SYS_recvfrom,
    libc::SYS_sendmsg,
    libc::SYS_recvmsg,
    libc::SYS_shutdown,
    libc::SYS_getsockname,
    libc::SYS_getpeername,
    libc::SYS_getsockopt,
    libc::SYS_setsockopt,
    // futex_wake, futex_wait and futex_requeue, which the C library may prefer one day: the numbers are the same everywhere.
    454,
    455,
    456,
];

/// The older forms of some, which newer platforms do not have.
#[cfg(target_arch = "x86_64")]
const OLDER: &[c_long] = &[
    libc::SYS_open,
    libc::SYS_stat,
    libc::SYS_lstat,
    libc::SYS_access,
    libc::SYS_readlink,
    libc::SYS_pipe,
    libc::SYS_dup2,
    libc::SYS_poll,
    libc::SYS_select,
    libc::SYS_epoll_create,
    libc::SYS_epoll_wait,
    libc::SYS_eventfd,
    libc::SYS_getpgrp,
    libc::SYS_time,
    libc::SYS_arch_prctl,
];
#[cfg(not(target_arch = "x86_64"))]
const OLDER: &[c_long] = &[];

const CHANGE: &[c_long] = &[
    libc::SYS_ftruncate,
    libc::SYS_fallocate,
    libc::SYS_mkdirat,
    libc::SYS_linkat,
    libc::SYS_symlinkat,
    libc::SYS_utimensat,
    libc::SYS_sync_file_range,
];

/// What is removed is renamed first.
const DELETE: &[c_long] = &[libc::SYS_unlinkat, libc::SYS_renameat, libc::SYS_renameat2];

// fchmodat2 has the same number everywhere.
const CHMOD: &[c_long] = &[libc::SYS_fchmod, libc::SYS_fchmodat, 452];
const CHOWN: &[c_long] = &[libc::SYS_fchown, libc::SYS_fchownat];
const ATTRIBUTES: &[c_long] = &[
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    libc::SYS_fsetxattr,
    libc::SYS_removexattr,
    libc::SYS_lremovexattr,
    libc::SYS_fremovexattr,
];
const SIGNALS: &[c_long] = &[libc::SYS_kill, libc::SYS_tkill, libc::SYS_tgkill, libc::SYS_pidfd_send_signal];
