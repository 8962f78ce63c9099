/* small_city.h - a city in one process for tests: program in, events in, outputs kept.
 *
 *     struct city city;
 *     city_begin(&city, program);
 *     city_send(&city, event_payment("p-1", PHASE_INITIATED, "A", "M", 300000, T0));
 *     ... kept_json(&city.kept, OUTPUT_WARNING, 0) ...
 *     city_end(&city);
 *
 * Memory:  takes the program over; city_end frees all.
 * Threads: one.
 * Errors:  a call that fails fails the test.
 */
#ifndef SLUICE_TESTS_SMALL_CITY_H
#define SLUICE_TESTS_SMALL_CITY_H

#include "engine/local.h"
#include "tests/unit/small_event.h"
#include "tests/unit/small_pack.h"

struct city {
    struct settings settings;
    struct kept_outputs kept;
    struct sink sink;
    struct program *program;
    struct local *local;
    uint64_t number; /* of the next record */
};

/* Defaults, but every decision is written. */
void city_begin(struct city *city, struct program *program);
/* The same with the caller's settings, and a store. */
void city_begin_with(struct city *city, struct program *program, const struct settings *settings,
                     struct store *store);
void city_send(struct city *city, struct event event);
void city_end(struct city *city);
/* The page of an entity; fails the test if there is none. */
const struct page *city_page(struct city *city, struct token token);
/* The value of a member of a JSON object as it is written, "" if there is none; lives until the
 * next call. */
const char *json_member(const char *json, const char *name);

#endif
