/* explain.h - how a rule is run: when, at which page, what it reads, what it costs, and its
 * program.
 *
 *     rule fan_in of mule "Three new payers or more in an hour"
 *       rules/library/fan_in.rule:4:6
 *       runs on transaction for payee, number 1 of 1 there
 *     ..
 *
 * The facts are collected once from the checked rule, the plan and the program; explain_text tells
 * them in words, explain_json as one object.
 *
 * Memory:  appends to the caller's buffer.
 * Threads: one.
 * Errors:  none; the pack has a program, and the rule is one of its rules.
 */
#ifndef SLUICE_RULES_EXPLAIN_H
#define SLUICE_RULES_EXPLAIN_H

#include "engine/base/json_write.h"
#include "rules/compile.h"

void explain_text(struct buf *out, const struct compiled *pack, size_t rule);
void explain_json(struct json_writer *w, const struct compiled *pack, size_t rule);

#endif
