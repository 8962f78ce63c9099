#include "connectors/file/dead_letter.h"

#include "engine/base/digest.h"
#include "engine/base/json_write.h"

#include <inttypes.h>
#include <stdio.h>

#define DETAIL_BYTES 1024

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

static struct token letter_id(const struct dead_letter *letter)
{
    struct digest_id id;
    digest_id_begin(&id, "dead");
    digest_id_text(&id, letter->topic);
    digest_id_number(&id, letter->partition);
    digest_id_number(&id, letter->offset);
    return digest_id_end(&id);
}

static void write_detail(const struct dead_letter *letter, struct json_writer *w)
{
    char detail[DETAIL_BYTES];
    int len = letter->file == NULL
                  ? snprintf(detail, sizeof detail, "%s", letter->why->detail)
                  : snprintf(detail, sizeof detail, "%s; %s at byte %" PRIu64, letter->why->detail,
                             letter->file, letter->file_offset);
    size_t all = len < 0 ? 0 : (size_t)len < sizeof detail ? (size_t)len : sizeof detail - 1;
    /* A file's name need not be UTF-8, and a cut one may end inside a character. */
    json_text(w, "detail", (struct str){detail, utf8_valid_prefix(detail, all)});
}

void dead_letter_write(const struct dead_letter *letter, struct buf *line, struct output *output)
{
    struct json_writer w = {.out = line};
    struct str kept = letter->bytes;
    kept.len = kept.len < letter->bytes_max ? kept.len : letter->bytes_max;
    buf_clear(line);
    json_open(&w, NULL, '{');
    json_text(&w, "reason", refusal_text(letter->why->reason));
    write_detail(letter, &w);
    json_text(&w, "topic", letter->topic);
    json_int(&w, "partition", letter->partition);
    json_int(&w, "offset", (int64_t)letter->offset);
    if (letter->time_ms == INT64_MIN) {
        json_null(&w, "time");
    } else {
        json_time(&w, "time", letter->time_ms);
    }
    json_int(&w, "size", (int64_t)letter->size);
    if (letter->bytes_max > 0) {
        struct buf text = {0};
        add_base64(&text, kept);
        json_text(&w, "bytes_base64", buf_str(&text));
        buf_fini(&text);
    }
    json_close(&w, '}');
    *output = (struct output){OUTPUT_DEAD_LETTER,
                              letter_id(letter),
                              {{0}},
                              buf_str(line),
                              refusal_text(letter->why->reason)};
}
