"""The result a stream must give, worked out by the plain matcher: for prefixes and home-made
streams.
"""

from collections.abc import Iterable

from replay.result import FillHash, Result
from replay.workload import OP_CANCEL, OP_LIMIT, RECORD, SIDE_BUY, SIDE_SELL, PlainBook


def expected_result(records: Iterable[tuple[int, int, int, int, int, int]]) -> Result:
    """Return what any correct engine must make of ``records`` (the fields of ``RECORD``)."""
    book = PlainBook()
    digest = FillHash()
    fills = traded = hits = rested = 0
    for op, side, _, qty, price, order_id in records:
        if op == OP_CANCEL:
            hits += book.cancel(order_id)
            continue
        made = book.limit(order_id, side, price, qty) if op == OP_LIMIT else book.market(side, qty)
        rested += order_id in book
        for maker_id, fill_price, filled in made:
            fills += 1
            traded += filled
            digest.update(maker_id, order_id, fill_price, filled)
    bids, asks = book.depth(SIDE_BUY), book.depth(SIDE_SELL)
    return Result(
        fills=fills,
        traded_qty_lots=traded,
        makers_completed=rested - hits - len(book.live),
        cancels_that_hit=hits,
        resting_orders=len(book.live),
        bid_levels=len(bids),
        ask_levels=len(asks),
        best_bid_ticks=bids[0][0] if bids else 0,
        best_ask_ticks=asks[0][0] if asks else 0,
        resting_qty_lots=sum(qty for _, qty in bids + asks),
        fnv1a64=digest.hexdigest(),
    )


def read_records(data: bytes) -> Iterable[tuple[int, int, int, int, int, int]]:
    """Yield the fields of each record in a stream file's bytes."""
    return RECORD.iter_unpack(data)
