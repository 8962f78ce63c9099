/* state_write.h - a page for people, and as JSON.
 *
 *     account 6222***********0011
 *       newest event 2026-03-02T11:20:00.000+08:00
 *       class i
 *       payment_in: 1 record
 *         2026-03-02T11:20:00.000+08:00   70000.00  from 6217***********0022, first time
 *
 * Others appear as masks; a person's own numbers and accounts too. Points and warnings are those
 * that the page still holds; what ended before its newest event is marked as over.
 *
 * Memory:  appends to the caller's buffer.
 * Threads: any.
 * Errors:  none; program may be NULL: then lists, rules and typologies appear as their keys.
 */
#ifndef SLUICE_CLI_STATE_WRITE_H
#define SLUICE_CLI_STATE_WRITE_H

#include "engine/base/str.h"
#include "engine/eval/program.h"
#include "engine/state/page.h"

void state_write_text(struct buf *out, const struct page *page, const struct program *program);
void state_write_json(struct buf *out, const struct page *page, const struct program *program);

#endif
