"""What an authenticator app does."""

from typing import Any

import pyotp

from client.rest import OpenbellClient


async def enrolled(client: OpenbellClient, password: str) -> pyotp.TOTP:
    """Set up a second factor of whoever is logged in; its session has shown it just now."""
    begun = await client.call("POST", "/me/totp", dict[str, Any], body={"password": password})
    app = pyotp.TOTP(begun["secret"])
    await client.call("POST", "/me/totp/confirm", dict[str, Any], body={"code": app.now()})
    return app
