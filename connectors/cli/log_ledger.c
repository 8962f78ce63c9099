#include "connectors/cli/log_ledger.h"

#include "connectors/kafka/kafka_topics.h"
#include "engine/base/fingerprint.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"

#include <inttypes.h>

/* Visits from one partition to another, in the order of their places. */
struct route {
    uint64_t *sent, *taken; /* fingerprints */
    size_t sent_count, sent_cap, taken_count, taken_cap;
};

/* Records of a partition of a feed. */
struct raw_count {
    uint64_t taken, last_offset;
};

struct log_ledger {
    uint32_t partition_count;
    struct route *routes; /* from * partition_count + to */
    struct raw_count *raw;
    size_t raw_count;
    struct buf bytes;
};

struct log_ledger *log_ledger_new(uint32_t partition_count)
{
    struct log_ledger *ledger = mem_alloc(1, sizeof *ledger);
    ledger->partition_count = partition_count;
    ledger->routes = mem_alloc((size_t)partition_count * partition_count, sizeof *ledger->routes);
    return ledger;
}

void log_ledger_free(struct log_ledger *ledger)
{
    if (ledger == NULL) {
        return;
    }
    for (size_t i = 0; i < (size_t)ledger->partition_count * ledger->partition_count; i++) {
        mem_free(ledger->routes[i].sent);
        mem_free(ledger->routes[i].taken);
    }
    mem_free(ledger->routes);
    mem_free(ledger->raw);
    buf_fini(&ledger->bytes);
    mem_free(ledger);
}

static void push(uint64_t **array, size_t *cap, size_t *count, uint64_t print)
{
    void *at = *array;
    mem_reserve(&at, cap, *count + 1, sizeof **array);
    *array = at;
    (*array)[(*count)++] = print;
}

/* Of all that decides: the visit as it stands in a frame. */
static uint64_t print_of(struct log_ledger *ledger, const struct visit *visit)
{
    buf_clear(&ledger->bytes);
    frame_begin(&ledger->bytes, 0);
    frame_add(&ledger->bytes, visit);
    return fingerprint(buf_str(&ledger->bytes), 0);
}

static struct route *route_of(struct log_ledger *ledger, uint32_t from, uint32_t to)
{
    must(from < ledger->partition_count && to < ledger->partition_count);
    return &ledger->routes[(size_t)from * ledger->partition_count + to];
}

void log_ledger_sent(struct log_ledger *ledger, uint32_t from, uint32_t to,
                     const struct visit *visit)
{
    struct route *route = route_of(ledger, from, to);
    push(&route->sent, &route->sent_cap, &route->sent_count, print_of(ledger, visit));
}

static void take_raw(struct log_ledger *ledger, const struct visit *visit)
{
    size_t index = visit->source - source_raw(ledger->partition_count, 0, 0);
    if (index >= ledger->raw_count) {
        ledger->raw = mem_grow(ledger->raw, ledger->raw_count, index + 1, sizeof *ledger->raw);
        ledger->raw_count = index + 1;
    }
    struct raw_count *raw = &ledger->raw[index];
    raw->taken++;
    raw->last_offset = visit->place.lsn > raw->last_offset ? visit->place.lsn : raw->last_offset;
}

void log_ledger_taken(struct log_ledger *ledger, uint32_t at, const struct visit *visit)
{
    must(visit->source >= SOURCE_VISITS);
    if (visit->source >= source_raw(ledger->partition_count, 0, 0)) {
        take_raw(ledger, visit);
        return;
    }
    struct route *route = route_of(ledger, visit->source - SOURCE_VISITS, at);
    push(&route->taken, &route->taken_cap, &route->taken_count, print_of(ledger, visit));
}

static int compare(const struct route *route, uint32_t from, uint32_t to, struct err *err)
{
    for (size_t i = 0; i < route->taken_count; i++) {
        if (i >= route->sent_count) {
            return err_set(err, ERR_FINDING,
                           "partition %" PRIu32 " has %zu visits from partition %" PRIu32
                           ", which sends %zu: this log was not made by this program and pack",
                           to, route->taken_count, from, route->sent_count);
        }
        if (route->taken[i] != route->sent[i]) {
            return err_set(err, ERR_FINDING,
                           "visit %zu from partition %" PRIu32 " to partition %" PRIu32
                           " is not in the log as it is sent: one before it is missing, or its "
                           "values are others",
                           i, from, to);
        }
    }
    return 0;
}

int log_ledger_close(const struct log_ledger *ledger, struct err *err)
{
    for (uint32_t from = 0; from < ledger->partition_count; from++) {
        for (uint32_t to = 0; to < ledger->partition_count; to++) {
            const struct route *route =
                &ledger->routes[(size_t)from * ledger->partition_count + to];
            if (compare(route, from, to, err) != 0) {
                return -1;
            }
        }
    }
    return 0;
}

static void add_up(const struct log_ledger *ledger, uint64_t *sent, uint64_t *taken)
{
    *sent = *taken = 0;
    for (size_t i = 0; i < (size_t)ledger->partition_count * ledger->partition_count; i++) {
        *sent += ledger->routes[i].sent_count;
        *taken += ledger->routes[i].taken_count;
    }
}

uint64_t log_ledger_in_flight(const struct log_ledger *ledger)
{
    uint64_t sent;
    uint64_t taken;
    add_up(ledger, &sent, &taken);
    return sent - taken;
}

void log_ledger_write(const struct log_ledger *ledger, struct json_writer *w)
{
    uint64_t sent;
    uint64_t taken;
    add_up(ledger, &sent, &taken);
    json_open(w, "raw", '[');
    for (size_t i = 0; i < ledger->raw_count; i++) {
        const struct raw_count *raw = &ledger->raw[i];
        if (raw->taken > 0) {
            json_open(w, NULL, '{');
            json_text(w, "topic", str_of(topic_infos[i % SOURCE_RAW_TOPICS].text));
            json_int(w, "partition", (int64_t)(i / SOURCE_RAW_TOPICS));
            json_int(w, "taken", (int64_t)raw->taken);
            json_int(w, "last_offset", (int64_t)raw->last_offset);
            json_close(w, '}');
        }
    }
    json_close(w, ']');
    json_int(w, "sent", (int64_t)sent);
    json_int(w, "taken", (int64_t)taken);
    json_int(w, "in_flight", (int64_t)(sent - taken));
}
