# cython: language_level=3, cdivision=True
"""Price levels far from the market: a crit-bit tree over 64-bit keys.

An inner node tells two halves of its keys apart by one bit; from the root down the bits fall, so
that no path is longer than 64, whatever prices are chosen, and nothing is ever rebalanced. A leaf
is a level. References to inner nodes carry INNER; 0 is none.
"""

from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.stdlib cimport free, realloc
from libc.string cimport memset

from matching._machine cimport leading_zeros


cdef enum:
    INNER = 1 << 30
    NODE_MASK = (1 << 30) - 1
    FAR_NODES_FIRST = 1 << 10


cdef struct Level:
    uint32_t oldest         # slots of orders; the front of the queue
    uint32_t newest
    int64_t qty_lots


cdef struct FarNode:
    # A leaf: a key and its level. An inner node: a bit number, and below it as oldest and newest
    # the references for bit 0 and bit 1.
    uint64_t key
    Level level


cdef struct FarNodes:
    # One slab for every book of a process.
    FarNode *node
    uint32_t capacity
    uint32_t fresh
    uint32_t free_head
    uint32_t free_count
    uint64_t promised       # nodes that the batch under way may still need


cdef inline uint64_t far_key(int64_t key) noexcept nogil:
    """Return a key in an order that unsigned comparison keeps."""
    return <uint64_t>key ^ (<uint64_t>1 << 63)


cdef inline uint32_t far_child(const FarNode *inner, uint64_t bit) noexcept nogil:
    return inner.level.newest if bit else inner.level.oldest


cdef inline uint32_t far_nearest(const FarNodes *nodes, uint32_t root, uint64_t key) noexcept nogil:
    """Return the leaf that shares the most tested bits with ``key``; the tree is not empty."""
    cdef uint32_t at = root
    cdef const FarNode *inner
    while at & INNER:
        inner = &nodes.node[at & NODE_MASK]
        at = far_child(inner, key >> inner.key & 1)
    return at


cdef inline Level *far_find(const FarNodes *nodes, uint32_t root, int64_t key) noexcept nogil:
    """Return the level of ``key``, NULL if it has none."""
    cdef uint32_t leaf
    if root == 0:
        return NULL
    leaf = far_nearest(nodes, root, far_key(key))
    if nodes.node[leaf].key != far_key(key):
        return NULL
    return &nodes.node[leaf].level


cdef inline uint32_t far_first(const FarNodes *nodes, uint32_t at) noexcept nogil:
    """Return the leaf of the lowest key below ``at``."""
    while at & INNER:
        at = nodes.node[at & NODE_MASK].level.oldest
    return at


cdef inline int64_t far_leaf_key(const FarNodes *nodes, uint32_t leaf) noexcept nogil:
    return <int64_t>(nodes.node[leaf].key ^ (<uint64_t>1 << 63))


cdef inline uint32_t far_node_take(FarNodes *nodes) noexcept nogil:
    cdef uint32_t at = nodes.free_head
    if at:
        nodes.free_head = nodes.node[at].level.oldest
        nodes.free_count -= 1
    else:
        at = nodes.fresh
        nodes.fresh += 1
    return at


cdef inline void far_node_free(FarNodes *nodes, uint32_t at) noexcept nogil:
    nodes.node[at].level.oldest = nodes.free_head
    nodes.free_head = at
    nodes.free_count += 1


cdef inline Level *far_insert(FarNodes *nodes, uint32_t *root, int64_t price_key) noexcept nogil:
    """Return a new, empty level for a key that has none yet. Uses at most two reserved nodes."""
    cdef uint64_t key = far_key(price_key)
    cdef uint32_t leaf = far_node_take(nodes)
    cdef uint32_t *link = root
    cdef uint32_t inner
    cdef uint64_t bit
    nodes.node[leaf].key = key
    memset(&nodes.node[leaf].level, 0, sizeof(Level))
    if root[0] == 0:
        root[0] = leaf
        return &nodes.node[leaf].level
    bit = 63 - leading_zeros(key ^ nodes.node[far_nearest(nodes, root[0], key)].key)
    while link[0] & INNER and nodes.node[link[0] & NODE_MASK].key > bit:
        inner = link[0] & NODE_MASK
        if key >> nodes.node[inner].key & 1:
            link = &nodes.node[inner].level.newest
        else:
            link = &nodes.node[inner].level.oldest
    inner = far_node_take(nodes)
    nodes.node[inner].key = bit
    if key >> bit & 1:
        nodes.node[inner].level.oldest = link[0]
        nodes.node[inner].level.newest = leaf
    else:
        nodes.node[inner].level.oldest = leaf
        nodes.node[inner].level.newest = link[0]
    link[0] = inner | <uint32_t>INNER
    return &nodes.node[leaf].level


cdef inline void far_remove(FarNodes *nodes, uint32_t *root, int64_t price_key) noexcept nogil:
    """Take out the level of a key that has one."""
    cdef uint64_t key = far_key(price_key)
    cdef uint32_t *link = root
    cdef uint32_t *parent = NULL
    cdef uint32_t leaf, inner
    while link[0] & INNER:
        inner = link[0] & NODE_MASK
        parent = link
        if key >> nodes.node[inner].key & 1:
            link = &nodes.node[inner].level.newest
        else:
            link = &nodes.node[inner].level.oldest
    leaf = link[0]
    if parent == NULL:
        root[0] = 0
    else:
        inner = parent[0] & NODE_MASK
        if link == &nodes.node[inner].level.newest:
            parent[0] = nodes.node[inner].level.oldest
        else:
            parent[0] = nodes.node[inner].level.newest
        far_node_free(nodes, inner)
    far_node_free(nodes, leaf)


cdef inline uint32_t far_after(const FarNodes *nodes, uint32_t root,
                               int64_t price_key) noexcept nogil:
    """Return the leaf of the lowest key above ``price_key``, 0 if there is none."""
    cdef uint64_t key = far_key(price_key)
    cdef uint64_t nearest, split
    cdef uint32_t at = root
    cdef uint32_t above = 0  # the nearest subtree whose keys are all higher
    cdef const FarNode *inner
    if root == 0:
        return 0
    nearest = nodes.node[far_nearest(nodes, root, key)].key
    # All keys below the point where ``key`` would branch off lie on one side of it.
    split = 63 - leading_zeros(key ^ nearest) if key != nearest else 0
    while at & INNER:
        inner = &nodes.node[at & NODE_MASK]
        if key != nearest and inner.key < split:
            break
        if key >> inner.key & 1:
            at = inner.level.newest
        else:
            above = inner.level.newest
            at = inner.level.oldest
    if nearest > key:
        return far_first(nodes, at)
    return far_first(nodes, above)


cdef inline bint reserve_far_nodes(FarNodes *nodes, uint64_t more) noexcept nogil:
    """Make room for ``more`` nodes beside those promised, two a level; False if memory is short."""
    cdef uint64_t used = max(nodes.fresh, <uint32_t>1) - 1
    cdef uint64_t wanted
    cdef uint64_t capacity = max(nodes.capacity, <uint64_t>FAR_NODES_FIRST)
    cdef FarNode *node
    more += nodes.promised
    if more > nodes.free_count:
        used += more - nodes.free_count
    wanted = used + 1  # index 0 stays unused
    if nodes.node != NULL and wanted <= nodes.capacity:
        return True
    while capacity < wanted:
        capacity *= 2
    if capacity > NODE_MASK:
        return False
    node = <FarNode *>realloc(nodes.node, capacity * sizeof(FarNode))
    if node == NULL:
        return False
    nodes.node = node
    nodes.capacity = <uint32_t>capacity
    nodes.fresh = max(nodes.fresh, <uint32_t>1)
    return True


cdef inline void far_close(FarNodes *nodes) noexcept nogil:
    free(nodes.node)
