"""The exchange as a pure function: commands in, events out. ``load_core`` says which twin runs."""

import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from engine_core.contract import Core

CORES: Final = ("reference", "compiled")
"""The two twins: every event, every outcome and the state hash of one equal the other's."""
PURE_PYTHON_ENV: Final = "OPENBELL_PURE_PYTHON"


class CoreNotBuilt(ImportError):
    """The compiled core is missing. There is no silent fallback to the slow one."""


def core_type(name: str) -> "type[Core]":
    """Return the twin called ``name``, one of CORES.

    Raises:
        CoreNotBuilt: the compiled one is asked for and was never compiled.
    """
    if name == "reference":
        from engine_core.reference import Core as ReferenceCore

        return ReferenceCore
    if name != "compiled":
        raise ValueError(f"a core is one of {', '.join(CORES)}, not {name!r}")
    try:
        from engine_core._core import Core as CompiledCore
    except ImportError as error:
        raise CoreNotBuilt(
            "the compiled core is not there: build it with 'python setup.py build_ext --inplace',"
            f" or set {PURE_PYTHON_ENV}=1 to run the reference core ({error})"
        ) from error
    return CompiledCore


def core_name() -> str:
    """Return which twin this process runs: the compiled one, unless the environment says
    OPENBELL_PURE_PYTHON=1.
    """
    return "reference" if os.environ.get(PURE_PYTHON_ENV) == "1" else "compiled"


def load_core() -> "type[Core]":
    """Return the twin this process runs.

    Raises:
        CoreNotBuilt: it is the compiled one and was never compiled.
    """
    return core_type(core_name())
