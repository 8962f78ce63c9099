/* same.h - do two checked expressions say the same?
 *
 * `amount>=5.00 CNY` and `amount >= limit` do, if limit is a constant of 5.00 CNY.
 *
 * Memory:  none.
 * Threads: any.
 * Errors:  none.
 */
#ifndef SLUICE_RULES_SAME_H
#define SLUICE_RULES_SAME_H

#include "rules/check.h"

/* The same operations on the same values, in the same order; NULL is the same as NULL alone. */
bool same_expr(const struct checked_expr *a, const struct checked_expr *b);
/* Equal for those that are the same. */
uint64_t same_hash(const struct checked_expr *expr);

#endif
