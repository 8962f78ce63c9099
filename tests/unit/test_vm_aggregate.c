/* test_vm_aggregate.c - aggregates, against a naive loop, and where the page does not keep all. */
#include "connectors/cli/prng.h"
#include "engine/eval/vm.h"
#include "tests/unit/small_event.h"
#include "tests/unit/small_pack.h"
#include "tests/unit/vm_bench.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define HOLIDAY 20511 /* the Friday before T0 */
#define ROOM 200      /* aggregates of one random program */

struct question {
    struct aggregate aggregate;
    int64_t since_ms, at_least; /* where: amount >= at_least; or `reversed` */
    uint32_t code;
};

/* The first of so many days that are not a Saturday or Sunday, or the holiday before T0. */
static int64_t naive_workdays(int workdays, int64_t day_ms)
{
    for (int64_t found = 1; found < workdays;) {
        day_ms -= DAY;
        int64_t day = (day_ms + 8 * HOUR) / DAY;
        found += day % 7 != 2 && day % 7 != 3 && day != HOLIDAY; /* day 0 was a Thursday */
    }
    return day_ms;
}

static bool in_span(const struct question *q, int64_t time_ms, int64_t t)
{
    int64_t day_ms = (t + 8 * HOUR) / DAY * DAY - 8 * HOUR;
    switch (q->aggregate.span) {
    case SPAN_MS: return t - q->aggregate.span_ms < time_ms && time_ms <= t;
    case SPAN_TODAY: return day_ms <= time_ms && time_ms <= t;
    case SPAN_WORKDAYS:
        return naive_workdays(q->aggregate.workdays, day_ms) <= time_ms && time_ms <= t;
    default: return q->since_ms <= time_ms && time_ms <= t;
    }
}

static bool naive_counts(const struct question *q, const struct record *r)
{
    bool reversed = (r->flags & RECORD_REVERSED) != 0;
    if (q->aggregate.where == CODE_NONE) {
        return !reversed;
    }
    return q->aggregate.reversed_too ? reversed : !reversed && r->value >= q->at_least;
}

static int64_t naive_field(const struct question *q, const struct record *r)
{
    switch (q->aggregate.word) {
    case WORD_AMOUNT: return r->value;
    case WORD_PAYER: return r->peer == 0 ? U : value_of_low64(r->peer);
    case WORD_FIRST_TIME: return (r->flags & RECORD_FIRST_TIME) != 0;
    default: return r->time_ms;
    }
}

struct tally {
    int64_t count, all, sum, min, max, first, last;
    int64_t different[64];
    int often[64]; /* each of them is there */
    int distinct;
    int64_t known[64]; /* by time */
    int known_count;
};

static void naive_field_in(struct tally *n, int64_t value)
{
    if (value == U) {
        return;
    }
    n->sum += value;
    n->known[n->known_count++] = value;
    n->min = n->min == U || value < n->min ? value : n->min;
    n->max = n->max == U || value > n->max ? value : n->max;
    for (int i = 0; i < n->distinct; i++) {
        if (n->different[i] == value) {
            n->often[i]++;
            return;
        }
    }
    n->often[n->distinct] = 1;
    n->different[n->distinct++] = value;
}

/* The smallest that so many percent of all do not exceed. */
static int64_t naive_percentile(const struct tally *n, int percent)
{
    int64_t found = U;
    for (int i = 0; i < n->known_count; i++) {
        int below = 0;
        for (int k = 0; k < n->known_count; k++) {
            below += n->known[k] <= n->known[i];
        }
        if (100 * below >= percent * n->known_count && (found == U || n->known[i] < found)) {
            found = n->known[i];
        }
    }
    return found;
}

static int64_t naive_rising(const struct tally *n, struct ratio factor)
{
    int i = n->known_count - 1;
    while (i > 0 && (factor.num == 0 ? n->known[i] > n->known[i - 1]
                                     : n->known[i] >= n->known[i - 1] * factor.num)) {
        i--;
    }
    return n->known_count - (i < 0 ? 0 : i);
}

static int64_t naive_top_share(struct tally *n, int top)
{
    int64_t sum = 0;
    for (; top > 0; top--) {
        int best = 0;
        for (int i = 1; i < n->distinct; i++) {
            best = n->often[i] > n->often[best] ? i : best;
        }
        sum += n->distinct > 0 ? n->often[best] : 0;
        n->often[best] = 0;
    }
    return n->known_count == 0 ? U : 10000 * sum / n->known_count;
}

static int64_t naive_average(const struct tally *n)
{
    int64_t whole = n->known_count == 0 ? U : n->sum / n->known_count;
    int64_t twice = n->known_count == 0 ? 0 : n->sum % n->known_count * 2;
    return whole + (twice > n->known_count || (twice == n->known_count && whole % 2 == 1));
}

static int64_t naive(const struct question *q, const struct stream *stream, int64_t t)
{
    struct tally n = {.min = U, .max = U, .first = U, .last = U};
    if (q->aggregate.span == SPAN_SINCE && q->since_ms == U) {
        return U;
    }
    for (uint32_t i = stream->begin; i < stream->end; i++) {
        const struct record *r = &stream->records[i];
        if (!in_span(q, r->time_ms, t)) {
            continue;
        }
        n.all += (r->flags & RECORD_REVERSED) == 0 || q->aggregate.reversed_too;
        if (naive_counts(q, r)) {
            int64_t value = naive_field(q, r);
            n.first = n.count == 0 ? value : n.first;
            n.last = value;
            n.count++;
            naive_field_in(&n, value);
        }
    }
    switch (q->aggregate.kind) {
    case AGGREGATE_COUNT: return n.count;
    case AGGREGATE_ANY: return n.count > 0;
    case AGGREGATE_SHARE: return n.all == 0 ? U : 10000 * n.count / n.all;
    case AGGREGATE_SUM: return n.sum;
    case AGGREGATE_DISTINCT: return n.distinct;
    case AGGREGATE_MIN: return n.min;
    case AGGREGATE_MAX: return n.max;
    case AGGREGATE_FIRST: return n.first;
    case AGGREGATE_LAST: return n.last;
    case AGGREGATE_AVG: return naive_average(&n);
    case AGGREGATE_MEDIAN: return naive_percentile(&n, 50);
    case AGGREGATE_P90: return naive_percentile(&n, 90);
    case AGGREGATE_P99: return naive_percentile(&n, 99);
    case AGGREGATE_TOP_SHARE: return naive_top_share(&n, q->aggregate.top);
    default: return naive_rising(&n, q->aggregate.factor);
    }
}

static void random_question(struct prng *rng, struct program *p, struct question *q)
{
    static const uint8_t words[] = {WORD_AMOUNT, WORD_PAYER, WORD_FIRST_TIME, WORD_TIME};
    static const int64_t spans[] = {1, 2, MINUTE, HOUR, DAY};
    struct aggregate *a = &q->aggregate;
    a->kind = (uint8_t)prng_below(rng, AGGREGATE_USUAL_MEDIAN);
    a->stream = STREAM_PAYMENT_IN;
    uint8_t needs = vocab_aggregates[a->kind].needs;
    a->word = words[prng_below(rng, a->kind == AGGREGATE_SUM || a->kind == AGGREGATE_AVG ? 1 : 4)];
    if (needs == 0 || (needs == 2 && prng_chance(rng, 40))) {
        a->word = WORD_NONE;
    }
    a->top = (uint8_t)prng_between(rng, 1, 3);
    a->factor = (struct ratio){prng_between(rng, 0, 2), 1};
    a->span = (uint8_t)prng_below(rng, SPAN_USUAL);
    a->workdays = (uint8_t)prng_between(rng, 1, 3);
    a->span_ms = spans[prng_below(rng, 5)] + prng_between(rng, 0, 1);
    q->since_ms = prng_chance(rng, 10) ? U : T0 + prng_between(rng, -3, 0) * MINUTE;
    q->at_least = prng_between(rng, 0, 60);
    a->where = CODE_NONE;
    uint32_t choice = prng_below(rng, 3);
    if (choice == 1) {
        a->where = pack_record(p, WORD_AMOUNT, OP_GE, q->at_least);
    } else if (choice == 2) {
        a->where = pack_record(p, WORD_REVERSED, OP_EQ, 1);
        a->reversed_too = true;
    }
    uint32_t at = program_add_aggregates(p);
    p->aggregates[at] = *a;
    int32_t since = pack_const(p, q->since_ms);
    struct insn code[] = {pack_insn(OP_CONST, since), pack_insn(OP_AGGREGATE, at),
                          pack_insn(OP_END, 0)};
    bool pushes = a->span == SPAN_SINCE;
    q->code = pack_code(p, pushes ? code : code + 1, pushes ? 3 : 2);
}

/* Times that fall on the edges of windows of whole minutes, hours and days. */
static int64_t edge_time(struct prng *rng)
{
    static const int64_t steps[] = {1, MINUTE, HOUR, DAY, 10 * HOUR};
    int64_t step = steps[prng_below(rng, 5)];
    int64_t back = prng_between(rng, 0, 2);
    return T0 - back * step + prng_between(rng, -2, 2);
}

static struct page *random_payments(struct prng *rng)
{
    struct page *page = vm_page();
    struct retention retention;
    retention_defaults(&retention);
    uint32_t count = prng_below(rng, 60);
    for (uint32_t i = 0; i < count; i++) {
        struct token token = {{(uint8_t)prng_between(rng, 1, 9)}};
        struct record draft = {.time_ms = edge_time(rng),
                               .id = i,
                               .value = prng_chance(rng, 10) ? U : prng_between(rng, 0, 99),
                               .flags = prng_chance(rng, 25) ? RECORD_REVERSED : 0,
                               .member = RECORD_MEMBER_NONE};
        struct peer_draft peer = {.token = &token, .entity = ENTITY_ACCOUNT};
        page_add_record(page, STREAM_PAYMENT_IN, &draft, prng_chance(rng, 10) ? NULL : &peer,
                        &retention);
    }
    return page;
}

START_TEST(aggregates_follow_a_naive_loop)
{
    static struct question questions[ROOM];
    memset(questions, 0, sizeof questions);
    struct prng rng = prng_seed(1, "aggregates");
    struct program *p = program_new();
    uint32_t holiday = program_add_days(p);
    p->days[holiday] = (struct day_range){HOLIDAY, HOLIDAY, false};
    for (int i = 0; i < ROOM; i++) {
        random_question(&rng, p, &questions[i]);
    }
    vm_verified(p);
    for (int round = 0; round < 150; round++) {
        struct page *page = random_payments(&rng);
        for (int i = 0; i < ROOM; i++) {
            int64_t t = edge_time(&rng);
            const struct question *q = &questions[i];
            int64_t value = vm_result(p, page, q->code, t);
            int64_t expected = naive(q, &page->streams[STREAM_PAYMENT_IN], t);
            if (value != expected) {
                ck_abort_msg("page %d, question %d (%s, span %d): %lld, not %lld", round, i,
                             vocab_aggregates[q->aggregate.kind].text, q->aggregate.span,
                             (long long)value, (long long)expected);
            }
        }
        page_free(page);
    }
    program_free(p);
}
END_TEST

static const struct {
    const char *name;
    int64_t a, b, sum;
    uint64_t overflows;
} sums[] = {
    {"the largest sum", INT64_MAX - 1, 1, INT64_MAX, 0},
    {"a sum too large is unknown, and counted", INT64_MAX, 1, U, 1},
    {"a sum too small is unknown, and counted", INT64_MIN + 1, -2, U, 1},
    {"a sum that would read as unknown is counted", INT64_MIN + 1, -1, U, 1},
};

START_TEST(sums_that_overflow)
{
    struct program *p = program_new();
    uint32_t code =
        pack_of_window(p, AGGREGATE_SUM, STREAM_PAYMENT_IN, WORD_AMOUNT, HOUR, CODE_NONE);
    vm_verified(p);
    struct page *page = vm_page();
    struct retention retention;
    retention_defaults(&retention);
    vm_pay(page, T0 - 1, sums[_i].a, &retention);
    vm_pay(page, T0, sums[_i].b, &retention);
    struct event event = event_payment("p-1", PHASE_INITIATED, "A", "M", 100, T0);
    struct vm vm;
    vm_init(&vm, p);
    vm_begin(&vm, page, &event, NULL, LEG_PAYEE, T0, NULL);
    int64_t sum = vm_run(&vm, code);
    ck_assert_msg(sum == sums[_i].sum && vm.overflows == sums[_i].overflows, "%s: %lld, %d",
                  sums[_i].name, (long long)sum, (int)vm.overflows);
    vm_fini(&vm);
    page_free(page);
    program_free(p);
}
END_TEST

/* Of payments of 1, 10, 100 .. on each of six days at 10:00 the page keeps three; T0 is the last.
 */
static const struct {
    const char *name;
    int kind, word;
    int64_t span_ms;
    int where; /* 1: amount >= 0 */
    int64_t value;
    bool approximate;
} behind[] = {
    {"what is kept is exact", AGGREGATE_COUNT, WORD_NONE, 3 * DAY, 0, 3, false},
    {"a millisecond before what was dropped", AGGREGATE_COUNT, WORD_NONE, 3 * DAY + 1, 0, 4, true},
    {"a sum takes whole days in", AGGREGATE_SUM, WORD_AMOUNT, 4 * DAY, 0, 111110, true},
    {"the last moment of a day", AGGREGATE_COUNT, WORD_NONE, 4 * DAY + 10 * HOUR, 0, 5, true},
    {"the day before counts from there", AGGREGATE_COUNT, WORD_NONE, 4 * DAY + 10 * HOUR + 1, 0, 6,
     true},
    {"a where asks what is kept", AGGREGATE_COUNT, WORD_NONE, 9 * DAY, 1, 3, true},
    {"a largest asks what is kept", AGGREGATE_MAX, WORD_AMOUNT, 9 * DAY, 0, 100000, true},
    {"a smallest asks what is kept", AGGREGATE_MIN, WORD_AMOUNT, 9 * DAY, 0, 1000, true},
    {"all days together", AGGREGATE_SUM, WORD_AMOUNT, 9 * DAY, 0, 111111, true},
};

START_TEST(windows_behind_what_is_kept)
{
    struct program *p = program_new();
    uint32_t where =
        behind[_i].where == 1 ? pack_record(p, WORD_AMOUNT, OP_GE, 0) : (uint32_t)CODE_NONE;
    uint32_t code = pack_of_window(p, behind[_i].kind, STREAM_PAYMENT_IN, behind[_i].word,
                                   behind[_i].span_ms, where);
    vm_verified(p);
    struct page *page = vm_page();
    struct retention retention;
    retention_defaults(&retention);
    retention.stream[ENTITY_ACCOUNT][STREAM_PAYMENT_IN].records_max = 3;
    int64_t amount = 1;
    for (int day = 5; day >= 0; day--) {
        vm_pay(page, T0 - day * DAY, amount, &retention);
        amount *= 10;
    }
    struct event event = event_payment("p-1", PHASE_INITIATED, "A", "M", 100, T0);
    struct vm vm;
    vm_init(&vm, p);
    vm_begin(&vm, page, &event, NULL, LEG_PAYEE, T0, NULL);
    int64_t value = vm_run(&vm, code);
    ck_assert_msg(value == behind[_i].value && vm.flags.approximate == behind[_i].approximate,
                  "%s: %lld, approximate %d", behind[_i].name, (long long)value,
                  vm.flags.approximate);
    vm_fini(&vm);
    page_free(page);
    program_free(p);
}
END_TEST

/* The same six payments, of which the page keeps three; they are asked for over nine days. */
static const struct {
    const char *name;
    int kind, word, op;
    int64_t limit;
    bool turned; /* the limit stands first */
    int64_t value;
    bool approximate;
} decided[] = {
    {"what is kept is enough", AGGREGATE_COUNT, WORD_NONE, OP_GE, 3, false, 1, false},
    {"what is kept is not enough", AGGREGATE_COUNT, WORD_NONE, OP_GE, 4, false, 1, true},
    {"more than what is kept", AGGREGATE_COUNT, WORD_NONE, OP_GT, 3, false, 1, true},
    {"more than less than what is kept", AGGREGATE_COUNT, WORD_NONE, OP_GT, 2, false, 1, false},
    {"too many are kept", AGGREGATE_COUNT, WORD_NONE, OP_LT, 3, false, 0, false},
    {"perhaps too many", AGGREGATE_COUNT, WORD_NONE, OP_LT, 4, false, 0, true},
    {"at most fewer than are kept", AGGREGATE_COUNT, WORD_NONE, OP_LE, 2, false, 0, false},
    {"at most as many as are kept", AGGREGATE_COUNT, WORD_NONE, OP_LE, 3, false, 0, true},
    {"just fewer", AGGREGATE_COUNT, WORD_NONE, OP_EQ, 2, false, 0, false},
    {"just as many", AGGREGATE_COUNT, WORD_NONE, OP_EQ, 3, false, 0, true},
    {"not as many as fewer", AGGREGATE_COUNT, WORD_NONE, OP_NE, 2, false, 1, false},
    {"the limit first, and enough", AGGREGATE_COUNT, WORD_NONE, OP_LE, 3, true, 1, false},
    {"the limit first, and not enough", AGGREGATE_COUNT, WORD_NONE, OP_LT, 3, true, 1, true},
    {"the limit first, and too many", AGGREGATE_COUNT, WORD_NONE, OP_GT, 3, true, 0, false},
    {"the limit first, and perhaps too many", AGGREGATE_COUNT, WORD_NONE, OP_GE, 3, true, 0, true},
    {"a limit that is unknown", AGGREGATE_COUNT, WORD_NONE, OP_GE, U, false, U, false},
    {"a sum of what is kept", AGGREGATE_SUM, WORD_AMOUNT, OP_GE, 111000, false, 1, false},
    {"a sum of more", AGGREGATE_SUM, WORD_AMOUNT, OP_GE, 111001, false, 1, true},
    {"different ones", AGGREGATE_DISTINCT, WORD_AMOUNT, OP_GE, 3, false, 1, false},
    {"the largest that is kept", AGGREGATE_MAX, WORD_AMOUNT, OP_GT, 99999, false, 1, false},
    {"a larger one may be gone", AGGREGATE_MAX, WORD_AMOUNT, OP_GT, 100000, false, 0, true},
    {"a smaller one may be gone", AGGREGATE_MIN, WORD_AMOUNT, OP_LE, 1000, false, 1, true},
    {"the newest is kept", AGGREGATE_LAST, WORD_AMOUNT, OP_GT, 1000, false, 1, false},
    {"the oldest is not", AGGREGATE_FIRST, WORD_AMOUNT, OP_GT, 1, false, 1, true},
    {"a run that is kept", AGGREGATE_RISING, WORD_AMOUNT, OP_GE, 3, false, 1, false},
    {"an average of what is kept", AGGREGATE_AVG, WORD_AMOUNT, OP_GT, 1, false, 1, true},
};

static struct page *page_that_keeps_three(void)
{
    struct page *page = vm_page();
    struct retention retention;
    retention_defaults(&retention);
    retention.stream[ENTITY_ACCOUNT][STREAM_PAYMENT_IN].records_max = 3;
    int64_t amount = 1;
    for (int day = 5; day >= 0; day--) {
        vm_pay(page, T0 - day * DAY, amount, &retention);
        amount *= 10;
    }
    return page;
}

/* Directly, through a feature, and beside a value that lies deeper in the stack. */
START_TEST(what_the_exact_part_decides)
{
    struct program *p = program_new();
    uint32_t window = pack_of_window(p, decided[_i].kind, STREAM_PAYMENT_IN, decided[_i].word,
                                     9 * DAY, CODE_NONE);
    p->aggregates[p->aggregates_count - 1].factor = (struct ratio){0, 1};
    uint32_t feature = pack_feature(p, "f", ENTITY_ACCOUNT, window);
    struct insn sides[2][2] = {{pack_insn(OP_AGGREGATE, (int64_t)p->aggregates_count - 1),
                                pack_insn(OP_CONST, pack_const(p, decided[_i].limit))},
                               {pack_insn(OP_FEATURE, feature), pack_insn(OP_CONST, 0)}};
    sides[1][1] = sides[0][1];
    uint32_t codes[2];
    for (int i = 0; i < 2; i++) {
        bool turned = decided[_i].turned;
        struct insn code[] = {pack_insn(OP_NOW, 0), sides[i][turned],
                              sides[i][!turned],    pack_insn(decided[_i].op, 0),
                              pack_insn(OP_ADD, 0), pack_insn(OP_END, 0)};
        codes[i] = pack_code(p, code, 6);
    }
    vm_verified(p);
    struct page *page = page_that_keeps_three();
    struct event event = event_payment("p-1", PHASE_INITIATED, "A", "M", 100, T0);
    for (int i = 0; i < 2; i++) {
        struct vm vm;
        vm_init(&vm, p);
        vm_begin(&vm, page, &event, NULL, LEG_PAYEE, T0, NULL);
        int64_t value = vm_run(&vm, codes[i]);
        int64_t expected = decided[_i].value == U ? U : T0 + decided[_i].value;
        ck_assert_msg(value == expected && vm.flags.approximate == decided[_i].approximate,
                      "%s, %d: %lld, approximate %d", decided[_i].name, i, (long long)value,
                      vm.flags.approximate);
        vm_fini(&vm);
    }
    page_free(page);
    program_free(p);
}
END_TEST

/* A page with so many payments out, a day apart, the oldest and smallest first. */
static const struct {
    const char *name;
    int kind, payments;
    uint32_t kept;
    int64_t after_ms; /* asked so long after the last payment */
    int64_t value;
    bool approximate;
} usuals[] = {
    {"nine are too few", AGGREGATE_USUAL_MAX, 9, 64, DAY, U, false},
    {"the largest of ten", AGGREGATE_USUAL_MAX, 10, 64, DAY, 40960 + 2048, false},
    {"the median of ten", AGGREGATE_USUAL_MEDIAN, 10, 64, DAY, 20480 + 1024, false},
    {"dropped ones count too", AGGREGATE_USUAL_MEDIAN, 10, 3, DAY, 20480 + 1024, true},
    {"of twenty the eighteenth", AGGREGATE_USUAL_P90, 20, 64, DAY, 73728 + 4096, false},
    {"the same of what was dropped", AGGREGATE_USUAL_P90, 20, 1, DAY, 73728 + 4096, true},
    {"a day has not passed", AGGREGATE_USUAL_MAX, 10, 64, DAY - 1, U, false},
    {"the last is not among them", AGGREGATE_USUAL_MAX, 11, 64, DAY - 1, 40960 + 2048, false},
    {"a dropped one whose day is over", AGGREGATE_USUAL_MAX, 11, 1, 14 * HOUR, 40960 + 2048, true},
    {"one whose day is not", AGGREGATE_USUAL_MAX, 11, 1, 14 * HOUR - 1, U, true},
    {"of twenty the last", AGGREGATE_USUAL_P99, 20, 64, DAY, 81920 + 4096, false},
};

START_TEST(what_is_usual)
{
    struct program *p = program_new();
    uint32_t at = program_add_aggregates(p);
    p->aggregates[at] = (struct aggregate){.kind = (uint8_t)usuals[_i].kind,
                                           .stream = STREAM_PAYMENT_OUT,
                                           .word = WORD_AMOUNT,
                                           .span = SPAN_USUAL,
                                           .where = CODE_NONE};
    struct insn code[] = {pack_insn(OP_AGGREGATE, at), pack_insn(OP_END, 0)};
    uint32_t usual = pack_code(p, code, 2);
    vm_verified(p);
    struct page *page = vm_page();
    struct retention retention;
    retention_defaults(&retention);
    retention.stream[ENTITY_ACCOUNT][STREAM_PAYMENT_OUT].records_max = usuals[_i].kept;
    retention.stream[ENTITY_ACCOUNT][STREAM_PAYMENT_OUT].age_max_ms = 90 * DAY;
    for (int i = 1; i <= usuals[_i].payments; i++) {
        struct record draft = {.time_ms = T0 - (usuals[_i].payments - i) * DAY,
                               .value = i * INT64_C(4096),
                               .member = RECORD_MEMBER_NONE};
        page_add_record(page, STREAM_PAYMENT_OUT, &draft, NULL, &retention);
    }
    struct event event = event_payment("p-1", PHASE_INITIATED, "A", "M", 100, T0);
    struct vm vm;
    vm_init(&vm, p);
    vm_begin(&vm, page, &event, NULL, LEG_PAYER, T0 + usuals[_i].after_ms, NULL);
    int64_t value = vm_run(&vm, usual);
    ck_assert_msg(value == usuals[_i].value && vm.flags.approximate == usuals[_i].approximate,
                  "%s: %lld, approximate %d", usuals[_i].name, (long long)value,
                  vm.flags.approximate);
    vm_begin(&vm, page, &event, NULL, LEG_PAYER, T0 + 91 * DAY, NULL);
    ck_assert_msg(vm_run(&vm, usual) == U, "%s, 90 days later", usuals[_i].name);
    vm_fini(&vm);
    page_free(page);
    program_free(p);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("vm_aggregate");
    TCase *tests = tcase_create("vm_aggregate");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, aggregates_follow_a_naive_loop);
    tcase_add_loop_test(tests, sums_that_overflow, 0, VM_ROWS(sums));
    tcase_add_loop_test(tests, windows_behind_what_is_kept, 0, VM_ROWS(behind));
    tcase_add_loop_test(tests, what_the_exact_part_decides, 0, VM_ROWS(decided));
    tcase_add_loop_test(tests, what_is_usual, 0, VM_ROWS(usuals));
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
