"""Orders: the enumerations every layer shares. Zero is never a valid value, so a forgotten field is
refused.
"""

from enum import STRICT, IntEnum, IntFlag


class Side(IntEnum):
    """FIX 54. BUY pays quote and receives base; SELL the reverse."""

    BUY = 1
    SELL = 2

    @property
    def opposite(self) -> "Side":
        """The other side."""
        return Side(3 - self)


class AggressorSide(IntEnum):
    """FIX 2446, of a trade: the side that arrived; NONE in an auction, where both had waited."""

    NONE = 0
    BUY = 1
    SELL = 2


class OrderType(IntEnum):
    """FIX 40. An iceberg is a LIMIT with a display quantity."""

    LIMIT = 1
    MARKET = 2
    STOP = 3
    STOP_LIMIT = 4
    TAKE_PROFIT = 5
    TAKE_PROFIT_LIMIT = 6
    TRAILING_STOP = 7


CONDITIONAL_TYPES = frozenset(
    {
        OrderType.STOP,
        OrderType.STOP_LIMIT,
        OrderType.TAKE_PROFIT,
        OrderType.TAKE_PROFIT_LIMIT,
        OrderType.TRAILING_STOP,
    }
)
"""They wait, outside the book, for a trade at their trigger price."""


class TimeInForce(IntEnum):
    """FIX 59."""

    GTC = 1
    IOC = 2
    FOK = 3
    GTD = 4


class SelfTradePrevention(IntEnum):
    """FIX 2964. When an order meets one of the same group; the aggressor's mode rules."""

    NONE = 1
    CANCEL_MAKER = 2
    CANCEL_TAKER = 3
    CANCEL_BOTH = 4
    DECREMENT = 5


class OrderFlag(IntFlag, boundary=STRICT):
    """Order options, one bit each."""

    POST_ONLY = 1


class ContingencyType(IntEnum):
    """FIX 1385, of an order list. OCO: one cancels the other."""

    OCO = 1


class OrderStatus(IntEnum):
    """FIX 39."""

    PENDING_TRIGGER = 1
    NEW = 2
    PARTIALLY_FILLED = 3
    FILLED = 4
    CANCELED = 5
    REJECTED = 6
    EXPIRED = 7


class Liquidity(IntEnum):
    """FIX 851. MAKER rested in the book, TAKER arrived."""

    MAKER = 1
    TAKER = 2


class TradingStatus(IntEnum):
    """FIX 326, of an instrument."""

    TRADING = 1
    AUCTION = 2
    CANCEL_ONLY = 3
    HALT = 4
    CLOSED = 5


class StatusCause(IntEnum):
    """Why an instrument's trading status changed."""

    REQUESTED = 1
    SCHEDULED = 2
    BREAKER = 3
    """A trade outside the volatility band was about to happen."""
    AUCTION_ENDED = 4
    """The auction's time was over."""


class AccountStatus(IntEnum):
    """What an account may do. SUSPENDED and CLOSED ones have no open order."""

    ACTIVE = 1
    CANCEL_ONLY = 2
    SUSPENDED = 3
    CLOSED = 4


class VenueStatus(IntEnum):
    """Of the whole venue. HALTED: nothing is entered, amended, triggered or uncrossed."""

    OPEN = 1
    HALTED = 2


OPEN_STATUSES = frozenset(
    {OrderStatus.PENDING_TRIGGER, OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED}
)
