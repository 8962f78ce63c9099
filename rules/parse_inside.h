/* parse_inside.h - what the files of the parser share; nobody else includes it.
 *
 * parse.c walks the files and recovers, parse_expr.c reads conditions and values, parse_block.c the
 * blocks, parse_rule.c rules with their actions, parse_case.c their cases.
 *
 * A function that reads a construct returns false, or NULL, after it has said what is wrong;
 * whoever can go on behind the mistake skips ahead, the others pass the failure up.
 *
 * Memory:  nodes in the arena.
 * Threads: one owner at a time.
 * Errors:  diagnostics.
 */
#ifndef SLUICE_RULES_PARSE_INSIDE_H
#define SLUICE_RULES_PARSE_INSIDE_H

#include "rules/ast.h"
#include "rules/diag.h"
#include "rules/lex.h"
#include "rules/parse.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where the next node of each list is hung. */
struct parse_tails {
    struct ast_typology **typologies;
    struct ast_tag **tags;
    struct ast_list **lists;
    struct ast_const **consts;
    struct ast_calendar **calendars;
    struct ast_feature **features;
    struct ast_scorecard **scorecards;
    struct ast_pattern **patterns;
    struct ast_rule **rules;
    struct ast_policy **policies;
    struct ast_case **ordinaries;
};

struct parse {
    const struct rule_source *source;
    struct arena *arena;
    struct diag_list *diags;
    struct parse_tails tails;
    struct lex lex;
    struct lex_token token; /* in hand */
    struct span last;       /* of the token before */
    struct span said;       /* the place of the newest complaint, which is not repeated */
    bool has_said;
    const char *end_text; /* what the end is called */
    unsigned depth;
    unsigned node_count;
};

/* Hangs a node to the end of a list. */
#define PARSE_HANG(tail, node) (*(tail) = (node), (tail) = &(node)->next)

/* ---- parse.c ---- */

void *parse_new(struct parse *p, size_t bytes);
void parse_step(struct parse *p);
bool parse_at(const struct parse *p, enum lex_kind kind);
bool parse_accept(struct parse *p, enum lex_kind kind);
/* "expected WHAT, found X" at the token in hand, once for each place; never NULL. */
struct diag *parse_expected(struct parse *p, const char *what);
struct diag *parse_error(struct parse *p, struct span span, const char *message);
/* Adds "did you mean ...?" with the nearest word of a role. */
void parse_hint_word(struct parse *p, struct diag *diag, enum lex_role role);
bool parse_expect(struct parse *p, enum lex_kind kind, const char *what);
bool parse_name(struct parse *p, struct ast_name *name, const char *what);
bool parse_path(struct parse *p, struct ast_path *path, const char *what);
bool parse_whole(struct parse *p, int64_t *value, struct span *span, const char *what);
bool parse_duration(struct parse *p, int64_t *ms, const char *what);
bool parse_length(struct parse *p, struct ast_length *length, const char *what);
bool parse_title(struct parse *p, struct str *title, struct span *span);
/* From start to the last token read. */
struct span parse_span_from(const struct parse *p, struct span start);
/* The token in hand begins a block, or the file ends. */
bool parse_at_block(const struct parse *p);

/* ---- parse_expr.c ---- */

/* A whole condition or value; what is expected, for the case that the token in hand begins none. */
struct ast_expr *parse_expr_whole(struct parse *p, const char *what);
struct ast_expr *parse_sum_whole(struct parse *p, const char *what);
struct ast_set *parse_set(struct parse *p);
/* The ranges of a constant: each is an expression of its own. */
struct ast_set *parse_set_whole(struct parse *p);
bool parse_window_length(struct parse *p, struct ast_window *window, const char *what);
bool parse_source(struct parse *p, struct ast_source *source, const char *what);
/* [where]: NULL in *where if there is none. */
bool parse_where(struct parse *p, struct ast_expr **where);
bool parse_compare(struct parse *p, enum ast_compare *compare);
/* A number that may have decimals. */
struct ast_literal parse_literal(const struct lex_token *token);

/* ---- parse_block.c ---- */

/* Each reads one block from its word on, hangs it, and returns its head. */
struct ast_head *parse_typology(struct parse *p);
struct ast_head *parse_tag(struct parse *p);
struct ast_head *parse_list(struct parse *p);
struct ast_head *parse_const(struct parse *p);
struct ast_head *parse_calendar(struct parse *p);
struct ast_head *parse_feature(struct parse *p);
struct ast_head *parse_scorecard(struct parse *p);
struct ast_head *parse_pattern(struct parse *p);
struct ast_head *parse_policy(struct parse *p);
bool parse_trigger(struct parse *p, struct ast_trigger *trigger);

/* ---- parse_rule.c ---- */

struct ast_head *parse_rule(struct parse *p);

/* ---- parse_case.c ---- */

struct ast_head *parse_ordinary(struct parse *p);
/* `fires` or `quiet` in hand; never NULL. */
struct ast_case *parse_case(struct parse *p);

#endif
