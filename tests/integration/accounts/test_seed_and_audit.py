"""The demo's content, and the audit that finds what is wrong with the books."""

import stat

import asyncpg
import pyotp
import pytest

from cli.auditing.audit import AuditConfig, audit
from cli.running.seed import SeedConfig, seed
from domain.client_order_ids import pack_client_order_id
from domain.commands import CancelAllAfter, NewOrder, SetTradingStatus
from domain.events import OutcomeResult
from domain.orders import Side, TradingStatus
from service.errors import CallFailed
from tests.integration.accounts.accounts_process import SERVICE_SECRET, running_accounts
from tests.integration.engine_process import SEGMENT_BYTES
from transport.engine_client import EngineClient

LISTED = {"BTC-USDT", "ETH-USDT"}


@pytest.fixture
async def accounts(engine_handle, postgres_url):
    async with running_accounts(postgres_url, engine_handle) as handle:
        yield handle


def seed_config(accounts, engine_handle, path):
    return SeedConfig(
        service_secret=SERVICE_SECRET,
        accounts_url=accounts.url,
        engine_udp_port=engine_handle.ports.udp,
        engine_tcp_port=engine_handle.ports.tcp,
        engine_key=engine_handle.master_key.hex(),
        bot_credentials=path,
    )


async def test_seeding_twice_changes_nothing(accounts, engine_handle, tmp_path):
    bots = tmp_path / "bots.json"
    config = seed_config(accounts, engine_handle, bots)
    said: list[str] = []

    first = await seed(config, said.append)
    snapshot = await accounts.call("GET", "/internal/snapshot")
    written = bots.stat()
    second = await seed(config)

    assert first == second
    assert await accounts.call("GET", "/internal/snapshot") == snapshot
    assert bots.stat().st_ino == written.st_ino and stat.S_IMODE(written.st_mode) == 0o600
    assert {one["symbol"] for one in snapshot["instruments"]} == LISTED
    assert {one["trading_status"] for one in snapshot["instruments"]} == {1}
    assert [one["email"] for one in first.as_facts()["logins"]] == [
        "demo@openbell.local",
        "trader@openbell.local",
        "admin@openbell.local",
    ]
    operators = await accounts.call("GET", "/internal/admin/users", role="admin")
    assert [one["email"] for one in operators["users"]] == ["admin@openbell.local"]
    assert set(first.bots) == {"maker", "taker", "trader"}
    assert [1_000, 3, 100_000 * 10**8, 0] in snapshot["balances"]
    assert said[0] == "waiting for accounts"
    login = {"email": "demo@openbell.local", "password": "openbell-demo"}
    assert (await accounts.call("POST", "/internal/login", login))["account_id"] == 1_000


async def test_an_address_that_somebody_took_first_is_made_no_operator(accounts, engine_handle):
    config = seed_config(accounts, engine_handle, None)
    squatter = {"email": "admin@openbell.local", "password": "a password of mine"}
    await accounts.call("POST", "/internal/sign-up", squatter)
    seeded = await seed(config)
    assert "admin@openbell.local" not in [one["email"] for one in seeded.logins]
    operators = await accounts.call("GET", "/internal/admin/users", role="admin")
    assert operators["users"] == []


async def test_the_demos_operator_has_a_second_factor_that_everybody_knows(accounts, engine_handle):
    config = seed_config(accounts, engine_handle, None)
    seeded = await seed(config)
    (secret,) = [one["totp_secret"] for one in seeded.logins if "totp_secret" in one]
    operator = {"email": "admin@openbell.local", "password": "openbell-demo"}
    codes = []
    for _ in range(2):  # the one of now and the one after it
        begun = await accounts.call("POST", "/internal/login", operator)
        told = await accounts.call("GET", "/internal/demo-code", email=operator["email"])
        answer = {"challenge": begun["challenge"], "code": told["code"]}
        finished = await accounts.call("POST", "/internal/login/second-factor", answer)
        assert finished["user"]["role"] == "admin"
        codes.append(told["code"])
    app = pyotp.TOTP(secret)
    assert len({*codes}) == 2 and all(len(code) == app.digits for code in codes)
    with pytest.raises(CallFailed, match="NOT_FOUND"):
        await accounts.call("GET", "/internal/demo-code", email="demo@openbell.local")


async def test_a_market_halted_by_its_operator_is_not_reopened_by_seeding(accounts, engine_handle):
    config = seed_config(accounts, engine_handle, None)
    await seed(config)
    connecting = EngineClient.connect(engine_handle.address, engine_handle.master_key, 91)
    async with connecting as engine:
        resting = NewOrder(
            account_id=1_000,
            instrument_id=1,
            side=Side.BUY,
            price_ticks=10_000,
            qty_lots=10_000,
            valid_until_ns=1 << 62,
            client_order_id=pack_client_order_id("rests"),
        )
        assert (await engine.submit(resting)).result is OutcomeResult.DONE
        halt = SetTradingStatus(instrument_id=1, trading_status=TradingStatus.HALT)
        halted = await engine.submit(halt)
    path = "/internal/accounts/1000/balances"
    await accounts.call("GET", path, min_seq=halted.last_event_seq)

    await seed(config)

    snapshot = await accounts.call("GET", "/internal/snapshot")
    assert [one["trading_status"] for one in snapshot["instruments"]] == [
        TradingStatus.HALT,
        TradingStatus.TRADING,
    ]
    assert snapshot["cursor"] == halted.last_event_seq


@pytest.fixture
async def traded(venue, postgres_url, tmp_path):
    """The audit's configuration of a venue with settled trades and open orders."""
    buyer = await venue.sign_up("buyer@example.com", USDT=10**13)
    seller = await venue.sign_up("seller@example.com", BTC=10**9)
    for price_ticks in range(9_995, 10_005):
        await venue.order(buyer["account_id"], Side.BUY, price_ticks, 10)
    for price_ticks in range(10_002, 10_010):
        done = await venue.order(seller["account_id"], Side.SELL, price_ticks, 7)
    await venue.balances_of(buyer["account_id"], done.last_event_seq)
    return AuditConfig(
        DATABASE_URL=postgres_url,
        engine_data_dir=tmp_path / "engine",
        engine_segment_bytes=SEGMENT_BYTES,
    )


async def test_books_that_agree_pass_the_audit_while_the_venue_runs(traded):
    report = await audit(traded)
    assert report.ok, report.as_text()
    assert report.cursor > 30
    assert "Every unit is accounted for." in report.as_text()


async def test_the_audit_knows_what_ended_while_no_command_came(venue, postgres_url, tmp_path):
    buyer = (await venue.sign_up("silent@example.com", USDT=10**13))["account_id"]
    accepted = await venue.order(buyer, Side.BUY, 10_000, 10)
    armed = await venue.engine.submit(CancelAllAfter(account_id=buyer, timeout_ms=50))
    assert armed.result is OutcomeResult.DONE
    funds = await venue.balances_of(buyer, accepted.last_event_seq + 1)
    assert funds["USDT"] == (10**13, 0)
    report = await audit(
        AuditConfig(
            DATABASE_URL=postgres_url,
            engine_data_dir=tmp_path / "engine",
            engine_segment_bytes=SEGMENT_BYTES,
        )
    )
    assert report.ok and report.cursor == accepted.last_event_seq + 1, report.as_text()


TAMPERINGS = {
    "a balance": (
        "ALTER TABLE accounts.balances DROP CONSTRAINT balances_agree;"
        "UPDATE accounts.balances SET available_atoms = available_atoms + 1, posted_atoms ="
        " posted_atoms + 1 WHERE account_id = 1000 AND asset_id = 3",
        {"balances, available and held", "every asset sums to zero", "balance = sum of its"},
    ),
    "a hold": (
        "UPDATE accounts.balances SET available_atoms = available_atoms + 1, held_atoms ="
        " held_atoms - 1 WHERE account_id = 1000 AND asset_id = 3",
        {"balances, available and held", "held = sum over open orders"},
    ),
    "a lost order": (
        "DELETE FROM accounts.orders WHERE is_open AND account_id = 1000",
        {"open orders", "held = sum over open orders"},
    ),
    "a lost trade": (
        "ALTER TABLE accounts.trades DISABLE TRIGGER immutable_rows;"
        "DELETE FROM accounts.trades WHERE trade_id = 1",
        {"trade ids without gaps", "filled = sum of fills"},
    ),
    "a changed transfer": (
        "ALTER TABLE accounts.transfers DISABLE TRIGGER immutable_rows;"
        "UPDATE accounts.transfers SET amount_atoms = amount_atoms + 1 WHERE code = 2",
        {"balance = sum of its transfers", "trade = its transfers"},
    ),
    "a deposit nobody asked for": (
        "DELETE FROM accounts.money_commands WHERE source_seq = 1",
        {"money that moved was asked for"},
    ),
    "a deposit that never came": (
        "DELETE FROM accounts.deposits WHERE source_seq = 1",
        {"money commands moved money"},
    ),
    "another stream": (
        "UPDATE accounts.settlement_cursor SET chain = decode(repeat('11', 16), 'hex')",
        {"the ledger saw the engine's events"},
    ),
    "a cursor past the journal": (
        "UPDATE accounts.settlement_cursor SET last_seq = last_seq + 1000",
        {"the journal has what was settled"},
    ),
    "a cursor left behind": (
        "UPDATE accounts.settlement_cursor SET last_seq = last_seq - 2",
        {"settlement keeps up", "balances, available and held", "open orders"},
    ),
    "a cursor inside a command": (
        "UPDATE accounts.settlement_cursor SET last_seq = last_seq - 10",
        {"settlement keeps up", "the cursor is at the end of a command"},
    ),
}


async def test_the_audit_names_what_is_wrong(venue, traded, postgres_cluster, monkeypatch):
    monkeypatch.setattr("cli.auditing.audit.CATCH_UP_TIMEOUT_S", 0.1)
    monkeypatch.setattr("cli.auditing.audit.ATTEMPTS_MAX", 3)
    await venue.accounts.stop()
    original = traded.database_url.rpartition("?")[0].rpartition("/")[2]
    for number, (statements, expected) in enumerate(TAMPERINGS.values()):
        copy = f"tampered_{number}"
        postgres_cluster.run_sql(f'CREATE DATABASE "{copy}" TEMPLATE "{original}"')
        url = postgres_cluster.url(copy)
        connection = await asyncpg.connect(url)
        await connection.execute(statements)
        await connection.close()

        report = await audit(traded.model_copy(update={"database_url": url}))

        postgres_cluster.run_sql(f'DROP DATABASE "{copy}"')
        assert not report.ok
        for name in expected:
            assert any(one.startswith(name) for one in report.differences), report.as_text()
        assert "THE BOOKS DO NOT AGREE." in report.as_text()
