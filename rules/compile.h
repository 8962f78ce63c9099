/* compile.h - a folder of rules becomes a verified program, or a list of mistakes.
 *
 *     struct compiled pack;
 *     if (compile_load(&pack, "rules/library", &err) != 0) { ... the folder cannot be read ... }
 *     if (pack.program == NULL) { diag_render(&out, &pack.diags, &pack.source); }
 *     compile_fini(&pack);
 *
 * The passes, each in files of its own and none of which prints: lex, parse (parse.h), check
 * (names, types, units: check.h), plan (itinerary, carried values: plan.h), emit (code: emit.h),
 * verify (program.h).
 *
 * A pack is named by the hash of its canonical text (layout.h), so comments count and blanks do
 * not. Packed bytes are the pack that their own hash names, whatever layout a later version
 * prefers.
 *
 * Memory:  a struct compiled owns everything in it until compile_fini; the program too.
 * Threads: read-only once compiled.
 * Errors:  an unreadable path, or bytes of no pack, are err; a mistake in a rule is a diagnostic, and then program is NULL.
 */
#ifndef SLUICE_RULES_COMPILE_H
#define SLUICE_RULES_COMPILE_H

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/base/str.h"
#include "engine/eval/program.h"
#include "rules/ast.h"
#include "rules/diag.h"
#include "rules/rule_source.h"

struct checked; /* check.h: the pack with names resolved and types known */
struct plan;    /* plan.h: which pages an event visits, what it carries */

struct compiled {
    struct rule_source source;    /* as it was given: diagnostics point into it */
    struct rule_source canonical; /* as it is named and published; empty: as it was given */
    struct arena arena;           /* of the nodes below */
    struct ast_pack pack;
    struct diag_list diags; /* warnings too */
    struct checked *checked;
    struct plan *plan;       /* NULL: there are errors in diags */
    struct program *program; /* NULL: there are errors in diags */
    struct program
        *trial; /* the same with the draft rules, for their cases; NULL: there are none */
};

/* A folder of .rule files, or one such file. */
int compile_load(struct compiled *compiled, const char *path, struct err *err);
/* The same for a text from memory, as if it were the only file of the pack. */
int compile_text(struct compiled *compiled, struct str name, struct str text, struct err *err);
/* The same for a packed pack (rule_source.h), as it lies in the topic `packs`. */
int compile_packed(struct compiled *compiled, struct str bytes, struct err *err);
void compile_fini(struct compiled *compiled);
/* What is named by the program's hash, and published. */
const struct rule_source *compile_named(const struct compiled *compiled);
/* The checked pack as one JSON object, for `sluice check --json` and the slow reference. */
void compile_json(const struct compiled *compiled, struct buf *out);

#endif
