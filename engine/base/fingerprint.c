#include "engine/base/fingerprint.h"

#include <string.h>

/* Numbers are taken as they lie in memory. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "stored fingerprints are little-endian");

/* Whole words, mixed with the constants of splitmix64's finalizer (Steele, Lea, Flood 2014). */
uint64_t fingerprint(struct str bytes, uint64_t seed)
{
    uint64_t print = seed ^ (bytes.len * UINT64_C(0x9e3779b97f4a7c15));
    for (size_t at = 0; at < bytes.len; at += 8) {
        uint64_t word = 0;
        memcpy(&word, bytes.at + at, bytes.len - at < 8 ? bytes.len - at : 8);
        print = (print ^ word) * UINT64_C(0xbf58476d1ce4e5b9);
        print ^= print >> 29;
    }
    return print * UINT64_C(0x94d049bb133111eb);
}
