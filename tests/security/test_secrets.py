"""No secret is in any log, at the most talkative level, whatever becomes of the request."""

import asyncio
import hashlib
import hmac
import time

import aiohttp

from tests.integration.gateway.venue import SECRET, Venue
from tests.security.callers import PASSWORD, Caller, signed_up


async def test_no_secret_is_in_any_log(venue: Venue) -> None:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        user = await signed_up(http, venue.gateway_url, "secretive@example.com")
        key = await user.key("read", "trade")
        refresh = next(each for each in http.cookie_jar if each.key == "openbell_refresh").value
        wrong = {"email": "secretive@example.com", "password": "wrong-" + PASSWORD}
        await user.call("POST", "/auth/login", wrong)
        await user.call("POST", "/auth/login", {"email": 1, "password": wrong["password"]})
        await user.call("POST", "/auth/refresh")
        await key.call("GET", "/me")
        await key.call("POST", "/orders", {"symbol": "NO-SUCH"})
        signed = await _binance(key)
        await _ws(http, venue, user)
    log = venue.whole_log()
    assert "gateway" in log and len(log) > 1_000
    secrets = {
        "password": PASSWORD,
        "access token": user.token,
        "its signature": user.token.rpartition(".")[2],
        "refresh token": refresh,
        "API secret": key.secret,
        "signature": signed,
        "service secret": SECRET,
        "engine key": venue.environment["OPENBELL_ENGINE_KEY"],
        "secrets key": venue.environment["OPENBELL_ACCOUNTS_SECRETS_KEY"],
    }
    assert [name for name, secret in secrets.items() if secret in log] == []


async def _binance(key: Caller) -> str:
    """Send a request of the other dialect, whose signature is in its path; return that."""
    query = f"timestamp={time.time_ns() // 1_000_000}"
    signature = hmac.new(key.secret.encode(), query.encode(), hashlib.sha256).hexdigest()
    url = f"{key.url}/api/v3/account?{query}&signature={signature}"
    async with key.http.get(url, headers={"X-MBX-APIKEY": key.api_key}) as response:
        assert response.status == 200
    return signature


async def _ws(http: aiohttp.ClientSession, venue: Venue, user: Caller) -> None:
    async with http.ws_connect(venue.gateway_url + "/api/v1/ws") as socket:
        for token in (user.token, user.token + "x"):
            await socket.send_json({"op": "auth", "id": token[-3:], "token": token})
            async with asyncio.timeout(5):
                while "ok" not in (await socket.receive()).json():
                    continue
