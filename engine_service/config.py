"""The configuration of the engine and of what makes its snapshots: the only reader of their
environment.
"""

from ipaddress import IPv4Address
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from engine_service.journal_segments import SEGMENT_BYTES
from engine_service.retention import EVENTS_KEPT
from service.config import EngineKeyConfig, ServiceConfig

Port = Annotated[int, Field(ge=1, le=65_535)]


class EngineConfig(EngineKeyConfig):
    """Ports, keys and directory of one engine."""

    engine_udp_port: Port = 9100
    engine_tcp_port: Port = 9101
    engine_http_port: Port = 9102
    engine_data_dir: Path
    engine_fsync: bool = True
    engine_accept_clock: bool = False
    engine_busy_poll: bool = False
    engine_segment_bytes: Annotated[int, Field(ge=2 << 20, multiple_of=4096)] = SEGMENT_BYTES
    engine_log: str = Field(default="", repr=False)
    """Address of the replicated log; without one this engine is the only one and leads for ever."""
    engine_replica: Annotated[int, Field(ge=1, le=0xFFFF_FFFF)] = 1
    """Its number among the replicas of that log."""
    engine_advertised_host: str = ""
    """The IPv4 address at which clients reach this replica, if not the one it binds."""
    engine_takeover_ms: Annotated[int, Field(ge=200, le=60_000)] = 500
    """How long the leader must be silent before this replica tries to take over."""
    engine_log_found: bool = False
    """Let an empty log begin behind the journal that is here: once, by an operator."""

    @model_validator(mode="after")
    def _has_an_address(self) -> Self:
        if self.engine_log:
            host = self.engine_advertised_host or self.bind_host
            if IPv4Address(host).is_unspecified:
                raise ValueError("a replica that binds every address needs engine_advertised_host")
            if not self.engine_fsync:
                raise ValueError(
                    "a replica acknowledges what is on its disk: engine_fsync is needed"
                )
        return self


class SnapshotsConfig(ServiceConfig):
    """Whose snapshots to make, and when: after so many commands, or minutes in which some came; and
    how many of the last events stay at hand.
    """

    engine_data_dir: Path
    engine_segment_bytes: Annotated[int, Field(ge=2 << 20, multiple_of=4096)] = SEGMENT_BYTES
    snapshots_http_port: Port = 9103
    snapshot_every_commands: Annotated[int, Field(ge=1)] = 200_000
    snapshot_every_minutes: Annotated[float, Field(gt=0)] = 10.0
    engine_events_kept: Annotated[int, Field(ge=0)] = EVENTS_KEPT
