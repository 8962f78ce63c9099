/* test_page.c - attributes, own numbers and accounts, lists; and what a page costs. */
#include "engine/state/page.h"

#include "engine/base/mem.h"
#include "engine/settings.h"
#include "tests/unit/random_page.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define HOUR ((int64_t)3600 * 1000)
#define DAY (24 * HOUR)

static struct page *page_of(uint8_t entity)
{
    struct token token = random_peer_token(12345);
    return page_new(&token, entity);
}

START_TEST(a_new_page_knows_nothing)
{
    struct token token = random_peer_token(7);
    struct page *page = page_new(&token, ENTITY_ACCOUNT);
    ck_assert(token_eq(&page->token, &token));
    ck_assert_uint_eq(page->entity, ENTITY_ACCOUNT);
    ck_assert_int_eq(page->newest_judged_ms, TIME_NONE);
    ck_assert_int_eq(page->newest_record_ms, TIME_NONE);
    ck_assert_int_eq(page->texts_ms, TIME_NONE);
    ck_assert_int_eq(page->mask_ms, TIME_NONE);
    for (int i = 0; i < PAGE_ATTRIBUTE_COUNT; i++) {
        ck_assert_int_eq(page->attributes[i].value, VALUE_UNKNOWN);
    }
    for (int i = 0; i < STREAM_COUNT; i++) {
        ck_assert_int_eq(page->streams[i].dropped_until_ms, TIME_NONE);
    }
    ck_assert_int_eq(page->stored_due_ms, TIME_NEVER);
    ck_assert_int_eq(page->timer_ms, TIME_NEVER);
    ck_assert_uint_eq(page_memory_bytes(page), sizeof *page);
    ck_assert(!page->dirty);
    ck_assert(!page_is_forgotten(page));
    page_free(page);
    page_free(NULL);
}
END_TEST

/* ---- attributes ------------------------------------------------------------------------------ */

static const struct {
    const char *name;
    struct attribute_value said[3]; /* up to the first 0 */
    int64_t value;
} attributes[] = {
    {"unset", {{0}}, VALUE_UNKNOWN},
    {"once", {{5, 100}}, 5},
    {"the younger wins", {{5, 100}, {6, 101}}, 6},
    {"whatever the order", {{6, 101}, {5, 100}}, 6},
    {"equal times: the later call", {{5, 100}, {6, 100}}, 6},
    {"a late one between", {{5, 100}, {7, 300}, {6, 200}}, 7},
};

START_TEST(the_latest_word_on_an_attribute)
{
    for (size_t i = 0; i < sizeof attributes / sizeof attributes[0]; i++) {
        struct page *page = page_of(ENTITY_PERSON);
        int64_t newest_ms = INT64_MIN;
        for (int k = 0; k < 3 && attributes[i].said[k].value != 0; k++) {
            const struct attribute_value *said = &attributes[i].said[k];
            page->dirty = false;
            bool set = page_set_attribute(page, PAGE_REGION, said->value, said->time_ms);
            ck_assert_msg(set == (said->time_ms >= newest_ms), "%s: set", attributes[i].name);
            ck_assert_msg(page->dirty == set, "%s: dirty", attributes[i].name);
            newest_ms = said->time_ms > newest_ms ? said->time_ms : newest_ms;
        }
        ck_assert_msg(page->attributes[PAGE_REGION].value == attributes[i].value, "%s",
                      attributes[i].name);
        ck_assert_int_eq(page->attributes[PAGE_KIND].value, VALUE_UNKNOWN);
        page_free(page);
    }
}
END_TEST

/* ---- members --------------------------------------------------------------------------------- */

static uint8_t member(struct page *page, uint64_t number, const char *mask)
{
    struct token token = random_peer_token(number);
    return page_member(page, &token, ENTITY_ACCOUNT, mask, (uint8_t)strlen(mask));
}

START_TEST(own_numbers_and_accounts)
{
    struct page *page = page_of(ENTITY_PERSON);
    ck_assert_uint_eq(member(page, 1, ""), 0);
    ck_assert_uint_eq(member(page, 2, "6222*2"), 1);
    ck_assert_uint_eq(member(page, 1, "6222*1"), 0);
    ck_assert_uint_eq(page->member_count, 2);
    ck_assert_mem_eq(page->members[0].mask, "6222*1", 6); /* filled in */
    page->dirty = false;
    ck_assert_uint_eq(member(page, 1, "6222*9"), 0);
    ck_assert_mem_eq(page->members[0].mask, "6222*1", 6); /* not replaced */
    ck_assert(!page->dirty);
    for (uint64_t i = 3; i <= PAGE_MEMBERS_MAX; i++) {
        ck_assert_uint_eq(member(page, i, "x"), i - 1);
    }
    ck_assert_uint_eq(member(page, 99, "x"), RECORD_MEMBER_NONE);
    ck_assert_uint_eq(member(page, PAGE_MEMBERS_MAX, "x"), PAGE_MEMBERS_MAX - 1);
    ck_assert_uint_eq(page->member_count, PAGE_MEMBERS_MAX);
    page_free(page);
}
END_TEST

/* ---- lists ----------------------------------------------------------------------------------- */

#define EVER INT64_MAX
static const struct {
    const char *name;
    struct membership said[3]; /* {list, from, to, set, removed}, up to the first list 0 */
    int64_t t, is_member;
} lists[] = {
    {"on no list", {{0}}, 100, 0},
    {"on another list", {{8, 0, EVER, 0, false}}, 100, 0},
    {"a millisecond before it begins", {{7, 101, EVER, 0, false}}, 100, 0},
    {"from its beginning", {{7, 100, EVER, 0, false}}, 100, 1},
    {"until its end", {{7, 0, 101, 0, false}}, 100, 1},
    {"not at its end", {{7, 0, 100, 0, false}}, 100, 0},
    {"removed", {{7, 0, EVER, 0, false}, {7, 50, EVER, 50, true}}, 100, 0},
    {"a removal is remembered", {{7, 50, EVER, 50, true}, {7, 0, EVER, 0, false}}, 100, 0},
    {"entered again", {{7, 50, EVER, 50, true}, {7, 60, EVER, 60, false}}, 100, 1},
    {"equal times: the later word", {{7, 0, EVER, 5, true}, {7, 0, EVER, 5, false}}, 100, 1},
    {"the younger word has the span", {{7, 0, EVER, 5, false}, {7, 0, 80, 6, false}}, 100, 0},
};

START_TEST(on_a_list)
{
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        struct page *page = page_of(ENTITY_ACCOUNT);
        for (int k = 0; k < 3 && lists[i].said[k].list_key != 0; k++) {
            page_set_membership(page, &lists[i].said[k]);
        }
        ck_assert_msg(page_is_member(page, 7, lists[i].t) == lists[i].is_member, "%s",
                      lists[i].name);
        page_free(page);
    }
}
END_TEST

static const struct {
    const char *name;
    struct membership full; /* the fifth of sixteen, the others end at 1000 and were set at 10 */
    struct membership fresh;
    bool full_stays, fresh_stays;
} bounds[] = {
    {"what expires first gives way", {5, 0, 999, 10, false}, {99, 0, 5000, 0, false}, false, true},
    {"be it the new one", {5, 0, 1000, 10, false}, {99, 0, 999, 50, false}, true, false},
    {"a removal", {5, 0, 1000, 10, true}, {99, 0, 1000, 5, false}, false, true},
    {"a removal without an end",
     {5, 0, INT64_MAX, 10, true},
     {99, 0, 5000, 50, false},
     false,
     true},
    {"equal: a removal", {5, 0, 5000, 1000, true}, {99, 0, 5000, 50, false}, false, true},
    {"be it the new one, a removal", {5, 0, 1000, 10, false}, {99, 0, 1000, 50, true}, true, false},
    {"equal: what was set first", {5, 0, 1000, 9, false}, {99, 0, 1000, 10, false}, false, true},
    {"what was set first, be it the new one",
     {5, 0, 1000, 11, false},
     {99, 0, 1000, 9, false},
     true,
     false},
};

START_TEST(a_page_is_on_sixteen_lists)
{
    for (size_t i = 0; i < sizeof bounds / sizeof bounds[0]; i++) {
        struct page *page = page_of(ENTITY_ACCOUNT);
        for (uint64_t key = 1; key <= PAGE_MEMBERSHIPS_MAX; key++) {
            struct membership other = {key, 0, 1000, 10, false};
            page_set_membership(page, key == 5 ? &bounds[i].full : &other);
        }
        bool over = page_set_membership(page, &bounds[i].fresh);
        const struct membership *gone = bounds[i].fresh_stays ? &bounds[i].full : &bounds[i].fresh;
        ck_assert_msg(over == (gone->removed && gone->set_ms <= bounds[i].fresh.set_ms), "%s",
                      bounds[i].name);
        bool full = false;
        bool fresh = false;
        for (uint32_t k = 0; k < page->membership_count; k++) {
            full = full || page->memberships[k].list_key == 5;
            fresh = fresh || page->memberships[k].list_key == 99;
        }
        ck_assert_uint_eq(page->membership_count, PAGE_MEMBERSHIPS_MAX);
        ck_assert_msg(full == bounds[i].full_stays, "%s: the old one", bounds[i].name);
        ck_assert_msg(fresh == bounds[i].fresh_stays, "%s: the new one", bounds[i].name);
        page_free(page);
    }
}
END_TEST

/* ---- overrides and outcomes ------------------------------------------------------------------ */

static const struct {
    const char *name;
    struct {
        uint8_t other;
        int64_t set_ms, to_ms;
    } said[3]; /* up to the first 0 */
    int64_t t;
    bool silent; /* about 1 */
} overrides[] = {
    {"nobody said so", {{0}}, 100, false},
    {"from its time on", {{1, 100, 200}}, 100, true},
    {"not before", {{1, 100, 200}}, 99, false},
    {"to the last moment", {{1, 100, 200}}, 199, true},
    {"and no longer", {{1, 100, 200}}, 200, false},
    {"of another pair", {{2, 100, 200}}, 150, false},
    {"ended by a younger one", {{1, 100, 200}, {1, 150, 150}}, 160, false},
    {"whatever the order", {{1, 150, 150}, {1, 100, 200}}, 160, false},
    {"of one time the later", {{1, 100, 150}, {1, 100, 200}}, 160, true},
    {"begun anew", {{1, 100, 200}, {2, 100, 900}, {1, 300, 400}}, 350, true},
};

START_TEST(silent_about_a_pair)
{
    for (size_t i = 0; i < sizeof overrides / sizeof overrides[0]; i++) {
        struct page *page = page_of(ENTITY_PERSON);
        for (int k = 0; k < 3 && overrides[i].said[k].other != 0; k++) {
            struct override_entry entry = {{{overrides[i].said[k].other}},
                                           overrides[i].said[k].set_ms,
                                           overrides[i].said[k].to_ms};
            page_set_override(page, &entry);
        }
        struct token one = {{1}};
        ck_assert_msg(page_has_override(page, &one, overrides[i].t) == overrides[i].silent, "%s",
                      overrides[i].name);
        page_free(page);
    }
}
END_TEST

START_TEST(sixteen_overrides_and_the_first_to_expire_gives_way)
{
    static const struct {
        const char *name;
        struct override_entry full, fresh;
        bool fresh_stays;
    } rows[] = {
        {"what expires first", {{{5}}, 10, 999}, {{{99}}, 0, 5000}, true},
        {"be it the new one", {{{5}}, 10, 1000}, {{{99}}, 50, 999}, false},
        {"equal: what was set first", {{{5}}, 9, 1000}, {{{99}}, 10, 1000}, true},
        {"be it the new one, set first", {{{5}}, 11, 1000}, {{{99}}, 9, 1000}, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct page *page = page_of(ENTITY_PERSON);
        for (uint8_t other = 1; other <= PAGE_OVERRIDES_MAX; other++) {
            struct override_entry entry = {{{other}}, 10, 1000};
            page_set_override(page, other == 5 ? &rows[i].full : &entry);
        }
        ck_assert(!page_set_override(page, &rows[i].fresh));
        ck_assert_uint_eq(page->override_count, PAGE_OVERRIDES_MAX);
        ck_assert_msg(page_has_override(page, &rows[i].fresh.other, 60) == rows[i].fresh_stays,
                      "%s", rows[i].name);
        page_free(page);
    }
}
END_TEST

START_TEST(the_newest_eight_outcomes_are_known_again)
{
    struct page *page = page_of(ENTITY_PERSON);
    for (uint64_t id = 1; id <= PAGE_OUTCOMES_MAX; id++) {
        ck_assert(page_note_outcome(page, id));
    }
    ck_assert(!page_note_outcome(page, 1));
    ck_assert(page_note_outcome(page, 9));
    ck_assert_uint_eq(page->outcome_count, PAGE_OUTCOMES_MAX);
    ck_assert(!page_note_outcome(page, 2));
    ck_assert(page_note_outcome(page, 1)); /* forgotten */
    ck_assert(page_note_outcome(page, 2));
    page_free(page);
}
END_TEST

/* ---- retention ------------------------------------------------------------------------------- */

START_TEST(defaults_are_those_of_the_settings)
{
    struct settings settings;
    struct retention from_settings;
    struct retention defaults;
    settings_defaults(&settings);
    settings_retention(&settings, &from_settings);
    retention_defaults(&defaults);
    for (int entity = 0; entity < ENTITY_KIND_COUNT; entity++) {
        for (int s = 0; s < STREAM_COUNT; s++) {
            ck_assert_uint_eq(defaults.stream[entity][s].records_max,
                              from_settings.stream[entity][s].records_max);
            ck_assert_int_eq(defaults.stream[entity][s].age_max_ms,
                             from_settings.stream[entity][s].age_max_ms);
        }
    }
    ck_assert_uint_eq(defaults.peers_max, from_settings.peers_max);
    ck_assert_uint_eq(defaults.stream[ENTITY_NUMBER][STREAM_CALL_OUT].records_max, 256);
    ck_assert_int_eq(defaults.stream[ENTITY_PERSON][STREAM_PAYMENT_IN].age_max_ms, 90 * DAY);
}
END_TEST

/* ---- room ------------------------------------------------------------------------------------ */

START_TEST(arrays_grow_by_a_quarter)
{
    uint32_t cap = 0;
    int *array = page_reserve(NULL, &cap, 0, sizeof *array);
    ck_assert_ptr_null(array);
    for (uint32_t need = 1; need <= 200; need++) {
        array = page_reserve(array, &cap, need, sizeof *array);
        ck_assert_uint_ge(cap, need);
        ck_assert_uint_le(cap, need + need / 4 + 1);
        array[need - 1] = (int)need;
    }
    for (int i = 0; i < 200; i++) {
        ck_assert_int_eq(array[i], i + 1);
    }
    struct page *page = page_of(ENTITY_PERSON);
    page->points = (void *)array;
    page_free(page); /* frees the arrays, too */
}
END_TEST

static void add_piece(void *context, const struct page_piece *piece, struct str bytes)
{
    buf_add(context, &piece->kind, 1);
    buf_add_str(context, bytes);
}

/* Nothing but its applied_lsn is left, and what is noted of the store and of its timers. */
START_TEST(a_forgotten_page_is_a_tombstone)
{
    struct prng rng = prng_seed(1, "forget");
    struct random_life life = random_life(&rng, false);
    struct page *page = random_page(&rng, &life);
    struct token token = page->token;
    struct page *tombstone = page_new(&token, ENTITY_NONE);
    struct buf got = {0};
    struct buf wanted = {0};
    page->marks = page_reserve(page->marks, &page->mark_cap, 2, sizeof *page->marks);
    page->mark_count = 2;
    page->marks[1].print = 7;
    page->dirty = true;
    page->unflushed_lsn = 8;
    page->unflushed_ms = 9;
    page->stored_due_ms = 10;
    page->timer_ms = 11;
    page_forget(page, 4712);
    ck_assert(page_is_forgotten(page));
    tombstone->applied_lsn = 4712;
    page_encode(page, add_piece, &got);
    page_encode(tombstone, add_piece, &wanted);
    ck_assert(str_eq(buf_str(&got), buf_str(&wanted)));
    ck_assert_uint_eq(page_memory_bytes(page), sizeof *page + page->mark_cap * sizeof *page->marks);
    ck_assert_uint_eq(page->mark_count, 2);
    ck_assert_uint_eq(page->marks[1].print, 7);
    ck_assert(page->dirty);
    ck_assert_uint_eq(page->unflushed_lsn, 8);
    ck_assert_int_eq(page->unflushed_ms, 9);
    ck_assert_int_eq(page->stored_due_ms, 10);
    ck_assert_int_eq(page->timer_ms, 11);
    buf_fini(&got);
    buf_fini(&wanted);
    page_free(page);
    page_free(tombstone);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("page");
    TCase *tests = tcase_create("page");
    tcase_add_test(tests, a_new_page_knows_nothing);
    tcase_add_test(tests, the_latest_word_on_an_attribute);
    tcase_add_test(tests, own_numbers_and_accounts);
    tcase_add_test(tests, on_a_list);
    tcase_add_test(tests, a_page_is_on_sixteen_lists);
    tcase_add_test(tests, silent_about_a_pair);
    tcase_add_test(tests, sixteen_overrides_and_the_first_to_expire_gives_way);
    tcase_add_test(tests, the_newest_eight_outcomes_are_known_again);
    tcase_add_test(tests, defaults_are_those_of_the_settings);
    tcase_add_test(tests, arrays_grow_by_a_quarter);
    tcase_add_test(tests, a_forgotten_page_is_a_tombstone);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
