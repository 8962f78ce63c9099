/* lex.h - the text of a rule file as tokens, one by one.
 *
 *     struct lex lex = lex_start(&source, file_index, &arena, &diags);
 *     for (struct lex_token t = lex_next(&lex); t.kind != LEX_END; t = lex_next(&lex)) { ... }
 *
 * `amount >= 30_000.00 CNY` is a name, a sign and a MONEY of 3,000,000 minor units. All values are
 * exact integers. What is no token becomes a diagnostic that names the place and the remedy, and
 * the lexer goes on behind it: a literal with a wrong value is still a token of its kind, with
 * value 0; a foreign sign with one meaning (`&&`, `，`) is the token that was meant.
 *
 * Memory:  tokens point into the source and, for texts with escapes, into the arena.
 * Threads: one owner at a time.
 * Errors:  diagnostics; none else.
 */
#ifndef SLUICE_RULES_LEX_H
#define SLUICE_RULES_LEX_H

#include "engine/base/arena.h"
#include "engine/base/str.h"
#include "rules/diag.h"
#include "rules/rule_source.h"

#include <stdbool.h>
#include <stdint.h>

#define LEX_NAME_BYTES_MAX 96
#define LEX_DECIMALS_MAX 6

enum lex_kind {
    LEX_END,
    LEX_NAME,
    LEX_NUMBER,
    LEX_MONEY,
    LEX_PERCENT,
    LEX_DURATION,
    LEX_CLOCK,
    LEX_DATE,
    LEX_TEXT,
    LEX_REGEX,
#define LEX_SIGN(name, text) LEX_##name,
#define LEX_WORD(name, text, role) LEX_##name,
#include "rules/token.def"
#undef LEX_SIGN
#undef LEX_WORD
    LEX_KIND_COUNT,
};

enum lex_role {
    LEX_ROLE_NONE, /* no word */
    LEX_ROLE_PLAIN,
    LEX_ROLE_BLOCK,
    LEX_ROLE_CLAUSE,
    LEX_ROLE_AGGREGATE,
};

struct lex_token {
    enum lex_kind kind;
    struct span span;
    /* NUMBER: value / 10^decimals ("1.4" is 14, 1); MONEY: minor units; PERCENT: basis points;
     * DURATION: ms; CLOCK: ms since midnight; DATE: days since 1970-01-01. */
    int64_t value;
    uint8_t decimals;
    bool line_start; /* the first token of its line */
    bool unclosed;   /* TEXT, REGEX: its quotes are wrong, which has been said */
    struct str
        text; /* NAME: itself; MONEY: the currency; TEXT: unescaped; REGEX: between the slashes */
};

struct lex {
    const struct rule_source *source;
    struct arena *arena;
    struct diag_list *diags;
    struct str text; /* the whole file */
    uint32_t file_index;
    uint32_t at;
    uint32_t end;
    bool line_start; /* a line end came since the token before */
    enum lex_kind before;
};

/* A file from its begin to its end. */
struct lex lex_start(const struct rule_source *source, uint32_t file_index, struct arena *arena,
                     struct diag_list *diags);
/* Only the bytes of span: what stands in the {...} of a text. */
struct lex lex_start_span(const struct rule_source *source, struct span span, struct arena *arena,
                          struct diag_list *diags);

/* The next token; LEX_END again and again at the end. */
struct lex_token lex_next(struct lex *lex);

/* What a text says: the bytes between its quotes with their escapes resolved. */
struct str lex_unescape(struct arena *arena, struct str raw);

enum lex_role lex_role_of(enum lex_kind kind);
/* "rule", "==" of words and signs; "a name", "a duration" ... of the others. */
const char *lex_kind_text(enum lex_kind kind);

#endif
