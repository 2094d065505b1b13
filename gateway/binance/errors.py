"""Answers other than the one asked for, as clients of this dialect know them: a code and a text."""

from typing import Any

from gateway.errors import GatewayError


class BinanceError(GatewayError):
    """An error answer. ``data`` goes into its body, ``retry_after_s`` into its Retry-After."""

    def __init__(
        self,
        status: int,
        code: int,
        text: str,
        *,
        data: dict[str, Any] | None = None,
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(text)
        self.status = status
        self.code = code
        self.text = text
        self.data = data
        self.retry_after_s = retry_after_s

    def body(self) -> dict[str, Any]:
        """Return the JSON object that every door sends."""
        body: dict[str, Any] = {"code": self.code, "msg": self.text}
        if self.data is not None:
            body["data"] = self.data
        return body


def missing(name: str) -> BinanceError:
    """Return the answer when a mandatory parameter is missing or empty."""
    text = f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed."
    return BinanceError(400, -1102, text)


def illegal(name: str, legal: str) -> BinanceError:
    """Return the answer to a parameter with characters it may not have; ``legal``: a pattern."""
    text = f"Illegal characters found in parameter '{name}'; legal range is '{legal}'."
    return BinanceError(400, -1100, text)


def not_needed(name: str) -> BinanceError:
    """Return the answer to a parameter that the order's type excludes."""
    return BinanceError(400, -1106, f"Parameter '{name}' sent when not required.")


def not_valid(name: str) -> BinanceError:
    """Return the answer to a parameter whose value is outside its bounds."""
    return BinanceError(400, -1130, f"Data sent for parameter '{name}' is not valid.")


def unsupported() -> BinanceError:
    """Return the answer to a combination of terms that this venue has no order for."""
    return BinanceError(400, -1014, "Unsupported order combination.")


def one_of(first: str, second: str) -> BinanceError:
    """Return the answer when neither of two parameters is there."""
    text = f"Param '{first}' or '{second}' must be sent, but both were empty/null!"
    return BinanceError(400, -1128, text)


def bad_combination() -> BinanceError:
    """Return the answer to optional parameters that exclude each other."""
    return BinanceError(400, -1128, "Combination of optional parameters invalid.")


def invalid_symbol() -> BinanceError:
    """Return the answer for a symbol that no instrument has."""
    return BinanceError(400, -1121, "Invalid symbol.")


def unknown_order() -> BinanceError:
    """Return the answer to a cancel of what is not open, not there or somebody else's."""
    return BinanceError(400, -2011, "Unknown order sent.")


def no_such_order() -> BinanceError:
    """Return the answer to a question about an order that is not there or somebody else's."""
    return BinanceError(400, -2013, "Order does not exist.")


def fate_unknown() -> BinanceError:
    """Return the answer while it is not known what became of a command: the client asks later."""
    text = (
        "Timeout waiting for response from backend server. "
        "Send status unknown; execution status unknown."
    )
    return BinanceError(504, -1007, text)


def unknown_error() -> BinanceError:
    """Return the answer when something failed here. Clients know it by its words: an order may have
    been executed, and they ask for it.
    """
    text = "Unknown error, please check your request or try again later."
    return BinanceError(503, -1000, text)


def too_large() -> BinanceError:
    """Return the answer to a body of more bytes than are read."""
    return BinanceError(413, -1101, "Too many parameters sent for this endpoint.")


def not_found() -> BinanceError:
    """Return the answer at a path that is not served."""
    return BinanceError(404, -1000, "There is nothing at this path.")
