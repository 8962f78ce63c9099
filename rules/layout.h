/* layout.h - the one layout of a rule's text: the same words, in the lines and blanks that
 * everybody gets.
 *
 *     struct rule_source canonical;
 *     rule_source_init(&canonical);
 *     if (layout_source(&canonical, &source, &pack, &err) != 0) { .. too large .. }
 *
 * `when amount>=5.00  CNY and own` becomes `    when   amount >= 5.00 CNY and own`. A line that
 * would be longer than LAYOUT_COLUMNS is broken, before what binds weakest first. Comments stay
 * with their neighbours; of blank lines between lines at most one stays, and before and behind a
 * block of several lines there is one. Literals, names and texts are left as they were written.
 *
 * What the layout says depends on the words, the comments and the blank lines alone, so the layout
 * of a laid-out text is itself, and the pack of the text is the pack of its layout.
 *
 * Memory:  canonical owns its texts; texts of layout_flat are in the arena.
 * Threads: one owner at a time.
 * Errors:  -1 with err when the laid-out pack would be too large. A text with mistakes must not be given.
 */
#ifndef SLUICE_RULES_LAYOUT_H
#define SLUICE_RULES_LAYOUT_H

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "rules/ast.h"
#include "rules/rule_source.h"

#define LAYOUT_COLUMNS 110 /* of a terminal: a Chinese character takes two */

/* Fills an initialised, empty source with the files of a pack that parsed without errors. */
int layout_source(struct rule_source *canonical, const struct rule_source *source,
                  const struct ast_pack *pack, struct err *err);
/* What stands in a span, on one line, without comments: how a condition is shown. */
struct str layout_flat(struct arena *arena, const struct rule_source *source, struct span span);

#endif
