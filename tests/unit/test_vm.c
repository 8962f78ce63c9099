/* test_vm.c - what code computes, against a naive loop and against tables of semantics.md. */
#include "engine/eval/vm.h"

#include "connectors/cli/prng.h"
#include "tests/unit/small_event.h"
#include "tests/unit/small_pack.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define U VALUE_UNKNOWN
#define HOLIDAY 20511 /* the Friday before T0 */
#define ROOM 200      /* aggregates of one random program */

static struct insn insn(int op, int64_t c)
{
    return (struct insn){.op = (uint8_t)op, .c = (int32_t)c};
}

static int32_t constant(struct program *p, int64_t value)
{
    uint32_t at = program_add_consts(p);
    p->consts[at] = value;
    return (int32_t)at;
}

static void verified(struct program *p)
{
    struct err err;
    ck_assert_msg(program_verify(p, &err) == 0, "%s", err.text);
}

static struct page *page_of_account(void)
{
    struct token token = {{0xaa, 1}};
    return page_new(&token, ENTITY_ACCOUNT);
}

/* Result of one piece of code at t on a page. */
static int64_t result(struct program *p, struct page *page, uint32_t code, int64_t t)
{
    struct event event = event_payment("p-1", PHASE_INITIATED, "A", "M", 100, t);
    int64_t carried[PROGRAM_CARRIED_MAX];
    for (int i = 0; i < PROGRAM_CARRIED_MAX; i++) {
        carried[i] = U;
    }
    struct vm vm;
    vm_init(&vm, p);
    vm_begin(&vm, page, &event, NULL, LEG_PAYEE, t, carried);
    int64_t value = vm_run(&vm, code);
    vm_fini(&vm);
    return value;
}

/* ---- operators ------------------------------------------------------------------------------ */

static const struct {
    const char *name;
    int op;
    int64_t a, b, result;
} pairs[] = {
    {"yes and yes", OP_AND, 1, 1, 1},
    {"yes and no", OP_AND, 1, 0, 0},
    {"no and yes", OP_AND, 0, 1, 0},
    {"no and no", OP_AND, 0, 0, 0},
    {"no settles an unknown and", OP_AND, U, 0, 0},
    {"no settles an and of unknown", OP_AND, 0, U, 0},
    {"yes leaves an and unknown", OP_AND, U, 1, U},
    {"and of yes and unknown", OP_AND, 1, U, U},
    {"unknown and unknown", OP_AND, U, U, U},
    {"yes or yes", OP_OR, 1, 1, 1},
    {"yes or no", OP_OR, 1, 0, 1},
    {"no or yes", OP_OR, 0, 1, 1},
    {"no or no", OP_OR, 0, 0, 0},
    {"yes settles an unknown or", OP_OR, U, 1, 1},
    {"yes settles an or of unknown", OP_OR, 1, U, 1},
    {"no leaves an or unknown", OP_OR, U, 0, U},
    {"or of no and unknown", OP_OR, 0, U, U},
    {"unknown or unknown", OP_OR, U, U, U},
    {"equal", OP_EQ, 5, 5, 1},
    {"not equal", OP_EQ, 5, 6, 0},
    {"unknown is not equal to itself", OP_EQ, U, U, U},
    {"different", OP_NE, 5, 6, 1},
    {"not different", OP_NE, 5, 5, 0},
    {"unknown is not different either", OP_NE, 5, U, U},
    {"less", OP_LT, -1, 0, 1},
    {"not less than itself", OP_LT, 0, 0, 0},
    {"unknown is not less", OP_LT, U, 0, U},
    {"at most itself", OP_LE, 3, 3, 1},
    {"not at most", OP_LE, 4, 3, 0},
    {"more", OP_GT, INT64_MAX, INT64_MIN + 1, 1},
    {"not more than itself", OP_GT, 4, 4, 0},
    {"at least itself", OP_GE, 4, 4, 1},
    {"not at least", OP_GE, 3, 4, 0},
    {"nothing is at least unknown", OP_GE, 3, U, U},
    {"sum", OP_ADD, 2, -5, -3},
    {"sum with unknown", OP_ADD, 2, U, U},
    {"largest sum", OP_ADD, INT64_MAX - 1, 1, INT64_MAX},
    {"sum too large", OP_ADD, INT64_MAX, 1, U},
    {"sum that would read as unknown", OP_ADD, INT64_MIN + 1, -1, U},
    {"difference", OP_SUB, 2, 5, -3},
    {"difference with unknown", OP_SUB, U, 2, U},
    {"difference too small", OP_SUB, -2, INT64_MAX, U},
    {"difference too large", OP_SUB, 1, INT64_MIN + 1, U},
    {"smallest difference", OP_SUB, -1, INT64_MAX - 1, INT64_MIN + 1},
};

START_TEST(two_operands)
{
    struct program *p = program_new();
    int32_t a = constant(p, pairs[_i].a);
    int32_t b = constant(p, pairs[_i].b);
    uint32_t code = pack_code(p,
                              (struct insn[]){insn(OP_CONST, a), insn(OP_CONST, b),
                                              insn(pairs[_i].op, 0), insn(OP_END, 0)},
                              4);
    verified(p);
    struct page *page = page_of_account();
    int64_t value = result(p, page, code, T0);
    ck_assert_msg(value == pairs[_i].result, "%s: %lld", pairs[_i].name, (long long)value);
    page_free(page);
    program_free(p);
}
END_TEST

static const struct {
    const char *name;
    int op;
    int64_t a, result;
} singles[] = {
    {"not yes", OP_NOT, 1, 0},
    {"not no", OP_NOT, 0, 1},
    {"not unknown", OP_NOT, U, U},
    {"zero is known", OP_KNOWN, 0, 1},
    {"unknown is not known", OP_KNOWN, U, 0},
    {"since a time", OP_AGO, T0 - 5, 5},
    {"since a time to come", OP_AGO, T0 + 5, -5},
    {"since an unknown time", OP_AGO, U, U},
    {"since too long ago", OP_AGO, INT64_MIN + 1, U},
};

START_TEST(one_operand)
{
    struct program *p = program_new();
    int32_t a = constant(p, singles[_i].a);
    uint32_t code =
        pack_code(p, (struct insn[]){insn(OP_CONST, a), insn(singles[_i].op, 0), insn(OP_END, 0)},
                  3);
    verified(p);
    struct page *page = page_of_account();
    int64_t value = result(p, page, code, T0);
    ck_assert_msg(value == singles[_i].result, "%s: %lld", singles[_i].name, (long long)value);
    page_free(page);
    program_free(p);
}
END_TEST

static const struct {
    const char *name;
    int64_t a, low, high, result;
} betweens[] = {
    {"inside", 5, 1, 9, 1},
    {"at the low end", 1, 1, 9, 1},
    {"at the high end", 9, 1, 9, 1},
    {"below", 0, 1, 9, 0},
    {"above", 10, 1, 9, 0},
    {"nothing lies in an empty range", 5, 9, 1, 0},
    {"unknown value", U, 1, 9, U},
    {"inside, if it goes so far", 5, 1, U, U},
    {"below, but nobody knows how far up it goes", 0, 1, U, U},
    {"above, but nobody knows where it begins", 10, U, 9, U},
};

START_TEST(between)
{
    struct program *p = program_new();
    int32_t a = constant(p, betweens[_i].a);
    int32_t low = constant(p, betweens[_i].low);
    int32_t high = constant(p, betweens[_i].high);
    uint32_t code =
        pack_code(p,
                  (struct insn[]){insn(OP_CONST, a), insn(OP_CONST, low), insn(OP_CONST, high),
                                  insn(OP_BETWEEN, 0), insn(OP_END, 0)},
                  5);
    verified(p);
    struct page *page = page_of_account();
    int64_t value = result(p, page, code, T0);
    ck_assert_msg(value == betweens[_i].result, "%s: %lld", betweens[_i].name, (long long)value);
    page_free(page);
    program_free(p);
}
END_TEST

static const struct {
    const char *name;
    int64_t otherwise, then, condition, result;
} chooses[] = {
    {"true", 5, 9, 1, 9},
    {"false", 5, 9, 0, 5},
    {"unknown is not true", 5, 9, U, 5},
    {"what is chosen may be unknown", 5, U, 1, U},
};

START_TEST(choose)
{
    struct program *p = program_new();
    int32_t otherwise = constant(p, chooses[_i].otherwise);
    int32_t then = constant(p, chooses[_i].then);
    int32_t condition = constant(p, chooses[_i].condition);
    uint32_t code =
        pack_code(p,
                  (struct insn[]){insn(OP_CONST, otherwise), insn(OP_CONST, then),
                                  insn(OP_CONST, condition), insn(OP_CHOOSE, 0), insn(OP_END, 0)},
                  5);
    verified(p);
    struct page *page = page_of_account();
    int64_t value = result(p, page, code, T0);
    ck_assert_msg(value == chooses[_i].result, "%s: %lld", chooses[_i].name, (long long)value);
    page_free(page);
    program_free(p);
}
END_TEST

static const struct {
    const char *name;
    int64_t a, num, den, result;
} scales[] = {
    {"exact", 10, 1, 2, 5},
    {"half above an even stays", 5, 1, 2, 2},
    {"half above an odd goes up", 7, 1, 2, 4},
    {"minus half above an even stays", -5, 1, 2, -2},
    {"minus half above an odd goes down", -7, 1, 2, -4},
    {"half of one is nothing", 1, 1, 2, 0},
    {"under a half", 4, 1, 3, 1},
    {"over a half", 5, 1, 3, 2},
    {"minus over a half", -5, 1, 3, -2},
    {"half with an odd ratio", 3, 14, 4, 10},
    {"a per cent of an amount", 333, 5000, 10000, 166},
    {"times a factor", 25, 14, 10, 35},
    {"nothing", 0, 7, 3, 0},
    {"unknown", U, 1, 2, U},
    {"all of the largest", INT64_MAX, 10000, 10000, INT64_MAX},
    {"half of the largest", INT64_MAX, 1, 2, INT64_C(1) << 62},
    {"too large", INT64_MAX, 10001, 10000, U},
    {"all of the smallest", INT64_MIN + 1, 1, 1, INT64_MIN + 1},
    {"would read as unknown", INT64_MIN / 2, 2, 1, U},
};

START_TEST(scaled_half_to_even)
{
    struct program *p = program_new();
    int32_t a = constant(p, scales[_i].a);
    uint32_t ratio = program_add_ratios(p);
    p->ratios[ratio] = (struct ratio){scales[_i].num, scales[_i].den};
    uint32_t code =
        pack_code(p, (struct insn[]){insn(OP_CONST, a), insn(OP_SCALE, ratio), insn(OP_END, 0)}, 3);
    verified(p);
    struct page *page = page_of_account();
    int64_t value = result(p, page, code, T0);
    ck_assert_msg(value == scales[_i].result, "%s: %lld", scales[_i].name, (long long)value);
    page_free(page);
    program_free(p);
}
END_TEST

static const struct {
    const char *name;
    int64_t a, result;
} in_sets[] = {
    {"before the first range", 0, 0},  {"begin of the first", 1, 1},
    {"end of the first", 3, 1},        {"between the ranges", 4, 0},
    {"the range of one", 7, 1},        {"after the last", 8, 0},
    {"a range of another set", 20, 0}, {"unknown", U, U},
};

START_TEST(in_a_set)
{
    struct program *p = program_new();
    static const struct range ranges[] = {{20, 20}, {1, 3}, {7, 7}, {20, 21}};
    for (int i = 0; i < 4; i++) {
        uint32_t at = program_add_ranges(p);
        p->ranges[at] = ranges[i];
    }
    uint32_t set = program_add_sets(p);
    p->sets[set] = (struct range_set){1, 2};
    int32_t a = constant(p, in_sets[_i].a);
    uint32_t code =
        pack_code(p, (struct insn[]){insn(OP_CONST, a), insn(OP_IN_SET, set), insn(OP_END, 0)}, 3);
    verified(p);
    struct page *page = page_of_account();
    int64_t value = result(p, page, code, T0);
    ck_assert_msg(value == in_sets[_i].result, "%s: %lld", in_sets[_i].name, (long long)value);
    page_free(page);
    program_free(p);
}
END_TEST

/* `a, jump over NOT`: the top stays, only its own truth makes it jump. */
static const struct {
    const char *name;
    int op;
    int64_t a, result;
} jumps[] = {
    {"false jumps", OP_JUMP_FALSE, 0, 0},
    {"true does not jump if false", OP_JUMP_FALSE, 1, 0},
    {"true jumps", OP_JUMP_TRUE, 1, 1},
    {"false does not jump if true", OP_JUMP_TRUE, 0, 1},
    {"unknown is not false", OP_JUMP_FALSE, U, U},
    {"unknown is not true", OP_JUMP_TRUE, U, U},
};

START_TEST(jumping)
{
    struct program *p = program_new();
    int32_t a = constant(p, jumps[_i].a);
    uint32_t code = pack_code(p,
                              (struct insn[]){insn(OP_CONST, a), insn(jumps[_i].op, 3),
                                              insn(OP_NOT, 0), insn(OP_END, 0)},
                              4);
    verified(p);
    struct page *page = page_of_account();
    int64_t value = result(p, page, code, T0);
    ck_assert_msg(value == jumps[_i].result, "%s: %lld", jumps[_i].name, (long long)value);
    page_free(page);
    program_free(p);
}
END_TEST

/* ---- aggregates against a naive loop -------------------------------------------------------- */

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
    int32_t since = constant(p, q->since_ms);
    struct insn code[] = {insn(OP_CONST, since), insn(OP_AGGREGATE, at), insn(OP_END, 0)};
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
    struct page *page = page_of_account();
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
    verified(p);
    for (int round = 0; round < 150; round++) {
        struct page *page = random_payments(&rng);
        for (int i = 0; i < ROOM; i++) {
            int64_t t = edge_time(&rng);
            const struct question *q = &questions[i];
            int64_t value = result(p, page, q->code, t);
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

static struct record *pay(struct page *page, int64_t time_ms, int64_t amount,
                          const struct retention *retention)
{
    struct record draft = {.time_ms = time_ms, .value = amount, .member = RECORD_MEMBER_NONE};
    return page_add_record(page, STREAM_PAYMENT_IN, &draft, NULL, retention);
}

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
    verified(p);
    struct page *page = page_of_account();
    struct retention retention;
    retention_defaults(&retention);
    pay(page, T0 - 1, sums[_i].a, &retention);
    pay(page, T0, sums[_i].b, &retention);
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
    verified(p);
    struct page *page = page_of_account();
    struct retention retention;
    retention_defaults(&retention);
    retention.stream[ENTITY_ACCOUNT][STREAM_PAYMENT_IN].records_max = 3;
    int64_t amount = 1;
    for (int day = 5; day >= 0; day--) {
        pay(page, T0 - day * DAY, amount, &retention);
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
    struct page *page = page_of_account();
    struct retention retention;
    retention_defaults(&retention);
    retention.stream[ENTITY_ACCOUNT][STREAM_PAYMENT_IN].records_max = 3;
    int64_t amount = 1;
    for (int day = 5; day >= 0; day--) {
        pay(page, T0 - day * DAY, amount, &retention);
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
    struct insn sides[2][2] = {{insn(OP_AGGREGATE, (int64_t)p->aggregates_count - 1),
                                insn(OP_CONST, constant(p, decided[_i].limit))},
                               {insn(OP_FEATURE, feature), insn(OP_CONST, 0)}};
    sides[1][1] = sides[0][1];
    uint32_t codes[2];
    for (int i = 0; i < 2; i++) {
        bool turned = decided[_i].turned;
        struct insn code[] = {insn(OP_NOW, 0),         sides[i][turned], sides[i][!turned],
                              insn(decided[_i].op, 0), insn(OP_ADD, 0),  insn(OP_END, 0)};
        codes[i] = pack_code(p, code, 6);
    }
    verified(p);
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
    struct insn code[] = {insn(OP_AGGREGATE, at), insn(OP_END, 0)};
    uint32_t usual = pack_code(p, code, 2);
    verified(p);
    struct page *page = page_of_account();
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

/* ---- fields --------------------------------------------------------------------------------- */

/* A call that began `ago` before T0, read at T0. */
static const struct {
    const char *name;
    int64_t ago_ms, duration_ms;
    uint16_t flags;
    int word;
    int64_t value;
} calls[] = {
    {"a call going on lasts until now", HOUR, U, RECORD_STARTED, WORD_DURATION, HOUR},
    {"a call going on is open", HOUR, U, RECORD_STARTED, WORD_OPEN, 1},
    {"a call going on has not ended", HOUR, U, RECORD_STARTED, WORD_ENDED, U},
    {"open just under six hours", 6 * HOUR - 1, U, RECORD_STARTED, WORD_OPEN, 1},
    {"its duration then", 6 * HOUR - 1, U, RECORD_STARTED, WORD_DURATION, 6 * HOUR - 1},
    {"taken for closed after six hours", 6 * HOUR, U, RECORD_STARTED, WORD_OPEN, 0},
    {"its duration is unknown then", 6 * HOUR, U, RECORD_STARTED, WORD_DURATION, U},
    {"an ended call", HOUR, MINUTE, RECORD_ENDED, WORD_DURATION, MINUTE},
    {"an ended call is not open", HOUR, MINUTE, RECORD_ENDED, WORD_OPEN, 0},
    {"when it ended", HOUR, MINUTE, RECORD_ENDED, WORD_ENDED, T0 - HOUR + MINUTE},
    {"ended, nobody said when", HOUR, U, RECORD_ENDED, WORD_ENDED, U},
    {"ended, nobody said how long", HOUR, U, RECORD_ENDED, WORD_DURATION, U},
    {"nobody said if answered", HOUR, U, RECORD_ANSWERED, WORD_ANSWERED, U},
    {"answered", HOUR, U, RECORD_ANSWERED | RECORD_ANSWERED_KNOWN, WORD_ANSWERED, 1},
    {"not answered", HOUR, U, RECORD_ANSWERED_KNOWN, WORD_ANSWERED, 0},
    {"nobody said if forwarded", HOUR, U, 0, WORD_FORWARDED, U},
    {"not forwarded", HOUR, U, RECORD_FORWARDED_KNOWN, WORD_FORWARDED, 0},
    {"nobody at the other end", HOUR, U, 0, WORD_CALLER, U},
    {"nobody is met first each time", HOUR, U, 0, WORD_FIRST_TIME, 1},
    {"and known for no time", HOUR, U, 0, WORD_KNOWN_FOR, 0},
    {"no gap before the first", HOUR, U, 0, WORD_GAP, U},
    {"no region told", HOUR, U, 0, WORD_REGION, U},
    {"hour of the call in the zone of packs", 10 * HOUR + 1, U, 0, WORD_HOUR, 23},
    {"hour of midnight", 10 * HOUR, U, 0, WORD_HOUR, 0},
};

START_TEST(fields_of_a_call)
{
    struct program *p = program_new();
    uint32_t code =
        pack_of_window(p, AGGREGATE_LAST, STREAM_CALL_IN, calls[_i].word, DAY, CODE_NONE);
    verified(p);
    struct token token = {{0xaa, 1}};
    struct page *page = page_new(&token, ENTITY_NUMBER);
    struct retention retention;
    retention_defaults(&retention);
    struct record draft = {.time_ms = T0 - calls[_i].ago_ms,
                           .value = calls[_i].duration_ms,
                           .flags = calls[_i].flags,
                           .member = RECORD_MEMBER_NONE};
    page_add_record(page, STREAM_CALL_IN, &draft, NULL, &retention);
    int64_t value = result(p, page, code, T0);
    ck_assert_msg(value == calls[_i].value, "%s: %lld", calls[_i].name, (long long)value);
    page_free(page);
    program_free(p);
}
END_TEST

/* The newest record of another stream, read at T0. */
static const struct {
    const char *name;
    int stream, word;
    struct record record;
    int64_t value;
} notes[] = {
    {"a link", STREAM_SMS_IN, WORD_HAS_LINK, {.flags = RECORD_LINK | RECORD_LINK_KNOWN}, 1},
    {"no link", STREAM_SMS_IN, WORD_HAS_LINK, {.flags = RECORD_LINK_KNOWN}, 0},
    {"nobody said if a link", STREAM_SMS_OUT, WORD_HAS_LINK, {.flags = 0}, U},
    {"the sender's kind", STREAM_SMS_IN, WORD_SENDER_KIND, {.peer_kind = 9}, 9},
    {"no kind", STREAM_SMS_OUT, WORD_RECEIVER_KIND, {.peer_kind = 0}, U},
    {"nobody", STREAM_SMS_OUT, WORD_RECEIVER, {.peer_kind = 0}, U},
    {"what of a login", STREAM_LOGIN, WORD_WHAT_OF_LOGIN, {.place = 2U << RECORD_REGION_BITS}, 2},
    {"what of a change",
     STREAM_CHANGE,
     WORD_WHAT_OF_CHANGE,
     {.place = 8U << RECORD_REGION_BITS},
     8},
    {"an unknown what", STREAM_CHANGE, WORD_WHAT_OF_CHANGE, {.place = 330502}, U},
    {"where", STREAM_CHANGE, WORD_REGION, {.place = 330502}, 330502},
    {"about", STREAM_WARNING, WORD_ABOUT, {.value = 77}, 77},
    {"about nothing", STREAM_WARNING, WORD_ABOUT, {.value = U}, U},
    {"tier", STREAM_WARNING, WORD_WARNING_TIER, {.place = 3U << (RECORD_REGION_BITS + 6)}, 3},
    {"no tier", STREAM_WARNING, WORD_WARNING_TIER, {.place = 1U << RECORD_REGION_BITS}, U},
    {"origin", STREAM_WARNING, WORD_WARNING_ORIGIN, {.place = 2U << RECORD_REGION_BITS}, 2},
    {"another's warning is open", STREAM_WARNING, WORD_WARNING_OPEN, {.flags = RECORD_EXTERNAL}, 1},
    {"until an outcome",
     STREAM_WARNING,
     WORD_WARNING_OPEN,
     {.flags = RECORD_EXTERNAL | RECORD_CLOSED},
     0},
    {"an own one without an episode is not", STREAM_WARNING, WORD_WARNING_OPEN, {.value = 77}, 0},
};

START_TEST(fields_of_other_records)
{
    struct program *p = program_new();
    uint32_t code =
        pack_of_window(p, AGGREGATE_LAST, notes[_i].stream, notes[_i].word, DAY, CODE_NONE);
    verified(p);
    struct token token = {{0xaa, 1}};
    struct page *page = page_new(&token, ENTITY_PERSON);
    struct retention retention;
    retention_defaults(&retention);
    struct record draft = notes[_i].record;
    draft.time_ms = T0 - HOUR;
    draft.member = RECORD_MEMBER_NONE;
    page_add_record(page, notes[_i].stream, &draft, NULL, &retention);
    int64_t value = result(p, page, code, T0);
    ck_assert_msg(value == notes[_i].value, "%s: %lld", notes[_i].name, (long long)value);
    page_free(page);
    program_free(p);
}
END_TEST

/* Tags of a message that is looked at: what it has, and what it certainly has not. */
static const struct {
    const char *name;
    struct record record;
    int64_t value;
} tagged[] = {
    {"the first", {.value = 7, .place = 99}, 1},
    {"the fourth", {.value = INT64_C(7) << 48, .place = 99}, 1},
    {"the fifth", {.value = 1, .place = 7 << 16 | 99}, 1},
    {"none of them", {.value = INT64_C(0x0001000200030700), .place = 8 << 16 | 99}, 0},
    {"looked through for other tags", {.value = 1, .place = 98}, U},
    {"one that it has all the same", {.value = 7, .place = 98}, 1},
    {"nobody knows all of them", {.value = 1, .place = 0}, U},
};

START_TEST(tags_of_messages)
{
    struct program *p = program_new();
    uint32_t at = program_add_tags(p);
    p->tags[at].hash = 7;
    p->tag_set = 99;
    struct insn has[] = {insn(OP_RECORD_TAG, 0), insn(OP_END, 0)};
    struct insn has_not[] = {insn(OP_RECORD_TAG, 0), insn(OP_NOT, 0), insn(OP_END, 0)};
    uint32_t where = pack_code(p, has, 2);
    uint32_t where_not = pack_code(p, has_not, 3);
    uint32_t some = pack_of_window(p, AGGREGATE_ANY, STREAM_SMS_IN, WORD_NONE, DAY, where);
    uint32_t none = pack_of_window(p, AGGREGATE_ANY, STREAM_SMS_IN, WORD_NONE, DAY, where_not);
    verified(p);
    struct token token = {{0xaa, 1}};
    struct page *page = page_new(&token, ENTITY_PERSON);
    struct retention retention;
    retention_defaults(&retention);
    struct record draft = tagged[_i].record;
    draft.time_ms = T0 - HOUR;
    draft.member = RECORD_MEMBER_NONE;
    page_add_record(page, STREAM_SMS_IN, &draft, NULL, &retention);
    ck_assert_msg(result(p, page, some, T0) == (tagged[_i].value == 1), "%s", tagged[_i].name);
    ck_assert_msg(result(p, page, none, T0) == (tagged[_i].value == 0), "%s", tagged[_i].name);
    page_free(page);
    program_free(p);
}
END_TEST

/* T0 is Monday 2026-03-02, 10:00. */
static const struct {
    const char *name;
    int word;
    int64_t after_ms, value;
} clocks[] = {
    {"Monday is 1", WORD_WEEKDAY, 0, 1},
    {"Sunday is 7", WORD_WEEKDAY, -10 * HOUR - 1, 7},
    {"a day begins at midnight of the zone", WORD_WEEKDAY, 14 * HOUR, 2},
    {"one moment before ten at night", WORD_NIGHT, 12 * HOUR - 1, 0},
    {"ten at night", WORD_NIGHT, 12 * HOUR, 1},
    {"one moment before six", WORD_NIGHT, 20 * HOUR - 1, 1},
    {"six in the morning", WORD_NIGHT, 20 * HOUR, 0},
    {"hour", WORD_HOUR, 0, 10},
    {"the time itself", WORD_TIME, 5, T0 + 5},
    {"a balance nobody told", WORD_BALANCE_BEFORE, 0, U},
};

START_TEST(clock_of_the_event)
{
    struct program *p = program_new();
    uint32_t code = pack_of_word(p, clocks[_i].word);
    verified(p);
    struct page *page = page_of_account();
    int64_t value = result(p, page, code, T0 + clocks[_i].after_ms);
    ck_assert_msg(value == clocks[_i].value, "%s: %lld", clocks[_i].name, (long long)value);
    page_free(page);
    program_free(p);
}
END_TEST

static const struct {
    const char *name;
    int slot;
    int64_t value;
    int attribute;
    int64_t t, result;
} attributes[] = {
    {"age by the year", PAGE_BIRTH_YEAR, 1950, ATTRIBUTE_AGE, T0, 76},
    {"older with the new year of the zone", PAGE_BIRTH_YEAR, 1950, ATTRIBUTE_AGE,
     INT64_C(1767196800000), 76},
    {"not a moment before", PAGE_BIRTH_YEAR, 1950, ATTRIBUTE_AGE, INT64_C(1767196800000) - 1, 75},
    {"no birth year, no age", PAGE_BIRTH_YEAR, U, ATTRIBUTE_AGE, T0, U},
    {"vulnerable", PAGE_VULNERABLE, TRUTH_YES, ATTRIBUTE_VULNERABLE, T0, 1},
    {"not vulnerable", PAGE_VULNERABLE, TRUTH_NO, ATTRIBUTE_VULNERABLE, T0, 0},
    {"nobody knows", PAGE_VULNERABLE, TRUTH_UNKNOWN, ATTRIBUTE_VULNERABLE, T0, U},
    {"nobody said", PAGE_VULNERABLE, U, ATTRIBUTE_VULNERABLE, T0, U},
    {"opened", PAGE_OPENED, 5, ATTRIBUTE_OPENED, T0, 5},
    {"class", PAGE_CLASS, 2, ATTRIBUTE_CLASS, T0, 2},
    {"kind", PAGE_KIND, 3, ATTRIBUTE_KIND_OF_ACCOUNT, T0, 3},
    {"region", PAGE_REGION, 130100, ATTRIBUTE_REGION, T0, 130100},
};

START_TEST(attributes_as_of_t)
{
    struct page *page = page_of_account();
    page_set_attribute(page, attributes[_i].slot, attributes[_i].value, T0);
    int64_t value = vm_attribute(page, attributes[_i].attribute, attributes[_i].t);
    ck_assert_msg(value == attributes[_i].result, "%s: %lld", attributes[_i].name,
                  (long long)value);
    page_free(page);
}
END_TEST

START_TEST(carried_memberships_have_three_values)
{
    static const struct {
        const char *name;
        int64_t slot, value;
        int pair;
    } rows[] = {
        {"nothing was carried", U, U, 0},         {"known to be no member", 1, 0, 0},
        {"known to be a member", 3, 1, 0},        {"the other pair says nothing", 3, U, 1},
        {"a member by the other pair", 12, 1, 1}, {"the last pair", INT64_C(3) << 60, 1, 30},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct program *p = program_new();
        uint32_t code = pack_carried_member(p, 5, rows[i].pair);
        verified(p);
        struct page *page = page_of_account();
        struct event event = event_payment("p-1", PHASE_INITIATED, "A", "M", 100, T0);
        int64_t carried[PROGRAM_CARRIED_MAX] = {[5] = rows[i].slot};
        struct vm vm;
        vm_init(&vm, p);
        vm_begin(&vm, page, &event, NULL, LEG_PAYEE, T0, carried);
        ck_assert_msg(vm_run(&vm, code) == rows[i].value, "%s", rows[i].name);
        vm_fini(&vm);
        page_free(page);
        program_free(p);
    }
}
END_TEST

START_TEST(features_are_worked_out_once_a_visit)
{
    struct program *p = program_new();
    uint32_t feature = pack_feature(p, "paid", ENTITY_ACCOUNT,
                                    pack_of_window(p, AGGREGATE_COUNT, STREAM_PAYMENT_IN, WORD_NONE,
                                                   HOUR, CODE_NONE));
    verified(p);
    struct page *page = page_of_account();
    struct retention retention;
    retention_defaults(&retention);
    struct event event = event_payment("p-1", PHASE_INITIATED, "A", "M", 100, T0);
    struct vm vm;
    vm_init(&vm, p);
    vm_begin(&vm, page, &event, NULL, LEG_PAYEE, T0, NULL);
    ck_assert_int_eq(vm_feature(&vm, feature), 0);
    pay(page, T0, 5, &retention);
    ck_assert_int_eq(vm_feature(&vm, feature), 0); /* as of the begin of the visit */
    vm_begin(&vm, page, &event, NULL, LEG_PAYEE, T0, NULL);
    ck_assert_int_eq(vm_feature(&vm, feature), 1);
    vm.epoch = UINT32_MAX; /* the stamps start anew, and none looks fresh */
    vm.features[feature].epoch = 1;
    vm.features[feature].value = 99;
    vm_begin(&vm, page, &event, NULL, LEG_PAYEE, T0, NULL);
    ck_assert_int_eq(vm_feature(&vm, feature), 1);
    vm_fini(&vm);
    page_free(page);
    program_free(p);
}
END_TEST

START_TEST(evidence_is_what_counted)
{
    struct program *p = program_new();
    uint32_t where = pack_record(p, WORD_AMOUNT, OP_GE, 10);
    uint32_t code = pack_of_window(p, AGGREGATE_COUNT, STREAM_PAYMENT_IN, WORD_NONE, HOUR, where);
    verified(p);
    struct page *page = page_of_account();
    struct retention retention;
    retention_defaults(&retention);
    for (int i = 0; i < 20; i++) {
        pay(page, T0 - MINUTE + i, i < 17 ? 10 : 9, &retention);
    }
    struct record *hand = pay(page, T0, 10, &retention);
    struct event event = event_payment("p-1", PHASE_INITIATED, "A", "M", 10, T0);
    struct evidence evidence = {.count = 0};
    struct vm vm;
    vm_init(&vm, p);
    vm_begin(&vm, page, &event, hand, LEG_PAYEE, T0, NULL);
    ck_assert_int_eq(vm_run(&vm, code), 18);
    ck_assert_uint_eq(evidence.count, 0); /* only when it is asked for */
    vm_collect(&vm, code, &evidence);
    vm_collect(&vm, code, &evidence);
    ck_assert_ptr_null(vm.evidence);
    /* the newest ones, each once, without the one in hand */
    ck_assert_uint_eq(evidence.count, VM_EVIDENCE_MAX);
    for (uint32_t i = 0; i < evidence.count; i++) {
        ck_assert_int_eq(evidence.item[i].record->time_ms, T0 - MINUTE + 16 - (int64_t)i);
    }
    vm_fini(&vm);
    page_free(page);
    program_free(p);
}
END_TEST

/* Each of 24 features reads the one before it twice: evidence costs one look at each. */
START_TEST(evidence_of_features_that_read_features)
{
    struct program *p = program_new();
    uint32_t feature = pack_feature(p, "paid", ENTITY_ACCOUNT,
                                    pack_of_window(p, AGGREGATE_COUNT, STREAM_PAYMENT_IN, WORD_NONE,
                                                   HOUR, CODE_NONE));
    for (int i = 0; i < 24; i++) {
        struct insn twice[] = {insn(OP_FEATURE, feature), insn(OP_FEATURE, feature),
                               insn(OP_ADD, 0), insn(OP_END, 0)};
        feature = pack_feature(p, "twice", ENTITY_ACCOUNT, pack_code(p, twice, 4));
    }
    uint32_t code = p->features[feature].code;
    verified(p);
    struct page *page = page_of_account();
    struct retention retention;
    retention_defaults(&retention);
    (void)pay(page, T0 - MINUTE, 10, &retention);
    struct event event = event_payment("p-1", PHASE_INITIATED, "A", "M", 10, T0);
    struct vm vm;
    vm_init(&vm, p);
    vm_begin(&vm, page, &event, NULL, LEG_PAYEE, T0, NULL);
    ck_assert_int_eq(vm_run(&vm, code), 1 << 24); /* so the values are known already */
    for (int round = 0; round < 2; round++) {
        struct evidence evidence = {.count = 0};
        vm_collect(&vm, code, &evidence);
        ck_assert_uint_eq(evidence.count, 1);
        ck_assert_int_eq(evidence.item[0].record->time_ms, T0 - MINUTE);
    }
    vm_fini(&vm);
    page_free(page);
    program_free(p);
}
END_TEST

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

int main(void)
{
    Suite *suite = suite_create("vm");
    TCase *tests = tcase_create("vm");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, two_operands, 0, ROWS(pairs));
    tcase_add_loop_test(tests, one_operand, 0, ROWS(singles));
    tcase_add_loop_test(tests, between, 0, ROWS(betweens));
    tcase_add_loop_test(tests, choose, 0, ROWS(chooses));
    tcase_add_loop_test(tests, scaled_half_to_even, 0, ROWS(scales));
    tcase_add_loop_test(tests, in_a_set, 0, ROWS(in_sets));
    tcase_add_loop_test(tests, jumping, 0, ROWS(jumps));
    tcase_add_test(tests, aggregates_follow_a_naive_loop);
    tcase_add_loop_test(tests, sums_that_overflow, 0, ROWS(sums));
    tcase_add_loop_test(tests, windows_behind_what_is_kept, 0, ROWS(behind));
    tcase_add_loop_test(tests, what_the_exact_part_decides, 0, ROWS(decided));
    tcase_add_loop_test(tests, what_is_usual, 0, ROWS(usuals));
    tcase_add_loop_test(tests, fields_of_a_call, 0, ROWS(calls));
    tcase_add_loop_test(tests, fields_of_other_records, 0, ROWS(notes));
    tcase_add_loop_test(tests, tags_of_messages, 0, (int)(sizeof tagged / sizeof tagged[0]));
    tcase_add_loop_test(tests, clock_of_the_event, 0, ROWS(clocks));
    tcase_add_loop_test(tests, attributes_as_of_t, 0, ROWS(attributes));
    tcase_add_test(tests, carried_memberships_have_three_values);
    tcase_add_test(tests, features_are_worked_out_once_a_visit);
    tcase_add_test(tests, evidence_is_what_counted);
    tcase_add_test(tests, evidence_of_features_that_read_features);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
