"""How children are tied to their parent, so that no crash of ours leaves a process behind."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_CLONE_NEWUSER = 0x10000000  # linux/sched.h
_INSIDE_UID = 65534  # "nobody": what root becomes inside the user namespace

# Loaded before any fork: between fork and exec nothing may import or take a lock.
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(sig: signal.Signals = signal.SIGKILL) -> Callable[[], None]:
    """Return a ``preexec_fn`` after which the kernel sends ``sig`` when this process dies.

    The signal fires when the spawning *thread* ends: spawn from the main thread.
    """
    parent_pid = os.getpid()

    def enter() -> None:
        if _LIBC is None:
            return
        _LIBC.prctl(_PR_SET_PDEATHSIG, int(sig), 0, 0, 0)
        if os.getppid() != parent_pid:  # it died between the fork and the line above
            os._exit(1)

    return enter


def in_user_namespace(then: Callable[[], None]) -> Callable[[], None]:
    """Return a ``preexec_fn`` that makes root an ordinary user in the child's eyes, then runs
    ``then``. Files stay owned by root outside, so no user is created and nothing is chowned.
    """
    uid, gid = os.geteuid(), os.getegid()

    def enter() -> None:
        if _LIBC is None or _LIBC.unshare(_CLONE_NEWUSER) != 0:
            os._exit(1)
        _write("/proc/self/setgroups", b"deny")
        _write("/proc/self/uid_map", b"%d %d 1" % (_INSIDE_UID, uid))
        _write("/proc/self/gid_map", b"%d %d 1" % (_INSIDE_UID, gid))
        then()  # last: changing namespace clears the parent-death signal

    return enter


def user_namespace_works() -> bool:
    """Whether a child may enter a user namespace; some containers forbid it."""
    enter = in_user_namespace(lambda: None)
    pid = os.fork()
    if pid == 0:
        try:
            enter()
        finally:
            os._exit(0 if os.geteuid() == _INSIDE_UID else 1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def _write(path: str, content: bytes) -> None:
    fd = os.open(path, os.O_WRONLY)
    try:
        os.write(fd, content)
    finally:
        os.close(fd)
