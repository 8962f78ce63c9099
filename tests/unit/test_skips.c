/* test_skips.c - the set of steps under quarantine, and the keys and records of its topic. */
#include "engine/skips.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define ENTITY "000102030405060708090a0b0c0d0e0f"

static struct skip skip_of(uint32_t partition, uint64_t lsn, uint8_t entity)
{
    struct skip skip = {.epoch = 1, .partition = partition, .lsn = lsn};
    skip.entity.bytes[0] = entity;
    return skip;
}

START_TEST(a_step_is_its_place_and_its_entity)
{
    struct skips skips = {0};
    struct skip one = skip_of(3, 4096, 7);
    struct skip same_place = skip_of(3, 4096, 8);
    ck_assert(!skips_has(&skips, one.lsn, &one.entity));
    skips_add(&skips, &one);
    skips_add(&skips, &one);
    ck_assert_uint_eq(skips.count, 1);
    ck_assert(skips_has(&skips, one.lsn, &one.entity));
    ck_assert(!skips_has(&skips, one.lsn, &same_place.entity));
    ck_assert(!skips_has(&skips, one.lsn + 1, &one.entity));
    skips_add(&skips, &same_place);
    skips_remove(&skips, &one);
    skips_remove(&skips, &one);
    ck_assert(!skips_has(&skips, one.lsn, &one.entity));
    ck_assert(skips_has(&skips, one.lsn, &same_place.entity));
    skips_fini(&skips);
}
END_TEST

START_TEST(a_partition_takes_its_own_from_its_w_on)
{
    struct skips all = {0};
    struct skips own = {0};
    const struct skip rows[] = {skip_of(2, 100, 1), skip_of(3, 99, 1), skip_of(3, 100, 1),
                                skip_of(3, 101, 1)};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        skips_add(&all, &rows[i]);
    }
    skips_add_from(&own, &all, 3, 100);
    ck_assert_uint_eq(own.count, 2);
    ck_assert(!skips_has(&own, 99, &rows[0].entity));
    ck_assert(skips_has(&own, 100, &rows[0].entity));
    ck_assert(skips_has(&own, 101, &rows[0].entity));
    skips_fini(&all);
    skips_fini(&own);
}
END_TEST

START_TEST(a_record_byte_for_byte)
{
    struct buf out = {0};
    char key[SKIP_KEY_BYTES];
    struct skip skip = {.epoch = 2, .partition = 3, .lsn = UINT64_MAX};
    struct skip_cause cause = {"SIGABRT", "city-1", INT64_C(1772416800000)};
    hex_decode(skip.entity.bytes, TOKEN_BYTES, STR(ENTITY));
    skip_write(&skip, &cause, &out);
    ck_assert_str_eq(buf_text(&out), "{\"type\":\"skip\",\"epoch\":2,\"partition\":3,"
                                     "\"lsn\":\"18446744073709551615\",\"entity\":\"" ENTITY "\","
                                     "\"signal\":\"SIGABRT\",\"process\":\"city-1\","
                                     "\"time\":\"2026-03-02T10:00:00.000+08:00\"}");
    skip_write_key(&skip, key);
    ck_assert_str_eq(key, "2:3:18446744073709551615:" ENTITY);
    struct skip back = {0};
    ck_assert(skip_read_key(&back, str_of(key)));
    ck_assert_uint_eq(back.epoch, 2);
    ck_assert_uint_eq(back.partition, 3);
    ck_assert_uint_eq(back.lsn, UINT64_MAX);
    ck_assert(token_eq(&back.entity, &skip.entity));
    buf_fini(&out);
}
END_TEST

START_TEST(what_is_no_key_is_refused)
{
    static const struct {
        const char *name, *key;
    } rows[] = {
        {"nothing", ""},
        {"no entity", "1:3:4096"},
        {"an empty entity", "1:3:4096:"},
        {"half an entity", "1:3:4096:0001020304050607"},
        {"an entity and more", "1:3:4096:" ENTITY "0"},
        {"no number", "1::4096:" ENTITY},
        {"a sign", "1:3:-4096:" ENTITY},
        {"a letter", "1:3:4o96:" ENTITY},
        {"a partition of 33 bits", "1:4294967296:4096:" ENTITY},
        {"an lsn of 65 bits", "1:3:18446744073709551616:" ENTITY},
        {"an epoch of 64 bits", "9223372036854775808:3:1:" ENTITY},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct skip skip;
        ck_assert_msg(!skip_read_key(&skip, str_of(rows[i].key)), "%s", rows[i].name);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("skips");
    TCase *tests = tcase_create("skips");
    suite_add_tcase(suite, tests);
    tcase_add_test(tests, a_step_is_its_place_and_its_entity);
    tcase_add_test(tests, a_partition_takes_its_own_from_its_w_on);
    tcase_add_test(tests, a_record_byte_for_byte);
    tcase_add_test(tests, what_is_no_key_is_refused);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
