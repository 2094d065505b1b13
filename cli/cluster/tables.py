"""What people see of a cluster."""

from __future__ import annotations

from collections.abc import Mapping

from rich.table import Table

from cli.cluster.replicas import ReplicaPlace, ReplicaState
from cli.screen import console


def show_replicas(states: Mapping[ReplicaPlace, ReplicaState | None]) -> None:
    """Print one line an engine."""
    table = Table(box=None, pad_edge=False)
    for column in ("engine", "is", "epoch", "udp"):
        table.add_column(column)
    for place, state in states.items():
        if state is None:
            table.add_row(place.name, "away", "", str(place.udp_port))
            continue
        role = "leader" if state.leads else f"follower, at entry {state.applied_entry:,}"
        table.add_row(place.name, role, str(state.epoch), str(place.udp_port))
    console.print(table)
