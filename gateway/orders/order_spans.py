"""The gateway's spans of one order, of the times that are counted anyway."""

import time
from collections.abc import Sequence

from gateway.metrics import ORDER_STAGES
from gateway.orders.order_terms import packed
from gateway.orders.order_times import current_times
from service.order_traces import OrderTraces


def trace_order(traces: OrderTraces, account_id: int, client_order_id: str, order_id: int) -> None:
    """Have the spans of the order that is being answered made, if it is sampled."""
    trace = traces.sampled(account_id, packed(client_order_id))
    if trace is None:
        return

    def tell(times: Sequence[int]) -> None:
        # Counted by the monotonic clock; told by the wall's, as it is now.
        to_wall_ns = time.time_ns() - time.monotonic_ns()
        wall = [at_ns + to_wall_ns for at_ns in times]
        told: dict[str, str | int] = {"account_id": account_id, "order_id": order_id}
        told["client_order_id"] = client_order_id
        traces.root(trace, wall[0], wall[-1], told)
        for name, begun_ns, ended_ns in zip(ORDER_STAGES.stages, wall, wall[1:], strict=False):
            traces.part(trace, name, begun_ns, ended_ns, {"order_id": order_id})

    current_times().tell = tell
