/* test_peer.c - the other ends that a page knows: found, met, counted, and giving way. */
#include "engine/state/history.h"
#include "tests/unit/quiet_check.h"
#include "tests/unit/random_page.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define IN STREAM_PAYMENT_IN
#define OUT STREAM_PAYMENT_OUT

static struct page *page_of(uint8_t entity)
{
    struct token token = random_peer_token(12345);
    return page_new(&token, entity);
}

static struct peer *meet(struct page *page, uint64_t peer, int64_t time_ms, uint32_t peers_max)
{
    struct token token = random_peer_token(peer);
    struct peer_draft draft = {&token, ENTITY_ACCOUNT, 3, "62*"};
    struct peer *added = peer_add(page, &draft, peers_max);
    peer_contact(added, true, time_ms);
    return added;
}

static const struct peer *find(const struct page *page, uint64_t peer)
{
    struct token token = random_peer_token(peer);
    return page_find_peer(page, token_low64(&token));
}

START_TEST(who_was_met_is_found)
{
    struct page *page = page_of(ENTITY_ACCOUNT);
    for (uint64_t i = 1; i <= 600; i++) {
        ck_assert_ptr_null(find(page, i));
        (void)meet(page, i, (int64_t)i, 600);
        for (uint64_t k = 1; k <= i; k++) {
            const struct peer *peer = find(page, k);
            quiet_check(peer != NULL && peer->first_met_ms == (int64_t)k, "%" PRIu64, k);
        }
        quiet_check(find(page, i + 1) == NULL, "%" PRIu64 " is not there", i + 1);
    }
    ck_assert_ptr_null(page_find_peer(page, 0));
    page_free(page);
}
END_TEST

START_TEST(a_new_peer_has_no_contact)
{
    struct page *page = page_of(ENTITY_ACCOUNT);
    struct token token = random_peer_token(7);
    struct peer_draft draft = {&token, ENTITY_NUMBER, EVENT_MASK_MAX, "120****0011.............."};
    const struct peer *peer = peer_add(page, &draft, 16);
    ck_assert(token_eq(&peer->token, &token));
    ck_assert_uint_eq(peer->entity, ENTITY_NUMBER);
    ck_assert_uint_eq(peer->mask_len, EVENT_MASK_MAX);
    ck_assert_mem_eq(peer->mask, draft.mask, EVENT_MASK_MAX);
    ck_assert_int_eq(peer->first_met_ms, INT64_MAX);
    ck_assert_int_eq(peer->last_in_ms, TIME_NONE);
    ck_assert_int_eq(peer->last_out_ms, TIME_NONE);
    page_free(page);
}
END_TEST

START_TEST(contacts_are_noted_by_direction)
{
    struct peer peer = {.first_met_ms = INT64_MAX,
                        .last_in_ms = TIME_NONE,
                        .last_out_ms = TIME_NONE};
    peer_contact(&peer, true, 50);
    peer_contact(&peer, true, 40); /* late */
    peer_contact(&peer, false, 45);
    ck_assert_int_eq(peer.first_met_ms, 40);
    ck_assert_int_eq(peer.last_in_ms, 50);
    ck_assert_int_eq(peer.last_out_ms, 45);
}
END_TEST

/* Known: 1, 2, 3 with their last contacts; then 4 comes and there is room for three. */
static const struct {
    const char *name;
    int64_t last_ms[3];
    uint32_t retained[3]; /* records that name them */
    uint64_t gone;
} giving_way[] = {
    {"the one whose last contact is oldest", {30, 10, 20}, {0, 0, 0}, 2},
    {"one that no record names goes before it", {30, 10, 20}, {0, 1, 0}, 3},
    {"of those that none names the oldest", {10, 30, 20}, {1, 0, 0}, 3},
    {"all are named: the oldest", {20, 30, 10}, {1, 2, 3}, 3},
    {"as old: who was met first", {20, 20, 20}, {0, 0, 0}, 1},
    {"the newest, if it alone is not named", {10, 20, 30}, {1, 1, 0}, 3},
};

START_TEST(who_gives_way)
{
    for (size_t i = 0; i < sizeof giving_way / sizeof giving_way[0]; i++) {
        struct page *page = page_of(ENTITY_ACCOUNT);
        for (uint64_t k = 0; k < 3; k++) {
            meet(page, k + 1, giving_way[i].last_ms[k], 3)->retained = giving_way[i].retained[k];
        }
        (void)meet(page, 4, 99, 3);
        ck_assert_uint_eq(page->peer_count, 3);
        for (uint64_t k = 1; k <= 4; k++) {
            ck_assert_msg((find(page, k) == NULL) == (k == giving_way[i].gone), "%s: %" PRIu64,
                          giving_way[i].name, k);
        }
        page_free(page);
    }
}
END_TEST

START_TEST(either_direction_is_a_contact)
{
    struct page *page = page_of(ENTITY_ACCOUNT);
    peer_contact(meet(page, 1, 10, 2), false, 500);
    (void)meet(page, 2, 400, 2);
    (void)meet(page, 3, 600, 2);
    ck_assert_ptr_nonnull(find(page, 1));
    ck_assert_ptr_null(find(page, 2));
    page_free(page);
}
END_TEST

/* The page keeps a record of this peer. */
static void meet_on_record(struct page *page, uint64_t number, int64_t time_ms, uint32_t peers_max)
{
    struct retention retention;
    retention_defaults(&retention);
    retention.peers_max = peers_max;
    struct token token = random_peer_token(number);
    struct peer_draft peer = {&token, ENTITY_ACCOUNT, 0, NULL};
    struct record draft = {.time_ms = time_ms};
    (void)page_add_record(page, IN, &draft, &peer, &retention);
}

/* Whom the page forgot while records still name it, and meets again. */
START_TEST(one_that_comes_back_is_still_named)
{
    struct page *page = page_of(ENTITY_ACCOUNT);
    static const uint64_t met[] = {1, 1, 2, 1};
    for (int i = 0; i < 4; i++) {
        meet_on_record(page, met[i], i + 1, 1);
    }
    ck_assert_uint_eq(find(page, 1)->retained, 3);
    ck_assert_int_eq(find(page, 1)->first_met_ms, 4);
    page_free(page);
}
END_TEST

/* The same where there is more room by then (retention.peers was raised): in memory, and read back.
 */
START_TEST(one_that_comes_back_to_more_room_is_still_named)
{
    for (int read_back = 0; read_back < 2; read_back++) {
        struct page *page = page_of(ENTITY_ACCOUNT);
        static const uint64_t met[] = {1, 1, 2};
        for (int i = 0; i < 3; i++) {
            meet_on_record(page, met[i], i + 1, 1);
        }
        if (read_back) {
            page->peers_lost = false; /* it is not stored */
            peer_rebuild(page);
        }
        meet_on_record(page, 1, 4, 2);
        ck_assert_uint_eq(find(page, 1)->retained, 3);
        ck_assert_uint_eq(find(page, 2)->retained, 1);
        page_free(page);
    }
}
END_TEST

START_TEST(a_mask_that_was_missing_is_filled_in)
{
    struct retention retention;
    retention_defaults(&retention);
    struct page *page = page_of(ENTITY_ACCOUNT);
    struct token token = random_peer_token(1);
    static const char *const masks[] = {"", "6222*1", "6222*2"};
    for (size_t i = 0; i < 3; i++) {
        struct peer_draft peer = {&token, ENTITY_ACCOUNT, (uint8_t)strlen(masks[i]), masks[i]};
        struct record draft = {.time_ms = (int64_t)i};
        (void)page_add_record(page, OUT, &draft, &peer, &retention);
    }
    ck_assert_uint_eq(find(page, 1)->mask_len, 6);
    ck_assert_mem_eq(find(page, 1)->mask, "6222*1", 6);
    page_free(page);
}
END_TEST

static void check_retained(const struct page *page)
{
    for (uint32_t i = 0; i < page->peer_count; i++) {
        uint32_t named = 0;
        for (int s = 0; s < STREAM_COUNT; s++) {
            for (uint32_t k = page->streams[s].begin; k < page->streams[s].end; k++) {
                named += page->streams[s].records[k].peer == token_low64(&page->peers[i].token);
            }
        }
        quiet_check(page->peers[i].retained == named, "peer %u is named %u times, not %u", i, named,
                    page->peers[i].retained);
    }
}

/* Coming, going and giving way: the counts are right, and counting anew gives the same. */
START_TEST(records_that_name_a_peer_are_counted)
{
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct prng rng = prng_seed(seed, "peers");
        struct random_life life;
        struct page *page = random_page(&rng, &life);
        for (int i = 0; i < 20; i++) {
            random_records(&rng, &life, page, 5);
            check_retained(page);
        }
        for (uint32_t i = 0; i < page->peer_count; i++) {
            page->peers[i].retained = 77;
        }
        peer_rebuild(page);
        check_retained(page);
        for (uint32_t i = 0; i < page->peer_count; i++) {
            uint64_t low64 = token_low64(&page->peers[i].token);
            quiet_check(peer_find(page, low64) == &page->peers[i], "peer %u", i);
        }
        page_free(page);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("peer");
    TCase *tests = tcase_create("peer");
    tcase_add_test(tests, who_was_met_is_found);
    tcase_add_test(tests, a_new_peer_has_no_contact);
    tcase_add_test(tests, contacts_are_noted_by_direction);
    tcase_add_test(tests, who_gives_way);
    tcase_add_test(tests, either_direction_is_a_contact);
    tcase_add_test(tests, one_that_comes_back_is_still_named);
    tcase_add_test(tests, one_that_comes_back_to_more_room_is_still_named);
    tcase_add_test(tests, a_mask_that_was_missing_is_filled_in);
    tcase_add_test(tests, records_that_name_a_peer_are_counted);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
