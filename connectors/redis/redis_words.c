#include "connectors/redis/redis_words.h"

#include "engine/base/mem.h"
#include "engine/base/must.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define KEY_BYTES 96

static void add(struct redis_words *w, struct str word)
{
    void *words = w->words;
    mem_reserve(&words, &w->cap, w->count + 1, sizeof *w->words);
    w->words = words;
    w->words[w->count++] = word;
}

void redis_words_fini(struct redis_words *w)
{
    mem_free(w->words);
    buf_fini(&w->bytes);
    *w = (struct redis_words){0};
}

void redis_words_command(struct redis_words *w, const char *command)
{
    w->count = 0;
    buf_clear(&w->bytes);
    redis_words_add(w, str_of(command));
}

void redis_words_begin(struct redis_words *w, const char *function)
{
    redis_words_command(w, "FCALL");
    redis_words_add(w, str_of(function));
}

void redis_words_add(struct redis_words *w, struct str word)
{
    add(w, word.len == 0 ? STR("") : word);
}

/* Its place is an offset into `bytes`, told by at NULL, as the bytes may still move. */
void redis_words_copy(struct redis_words *w, const void *bytes, size_t count)
{
    size_t offset = w->bytes.len;
    buf_add(&w->bytes, &count, sizeof count);
    buf_add(&w->bytes, bytes, count);
    add(w, (struct str){NULL, offset});
}

void redis_words_number(struct redis_words *w, uint64_t number)
{
    char text[24];
    int len = snprintf(text, sizeof text, "%" PRIu64, number);
    redis_words_copy(w, text, (size_t)len);
}

void redis_words_set_number(struct redis_words *w, size_t at, uint64_t number)
{
    must(at < w->count);
    redis_words_number(w, number);
    w->words[at] = w->words[--w->count];
}

void redis_words_key(struct redis_words *w, const char *prefix, uint32_t partition,
                     const char *what, int bucket)
{
    char key[KEY_BYTES];
    int len = bucket < 0 ? snprintf(key, sizeof key, "%s{%" PRIu32 "}:%s", prefix, partition, what)
                         : snprintf(key, sizeof key, "%s{%" PRIu32 "}:%s:%d", prefix, partition,
                                    what, bucket);
    must(len > 0 && len < KEY_BYTES);
    redis_words_copy(w, key, (size_t)len);
}

static struct str bytes_of(const struct redis_words *w, size_t i)
{
    struct str word = w->words[i];
    if (word.at == NULL) {
        const char *place = w->bytes.at + word.len;
        memcpy(&word.len, place, sizeof word.len);
        word.at = place + sizeof word.len;
    }
    return word;
}

/* "$17", and the end of the line: by hand, as there is one for each word. */
static void add_count(struct buf *out, char kind, size_t count)
{
    char text[32];
    size_t at = sizeof text;
    text[--at] = '\n';
    text[--at] = '\r';
    do {
        text[--at] = (char)('0' + count % 10);
        count /= 10;
    } while (count > 0);
    text[--at] = kind;
    buf_add(out, text + at, sizeof text - at);
}

void redis_words_write(const struct redis_words *w, struct buf *out)
{
    add_count(out, '*', w->count);
    for (size_t i = 0; i < w->count; i++) {
        struct str word = bytes_of(w, i);
        add_count(out, '$', word.len);
        buf_add_str(out, word);
        buf_add(out, "\r\n", 2);
    }
}
