/* pattern.h - is there a sequence of records that ends with the event in hand, or with a time-out?
 *
 * "talk: call_in where duration >= 20m then send: payment_out" within 48 h is matched by a payment
 * if a long call lies before it; of several calls the latest is the talk. The search goes from the
 * last step back, tries the latest record first, and asks each part of a `where` as soon as the
 * steps that it reads are bound. A pattern that waits is searched twice: when a record may begin
 * its wait, and from the same record when that is over.
 *
 * Memory:  what it has found lives in the machine (vm.h), for one visit.
 * Threads: one owner at a time.
 * Errors:  none; a search of more than PATTERN_COMPARISONS_MAX comparisons is given up: the match is
 *          unknown, and the machine notes it.
 */
#ifndef SLUICE_EVAL_PATTERN_H
#define SLUICE_EVAL_PATTERN_H

#include "engine/eval/vm.h"

#include <stdbool.h>
#include <stdint.h>

#define PATTERN_COMPARISONS_MAX 4096 /* records looked at, per pattern and event */

enum pattern_state { PATTERN_SEARCHING, PATTERN_FOUND, PATTERN_MISSING, PATTERN_GIVEN_UP };

struct pattern_match {
    uint64_t visit;        /* of the machine; of another one: not searched yet */
    uint8_t state;         /* enum pattern_state */
    struct vm_flags flags; /* of the search */
    uint32_t comparisons;
    int64_t after_ms; /* all records of a match are younger */
    /* By step; of a repeated one the first that it takes. NULL: not bound. */
    const struct record *bound[PATTERN_STEPS_MAX];
};

/* 1, 0, or VALUE_UNKNOWN if the search was given up. Searches once a visit. */
int64_t pattern_matches(struct vm *vm, uint32_t pattern);
/* Field of the record at a single step, VALUE_UNKNOWN without a match. */
int64_t pattern_word(struct vm *vm, uint32_t pattern, uint32_t step, int word);
/* Does a pattern that waits begin to, with this record at its last step? *until_ms: how long. 1, 0,
 * or VALUE_UNKNOWN if the search was given up. */
int64_t pattern_begins(struct vm *vm, uint32_t pattern, const struct record *last,
                       int64_t *until_ms);
/* Its wait is over at until_ms: is it still matched up to this record, and did nothing come that
 * must not? Then its steps can be read. */
bool pattern_ends(struct vm *vm, uint32_t pattern, const struct record *last, int64_t until_ms);
/* Index range of the stream in which a repeated step's records lie; false without a match. */
bool pattern_range(struct vm *vm, uint32_t pattern, uint32_t step, uint32_t *first, uint32_t *last);
/* Is a record of that range one of the step's? */
bool pattern_takes(struct vm *vm, uint32_t pattern, uint32_t step, const struct record *record);

#endif
