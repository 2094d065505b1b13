"""Room for events is made before a batch begins: for what the batch itself sets going, too."""

import pytest

from domain.commands import Command, CreateAsset, CreateInstrument, SetTradingStatus
from domain.events import ControlRejected, TradingStatusChanged
from domain.orders import TradingStatus
from domain.venue_commands import SetInstrumentRules
from engine_core import CORES, core_type
from schemas.codec import decode_events, encode_command

TS_NS = 10**18
VENUE: tuple[Command, ...] = (
    CreateAsset(asset_id=1, scale=0, name=b"COIN"),
    CreateAsset(asset_id=2, scale=0, name=b"CASH"),
    CreateInstrument(
        instrument_id=1,
        symbol=b"COIN-CASH",
        base_asset_id=1,
        quote_asset_id=2,
        quote_atoms_per_tick_lot=1,
        base_atoms_per_lot=1,
        maker_fee_ppm=0,
        taker_fee_ppm=0,
        band_bps=100,
    ),
    SetTradingStatus(instrument_id=1, trading_status=TradingStatus.TRADING),
    SetInstrumentRules(instrument_id=1, auction_s=1, reference_price_ticks=100),
)


@pytest.mark.parametrize("commands", range(1, 6))
@pytest.mark.parametrize("twin", CORES)
def test_a_batch_whose_first_command_starts_an_auction_has_room_for_its_end(
    twin: str, commands: int
) -> None:
    before = core_type(twin)()
    for command in VENUE:
        before.apply(encode_command(command), TS_NS)
    core = core_type(twin).load(before.save())  # it has made no more room than it needed
    auction = SetTradingStatus(instrument_id=1, trading_status=TradingStatus.AUCTION)
    events, _ = core.apply(encode_command(auction) * commands, TS_NS)
    kinds = [type(event) for event in decode_events(events)]
    assert kinds == [TradingStatusChanged] + [ControlRejected] * (commands - 1)
