"""A venue for withdrawals in one process: the reference core, a real database, the real wallet, and
a line that can be cut anywhere, as a crash does.
"""

import asyncio

import asyncpg

from accounts.identity.users_repository import insert_user, mark_opened
from accounts.settling.settled_position import SettledPosition
from accounts.settling.settler import Settler
from accounts.settling.venue import AssetRecord
from accounts.wallet.desk import WalletDesk
from accounts.wallet.money_commands import MoneyCommands
from accounts.wallet.rails import ManualRail, Payment, Rail, RailNumber, Receipt
from accounts.wallet.rules import WithdrawalRule
from accounts.wallet.simulated_chain import ChainTerms, SimulatedChain
from accounts.wallet.wallet import Wallet, WalletTerms
from accounts.wallet.wallet_repository import (
    NewWithdrawal,
    Withdrawal,
    add_address,
    open_withdrawals,
    set_rule,
    withdrawals,
)
from domain.clock import ManualClock
from domain.commands import Command, CreateAsset, Deposit, OpenAccount
from domain.events import Outcome
from engine_core.reference import Core
from schemas.codec import decode_outcomes, encode_command

BTC = 1
FUNDS_ATOMS = 1_000_000
ADDRESS = "bc1-a-wallet-of-mine"
START_NS = 1_700_000_000_000_000_000
BLOCK_NS = 500 * 1_000_000
OUTSIDE_SOURCE = 7
CERTAIN = ChainTerms(failure_percent=0, lost_answer_percent=0)


class Crashed(Exception):
    """The process died here."""


class Lifeline:
    """Counts the places where a process may die; at ``cut_at`` it does. 0: never."""

    def __init__(self, cut_at: int = 0) -> None:
        self._cut_at = cut_at
        self.crossed = 0

    def cross(self) -> None:
        self.crossed += 1
        if self.crossed == self._cut_at:
            raise Crashed(f"at {self.crossed}")


class MortalPool:
    """A pool whose every connection is asked for by one who may die before it."""

    def __init__(self, pool, lifeline: Lifeline) -> None:
        self._pool = pool
        self._lifeline = lifeline

    def acquire(self):
        self._lifeline.cross()
        return self._pool.acquire()


class MortalRail:
    """A rail whose caller may die before it asks, or before it hears the answer."""

    def __init__(self, rail: Rail, lifeline: Lifeline) -> None:
        self._rail = rail
        self._lifeline = lifeline

    async def send(self, payment: Payment) -> None:
        self._lifeline.cross()
        await self._rail.send(payment)
        self._lifeline.cross()

    async def receipt(self, rail_key: str) -> Receipt | None:
        receipt = await self._rail.receipt(rail_key)
        self._lifeline.cross()
        return receipt


class WalletVenue:
    """Core, database, clock and chain outlive every crash; what a process keeps in memory does not:
    ``start`` makes it anew.
    """

    def __init__(self, pool, connection, terms: WalletTerms, chain: ChainTerms) -> None:
        self.pool = pool
        self.connection = connection
        self.core = Core()
        self.clock = ManualClock(START_NS)
        self.terms = terms
        self.chain = chain
        self.account_id = 0
        self._position = SettledPosition()
        self._turn = asyncio.Lock()
        self.start()

    @classmethod
    async def opened(
        cls,
        pool,
        connection,
        rail: RailNumber = RailNumber.SIMULATED,
        chain: ChainTerms = CERTAIN,
    ) -> "WalletVenue":
        """A venue with one funded account, an address on its list, and a rule for its asset."""
        venue = cls(pool, connection, WalletTerms(rail, is_demo=True), chain)
        venue._settler = await Settler.on(connection)
        await connection.execute("RESET ROLE")  # the test looks and writes by it, too
        _, venue.account_id = await insert_user(connection, "mine@example.org", "-", START_NS)
        await venue.execute(CreateAsset(asset_id=BTC, scale=8, name=b"BTC"))
        await venue.execute(OpenAccount(account_id=venue.account_id, group_id=1))
        await mark_opened(connection, venue.account_id)
        deposit = Deposit(
            account_id=venue.account_id,
            asset_id=BTC,
            amount_atoms=FUNDS_ATOMS,
            source_id=OUTSIDE_SOURCE,
            source_seq=1,
        )
        await venue.execute(deposit)
        await add_address(connection, venue.account_id, BTC, ADDRESS, "mine", START_NS)
        await set_rule(connection, BTC, WithdrawalRule(10 * FUNDS_ATOMS, 1_000))
        return venue

    _settler: Settler

    def start(self, lifeline: Lifeline | None = None) -> None:
        """Start the process: with nothing in memory that was not stored."""
        self.lifeline = lifeline or Lifeline()
        pool = MortalPool(self.pool, self.lifeline)
        self.money = MoneyCommands(pool, self, self._position)
        rails: dict[RailNumber, Rail] = {
            RailNumber.MANUAL: ManualRail(self.pool, self.clock),
            RailNumber.SIMULATED: SimulatedChain(self.pool, self.clock, self.chain),
        }
        mortal = {number: MortalRail(rail, self.lifeline) for number, rail in rails.items()}
        self.wallet = Wallet(pool, self.money, mortal, self.terms, self.clock)
        self.desk = WalletDesk(
            pool, self.money, self.wallet, self.terms, self._position, self.clock
        )

    async def submit(self, command: Command, timeout_s: float) -> Outcome:
        """Be the engine's client: the sender may die before it sends, or before it hears."""
        self.lifeline.cross()
        outcome = await self.execute(command)
        self.lifeline.cross()
        return outcome

    async def execute(self, command: Command) -> Outcome:
        """Have the core execute a command and the ledger settle what it says."""
        return await asyncio.shield(self._executed(command))  # the engine outlives who asked it

    async def _executed(self, command: Command) -> Outcome:
        async with self._turn:
            first_seq = self.core.next_event_seq
            events, outcomes = self.core.apply(encode_command(command), self.clock.now_ns())
            await self._settler.settle(first_seq, events)
            self._position.advance(self.core.next_event_seq - 1)
        return decode_outcomes(outcomes)[0]

    async def request(self, amount_atoms: int, key: str = "k1", **changed) -> Withdrawal:
        """Ask for a withdrawal; the hold is sent beside, as the process does it."""
        wanted = NewWithdrawal(
            **{
                "account_id": self.account_id,
                "asset_id": BTC,
                "amount_atoms": amount_atoms,
                "address": ADDRESS,
                "idempotency_key": key,
                **changed,
            }
        )
        asking = asyncio.create_task(self.desk.request(wanted, AssetRecord(BTC, "BTC", 8, 1)))
        sending = asyncio.create_task(self.money.run())
        try:
            await asyncio.wait({asking, sending}, return_when=asyncio.FIRST_COMPLETED)
            if sending.done():
                sending.result()
            return await asking
        finally:
            asking.cancel()
            sending.cancel()
            await asyncio.gather(asking, sending, return_exceptions=True)
            async with self._turn:
                pass  # what the engine was at is done

    async def go_on(self, rounds: int = 12) -> None:
        """Let blocks come, and everybody work, until all has ended or so many have come."""
        for _ in range(rounds):
            if not await open_withdrawals(self.connection, 0, 1):
                return
            while await self.money.send_next():
                pass
            while await self.wallet.advance():
                while await self.money.send_next():
                    pass
            self.clock.advance(BLOCK_NS)

    async def database_rule(self, day_max_atoms: int) -> None:
        """Have so much leave within a day at most; nothing of it is looked at below 1,000."""
        await set_rule(self.connection, BTC, WithdrawalRule(day_max_atoms, 1_000))

    async def all(self) -> list[Withdrawal]:
        return await withdrawals(self.connection, limit=100)

    async def payments(self) -> list[asyncpg.Record]:
        """What the rails were asked for: amount, where to, what came of it."""
        return await self.connection.fetch(
            "SELECT amount_atoms, address, rail_key FROM accounts.rail_payments ORDER BY 3"
        )
