from libc.stdint cimport uint8_t

# Writes the 16-byte tag of `length` bytes at `data` under the 16-byte `key` to `tag`. The pointers
# need no alignment.
cdef void siphash128_into(
    const uint8_t *key, const uint8_t *data, size_t length, uint8_t *tag
) noexcept nogil
