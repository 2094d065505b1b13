"""One replica's life: find its place in the log, follow, take over, lead. It ends as a leader; one
that is deposed starts anew, as a process.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from typing import Any, Final

from prometheus_client import REGISTRY

from engine_service.config import EngineConfig
from engine_service.engine import Engine, Files, Log
from engine_service.errors import ClockRefused, ReplicaTooOld
from engine_service.replica.comparison import Comparison
from engine_service.replica.door import FollowersDoor
from engine_service.replica.following import Following
from engine_service.replica.journal_ends import cut_last_flush, find_ends
from engine_service.replica.leadership import Leadership
from engine_service.replica.log_entries import Writer, decode_entry, encode_takeover
from engine_service.replica.log_gate import LogGate
from engine_service.replica.log_position import TOO_OLD, LogPosition, find_position
from engine_service.replica.log_thread import LogThread
from engine_service.replica.metrics import ReplicaCollector
from engine_service.sequencer import check_clock
from replicated_log.certainty import append_surely
from replicated_log.errors import LogTrimmed, LogUnavailable
from replicated_log.log import Appended, LogEntry, ReplicatedLog
from replicated_log.opening import open_log
from transport.engine_address import EngineAddress

SHARD: Final = 0
ENTRIES_WAITING_MAX: Final = 64
"""Read ahead of what is applied; each at most a MiB."""
JITTER_SHARE: Final = 5
"""A replica waits up to a fifth longer than it must: two that try at once cost each other time."""
LOOK_AGAIN_S: Final = 0.5
CANCEL_AGAIN_S: Final = 0.01
_NS_PER_MS: Final = 1_000_000


class Replica:
    """An engine of several over one log. ``die`` is told of what cannot be survived, being deposed
    included.
    """

    def __init__(
        self, engine: Engine, config: EngineConfig, log: Log, die: Callable[[BaseException], None]
    ) -> None:
        self._engine = engine
        self._config = config
        self._log = log
        self._die = die
        self._incarnation = secrets.randbits(63) + 1
        self._place = EngineAddress(
            config.engine_advertised_host or config.bind_host,
            config.engine_udp_port,
            config.engine_tcp_port,
        )
        self._comparison = Comparison(SHARD)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Recover, find the place in the log, and follow or lead for the length of the block.

        Raises:
            StartInterrupted: it was told to stop before it followed.
            EngineServiceError, LogError, ServiceError, OSError: it cannot start; the message says
                why.
        """
        config = self._config
        async with AsyncExitStack() as later:
            stack = later.enter_context(ExitStack())
            replicated = await open_log(config.engine_log)
            later.push_async_callback(replicated.close)
            thread = stack.enter_context(LogThread())
            written = await thread.result(open_log(config.engine_log))
            stack.callback(lambda: thread.begin(written.close()).result())
            files = self._engine.open_files(stack)
            position = await self._position(replicated, files)
            recovered = await self._engine.recover(files)
            leadership = self._leadership(position)
            following = Following(
                leadership,
                recovered.journal,
                recovered.event_log,
                recovered.sequencer,
                self._engine.replay_of(recovered),
            )
            udp = self._engine.open_udp(stack)
            collector = ReplicaCollector(leadership)
            REGISTRY.register(collector)
            stack.callback(REGISTRY.unregister, collector)
            self._log.info(
                "this replica follows",
                replica=config.engine_replica,
                entry=leadership.applied_seq,
                record=leadership.point.next_index - 1,
                epoch=leadership.epoch,
            )

            async def live() -> None:
                door = FollowersDoor(udp, recovered.sequencer.sessions, leadership)
                door.open()
                try:
                    writer = await self._follow(replicated, written, thread, following)
                finally:
                    door.close()
                gate = LogGate(written, thread, SHARD, leadership, writer, self._place)
                self._comparison.watch(lambda: gate.last)
                recovered.journal.epoch = writer.epoch
                recovered.sequencer.sessions.lead(writer.epoch)
                async with self._engine.serving(recovered, udp, gate, writer.epoch):
                    self._log.info("this replica leads", epoch=writer.epoch)
                    await asyncio.Event().wait()

            async with self._alive(live(), self._comparison.repeat(replicated)):
                yield

    @asynccontextmanager
    async def _alive(self, *parts: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(part) for part in parts]
        for task in tasks:
            task.add_done_callback(self._ended)
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._die(error)

    async def _position(self, replicated: ReplicatedLog, files: Files) -> LogPosition:
        ends, end = find_ends(files.directory, files.journal.segments)
        while True:
            try:
                position = await find_position(
                    replicated, SHARD, ends, may_found=self._config.engine_log_found
                )
                break
            except LogUnavailable as error:
                self._log.warning("the log does not answer; asking again", error=str(error))
                await asyncio.sleep(LOOK_AGAIN_S)
        if position.cut:
            cut_last_flush(files.directory, files.journal.segments, end)
            self._log.warning(
                "the last flush is not in the log and was cut off; none of it was acknowledged",
                records=ends.last.next_index - position.point.next_index,
            )
        return position

    def _leadership(self, position: LogPosition) -> Leadership:
        wait_ms = self._config.engine_takeover_ms
        jitter_ms = secrets.randbelow(wait_ms // JITTER_SHARE + 1)
        return Leadership(
            self._config.engine_replica,
            self._incarnation,
            applied_seq=position.applied_seq,
            point=position.point,
            last=position.entry,
            wait_ns=(wait_ms + jitter_ms) * _NS_PER_MS,
            now_ns=time.monotonic_ns(),
            epoch=position.epoch,
        )

    async def _follow(
        self,
        replicated: ReplicatedLog,
        written: ReplicatedLog,
        thread: LogThread,
        following: Following,
    ) -> Writer:
        """Apply what comes until this replica leads; return as whom."""
        leadership = following.leadership
        entries: asyncio.Queue[LogEntry] = asyncio.Queue(ENTRIES_WAITING_MAX)
        self._comparison.watch(lambda: following.last)
        tailing = asyncio.create_task(_tail(replicated, leadership.applied_seq + 1, entries))
        try:
            while True:
                entry = await _next_within(entries, tailing, leadership.due_ns)
                if entry is not None:
                    following.apply(entry.seq, entry.data, time.monotonic_ns())
                    continue
                writer = await self._claim(written, thread, following)
                if writer is not None:
                    return writer
        finally:
            await _end(tailing)

    async def _claim(
        self, written: ReplicatedLog, thread: LogThread, following: Following
    ) -> Writer | None:
        leadership = following.leadership
        if not self._clock_allows(following):
            leadership.wait_again(time.monotonic_ns())
            return None
        writer = leadership.claim(time.monotonic_ns())
        if writer is None:
            return None
        data = encode_takeover(writer, leadership.point, self._place)
        outcome = await thread.result(append_surely(written, SHARD, leadership.applied_seq, data))
        if not isinstance(outcome, Appended):
            leadership.lost(time.monotonic_ns())
            return None
        leadership.won(decode_entry(outcome.seq, data))
        return writer

    def _clock_allows(self, following: Following) -> bool:
        if self._config.engine_accept_clock:
            return True
        try:
            check_clock(time.time_ns(), following.log_ts_ns)
        except ClockRefused as error:
            self._log.error("this replica does not take over", error=str(error))
            return False
        return True


async def _tail(
    replicated: ReplicatedLog, from_seq: int, entries: "asyncio.Queue[LogEntry]"
) -> None:
    try:
        async for entry in replicated.tail(SHARD, from_seq):
            await entries.put(entry)
    except LogTrimmed as error:
        raise ReplicaTooOld(TOO_OLD) from error


async def _end(task: "asyncio.Task[None]") -> None:
    # Again and again: a cancellation that meets what the task waits for may be lost on the way
    # (asyncio.wait_for, Python 3.11), and this replica's own TAKEOVER comes just now.
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=CANCEL_AGAIN_S)


async def _next_within(
    entries: "asyncio.Queue[LogEntry]", tailing: "asyncio.Task[None]", until_ns: int
) -> LogEntry | None:
    """Return the next entry; None if there is none by ``until_ns`` of the monotonic clock.

    Raises:
        ReplicaTooOld, LogError: the log cannot be followed.
    """
    if entries.empty():
        getting = asyncio.ensure_future(entries.get())
        left_s = max(0, until_ns - time.monotonic_ns()) / 1e9
        await asyncio.wait({getting, tailing}, timeout=left_s, return_when=asyncio.FIRST_COMPLETED)
        if getting.done():
            return getting.result()
        getting.cancel()
        if tailing.done():
            tailing.result()
        return None
    await asyncio.sleep(0)  # whoever knocks is answered, also while there is much to read
    return entries.get_nowait()
