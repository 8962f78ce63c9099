/* layout_inside.h - what the files of the layout share; nobody else includes it.
 *
 * layout_token.c reads tokens with the comments between them, layout_mark.c says at which of them a
 * line begins, layout_break.c writes one line, or several if it is too long, layout.c walks over
 * the file.
 *
 * Memory:  all in the arena of the file.
 * Threads: one owner at a time.
 * Errors:  none; a token that is not there is a bug and trips must().
 */
#ifndef SLUICE_RULES_LAYOUT_INSIDE_H
#define SLUICE_RULES_LAYOUT_INSIDE_H

#include "rules/layout.h"
#include "rules/lex.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LAYOUT_INDENT 4
#define LAYOUT_CLAUSE_PAD 7 /* `when   `, `score  ` */
#define LAYOUT_OFFSET_PAD 6 /* `+0m   `, `-100d ` */

/* A comment on a line of its own. */
struct layout_comment {
    struct str text; /* from the # on */
    bool blank;      /* an empty line stands before it */
    bool indented;   /* it does not begin its line */
};

struct layout_token {
    enum lex_kind kind;
    uint32_t start, end;             /* bytes of the file */
    struct str text;                 /* as it is written back */
    struct layout_comment *comments; /* before it, each on its own line */
    size_t comment_count;
    bool blank;        /* an empty line stands before it, behind its comments */
    struct str behind; /* a comment behind it on its line; may be empty */
    bool sign;         /* a + or - that belongs to the duration behind it */
};

struct layout_tokens {
    struct layout_token *items; /* the last is LEX_END */
    size_t count;
};

/* How a line is laid out. */
enum layout_shape {
    LAYOUT_HEAD,   /* of a block */
    LAYOUT_CLAUSE, /* of a rule: its word, filled up with blanks, and what it says */
    LAYOUT_EVENT,  /* of a case: its time, filled up with blanks, and what happens */
    LAYOUT_PART,   /* of another block */
    LAYOUT_CLOSE,  /* the } of a case */
};

/* A line begins at this byte. */
struct layout_mark {
    uint32_t file_index, start;
    uint8_t indent;
    uint8_t shape; /* enum layout_shape */
};

struct layout_marks {
    struct layout_mark *items; /* in order of file and place */
    size_t count, cap;
};

/* Tokens of one line, without LEX_END. */
struct layout_line {
    const struct layout_token *tokens;
    size_t count;
    enum lex_kind block; /* the word of the block it stands in */
    enum layout_shape shape;
    size_t indent;
};

/* ---- layout_token.c ---- */

void layout_tokens_read(struct layout_tokens *tokens, const struct rule_source *source,
                        struct span span, struct arena *arena);
/* Is there a blank between two neighbours of a line? */
bool layout_has_gap(const struct layout_token *before, const struct layout_token *token);

/* ---- layout_mark.c ---- */

/* Of all files; the caller frees items. */
void layout_marks_collect(struct layout_marks *marks, const struct ast_pack *pack);

/* ---- layout_break.c ---- */

void layout_indent(struct buf *out, size_t columns);
/* With its line end, and without the comments before its first token. */
void layout_line_write(struct buf *out, const struct layout_line *line);

#endif
