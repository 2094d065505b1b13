# cython: language_level=3, cdivision=True
"""Everything that has its time in one heap: orders good till a date, armed dead-man switches,
changes of trading status, and in a heap of their own the ends of auctions.

The earliest is in front; of equals the lower kind comes first, then the lower id. Whatever has a
deadline keeps its handle, and a handle knows where in the heap it stands: what ends before its time
leaves in as many steps as it joined.
"""

from libc.stdint cimport uint32_t, uint64_t
from libc.stdlib cimport free, realloc


cdef enum:
    DEADLINE_ORDER = 0
    DEADLINE_SWITCH = 1
    DEADLINE_CHANGE = 2
    DEADLINE_AUCTION = 3
    DEADLINES_FIRST = 1 << 8
    NS_PER_S = 1_000_000_000
    NS_PER_MS = 1_000_000


cdef struct Deadline:
    uint64_t deadline_ns
    uint64_t id_            # order_id, account_id or instrument_id
    uint32_t slot           # of that
    uint32_t handle
    uint32_t kind


cdef struct Deadlines:
    Deadline *heap          # 1..count
    uint32_t *place         # by handle: where in the heap; of a free handle: the next free one
    uint64_t count
    uint64_t capacity
    uint32_t fresh          # lowest handle never used
    uint32_t free_head


cdef inline bint comes_first(const Deadline *one, const Deadline *other) noexcept nogil:
    if one.deadline_ns != other.deadline_ns:
        return one.deadline_ns < other.deadline_ns
    if one.kind != other.kind:
        return one.kind < other.kind
    return one.id_ < other.id_


cdef inline void put_deadline(Deadlines *deadlines, uint64_t at,
                              const Deadline *deadline) noexcept nogil:
    deadlines.heap[at] = deadline[0]
    deadlines.place[deadline.handle] = <uint32_t>at


cdef inline void rise(Deadlines *deadlines, uint64_t at, const Deadline *deadline) noexcept nogil:
    """Put a deadline at ``at`` or nearer to the front."""
    while at > 1 and comes_first(deadline, &deadlines.heap[at >> 1]):
        put_deadline(deadlines, at, &deadlines.heap[at >> 1])
        at >>= 1
    put_deadline(deadlines, at, deadline)


cdef inline void sink(Deadlines *deadlines, uint64_t at, const Deadline *deadline) noexcept nogil:
    """Put a deadline at ``at`` or further back."""
    cdef uint64_t below = 2 * at
    while below <= deadlines.count:
        if below < deadlines.count and comes_first(
            &deadlines.heap[below + 1], &deadlines.heap[below]
        ):
            below += 1
        if not comes_first(&deadlines.heap[below], deadline):
            break
        put_deadline(deadlines, at, &deadlines.heap[below])
        at = below
        below = 2 * at
    put_deadline(deadlines, at, deadline)


cdef inline uint32_t deadline_add(Deadlines *deadlines, uint64_t deadline_ns, uint32_t kind,
                                  uint64_t id_, uint32_t slot) noexcept nogil:
    """Return the handle of a new deadline. There is room: reserve_deadlines saw to it."""
    cdef Deadline deadline
    cdef uint32_t handle = deadlines.free_head
    if handle:
        deadlines.free_head = deadlines.place[handle]
    else:
        handle = deadlines.fresh
        deadlines.fresh += 1
    deadline.deadline_ns = deadline_ns
    deadline.id_ = id_
    deadline.slot = slot
    deadline.handle = handle
    deadline.kind = kind
    deadlines.count += 1
    rise(deadlines, deadlines.count, &deadline)
    return handle


cdef inline void deadline_remove(Deadlines *deadlines, uint32_t handle) noexcept nogil:
    cdef uint64_t at = deadlines.place[handle]
    cdef Deadline last = deadlines.heap[deadlines.count]
    deadlines.count -= 1
    if last.handle != handle:
        if at > 1 and comes_first(&last, &deadlines.heap[at >> 1]):
            rise(deadlines, at, &last)
        else:
            sink(deadlines, at, &last)
    deadlines.place[handle] = deadlines.free_head
    deadlines.free_head = handle


cdef inline const Deadline *deadline_of(const Deadlines *deadlines,
                                        uint32_t handle) noexcept nogil:
    return &deadlines.heap[deadlines.place[handle]]


cdef inline const Deadline *first_of(const Deadlines *deadlines) noexcept nogil:
    """Return the earliest, NULL if there is none."""
    return &deadlines.heap[1] if deadlines.count else NULL


cdef inline bint reserve_deadlines(Deadlines *deadlines, uint64_t more) noexcept nogil:
    """Make room for ``more`` deadlines; False if memory is short, and then nothing changed."""
    cdef uint64_t wanted = deadlines.count + more
    cdef uint64_t capacity = max(deadlines.capacity, <uint64_t>DEADLINES_FIRST)
    cdef Deadline *heap
    cdef uint32_t *place
    if deadlines.heap != NULL and wanted <= deadlines.capacity:
        return True
    while capacity < wanted:
        capacity *= 2
    heap = <Deadline *>realloc(deadlines.heap, (capacity + 1) * sizeof(Deadline))
    if heap == NULL:
        return False
    deadlines.heap = heap
    place = <uint32_t *>realloc(deadlines.place, (capacity + 1) * sizeof(uint32_t))
    if place == NULL:
        return False
    deadlines.place = place
    deadlines.capacity = capacity
    deadlines.fresh = max(deadlines.fresh, <uint32_t>1)
    return True


cdef inline void deadlines_close(Deadlines *deadlines) noexcept nogil:
    free(deadlines.heap)
    free(deadlines.place)
