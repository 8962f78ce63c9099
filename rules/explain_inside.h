/* explain_inside.h - what the files of explain share; nobody else includes it.
 *
 * explain.c collects what a rule reads and why its event visits pages, explain_show.c tells it.
 *
 * Memory:  in the arena of struct explain.
 * Threads: one owner at a time.
 * Errors:  none.
 */
#ifndef SLUICE_RULES_EXPLAIN_INSIDE_H
#define SLUICE_RULES_EXPLAIN_INSIDE_H

#include "engine/base/arena.h"
#include "rules/check.h"
#include "rules/explain.h"
#include "rules/plan.h"

/* An aggregate, as written, and the feature that it stands in. */
struct explain_aggregate {
    struct str text;
    const struct checked_feature *feature; /* NULL: in the rule itself */
};

struct explain_carried {
    struct str text; /* `payee.payers_1h` */
    const struct carry *carry;
};

/* A piece of the program. */
struct explain_piece {
    struct str name; /* "when", "unless 1", "score 2: points" */
    uint32_t code;
};

struct explain {
    struct arena arena;
    const struct compiled *pack;
    const struct checked_rule *checked;
    const struct rule *rule;
    uint8_t event;
    uint32_t place, place_count; /* its number among the rules of its trigger and leg, from 1 */
    bool *features;              /* that it reads, by index */
    bool *patterns;              /* the same */
    struct explain_aggregate *aggregates;
    size_t aggregate_count, aggregate_cap;
    struct explain_carried *carried;
    size_t carried_count, carried_cap;
    struct explain_piece *pieces;
    size_t piece_count, piece_cap;
};

void explain_collect(struct explain *e, const struct compiled *pack, size_t rule);
void explain_fini(struct explain *e);
/* Does another rule read this feature on its own page? */
bool explain_reads(const struct compiled *pack, size_t rule, const struct checked_feature *feature);
/* Why an event visits a leg: first by order, names of rules, of values that are carried from it, of
 * the stream that is kept there. Each calls back with the kind of reason and its text. */
enum explain_why { EXPLAIN_FIRST, EXPLAIN_RULE, EXPLAIN_CARRY, EXPLAIN_STREAM, EXPLAIN_HOLDER };
typedef void explain_why_fn(void *context, enum explain_why why, struct str text);
void explain_visit(const struct compiled *pack, uint8_t event, uint8_t leg, explain_why_fn *tell,
                   void *context);

#endif
