"""Why not, and why ended: numbered for ever. A number is never reused; new reasons are added at the
end.
"""

from enum import IntEnum


class RejectReason(IntEnum):
    """Why a command was refused. Nothing changed, except that the answer is remembered under the
    request's key.
    """

    NONE = 0
    MALFORMED = 1
    """A field outside its enumeration, a reserved byte set, a field set that this command does not
    have.
    """
    UNKNOWN_COMMAND = 2
    UNKNOWN_ACCOUNT = 3
    UNKNOWN_INSTRUMENT = 4
    UNKNOWN_ASSET = 5
    UNKNOWN_ORDER = 6
    """No open order with that id belongs to this account (not yours and not there answer the same).
    """
    ACCOUNT_NOT_TRADABLE = 7
    """Suspended, closed, or one of the venue's own accounts."""
    INSTRUMENT_NOT_TRADING = 8
    INVALID_PRICE = 9
    INVALID_QUANTITY = 10
    NOTIONAL_TOO_SMALL = 11
    NOTIONAL_TOO_LARGE = 12
    INSUFFICIENT_FUNDS = 13
    POST_ONLY_WOULD_TAKE = 14
    NO_LIQUIDITY = 15
    """A market order met an empty opposite side."""
    UNSUPPORTED_ORDER_TYPE = 16
    UNSUPPORTED_TIME_IN_FORCE = 17
    UNSUPPORTED_COMBINATION = 18
    """Options that exclude each other, such as FOK with DECREMENT or post-only with IOC."""
    STALE = 19
    """Past its valid-until time: it was never executed and never will be."""
    KEY_REUSED = 20
    """This client order id was used before, for different content."""
    DEDUPE_FULL = 21
    DUPLICATE_CLIENT_ORDER_ID = 22
    """Same key and content as before; the answer beside it is the original one."""
    INVALID_CLIENT_ORDER_ID = 23
    TOO_MANY_OPEN_ORDERS = 24
    NOTHING_TO_CHANGE = 25
    """A replace that asks for what already is."""
    SUPPLY_LIMIT = 26
    SOURCE_SEQ_GAP = 27
    """A money command that is not the next of its source."""
    SOURCE_SEQ_REPEATED = 28
    """A money command that was executed before: safe to count as done."""
    ALREADY_EXISTS = 29
    INVALID_INSTRUMENT = 30
    INVALID_ASSET = 31
    INVALID_AMOUNT = 32
    CAPACITY = 33
    """A named bound of the engine is reached (accounts, assets, instruments, orders)."""
    INVALID_TRANSITION = 34
    INVALID_TRIGGER_PRICE = 35
    WOULD_TRIGGER_AT_ONCE = 36
    """The condition of a stop or take-profit is already met by the last trade."""
    INVALID_DISPLAY_QUANTITY = 37
    INVALID_EXPIRY = 38
    """A good-till-date order whose date has passed, or a date on an order that has none."""
    INVALID_TIMEOUT = 39
    NOT_IN_AUCTION = 40
    """An order that cannot wait, or must not meet anyone, while the instrument is in an auction."""
    PRICE_OUTSIDE_COLLAR = 41
    """A limit price too far from the instrument's reference price."""
    VENUE_HALTED = 42
    POSITION_LIMIT = 43
    """What the account has and would have bought of the asset passes its cap."""
    NOTIONAL_LIMIT = 44
    """The order is worth more than the account may enter at once."""
    ORDER_RATE = 45
    """More orders than the account may send in this time: it was never executed; send it later."""
    BOOK_NOT_EMPTY = 46
    """Units change only while no order of the instrument is open."""
    NO_REFERENCE_PRICE = 47
    """A trailing stop in an instrument that has neither traded nor been given a reference."""
    LEGS_MISSING = 48
    """An order list whose legs were not sent before it."""
    INVALID_LIST = 49
    """Legs that do not make a list of this kind."""
    WITHDRAWAL_NOT_OPEN = 50
    """No withdrawal of that number is open for this account and asset: it was never held, or was
    posted or voided before.
    """


class CancelReason(IntEnum):
    """Why an open order ended without being filled."""

    NONE = 0
    REQUESTED = 1
    CANCEL_ALL = 2
    REPLACED_TO_NOTHING = 3
    """A replace asked for no more than was already executed."""
    SELF_TRADE = 4
    IMMEDIATE_OR_CANCEL = 5
    """What an IOC could not take."""
    FILL_OR_KILL = 6
    MARKET_REMAINDER = 7
    """What a market order found no liquidity for inside its price band."""
    EVENT_LIMIT = 8
    """The command reached the bound of events for one command."""
    GOOD_TILL_DATE = 9
    INSTRUMENT_CLOSED = 10
    DEAD_MAN_SWITCH = 11
    """The account's cancel-all-after deadline passed without being renewed."""
    OTHER_LEG = 12
    """The other leg of its list traded, triggered or ended."""
    ACCOUNT_SUSPENDED = 13
    """Its account was suspended or closed."""


class BalanceReason(IntEnum):
    """Why a balance changed outside trading."""

    DEPOSIT = 1
    PRICE_IMPROVEMENT = 2
    """An auction's price was better than a resting buyer's limit: no longer held, available."""
    WITHDRAWAL_HELD = 3
    WITHDRAWAL_POSTED = 4
    """It has left; what of it was held and has not is available again."""
    WITHDRAWAL_VOIDED = 5


class TransferReason(IntEnum):
    """Why money moves from one account to another, and so who may have it moved."""

    SUB_ACCOUNT = 1
    """Its owner moves it between accounts of one login: never from a suspended one, never of the
    venue's own.
    """
    TRADE_BUST = 2
    """The venue undoes a trade, fees included, whatever the accounts may do by themselves."""
    ADJUSTMENT = 3
    """The venue puts a balance right."""
