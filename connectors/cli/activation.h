/* activation.h - writes activations of a pack into the log of visits: one frame per partition.
 *
 *     activation_write(&settings, 2, program->hash, NULL, &err);
 *
 * The pack must be in the topic `packs` before: a partition that meets an activation goes no
 * further without its pack. A number that is not above the active one changes nothing, so a frame
 * that is written twice, or by two processes, is harmless.
 *
 * Memory:  none kept.
 * Threads: one.
 * Errors:  -1 with err when Kafka has not acknowledged all frames within kafka.wait_s; some partitions
 *          may have theirs.
 */
#ifndef SLUICE_CLI_ACTIVATION_H
#define SLUICE_CLI_ACTIVATION_H

#include "engine/base/err.h"
#include "engine/settings.h"

#include <stdbool.h>
#include <stdint.h>

/* Into each partition, or each that `wanted` says, and waits until Kafka has them. */
int activation_write(const struct settings *settings, uint64_t number, const uint8_t *hash,
                     const bool *wanted, struct err *err);

#endif
