/* exact.h - bytes in a heap block of exactly their size, so that ASan sees who reads past them.
 *
 *     struct str line = exact_copy(STR("{\"type\":\"call\"}"));
 *     .. decode line, cut short at every byte ..
 *     exact_free(line);
 *
 * Memory:  the caller gives the block back with exact_free.
 * Threads: any.
 * Errors:  none but memory.
 */
#ifndef SLUICE_UNIT_EXACT_H
#define SLUICE_UNIT_EXACT_H

#include "engine/base/str.h"

#include <stdlib.h>
#include <string.h>

static inline struct str exact_copy(struct str text)
{
    char *at = malloc(text.len);
    if (text.len > 0 && at != NULL) {
        memcpy(at, text.at, text.len);
    }
    return (struct str){at, at == NULL ? 0 : text.len};
}

static inline void exact_free(struct str text)
{
    free((char *)(uintptr_t)text.at);
}

#endif
