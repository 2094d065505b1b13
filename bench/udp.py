"""How many commands a second does an engine acknowledge over UDP, and how soon?

A real engine in a process of its own, on loopback: MAC, sessions, dedupe, risk, journal and event
stream on, its data on the disk of the temporary directory. A client in C sends the stream, and
hears and checks every event; the fills of every run are compared with those of an independent
matcher. Three engines: durable (flushed before the answer), journaled (written, not flushed), and
journaled with busy polling on both sides.
"""

import argparse
import asyncio
import os
import secrets
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Final

from bench._udp_client import LoadClient, echo, echo_rtts_ns
from bench.benchmark import Benchmark, Say
from bench.report import Measured, WrongResult
from bench.streams import ACCOUNTS, VALID_UNTIL_NS, core_command, records, venue
from bench.yardsticks import line_copy_ns
from engine_core import core_name
from engine_service.udp_socket import open_udp_socket
from replay.own_engine import own_engine
from replay.result import FillHash
from replay.workload import OP_CANCEL, OP_LIMIT, Fields, PlainBook
from schemas import framing, session_layouts
from schemas.framing import COMMANDS_MAX, Header, MessageType
from schemas.session_layouts import MINOR, VERSIONS, Hello
from transport._server_session import Session
from transport.engine_address import EngineAddress
from transport.keys import derive_keys

if TYPE_CHECKING:
    from bench._udp_client import Sent

PER_DATAGRAM: Final = (1, 8, COMMANDS_MAX)
IN_FLIGHT: Final = (1, 16, 32, 64, 256)
ECHO_BYTES: Final = 184  # a datagram with one command
ECHOES: Final = 3_000
FLUSHES: Final = 300
FLUSH_BYTES: Final = 256  # a journal record of one command
FLUSH_FILE_BYTES: Final = 8 << 20
SETTLE_S: Final = 3.0
"""For a new engine to have prepared its journal, which loads the disk."""
WELCOME_S: Final = 5.0
QUICK_S: Final = 0.2
QUICK_RECORDS: Final = 20_000

assert VALID_UNTIL_NS > time.time_ns()


@dataclass(frozen=True)
class Setting:
    """One way to load the engine."""

    mode: str
    per_datagram: int
    in_flight: int

    def figure(self, name: str) -> str:
        """Return the name of one of its figures."""
        return f"udp.{self.mode}.{self.per_datagram}x{self.in_flight}.{name}"


class Expected:
    """The fills of every prefix of a stream."""

    def __init__(self, stream: list[Fields]) -> None:
        self._after = [(0, FillHash().hexdigest())]
        book, digest, fills = PlainBook(), FillHash(), 0
        for op, side, _, qty, price, order_id in stream:
            made = []
            if op == OP_CANCEL:
                book.cancel(order_id)
            elif op == OP_LIMIT:
                made = book.limit(order_id, side, price, qty)
            else:
                made = book.market(side, qty)
            for maker_id, fill_price, filled in made:
                fills += 1
                digest.update(maker_id, order_id, fill_price, filled)
            self._after.append((fills, digest.hexdigest()) if made else self._after[-1])

    def check(self, sent: "Sent") -> None:
        """Raises:
        WrongResult: the engine's are others.
        """
        found = (sent["fills"], sent["fill_hash"])
        if found != self._after[sent["commands"]]:
            raise WrongResult(f"{found} after {sent['commands']} commands")


class Load:
    """The open sessions of one engine, and the venues used up so far."""

    def __init__(self, address: EngineAddress, master_key: bytes) -> None:
        self._address = address
        self._master_key = master_key
        self._sockets = [open_udp_socket(address.host, 0) for _ in range(2)]
        for udp in self._sockets:
            udp.connect((address.host, address.udp_port))
        commander, _ = self._session(self._sockets[0], 0)
        listener, next_event_seq = self._session(self._sockets[1], 1)
        command_fd, event_fd = (udp.fileno() for udp in self._sockets)
        self._client = LoadClient(commander, listener, command_fd, event_fd, next_event_seq)
        self._venues = count(1)

    def _session(self, udp: socket.socket, from_event_seq: int) -> tuple[Session, int]:
        session_id = secrets.randbits(64) or 1
        hello = session_layouts.encode_hello(Hello(*VERSIONS, MINOR, 9, from_event_seq))
        keys = derive_keys(self._master_key, session_id, 0)
        udp.send(framing.seal(Header(MessageType.HELLO, session_id), hello, keys.to_engine))
        udp.settimeout(WELCOME_S)
        _, structs = framing.open_datagram(udp.recv(2_048), lambda *_: keys.to_client)
        udp.setblocking(False)
        welcome = session_layouts.decode_welcome(structs)
        keys = derive_keys(self._master_key, session_id, welcome.nonce)
        # The client's end: what it takes in is sealed with the engine's key, and the other way.
        session = Session(
            session_id,
            welcome.nonce,
            {0: keys._replace(to_engine=keys.to_client, to_client=keys.to_engine)},
            0,
        )
        session.address = (self._address.host, self._address.udp_port)
        return session, welcome.next_event_seq

    def run(self, commands: bytes, setting: Setting, seconds: float) -> "Sent":
        """Send commands of venue 1 to a venue of their own."""
        number = next(self._venues)
        return self.play(
            venue(number),
            commands,
            setting,
            seconds,
            account_shift=(number - 1) * ACCOUNTS,
            instrument_id=number,
        )

    def play(
        self,
        opening: bytes,
        commands: bytes,
        setting: Setting,
        seconds: float,
        *,
        instrument_id: int,
        account_shift: int = 0,
    ) -> "Sent":
        """Send commands to an instrument that ``opening`` makes, for at most so many seconds."""
        self._client.send(opening, per_datagram=COMMANDS_MAX, in_flight=1, for_ns=10 * 10**9)
        return self._client.send(
            commands,
            per_datagram=setting.per_datagram,
            in_flight=setting.in_flight,
            account_shift=account_shift,
            instrument_id=instrument_id,
            for_ns=int(seconds * 1e9),
            spin=setting.mode == "busy_poll",
        )

    def close(self) -> None:
        """Release the sockets."""
        for udp in self._sockets:
            udp.close()


@contextmanager
def _pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ends = [open_udp_socket("127.0.0.1", 0) for _ in range(2)]
    try:
        for end, other in zip(ends, reversed(ends), strict=True):
            end.connect(other.getsockname())
        yield ends[0], ends[1]
    finally:
        for end in ends:
            end.close()


def echo_rtt_us(*, spin: bool) -> tuple[float, float]:
    """Return p50 and p99 of a round trip between two threads in C, one datagram in flight."""
    with _pair() as (here, there):
        for end in (here, there):
            end.setblocking(not spin)
        server = threading.Thread(target=echo, args=(there.fileno(),))
        server.start()
        rtts = echo_rtts_ns(here.fileno(), ECHOES, ECHO_BYTES)
        here.send(b"")
        server.join()
    return per_mille_us(rtts, 500), per_mille_us(rtts, 990)


def flush_us() -> float:
    """Return the median of a small write and its fdatasync in a file written before."""
    with tempfile.TemporaryFile(prefix="openbell-bench-") as file:
        fd = file.fileno()
        os.pwrite(fd, bytes(FLUSH_FILE_BYTES), 0)
        os.fsync(fd)
        took_ns = []
        for at in range(FLUSHES):
            begun_ns = time.perf_counter_ns()
            os.pwrite(fd, b"\1" * FLUSH_BYTES, at * FLUSH_BYTES)
            os.fdatasync(fd)
            took_ns.append(time.perf_counter_ns() - begun_ns)
    return per_mille_us(sorted(took_ns), 500)


def per_mille_us(sorted_ns: list[int], per_mille: int) -> float:
    """Return a percentile in microseconds."""
    return sorted_ns[min(len(sorted_ns) * per_mille // 1_000, len(sorted_ns) - 1)] / 1_000


def figures_of(setting: Setting, sent: "Sent") -> dict[str, float]:
    """Return the figures of one run. The rate counts until the last event was checked."""
    rtts = sent["rtt_ns"]
    return {
        setting.figure("kps"): sent["commands"] * 1e6 / sent["event_ns"],
        setting.figure("p50_us"): per_mille_us(rtts, 500),
        setting.figure("p99_us"): per_mille_us(rtts, 990),
        setting.figure("p99_9_us"): per_mille_us(rtts, 999),
        setting.figure("lost_and_resent"): sent["resent_datagrams"] + sent["asked_events"],
    }


def summary(figures: dict[str, float]) -> dict[str, float]:
    """Return the figures that have names of their own."""
    most = f"{COMMANDS_MAX}x"
    named = {
        "udp.single_kps": figures.get("udp.journaled.1x32.kps"),
        "udp.single_p99_us": figures.get("udp.journaled.1x32.p99_us"),
        "udp.batched_mps": _best(figures, f"udp.journaled.{most}"),
        "udp.durable_mps": _best(figures, f"udp.durable.{most}"),
        "udp.durable_rtt_p50_us": figures.get("udp.durable.1x1.p50_us"),
        "udp.busy_poll_p50_us": figures.get("udp.busy_poll.1x1.p50_us"),
        "udp.busy_poll_p99_us": figures.get("udp.busy_poll.1x1.p99_us"),
    }
    return {name: value for name, value in named.items() if value is not None}


def _best(figures: dict[str, float], start: str) -> float | None:
    rates = [
        value for name, value in figures.items() if name.startswith(start) and name.endswith(".kps")
    ]
    return max(rates) / 1_000 if rates else None


def settings_of(mode: str, quick: bool) -> list[Setting]:
    """Return the ways to load an engine that runs in a mode."""
    if mode == "busy_poll":
        return [Setting(mode, 1, 1)]
    if quick:
        return [Setting(mode, 1, 1), Setting(mode, 1, 32), Setting(mode, COMMANDS_MAX, 32)]
    return [Setting(mode, per, flying) for per in PER_DATAGRAM for flying in IN_FLIGHT]


async def run_mode(
    mode: str, options: argparse.Namespace, work: bytes, expected: Expected, say: Say
) -> dict[str, float]:
    """Run every setting of a mode on one engine."""
    figures: dict[str, float] = {}
    seconds = QUICK_S if options.quick else options.seconds
    async with own_engine(durable=mode == "durable", busy_poll=mode == "busy_poll") as (
        address,
        key,
    ):
        await asyncio.sleep(0 if options.quick else SETTLE_S)
        load = Load(address, key)
        try:
            for setting in settings_of(mode, options.quick):
                sent = load.run(work, setting, seconds)
                expected.check(sent)
                figures |= figures_of(setting, sent)
                say(line_of(setting, figures))
        finally:
            load.close()
    return figures


def line_of(setting: Setting, figures: dict[str, float]) -> str:
    """Return one setting's figures in words."""
    names = ("kps", "p50_us", "p99_us", "p99_9_us", "lost_and_resent")
    kps, p50, p99, p99_9, lost = (figures[setting.figure(name)] for name in names)
    return (
        f"{setting.mode:9} {setting.per_datagram:2} a datagram, {setting.in_flight:3} in flight: "
        f"{kps:8.1f} k/s, RTT µs p50 {p50:.0f}, p99 {p99:.0f}, p99.9 {p99_9:.0f}; "
        f"asked again: {lost:.0f}"
    )


def yardsticks() -> dict[str, float]:
    """Return the floors below every round trip, and the machine's memory."""
    echo_p50, echo_p99 = echo_rtt_us(spin=False)
    spun_p50, spun_p99 = echo_rtt_us(spin=True)
    fdatasync_p50 = flush_us()
    return {
        "echo_p50_us": echo_p50,
        "echo_p99_us": echo_p99,
        "echo_spinning_p50_us": spun_p50,
        "echo_spinning_p99_us": spun_p99,
        "fdatasync_p50_us": fdatasync_p50,
        "echo_and_fdatasync_p50_us": echo_p50 + fdatasync_p50,
        "line_copy_ns": line_copy_ns(),
    }


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """For the stream and the settings."""
    parser.add_argument("--stream", default="workload", help="a recipe's name or a file")
    parser.add_argument("--prefix", type=int, default=300_000, help="records; 0 for all")
    parser.add_argument("--seconds", type=float, default=1.0, help="at most, for each setting")
    parser.add_argument("--mode", choices=MODES, action="append", help="only this one")


def measure(options: argparse.Namespace, say: Say) -> Measured:
    """Measure what the arguments ask for."""
    stream = records(options.stream, QUICK_RECORDS if options.quick else options.prefix)
    work = b"".join(map(core_command, stream))
    expected = Expected(stream)
    floors = yardsticks()
    figures: dict[str, float] = {}
    for mode in options.mode or MODES:
        figures |= asyncio.run(run_mode(mode, options, work, expected, say))
    return Measured(
        figures=summary(figures) | figures,
        details=frozenset(figures),
        yardsticks=floors,
        twin=core_name(),
        yardstick="echo_p50_us",
        against={name: yardstick_of(name) for name in summary(figures) | figures},
    )


def yardstick_of(figure: str) -> str:
    """Return the floor below a figure: what a round trip must do at least."""
    if "busy_poll" in figure:
        return "echo_spinning_p50_us"
    return "echo_and_fdatasync_p50_us" if "durable" in figure else "echo_p50_us"


MODES: Final = ("durable", "journaled", "busy_poll")
BENCHMARK: Final = Benchmark(__doc__.splitlines()[0], add_arguments, measure)
