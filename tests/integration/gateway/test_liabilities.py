"""What the exchange says it owes: every user finds the own balance in it, without its help."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from cli.auditing.verify_liabilities import NotCounted, verify_liabilities
from service.calls import ServiceClient
from tests.integration.gateway.owner import Owner
from tests.integration.gateway.venue import SECRET, Venue

PAGE = Path(__file__).parents[3] / "docs/liabilities.md"


async def published(exchange: Venue, http: aiohttp.ClientSession) -> Any:
    url = exchange.environment["OPENBELL_ACCOUNTS_URL"]
    calls = ServiceClient(http, url, SECRET)
    return await calls.call("POST", "/internal/liabilities", dict[str, Any])


@pytest.fixture
async def proof(exchange: Venue, owner: Owner, tmp_path: Path) -> dict[str, Any]:
    """The owner's proof: funded with two assets, part of one held by an order."""
    await owner.call("POST", "/faucet", {"asset": "BTC", "amount": "0.5"})
    await owner.place(price="100", qty="1")
    await published(exchange, owner.http)
    told: dict[str, Any] = await owner.get("/liabilities/proof")
    return told


def saved(tmp_path: Path, content: Any) -> Path:
    file = tmp_path / "told.json"
    file.write_text(json.dumps(content))
    return file


async def test_each_balance_is_counted_held_part_included(
    proof: dict[str, Any], owner: Owner, tmp_path: Path
) -> None:
    assert {one["asset"]: one["amount"] for one in proof["leaves"]} == {
        "USDT": "1000.00000000",
        "BTC": "0.50000000",
    }
    roots = tmp_path / "roots.json"
    roots.write_text(json.dumps(await owner.get("/liabilities")))
    lines = verify_liabilities(saved(tmp_path, proof), roots)
    assert len(lines) == 2
    assert any("USDT: 1000.00000000 is counted in" in line for line in lines)


async def test_the_program_on_the_page_agrees(proof: dict[str, Any], tmp_path: Path) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    script = tmp_path / "check.py"
    script.write_text(program)

    def run(content: Any) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(script), str(saved(tmp_path, content))]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    done = run(proof)
    assert (done.returncode, done.stderr) == (0, "")
    assert "USDT 1000.00000000 is counted in" in done.stdout
    proof["leaves"][0]["amount_atoms"] = "1"
    assert run(proof).returncode == 1


async def test_what_was_tampered_with_is_not_counted(proof: dict[str, Any], tmp_path: Path) -> None:
    for at, change in enumerate(
        (
            lambda told: told.update(account_id=told["account_id"] + 1),
            lambda told: told["leaves"][0].update(amount_atoms="7"),
            lambda told: told["leaves"][0]["path"][0].update(sum_atoms="7"),
            lambda told: told["leaves"][0]["path"].pop(),
            lambda told: told["publication"]["assets"][0].update(total_atoms="7"),
            lambda told: told["publication"]["assets"].clear(),
        )
    ):
        tampered = json.loads(json.dumps(proof))
        tampered["leaves"].sort(key=lambda one: one["asset"] != "BTC")
        change(tampered)
        with pytest.raises(NotCounted):
            print(at, verify_liabilities(saved(tmp_path, tampered), None))


async def test_a_root_that_others_were_not_shown_proves_nothing(
    proof: dict[str, Any], owner: Owner, tmp_path: Path
) -> None:
    roots = await owner.get("/liabilities")
    roots["publications"][0]["assets"][0]["root_hash"] = "00" * 32
    elsewhere = tmp_path / "roots.json"
    elsewhere.write_text(json.dumps(roots))
    with pytest.raises(NotCounted, match="not one of"):
        verify_liabilities(saved(tmp_path, proof), elsewhere)


async def test_the_total_is_the_ledgers_and_an_older_publication_keeps_its_proof(
    proof: dict[str, Any], exchange: Venue, owner: Owner, tmp_path: Path
) -> None:
    before = proof["publication"]
    await owner.call("POST", "/faucet", {"asset": "USDT", "amount": "5"})
    after = await published(exchange, owner.http)
    totals = [
        next(int(one["total_atoms"]) for one in told["assets"] if one["asset"] == "USDT")
        for told in (before, after)
    ]
    assert totals[1] - totals[0] == 5 * 10**8
    asked = f"/liabilities/proof?liability_id={before['liability_id']}"
    assert await owner.get(asked) == proof
    assert (await owner.call("GET", "/liabilities/proof?liability_id=999999"))[0] == 404
