#include "bench/feed.h"

#include "bench/harness.h"
#include "connectors/file/number_kind_file.h"
#include "engine/base/must.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_KINDS "rules/library/number_kinds.yaml"
#define MONDAY_MS INT64_C(1772380800000) /* 2026-03-02T00:00:00+08:00 */

struct number_kinds *feed_number_kinds(void)
{
    struct number_kinds *kinds = NULL;
    struct err err;
    if (number_kind_file_read(NUMBER_KINDS, &kinds, &err) != 0) {
        bench_fail(&err);
    }
    return kinds;
}

bool feed_line(struct str text, size_t *at, struct str *line)
{
    if (*at >= text.len) {
        return false;
    }
    const char *from = text.at + *at;
    const char *end = memchr(from, '\n', text.len - *at);
    must(end != NULL);
    *line = (struct str){from, (size_t)(end - from)};
    *at += line->len + 1;
    return true;
}

struct city_plan feed_plan(uint32_t people, uint32_t hours, uint32_t history_days)
{
    return (struct city_plan){.seed = 1,
                              .people = people,
                              .hours = hours,
                              .history_days = history_days,
                              .frauds = people >= 1000 ? 12 : 2,
                              .start_ms = MONDAY_MS};
}

static bool take(void *context, struct str lines)
{
    buf_add_str(context, lines);
    return true;
}

static uint64_t count_lines(struct str text)
{
    uint64_t count = 0;
    size_t at = 0;
    struct str line;
    while (feed_line(text, &at, &line)) {
        count++;
    }
    return count;
}

void feed_make(struct feed *feed, const struct city_plan *plan)
{
    struct city city;
    *feed = (struct feed){.kinds = feed_number_kinds(), .residents = plan->people};
    const struct city_out out = {take, &feed->bytes};
    city_init(&city, plan);
    city_live(&city);
    city_look_alike(&city);
    city_defraud(&city);
    city_settle(&city);
    city_talk(&city);
    (void)city_write_directory(&city, &out);
    feed->directory_bytes = feed->bytes.len;
    feed->directory_count = count_lines(buf_str(&feed->bytes));
    (void)city_write_events(&city, &out);
    feed->event_count = count_lines(buf_str(&feed->bytes)) - feed->directory_count;
    city_fini(&city);
}

void feed_fini(struct feed *feed)
{
    buf_fini(&feed->bytes);
    number_kinds_free(feed->kinds);
}

struct feed_reader feed_read_with(const struct feed *feed, struct str key,
                                  const struct tagger *tagger)
{
    struct feed_reader reader = {.feed = feed, .directory = directory_new()};
    reader.ingest = ingest_new(&(struct ingest_setup){.key = key,
                                                      .kinds = feed->kinds,
                                                      .directory = reader.directory,
                                                      .tagger = tagger});
    return reader;
}

struct feed_reader feed_read(const struct feed *feed)
{
    return feed_read_with(feed, STR(""), NULL);
}

void feed_reader_fini(struct feed_reader *reader)
{
    ingest_free(reader->ingest);
    directory_free(reader->directory);
    *reader = (struct feed_reader){0};
}

bool feed_next(struct feed_reader *reader, struct event *event)
{
    struct refusal why;
    struct str line;
    if (!feed_line(buf_str(&reader->feed->bytes), &reader->at, &line)) {
        return false;
    }
    must(ingest_record(reader->ingest, line, -1, event, &why) == 0);
    reader->number++;
    return true;
}
