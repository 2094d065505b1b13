"""Other venues' trades are read as their layouts say; what is not of the layout is told by line."""

import gzip
import json
import zipfile
from pathlib import Path

import pytest

from domain.orders import AggressorSide
from replay.errors import BadStream
from replay.importers.trade_files import ForeignTrade, detect_trades, read_trades

BUY, SELL = int(AggressorSide.BUY), int(AggressorSide.SELL)
MS_NS, US_NS = 1_626_627_195_399 * 10**6, 1_735_689_600_123_456 * 10**3
GOLDEN = {
    "binance-trades": (
        "959699953,31504.61000000,0.12039400,3792.96601634,1626627195399,False,True\n"
        "959699954,31504.62000000,0.00100000,31.50462000,1735689600123456,True,True\n",
        [
            ForeignTrade(959699953, MS_NS, "31504.61000000", "0.12039400", BUY, 1),
            ForeignTrade(959699954, US_NS, "31504.62000000", "0.00100000", SELL, 1),
        ],
    ),
    "binance-agg-trades": (
        "26129,0.01633102,4.70443515,27781,27783,1626627195399,True,True\n"
        "26130,0.01633103,1.00000000,27784,27784,1735689600123456,false,true\n",
        [
            ForeignTrade(26129, MS_NS, "0.01633102", "4.70443515", SELL, 3),
            ForeignTrade(26130, US_NS, "0.01633103", "1.00000000", BUY, 1),
        ],
    ),
    "kraken-trades": (
        '{"error":[],"result":{"XXBTZUSD":[["30243.40000","0.34507674",1688669597.8277369,"b",'
        '"m","",61044952],["30243.30000","0.00376960",1688669598.2804112,"s","l","",61044953]],'
        '"last":"1688671969993150842"}}',
        [
            ForeignTrade(61044952, 1688669597827736900, "30243.40000", "0.34507674", BUY, 1),
            ForeignTrade(61044953, 1688669598280411200, "30243.30000", "0.00376960", SELL, 1),
        ],
    ),
    "openbell-trades": (
        "trade_id,price,qty,aggressor_side,ts_ns\n1,64000.00,0.00400,sell,17\n"
        "2,64000.10,0.00001,none,18\n",
        [
            ForeignTrade(1, 17, "64000.00", "0.00400", SELL, 1),
            ForeignTrade(2, 18, "64000.10", "0.00001", 0, 1),
        ],
    ),
}


@pytest.mark.parametrize("source", sorted(GOLDEN))
@pytest.mark.parametrize("wrapped", ["plain", "gzip", "zip"])
def test_a_file_shows_its_layout_and_reads_as_it_says(
    tmp_path: Path, source: str, wrapped: str
) -> None:
    text, trades = GOLDEN[source]
    path = tmp_path / "file"
    if wrapped == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("trades.csv", text)
    else:
        path.write_bytes(gzip.compress(text.encode()) if wrapped == "gzip" else text.encode())
    assert detect_trades(path) == source
    assert list(read_trades(path, source)) == trades


def test_a_header_of_column_names_is_passed_over(tmp_path: Path) -> None:
    text, trades = GOLDEN["binance-trades"]
    path = tmp_path / "file"
    path.write_text("id,price,qty,quote_qty,time,is_buyer_maker,is_best_match\n" + text)
    assert list(read_trades(path, "binance-trades")) == trades


def test_several_answers_of_kraken_follow_each_other(tmp_path: Path) -> None:
    text, trades = GOLDEN["kraken-trades"]
    later = json.loads(text)
    later["result"]["XXBTZUSD"] = [["1.5", "2", "1700000000", "s", "m", "", 61044954]] * 20_000
    path = tmp_path / "file"
    path.write_text(f"{text}\n{json.dumps(later)}\n")
    found = list(read_trades(path, "kraken-trades"))
    assert found[:2] == trades and len(found) == 20_002
    assert found[-1] == ForeignTrade(61044954, 17 * 10**17, "1.5", "2", SELL, 1)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("binance-trades", "1,2,3,4,1626627195399,False,True\n1,2,3,4,5\n"),
        ("binance-trades", "1,2,3,4,1626627195399,False,True\n1,2,3,4,5,perhaps,True\n"),
        ("binance-agg-trades", "1,2,3,4,5,6,True,True\n1,2,3,9,4,6,True,True\n"),
        ("openbell-trades", "trade_id,price,qty,aggressor_side,ts_ns\n1,2,3,bid,4\n"),
    ],
)
def test_a_row_of_another_layout_is_told_by_its_line(
    tmp_path: Path, source: str, text: str
) -> None:
    path = tmp_path / "file"
    path.write_text(text)
    with pytest.raises(BadStream, match="line 2"):
        list(read_trades(path, source))


@pytest.mark.parametrize(
    "text",
    [
        '{"error":["EGeneral:Too many requests"],"result":{}}',
        '{"error":[],"result":{"A":[],"B":[],"last":"1"}}',
        '{"error":[],"result":{"A":[["1","2",3.5,"b","m",""]],"last":"1"}}',
        '{"error":[],"result":{"A":[["1","2",3.5',
        "[1]",
    ],
)
def test_an_answer_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "file"
    path.write_text(text)
    with pytest.raises(BadStream):
        list(read_trades(path, "kraken-trades"))


@pytest.mark.parametrize("content", [b"\x00\x0cS\x00\x00", b"1,2,3\n", b"", b'{"trade_id":1}'])
def test_what_is_no_trade_file_shows_no_layout(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    assert detect_trades(path) is None


@pytest.mark.parametrize("cut", [b"\x1f\x8b\x08 cut off", b"PK\x03\x04 cut off"])
def test_an_archive_that_was_cut_off_is_refused(tmp_path: Path, cut: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(cut)
    with pytest.raises(BadStream, match="unpacked"):
        detect_trades(path)


def test_a_file_that_stops_being_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file"
    row = b"1,100.00,0.5,50.0,1700000000000,True,True\n"
    path.write_bytes(row * 1_000 + b"\xff\xfe")
    with pytest.raises(BadStream, match="no text"):
        list(read_trades(path, "binance-trades"))
