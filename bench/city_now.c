#include "bench/city_now.h"

#include "engine/base/caltime.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"
#include "engine/ingest/record.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define HOURS 24
#define ZONE_MS (INT64_C(8) * 3600 * 1000)
#define LAP_BYTES 24
#define TIME_TEXT_LEN (sizeof "2026-03-02T10:00:00.120+08:00" - 1)

/* ---- making --------------------------------------------------------------------------------- */

static enum topic topic_of(const struct raw_record *raw)
{
    struct str name = record_topic(raw->kind);
    int topic = 0;
    while (topic < TOPIC_COUNT && !str_eq_text(name, topic_infos[topic].text)) {
        topic++;
    }
    must(topic < TOPIC_COUNT);
    return (enum topic)topic;
}

/* The decoder's texts are views into the line unless something is escaped, which is not so here. */
static struct str inside(struct str line, struct str text)
{
    must(text.len == 0 || (text.at > line.at && text.at + text.len < line.at + line.len));
    return text;
}

static uint32_t find_time(struct str line)
{
    static const char mark[] = "\"time\":\"";
    for (size_t at = 0; at + sizeof mark + TIME_TEXT_LEN < line.len; at++) {
        if (memcmp(line.at + at, mark, sizeof mark - 1) == 0) {
            return (uint32_t)(at + sizeof mark - 1);
        }
    }
    must(!"a record has a time");
    return 0;
}

static void read_row(struct city_now_row *row, struct str line, const struct raw_record *raw)
{
    struct str from = raw->entity[PARTY_FROM];
    *row = (struct city_now_row){.line = line,
                                 .id = inside(line, raw->id),
                                 .payment_id = inside(line, raw->payment_id),
                                 .key = inside(line, from.len > 0 ? from : raw->entity[PARTY_TO]),
                                 .time_at = find_time(line),
                                 .topic = topic_of(raw)};
    if (raw->phase == PHASE_RECORD && raw->duration_ms != VALUE_UNKNOWN) {
        row->lasted_ms = raw->duration_ms;
    }
    must(row->payment_id.len == 0 || row->payment_id.at > row->id.at);
}

void city_now_make(struct city_now *city, uint32_t people, uint32_t frauds)
{
    struct city_plan plan = feed_plan(people, HOURS, 0);
    struct record_decoder *decoder = mem_alloc(1, sizeof *decoder);
    size_t at = 0;
    struct str line;
    plan.frauds = frauds;
    feed_make(&city->feed, &plan);
    city->rows = mem_alloc(city->feed.directory_count + city->feed.event_count, sizeof *city->rows);
    record_decoder_init(decoder);
    for (size_t i = 0; feed_line(buf_str(&city->feed.bytes), &at, &line); i++) {
        struct raw_record raw;
        struct refusal why;
        must(record_decode(decoder, line, &raw, &why) == 0);
        read_row(&city->rows[i], line, &raw);
    }
    mem_free(decoder);
}

void city_now_fini(struct city_now *city)
{
    mem_free(city->rows);
    feed_fini(&city->feed);
}

/* ---- playing -------------------------------------------------------------------------------- */

/* What stands behind an id in this lap: nothing in the first. */
static struct str lap_mark(const struct city_now *city, uint64_t number, char *out)
{
    uint64_t lap = number / city->feed.event_count;
    int len = lap == 0 ? 0 : snprintf(out, LAP_BYTES, ".%" PRIu64, lap);
    must(len >= 0 && len < LAP_BYTES);
    return (struct str){out, (size_t)len};
}

/* The line from *at up to `to`. */
static void copy_up_to(const struct city_now_row *row, size_t *at, size_t to, struct buf *out)
{
    must(to >= *at && to <= row->line.len);
    buf_add(out, row->line.at + *at, to - *at);
    *at = to;
}

static size_t end_of(const struct city_now_row *row, struct str text)
{
    return (size_t)(text.at + text.len - row->line.at);
}

void city_now_write(const struct city_now *city, uint64_t number, int64_t time_ms, struct buf *out)
{
    const struct city_now_row *row = city_now_event(city, number);
    char mark_text[LAP_BYTES];
    char time_text[CALTIME_TEXT_BYTES];
    struct str mark = lap_mark(city, number, mark_text);
    size_t at = 0;
    buf_clear(out);
    copy_up_to(row, &at, end_of(row, row->id), out);
    buf_add_str(out, mark);
    if (row->payment_id.len > 0) {
        copy_up_to(row, &at, end_of(row, row->payment_id), out);
        buf_add_str(out, mark);
    }
    copy_up_to(row, &at, row->time_at, out);
    caltime_format(time_text, time_ms - row->lasted_ms, ZONE_MS);
    buf_add(out, time_text, TIME_TEXT_LEN);
    at += TIME_TEXT_LEN;
    copy_up_to(row, &at, row->line.len, out);
}

bool city_now_has_id(const struct city_now *city, uint64_t number, struct str id)
{
    const struct city_now_row *row = city_now_event(city, number);
    char mark_text[LAP_BYTES];
    struct str mark = lap_mark(city, number, mark_text);
    if (id.len < mark.len ||
        (mark.len > 0 && memcmp(id.at + id.len - mark.len, mark.at, mark.len) != 0)) {
        return false;
    }
    id.len -= mark.len;
    return str_eq(id, row->id) || (row->payment_id.len > 0 && str_eq(id, row->payment_id));
}

/* FNV-1a, as `sluice feed`. */
int32_t city_now_partition(const struct city_now_row *row, int64_t partition_count)
{
    uint32_t hash = 2166136261U;
    for (size_t i = 0; i < row->key.len; i++) {
        hash = (hash ^ (unsigned char)row->key.at[i]) * 16777619U;
    }
    return (int32_t)(hash % (uint32_t)partition_count);
}
