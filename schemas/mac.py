"""The message authentication code of every datagram, for those who need nothing but the tag."""

import os
from collections.abc import Callable
from typing import Final

from schemas.siphash import KEY_BYTES, TAG_BYTES

__all__ = ["KEY_BYTES", "TAG_BYTES", "load_mac", "tag"]

Mac = Callable[[bytes, bytes], bytes]


def load_mac(pure_python: bool) -> Mac:
    """Return the function (16-byte key, data) -> 16-byte tag; ``pure_python`` asks for the
    reference twin.

    Raises:
        ImportError: the compiled one was asked for and is not built.
    """
    if pure_python:
        from schemas.siphash import siphash128 as reference

        return reference
    try:
        from schemas._siphash import siphash128 as compiled
    except ImportError as error:
        raise ImportError(
            "schemas._siphash is not built: run `python setup.py build_ext --inplace`, or ask for "
            "the slow reference with OPENBELL_PURE_PYTHON=1"
        ) from error
    return compiled


tag: Final[Mac] = load_mac(os.environ.get("OPENBELL_PURE_PYTHON") == "1")
"""The twin this process runs."""
