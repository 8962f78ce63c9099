/* local.h - a whole city in one process: all partitions, the log of visits in memory, one event at
 * a time.
 *
 * Behind `sluice replay`, the cases of `sluice check` and the benchmarks. The code of a partition
 * is the same as in a live run; only the log, the store and the sink are others. Each event is one
 * step: a tick with the largest judged time so far in every partition (a directory record gives
 * none), the event at its first page, then all visits it causes, breadth first.
 *
 *     struct local *city = local_new(&settings, program, sink, NULL);
 *     local_start(city, &err);
 *     local_deliver(city, SOURCE_FEED, 0, &event, &err);
 *
 * Memory:  local_free frees partitions and pages; program, sink and store belong to the caller and outlive it.
 * Threads: one.
 * Errors:  0, or -1 with err (the sink or the store failed).
 */
#ifndef SLUICE_LOCAL_H
#define SLUICE_LOCAL_H

#include "engine/base/err.h"
#include "engine/eval/program.h"
#include "engine/frame.h"
#include "engine/settings.h"
#include "engine/sink.h"
#include "engine/store.h"

#include <stdint.h>

struct local;

/* Sums over partitions: of visits since the log began (a loaded run's included), of pages in
 * memory, of outputs of this process. */
struct local_counts {
#define COUNTER(name, sentence) uint64_t name;
#include "engine/counter.def"
    uint64_t pages, page_bytes;
    uint64_t outputs[OUTPUT_KIND_COUNT];
};

/* store: NULL keeps pages in memory only. program: NULL only to look at pages (local_page). */
struct local *local_new(const struct settings *settings, const struct program *program,
                        struct sink *sink, struct store *store);
void local_free(struct local *local);
struct decision_watch; /* decision.h */
/* Shows every judgement from now on. */
void local_watch_decisions(struct local *local, const struct decision_watch *watch);
/* Takes over what the store has, only to look at pages; local_start does so by itself. */
int local_open(struct local *local, struct err *err);
/* Reads headers from the store, if there is one with content; activates the program as pack number
 * 1 (or, when the stored header runs another pack, as the next number), which emits a receipt per
 * partition. */
int local_start(struct local *local, struct err *err);
/* Applies one event to the end. record_number grows along its source, over all runs that go on from
 * each other: a record that the stored headers have is a duplicate and is only counted. */
int local_deliver(struct local *local, uint32_t source, uint64_t record_number,
                  const struct event *event, struct err *err);
/* Advances the clock of every partition: waits end that are due by then. */
int local_tick(struct local *local, int64_t clock_ms, struct err *err);
/* Advances it until all waits have ended that pages in memory have now, from one to the next. */
int local_end_waits(struct local *local, struct err *err);
/* Writes changed pages and headers to the store. */
int local_flush(struct local *local, struct err *err);
void local_counts(const struct local *local, struct local_counts *counts);
/* The page of an entity, from memory or store; NULL if there is none, with err->code ERR_NONE.
 * Needs local_open or local_start. */
const struct page *local_page(struct local *local, const struct token *token, struct err *err);
/* Calls back for each page in memory, in order of partition and token. */
typedef void local_page_fn(void *context, const struct page *page);
void local_each_page(const struct local *local, local_page_fn *fn, void *context);

#endif
