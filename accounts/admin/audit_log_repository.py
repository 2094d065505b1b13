"""The log of what operators did: rows are added and never changed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import asyncpg
import msgspec

from accounts.database import Connection, load_queries
from accounts.settling.venue import InstrumentVersion

DETAIL_CHARS_MAX: Final = 512
_SQL: Final = load_queries("audit_log")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, from where. ``user_id`` None: at the command line."""

    user_id: int | None
    name: str
    role: str
    ip: str


@dataclass(frozen=True, slots=True)
class NewAct:
    """What is to be carried out, and what its subject is before it."""

    actor: Actor
    action: str
    subject: str
    reason: str
    asked: dict[str, Any]
    before: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Effect:
    """What became of an act: its subject afterwards, and the (first, last) events of its commands.

    ``outcome``: done, refused (what came before the refusal was done) or unknown.
    """

    outcome: str
    detail: str = ""
    after: dict[str, Any] = field(default_factory=dict)
    events: Sequence[tuple[int, int]] = ()


@dataclass(frozen=True, slots=True)
class ActRecord:
    """An act as it is told: of ``before`` and ``after`` what differs, once it is done."""

    act_id: int
    ts_ns: int
    actor: str
    actor_user_id: int | None
    role: str
    ip: str
    action: str
    subject: str
    reason: str
    outcome: str
    detail: str
    asked: dict[str, Any]
    before: dict[str, Any]
    after: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ActFilter:
    """Which acts are asked for; None: any. ``subject`` also names all of a kind: "instrument"."""

    subject: str | None = None
    actor: str | None = None
    action: str | None = None
    outcome: str | None = None
    from_ns: int | None = None
    until_ns: int | None = None


@dataclass(frozen=True, slots=True)
class VersionOf:
    """A version of an instrument and whose work it is; None: nobody's, or from before the log."""

    version: InstrumentVersion
    act_id: int | None
    actor: str | None
    reason: str | None


async def begin_act(connection: Connection, act: NewAct, now_ns: int) -> int:
    """Write down what is about to be carried out; return its number."""
    actor = act.actor
    act_id: int = await connection.fetchval(
        _SQL["begin_act"],
        now_ns,
        actor.user_id,
        actor.name,
        actor.role,
        actor.ip,
        act.action,
        act.subject,
        act.reason,
        _text(act.asked),
        _text(act.before),
    )
    return act_id


async def end_act(connection: Connection, act_id: int, effect: Effect, now_ns: int) -> None:
    """Write down what became of an act."""
    await connection.execute(
        _SQL["end_act"],
        act_id,
        now_ns,
        effect.outcome,
        effect.detail[:DETAIL_CHARS_MAX],
        _text(effect.after),
        [first for first, _ in effect.events],
        [last for _, last in effect.events],
    )


async def acts(
    connection: Connection, wanted: ActFilter, before_act_id: int, limit: int
) -> list[ActRecord]:
    """Return acts, newest first."""
    rows = await connection.fetch(
        _SQL["acts"],
        before_act_id,
        wanted.subject,
        wanted.actor,
        wanted.action,
        wanted.outcome,
        wanted.from_ns,
        wanted.until_ns,
        limit,
    )
    return [_record(row) for row in rows]


async def act(connection: Connection, act_id: int) -> ActRecord:
    """Return one act."""
    row = await connection.fetchrow(_SQL["act"], act_id)
    assert row is not None, "rows are never deleted"
    return _record(row)


async def versions(
    connection: Connection, instrument_id: int, symbol: str, before_seq: int, limit: int
) -> list[VersionOf]:
    """Return what an instrument was, newest first."""
    subject = f"instrument:{symbol}"
    rows = await connection.fetch(_SQL["versions"], instrument_id, before_seq, limit, subject)
    found = []
    for row in rows:
        values = dict(row)
        who = [values.pop(name) for name in ("act_id", "actor", "reason")]
        found.append(VersionOf(InstrumentVersion(**values), *who))
    return found


def _text(content: dict[str, Any]) -> str:
    return msgspec.json.encode(content).decode()


def _record(row: asyncpg.Record) -> ActRecord:
    values = dict(row)
    for name in ("asked", "before", "after"):
        values[name] = msgspec.json.decode(values[name])
    after = values["after"]
    if values["outcome"] != "unknown":
        before = values["before"]
        changed = {
            name for name in before.keys() | after.keys() if after.get(name) != before.get(name)
        }
        values["before"] = {name: before[name] for name in before if name in changed and after}
        values["after"] = {name: after[name] for name in after if name in changed}
    return ActRecord(**values)
