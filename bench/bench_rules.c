/* What one rule costs, by what it asks and by how much history the page has: the machine alone, on
 * one page. Each rule is compiled twice, with the last threshold that holds and the first that does
 * not, so that a wrong answer shows. */
#include "bench/harness.h"
#include "bench/rule_text.h"
#include "engine/base/mem.h"
#include "engine/base/must.h"
#include "engine/eval/vm.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define HOUR_MS ((int64_t)3600 * 1000)
#define MINUTE_MS ((int64_t)60 * 1000)
#define NOW_MS INT64_C(1772416800000) /* 2026-03-02T10:00:00+08:00 */
#define CARRIED 3                     /* what the payee's page handed on */

/* The page's history: one payment in a minute, of 100.00 and 1,000.00 in turn; each payer four
 * times, so a quarter are first times. The payment in hand is the last of them. */
struct kind {
    const char *name;
    const char *leg;   /* whose page it is */
    const char *when;  /* with one threshold */
    uint32_t exact;    /* the last threshold that holds, ... */
    uint32_t exact_of; /* ... of each so many records; 0: whatever their number */
};
static const struct kind kinds[] = {
    {"comparison", "payee", "amount >= %u.00 CNY", 1000, 0},
    {"three comparisons", "payee", "channel == mobile and not own and amount >= %u.00 CNY", 1000,
     0},
    {"attribute", "payee", "ago(subject.opened) >= %uh", 720, 0},
    {"feature carried from the payee", "payer", "payee.payers_1h >= %u", CARRIED, 0},
    {"count", "payee", "count(payment_in in 24h) >= %u", 1, 1},
    {"count with where", "payee", "count(payment_in in 24h where amount >= 500.00 CNY) >= %u", 1,
     2},
    {"count with where of two fields", "payee",
     "count(payment_in in 24h where first_time and not own) >= %u", 1, 4},
    {"any with where, found at once", "payee", "any(payment_in in 24h where amount >= %u.00 CNY)",
     1000, 0},
    {"sum", "payee", "sum(payment_in.amount in 24h) >= %u.00 CNY", 550, 1},
    {"share", "payee", "share(payment_in in 24h where first_time) >= %u%%", 25, 0},
    {"distinct", "payee", "distinct(payment_in.payer in 24h) >= %u", 1, 4},
    {"max", "payee", "max(payment_in.amount in 24h) >= %u.00 CNY", 1000, 0},
    {"median", "payee", "median(payment_in.amount in 24h) >= %u.00 CNY", 100, 0},
    {"top share", "payee", "top_share(1, payment_in.amount in 24h) >= %u%%", 50, 0},
    {"last", "payee", "last(payment_in.amount in 24h) >= %u.00 CNY", 1000, 0},
    {"feature of the page", "payee", "payers_24h >= %u", 1, 4},
};
#define KINDS (sizeof kinds / sizeof kinds[0])

struct work {
    struct page *page;
    struct event event;
    const struct record *hand;
    struct compiled pack;
    struct vm vm;
    int64_t carried[PROGRAM_CARRIED_MAX];
    uint32_t rule;
    uint64_t times;
};

/* ---- the page ------------------------------------------------------------------------------- */

static struct token token_of(uint64_t number)
{
    struct token token = {{0}};
    uint64_t low = bench_mix_number(number, UINT64_C(0x9e3779b97f4a7c15));
    memcpy(token.bytes, &low, sizeof low);
    memcpy(token.bytes + sizeof low, &number, sizeof number);
    return token;
}

static void make_page(struct work *w, uint32_t records)
{
    struct retention retention;
    struct token token = token_of(1000000);
    retention_defaults(&retention);
    retention.stream[ENTITY_ACCOUNT][STREAM_PAYMENT_IN].records_max = records;
    page_free(w->page);
    w->page = page_new(&token, ENTITY_ACCOUNT);
    must(page_set_attribute(w->page, PAGE_OPENED, NOW_MS - 720 * HOUR_MS, NOW_MS));
    for (uint32_t i = 0; i < records; i++) {
        struct token payer = token_of(i % (records / 4));
        const struct peer_draft peer = {.token = &payer, .entity = ENTITY_ACCOUNT};
        struct record draft = {.time_ms = NOW_MS - (int64_t)(records - 1 - i) * MINUTE_MS,
                               .id = i + 1,
                               .value = i % 2 == 0 ? 10000 : 100000,
                               .member = RECORD_MEMBER_NONE,
                               .place = record_place(330502, 1, 1)};
        w->hand = page_add_record(w->page, STREAM_PAYMENT_IN, &draft, &peer, &retention);
    }
    event_clear(&w->event);
    w->event.kind = EVENT_TRANSACTION;
    w->event.phase = PHASE_INITIATED;
    w->event.time_ms = NOW_MS;
    w->event.judged_ms = NOW_MS;
    w->event.amount_minor = 100000;
    w->event.channel = event_value_find(VALUE_SET_CHANNEL, STR("mobile"));
}

/* ---- the rules ------------------------------------------------------------------------------ */

static uint32_t exact(const struct kind *kind, uint32_t records)
{
    return kind->exact_of == 0 ? kind->exact : kind->exact * records / kind->exact_of;
}

/* Rule 2k holds, rule 2k + 1 does not. */
static void compile_rules(struct work *w, uint32_t records)
{
    struct buf text = {0};
    buf_add_text(&text, "feature payers_1h for account = distinct(payment_in.payer in 1h)\n"
                        "feature payers_24h for account = distinct(payment_in.payer in 24h)\n");
    for (size_t i = 0; i < 2 * KINDS; i++) {
        const struct kind *kind = &kinds[i / 2];
        const char *hole = strstr(kind->when, "%u");
        buf_add_format(&text, "rule r%zu for %s on transaction\n    when %.*s%u", i, kind->leg,
                       (int)(hole - kind->when), kind->when,
                       exact(kind, records) + (uint32_t)(i % 2));
        buf_add_text(&text, strcmp(hole, "%u%%") == 0 ? "%" : hole + 2);
        buf_add_text(&text, "\n    watch payee for 1h\n");
    }
    rule_text_compile(&w->pack, buf_str(&text));
    buf_fini(&text);
    vm_init(&w->vm, w->pack.program);
}

static int64_t run_once(struct work *w)
{
    const struct rule *rule = &w->pack.program->rules[w->rule];
    vm_begin(&w->vm, w->page, &w->event, w->hand, rule->leg, NOW_MS, w->carried);
    return vm_run(&w->vm, rule->when);
}

static uint64_t run(void *context)
{
    struct work *w = context;
    uint64_t sum = 0;
    for (uint64_t i = 0; i < w->times; i++) {
        sum = bench_mix_number(sum, (uint64_t)run_once(w));
    }
    return sum;
}

static void measure_kind(struct bench *bench, struct work *w, uint32_t kind, uint32_t records)
{
    char name[96];
    (void)snprintf(name, sizeof name, "%s, %u records", kinds[kind].name, records);
    w->rule = 2 * kind + 1;
    bench_expect(bench, run_once(w) == 0, name);
    w->rule = 2 * kind;
    bench_expect(bench, run_once(w) == 1, name);
    (void)bench_measure(bench, &(struct bench_case){name, "rule", w->times, 0, NULL, run, w});
}

static void measure_history(struct bench *bench, struct work *w, uint32_t records)
{
    make_page(w, records);
    compile_rules(w, records);
    for (uint32_t i = 0; i < KINDS; i++) {
        measure_kind(bench, w, i, records);
    }
    vm_fini(&w->vm);
    compile_fini(&w->pack);
}

int main(int argc, char **argv)
{
    static const uint32_t histories[] = {16, 64, 256};
    struct bench *bench = bench_open(argc, argv, "bench_rules: one rule on one page");
    struct work *w = mem_alloc(1, sizeof *w);
    w->times = bench_is_smoke(bench) ? 1000 : 200000;
    for (size_t i = 0; i < PROGRAM_CARRIED_MAX; i++) {
        w->carried[i] = CARRIED;
    }
    for (size_t i = 0; i < sizeof histories / sizeof histories[0]; i++) {
        measure_history(bench, w, histories[i]);
    }
    page_free(w->page);
    mem_free(w);
    return bench_close(bench);
}
