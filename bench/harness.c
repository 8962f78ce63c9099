#include "bench/harness.h"

#include "engine/base/mem.h"
#include "engine/base/must.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define RUNS 5
#define RUNS_SMOKE 2
#define RUNS_MAX 99
#define SPIN_BYTES 256

struct bench {
    const char *only;
    int runs;
    int mistakes;
    bool smoke;
};

/* ---- the machine ---------------------------------------------------------------------------- */

/* The rest of the first line of a file that begins with word, without blanks and colon in front. */
static void read_line(const char *path, const char *word, char *out, size_t size)
{
    char line[SPIN_BYTES];
    FILE *file = fopen(path, "r");
    (void)snprintf(out, size, "unknown");
    if (file == NULL) {
        return;
    }
    while (fgets(line, (int)sizeof line, file) != NULL) {
        if (strncmp(line, word, strlen(word)) == 0) {
            const char *rest = line + strlen(word);
            rest += strspn(rest, " \t:");
            (void)snprintf(out, size, "%.*s", (int)strcspn(rest, "\n"), rest);
            break;
        }
    }
    (void)fclose(file);
}

static void print_machine(const struct bench *bench, const char *what)
{
    char cpu[SPIN_BYTES];
    char load[SPIN_BYTES];
    char libc[SPIN_BYTES];
    read_line("/proc/cpuinfo", "model name", cpu, sizeof cpu);
    read_line("/proc/loadavg", "", load, sizeof load);
    load[strcspn(load, " ")] = '\0';
    if (confstr(_CS_GNU_LIBC_VERSION, libc, sizeof libc) == 0) {
        (void)snprintf(libc, sizeof libc, "libc of unknown version");
    }
    printf("%s\n%s, %ld cores, load %s; gcc %s, %s; %s, %s; %s\n", what, cpu,
           sysconf(_SC_NPROCESSORS_ONLN), load, __VERSION__, BENCH_BUILD, libc, BENCH_LIBRARIES,
           bench->smoke ? "small size, a look at the figures is not worth it" : "real size");
    printf("ns of CPU time an item: median of %d runs (least .. most)\n", bench->runs);
}

/* ---- life ----------------------------------------------------------------------------------- */

static void print_help(const char *program, const char *what)
{
    printf("%s - %s\n\n"
           "  --smoke      a small size, for the tests\n"
           "  --runs N     measured runs of each case, 1 to %d\n"
           "  --only TEXT  only cases with this text in their name\n"
           "  --help       this page\n\n"
           "Run it from the top of the source tree.\n",
           program, what, RUNS_MAX);
}

static _Noreturn void refuse(const char *program, const char *argument)
{
    (void)fprintf(stderr, "%s: \"%s\" is not understood; see --help\n", program, argument);
    exit(2);
}

static int read_runs(const char *program, const char *text)
{
    char *end = NULL;
    long runs = strtol(text, &end, 10);
    if (end == text || *end != '\0' || runs < 1 || runs > RUNS_MAX) {
        refuse(program, text);
    }
    return (int)runs;
}

struct bench *bench_open(int argc, char **argv, const char *what)
{
    struct bench *bench = mem_alloc(1, sizeof *bench);
    for (int i = 1; i < argc; i++) {
        bool more = i + 1 < argc;
        if (strcmp(argv[i], "--help") == 0) {
            print_help(argv[0], what);
            exit(0);
        } else if (strcmp(argv[i], "--smoke") == 0) {
            bench->smoke = true;
        } else if (strcmp(argv[i], "--runs") == 0 && more) {
            bench->runs = read_runs(argv[0], argv[++i]);
        } else if (strcmp(argv[i], "--only") == 0 && more) {
            bench->only = argv[++i];
        } else {
            refuse(argv[0], argv[i]);
        }
    }
    if (bench->runs == 0) {
        bench->runs = bench->smoke ? RUNS_SMOKE : RUNS;
    }
    print_machine(bench, what);
    return bench;
}

int bench_close(struct bench *bench)
{
    int mistakes = bench->mistakes;
    mem_free(bench);
    if (mistakes > 0) {
        printf("%d mistakes: the figures above mean nothing\n", mistakes);
    }
    return mistakes > 0 ? 1 : 0;
}

bool bench_is_smoke(const struct bench *bench)
{
    return bench->smoke;
}

bool bench_wants(const struct bench *bench, const char *name)
{
    return bench->only == NULL || strstr(name, bench->only) != NULL;
}

void bench_fail(const struct err *err)
{
    (void)fprintf(stderr, "%s\n", err->text);
    exit(3);
}

/* ---- checks --------------------------------------------------------------------------------- */

void bench_expect(struct bench *bench, bool holds, const char *what)
{
    if (!holds) {
        bench->mistakes++;
        printf("  MISTAKE: %s\n", what);
    }
}

void bench_same(struct bench *bench, const char *what, uint64_t left, uint64_t right)
{
    if (left != right) {
        bench->mistakes++;
        printf("  MISTAKE: %s: sum %016" PRIx64 " here, %016" PRIx64 " there\n", what, left, right);
    }
}

uint64_t bench_mix(uint64_t sum, const void *bytes, size_t count)
{
    const char *at = bytes;
    uint64_t word = 0;
    for (; count >= sizeof word; at += sizeof word, count -= sizeof word) {
        memcpy(&word, at, sizeof word);
        sum = bench_mix_number(sum, word);
    }
    word = 0;
    memcpy(&word, at, count);
    return bench_mix_number(sum, word ^ (uint64_t)count << 56);
}

/* ---- measuring ------------------------------------------------------------------------------ */

static uint64_t read_clock_ns(clockid_t clock)
{
    struct timespec now;
    must(clock_gettime(clock, &now) == 0);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

uint64_t bench_now_ns(void)
{
    return read_clock_ns(CLOCK_MONOTONIC);
}

static int compare_numbers(const void *left, const void *right)
{
    uint64_t a;
    uint64_t b;
    memcpy(&a, left, sizeof a);
    memcpy(&b, right, sizeof b);
    return a < b ? -1 : a > b;
}

static uint64_t median(uint64_t *values, size_t count)
{
    qsort(values, count, sizeof *values, compare_numbers);
    return values[count / 2];
}

static void print_result(const struct bench_case *work, const struct bench_result *result)
{
    double ns = result->ns > 0 ? result->ns : 1;
    printf("  %-44s %8" PRIu64 " x %-7s %9.1f ns (%.1f .. %.1f) %10.0f/s", work->name, work->items,
           work->item, result->ns, result->ns_least, result->ns_most, 1e9 / ns);
    if (work->bytes > 0) {
        printf(" %7.1f MB/s", (double)work->bytes * 1e3 / (ns * (double)work->items));
    }
    printf("  sum %016" PRIx64 "\n", result->checksum);
    (void)fflush(stdout);
}

struct bench_result bench_measure(struct bench *bench, const struct bench_case *work)
{
    uint64_t elapsed[RUNS_MAX];
    struct bench_result result = {0};
    must(work->items > 0);
    if (!bench_wants(bench, work->name)) {
        return result;
    }
    for (int run = -1; run < bench->runs; run++) {
        if (work->prepare != NULL) {
            work->prepare(work->context);
        }
        uint64_t from = read_clock_ns(CLOCK_THREAD_CPUTIME_ID);
        uint64_t checksum = work->run(work->context);
        uint64_t to = read_clock_ns(CLOCK_THREAD_CPUTIME_ID);
        if (run < 0) {
            result.checksum = checksum;
        } else {
            elapsed[run] = to - from;
            bench_same(bench, work->name, result.checksum, checksum);
        }
    }
    result.ns = (double)median(elapsed, (size_t)bench->runs) / (double)work->items;
    result.ns_least = (double)elapsed[0] / (double)work->items;
    result.ns_most = (double)elapsed[bench->runs - 1] / (double)work->items;
    print_result(work, &result);
    return result;
}

uint64_t bench_measure_latency(struct bench *bench, const struct bench_latency *work)
{
    static const uint32_t per_mille[] = {500, 990, 999};
    uint64_t at[sizeof per_mille / sizeof per_mille[0]][RUNS_MAX];
    uint64_t worst = 0;
    uint64_t first = 0;
    must(work->items > 0);
    if (!bench_wants(bench, work->name)) {
        return 0;
    }
    uint64_t *samples = mem_alloc(work->items, sizeof *samples);
    for (int run = -1; run < bench->runs; run++) {
        if (work->prepare != NULL) {
            work->prepare(work->context);
        }
        uint64_t checksum = work->run(work->context, samples);
        if (run < 0) {
            first = checksum;
            continue;
        }
        bench_same(bench, work->name, first, checksum);
        qsort(samples, work->items, sizeof *samples, compare_numbers);
        for (size_t i = 0; i < sizeof per_mille / sizeof per_mille[0]; i++) {
            at[i][run] = samples[(work->items - 1) * per_mille[i] / 1000];
        }
        worst = samples[work->items - 1] > worst ? samples[work->items - 1] : worst;
    }
    mem_free(samples);
    printf("  %-44s %8" PRIu64
           " x sample  p50 %.1f  p99 %.1f  p99.9 %.1f  worst %.1f us  sum %016" PRIx64 "\n",
           work->name, work->items, (double)median(at[0], (size_t)bench->runs) / 1e3,
           (double)median(at[1], (size_t)bench->runs) / 1e3,
           (double)median(at[2], (size_t)bench->runs) / 1e3, (double)worst / 1e3, first);
    (void)fflush(stdout);
    return first;
}

void bench_note(const struct bench *bench, const char *format, ...)
{
    va_list args;
    (void)bench;
    printf("    ");
    va_start(args, format);
    (void)vprintf(format, args);
    va_end(args);
    printf("\n");
}
