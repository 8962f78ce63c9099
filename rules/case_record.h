/* case_record.h - the events of a case as records of the feeds, in the order in which they arrive.
 *
 *     +0m call from F to P caller.kind intl duration 45m
 *
 * becomes what banks and carriers would have sent: F's number and its kind in the directory, P's
 * number and account with their holder, the call's start at 10:00 and its end at 10:45. So a case
 * goes through the same ingest as a feed.
 *
 * Memory:  in the caller's arena.
 * Threads: any.
 * Errors:  none: check.h has refused what cannot be played.
 */
#ifndef SLUICE_RULES_CASE_RECORD_H
#define SLUICE_RULES_CASE_RECORD_H

#include "engine/base/arena.h"
#include "engine/base/str.h"
#include "rules/ast.h"
#include "rules/check.h"
#include "rules/compile.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct case_line {
    struct str json;
    int64_t arrives_ms;
    size_t order;
    bool given; /* said before the case begins */
    /* A mark, of whom the JSON says; level 0: it is none. */
    struct str mark;
    uint8_t level;
};

struct case_script {
    struct case_line *records; /* givens first, then by arrival */
    size_t record_count;
};

struct case_script case_script_make(const struct compiled *compiled, const struct ast_case *test,
                                    struct arena *arena);

#endif
