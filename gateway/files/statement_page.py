"""A statement as a page that can be printed, and as a table for programs. Pure."""

import base64
import csv
import hashlib
import io
from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

from gateway.types.statements import Statement

_STYLE: Final = (
    "body{font:14px system-ui,sans-serif;margin:2em;color:#111}"
    "table{border-collapse:collapse;margin:0 0 2em}caption{text-align:left;font-weight:600}"
    "th,td{padding:.3em 1em .3em 0;border-bottom:1px solid #ccc;text-align:left}"
    ".n{text-align:right;font-variant-numeric:tabular-nums}@media print{body{margin:0}}"
)
_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
PAGE_POLICY: Final = f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'"
"""The page's Content-Security-Policy: its own style and nothing else."""
_COLUMNS: Final = "section name code side liquidity count received paid opening closing".split()


def as_csv(told: Statement) -> str:
    """Return one row for each asset, each movement, and each kind of fills (whose received is what
    was traded, and paid the fee).
    """
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\r\n")
    rows.writerow(_COLUMNS)
    for one in told.assets:
        rows.writerow(["asset", one.asset, "", "", "", "", "", "", one.opening, one.closing])
        for moved in one.movements:
            counted = (moved.postings, moved.received, moved.paid)
            rows.writerow(["movement", one.asset, moved.code, "", "", *counted, "", ""])
    for fills in told.fills:
        counted = (fills.fills, fills.qty, fills.fee)
        kind = (fills.fee_asset, fills.side, fills.liquidity)
        rows.writerow(["fills", fills.symbol, *kind, *counted, "", fills.quote_qty])
    return text.getvalue()


def as_page(told: Statement) -> str:
    """Return the statement as HTML."""
    period = f"{escape(told.from_date)} to {escape(told.to_date)}"
    balances = [(one.asset, one.opening, one.closing) for one in told.assets]
    moved = [
        (one.asset, each.code, str(each.postings), each.received, each.paid)
        for one in told.assets
        for each in one.movements
    ]
    fills = [
        (
            one.symbol,
            one.side,
            one.liquidity,
            str(one.fills),
            one.qty,
            one.quote_qty,
            f"{one.fee} {one.fee_asset}",
        )
        for one in told.fills
    ]
    tables = (
        _table("Balances", ("Asset", "Opening", "Closing"), balances, 1),
        _table("Movements", ("Asset", "Cause", "Postings", "Received", "Paid"), moved, 2),
        _table(
            "Fills and fees",
            ("Instrument", "Side", "Liquidity", "Fills", "Quantity", "Value", "Fee"),
            fills,
            3,
        ),
    )
    title = f"Statement of account {told.account_id}"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}, {period}'
        f"</title><style>{_STYLE}</style></head><body><h1>{title}</h1><p>{period}, UTC; moved by "
        f"ledger events {told.first_seq} to {told.last_seq}.</p>{''.join(tables)}</body></html>"
    )


def _table(
    caption: str, head: Sequence[str], rows: Iterable[Sequence[str]], numbers_from: int
) -> str:
    """Return one table; columns from ``numbers_from`` on hold numbers."""

    def cells(kind: str, texts: Sequence[str]) -> str:
        return "".join(
            f"<{kind}{_NUMBER if at >= numbers_from else ''}>{escape(text)}</{kind}>"
            for at, text in enumerate(texts)
        )

    body = "".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    return f"<table><caption>{caption}</caption><tr>{cells('th', head)}</tr>{body}</table>"


_NUMBER: Final = ' class="n"'
