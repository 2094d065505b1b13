"""ITCH 5.0 and LOBSTER messages become flow records, by both twins, however the file is cut."""

import gzip
import random
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from domain.orders import Side
from replay.errors import BadStream
from replay.importers import drawn_day
from replay.importers.order_files import (
    FLOW,
    ITCH,
    LOBSTER,
    Decoder,
    decoder,
    detect_orders,
    read_orders,
)
from replay.order_flow import RECORD, FlowKind, equity_terms, read_terms, write_terms
from replay.workload import WORKLOAD

LIVELY = replace(WORKLOAD, floor=20)
"""Cancels meet an order from the beginning on."""
BUY, SELL = int(Side.BUY), int(Side.SELL)
TWINS = pytest.mark.parametrize("twin", ["reference", "compiled"])
TIME = "1f 1a ce d9 f0 00"  # 34,200 s after midnight, in ns
HEAD = f"0007 0000 {TIME}"
STOCK = "44 52 41 57 4e 20 20 20"
# Each message as the specification's tables say, type by type.
ITCH_GOLDEN = [
    (f"000c 53 0000 0000 {TIME} 51", (0, 0, 0, 0, 0, FlowKind.SYSTEM, 0), 0, 0x51),
    (f"0019 48 {HEAD} {STOCK} 48 20 54312020", (0, 0, 0, 0, 7, FlowKind.STATUS, 0), 0, 0x48),
    (
        f"0024 41 {HEAD} 0000000000000102 42 00000064 {STOCK} 000f4240",
        (0x102, 0, 100, 1_000_000, 7, FlowKind.ADD, BUY),
        0x102,
        0,
    ),
    (
        f"0028 46 {HEAD} ffffffffffffff01 53 ffffffff {STOCK} 80000000 4d504944",
        (0, 0, 2**32 - 1, 2**31, 7, FlowKind.ADD, SELL),
        0xFFFFFFFFFFFFFF01,
        0,
    ),
    (
        f"001f 45 {HEAD} 0000000000000102 0000000a 00000000000000ff",
        (0, 0, 10, 0, 7, FlowKind.EXECUTE, 0),
        0x102,
        0xFF,
    ),
    (
        f"0024 43 {HEAD} 0000000000000102 0000000a 00000000000000ff 4e 000f4241",
        (0, 0, 10, 1_000_001, 7, FlowKind.EXECUTE_AT, 0),
        0x102,
        0xFF,
    ),
    (
        f"0017 58 {HEAD} 0000000000000102 0000000b",
        (0, 0, 11, 0, 7, FlowKind.REDUCE, 0),
        0x102,
        0,
    ),
    (f"0013 44 {HEAD} 0000000000000102", (0, 0, 0, 0, 7, FlowKind.DELETE, 0), 0x102, 0),
    (
        f"0023 55 {HEAD} 0000000000000102 0000000000000103 0000000c 000f4242",
        (0, 0, 12, 1_000_002, 7, FlowKind.REPLACE, 0),
        0x102,
        0x103,
    ),
    (
        f"002c 50 {HEAD} 0000000000000000 42 0000000d {STOCK} 000f4243 0000000000000100",
        (0, 0, 13, 1_000_003, 7, FlowKind.HIDDEN, BUY),
        0,
        0x100,
    ),
    (
        f"0028 51 {HEAD} 0000000100000000 {STOCK} 000f4244 0000000000000101 4f",
        (0, 0, 2**32, 1_000_004, 7, FlowKind.CROSS, 0),
        0,
        0x101,
    ),
]


def _fed(reading: Decoder, data: bytes, cut: Callable[[], int]) -> bytes:
    found, at = b"", 0
    while at < len(data):
        step = cut()
        found += reading.feed(data[at : at + step])
        at += step
    return found + reading.end()


@TWINS
@pytest.mark.parametrize("at", range(len(ITCH_GOLDEN)))
def test_each_itch_message_reads_as_its_table_says(twin: str, at: int) -> None:
    text, fields, order_ref, other_ref = ITCH_GOLDEN[at]
    (record,) = RECORD.iter_unpack(decoder(ITCH, "", twin).feed(bytes.fromhex(text)))
    assert record == (34_200 * 10**9, order_ref, other_ref, *fields[2:])


@TWINS
def test_of_all_stocks_the_one_wanted_is_told_by_its_directory(twin: str) -> None:
    reading = decoder(ITCH, "DRAWN", twin)
    directory = f"0027 52 {HEAD} {STOCK} {'20' * 20}"
    order = "0013 44 {:04x} 0000 " + TIME + " 0000000000000102"
    messages = [order.format(7), directory, order.format(7), order.format(8), order.format(0)]
    found = b"".join(reading.feed(bytes.fromhex(text)) for text in messages)
    assert [row[5] for row in RECORD.iter_unpack(found)] == [7, 0]
    assert reading.messages == 5


@TWINS
@pytest.mark.parametrize(
    "text",
    [
        f"0012 44 {HEAD} 00000000000001",
        f"0014 44 {HEAD} 0000000000000102 00",
        "0005 44 0007 0000",
        f"0024 41 {HEAD} 0000000000000102 58 00000064 {STOCK} 000f4240",
        f"0026 52 {HEAD} {STOCK} {'20' * 19}",
    ],
)
def test_an_itch_message_of_another_layout_is_told_by_its_place(twin: str, text: str) -> None:
    reading = decoder(ITCH, "", twin)
    good = bytes.fromhex(f"0013 44 {HEAD} 0000000000000102")
    reading.feed(good)
    with pytest.raises(BadStream, match="byte 23 "):
        reading.feed(bytes.fromhex(text))


@TWINS
def test_a_torn_itch_file_is_told(twin: str) -> None:
    reading = decoder(ITCH, "", twin)
    reading.feed(bytes.fromhex(f"0013 44 {HEAD} 00"))
    with pytest.raises(BadStream, match="torn"):
        reading.end()


LOBSTER_GOLDEN = [
    (b"34200.017459617,5,0,1,2238200,-1", (0, 1, 2_238_200, FlowKind.HIDDEN, SELL), 0),
    (b"34200.189607670,1,11885113,21,2238100,1", (11885113, 21, 2_238_100, FlowKind.ADD, BUY), 0),
    (b"34200.19,2,11885113,1,2238100,1", (11885113, 1, 2_238_100, FlowKind.REDUCE, BUY), 0),
    (b"34201,3,11885113,20,2238100,1", (11885113, 20, 2_238_100, FlowKind.DELETE, BUY), 0),
    (b"34201.5,4,3911376,20,2238200,-1", (3911376, 20, 2_238_200, FlowKind.EXECUTE, SELL), 0),
    (b"34201.5,6,-1,8000,2238150,-1", (0, 8_000, 2_238_150, FlowKind.CROSS, SELL), 0),
    (b"34713.685155243,7,0,0,-1,-1", (0, 0, 0, FlowKind.STATUS, 0), ord("H")),
    (b"34713.685155243,7,0,0,0,-1", (0, 0, 0, FlowKind.STATUS, 0), ord("Q")),
    (b"34713.685155243,7,0,0,1,-1\r", (0, 0, 0, FlowKind.STATUS, 0), ord("T")),
]


@TWINS
def test_each_lobster_line_reads_as_its_columns_say(twin: str) -> None:
    data = b"\n".join(line for line, _, _ in LOBSTER_GOLDEN)
    reading = decoder(LOBSTER, "", twin)
    rows = list(RECORD.iter_unpack(reading.feed(data) + reading.end()))
    for row, (_, fields, other_ref) in zip(rows, LOBSTER_GOLDEN, strict=True):
        assert (row[1], *row[3:5], *row[6:]) == fields and row[2] == other_ref
    assert [row[0] for row in rows[:4]] == [
        34_200_017_459_617,
        34_200_189_607_670,
        34_200_190_000_000,
        34_201_000_000_000,
    ]


@TWINS
@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"34200.1,8,1,1,1,1",
        b"34200.1,1,1,1,1",
        b"34200.1,1,1,1,1,1,1",
        b"34200.1,1,1,1,1,0",
        b"34200.1,1,x,1,1,1",
        b"34200.1,1,1,-1,1,1",
        b"34200.1,1,1,1,-1,1",
        b"34200.x,1,1,1,1,1",
        b".5,1,1,1,1,1",
        b"34200.1,7,0,0,2,-1",
        b"34200.1,1,1234567890123456789,1,1,1",
        b"1000000000.0,1,1,1,1,1",
    ],
)
def test_a_line_that_is_no_lobster_message_is_told_by_its_number(twin: str, line: bytes) -> None:
    with pytest.raises(BadStream, match="line 2 "):
        decoder(LOBSTER, "", twin).feed(b"34200.1,1,1,1,1,1\n" + line + b"\n")


@TWINS
def test_a_piece_of_the_shortest_lines_there_are_is_read_whole(twin: str) -> None:
    lines = 100_000
    records = decoder(LOBSTER, "", twin).feed(b"0,7,,,0,1\n" * lines)
    assert records == records[: RECORD.size] * lines


@TWINS
def test_a_line_without_an_end_is_refused_before_it_fills_the_memory(twin: str) -> None:
    with pytest.raises(BadStream, match="too long"):
        decoder(LOBSTER, "", twin).feed(b"1" * 1_000)


@TWINS
@pytest.mark.parametrize("source", [ITCH, LOBSTER])
def test_a_day_reads_the_same_however_it_is_cut(twin: str, source: str) -> None:
    records = list(drawn_day.DrawnDay(LIVELY, 3_000).records())
    kinds = {FlowKind(row[6]) for row in records}
    assert kinds == set(FlowKind)
    if source == ITCH:
        data, wanted = b"".join(drawn_day.itch(records)), records
        stock = drawn_day.STOCK
    else:
        data, stock = b"".join(drawn_day.lobster(records)), ""
        wanted = list(RECORD.iter_unpack(_fed(decoder(LOBSTER, "", "reference"), data, lambda: 99)))
        assert len(wanted) > len(records)
    draws = random.Random(4)
    for cut in (lambda: 1 << 20, lambda: draws.randrange(1, 400)):
        found = _fed(decoder(source, stock, twin), data, cut)
        assert list(RECORD.iter_unpack(found)) == wanted


@TWINS
@pytest.mark.parametrize("source", [ITCH, LOBSTER])
def test_damage_is_refused_alike_by_both_twins(twin: str, source: str) -> None:
    records = list(drawn_day.DrawnDay(LIVELY, 60).records())
    write = drawn_day.itch if source == ITCH else drawn_day.lobster
    whole, draws = b"".join(write(records)), random.Random(9)
    for _ in range(300):
        data = bytearray(whole)
        for _ in range(draws.randrange(1, 4)):
            data[draws.randrange(len(data))] = draws.randrange(256)
        outcomes = []
        for name in ("reference", twin):
            reading = decoder(source, "", name)
            try:
                outcomes.append(reading.feed(bytes(data)) + reading.end())
            except BadStream as error:
                outcomes.append(str(error).encode())
        assert outcomes[0] == outcomes[1]


def test_a_file_shows_its_layout_plain_or_gzipped(tmp_path: Path) -> None:
    records = list(drawn_day.DrawnDay(LIVELY, 200).records())
    packed = b"".join(RECORD.pack(*row) for row in records)
    path = tmp_path / "file"
    terms = equity_terms("DRAWN-USD", ITCH)
    with path.open("wb") as file:
        write_terms(file, terms)
        file.write(packed)
    with path.open("rb") as file:
        assert read_terms(file) == terms
    assert detect_orders(path) == FLOW
    assert b"".join(read_orders(path, FLOW)) == packed
    for source, write in ((ITCH, drawn_day.itch), (LOBSTER, drawn_day.lobster)):
        data = b"".join(write(records))
        for content in (data, gzip.compress(data)):
            path.write_bytes(content)
            assert detect_orders(path) == source
            read: list[int] = []
            assert len(b"".join(read_orders(path, source, "", read.append))) >= len(packed)
            assert read[-1] == len(content)
    path.write_bytes(b"nothing of the kind")
    assert detect_orders(path) is None


def test_a_gzipped_file_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    records = list(drawn_day.DrawnDay(LIVELY, 200).records())
    path = tmp_path / "file.gz"
    path.write_bytes(gzip.compress(b"".join(drawn_day.itch(records)))[:-100])
    with pytest.raises(BadStream, match="unpacked"):
        list(read_orders(path, ITCH))


@pytest.mark.parametrize("damage", [b"", b"OBFLOW1\n", b"OBFLOW1\n" + struct.pack("<I", 2) + b"[]"])
def test_a_flow_file_without_terms_is_refused(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(damage)
    with pytest.raises(BadStream):
        list(read_orders(path, FLOW))
