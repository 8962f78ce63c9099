/* diag.h - mistakes in rules as values, and the one renderer that shows them.
 *
 *     struct diag *diag = diag_add(&diags, DIAG_ERROR, compare_span,
 *                                  "cannot compare a duration with money");
 *     diag_note(&diags, diag, left_span, "duration");
 *     diag_note(&diags, diag, right_span, "money");
 *     diag_hint(&diags, diag, "did you mean `amount`?");
 *
 * shows as
 *
 *     library/fake_boss.rule:14:19: error: cannot compare a duration with money
 *        14 |     when duration > 50_000.00 CNY
 *           |          -------- ^ -------------
 *           |          duration   money
 *        hint: did you mean `amount`?
 *
 * The main span is underlined with ^, a note's with -. A note on another line is shown after it as
 * a place of its own. Columns count characters; underlines count terminal columns (a Chinese
 * character has two, a tab is shown as four).
 *
 * Per file at most DIAG_ERRORS_SHOWN errors and as many warnings are kept; of the rest only the
 * number is.
 *
 * Memory:  the list owns its texts until diag_fini; spans point into the source that is given to diag_render.
 * Threads: one owner at a time.
 * Errors:  none but memory (see mem.h).
 */
#ifndef SLUICE_RULES_DIAG_H
#define SLUICE_RULES_DIAG_H

#include "engine/base/arena.h"
#include "engine/base/str.h"
#include "rules/rule_source.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DIAG_ERRORS_SHOWN 20
#define DIAG_NOTES_MAX 3
#define DIAG_WORD_CHARS 96

enum diag_severity {
    DIAG_ERROR,
    DIAG_WARNING,
};

struct diag_note {
    struct span span;
    struct str label; /* may be empty */
};

struct diag {
    enum diag_severity severity;
    struct span span;
    struct str message;
    struct str label; /* under the main span; may be empty */
    struct str hint;  /* may be empty */
    size_t note_count;
    struct diag_note notes[DIAG_NOTES_MAX];
    size_t order; /* of diag_add */
};

struct diag_tally {
    size_t error_count;
    size_t warning_count;
};

/* A zeroed struct diag_list is an empty one. */
struct diag_list {
    struct arena texts;
    struct diag *items;
    size_t count;
    size_t cap;
    struct diag_tally *tallies; /* by file, those not kept included */
    size_t tally_count;
    size_t tally_cap;
    struct diag_tally total;
    struct diag surplus; /* what is not kept is written here */
    bool surplus_is_last;
};

void diag_fini(struct diag_list *list);

/* Never NULL; the pointer is good until the next diag_add. */
struct diag *diag_add(struct diag_list *list, enum diag_severity severity, struct span span,
                      const char *format, ...) __attribute__((format(printf, 4, 5)));
void diag_label(struct diag_list *list, struct diag *diag, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* A further place; those past DIAG_NOTES_MAX are left out. */
void diag_note(struct diag_list *list, struct diag *diag, struct span span, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void diag_hint(struct diag_list *list, struct diag *diag, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static inline bool diag_has_errors(const struct diag_list *list)
{
    return list->total.error_count != 0;
}

/* Was the one that was added last kept? For one that was not, no hint need be sought. */
static inline bool diag_shows_last(const struct diag_list *list)
{
    return !list->surplus_is_last;
}

/* All of the list, by file and place. */
void diag_render(struct buf *out, const struct diag_list *list, const struct rule_source *source);

/* Columns of a terminal that a text takes. */
size_t diag_columns(struct str text);

/* For "%.*s": a text of the source, cut to what fits into a message. */
struct str diag_clip(struct str text);
#define DIAG_STR(text) (int)diag_clip(text).len, diag_clip(text).at

/* The candidate nearest to a misspelt word:
 *
 *     struct diag_guess guess = diag_guess_start(word);
 *     for (...) { diag_guess_try(&guess, names[i]); }
 *     diag_hint_guess(&diags, diag, &guess);
 *
 * A candidate counts if it is at most 2 edits away, or a third of the word's characters (1 for
 * words of up to three); an edit inserts, removes, replaces a character or swaps two neighbours. Of
 * equally near ones the first is kept. */
struct diag_guess {
    struct str word;
    struct str best; /* empty: none is near */
    size_t best_edits;
};

struct diag_guess diag_guess_start(struct str word);
void diag_guess_try(struct diag_guess *guess, struct str candidate);
/* Adds "did you mean `best`?" if there is one; true if so. */
bool diag_hint_guess(struct diag_list *list, struct diag *diag, const struct diag_guess *guess);

#endif
