/* test_directory.c - of every fact the latest word by its time, then by arrival, whatever the
 * order. */
#include "connectors/cli/prng.h"
#include "engine/ingest/directory.h"
#include "tests/unit/child.h"

#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static struct token token_of(uint64_t low, uint64_t high)
{
    struct token token;
    memcpy(token.bytes, &low, sizeof low);
    memcpy(token.bytes + sizeof low, &high, sizeof high);
    return token;
}

enum said { BINDS, STATES, END };

struct step {
    enum said said;
    int64_t time_ms;
    uint64_t holder; /* 0: ends the binding */
    uint8_t kind;    /* 0: not stated */
    uint32_t region; /* 0: not stated */
};

struct fact_row {
    const char *name;
    struct step steps[6];
    uint64_t holder;
    uint8_t kind;
    uint32_t region;
};

#define BIND(time, holder)        \
    {                             \
        BINDS, time, holder, 0, 0 \
    }
#define STATE(time, kind, region)     \
    {                                 \
        STATES, time, 0, kind, region \
    }
#define DONE            \
    {                   \
        END, 0, 0, 0, 0 \
    }

static const struct fact_row facts[] = {
    {"bound", {BIND(10, 7), DONE}, 7, 0, 0},
    {"a later binding wins", {BIND(10, 7), BIND(20, 8), DONE}, 8, 0, 0},
    {"also if it came first", {BIND(20, 8), BIND(10, 7), DONE}, 8, 0, 0},
    {"of two at one time the one that comes later", {BIND(10, 7), BIND(10, 8), DONE}, 8, 0, 0},
    {"an ending ends", {BIND(10, 7), BIND(20, 0), DONE}, 0, 0, 0},
    {"an ending is remembered", {BIND(20, 0), BIND(10, 7), DONE}, 0, 0, 0},
    {"bound again after an ending", {BIND(10, 7), BIND(20, 0), BIND(30, 7), DONE}, 7, 0, 0},
    {"times before 1970 count too", {BIND(-20, 7), BIND(-10, 8), DONE}, 8, 0, 0},
    {"the earliest time of all is a time", {BIND(INT64_MIN, 7), DONE}, 7, 0, 0},
    {"stated", {STATE(10, 1, 330502), DONE}, 0, 1, 330502},
    {"a later statement wins", {STATE(10, 1, 330502), STATE(20, 2, 330503), DONE}, 0, 2, 330503},
    {"also if it came first", {STATE(20, 2, 330503), STATE(10, 1, 330502), DONE}, 0, 2, 330503},
    {"of two at one time the later to come", {STATE(10, 1, 1), STATE(10, 2, 2), DONE}, 0, 2, 2},
    {"what is not stated stays", {STATE(10, 1, 330502), STATE(20, 0, 330503), DONE}, 0, 1, 330503},
    {"each fact on its own: an early kind beside a late region",
     {STATE(20, 0, 330503), STATE(10, 1, 330502), DONE},
     0,
     1,
     330503},
    {"each fact on its own: an early region beside a late kind",
     {STATE(20, 2, 0), STATE(10, 1, 330502), DONE},
     0,
     2,
     330502},
    {"saying nothing is no statement", {STATE(30, 0, 0), STATE(10, 1, 330502), DONE}, 0, 1, 330502},
    {"a fact filled late still has its own time",
     {STATE(30, 0, 330503), STATE(10, 1, 0), STATE(20, 2, 0), DONE},
     0,
     2,
     330503},
    {"holder and statements do not disturb each other",
     {BIND(30, 7), STATE(10, 1, 330502), STATE(40, 2, 0), BIND(35, 8), DONE},
     8,
     2,
     330502},
};

static void say(struct directory *directory, const struct token *token, const struct step *step)
{
    if (step->said == BINDS) {
        struct token holder = token_of(step->holder, 0);
        (void)directory_bind(directory, ENTITY_ACCOUNT, token, &holder, step->time_ms);
        return;
    }
    struct directory_entry stated = {.token = *token,
                                     .entity = ENTITY_ACCOUNT,
                                     .kind = step->kind,
                                     .region = step->region};
    directory_state(directory, &stated, step->time_ms);
}

START_TEST(the_latest_word_on_each_fact)
{
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        const struct fact_row *row = &facts[i];
        struct directory *directory = directory_new();
        struct token token = token_of(1, 2);
        struct token holder = token_of(row->holder, 0);
        for (const struct step *step = row->steps; step->said != END; step++) {
            say(directory, &token, step);
        }
        const struct directory_entry *entry = directory_find(directory, &token);
        ck_assert_ptr_nonnull(entry);
        ck_assert_msg(token_eq(&entry->holder, &holder), "%s", row->name);
        ck_assert_msg(entry->kind == row->kind, "%s: kind %u", row->name, entry->kind);
        ck_assert_msg(entry->region == row->region, "%s: region %u", row->name, entry->region);
        ck_assert_uint_eq(entry->entity, ENTITY_ACCOUNT);
        ck_assert_uint_eq(directory_count(directory), 1);
        directory_free(directory);
    }
}
END_TEST

START_TEST(a_stale_binding_says_so)
{
    struct directory *directory = directory_new();
    struct token token = token_of(1, 2);
    struct token holder = token_of(7, 0);
    ck_assert(directory_bind(directory, ENTITY_NUMBER, &token, &holder, 10));
    ck_assert(directory_bind(directory, ENTITY_NUMBER, &token, &holder, 10));
    ck_assert(!directory_bind(directory, ENTITY_NUMBER, &token, &holder, 9));
    directory_free(directory);
}
END_TEST

START_TEST(who_is_unknown)
{
    struct directory *directory = directory_new();
    struct token nobody = token_of(0, 0);
    struct token token = token_of(1, 2);
    struct token same_half = token_of(2, 2);
    ck_assert_ptr_null(directory_find(directory, &nobody));
    ck_assert_ptr_null(directory_find(directory, &token));
    say(directory, &token, &(struct step)BIND(10, 7));
    ck_assert_ptr_null(directory_find(directory, &nobody));
    ck_assert_ptr_null(directory_find(directory, &same_half));
    struct token holder = token_of(7, 0);
    ck_assert_ptr_null(directory_find(directory, &holder)); /* being a holder is no record */
    ck_assert_uint_eq(directory_count(directory), 1);
    directory_free(directory);
    directory_free(NULL);
}
END_TEST

/* Tokens whose halves repeat, so that they crowd into few slots. */
START_TEST(many_entries_stay_apart)
{
    enum { COUNT = 20000, HIGHS = 7 };
    struct directory *directory = directory_new();
    for (uint64_t i = 1; i <= COUNT; i++) {
        struct token token =
            token_of(i, i % 50 == 0 ? i % HIGHS : i * UINT64_C(0x9e3779b97f4a7c15));
        say(directory, &token, &(struct step)BIND(10, i));
        say(directory, &token, &(struct step)STATE(10, 1, (uint32_t)i));
        ck_assert_uint_eq(directory_count(directory), i);
        ck_assert_uint_ge(directory_bytes(directory), 2 * i * sizeof(struct directory_entry));
    }
    for (uint64_t i = 1; i <= COUNT; i++) {
        struct token token =
            token_of(i, i % 50 == 0 ? i % HIGHS : i * UINT64_C(0x9e3779b97f4a7c15));
        struct token holder = token_of(i, 0);
        const struct directory_entry *entry = directory_find(directory, &token);
        ck_assert_ptr_nonnull(entry);
        ck_assert(token_eq(&entry->token, &token) && token_eq(&entry->holder, &holder));
        ck_assert_uint_eq(entry->region, i);
        token = token_of(i + COUNT, i % HIGHS);
        ck_assert_ptr_null(directory_find(directory, &token));
    }
    directory_free(directory);
}
END_TEST

/* All that was ever said of a fact; the answer is looked for from scratch each time. */
struct slow {
    struct step steps[200];
    size_t count;
};

static int64_t latest(const struct slow *slow, int64_t (*fact)(const struct step *))
{
    int64_t best_ms = INT64_MIN;
    int64_t value = 0;
    for (size_t i = 0; i < slow->count; i++) {
        int64_t said = fact(&slow->steps[i]);
        if (said >= 0 && slow->steps[i].time_ms >= best_ms) {
            best_ms = slow->steps[i].time_ms;
            value = said;
        }
    }
    return value;
}

static int64_t holder_said(const struct step *step)
{
    return step->said == BINDS ? (int64_t)step->holder : -1;
}

static int64_t kind_said(const struct step *step)
{
    return step->said == STATES && step->kind > 0 ? step->kind : -1;
}

static int64_t region_said(const struct step *step)
{
    return step->said == STATES && step->region > 0 ? (int64_t)step->region : -1;
}

static struct step random_step(struct prng *rng)
{
    struct step step = {prng_chance(rng, 50) ? BINDS : STATES, 0, 0, 0, 0};
    step.time_ms = prng_between(rng, -3, 30);
    step.holder = prng_below(rng, 4);
    step.kind = (uint8_t)prng_below(rng, 3);
    step.region = prng_below(rng, 3);
    return step;
}

START_TEST(as_a_list_of_all_that_was_said)
{
    for (uint64_t seed = 0; seed < 300; seed++) {
        struct prng rng = prng_seed(seed, "directory");
        struct directory *directory = directory_new();
        struct token token = token_of(1, 2);
        struct slow slow = {.count = 0};
        while (slow.count < 60) {
            slow.steps[slow.count] = random_step(&rng);
            say(directory, &token, &slow.steps[slow.count++]);
            const struct directory_entry *entry = directory_find(directory, &token);
            ck_assert_uint_eq(token_low64(&entry->holder), (uint64_t)latest(&slow, holder_said));
            ck_assert_int_eq(entry->kind, latest(&slow, kind_said));
            ck_assert_int_eq(entry->region, latest(&slow, region_said));
        }
        directory_free(directory);
    }
}
END_TEST

static void bind_nobody(const void *context)
{
    struct directory *directory = directory_new();
    struct token nobody = token_of(0, 0);
    say(directory, &nobody, context);
}

START_TEST(binding_nobody_is_a_bug)
{
    ck_assert_int_eq(child_run(bind_nobody, &(struct step)BIND(10, 7)).signal, SIGABRT);
    ck_assert_int_eq(child_run(bind_nobody, &(struct step)STATE(10, 1, 1)).signal, SIGABRT);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("directory");
    TCase *t = tcase_create("directory");
    tcase_add_test(t, the_latest_word_on_each_fact);
    tcase_add_test(t, a_stale_binding_says_so);
    tcase_add_test(t, who_is_unknown);
    tcase_add_test(t, many_entries_stay_apart);
    tcase_add_test(t, as_a_list_of_all_that_was_said);
    tcase_add_test(t, binding_nobody_is_a_bug);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    SRunner *runner = srunner_create(suite());
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
