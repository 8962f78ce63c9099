/* timers.h - which pages of a partition are to be looked at when the log's clock has come so far.
 *
 * "Nothing has happened at account 6222..1234 for 400 days: from 8 April on, see whether it can
 * go."
 *
 *     timers_add(timers, &page->token, due_ms);
 *     size_t count = timers_take_due(timers, clock_ms, &tokens);
 *
 * A timer says when to look, never what to do: the page decides by what it holds then. So one that
 * has become too early does no harm, and none is ever taken back. A page has one at most, the
 * earliest that was asked for, also while it is not in memory: it may go and come any number of
 * times.
 *
 * Memory:  28 bytes a timer and 4 to 12 to find it by its token, in arrays that grow by doubling
 *          until timers_free; at most 2^31 timers.
 * Threads: the owner of the partition only.
 * Errors:  none.
 */
#ifndef SLUICE_STATE_TIMERS_H
#define SLUICE_STATE_TIMERS_H

#include "engine/base/token.h"

#include <stddef.h>
#include <stdint.h>

struct timer {
    int64_t due_ms;
    struct token token; /* of the page */
};

struct timers;

struct timers *timers_new(void);
void timers_free(struct timers *timers);
/* Changes nothing where the page has a timer that is due no later. */
void timers_add(struct timers *timers, const struct token *token, int64_t due_ms);
/* Takes out all that are due at now_ms. *tokens: whose they are, in order; they stay until the next
 * call. Returns how many. */
size_t timers_take_due(struct timers *timers, int64_t now_ms, const struct token **tokens);
/* When the first is due; INT64_MAX: there is none. */
int64_t timers_due_ms(const struct timers *timers);
size_t timers_count(const struct timers *timers);

#endif
