/* lex_inside.h - what the files of the lexer share: lex.c makes tokens, lex_char.c knows characters
 * and blanks, lex_slip.c tells what is brought along from elsewhere (`&&`, `24小时`, curly quotes,
 * signs that nobody sees) and what to write.
 *
 * Memory:  see lex.h.
 * Threads: one owner at a time.
 * Errors:  diagnostics; none else.
 */
#ifndef SLUICE_RULES_LEX_INSIDE_H
#define SLUICE_RULES_LEX_INSIDE_H

#include "rules/lex.h"

static inline bool lex_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool lex_is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The byte at an offset from here, NUL past the end. */
static inline char lex_peek(const struct lex *lex, uint32_t offset)
{
    return offset < lex->end - lex->at ? lex->text.at[lex->at + offset] : '\0';
}

static inline struct str lex_rest(const struct lex *lex)
{
    return (struct str){lex->text.at + lex->at, lex->end - lex->at};
}

/* ---- lex_char.c ---- */
/* Bytes of the character here beyond ASCII; 0 if it is ASCII, the end, or not UTF-8. */
uint32_t lex_wide_bytes(const struct lex *lex);
/* Its code point. */
uint32_t lex_wide_code(const struct lex *lex, uint32_t bytes);
/* Bytes of the name character here, 0 if there is none. */
uint32_t lex_name_bytes(const struct lex *lex);
bool lex_at_line_end(const struct lex *lex);
/* Steps over one character of a comment, text or regular expression: every one is allowed but a
 * few, which are told. */
void lex_pass_char(struct lex *lex);
/* Blanks, line ends, comments; true if a line end was among them. */
bool lex_pass_blanks(struct lex *lex);
/* From `start` to here. */
struct span lex_span(const struct lex *lex, uint32_t start);
struct lex_token lex_token_of(const struct lex *lex, enum lex_kind kind, uint32_t start);
struct diag *lex_error(struct lex *lex, struct span span, const char *message);
void lex_error_hint(struct lex *lex, struct span span, const char *message, const char *hint);

/* ---- lex_slip.c ---- */
/* A duration whose unit is none: says so; the token, with value 0. */
struct lex_token lex_bad_unit(struct lex *lex, struct lex_token token, struct span unit,
                              struct str text);
/* A text in foreign quotes: a mistake, and a text; false if none begins here. */
bool lex_foreign_text(struct lex *lex, struct lex_token *token);
/* A foreign sign with one meaning, of more than `len` bytes: a mistake, and the token that was
 * meant; false if none is here. */
bool lex_foreign_sign(struct lex *lex, size_t len, struct lex_token *token);
/* Steps over what is no token, and tells it. */
void lex_pass_stray(struct lex *lex);

#endif
