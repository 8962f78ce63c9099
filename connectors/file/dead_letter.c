#include "connectors/file/dead_letter.h"

#include "engine/base/digest.h"
#include "engine/base/json_write.h"

#include <inttypes.h>
#include <string.h>

#define NAME_BYTES 1024 /* of a file's name, in a detail */

static struct token letter_id(const struct dead_letter *letter)
{
    struct digest_id id;
    digest_id_begin(&id, "dead");
    digest_id_text(&id, letter->topic);
    digest_id_number(&id, letter->partition);
    digest_id_number(&id, letter->offset);
    return digest_id_end(&id);
}

/* Those of one partition of a feed stand together, and those of a topic are spread. */
static struct token letter_key(const struct dead_letter *letter)
{
    struct digest_id id;
    digest_id_begin(&id, "dead key");
    digest_id_text(&id, letter->topic);
    digest_id_number(&id, letter->partition);
    return digest_id_end(&id);
}

/* What comes before the first byte that is no UTF-8: a file's name need not be it, and a cut text
 * may end inside a character. */
static struct str readable(const char *text, size_t bytes_max)
{
    size_t len = strlen(text);
    return (struct str){text, utf8_valid_prefix(text, len < bytes_max ? len : bytes_max)};
}

static void write_detail(const struct dead_letter *letter, struct json_writer *w)
{
    struct buf detail = {0};
    buf_add_str(&detail, readable(letter->why->detail, sizeof letter->why->detail));
    if (letter->file != NULL) {
        struct str name = readable(letter->file, NAME_BYTES);
        buf_add_format(&detail, "; %.*s at byte %" PRIu64, (int)name.len, name.at,
                       letter->file_offset);
    }
    json_text(w, "detail", buf_str(&detail));
    buf_fini(&detail);
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
        json_base64(&w, "bytes_base64", kept);
    }
    json_close(&w, '}');
    *output = (struct output){OUTPUT_DEAD_LETTER,
                              letter_id(letter),
                              letter_key(letter),
                              buf_str(line),
                              refusal_text(letter->why->reason),
                              0,
                              0};
}
