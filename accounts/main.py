"""Wire accounts and run it until it is told to stop."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Final

import structlog
import uvloop

from accounts.admin.operator_desk import OperatorDesk
from accounts.admin.proposal_deeds import ProposalDeeds
from accounts.admin.standing import Standing
from accounts.admin.user_deeds import UserDeeds
from accounts.admin.venue_deeds import VenueDeeds
from accounts.admin.wallet_deeds import WalletDeeds
from accounts.books.liability_timer import LiabilityTimer
from accounts.books.sub_accounts import SubAccounts
from accounts.config import Config
from accounts.database import Pool, open_pool
from accounts.errors import AccountsError
from accounts.identity.account_opening import AccountOpening
from accounts.identity.parts import identity
from accounts.identity.sealed_secrets import SecretBox
from accounts.rest.app import make_app
from accounts.rest.services import Services
from accounts.settling.order_traces import SettledOrders
from accounts.settling.settled_position import SettledPosition
from accounts.settling.settlement import SETTLEMENT, Settlement
from accounts.startup import ENGINE, ended_before, prepare_database, watch_engine
from accounts.wallet.desk import WalletDesk
from accounts.wallet.money_commands import MoneyCommands
from accounts.wallet.rails import ManualRail, Rail, RailNumber
from accounts.wallet.simulated_chain import SimulatedChain
from accounts.wallet.wallet import Wallet, WalletTerms
from domain.clock import LogClock
from service.health import Readiness, serving
from service.order_traces import open_traces
from service.process import run_process, run_until
from service.signals import stop_on_signals
from transport.engine_client import EngineClient
from transport.errors import BadKeys
from transport.event_follower import HeardEpoch, follow_events
from transport.key_file import live_keys

CLIENT_ID: Final = 2
"""Names this process in the engine's logs."""


async def run(config: Config) -> None:
    """Serve until SIGTERM or SIGINT."""
    stop = stop_on_signals()
    clock, box = LogClock(), SecretBox(config.accounts_secrets_key)
    readiness, position = Readiness(ENGINE, SETTLEMENT), SettledPosition()
    heard = HeardEpoch()

    def events(from_seq: int) -> AsyncGenerator[tuple[int, bytes]]:
        return follow_events(config.engines, keys, from_seq, CLIENT_ID, heard)

    async with (
        live_keys(config.engine_key, config.engine_key_file) as keys,
        await open_pool(config.database_url) as pool,
        EngineClient.connect(config.engines, keys, CLIENT_ID, ready_within_s=0) as engine,
    ):
        preparing = asyncio.create_task(prepare_database(pool, config, box, clock))
        if not await ended_before(stop, preparing):
            return
        opening, money = AccountOpening(pool, engine), MoneyCommands(pool, engine, position)
        terms = WalletTerms(config.rail, config.accounts_demo)
        wallet = Wallet(pool, money, _rails(config, pool, clock), terms, clock)
        desk = WalletDesk(pool, money, wallet, terms, position, clock)
        standing = Standing(pool, engine, position)
        venue_deeds, user_deeds = VenueDeeds(pool, engine, position), UserDeeds(standing, clock)
        wallet_deeds = WalletDeeds(pool, desk, clock, config.accounts_demo)
        two_handed = ProposalDeeds(pool, money, clock)
        operators = OperatorDesk(pool, venue_deeds, user_deeds, wallet_deeds, two_handed, clock)
        settlement = Settlement(
            config.database_url, events, position, readiness, heard, _traced(config)
        )
        liabilities = LiabilityTimer(pool, clock, config.accounts_liabilities_every_s)
        async with identity(config.identity, pool, box, preparing.result(), opening, clock) as who:
            services = Services(
                pool=pool,
                identity=who,
                money=money,
                box=box,
                position=position,
                clock=clock,
                is_demo=config.accounts_demo,
                desk=desk,
                operators=operators,
                sub_accounts=SubAccounts(pool, opening, standing, money, clock),
                liabilities=liabilities,
            )
            app = make_app(services, readiness, config.service_secret)
            async with serving(app, config.bind_host, config.accounts_port):
                structlog.get_logger().info("accounts_serves", port=config.accounts_port)
                parts = (
                    settlement.run(),
                    opening.run(),
                    money.run(),
                    wallet.run(),
                    liabilities.run(),
                    standing.run(),
                    who.codes.run(),
                    watch_engine(engine, readiness),
                )
                await run_until(stop, parts)


def _traced(config: Config) -> SettledOrders | None:
    engine, ledger = open_traces("engine", config), open_traces("accounts", config)
    return SettledOrders(engine, ledger) if engine and ledger else None


def _rails(config: Config, pool: Pool, clock: LogClock) -> dict[RailNumber, Rail]:
    return {
        RailNumber.MANUAL: ManualRail(pool, clock),
        RailNumber.SIMULATED: SimulatedChain(pool, clock, config.chain),
    }


def main() -> None:
    """Run the process."""
    run_process("accounts", Config, run, uvloop.run, cannot_run=(AccountsError, BadKeys))
