# cython: language_level=3
"""BLAKE2b with 16-byte digest (RFC 7693) and CRC-32 (as zlib's), without the interpreter."""

from libc.stdint cimport uint8_t, uint32_t, uint64_t

cdef extern from *:
    """
    #include <stdint.h>
    #include <string.h>

    typedef struct {
        uint64_t h[8];
        uint64_t hashed_bytes;
        size_t held;               /* bytes in block: a full one waits for what comes next */
        uint8_t block[128];
    } Blake2b;

    static const uint64_t blake2b_iv[8] = {
        0x6a09e667f3bcc908ULL, 0xbb67ae8584caa73bULL, 0x3c6ef372fe94f82bULL, 0xa54ff53a5f1d36f1ULL,
        0x510e527fade682d1ULL, 0x9b05688c2b3e6c1fULL, 0x1f83d9abfb41bd6bULL, 0x5be0cd19137e2179ULL,
    };

    static inline uint64_t blake2b_turn(uint64_t x, int n) { return (x >> n) | (x << (64 - n)); }

    #define BLAKE2B_G(a, b, c, d, x, y) do { \\
        v[a] += v[b] + m[x]; v[d] = blake2b_turn(v[d] ^ v[a], 32); \\
        v[c] += v[d];        v[b] = blake2b_turn(v[b] ^ v[c], 24); \\
        v[a] += v[b] + m[y]; v[d] = blake2b_turn(v[d] ^ v[a], 16); \\
        v[c] += v[d];        v[b] = blake2b_turn(v[b] ^ v[c], 63); } while (0)
    #define BLAKE2B_ROUND(a, b, c, d, e, f, g, h, i, j, k, l, n, o, p, q) do { \\
        BLAKE2B_G(0, 4, 8, 12, a, b); BLAKE2B_G(1, 5, 9, 13, c, d); \\
        BLAKE2B_G(2, 6, 10, 14, e, f); BLAKE2B_G(3, 7, 11, 15, g, h); \\
        BLAKE2B_G(0, 5, 10, 15, i, j); BLAKE2B_G(1, 6, 11, 12, k, l); \\
        BLAKE2B_G(2, 7, 8, 13, n, o); BLAKE2B_G(3, 4, 9, 14, p, q); } while (0)

    static void blake2b_compress(Blake2b *s, const uint8_t *block, uint64_t last) {
        uint64_t v[16], m[16];
        memcpy(m, block, 128);
        memcpy(v, s->h, 64);
        memcpy(v + 8, blake2b_iv, 64);
        v[12] ^= s->hashed_bytes;
        v[14] ^= last;
        BLAKE2B_ROUND(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
        BLAKE2B_ROUND(14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3);
        BLAKE2B_ROUND(11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4);
        BLAKE2B_ROUND(7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8);
        BLAKE2B_ROUND(9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13);
        BLAKE2B_ROUND(2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9);
        BLAKE2B_ROUND(12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11);
        BLAKE2B_ROUND(13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10);
        BLAKE2B_ROUND(6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5);
        BLAKE2B_ROUND(10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0);
        BLAKE2B_ROUND(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
        BLAKE2B_ROUND(14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3);
        for (int i = 0; i < 8; i++) s->h[i] ^= v[i] ^ v[i + 8];
    }

    static void blake2b_begin(Blake2b *s) {
        memcpy(s->h, blake2b_iv, 64);
        s->h[0] ^= 0x01010000 ^ 16;
        s->hashed_bytes = 0;
        s->held = 0;
    }

    static void blake2b_update(Blake2b *s, const uint8_t *data, size_t length) {
        while (length) {
            size_t part = 128 - s->held;
            if (!part) {
                s->hashed_bytes += 128;
                blake2b_compress(s, s->block, 0);
                s->held = 0;
                for (; length > 128; data += 128, length -= 128) {
                    s->hashed_bytes += 128;
                    blake2b_compress(s, data, 0);
                }
                part = 128;
            }
            if (part > length) part = length;
            memcpy(s->block + s->held, data, part);
            s->held += part;
            data += part;
            length -= part;
        }
    }

    /* Leaves the state as it was: more may follow. */
    static void blake2b_digest(const Blake2b *state, uint8_t *digest) {
        Blake2b s = *state;
        s.hashed_bytes += s.held;
        memset(s.block + s.held, 0, 128 - s.held);
        blake2b_compress(&s, s.block, ~0ULL);
        memcpy(digest, s.h, 16);
    }

    static uint32_t crc32_table[8][256];

    static void crc32_fill(void) {
        for (uint32_t i = 0; i < 256; i++) {
            uint32_t c = i;
            for (int k = 0; k < 8; k++) c = c & 1 ? 0xedb88320u ^ c >> 1 : c >> 1;
            crc32_table[0][i] = c;
        }
        for (int t = 1; t < 8; t++)
            for (uint32_t i = 0; i < 256; i++) {
                uint32_t c = crc32_table[t - 1][i];
                crc32_table[t][i] = c >> 8 ^ crc32_table[0][c & 255];
            }
    }

    static uint32_t crc32_of(const uint8_t *data, size_t length) {
        uint32_t c = 0xffffffffu, low, high;
        for (; length >= 8; data += 8, length -= 8) {
            memcpy(&low, data, 4);
            memcpy(&high, data + 4, 4);
            low ^= c;
            c = crc32_table[7][low & 255] ^ crc32_table[6][low >> 8 & 255]
              ^ crc32_table[5][low >> 16 & 255] ^ crc32_table[4][low >> 24]
              ^ crc32_table[3][high & 255] ^ crc32_table[2][high >> 8 & 255]
              ^ crc32_table[1][high >> 16 & 255] ^ crc32_table[0][high >> 24];
        }
        while (length--) c = c >> 8 ^ crc32_table[0][(c ^ *data++) & 255];
        return ~c;
    }
    """
    ctypedef struct Blake2b:
        pass
    void blake2b_begin(Blake2b *state) noexcept nogil
    void blake2b_update(Blake2b *state, const uint8_t *data, size_t length) noexcept nogil
    void blake2b_digest(const Blake2b *state, uint8_t *digest) noexcept nogil
    void crc32_fill() noexcept nogil
    uint32_t crc32_of(const uint8_t *data, size_t length) noexcept nogil
