/* format.h - shows values to people: in the reasons of a warning, and in the text of a `say`.
 *
 * 7000000 minor units are "70000.00" in a reason and "70,000.00" in a text; 45 minutes are "45m"
 * and "45 分钟".
 *
 * Memory:  appends to the caller's buffer.
 * Threads: any.
 * Errors:  none; an unknown value is null in a reason and "-" in a text.
 */
#ifndef SLUICE_EVAL_FORMAT_H
#define SLUICE_EVAL_FORMAT_H

#include "engine/base/str.h"
#include "engine/eval/program.h"
#include "engine/eval/vocab.h"
#include "engine/state/page.h"

/* Where the mask of an entity and the name of a typology are looked up. */
struct format_context {
    const struct event *event;
    const struct page *page;
    const struct program *program;
};

/* Of a known value, for `value` and `threshold` of a condition. */
void format_plain(struct buf *out, const struct format_context *context, uint8_t unit,
                  int64_t value);
/* Of any value, for a text that people read. */
void format_spoken(struct buf *out, const struct format_context *context, uint8_t unit,
                   int64_t value);

#endif
