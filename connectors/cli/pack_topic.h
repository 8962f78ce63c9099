/* pack_topic.h - the topic `packs`: every published pack under its hash.
 *
 *     struct pack_topic packs;
 *     pack_topic_read(&packs, &settings, STR("3f9a12c4b5d6"), &err);
 *     row = pack_topic_find(&packs, STR("3f9a12c4b5d6"), &err);        row->bytes is the pack
 *     pack_topic_fini(&packs);
 *
 * A record's key is the hash in 64 hexadecimal digits, its value exactly the bytes of which it is
 * the hash (rules/rule_source.h). So nobody has to trust the topic, and publishing a pack twice
 * says the same thing twice.
 *
 * Memory:  owns its rows until pack_topic_fini. The bytes of packs are kept only where the hash
 *          begins with the digits that were asked for.
 * Threads: one.
 * Errors:  -1 with err: brokers away, no such pack, several such packs. A record that is not what
 *          its key says is a row that is not sound.
 */
#ifndef SLUICE_CLI_PACK_TOPIC_H
#define SLUICE_CLI_PACK_TOPIC_H

#include "connectors/kafka/kafka_in.h"
#include "engine/base/err.h"
#include "engine/base/str.h"
#include "engine/settings.h"
#include "rules/rule_source.h"

#include <stdbool.h>
#include <stddef.h>

#define PACK_TOPIC_DIGITS_MIN 12

struct pack_topic_row {
    char hash[RULE_SOURCE_HEX_BYTES];
    bool sound; /* the bytes are the pack of this hash */
    size_t file_count, byte_count;
    struct buf bytes; /* if they were asked for */
};

struct pack_topic {
    struct pack_topic_row *rows; /* in the order of the topic */
    size_t row_count, row_cap;
    struct str digits; /* of the hashes whose bytes are kept; empty: of none */
};

/* Reads the whole topic. */
int pack_topic_read(struct pack_topic *packs, const struct settings *settings, struct str digits,
                    struct err *err);
void pack_topic_fini(struct pack_topic *packs);
/* Takes one record, as pack_topic_read does with each. */
void pack_topic_take(struct pack_topic *packs, struct str key, struct str bytes);
/* The one pack whose hash begins so. */
const struct pack_topic_row *pack_topic_find(const struct pack_topic *packs, struct str digits,
                                             struct err *err);
/* Could this be the hash of a pack, or its beginning? 1 to 64 hexadecimal digits. */
bool pack_topic_is_hash(const char *word);
/* Was this row published last? Messages get the tags of that one. */
bool pack_topic_is_last(const struct pack_topic *packs, const struct pack_topic_row *row);
/* Writes a pack, unless it is there and the last one. *was_there, which may be NULL: it was there,
 * last or not. */
int pack_topic_publish(const struct settings *settings, const struct rule_source *source,
                       bool *was_there, struct err *err);
/* Makes a pack that is there the last one. One that is not sound stays as it is. */
int pack_topic_renew(const struct settings *settings, const char *hash, struct err *err);

#endif
