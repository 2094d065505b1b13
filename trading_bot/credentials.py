"""The API keys the bots trade with, by role."""

from pathlib import Path

import msgspec

from trading_bot.errors import BadCredentials


class Credentials(msgspec.Struct, frozen=True):
    """One API key."""

    api_key: str
    api_secret: str


def read_credentials(path: Path) -> dict[str, Credentials]:
    """Return the credentials in a JSON file, by role.

    Raises:
        BadCredentials: the file is missing or is not what it should be.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Credentials])
    except OSError as error:
        raise BadCredentials(f"{path}: {error.strerror}") from error
    except msgspec.MsgspecError as error:
        raise BadCredentials(f"{path}: {error}") from error
