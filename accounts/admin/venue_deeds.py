"""Acts that the engine carries out: commands in order, until the ledger has their events."""

import time
from typing import Any, Final

from accounts.admin.acts import SetAccountStatus, SetVenueStatus, VenueAct
from accounts.admin.audit_log_repository import Effect
from accounts.admin.deeds import Deed
from accounts.admin.instrument_terms import VenueRows, subject_in_words
from accounts.admin.operators_repository import set_own_status
from accounts.admin.venue_acts import Plan, plan
from accounts.database import Connection, Pool
from accounts.errors import Refusal, RefusalCode
from accounts.settling.settled_position import SettledPosition
from accounts.settling.venue_repository import assets, instruments
from accounts.settling.venue_settings_repository import (
    account_terms,
    asset_limits,
    scheduled_statuses,
    tier_fees,
    venue_state,
)
from domain.commands import Command
from domain.events import OutcomeResult
from domain.orders import AccountStatus
from domain.reasons import RejectReason
from transport.engine_client import EngineClient
from transport.errors import NotSent, TransportError

OUTCOME_TIMEOUT_S: Final = 5
SETTLED_TIMEOUT_S: Final = 10
IN_WORDS: Final = {
    RejectReason.INVALID_TRANSITION: "it cannot go there from where it is now",
    RejectReason.ALREADY_EXISTS: "it exists already",
    RejectReason.CAPACITY: "the engine has no room for more, or more is open than one command ends",
    RejectReason.INVALID_EXPIRY: "that time has passed",
    RejectReason.INVALID_AMOUNT: "a number is outside its bounds",
    RejectReason.INVALID_INSTRUMENT: "the instrument's definition is not valid",
    RejectReason.BOOK_NOT_EMPTY: "units change only while no order is open",
    RejectReason.UNKNOWN_ACCOUNT: "there is no such account",
    RejectReason.ACCOUNT_NOT_TRADABLE: "this is one of the venue's own accounts",
    RejectReason.VENUE_HALTED: "the venue is halted: open it first",
}


async def venue_rows(connection: Connection) -> VenueRows:
    """Return all that is listed and set, at one moment."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        return VenueRows(
            read_at_s=int(time.time()),
            state=await venue_state(connection),
            assets=await assets(connection),
            instruments=list((await instruments(connection)).values()),
            fees=await tier_fees(connection),
            scheduled=await scheduled_statuses(connection),
            account_terms=await account_terms(connection),
            asset_limits=await asset_limits(connection),
        )


async def _note_own_status(connection: Connection, act: SetAccountStatus) -> None:
    status = AccountStatus[act.status.upper()]
    of_login = await set_own_status(connection, act.account_id, status)
    if status < of_login:
        message = f"its login is {of_login.name.lower()}: no account of it may do more"
        raise Refusal(RefusalCode.ENGINE_REFUSED, message)


class VenueDeeds:
    """Makes deeds of acts on the venue."""

    def __init__(self, pool: Pool, engine: EngineClient, position: SettledPosition) -> None:
        self._pool = pool
        self._engine = engine
        self._position = position

    async def deed(self, act: VenueAct) -> Deed:
        """Return how ``act`` is carried out.

        Raises:
            Refusal: what it names does not exist, or a number in it is not exact.
        """
        engine_seq = self._engine.next_event_seq
        if engine_seq and not isinstance(act, SetVenueStatus):  # which waits for nobody
            await self._position.reached(engine_seq - 1, SETTLED_TIMEOUT_S)
        async with self._pool.acquire() as connection:
            venue = await venue_rows(connection)
        planned = plan(act, venue)
        before = subject_in_words(venue, planned.subject)

        async def begin(connection: Connection) -> dict[str, Any]:
            if isinstance(act, SetAccountStatus):
                await _note_own_status(connection, act)
            return before

        return Deed(planned.subject, begin, lambda: self._finish(planned))

    async def _finish(self, planned: Plan) -> Effect:
        events: list[tuple[int, int]] = []
        outcome, detail = "done", ""
        for command in planned.commands:
            outcome, detail, span = await self._submit(command)
            if span is not None:
                events.append(span)
            if outcome != "done":
                break
        if not events:
            return Effect(outcome, detail)
        if not await self._position.reached(events[-1][1], SETTLED_TIMEOUT_S):
            return Effect(outcome, f"{detail} the ledger does not have it yet".strip(), {}, events)
        async with self._pool.acquire() as connection:
            after = subject_in_words(await venue_rows(connection), planned.subject)
        return Effect(outcome, detail, after, events)

    async def _submit(self, command: Command) -> tuple[str, str, tuple[int, int] | None]:
        """Return what became of a command, in words, and its (first, last) event if it has any."""
        name = type(command).__name__
        try:
            outcome = await self._engine.submit(command, timeout_s=OUTCOME_TIMEOUT_S)
        except NotSent as error:
            return "refused", f"{name}: the engine cannot be reached ({error})", None
        except TransportError as error:
            return "unknown", f"{name}: the engine did not answer ({error}); look first", None
        if outcome.result is not OutcomeResult.DONE:
            reason = outcome.reason
            words = IN_WORDS.get(reason, reason.name.lower().replace("_", " "))
            return "refused", f"{name} refused: {words} ({reason.name})", None
        return (
            "done",
            "",
            (outcome.last_event_seq - outcome.event_count + 1, outcome.last_event_seq),
        )
