#include "engine/base/fingerprint.h"

#include <string.h>

/* Numbers are taken as they lie in memory. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "stored fingerprints are little-endian");

#define WORD_BYTES sizeof(uint64_t)
#define LANES 4

/* The constants are those of splitmix64's finalizer (Steele, Lea, Flood 2014). */
static uint64_t mix(uint64_t print, uint64_t word)
{
    print = (print ^ word) * UINT64_C(0xbf58476d1ce4e5b9);
    return print ^ print >> 29;
}

static uint64_t mix_bytes(uint64_t print, const char *at, size_t len)
{
    uint64_t word = 0;
    memcpy(&word, at, len);
    return mix(print, word);
}

/* Whole words; in long pieces four at a time, as a multiplication waits for the one before in its
 * own lane alone. */
uint64_t fingerprint(struct str bytes, uint64_t seed)
{
    uint64_t print = seed ^ (bytes.len * UINT64_C(0x9e3779b97f4a7c15));
    const char *at = bytes.at;
    size_t left = bytes.len;
    uint64_t lanes[LANES] = {print, print + 1, print + 2, print + 3};
    for (; left >= LANES * WORD_BYTES; left -= LANES * WORD_BYTES, at += LANES * WORD_BYTES) {
        for (size_t i = 0; i < LANES; i++) {
            lanes[i] = mix_bytes(lanes[i], at + i * WORD_BYTES, WORD_BYTES);
        }
    }
    for (size_t i = 0; i < LANES && bytes.len >= LANES * WORD_BYTES; i++) {
        print = mix(print, lanes[i]);
    }
    for (; left >= WORD_BYTES; left -= WORD_BYTES, at += WORD_BYTES) {
        print = mix_bytes(print, at, WORD_BYTES);
    }
    if (left > 0) {
        print = mix_bytes(print, at, left);
    }
    return print * UINT64_C(0x94d049bb133111eb);
}
