/* test_episode.c - one open warning per typology: opened, raised, closed, opened anew. */
#include "engine/eval/episode.h"

#include "tests/unit/small_event.h"
#include "tests/unit/small_pack.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])
#define FIRINGS 4

static const struct typology mule = {.key = 7, .closes_ms = HOUR};

/* Firings one after the other; the n-th would open an episode with id n. */
static const struct {
    const char *name;
    struct {
        int64_t after_ms;
        uint8_t tier;
        enum episode_change change;
        uint8_t id; /* of the episode that takes it, 0 none */
    } firing[FIRINGS];
    int count;
} rows[] = {
    {"points below the lowest tier open nothing", {{0, TIER_NONE, EPISODE_NONE, 0}}, 1},
    {"the first tier opens", {{0, TIER_LOW, EPISODE_OPENED, 1}}, 1},
    {"the same tier is evidence",
     {{0, TIER_LOW, EPISODE_OPENED, 1}, {1, TIER_LOW, EPISODE_EVIDENCE, 1}},
     2},
    {"a lower one is evidence",
     {{0, TIER_HIGH, EPISODE_OPENED, 1},
      {1, TIER_NONE, EPISODE_EVIDENCE, 1},
      {2, TIER_MEDIUM, EPISODE_EVIDENCE, 1}},
     3},
    {"a higher one raises, once",
     {{0, TIER_LOW, EPISODE_OPENED, 1},
      {1, TIER_URGENT, EPISODE_RAISED, 1},
      {2, TIER_URGENT, EPISODE_EVIDENCE, 1}},
     3},
    {"open to the last moment",
     {{0, TIER_LOW, EPISODE_OPENED, 1}, {HOUR - 1, TIER_LOW, EPISODE_EVIDENCE, 1}},
     2},
    {"closed after that",
     {{0, TIER_LOW, EPISODE_OPENED, 1}, {HOUR, TIER_LOW, EPISODE_OPENED, 2}},
     2},
    {"every firing keeps it open",
     {{0, TIER_LOW, EPISODE_OPENED, 1},
      {HOUR - 1, TIER_LOW, EPISODE_EVIDENCE, 1},
      {2 * HOUR - 2, TIER_LOW, EPISODE_EVIDENCE, 1}},
     3},
    {"a late firing does not shorten it",
     {{0, TIER_LOW, EPISODE_OPENED, 1},
      {-MINUTE, TIER_LOW, EPISODE_EVIDENCE, 1},
      {HOUR - 1, TIER_LOW, EPISODE_EVIDENCE, 1}},
     3},
    {"closed and without a tier: nothing",
     {{0, TIER_LOW, EPISODE_OPENED, 1}, {HOUR, TIER_NONE, EPISODE_NONE, 0}},
     2},
    {"older than the closing of the episode before: a warning of its own, not kept",
     {{0, TIER_LOW, EPISODE_OPENED, 1},
      {2 * HOUR, TIER_LOW, EPISODE_OPENED, 2},
      {HOUR - 1, TIER_HIGH, EPISODE_OPENED, 3},
      {2 * HOUR, TIER_MEDIUM, EPISODE_RAISED, 2}},
     4},
    {"as old as that closing: the open one takes it",
     {{0, TIER_LOW, EPISODE_OPENED, 1},
      {2 * HOUR, TIER_LOW, EPISODE_OPENED, 2},
      {HOUR, TIER_HIGH, EPISODE_RAISED, 2}},
     3},
};

START_TEST(firings_in_a_row)
{
    struct token token = {{0xaa, 1}};
    struct page *page = page_new(&token, ENTITY_ACCOUNT);
    for (int i = 0; i < rows[_i].count; i++) {
        struct token opener = {{(uint8_t)(i + 1)}};
        struct episode episode = {.tier = TIER_NONE};
        struct token before = episode.warning_id;
        enum episode_change change = episode_take(page, &mule, T0 + rows[_i].firing[i].after_ms,
                                                  rows[_i].firing[i].tier, &opener, &episode);
        ck_assert_msg(change == rows[_i].firing[i].change, "%s: firing %d is %d", rows[_i].name, i,
                      change);
        ck_assert_msg(episode.id.bytes[0] == rows[_i].firing[i].id, "%s: firing %d in %d",
                      rows[_i].name, i, episode.id.bytes[0]);
        bool warned = change == EPISODE_OPENED || change == EPISODE_RAISED;
        ck_assert_msg(!warned || !token_eq(&episode.warning_id, &before), "%s: no warning",
                      rows[_i].name);
        ck_assert(!warned || episode.tier == rows[_i].firing[i].tier);
    }
    ck_assert(page->dirty && page->episode_count <= 1);
    page_free(page);
}
END_TEST

START_TEST(each_tier_has_its_own_warning)
{
    struct token token = {{0xaa, 1}};
    struct page *page = page_new(&token, ENTITY_ACCOUNT);
    struct token opener = {{1}};
    struct episode low, again, high;
    episode_take(page, &mule, T0, TIER_LOW, &opener, &low);
    episode_take(page, &mule, T0, TIER_LOW, &opener, &again);
    episode_take(page, &mule, T0, TIER_HIGH, &opener, &high);
    ck_assert(token_eq(&low.warning_id, &again.warning_id));
    ck_assert(!token_eq(&low.warning_id, &high.warning_id));
    page_free(page);
}
END_TEST

START_TEST(a_full_page_gives_up_what_closes_first)
{
    struct token token = {{0xaa, 1}};
    struct page *page = page_new(&token, ENTITY_ACCOUNT);
    struct episode episode;
    for (int i = 0; i <= PAGE_EPISODES_MAX; i++) {
        struct typology typology = {.key = 100 + (uint64_t)i, .closes_ms = DAY};
        struct token opener = {{(uint8_t)(i + 1)}};
        /* the third closes first */
        int64_t t = i == 2 ? T0 - HOUR : T0 + i;
        ck_assert_int_eq(episode_take(page, &typology, t, TIER_LOW, &opener, &episode),
                         EPISODE_OPENED);
    }
    ck_assert_uint_eq(page->episode_count, PAGE_EPISODES_MAX);
    for (int i = 0; i <= PAGE_EPISODES_MAX; i++) {
        const struct episode *open = episode_open(page, 100 + (uint64_t)i, T0);
        ck_assert_msg((open != NULL) == (i != 2), "episode %d", i);
    }
    page_free(page);
}
END_TEST

START_TEST(tier_of_the_subject_is_that_of_its_open_episodes)
{
    struct token token = {{0xaa, 1}};
    struct page *page = page_new(&token, ENTITY_ACCOUNT);
    struct typology other = {.key = 8, .closes_ms = DAY};
    struct token opener = {{1}};
    struct episode episode;
    ck_assert_uint_eq(episode_subject_tier(page, T0), TIER_NONE);
    episode_take(page, &mule, T0, TIER_URGENT, &opener, &episode);
    episode_take(page, &other, T0, TIER_MEDIUM, &opener, &episode);
    ck_assert_uint_eq(episode_subject_tier(page, T0 + HOUR - 1), TIER_URGENT);
    ck_assert_uint_eq(episode_subject_tier(page, T0 + HOUR), TIER_MEDIUM);
    ck_assert_uint_eq(episode_subject_tier(page, T0 + DAY), TIER_NONE);
    ck_assert_ptr_nonnull(episode_open(page, 7, T0 + HOUR - 1));
    ck_assert_ptr_null(episode_open(page, 7, T0 + HOUR));
    ck_assert_ptr_null(episode_open(page, 9, T0));
    page_free(page);
}
END_TEST

/* An own warning's record belongs to the episode in whose time it lies. */
START_TEST(warnings_of_an_open_episode)
{
    static const struct {
        const char *name;
        int64_t at_ms, asked_ms;
        bool open;
    } warnings[] = {
        {"of the episode before", 0, 2 * HOUR, false},
        {"of the open one", 2 * HOUR, 2 * HOUR, true},
        {"raised late, but after the one before", HOUR, 2 * HOUR, true},
        {"to the last moment", 2 * HOUR, 3 * HOUR - 1, true},
        {"closed after that", 2 * HOUR, 3 * HOUR, false},
    };
    const struct typology typology = {.key = 0x70, .closes_ms = HOUR};
    struct token token = {{0xaa, 1}};
    struct page *page = page_new(&token, ENTITY_ACCOUNT);
    struct token opener = {{1}};
    struct episode episode;
    (void)episode_take(page, &typology, T0, TIER_LOW, &opener, &episode);
    (void)episode_take(page, &typology, T0 + 2 * HOUR, TIER_LOW, &opener, &episode);
    for (int i = 0; i < ROWS(warnings); i++) {
        struct record record = {.time_ms = T0 + warnings[i].at_ms, .value = value_of_key(0x70)};
        ck_assert_msg(episode_has_open(page, &record, T0 + warnings[i].asked_ms) ==
                          warnings[i].open,
                      "%s", warnings[i].name);
        record.value = value_of_key(0x80);
        ck_assert(!episode_has_open(page, &record, T0 + warnings[i].asked_ms));
    }
    page_free(page);
}
END_TEST

/* An episode of typology 0x70 that opened at 0, fired last at `fired`, and would close an hour
 * later; an outcome of time `at`; then perhaps a firing. */
static const struct {
    const char *name;
    int64_t fired_ms, at_ms;
    uint8_t episode; /* that the outcome names, 0: none */
    bool closed;
    int64_t then_ms; /* a firing of tier high; -1: none */
    enum episode_change change;
    bool kept; /* the page's episode is the firing's */
} outcomes[] = {
    {"closes what is open", 0, MINUTE, 0, true, -1, EPISODE_NONE, false},
    {"names it", 0, MINUTE, 1, true, -1, EPISODE_NONE, false},
    {"names another", 0, MINUTE, 2, false, -1, EPISODE_NONE, false},
    {"closed already", 0, HOUR, 0, false, -1, EPISODE_NONE, false},
    {"open to the last moment", 0, HOUR - 1, 0, true, -1, EPISODE_NONE, false},
    {"older than its opening", 0, -1, 0, false, -1, EPISODE_NONE, false},
    {"older than its last firing", MINUTE, 1, 0, true, -1, EPISODE_NONE, false},
    {"what comes after opens another", 0, MINUTE, 0, true, MINUTE, EPISODE_OPENED, true},
    {"what was before is not kept", 0, MINUTE, 0, true, MINUTE - 1, EPISODE_OPENED, false},
    {"a firing goes on without it", 0, MINUTE, 2, false, MINUTE, EPISODE_RAISED, true},
};

START_TEST(outcomes_close)
{
    const struct typology typology = {.key = 0x70, .closes_ms = HOUR};
    struct token token = {{0xaa, 1}};
    struct page *page = page_new(&token, ENTITY_ACCOUNT);
    struct token opener = {{1}};
    struct episode episode;
    (void)episode_take(page, &typology, T0, TIER_LOW, &opener, &episode);
    (void)episode_take(page, &typology, T0 + outcomes[_i].fired_ms, TIER_LOW, &opener, &episode);
    episode_close(page, 0x80, 0, T0 + outcomes[_i].at_ms); /* of another typology */
    ck_assert_ptr_nonnull(episode_open(page, 0x70, T0));
    episode_close(page, 0x70, outcomes[_i].episode, T0 + outcomes[_i].at_ms);
    ck_assert_msg((episode_open(page, 0x70, T0) == NULL) == outcomes[_i].closed, "%s",
                  outcomes[_i].name);
    ck_assert_msg((episode_subject_tier(page, T0) == TIER_NONE) == outcomes[_i].closed, "%s",
                  outcomes[_i].name);
    int64_t end_ms =
        outcomes[_i].at_ms > outcomes[_i].fired_ms ? outcomes[_i].at_ms : outcomes[_i].fired_ms;
    ck_assert_msg(!outcomes[_i].closed || episode_end_ms(&page->episodes[0]) == T0 + end_ms, "%s",
                  outcomes[_i].name);
    if (outcomes[_i].then_ms >= 0) {
        struct token next = {{3}};
        ck_assert_msg(episode_take(page, &typology, T0 + outcomes[_i].then_ms, TIER_HIGH, &next,
                                   &episode) == outcomes[_i].change,
                      "%s", outcomes[_i].name);
        ck_assert_msg((page->episodes[0].tier == TIER_HIGH) == outcomes[_i].kept, "%s",
                      outcomes[_i].name);
    }
    page_free(page);
}
END_TEST

static struct points line_of(uint64_t typology_key, int64_t fired_ms, int64_t until_ms)
{
    return (struct points){.rule_key = 1,
                           .typology_key = typology_key,
                           .fired_ms = T0 + fired_ms,
                           .until_ms = T0 + until_ms,
                           .points = 20};
}

START_TEST(outcomes_end_points)
{
    const struct typology typology = {.key = 0x70, .closes_ms = HOUR};
    struct token token = {{0xaa, 1}};
    struct page *page = page_new(&token, ENTITY_ACCOUNT);
    struct token opener = {{1}};
    struct episode episode;
    (void)episode_take(page, &typology, T0, TIER_LOW, &opener, &episode);
    page->points = page_reserve(page->points, &page->points_cap, 4, sizeof *page->points);
    page->points[page->points_count++] = line_of(0x70, 0, DAY);
    page->points[page->points_count++] = line_of(0x70, -HOUR, 1);
    page->points[page->points_count++] = line_of(0x80, 0, DAY);
    page->points[page->points_count++] = line_of(0x70, MINUTE + 1, DAY); /* of a later firing */
    episode_close(page, 0x70, 2, T0 + MINUTE); /* another episode: nothing */
    ck_assert_int_eq(page->points[0].until_ms, T0 + DAY);
    episode_close(page, 0x70, 0, T0 + MINUTE);
    ck_assert_int_eq(page->points[0].until_ms, T0 + MINUTE);
    ck_assert_int_eq(page->points[1].until_ms, T0 + 1);
    ck_assert_int_eq(page->points[2].until_ms, T0 + DAY);
    ck_assert_int_eq(page->points[3].until_ms, T0 + DAY);
    page_free(page);
}
END_TEST

START_TEST(outcomes_say_how_warnings_ended)
{
    static const struct {
        const char *name;
        int64_t at_ms;
        uint64_t about;
        unsigned flags;
        bool closed, closed_by_name; /* by an outcome without, with the episode's name */
    } rows_[] = {
        {"another's of before", -DAY, 0x70, RECORD_EXTERNAL, true, true},
        {"another's of that moment", MINUTE, 0x70, RECORD_EXTERNAL, true, true},
        {"another's of later", MINUTE + 1, 0x70, RECORD_EXTERNAL, false, false},
        {"another's about something else", 0, 0x80, RECORD_EXTERNAL, false, false},
        {"an own one", 0, 0x70, 0, true, true},
    };
    for (int by_name = 0; by_name <= 1; by_name++) {
        const struct typology typology = {.key = 0x70, .closes_ms = HOUR};
        struct token token = {{0xaa, 1}};
        struct page *page = page_new(&token, ENTITY_ACCOUNT);
        struct token opener = {{1}};
        struct episode episode;
        struct retention retention;
        retention_defaults(&retention);
        (void)episode_take(page, &typology, T0, TIER_LOW, &opener, &episode);
        for (int i = 0; i < ROWS(rows_); i++) {
            struct record draft = {.time_ms = T0 + rows_[i].at_ms,
                                   .id = (uint64_t)i + 1,
                                   .value = value_of_key(rows_[i].about),
                                   .flags = (uint16_t)rows_[i].flags,
                                   .member = RECORD_MEMBER_NONE};
            (void)page_add_record(page, STREAM_WARNING, &draft, NULL, &retention);
        }
        episode_close(page, 0x70, by_name ? 1 : 0, T0 + MINUTE);
        const struct stream *stream = &page->streams[STREAM_WARNING];
        for (uint32_t i = stream->begin; i < stream->end; i++) {
            int row = (int)stream->records[i].id - 1;
            bool closed = by_name ? rows_[row].closed_by_name : rows_[row].closed;
            ck_assert_msg(((stream->records[i].flags & RECORD_CLOSED) != 0) == closed, "%s",
                          rows_[row].name);
        }
        page_free(page);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("episode");
    TCase *tests = tcase_create("episode");
    tcase_add_loop_test(tests, firings_in_a_row, 0, ROWS(rows));
    tcase_add_test(tests, each_tier_has_its_own_warning);
    tcase_add_test(tests, a_full_page_gives_up_what_closes_first);
    tcase_add_test(tests, tier_of_the_subject_is_that_of_its_open_episodes);
    tcase_add_test(tests, warnings_of_an_open_episode);
    tcase_add_loop_test(tests, outcomes_close, 0, ROWS(outcomes));
    tcase_add_test(tests, outcomes_end_points);
    tcase_add_test(tests, outcomes_say_how_warnings_ended);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
