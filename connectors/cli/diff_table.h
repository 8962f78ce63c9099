/* diff_table.h - what two packs make of the same events, compared event by event.
 *
 *     diff_table_take(table, 0, &output);      what the first pack says to this event
 *     diff_table_take(table, 1, &output);      and the second
 *     diff_table_settle(table);                the event is over
 *
 * A rule is compared by the decisions in which it fired, warnings by typology and subject, requests
 * and advice by kind and target. What only the first pack says is lost, what only the second says
 * is new, and a warning of another tier is changed.
 *
 * Memory:  outputs of one event, a row for each name, a few examples a row.
 * Threads: one.
 * Errors:  none.
 */
#ifndef SLUICE_CLI_DIFF_TABLE_H
#define SLUICE_CLI_DIFF_TABLE_H

#include "engine/base/json_write.h"
#include "engine/sink.h"

#include <stdbool.h>

struct diff_table;
struct diff_table *diff_table_new(void);
void diff_table_free(struct diff_table *table);
/* side: 0 or 1. */
void diff_table_take(struct diff_table *table, int side, const struct output *output);
void diff_table_settle(struct diff_table *table);
/* Is anything new, lost or changed? */
bool diff_table_differs(const struct diff_table *table);
/* Rows by kind and name; examples below their rows. */
void diff_table_text(const struct diff_table *table, struct buf *out);
/* Member "rows", an array. */
void diff_table_json(const struct diff_table *table, struct json_writer *w);

#endif
