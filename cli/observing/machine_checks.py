"""What a machine must have, and what makes it slow. Each check looks at one thing."""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import shutil
import socket
import statistics
import sys
import sysconfig
import tempfile
import time
from pathlib import Path
from typing import Final

from cli.observing.findings import Finding, bad_or_warn, ok
from cli.running.ports import is_port_free
from engine_service.udp_socket import BUFFER_BYTES, is_small, open_udp_socket

PYTHON_MIN: Final = (3, 11)
CORES_MIN: Final = 2
MEMORY_BYTES_MIN: Final = 512 * 1024**2
MEMORY_BYTES_GOOD: Final = 1024**3
FILES_GOOD: Final = 4_096
FREE_BYTES_MIN: Final = 256 * 1024**2
FREE_BYTES_GOOD: Final = 2 * 1024**3
FLUSHES_MAX: Final = 30
FLUSHES_S_MAX: Final = 1.0
FLUSH_BYTES: Final = 4_096
FLUSH_S_GOOD: Final = 0.02
EPOCH_S_MIN: Final = 1_767_225_600
"""2026-01-01: a clock before that was never set."""
_NOT_SYNCHRONIZED: Final = 5  # TIME_ERROR, Linux, sys/timex.h
_TIMEX_BYTES: Final = 512  # more than any struct timex
_NOT_DURABLE: Final = {"tmpfs", "ramfs"}


def python() -> Finding:
    """Look at the interpreter."""
    says = f"{platform.python_implementation()} {platform.python_version()}"
    if sys.version_info < PYTHON_MIN:
        do = "Start ./openbell with Python 3.11 or newer."
        return Finding("python", "bad", says, do)
    if not Path(sysconfig.get_path("include"), "Python.h").exists():
        do = "Install Python's C headers (Debian, Ubuntu: apt install python3-dev)."
        return Finding("python", "warn", says + ", without C headers", do)
    return ok("python", says)


def compiler() -> Finding:
    """Look for what compiles the core."""
    found = os.environ.get("CC") or next(
        filter(None, map(shutil.which, ("cc", "gcc", "clang"))), ""
    )
    if found:
        return ok("compiler", found)
    return ok("compiler", "none; ./openbell installs one from a wheel when it needs it")


def processor() -> Finding:
    """Look at how many cores may be used."""
    cores = len(os.sched_getaffinity(0))
    load = os.getloadavg()[0]
    says = f"{cores} cores, load {load:.1f}"
    if cores < CORES_MIN:
        do = "Give it two cores or more: the engine wants one of its own."
        return Finding("processor", "warn", says, do)
    if load > 2 * cores:
        do = "Stop what else runs here, or expect latencies of many milliseconds."
        return Finding("processor", "warn", says, do)
    return ok("processor", says)


def memory(meminfo: Path = Path("/proc/meminfo")) -> Finding:
    """Look at how much memory is free to be used."""
    lines = dict(line.split(":", 1) for line in meminfo.read_text("ascii").splitlines())
    free_bytes = int(lines["MemAvailable"].split()[0]) * 1024
    says = f"{_bytes(free_bytes)} available"
    if free_bytes < MEMORY_BYTES_GOOD:
        do = "Free some memory: an exchange with its database and bots wants a gibibyte."
        return Finding("memory", bad_or_warn(free_bytes < MEMORY_BYTES_MIN), says, do)
    return ok("memory", says)


def open_files() -> Finding:
    """Look at how many files and sockets a process may have open."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    says = f"{limit:,} open files a process"
    if limit < FILES_GOOD:
        do = "Raise it for many WebSockets: ulimit -n 65536 before openbell up."
        return Finding("limits", "warn", says, do)
    return ok("limits", says)


def receive_buffer() -> Finding:
    """Look at how much of the network's bursts the kernel keeps."""
    with open_udp_socket("127.0.0.1", 0) as udp:
        held_bytes = udp.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
        is_too_small = is_small(udp)
    says = f"{_bytes(held_bytes)} of UDP receive buffer"
    if is_too_small:
        do = f"sysctl -w net.core.rmem_max={BUFFER_BYTES}, for large windows under load."
        return Finding("buffers", "warn", says, do)
    return ok("buffers", says)


def clock() -> Finding:
    """Look at whether the time is right, as far as the machine itself knows."""
    now_s = time.time()
    says = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(now_s))
    if now_s < EPOCH_S_MIN:
        return Finding("clock", "bad", says, "Set the clock: signatures and tokens depend on it.")
    if not _is_synchronized():
        do = "Run a time service (chrony, systemd-timesyncd), unless the host of this machine does."
        return Finding("clock", "warn", says + ", not kept by a time service", do)
    return ok("clock", says)


def _is_synchronized() -> bool:
    adjtimex = getattr(ctypes.CDLL(None), "adjtimex", None)
    if adjtimex is None:
        return True
    state: int = adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    return state != _NOT_SYNCHRONIZED


def free_space(directory: Path) -> Finding:
    """Look at what is free where the data is, or will be."""
    place = _existing(directory)
    free_bytes = shutil.disk_usage(place).free
    says = f"{_bytes(free_bytes)} free in {place}"
    if free_bytes < FREE_BYTES_GOOD:
        do = "Free some space: on a full disk the engine lets no commands in."
        return Finding("disk space", bad_or_warn(free_bytes < FREE_BYTES_MIN), says, do)
    return ok("disk space", says)


def disk_speed(directory: Path) -> Finding:
    """Write and flush as the journal does, a few times."""
    place = _existing(directory)
    times_s: list[float] = []
    with tempfile.TemporaryFile(dir=place) as file:
        while len(times_s) < FLUSHES_MAX and sum(times_s) < FLUSHES_S_MAX:
            begun_s = time.perf_counter()
            os.pwrite(file.fileno(), os.urandom(FLUSH_BYTES), 0)
            os.fdatasync(file.fileno())
            times_s.append(time.perf_counter() - begun_s)
    median_s = statistics.median(times_s)
    says = f"a flush takes {median_s * 1e3:.2f} ms, the longest {max(times_s) * 1e3:.1f} ms"
    kind = _kind_of(place)
    if kind in _NOT_DURABLE:
        do = f"Put the data elsewhere: {kind} loses everything when the machine stops."
        return Finding("disk speed", "warn", f"{says} ({kind})", do)
    if median_s > FLUSH_S_GOOD:
        do = "Put the data on a faster disk, or one of its own: every order waits for a flush."
        return Finding("disk speed", "warn", says, do)
    return ok("disk speed", says)


def port(number: int, running_port: int | None) -> Finding:
    """Look at whether the gateway can have its port."""
    if running_port == number:
        return ok("port", f"{number} is this exchange's")
    if is_port_free("127.0.0.1", number, (socket.SOCK_STREAM,)):
        return ok("port", f"{number} is free")
    do = "Start with another one: openbell up --port 3001."
    return Finding("port", "warn", f"{number} is taken by another program", do)


def _existing(directory: Path) -> Path:
    return next(place for place in (directory, *directory.parents) if place.is_dir())


def _kind_of(place: Path, mounts: Path = Path("/proc/mounts")) -> str:
    """The kind of file system, by the longest mount point above it."""
    resolved, found = place.resolve(), (0, "")
    for line in mounts.read_text("utf-8", "replace").splitlines():
        _, point, kind = line.split()[:3]
        if resolved.is_relative_to(point):
            found = max(found, (len(point), kind))
    return found[1]


def _bytes(count: int) -> str:
    return f"{count / 1024**3:.1f} GiB" if count >= 1024**3 else f"{count / 1024**2:.0f} MiB"
