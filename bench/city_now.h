/* city_now.h - a made-up city that lives now: its records in their order, each with the time at
 * which it is sent and with ids that no earlier lap had.
 *
 *     city_now_make(&city, 30000, 400);
 *     city_now_write(&city, number, unix_ms, &line);   {"type":"call",..,"id":"c-17.2",..}
 *     city_now_has_id(&city, number, STR("c-17.2"))    true
 *
 * A day of the city is played faster than it passed. A record is judged at the time given: a call's
 * record begins so much earlier as the call lasted. When the records are used up they begin again,
 * and the lap's number stands behind each id. The directory is as it was.
 *
 * Memory:  city_now_fini frees; rows and keys point into the city.
 * Threads: after city_now_make any number of readers.
 * Errors:  as feed.h: the city is ours.
 */
#ifndef SLUICE_BENCH_CITY_NOW_H
#define SLUICE_BENCH_CITY_NOW_H

#include "bench/feed.h"
#include "connectors/kafka/kafka_topics.h"

/* A record as it was generated, and where to change it. */
struct city_now_row {
    struct str line, id, payment_id, key; /* payment_id: len 0 if there is none */
    uint32_t time_at;                     /* offset of the time's text in line */
    int64_t lasted_ms;                    /* so much before it is judged it began */
    enum topic topic;
};

struct city_now {
    struct feed feed;
    struct city_now_row *rows; /* the directory's, then the events' */
};

void city_now_make(struct city_now *city, uint32_t people, uint32_t frauds);
void city_now_fini(struct city_now *city);

static inline const struct city_now_row *city_now_directory(const struct city_now *city,
                                                            uint64_t number)
{
    return &city->rows[number];
}
static inline const struct city_now_row *city_now_event(const struct city_now *city,
                                                        uint64_t number)
{
    return &city->rows[city->feed.directory_count + number % city->feed.event_count];
}
/* Writes an event that is judged at time_ms (Unix milliseconds) in place of what out holds. */
void city_now_write(const struct city_now *city, uint64_t number, int64_t time_ms, struct buf *out);
/* Whether an output about `id` can be about this event: by its id, or by its payment's. */
bool city_now_has_id(const struct city_now *city, uint64_t number, struct str id);
/* One key, one partition. */
int32_t city_now_partition(const struct city_now_row *row, int64_t partition_count);

#endif
