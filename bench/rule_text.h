/* rule_text.h - packs of any size, written as an analyst would write them.
 *
 *     struct buf text = {0};
 *     rule_text_pack(&text, 200);
 *
 * Rule i has template i mod 8: a large payment by a channel, many payments in an hour, a sum over a
 * day, distinct payers, a payment after a risky call, a feature of the payee, a share of new
 * payees, many short calls. Its thresholds depend on i / 8, so no two rules are the same, and each
 * fires rarely in a day of the made-up city.
 *
 * Memory:  appends to the caller's buffer.
 * Threads: any.
 * Errors:  none.
 */
#ifndef SLUICE_BENCH_RULE_TEXT_H
#define SLUICE_BENCH_RULE_TEXT_H

#include "engine/base/err.h"
#include "rules/compile.h"

#include <stdint.h>

void rule_text_pack(struct buf *out, uint32_t rules);
/* Compiles; ends the process with 3 and the mistakes when the text is wrong. */
void rule_text_compile(struct compiled *pack, struct str text);

#endif
