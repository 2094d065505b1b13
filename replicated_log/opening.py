"""Which log an address means."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from replicated_log.errors import LogRefused
from replicated_log.local_log import LocalLog
from replicated_log.log import ReplicatedLog


async def open_log(url: str) -> ReplicatedLog:
    """Open the log at ``url``: ``file:///directory``.

    Raises:
        LogRefused: no log is meant by it.
    """
    scheme = urlsplit(url).scheme
    if scheme == "file":
        return LocalLog(Path(unquote(urlsplit(url).path)))
    raise LogRefused(f"a log's address begins with file:, not with {scheme or 'nothing'}:")
