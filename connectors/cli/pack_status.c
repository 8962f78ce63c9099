#include "connectors/cli/pack_topic.h"
#include "connectors/cli/pack_verb.h"
#include "connectors/cli/receipts.h"
#include "engine/base/json_write.h"

#include <inttypes.h>
#include <stdio.h>

static void write_json(const struct receipts *receipts, const struct pack_topic *packs,
                       struct buf *out)
{
    struct json_writer w = {.out = out};
    json_open(&w, NULL, '{');
    json_bool(&w, "agree", receipts_agree(receipts));
    json_open(&w, "partitions", '[');
    for (uint32_t i = 0; i < receipts->partition_count; i++) {
        const struct receipt *row = &receipts->rows[i];
        json_open(&w, NULL, '{');
        json_int(&w, "partition", i);
        if (row->number > 0) {
            json_int(&w, "number", (int64_t)row->number);
            json_text(&w, "pack", str_of(row->pack));
            json_text(&w, "lsn", str_of(row->lsn));
            json_text(&w, "time", str_of(row->time));
        }
        json_close(&w, '}');
    }
    json_close(&w, ']');
    json_open(&w, "packs", '[');
    for (size_t i = 0; i < packs->row_count; i++) {
        const struct pack_topic_row *row = &packs->rows[i];
        json_open(&w, NULL, '{');
        json_text(&w, "pack", str_of(row->hash));
        json_bool(&w, "sound", row->sound);
        json_int(&w, "files", (int64_t)row->file_count);
        json_int(&w, "bytes", (int64_t)row->byte_count);
        json_close(&w, '}');
    }
    json_close(&w, ']');
    json_close(&w, '}');
    buf_add_char(out, '\n');
}

static void write_table(const struct receipts *receipts, const struct pack_topic *packs,
                        struct buf *out)
{
    for (uint32_t i = 0; i < receipts->partition_count; i++) {
        const struct receipt *row = &receipts->rows[i];
        if (row->number == 0) {
            buf_add_format(out, "partition %-4" PRIu32 " has no receipt\n", i);
        } else {
            buf_add_format(out,
                           "partition %-4" PRIu32 " pack %.12s  number %-4" PRIu64
                           " lsn %-12s %s\n",
                           i, row->pack, row->number, row->lsn, row->time);
        }
    }
    for (size_t i = 0; i < packs->row_count; i++) {
        const struct pack_topic_row *row = &packs->rows[i];
        buf_add_format(out, "published %s  %zu file%s, %zu bytes%s\n", row->hash, row->file_count,
                       row->file_count == 1 ? "" : "s", row->byte_count,
                       row->sound ? "" : ", which are not the pack of this hash");
    }
}

static int show(const struct receipts *receipts, const struct pack_order *order, struct err *err)
{
    struct pack_topic packs;
    struct buf out = {0};
    if (pack_topic_read(&packs, order->settings, STR(""), err) != 0) {
        return -1;
    }
    (order->json ? write_json : write_table)(receipts, &packs, &out);
    (void)fputs(buf_text(&out), stdout);
    pack_topic_fini(&packs);
    buf_fini(&out);
    return receipts_agree(receipts)
               ? 0
               : err_set(err, ERR_FINDING,
                         "not all partitions run the same pack of the same number; `sluice pack "
                         "activate` brings them together");
}

int pack_status(const struct pack_order *order, struct err *err)
{
    struct receipts receipts;
    receipts_init(&receipts, (uint32_t)order->settings->visits_partitions);
    int result = topics_ready(order->settings, "sluice-pack", err);
    if (result == 0) {
        result = receipts_read(&receipts, order->settings, "sluice-pack", err);
    }
    if (result == 0) {
        result = show(&receipts, order, err);
    }
    receipts_fini(&receipts);
    return result;
}
