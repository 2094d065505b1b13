"""Which log an address means."""

from pathlib import Path
from urllib.parse import SplitResult, parse_qs, parse_qsl, unquote, urlencode, urlsplit

from replicated_log.errors import LogRefused
from replicated_log.jetstream_log import REPLICAS, JetStreamLog
from replicated_log.local_log import LocalLog
from replicated_log.log import ReplicatedLog
from replicated_log.postgres_log import PostgresLog


async def open_log(url: str) -> ReplicatedLog:
    """Open the log at ``url``:

    ``file:///directory``
    ``postgresql://user:password@host/database`` (``?quorum=off`` without synchronous standbys)
    ``nats://user:password@host:port,host:port,host:port?replicas=3`` (``tls:`` with TLS)

    Raises:
        LogRefused: no log is meant by it, or it is not set up as it must be.
        LogUnavailable: it does not answer.
    """
    parts = urlsplit(url)
    match parts.scheme:
        case "file":
            return LocalLog(Path(unquote(parts.path)))
        case "nats" | "tls":
            return await _jetstream(parts)
        case "postgres" | "postgresql":
            return await _postgres(parts)
    raise LogRefused(
        f"a log's address begins with file:, nats: or postgresql:, not with {parts.scheme}:"
    )


async def _jetstream(parts: SplitResult) -> JetStreamLog:
    login, _, hosts = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    return await JetStreamLog.connect(
        [f"{parts.scheme}://{host}" for host in hosts.split(",")],
        unquote(user) or None,
        unquote(password) or None,
        replicas=int(parse_qs(parts.query).get("replicas", [str(REPLICAS)])[0]),
    )


async def _postgres(parts: SplitResult) -> PostgresLog:
    query = dict(parse_qsl(parts.query))
    quorum_needed = query.pop("quorum", "on") != "off"
    url = parts._replace(query=urlencode(query)).geturl()
    log = PostgresLog(url, quorum_needed=quorum_needed)
    await log.open()
    return log
