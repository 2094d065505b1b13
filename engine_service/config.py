"""The configuration of the engine and of what makes its snapshots: the only reader of their
environment.
"""

from pathlib import Path
from typing import Annotated

from pydantic import Field

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
