# cython: language_level=3
"""The compiled sessions, for other compiled modules."""

from libc.stdint cimport uint16_t, uint32_t, uint64_t

from transport._live_sessions cimport Batch, LiveSession, LiveTable, Outbox, Ring


cdef class Boxes:
    cdef Batch batch
    cdef Outbox outbox


cdef class Live:
    cdef LiveTable table


cdef class RetainedCommands:
    cdef readonly uint64_t capacity
    cdef Ring commands_
    cdef Ring outcomes_


cdef class Session:
    cdef LiveSession live
    cdef readonly object keys_by_id
    cdef public int version
    cdef readonly RetainedCommands retained


cdef void seal_all(Outbox *outbox) noexcept nogil
cdef void empty(Outbox *outbox) noexcept nogil
cdef tuple address_of(uint32_t ip, uint16_t port)
