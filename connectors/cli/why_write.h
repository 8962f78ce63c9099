/* why_write.h - a judgement taken apart: every rule that was asked, with the value of each
 * condition.
 *
 *     near_limits of structuring: fires
 *       true     amount in below_limits: 49045.00, below_limits
 *       true     count(payment_out in 24h where ..) >= 3: 3, 3
 *       false    unless "suppliers, family": known_for >= 14d
 *
 * A value stands behind its colon, the threshold behind it; what is not known is `unknown`.
 *
 * Memory:  appends to the caller's buffer.
 * Threads: one.
 * Errors:  none.
 */
#ifndef SLUICE_CLI_WHY_WRITE_H
#define SLUICE_CLI_WHY_WRITE_H

#include "engine/eval/decision.h"

/* On the page as the rules see it, before they are judged. */
void why_write_rules(struct buf *out, const struct decision_judgement *judgement);
/* What an output says: a decision, or a warning with its reasons. */
void why_write_decision(struct buf *out, struct str json);
void why_write_warning(struct buf *out, struct str json);

#endif
