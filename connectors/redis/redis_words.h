/* redis_words.h - a call in the making.
 *
 *     redis_words_begin(&words, "sluice_open");
 *     redis_words_add(&words, STR("1"));
 *     redis_words_key(&words, "sluice:", 17, "h", 255);        sluice:{17}:h:255
 *     redis_words_write(&words, &out);                         as Redis reads it
 *
 * Keys come before all arguments and both are many, so words are gathered first and written once.
 *
 * Memory:  a zeroed one is ready; redis_words_fini. What redis_words_add gets is not copied, all
 *          else is.
 * Threads: one owner.
 * Errors:  none.
 */
#ifndef SLUICE_CONNECTORS_REDIS_WORDS_H
#define SLUICE_CONNECTORS_REDIS_WORDS_H

#include "engine/base/str.h"

#include <stdint.h>

struct redis_words {
    struct str *words;
    size_t count, cap;
    struct buf bytes; /* of those that are copied */
};

void redis_words_fini(struct redis_words *words);
void redis_words_begin(struct redis_words *words, const char *function);
/* The same for a command of Redis itself. */
void redis_words_command(struct redis_words *words, const char *command);
/* A word whose bytes live elsewhere until the call is written. */
void redis_words_add(struct redis_words *words, struct str word);
void redis_words_copy(struct redis_words *words, const void *bytes, size_t count);
void redis_words_number(struct redis_words *words, uint64_t number);
/* In the place of the at-th word, which is there. */
void redis_words_set_number(struct redis_words *words, size_t at, uint64_t number);
/* bucket: -1 for a key that has none. */
void redis_words_key(struct redis_words *words, const char *prefix, uint32_t partition,
                     const char *what, int bucket);
/* Appends the call. */
void redis_words_write(const struct redis_words *words, struct buf *out);

#endif
