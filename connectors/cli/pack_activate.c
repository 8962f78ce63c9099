#include "connectors/cli/activation.h"
#include "connectors/cli/pack_shelf.h"
#include "connectors/cli/pack_topic.h"
#include "connectors/cli/pack_verb.h"
#include "connectors/cli/receipts.h"
#include "connectors/cli/setup.h"
#include "connectors/kafka/kafka_tail.h"
#include "engine/base/clock.h"
#include "engine/base/json_write.h"
#include "engine/base/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LOOK_MS 100

enum outcome { OUTCOME_MISSING, OUTCOME_ACTIVE, OUTCOME_SKIPPED };
static const char *const outcome_texts[] = {"missing", "active", "skipped"};

struct activation {
    const struct pack_order *order;
    char pack[RULE_SOURCE_HEX_BYTES];
    uint8_t hash[DIGEST_BYTES];
    uint64_t number;
    bool written; /* receipts that come now may be answers */
    struct kafka_tail *tail;
    struct receipts receipts;
    uint8_t *outcomes; /* by partition: enum outcome */
};

/* ---- which pack
 * ----------------------------------------------------------------------------------- */

/* A word of hexadecimal digits is a hash; a folder that is called so can be written ./cafe. */
static int name_pack(struct activation *a, struct err *err)
{
    const char *word = a->order->word;
    struct compiled pack;
    if (pack_topic_is_hash(word)) {
        if (strlen(word) < PACK_TOPIC_DIGITS_MIN) {
            return err_set(err, ERR_USAGE,
                           "\"%s\" is too short for a pack's hash: give at least %d of its 64 "
                           "digits; a folder of this name is ./%s",
                           word, PACK_TOPIC_DIGITS_MIN, word);
        }
        memcpy(a->pack, word, strlen(word) + 1);
        return 0;
    }
    memset(&pack, 0, sizeof pack);
    int result = setup_pack(&pack, word, err);
    if (result == 0) {
        memcpy(a->pack, pack.program->hash_hex, sizeof a->pack);
    }
    compile_fini(&pack);
    return result;
}

/* No partition may meet an activation that this program cannot follow. */
static int check_row(const struct pack_topic_row *row, struct err *err)
{
    struct compiled compiled;
    if (pack_shelf_compile(&compiled, str_of(row->hash), buf_str(&row->bytes), err) != 0) {
        return -1;
    }
    int result = setup_say_mistakes(&compiled, row->hash, err);
    compile_fini(&compiled);
    return result;
}

static int find_pack(struct activation *a, struct err *err)
{
    struct pack_topic packs;
    struct str digits = str_of(a->pack);
    if (pack_topic_read(&packs, a->order->settings, digits, err) != 0) {
        return -1;
    }
    const struct pack_topic_row *row = pack_topic_find(&packs, digits, err);
    int result = row == NULL ? -1 : check_row(row, err);
    if (result == 0) {
        memcpy(a->pack, row->hash, sizeof a->pack);
        (void)hex_decode(a->hash, sizeof a->hash, str_of(a->pack));
    }
    pack_topic_fini(&packs);
    return result;
}

/* ---- receipts
 * ------------------------------------------------------------------------------------- */

/* A receipt of a partition that stands at our number or above it says that ours counts no more,
 * unless it is the receipt of this very activation. */
static int take(void *context, const struct kafka_in_message *message, struct err *err)
{
    struct activation *a = context;
    struct receipt receipt;
    uint32_t partition = 0;
    (void)err;
    receipts_take(&a->receipts, message->bytes);
    if (a->written && receipt_read(&receipt, &partition, message->bytes) &&
        partition < a->receipts.partition_count && receipt.number >= a->number &&
        a->outcomes[partition] == OUTCOME_MISSING) {
        bool ours = receipt.number == a->number && strcmp(receipt.pack, a->pack) == 0;
        a->outcomes[partition] = ours ? OUTCOME_ACTIVE : OUTCOME_SKIPPED;
    }
    return 0;
}

static uint32_t count_of(const struct activation *a, enum outcome outcome)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < a->receipts.partition_count; i++) {
        count += a->outcomes[i] == (uint8_t)outcome;
    }
    return count;
}

/* Partitions that stand at this number or above it will pass it over. */
static int choose_number(struct activation *a, struct err *err)
{
    a->tail = kafka_tail_open(a->order->settings, "sluice-pack", TOPIC_RECEIPTS, err);
    if (a->tail == NULL || kafka_tail_read(a->tail, take, a, err) != 0) {
        return -1;
    }
    a->number = a->order->number > 0 ? a->order->number : a->receipts.greatest + 1;
    for (uint32_t i = 0; i < a->receipts.partition_count; i++) {
        if (a->receipts.rows[i].number >= a->number) {
            a->outcomes[i] = OUTCOME_SKIPPED;
        }
    }
    return 0;
}

static int wait_for_receipts(struct activation *a, struct err *err)
{
    int64_t end_ms = clock_mono_ms() + a->order->wait_s * 1000;
    a->written = true;
    while (count_of(a, OUTCOME_MISSING) > 0 && clock_mono_ms() < end_ms) {
        if (kafka_tail_follow(a->tail, LOOK_MS, take, a, err) < 0) {
            return -1;
        }
    }
    return 0;
}

/* ---- what became of it
 * ---------------------------------------------------------------------------- */

static void write_json(const struct activation *a, struct buf *out)
{
    struct json_writer w = {.out = out};
    json_open(&w, NULL, '{');
    json_text(&w, "pack", str_of(a->pack));
    json_int(&w, "number", (int64_t)a->number);
    json_open(&w, "partitions", '[');
    for (uint32_t i = 0; i < a->receipts.partition_count; i++) {
        const struct receipt *row = &a->receipts.rows[i];
        json_open(&w, NULL, '{');
        json_int(&w, "partition", i);
        json_text(&w, "outcome", str_of(outcome_texts[a->outcomes[i]]));
        if (row->number > 0) {
            json_text(&w, "runs", str_of(row->pack));
            json_int(&w, "runs_number", (int64_t)row->number);
            json_text(&w, "lsn", str_of(row->lsn));
        }
        json_close(&w, '}');
    }
    json_close(&w, ']');
    json_close(&w, '}');
    buf_add_char(out, '\n');
}

static void write_lines(const struct activation *a, struct buf *out)
{
    for (uint32_t i = 0; i < a->receipts.partition_count; i++) {
        const struct receipt *row = &a->receipts.rows[i];
        buf_add_format(out, "partition %-4" PRIu32 " %-8s pack %.12s number %" PRIu64, i,
                       outcome_texts[a->outcomes[i]], a->pack, a->number);
        if (a->outcomes[i] == OUTCOME_ACTIVE) {
            buf_add_format(out, " from lsn %s on\n", row->lsn);
        } else if (row->number > 0) {
            buf_add_format(out, "; runs pack %.12s number %" PRIu64 "\n", row->pack, row->number);
        } else {
            buf_add_text(out, "; runs none\n");
        }
    }
}

/* "0, 3" */
static void list_partitions(const struct activation *a, enum outcome outcome, struct buf *out)
{
    for (uint32_t i = 0; i < a->receipts.partition_count; i++) {
        if (a->outcomes[i] == (uint8_t)outcome) {
            buf_add_format(out, "%s%" PRIu32, out->len == 0 ? "" : ", ", i);
        }
    }
}

static int report(const struct activation *a, struct err *err)
{
    struct buf out = {0};
    struct buf list = {0};
    (a->order->json ? write_json : write_lines)(a, &out);
    (void)fputs(buf_text(&out), stdout);
    int result = 0;
    if (count_of(a, OUTCOME_MISSING) > 0) {
        list_partitions(a, OUTCOME_MISSING, &list);
        result = err_set(err, ERR_OUTSIDE,
                         "no receipt within %" PRId64 " s of partition %s; does an engine run? The "
                         "activation is in the log and counts when one takes it (`sluice pack "
                         "status`)",
                         a->order->wait_s, buf_text(&list));
    } else if (count_of(a, OUTCOME_SKIPPED) > 0) {
        list_partitions(a, OUTCOME_SKIPPED, &list);
        result = err_set(err, ERR_FINDING,
                         "number %" PRIu64 " is not above the active one: skipped by partition %s; "
                         "leave --number out for the next free one (%" PRIu64 ")",
                         a->number, buf_text(&list), a->receipts.greatest + 1);
    }
    buf_fini(&out);
    buf_fini(&list);
    return result;
}

int pack_activate(const struct pack_order *order, struct err *err)
{
    struct activation a = {.order = order};
    uint32_t partitions = (uint32_t)order->settings->visits_partitions;
    a.outcomes = mem_alloc(partitions, sizeof *a.outcomes);
    receipts_init(&a.receipts, partitions);
    int result = name_pack(&a, err) != 0 ||
                         topics_ready(order->settings, "sluice-pack", err) != 0 ||
                         find_pack(&a, err) != 0 || choose_number(&a, err) != 0
                     ? -1
                     : activation_write(order->settings, a.number, a.hash, NULL, err);
    if (result == 0) {
        result = wait_for_receipts(&a, err);
    }
    if (result == 0) {
        result = report(&a, err);
    }
    kafka_tail_close(a.tail);
    receipts_fini(&a.receipts);
    mem_free(a.outcomes);
    return result;
}
