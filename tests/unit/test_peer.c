/* test_peer.c - the other ends that a page knows: found, counted, giving way. */
#include "engine/state/history.h"

#include "connectors/cli/prng.h"
#include "tests/unit/small_event.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* Tokens of one partition share their low bits. */
static struct token token_number(uint64_t n)
{
    struct token token = {{0}};
    uint64_t low = n * 64 + 5;
    memcpy(token.bytes, &low, sizeof low);
    return token;
}

static uint64_t low_number(uint64_t n)
{
    return n * 64 + 5;
}

static struct page *page_of_account(void)
{
    struct token token = {{0xaa, 1}};
    return page_new(&token, ENTITY_ACCOUNT);
}

/* Peers come and give way for long; the index must find exactly those that are there. */
START_TEST(index_finds_who_is_there)
{
    static const uint32_t peers_max[] = {1, 8, 9, 16, 17, 100, 512};
    for (size_t m = 0; m < sizeof peers_max / sizeof peers_max[0]; m++) {
        struct page *page = page_of_account();
        struct prng rng = prng_seed(m, "peers");
        uint32_t limit = peers_max[m];
        for (int i = 0; i < 3000; i++) {
            uint64_t n = prng_below(&rng, 4 * limit);
            struct token token = token_number(n);
            struct peer *peer = peer_find(page, low_number(n));
            if (peer == NULL) {
                struct peer_draft draft = {.token = &token, .entity = ENTITY_ACCOUNT};
                peer = peer_add(page, &draft, limit);
            }
            ck_assert(token_eq(&peer->token, &token));
            peer_contact(peer, prng_chance(&rng, 50), T0 + i);
            ck_assert(page->peer_count <= limit);
            if (i % 100 != 0) {
                continue;
            }
            uint32_t found = 0;
            for (uint64_t k = 0; k < 4 * limit; k++) {
                const struct peer *known = page_find_peer(page, low_number(k));
                if (known != NULL && token_low64(&known->token) != low_number(k)) {
                    ck_abort_msg("another peer was found");
                }
                found += known != NULL;
            }
            ck_assert_uint_eq(found, page->peer_count);
        }
        ck_assert_uint_eq(page->peer_count, limit);
        page_free(page);
    }
}
END_TEST

START_TEST(contacts_keep_first_and_newest_of_each_direction)
{
    struct page *page = page_of_account();
    struct token token = token_number(1);
    struct peer_draft draft = {&token, ENTITY_NUMBER, 5, "120*1"};
    struct peer *peer = peer_add(page, &draft, 8);
    ck_assert_int_eq(peer->last_in_ms, TIME_NONE);
    ck_assert_int_eq(peer->last_out_ms, TIME_NONE);
    peer_contact(peer, true, 50);
    peer_contact(peer, true, 40);
    peer_contact(peer, false, 45);
    ck_assert_int_eq(peer->first_met_ms, 40);
    ck_assert_int_eq(peer->last_in_ms, 50);
    ck_assert_int_eq(peer->last_out_ms, 45);
    ck_assert_uint_eq(peer->entity, ENTITY_NUMBER);
    ck_assert(peer->mask_len == 5 && memcmp(peer->mask, "120*1", 5) == 0);
    page_free(page);
}
END_TEST

/* A mask that comes later is taken, one that is there stays. */
START_TEST(a_mask_is_learned_once)
{
    struct page *page = page_of_account();
    struct retention retention;
    retention_defaults(&retention);
    struct token token = token_number(1);
    static const char *const masks[] = {"", "622*1", "622*2"};
    for (int i = 0; i < 3; i++) {
        struct record record = {.time_ms = T0 + i, .member = RECORD_MEMBER_NONE};
        struct peer_draft draft = {&token, ENTITY_ACCOUNT, (uint8_t)strlen(masks[i]), masks[i]};
        page_add_record(page, STREAM_PAYMENT_IN, &record, &draft, &retention);
        const struct peer *peer = page_find_peer(page, low_number(1));
        ck_assert_uint_eq(peer->mask_len, i == 0 ? 0 : 5);
        ck_assert(i == 0 || memcmp(peer->mask, "622*1", 5) == 0);
    }
    page_free(page);
}
END_TEST

/* A token whose first eight bytes are zero cannot be told from nobody. */
START_TEST(nobody_is_no_peer)
{
    struct page *page = page_of_account();
    struct retention retention;
    retention_defaults(&retention);
    struct token zero = {{0}}, almost = {{0, 0, 0, 0, 0, 0, 0, 0, 9}};
    const struct peer_draft drafts[] = {{NULL, 0, 0, NULL},
                                        {&zero, 0, 0, NULL},
                                        {&almost, 0, 0, NULL}};
    struct record record = {.time_ms = T0, .peer = 77, .member = RECORD_MEMBER_NONE};
    for (int i = 0; i < 4; i++) {
        struct record *added = page_add_record(page, STREAM_PAYMENT_IN, &record,
                                               i == 3 ? NULL : &drafts[i], &retention);
        ck_assert_uint_eq(added->peer, 0);
        ck_assert(added->flags & RECORD_FIRST_TIME);
        ck_assert_int_eq(page_known_for_ms(page, added), 0);
    }
    ck_assert_uint_eq(page->peer_count, 0);
    page_free(page);
}
END_TEST

START_TEST(who_gave_way_is_unknown)
{
    struct page *page = page_of_account();
    struct retention retention;
    retention_defaults(&retention);
    retention.peers_max = 1;
    struct record record = {.time_ms = T0, .member = RECORD_MEMBER_NONE};
    for (uint64_t n = 1; n <= 2; n++) {
        struct token token = token_number(n);
        struct peer_draft draft = {.token = &token, .entity = ENTITY_ACCOUNT};
        page_add_record(page, STREAM_PAYMENT_IN, &record, &draft, &retention);
    }
    const struct stream *stream = &page->streams[STREAM_PAYMENT_IN];
    ck_assert_int_eq(page_known_for_ms(page, &stream->records[0]), VALUE_UNKNOWN);
    ck_assert_int_eq(page_known_for_ms(page, &stream->records[1]), 0);
    page_free(page);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("peer");
    TCase *tests = tcase_create("peer");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, index_finds_who_is_there);
    tcase_add_test(tests, contacts_keep_first_and_newest_of_each_direction);
    tcase_add_test(tests, a_mask_is_learned_once);
    tcase_add_test(tests, nobody_is_no_peer);
    tcase_add_test(tests, who_gave_way_is_unknown);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
