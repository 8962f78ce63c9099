/* json_write.h - writes one JSON object or array into a buffer, commas and escapes included.
 *
 *     json_open(&w, NULL, '{');
 *     json_text(&w, "type", STR("warning"));
 *     json_close(&w, '}');
 *
 * A name is given inside objects and NULL inside arrays. Members appear in the order of the calls,
 * without blanks, so the same calls give the same bytes.
 *
 * Memory:  writes into the caller's struct buf.
 * Threads: one owner at a time.
 * Errors:  text that is not UTF-8 is a bug of the caller; control characters are escaped.
 */
#ifndef SLUICE_BASE_JSON_WRITE_H
#define SLUICE_BASE_JSON_WRITE_H

#include "engine/base/str.h"
#include "engine/base/token.h"

#include <stdbool.h>
#include <stdint.h>

struct json_writer {
    struct buf *out;
    bool comma;
};

void json_open(struct json_writer *w, const char *name, char bracket);
void json_close(struct json_writer *w, char bracket);
void json_text(struct json_writer *w, const char *name, struct str value);
void json_int(struct json_writer *w, const char *name, int64_t value);
void json_bool(struct json_writer *w, const char *name, bool value);
void json_null(struct json_writer *w, const char *name);
/* A value that is JSON already: what another writer made. */
void json_raw(struct json_writer *w, const char *name, struct str json);
/* 32 hexadecimal digits. */
void json_token(struct json_writer *w, const char *name, const struct token *value);
/* RFC 3339 in the pack's zone. */
void json_time(struct json_writer *w, const char *name, int64_t time_ms);
/* Decimal text of minor units: 7000000 is "70000.00". */
void json_money(struct json_writer *w, const char *name, int64_t minor);
/* Any bytes, as text: RFC 4648, section 4. */
void json_base64(struct json_writer *w, const char *name, struct str bytes);
/* A quoted string: only what must be escaped is (RFC 8259 section 7). */
void json_quote(struct buf *out, struct str text);

#endif
