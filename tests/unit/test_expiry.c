/* test_expiry.c - from when on a page is spent. */
#include "engine/state/expiry.h"

#include "engine/eval/vocab.h"
#include "tests/unit/random_page.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define EXPIRY_MS 12800 /* steps of 100 ms */
#define T 1000000000000
#define OWN 1

/* What a page has besides its newest event at T - 1000; all ends are at T. */
enum holding {
    NOTHING,
    NO_EVENT,
    POINTS,
    POINTS_THAT_ENDED,
    EPISODE,
    EPISODE_CLOSED,
    OVERRIDE,
    LISTED,
    LISTED_FOR_EVER,
    TAKEN_OFF,
    ATTRIBUTE,
    ADVISER,
    SEEN,
    BOUND,
    WAITS,
    RECORDS
};

static void give(struct page *page, enum holding what)
{
    struct membership entry = {.from_ms = T - 5000, .to_ms = T, .set_ms = T - 5000};
    page->newest_judged_ms = what == NO_EVENT ? TIME_NONE : T - 1000;
    if (what == POINTS || what == POINTS_THAT_ENDED) {
        page->points = page_reserve(NULL, &page->points_cap, 1, sizeof *page->points);
        page->points[page->points_count++] =
            (struct points){.until_ms = what == POINTS ? T : T - 2000};
    } else if (what == OVERRIDE) {
        struct override_entry override = {{{1}}, T - 5000, T};
        page_set_override(page, &override);
    } else if (what == EPISODE || what == EPISODE_CLOSED) {
        page->episodes = page_reserve(NULL, &page->episode_cap, 1, sizeof *page->episodes);
        page->episodes[page->episode_count++] =
            (struct episode){.last_fired_ms = T - 3000,
                             .closes_ms = 3000,
                             .closed_ms = what == EPISODE ? TIME_NONE : T - 2500};
    } else if (what == LISTED || what == LISTED_FOR_EVER || what == TAKEN_OFF) {
        entry.to_ms = what == LISTED ? T : INT64_MAX;
        entry.removed = what == TAKEN_OFF;
        page_set_membership(page, &entry);
    } else if (what == ATTRIBUTE) {
        (void)page_set_attribute(page, PAGE_KIND, OWN, T - 9000);
    } else if (what == ADVISER) {
        page->texts_ms = T - 9000;
    } else if (what == SEEN) {
        page->first_seen_ms = T - 9000; /* what an event has shown keeps no page */
    } else if (what == WAITS) {
        struct wait wait = {.until_ms = T, .due_ms = T + 7};
        (void)page_begin_wait(page, &wait);
    } else if (what == BOUND) {
        page->mask_ms = T - 9000;
    }
}

START_TEST(what_holds_a_page)
{
    static const struct {
        const char *name;
        enum holding what;
        int64_t due_ms;
    } rows[] = {
        {"its newest event", NOTHING, T - 1000 + EXPIRY_MS},
        {"no event has reached it", NO_EVENT, TIME_NEVER},
        {"when it was first seen", SEEN, T - 1000 + EXPIRY_MS},
        {"points in force", POINTS, T + EXPIRY_MS},
        {"points that ended before", POINTS_THAT_ENDED, T - 1000 + EXPIRY_MS},
        {"an episode", EPISODE, T + EXPIRY_MS},
        {"an episode that an outcome closed", EPISODE_CLOSED, T - 1000 + EXPIRY_MS},
        {"an override", OVERRIDE, T + EXPIRY_MS},
        {"a wait: it is looked at when that is due", WAITS, T + 7},
        {"a list", LISTED, T + EXPIRY_MS},
        {"a list without an end", LISTED_FOR_EVER, TIME_NEVER},
        {"taken off a list", TAKEN_OFF, T - 1000 + EXPIRY_MS},
        {"an attribute", ATTRIBUTE, TIME_NEVER},
        {"an adviser", ADVISER, TIME_NEVER},
        {"a number that is its own", BOUND, TIME_NEVER},
        {"its records do not", RECORDS, T - 1000 + EXPIRY_MS},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct prng rng = prng_seed(i, "expiry");
        struct random_life life = random_life(&rng, false);
        struct token token = random_peer_token(1);
        struct page *page = page_new(&token, life.entity);
        if (rows[i].what == RECORDS) {
            random_records(&rng, &life, page, 20);
        }
        give(page, rows[i].what);
        ck_assert_msg(expiry_due_ms(page, EXPIRY_MS) == rows[i].due_ms, "%s", rows[i].name);
        page_free(page);
    }
}
END_TEST

START_TEST(it_is_rounded_up)
{
    static const struct {
        const char *name;
        int64_t newest_ms, expiry_ms, due_ms;
    } rows[] = {
        {"on a step", 1000, 12800, 13800},
        {"just behind it", 1001, 12800, 13900},
        {"just before the next", 1100, 12800, 13900},
        {"the smallest step", 1001, 100, 1101},
        {"a step of 1", 1001, 255, 1256},
        {"a step of 2", 1001, 256, 1258},
        {"400 days, by a step of 3 days 3 hours", 0, 34560000000, 34560000000},
        {"and later", 1, 34560000000, 34560000000 + 270000000},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct token token = random_peer_token(1);
        struct page *page = page_new(&token, ENTITY_ACCOUNT);
        page->newest_judged_ms = rows[i].newest_ms;
        ck_assert_msg(expiry_due_ms(page, rows[i].expiry_ms) == rows[i].due_ms, "%s: %lld",
                      rows[i].name, (long long)expiry_due_ms(page, rows[i].expiry_ms));
        page_free(page);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("expiry");
    TCase *tests = tcase_create("expiry");
    tcase_add_test(tests, what_holds_a_page);
    tcase_add_test(tests, it_is_rounded_up);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
