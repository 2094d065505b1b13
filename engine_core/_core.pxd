# cython: language_level=3
"""The compiled core, for other compiled modules: its state; ``_execute`` runs on it."""

from engine_core._state cimport State


cdef class Core:
    cdef State state
