/* str.h - a view of bytes, and a growing buffer.
 *
 * struct str names bytes that somebody else owns ("the value of member caller"); it is not
 * NUL-terminated. struct buf collects bytes (an output line, a frame); buf_clear keeps its memory,
 * so a warm buffer never allocates.
 *
 * Memory:  str borrows; buf owns its bytes until buf_fini. A zeroed struct buf is an empty one.
 * Threads: one owner at a time.
 * Errors:  none but memory (see mem.h).
 */
#ifndef SLUICE_BASE_STR_H
#define SLUICE_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct str {
    const char *at;
    size_t len;
};

#define STR(literal) ((struct str){"" literal, sizeof(literal) - 1})

struct str str_of(const char *text);
bool str_eq(struct str a, struct str b);
bool str_eq_text(struct str a, const char *text);
bool str_starts(struct str a, struct str prefix);
/* Memory order, shorter first when one begins the other. */
int str_compare(struct str a, struct str b);

struct buf {
    char *at;
    size_t len;
    size_t cap;
};

void buf_fini(struct buf *buf);
void buf_clear(struct buf *buf);
void buf_reserve(struct buf *buf, size_t more);
void buf_add(struct buf *buf, const void *bytes, size_t count);
void buf_add_str(struct buf *buf, struct str text);
void buf_add_text(struct buf *buf, const char *text);
void buf_add_char(struct buf *buf, char c);
void buf_add_format(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Ends the bytes with a NUL that does not count, and returns them. */
const char *buf_text(struct buf *buf);
struct str buf_str(const struct buf *buf);

/* 32 lower-case digits of 16 bytes, and back; out holds 2*count+1 bytes. */
void hex_encode(char *out, const uint8_t *bytes, size_t count);
/* False unless text is exactly 2*count lower- or upper-case digits. */
bool hex_decode(uint8_t *out, size_t count, struct str text);

/* Bytes of the longest valid UTF-8 prefix (RFC 3629: no surrogates, no overlong forms, at most
 * U+10FFFF). */
size_t utf8_valid_prefix(const char *at, size_t len);

#endif
