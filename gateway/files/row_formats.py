"""Rows of market data as the bytes of a file: CSV, lines of JSON, or Parquet. Decimals stay exact:
text in the first two, 128-bit decimals in Parquet.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final, Protocol

import msgspec

from gateway.errors import ApiError
from gateway.types import trading as api

MEDIA_TYPES: Final = {
    "csv": "text/csv",
    "json": "application/json",
    "ndjson": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
}
DECIMAL_DIGITS: Final = 38
DECIMAL_PLACES: Final = 18
"""Of every decimal column of Parquet: no price and no amount here has more."""
_WHOLE: Final = {"trade_id", "trades", "ts_ns", "ts_open_ns"}
_WORDS: Final = {"aggressor_side"}

Row = api.PublicTrade | api.Candle


class RowFile(Protocol):
    """A file made of rows, piece by piece."""

    def rows(self, rows: Sequence[Row]) -> bytes:
        """Return the next bytes."""
        ...

    def end(self) -> bytes:
        """Return the last bytes."""
        ...


def row_file(name: str, row_type: type[Row]) -> RowFile:
    """Return a new file of one of the three formats.

    Raises:
        ApiError: Parquet, and what writes it is not installed here.
    """
    if name == "csv":
        return _Csv(row_type)
    return _JsonLines() if name == "ndjson" else ParquetFile(row_type)


class _Csv:
    def __init__(self, row_type: type[Row]) -> None:
        self._begin = (",".join(row_type.__struct_fields__) + "\n").encode()

    def rows(self, rows: Sequence[Row]) -> bytes:
        # Numbers, decimal text, one of three words: no field holds a comma, quote or line break.
        lines = [",".join(map(_text, msgspec.structs.astuple(row))) for row in rows]
        begin, self._begin = self._begin, b""
        return begin + "".join(f"{line}\n" for line in lines).encode()

    def end(self) -> bytes:
        return self._begin


class _JsonLines:
    def __init__(self) -> None:
        self._encoder = msgspec.json.Encoder()

    def rows(self, rows: Sequence[Row]) -> bytes:
        return self._encoder.encode_lines(rows)

    def end(self) -> bytes:
        return b""


class _Sink:
    """What is written since it was last emptied."""

    closed = False

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._at = 0

    def write(self, data: Any) -> int:
        piece = bytes(data)
        self._pieces.append(piece)
        self._at += len(piece)
        return len(piece)

    def tell(self) -> int:
        return self._at

    def flush(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        self.closed = True

    def taken(self) -> bytes:
        data = b"".join(self._pieces)
        self._pieces.clear()
        return data


class ParquetFile:
    """A Parquet file; each call of ``rows`` makes a row group.

    Raises:
        ApiError: pyarrow is not installed.
    """

    def __init__(self, row_type: type[Row]) -> None:
        try:
            import pyarrow
            from pyarrow import parquet
        except ModuleNotFoundError:
            raise ApiError(
                422,
                "PARQUET_UNAVAILABLE",
                "this exchange cannot write Parquet: ask for csv or ndjson, or install what is in"
                " parquet.lock where it runs (openbell export --format parquet does so)",
            ) from None
        decimal = pyarrow.decimal128(DECIMAL_DIGITS, DECIMAL_PLACES)
        whole, word = pyarrow.int64(), pyarrow.string()
        self._names = row_type.__struct_fields__
        types = [
            whole if name in _WHOLE else word if name in _WORDS else decimal for name in self._names
        ]
        self._schema = pyarrow.schema(list(zip(self._names, types, strict=True)))
        self._table = pyarrow.Table.from_pydict
        self._sink = _Sink()
        self._writer = parquet.ParquetWriter(self._sink, self._schema, compression="zstd")

    def rows(self, rows: Sequence[Row]) -> bytes:
        """Return the next bytes."""
        columns = {name: [_value(name, getattr(row, name)) for row in rows] for name in self._names}
        self._writer.write_table(self._table(columns, schema=self._schema))
        return self._sink.taken()

    def end(self) -> bytes:
        """Return the last bytes."""
        self._writer.close()
        return self._sink.taken()


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _value(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in _WHOLE:
        return int(value)
    return value if name in _WORDS else Decimal(value)
