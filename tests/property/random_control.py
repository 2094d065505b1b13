"""Random changes of the venue while it trades; what restricts trading is taken back later."""

from dataclasses import replace
from random import Random
from typing import Final

from domain.commands import Command
from domain.orders import AccountStatus, TradingStatus, VenueStatus
from domain.units import FEE_ACCOUNT_ID, NS_PER_S
from domain.venue_commands import (
    ScheduleTradingStatus,
    SetAccountLimits,
    SetAccountStatus,
    SetAssetLimits,
    SetFees,
    SetFeeTier,
    SetInstrumentRules,
    SetLogicVersion,
    SetVenueStatus,
    UpdateInstrument,
)
from tests.property.random_venue import NO_INSTRUMENT, Venue

_PPM: Final = (0, 1, 333, 250_000, 1_000_000, 1_000_001)
_BPS: Final = (0, 100, 2_000, 10_000, 1_000_000, 1_000_001)


class RandomControl:
    """``take_back`` returns a command that undoes an earlier one, while there is one."""

    def __init__(self, random: Random, venue: Venue) -> None:
        self._random = random
        self._venue = venue
        self._accounts = list(venue.accounts)
        self._undo: list[Command] = []

    def take_back(self) -> Command | None:
        """Return the next command that lifts a restriction; None if there is none to lift."""
        return self._undo.pop(0) if self._undo else None

    def command(self, ts_ns: int) -> Command:
        """Return any change."""
        make = self._random.choices(
            (
                self._update,
                self._rules,
                self._fees,
                self._fee_tier,
                self._account_status,
                self._account_limits,
                self._asset_limits,
                self._venue_status,
            ),
            (4, 4, 3, 3, 2, 3, 4, 1),
        )[0]
        if self._random.randrange(6) == 0:
            return self._schedule(ts_ns)
        return make()

    def _one_in(self, chances: int) -> bool:
        return self._random.randrange(chances) == 0

    def _account_id(self) -> int:
        if self._one_in(20):
            return self._random.choice((0, 5, FEE_ACCOUNT_ID))
        return self._random.choice(self._accounts)

    def _instrument_id(self) -> int:
        if self._one_in(20):
            return self._random.choice((0, NO_INSTRUMENT))
        return self._random.choice(self._venue.instruments).instrument_id

    def _update(self) -> Command:
        terms = self._random.choice(self._venue.instruments)
        if self._one_in(3):
            terms = replace(terms, band_bps=self._random.choice(_BPS[1:]))
        if self._one_in(3):
            maker_ppm, taker_ppm = (self._random.choice(_PPM[:4]) for _ in range(2))
            terms = replace(terms, maker_fee_ppm=maker_ppm, taker_fee_ppm=taker_ppm)
        if self._one_in(4):
            terms = replace(terms, min_notional_atoms=self._random.choice((0, 700, 5_000)))
        if self._one_in(4):
            terms = replace(terms, qty_max_lots=self._random.choice((0, 5, 40, -1)))
        if self._one_in(8):
            terms = replace(terms, symbol=b"OTHER")
        if self._one_in(8):
            terms = replace(terms, base_atoms_per_lot=terms.base_atoms_per_lot + 1)
        names = UpdateInstrument.__dataclass_fields__
        return UpdateInstrument(**{name: getattr(terms, name) for name in names})

    def _rules(self) -> Command:
        rules = SetInstrumentRules(
            instrument_id=self._instrument_id(),
            collar_bps=self._random.choice((0, 0, 300, 1_000, 10_000, 1_000_001)),
            breaker_bps=self._random.choice((0, 0, 100, 300, 1_000, 10_000)),
            breaker_window_s=self._random.choice((0, 1, 1, 2, 86_400, 86_401)),
            auction_s=self._random.choice((0, 1, 1, 1, 2)),
            reference_price_ticks=self._random.choice((0, 0, 97, 100, -1)),
        )
        self._undo.append(replace(rules, collar_bps=0, breaker_bps=0, reference_price_ticks=97))
        return rules

    def _fees(self) -> Command:
        return SetFees(
            instrument_id=self._instrument_id(),
            tier=self._random.choice((0, 1, 1, 2, 2, 15, 16)),
            maker_fee_ppm=self._random.choice(_PPM),
            taker_fee_ppm=self._random.choice(_PPM),
        )

    def _fee_tier(self) -> Command:
        tier = self._random.choice((0, 1, 1, 2, 2, 15, 16))
        return SetFeeTier(account_id=self._account_id(), tier=tier)

    def _account_status(self) -> Command:
        account_id = self._account_id()
        statuses = (AccountStatus.ACTIVE, AccountStatus.CANCEL_ONLY, AccountStatus.SUSPENDED)
        if self._one_in(3 * len(self._accounts)):  # for ever: only one of them
            return SetAccountStatus(
                account_id=self._accounts[-1], account_status=AccountStatus.CLOSED
            )
        status = SetAccountStatus(
            account_id=account_id, account_status=self._random.choice(statuses)
        )
        self._undo.append(replace(status, account_status=AccountStatus.ACTIVE))
        return status

    def _account_limits(self) -> Command:
        limits = SetAccountLimits(
            account_id=self._account_id(),
            open_orders_max=self._random.choice((0, 3, 20, 10_000, 10_001)),
            orders_per_s=self._random.choice((0, 5, 1_000_000, 1_000_001)),
            orders_burst=self._random.choice((0, 1, 4, 50)),
        )
        self._undo.append(SetAccountLimits(account_id=limits.account_id))
        return limits

    def _asset_limits(self) -> Command:
        limits = SetAssetLimits(
            account_id=self._account_id(),
            asset_id=self._random.choice((0, 1, 2, 3, 3, 9)),
            position_max_atoms=self._random.choice((0, 1, 100_000, 120_000, 2**62, -1)),
            order_notional_max_atoms=self._random.choice((0, 0, 600, 4_000, 2**62 + 1)),
        )
        self._undo.append(replace(limits, position_max_atoms=0, order_notional_max_atoms=0))
        return limits

    def _venue_status(self) -> Command:
        if self._one_in(8):
            return SetLogicVersion(logic_version=self._random.randrange(4))
        self._undo.insert(0, SetVenueStatus(venue_status=VenueStatus.OPEN))
        return SetVenueStatus(venue_status=self._random.choice(list(VenueStatus)))

    def _schedule(self, ts_ns: int) -> Command:
        statuses = [status for status in TradingStatus if status is not TradingStatus.CLOSED]
        change = ScheduleTradingStatus(
            instrument_id=self._instrument_id(),
            trading_status=self._random.choice(statuses),
            at_s=self._random.choice((0, *[ts_ns // NS_PER_S + ahead for ahead in (0, 1, 1, 2)])),
        )
        back = replace(change, trading_status=TradingStatus.TRADING, at_s=change.at_s + 1)
        self._undo.append(back)
        return change
