"""Statements and exports, of the native API; a part of the client."""

from client.book_types import Ledger, Statement
from client.calls import Calls


class BookCalls(Calls):
    """What an account's books say."""

    async def statement(self, from_date: str, to_date: str) -> Statement:
        """Return the statement of some days, such as "2026-11-01" to "2026-11-30", both included;
        at most 366.
        """
        query = {"from_date": from_date, "to_date": to_date}
        return await self.call("GET", "/statement", Statement, query=query)

    async def ledger(
        self, asset: str | None = None, limit: int | None = None, before: str | None = None
    ) -> Ledger:
        """Return a page of what the account's balances were made of, newest first; ``before``: the
        ``cursor`` of the page before.
        """
        query = {"asset": asset, "limit": limit, "before": before}
        return await self.call("GET", "/ledger", Ledger, query=query)
