#include "connectors/cli/receipts.h"

#include "connectors/kafka/kafka_tail.h"
#include "engine/base/mem.h"
#include "engine/ingest/json.h"

#include <inttypes.h>
#include <string.h>

#define RECEIPT_BYTES_MAX 1024 /* ours have about 200 */
#define NUMBER_DIGITS_MAX 18
#define SHOWN "0123456789abcdef-:.+T"

void receipts_init(struct receipts *receipts, uint32_t partition_count)
{
    *receipts = (struct receipts){.partition_count = partition_count};
    receipts->rows = mem_alloc(partition_count, sizeof *receipts->rows);
}

void receipts_fini(struct receipts *receipts)
{
    mem_free(receipts->rows);
    *receipts = (struct receipts){0};
}

/* ---- reading one
 * ---------------------------------------------------------------------------------- */

static const struct json_member *member_of(const struct json_doc *doc, const char *name,
                                           enum json_type type)
{
    for (uint32_t i = 0; i < doc->count; i++) {
        const struct json_member *member = &doc->members[i];
        if (member->parent == -1 && str_eq_text(member->name, name)) {
            return member->type == type ? member : NULL;
        }
    }
    return NULL;
}

static bool read_number(const struct json_doc *doc, const char *name, uint64_t *value)
{
    const struct json_member *member = member_of(doc, name, JSON_NUMBER);
    if (member == NULL || member->value.len > NUMBER_DIGITS_MAX) {
        return false;
    }
    *value = 0;
    for (size_t i = 0; i < member->value.len; i++) {
        char digit = member->value.at[i];
        if (digit < '0' || digit > '9') {
            return false;
        }
        *value = *value * 10 + (uint64_t)(digit - '0');
    }
    return true;
}

/* A text of digits and the signs of a time: what is read here is shown to people. */
static bool copy_text(const struct json_doc *doc, const char *name, char *out, size_t bytes)
{
    const struct json_member *member = member_of(doc, name, JSON_TEXT);
    if (member == NULL || member->value.len >= bytes) {
        return false;
    }
    for (size_t i = 0; i < member->value.len; i++) {
        if (memchr(SHOWN, member->value.at[i], sizeof SHOWN - 1) == NULL) {
            return false;
        }
    }
    memcpy(out, member->value.at, member->value.len);
    out[member->value.len] = '\0';
    return true;
}

static uint8_t read_clock(const struct json_doc *doc)
{
    const struct json_member *member = member_of(doc, "clock", JSON_TEXT);
    uint8_t mode = member == NULL ? CLOCK_UNSAID : CLOCK_EVENT;
    while (mode > CLOCK_UNSAID && !str_eq_text(member->value, header_clock_text(mode))) {
        mode--;
    }
    return mode;
}

bool receipt_read(struct receipt *receipt, uint32_t *partition, struct str bytes)
{
    struct json_doc doc;
    struct refusal why;
    char scratch[RECEIPT_BYTES_MAX];
    uint8_t hash[DIGEST_BYTES];
    uint64_t number = 0;
    *receipt = (struct receipt){0};
    if (bytes.len > sizeof scratch || json_decode(&doc, bytes, scratch, &why) != 0) {
        return false;
    }
    const struct json_member *type = member_of(&doc, "type", JSON_TEXT);
    if (type == NULL || !str_eq_text(type->value, "receipt") ||
        !read_number(&doc, "partition", &number) || number > UINT32_MAX) {
        return false;
    }
    *partition = (uint32_t)number;
    (void)copy_text(&doc, "time", receipt->time, sizeof receipt->time); /* it may be null */
    receipt->clock = read_clock(&doc);
    return read_number(&doc, "number", &receipt->number) && receipt->number > 0 &&
           copy_text(&doc, "lsn", receipt->lsn, sizeof receipt->lsn) &&
           copy_text(&doc, "pack", receipt->pack, sizeof receipt->pack) &&
           hex_decode(hash, sizeof hash, str_of(receipt->pack));
}

/* ---- all of them
 * ---------------------------------------------------------------------------------- */

void receipts_take(struct receipts *receipts, struct str bytes)
{
    struct receipt receipt;
    uint32_t partition = 0;
    if (!receipt_read(&receipt, &partition, bytes) || partition >= receipts->partition_count) {
        receipts->ignored++;
        return;
    }
    if (receipt.number > receipts->rows[partition].number) {
        receipts->rows[partition] = receipt;
    }
    if (receipt.number > receipts->greatest) {
        receipts->greatest = receipt.number;
    }
}

uint32_t receipts_missing(const struct receipts *receipts, struct buf *out)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < receipts->partition_count; i++) {
        if (receipts->rows[i].number == 0) {
            if (out != NULL) {
                buf_add_format(out, "%s%" PRIu32, count == 0 ? "" : ", ", i);
            }
            count++;
        }
    }
    return count;
}

bool receipts_agree(const struct receipts *receipts)
{
    const struct receipt *first = &receipts->rows[0];
    bool agree = first->number > 0;
    for (uint32_t i = 1; i < receipts->partition_count && agree; i++) {
        const struct receipt *other = &receipts->rows[i];
        agree = other->number == first->number && strcmp(other->pack, first->pack) == 0;
    }
    return agree;
}

const struct receipt *receipts_newest(const struct receipts *receipts)
{
    const struct receipt *newest = NULL;
    for (uint32_t i = 0; i < receipts->partition_count; i++) {
        const struct receipt *row = &receipts->rows[i];
        if (row->number > (newest == NULL ? 0 : newest->number)) {
            newest = row;
        }
    }
    return newest;
}

int receipts_take_message(void *receipts, const struct kafka_in_message *message, struct err *err)
{
    (void)err;
    receipts_take(receipts, message->bytes);
    return 0;
}

int receipts_read(struct receipts *receipts, const struct settings *settings, const char *client_id,
                  struct err *err)
{
    struct kafka_tail *tail = kafka_tail_open(settings, client_id, TOPIC_RECEIPTS, err);
    int result = tail == NULL ? -1 : kafka_tail_read(tail, receipts_take_message, receipts, err);
    kafka_tail_close(tail);
    return result;
}
