/* harness.h - measures a piece of work in several runs, and checks that each run did the same work.
 *
 *     struct bench *bench = bench_open(argc, argv, "ingest: bytes become events");
 *     bench_measure(bench, &(struct bench_case){.name = "call record", .item = "record",
 *                                               .items = 200000, .bytes = bytes,
 *                                               .prepare = prepare, .run = run, .context = &work});
 *     return bench_close(bench);
 *
 * prints one line: the median of the runs in ns of CPU time an item, the least and the most, items
 * and bytes a CPU second, and the checksum of what the work computed, so that a fast wrong answer
 * shows. A first run that is not measured warms caches and says which checksum the others must
 * have. CPU time and not the clock on the wall: the machine may be shared. Latencies are by the
 * wall.
 *
 * Memory:  bench_close frees the harness; texts are borrowed.
 * Threads: one.
 * Errors:  a run with another checksum is reported at once and makes bench_close return 1. Wrong
 *          arguments end the process with 2.
 */
#ifndef SLUICE_BENCH_HARNESS_H
#define SLUICE_BENCH_HARNESS_H

#include "engine/base/err.h"
#include "engine/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bench;

struct bench_case {
    const char *name;
    const char *item;               /* what is counted: "record", "event" */
    uint64_t items;                 /* of one run */
    uint64_t bytes;                 /* of one run; 0: no figure in MB/s */
    void (*prepare)(void *context); /* before each run, not measured; NULL: nothing to do */
    uint64_t (*run)(void *context); /* the work; returns its checksum */
    void *context;
};

struct bench_result {
    double ns, ns_least, ns_most; /* of CPU time an item: median, least, most of the runs */
    uint64_t checksum;
};

/* Reads --smoke, --runs N, --only TEXT, --help and prints what is measured on which machine. */
struct bench *bench_open(int argc, char **argv, const char *what);
/* 0; 1 if a checksum changed or bench_same found a difference. */
int bench_close(struct bench *bench);
/* The small size: seconds, with the tests. */
bool bench_is_smoke(const struct bench *bench);
/* False for a case that --only leaves out; its result would be zero. */
bool bench_wants(const struct bench *bench, const char *name);
struct bench_result bench_measure(struct bench *bench, const struct bench_case *work);
/* A run that fills one sample in ns per item, counted from the intended time of arrival. Prints
 * p50, p99, p99.9 (medians over the runs) and the worst of all. */
struct bench_latency {
    const char *name;
    uint64_t items;
    void (*prepare)(void *context);
    uint64_t (*run)(void *context, uint64_t *samples_ns);
    void *context;
};
uint64_t bench_measure_latency(struct bench *bench, const struct bench_latency *work);
/* A further line below the last case. */
void bench_note(const struct bench *bench, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Two pieces of work that must have computed the same. */
void bench_same(struct bench *bench, const char *what, uint64_t left, uint64_t right);
/* A fact that must hold for the figures to mean anything. */
void bench_expect(struct bench *bench, bool holds, const char *what);
/* Ends the process with 3: the outside world failed, nothing was measured. */
_Noreturn void bench_fail(const struct err *err);

uint64_t bench_now_ns(void); /* by the wall, from any time */
/* Takes bytes, or a number, into a checksum. */
uint64_t bench_mix(uint64_t sum, const void *bytes, size_t count);
static inline uint64_t bench_mix_number(uint64_t sum, uint64_t number)
{
    uint64_t z = sum ^ number;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    return z ^ (z >> 29);
}

#endif
