/* parse.h - tokens to nodes: recursive descent with one token in hand, after the grammar in
 * docs/rule-language.md.
 *
 *     struct arena arena = {0};
 *     struct diag_list diags = {0};
 *     struct ast_pack pack;
 *     parse_pack(&pack, &source, &arena, &diags);
 *     if (diag_has_errors(&diags)) { ... diag_render(&out, &diags, &source) ... }
 *
 * The whole grammar is read; what this version cannot run yet is refused by the checker, by name. A
 * mistake is said once, with what was expected, where, and what stands there instead; then reading
 * goes on at the next action, case or block, so that one run shows all mistakes of a file.
 *
 * Memory:  nodes in the arena; they point into the source, which must live as long.
 * Threads: one owner at a time.
 * Errors:  diagnostics. Nesting is bounded by PARSE_DEPTH_MAX, one expression by PARSE_NODES_MAX.
 */
#ifndef SLUICE_RULES_PARSE_H
#define SLUICE_RULES_PARSE_H

#include "engine/base/arena.h"
#include "rules/ast.h"
#include "rules/diag.h"
#include "rules/rule_source.h"

#define PARSE_DEPTH_MAX 64 /* parentheses, `not`, `where`, sets, factors inside each other */
#define PARSE_NODES_MAX \
    1024 /* of one condition, feature, value; ranges of a constant's set count one by one */

/* All files of the source. */
void parse_pack(struct ast_pack *pack, const struct rule_source *source, struct arena *arena,
                struct diag_list *diags);

#endif
