from libc.stdint cimport uint8_t

# Writes the 16-byte tag of `length` bytes at `data` under the 16-byte `key` to `tag`. The pointers
# need no alignment.
cdef void siphash128_into(
    const uint8_t *key, const uint8_t *data, size_t length, uint8_t *tag
) noexcept nogil

# The same of `count` messages of one length, at most 8: faster than one after the other.
cdef void siphash128_several(
    const uint8_t **keys, const uint8_t **data, size_t length, uint8_t **tags, int count
) noexcept nogil
