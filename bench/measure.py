"""Runs a program once and says what it used."""

import ctypes
import os
import signal
import sys
import tempfile
import time

PTRACE_TRACEME, PTRACE_CONT, PTRACE_SETOPTIONS = 0, 7, 0x4200
PTRACE_O_TRACEEXIT, PTRACE_EVENT_EXIT = 0x40, 6


class Run:
    """How a program ended: processor time and time from start to end in seconds, what it wrote, its exit code."""

    def __init__(self, seconds, elapsed, output, code):
        self.seconds, self.elapsed, self.output, self.code = seconds, elapsed, output, code


def wait(argv, env, actions):
    """Runs `argv`; gives processor time, elapsed time and exit code."""
    begun = time.monotonic()
    # Spawning, not forking: the time of a fork would count as the program's.
    pid = os.posix_spawn(argv[0], argv, env, file_actions=actions)
    _, status, usage = os.wait4(pid, 0)
    return usage.ru_utime + usage.ru_stime, time.monotonic() - begun, os.waitstatus_to_exitcode(status)


def run(argv, env):
    """Runs `argv` with standard output in a file and standard error thrown away."""
    with tempfile.TemporaryFile() as out:
        actions = [(os.POSIX_SPAWN_DUP2, out.fileno(), 1), (os.POSIX_SPAWN_OPEN, 2, "/dev/null", os.O_WRONLY, 0)]
        seconds, elapsed, code = wait(argv, env, actions)
        out.seek(0)
        return Run(seconds, elapsed, out.read(), code)


def sunk(argv, env):
    """As `run`, for a program whose output nobody reads: it goes to /dev/null."""
    actions = [(os.POSIX_SPAWN_OPEN, fd, "/dev/null", os.O_WRONLY, 0) for fd in (1, 2)]
    seconds, elapsed, code = wait(argv, env, actions)
    return Run(seconds, elapsed, b"", code)


def peak(argv, env):
    """The most memory that `argv` had resident, in bytes; nothing where the system does not let a program be watched.

    The figure of wait4(2) would not do: it never falls below what the process had before it became `argv`. So the program
    is stopped at its exit, and the kernel is asked about the memory it still has.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    libc.ptrace.restype = ctypes.c_long
    pid = os.fork()
    if pid == 0:
        try:
            null = os.open("/dev/null", os.O_WRONLY)
            os.dup2(null, 1)
            os.dup2(null, 2)
            if libc.ptrace(PTRACE_TRACEME, 0, None, None) == 0:
                os.execve(argv[0], argv, env)
        finally:
            os._exit(127)
    high, options = None, PTRACE_O_TRACEEXIT
    while True:
        _, status = os.waitpid(pid, 0)
        if not os.WIFSTOPPED(status):
            return high
        event, number = status >> 16, os.WSTOPSIG(status)
        if event == PTRACE_EVENT_EXIT:
            high = resident_peak(pid)
        elif options:
            # The first stop is that of the exec.
            libc.ptrace(PTRACE_SETOPTIONS, pid, None, options)
            options = None
        deliver = 0 if event or number == signal.SIGTRAP else number
        libc.ptrace(PTRACE_CONT, pid, None, deliver)


def resident_peak(pid):
    """The peak of the resident memory of a process, in bytes."""
    with open(f"/proc/{pid}/status") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return None


if __name__ == "__main__":
    sys.exit("this is a part of bench/run")
