#include "connectors/cli/pack_topic.h"

#include "connectors/kafka/kafka_out.h"
#include "connectors/kafka/kafka_tail.h"
#include "engine/base/clock.h"
#include "engine/base/mem.h"

#include <inttypes.h>
#include <string.h>

#define LOOK_MS 100

/* One message holds a pack, its key and what Kafka puts around them. */
_Static_assert(KAFKA_MESSAGE_BYTES_MAX >= RULE_SOURCE_PACKED_BYTES_MAX + 4096,
               "every pack that compiles can be published");

/* ---- reading
 * -------------------------------------------------------------------------------------- */

static void free_row(struct pack_topic_row *row)
{
    buf_fini(&row->bytes);
}

void pack_topic_fini(struct pack_topic *packs)
{
    for (size_t i = 0; i < packs->row_count; i++) {
        free_row(&packs->rows[i]);
    }
    mem_free(packs->rows);
    *packs = (struct pack_topic){0};
}

static void remove_row(struct pack_topic *packs, const char *hash)
{
    for (size_t i = 0; i < packs->row_count; i++) {
        if (strcmp(packs->rows[i].hash, hash) == 0) {
            free_row(&packs->rows[i]);
            packs->row_count--;
            memmove(&packs->rows[i], &packs->rows[i + 1],
                    (packs->row_count - i) * sizeof *packs->rows);
            return;
        }
    }
}

static bool is_sound(struct pack_topic_row *row, const uint8_t *named, struct str bytes)
{
    uint8_t hash[DIGEST_BYTES];
    struct rule_source source;
    digest_sha256(hash, bytes.at, bytes.len);
    rule_source_init(&source);
    bool sound =
        memcmp(hash, named, sizeof hash) == 0 && rule_source_unpack(&source, bytes, NULL) == 0;
    row->file_count = source.file_count;
    rule_source_fini(&source);
    return sound;
}

void pack_topic_take(struct pack_topic *packs, struct str key, struct str bytes)
{
    uint8_t named[DIGEST_BYTES];
    struct pack_topic_row row = {.byte_count = bytes.len};
    if (!hex_decode(named, sizeof named, key)) {
        return; /* nobody can ask for it */
    }
    hex_encode(row.hash, named, sizeof named);
    remove_row(packs, row.hash); /* the last record of a key counts */
    if (bytes.len == 0) {
        return;
    }
    row.sound = is_sound(&row, named, bytes);
    if (packs->digits.len > 0 && str_starts(str_of(row.hash), packs->digits)) {
        buf_add_str(&row.bytes, bytes);
    }
    void *rows = packs->rows;
    mem_reserve(&rows, &packs->row_cap, packs->row_count + 1, sizeof *packs->rows);
    packs->rows = rows;
    packs->rows[packs->row_count++] = row;
}

static int take(void *context, const struct kafka_in_message *message, struct err *err)
{
    (void)err;
    pack_topic_take(context, message->key, message->bytes);
    return 0;
}

int pack_topic_read(struct pack_topic *packs, const struct settings *settings, struct str digits,
                    struct err *err)
{
    *packs = (struct pack_topic){.digits = digits};
    struct kafka_tail *tail = kafka_tail_open(settings, "sluice-pack", TOPIC_PACKS, err);
    int result = tail == NULL ? -1 : kafka_tail_read(tail, take, packs, err);
    kafka_tail_close(tail);
    if (result != 0) {
        pack_topic_fini(packs);
    }
    return result;
}

/* ---- finding
 * -------------------------------------------------------------------------------------- */

bool pack_topic_is_hash(const char *word)
{
    size_t len = strspn(word, "0123456789abcdef");
    return len > 0 && word[len] == '\0' && len < RULE_SOURCE_HEX_BYTES;
}

const struct pack_topic_row *pack_topic_find(const struct pack_topic *packs, struct str digits,
                                             struct err *err)
{
    const struct pack_topic_row *found = NULL;
    for (size_t i = 0; i < packs->row_count; i++) {
        if (!str_starts(str_of(packs->rows[i].hash), digits)) {
            continue;
        }
        if (found != NULL) {
            (void)err_set(err, ERR_USAGE,
                          "%.*s is the beginning of several packs, %s and %s among them; give more "
                          "digits",
                          (int)digits.len, digits.at, found->hash, packs->rows[i].hash);
            return NULL;
        }
        found = &packs->rows[i];
    }
    if (found == NULL) {
        (void)err_set(err, ERR_FINDING,
                      "pack %.*s is not in the topic packs; `sluice pack publish DIR` puts it "
                      "there, `sluice pack status` shows which are",
                      (int)digits.len, digits.at);
    }
    return found;
}

bool pack_topic_is_last(const struct pack_topic *packs, const struct pack_topic_row *row)
{
    return row == &packs->rows[packs->row_count - 1];
}

/* ---- writing
 * -------------------------------------------------------------------------------------- */

static void acknowledged(void *context, void *receipt)
{
    (void)context;
    (void)receipt;
}

static int write_pack(const struct settings *settings, const char *hex, struct str bytes,
                      struct err *err)
{
    struct kafka_message message = {.key = str_of(hex), .bytes = bytes};
    struct kafka_out *out = kafka_out_open(settings, "sluice-pack", acknowledged, NULL, NULL, err);
    if (out == NULL) {
        return -1;
    }
    int result = kafka_out_send(out, TOPIC_PACKS, 0, &message, NULL)
                     ? kafka_out_settle(out, settings->kafka_wait_s * 1000, err)
                     : err_set(err, ERR_OUTSIDE, "pack %s: the Kafka client takes no message", hex);
    kafka_out_close(out);
    return result;
}

int pack_topic_publish(const struct settings *settings, const struct rule_source *source,
                       bool *was_there, struct err *err)
{
    struct pack_topic packs;
    struct rule_source back;
    struct buf bytes = {0};
    char hex[RULE_SOURCE_HEX_BYTES];
    rule_source_hash_hex(hex, source);
    if (pack_topic_read(&packs, settings, STR(""), err) != 0) {
        return -1;
    }
    const struct pack_topic_row *row = pack_topic_find(&packs, str_of(hex), NULL);
    bool there = row != NULL && row->sound;
    bool last = there && pack_topic_is_last(&packs, row);
    pack_topic_fini(&packs);
    if (was_there != NULL) {
        *was_there = there;
    }
    if (last) {
        return 0; /* else it is written once more: tags are those of the last one */
    }
    /* What cannot be read back must not be written: a name on disk may be anything. */
    rule_source_pack(source, &bytes);
    rule_source_init(&back);
    int result = rule_source_unpack(&back, buf_str(&bytes), err);
    rule_source_fini(&back);
    if (result == 0) {
        result = write_pack(settings, hex, buf_str(&bytes), err);
    }
    buf_fini(&bytes);
    return result;
}

int pack_topic_renew(const struct settings *settings, const char *hash, struct err *err)
{
    struct pack_topic packs;
    if (pack_topic_read(&packs, settings, str_of(hash), err) != 0) {
        return -1;
    }
    const struct pack_topic_row *row = pack_topic_find(&packs, str_of(hash), err);
    int result = row == NULL ? -1 : 0;
    if (row != NULL && row->sound && !pack_topic_is_last(&packs, row)) {
        result = write_pack(settings, hash, buf_str(&row->bytes), err);
    }
    pack_topic_fini(&packs);
    return result;
}
