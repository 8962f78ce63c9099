/* fingerprint.h - 64 bits that tell whether two pieces of bytes are the same.
 *
 * "Is this chunk the one that the store has? Is this frame the one that stood before W?"
 *
 *     uint64_t print = fingerprint(buf_str(&chunk), 0);
 *
 * Two contents meet in one value no more often than a fault of the memory changes one. It guards
 * against accidents, not against somebody who wants two contents to meet: ids are digests.
 *
 * Memory:  none.
 * Threads: any.
 * Errors:  none.
 */
#ifndef SLUICE_BASE_FINGERPRINT_H
#define SLUICE_BASE_FINGERPRINT_H

#include "engine/base/str.h"

#include <stdint.h>

/* Stored with headers: another function needs another layout of those. */
uint64_t fingerprint(struct str bytes, uint64_t seed);

#endif
