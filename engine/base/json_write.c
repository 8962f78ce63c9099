#include "engine/base/json_write.h"

#include "engine/base/caltime.h"

#include <inttypes.h>
#include <string.h>

void json_quote(struct buf *out, struct str text)
{
    buf_add_char(out, '"');
    size_t from = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];
        if (c >= 0x20 && c != '"' && c != '\\') {
            continue;
        }
        buf_add(out, text.at + from, i - from);
        from = i + 1;
        switch (c) {
        case '"': buf_add_text(out, "\\\""); break;
        case '\\': buf_add_text(out, "\\\\"); break;
        case '\n': buf_add_text(out, "\\n"); break;
        case '\t': buf_add_text(out, "\\t"); break;
        default: buf_add_format(out, "\\u%04x", c); break;
        }
    }
    buf_add(out, text.at + from, text.len - from);
    buf_add_char(out, '"');
}

static void json_begin(struct json_writer *w, const char *name)
{
    if (w->comma) {
        buf_add_char(w->out, ',');
    }
    w->comma = true;
    if (name != NULL) {
        json_quote(w->out, str_of(name));
        buf_add_char(w->out, ':');
    }
}

void json_open(struct json_writer *w, const char *name, char bracket)
{
    json_begin(w, name);
    buf_add_char(w->out, bracket);
    w->comma = false;
}

void json_close(struct json_writer *w, char bracket)
{
    buf_add_char(w->out, bracket);
    w->comma = true;
}

void json_text(struct json_writer *w, const char *name, struct str value)
{
    json_begin(w, name);
    json_quote(w->out, value);
}

void json_int(struct json_writer *w, const char *name, int64_t value)
{
    json_begin(w, name);
    buf_add_format(w->out, "%" PRId64, value);
}

void json_raw(struct json_writer *w, const char *name, struct str json)
{
    json_begin(w, name);
    buf_add_str(w->out, json);
}

void json_bool(struct json_writer *w, const char *name, bool value)
{
    json_begin(w, name);
    buf_add_text(w->out, value ? "true" : "false");
}

void json_null(struct json_writer *w, const char *name)
{
    json_begin(w, name);
    buf_add_text(w->out, "null");
}

void json_token(struct json_writer *w, const char *name, const struct token *value)
{
    char text[TOKEN_HEX_BYTES];
    hex_encode(text, value->bytes, TOKEN_BYTES);
    json_text(w, name, (struct str){text, 2 * TOKEN_BYTES});
}

void json_time(struct json_writer *w, const char *name, int64_t time_ms)
{
    char text[CALTIME_TEXT_BYTES];
    caltime_format(text, time_ms, CALTIME_ZONE_MS);
    json_text(w, name, str_of(text));
}

void json_money(struct json_writer *w, const char *name, int64_t minor)
{
    json_begin(w, name);
    uint64_t size = minor < 0 ? 0 - (uint64_t)minor : (uint64_t)minor;
    buf_add_format(w->out, "\"%s%" PRIu64 ".%02" PRIu64 "\"", minor < 0 ? "-" : "", size / 100,
                   size % 100);
}

static void add_base64(struct buf *out, struct str bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t at = 0; at < bytes.len; at += 3) {
        uint32_t group = 0;
        size_t have = bytes.len - at < 3 ? bytes.len - at : 3;
        for (size_t i = 0; i < 3; i++) {
            group = group << 8 | (i < have ? (unsigned char)bytes.at[at + i] : 0);
        }
        for (size_t i = 0; i < 4; i++) {
            buf_add_char(out, i <= have ? digits[group >> (18 - 6 * i) & 63] : '=');
        }
    }
}

void json_base64(struct json_writer *w, const char *name, struct str bytes)
{
    json_begin(w, name);
    buf_add_char(w->out, '"');
    add_base64(w->out, bytes);
    buf_add_char(w->out, '"');
}
