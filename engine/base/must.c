#include "engine/base/must.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static _Thread_local uint32_t step_partition;
static _Thread_local uint64_t step_lsn;

void must_note_step(uint32_t partition, uint64_t lsn)
{
    step_partition = partition;
    step_lsn = lsn;
}

void must_fail(const char *fact, const char *file, int line)
{
    (void)fprintf(stderr,
                  "sluice: bug: %s does not hold (%s:%d), partition %" PRIu32 " lsn %" PRIu64 "\n",
                  fact, file, line, step_partition, step_lsn);
    abort();
}
