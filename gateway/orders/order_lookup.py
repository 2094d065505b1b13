"""Where an account's orders and fills are found: in the projection, beyond it in the history.

Every lookup is inside the asker's account, so somebody else's order is not there.
"""

from domain.client_order_ids import InvalidClientOrderId, pack_client_order_id
from domain.instruments import Instrument
from domain.orders import Liquidity, OrderStatus, Side
from gateway.calls.accounts_client import AccountsClient, FillState
from gateway.errors import ApiError, unknown_list, unknown_order, unknown_symbol
from gateway.orders import presenters
from gateway.state.account_view import FillView, OrderListView, OrderView
from gateway.state.feed import Feed
from gateway.state.projection import Projection
from gateway.state.snapshot import OrderState, list_view, order_view
from gateway.types import trading as api


class OrderLookup:
    """Answers with orders and fills, newest first, the projection's word before the history's."""

    def __init__(self, feed: Feed, accounts: AccountsClient) -> None:
        self._feed = feed
        self._accounts = accounts

    def present(self, view: OrderView) -> api.Order:
        """Return an order of the projection, with its fills if they are all known here."""
        market = self._feed.projection.markets[view.instrument_id]
        return presenters.order(market, view, with_fills=view.fills_complete)

    async def placed(self, account_id: int, order_id: int, view: OrderView | None) -> api.Order:
        """Return an order that was just commanded; None: too old to be remembered here.

        Raises:
            ApiError: it is only in the history, and that cannot be reached.
        """
        if view is not None and view.fills_complete:
            return self.present(view)
        return await self.order(account_id, order_id)

    async def order(self, account_id: int, order_id: int) -> api.Order:
        """Return one order with its fills.

        Raises:
            ApiError: not there, or not the account's.
        """
        view = (await self._feed.fresh()).account(account_id).order(order_id)
        if view is not None and view.fills_complete:
            return self.present(view)
        try:
            found = await self._accounts.order(account_id, order_id)
        except ApiError as error:
            if view is not None:
                return self.present(view)
            if error.status == 404:
                raise unknown_order() from error
            raise
        stored = view or order_view(found.order)
        market = self._feed.projection.markets[stored.instrument_id]
        answer = presenters.order(market, stored)
        fills = {fill.trade_id: fill_view(fill) for fill in found.fills}
        if view is not None:
            fills.update({fill.trade_id: fill for fill in view.fills})
        answer.fills = [presenters.fill(market, fills[trade_id]) for trade_id in sorted(fills)]
        return answer

    async def order_by_client_id(self, account_id: int, client_order_id: str) -> api.Order:
        """Return one order by the id its client chose.

        Raises:
            ApiError: not there, or not the account's.
        """
        account = (await self._feed.fresh()).account(account_id)
        view = account.order_by_client_id(client_order_id)
        if view is not None:
            return await self.order(account_id, view.order_id)
        if not is_client_order_id(client_order_id):
            raise unknown_order()
        found = await self._accounts.orders(
            account_id, {"status": "all", "client_order_id": client_order_id, "limit": 1}
        )
        if not found or found[0].client_order_id != client_order_id:
            raise unknown_order()
        return await self.order(account_id, found[0].order_id)

    async def list_view(self, account_id: int, list_id: int) -> OrderListView:
        """Return one list by its id.

        Raises:
            ApiError: not there, or not the account's.
        """
        view = (await self._feed.fresh()).account(account_id).order_list(list_id)
        if view is not None:
            return view
        try:
            return list_view(await self._accounts.order_list(account_id, list_id))
        except ApiError as error:
            raise _no_list(error) from error

    async def list_view_by_client_id(self, account_id: int, client_order_id: str) -> OrderListView:
        """Return one list by the id its client chose.

        Raises:
            ApiError: not there, or not the account's.
        """
        account = (await self._feed.fresh()).account(account_id)
        view = account.order_list_by_client_id(client_order_id)
        if view is not None:
            return view
        if not is_client_order_id(client_order_id):
            raise unknown_list()
        try:
            # The book of record follows: ask for it with all that this account has seen here.
            stored = await self._accounts.order_list_by_client_id(
                account_id, client_order_id, account.orders_seq
            )
        except ApiError as error:
            raise _no_list(error) from error
        return list_view(stored)

    async def order_list(self, account_id: int, view: OrderListView) -> api.OrderList:
        """Return a list with its orders.

        Raises:
            ApiError: an order is only in the history, and that cannot be reached.
        """
        orders = [await self.order(account_id, order_id) for order_id in view.order_ids]
        return presenters.order_list(
            self._feed.projection.markets[view.instrument_id], view, orders
        )

    async def orders(self, account_id: int, query: api.OrderListQuery) -> list[api.Order]:
        """Return orders as asked for.

        Raises:
            ApiError: unknown symbol, or the history cannot be reached.
        """
        projection = await self._feed.fresh()
        chosen = _chosen_orders(projection, account_id, query)
        if query.status != "open":
            asked: dict[str, str | int] = {"status": query.status, "limit": query.limit}
            if query.symbol is not None:
                asked["symbol"] = query.symbol
            if query.before_order_id is not None:
                asked["before_order_id"] = query.before_order_id
            for stored in await self._accounts.orders(account_id, asked):
                self._add_stored(chosen, account_id, stored)
        newest = sorted(chosen, reverse=True)[: query.limit]
        markets = self._feed.projection.markets
        return [
            presenters.order(markets[chosen[order_id].instrument_id], chosen[order_id])
            for order_id in newest
        ]

    def _add_stored(
        self, chosen: dict[int, OrderView], account_id: int, stored: OrderState
    ) -> None:
        """Add an order of the history unless the projection knows it, and better."""
        if self._feed.projection.account(account_id).order(stored.order_id) is None:
            chosen[stored.order_id] = order_view(stored)

    async def fills(self, account_id: int, query: api.FillListQuery) -> list[api.Fill]:
        """Return fills as asked for. With ``before_trade_id`` a symbol is needed.

        Raises:
            ApiError: unknown symbol, or the history cannot be reached.
        """
        projection = await self._feed.fresh()
        instrument = _instrument(projection, query.symbol)
        asked: dict[str, str | int] = {"limit": query.limit}
        if query.symbol is not None:
            asked["symbol"] = query.symbol
        if query.before_trade_id is not None:
            if instrument is None:
                raise ApiError(400, "INVALID_REQUEST", "before_trade_id needs a symbol")
            asked |= _before(projection, account_id, query.before_trade_id, instrument)
        chosen = {
            _fill_key(fill): fill
            for fill in projection.account(account_id).fills
            if (instrument is None or fill.instrument_id == instrument.instrument_id)
            and (query.before_trade_id is None or fill.trade_id < query.before_trade_id)
        }
        for stored in await self._accounts.fills(account_id, asked):
            fill = fill_view(stored)
            chosen.setdefault(_fill_key(fill), fill)
        newest = sorted(chosen, reverse=True)[: query.limit]
        markets = self._feed.projection.markets
        return [presenters.fill(markets[chosen[key].instrument_id], chosen[key]) for key in newest]


def fill_view(stored: FillState) -> FillView:
    """Return a fill of the history as the presenters take it."""
    return FillView(
        trade_id=stored.trade_id,
        order_id=stored.order_id,
        instrument_id=stored.instrument_id,
        side=Side(stored.side),
        price_ticks=stored.price_ticks,
        qty_lots=stored.qty_lots,
        fee_atoms=stored.fee_atoms,
        liquidity=Liquidity(stored.liquidity),
        ts_ns=stored.ts_ns,
        seq=stored.seq,
        list_id=stored.list_id,
    )


def _no_list(error: ApiError) -> ApiError:
    return unknown_list() if error.status == 404 else error


def is_client_order_id(text: str) -> bool:
    """Whether an order or list could have this id."""
    try:
        pack_client_order_id(text)
    except InvalidClientOrderId:
        return False
    return True


def _before(
    projection: Projection, account_id: int, trade_id: int, instrument: Instrument
) -> dict[str, str | int]:
    """Return how the history is asked for what is older than a trade: by event if it is known."""
    for fill in projection.account(account_id).fills:
        if fill.trade_id == trade_id and fill.instrument_id == instrument.instrument_id:
            return {"before_seq": fill.seq}
    return {"before_trade_id": trade_id}


def _fill_key(fill: FillView) -> tuple[int, int]:
    """Newest last; an order trading with its own account has two fills of one event."""
    return fill.seq, fill.order_id


def _instrument(projection: Projection, symbol: str | None) -> Instrument | None:
    if symbol is None:
        return None
    market = projection.market(symbol)
    if market is None:
        raise unknown_symbol()
    return market.instrument


def _chosen_orders(
    projection: Projection, account_id: int, query: api.OrderListQuery
) -> dict[int, OrderView]:
    account = projection.account(account_id)
    instrument = _instrument(projection, query.symbol)
    found: list[OrderView] = []
    if query.status != "closed":
        found += account.open_orders.values()
    if query.status != "open":
        found += account.closed_orders.values()
    before = query.before_order_id
    return {
        order.order_id: order
        for order in found
        if (instrument is None or order.instrument_id == instrument.instrument_id)
        and (before is None or order.order_id < before)
        and order.status is not OrderStatus.REJECTED
    }
