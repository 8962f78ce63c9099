/* test_pack_topic.c - what the records of the topic `packs` say, without a broker. */
#include "connectors/cli/pack_topic.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* Two small files, packed, and what `sha256sum` says of these bytes. */
static const char bytes_a[] = "\x01\0\0\0a\x01\0\0\0\x31\x01\0\0\0b\x01\0\0\0\x32";
#define BYTES_A ((struct str){bytes_a, sizeof bytes_a - 1})
#define HASH_A "7afadf78b77035d9aaac0d95cd86f68208849b6cdcdc7eb6d1996622f841f825"
#define HASH_LIKE_A "7afadf78b77035d9aaac0d95cd86f68208849b6cdcdc7eb6d1996622f841f826"
#define HASH_B "00000000b77035d9aaac0d95cd86f68208849b6cdcdc7eb6d1996622f841f825"

START_TEST(a_row_for_each_key)
{
    struct pack_topic packs = {.digits = STR("7afadf78b770")};
    pack_topic_take(&packs, STR(HASH_A), BYTES_A);
    pack_topic_take(&packs, STR("no hash"), BYTES_A);
    pack_topic_take(&packs, STR(HASH_B), BYTES_A);
    ck_assert_uint_eq(packs.row_count, 2);
    ck_assert_str_eq(packs.rows[0].hash, HASH_A);
    ck_assert(packs.rows[0].sound);
    ck_assert_uint_eq(packs.rows[0].file_count, 2);
    ck_assert_uint_eq(packs.rows[0].byte_count, 20);
    ck_assert(str_eq(buf_str(&packs.rows[0].bytes), BYTES_A));
    ck_assert(!packs.rows[1].sound);
    ck_assert_uint_eq(packs.rows[1].bytes.len, 0); /* nobody asked for it */
    pack_topic_fini(&packs);
}
END_TEST

START_TEST(the_last_record_of_a_key_counts)
{
    struct pack_topic packs = {.digits = STR(HASH_A)};
    pack_topic_take(&packs, STR(HASH_A), STR("spoilt"));
    pack_topic_take(&packs, STR(HASH_B), STR("spoilt"));
    ck_assert(!packs.rows[0].sound);
    pack_topic_take(&packs, STR(HASH_A), BYTES_A);
    ck_assert_uint_eq(packs.row_count, 2);
    ck_assert_str_eq(packs.rows[1].hash, HASH_A);
    ck_assert(packs.rows[1].sound);
    ck_assert(pack_topic_is_last(&packs, &packs.rows[1])); /* published once more */
    ck_assert(!pack_topic_is_last(&packs, &packs.rows[0]));
    ck_assert(str_eq(buf_str(&packs.rows[1].bytes), BYTES_A));
    pack_topic_take(&packs, STR(HASH_A), (struct str){NULL, 0}); /* removed */
    ck_assert_uint_eq(packs.row_count, 1);
    ck_assert_str_eq(packs.rows[0].hash, HASH_B);
    pack_topic_fini(&packs);
}
END_TEST

START_TEST(found_by_its_beginning)
{
    static const struct {
        const char *name, *digits, *hash;
        enum err_code code;
    } rows[] = {
        {"the whole", HASH_A, HASH_A, ERR_NONE},
        {"twelve digits of one", "00000000b770", HASH_B, ERR_NONE},
        {"twelve digits of two", "7afadf78b770", NULL, ERR_USAGE},
        {"all digits but one, of two",
         "7afadf78b77035d9aaac0d95cd86f68208849b6cdcdc7eb6d1996622f841f82", NULL, ERR_USAGE},
        {"of none", "7afadf78b771", NULL, ERR_FINDING},
    };
    struct pack_topic packs = {.row_count = 0};
    pack_topic_take(&packs, STR(HASH_A), BYTES_A);
    pack_topic_take(&packs, STR(HASH_LIKE_A), BYTES_A);
    pack_topic_take(&packs, STR(HASH_B), BYTES_A);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err = {.code = ERR_NONE};
        const struct pack_topic_row *row = pack_topic_find(&packs, str_of(rows[i].digits), &err);
        ck_assert_msg((row != NULL) == (rows[i].hash != NULL), "%s", rows[i].name);
        ck_assert_msg(row == NULL || strcmp(row->hash, rows[i].hash) == 0, "%s", rows[i].name);
        ck_assert_msg(err.code == rows[i].code, "%s: %s", rows[i].name, err.text);
    }
    pack_topic_fini(&packs);
}
END_TEST

START_TEST(words_that_are_hashes)
{
    static const struct {
        const char *word;
        bool hash;
    } rows[] = {
        {HASH_A, true},           {"7afadf78b770", true}, {"cafe", true},  {"", false},
        {"rules/library", false}, {"./cafe", false},      {"CAFE", false}, {HASH_A "0", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ck_assert_msg(pack_topic_is_hash(rows[i].word) == rows[i].hash, "%s", rows[i].word);
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("pack_topic");
    TCase *t = tcase_create("pack_topic");
    tcase_add_test(t, a_row_for_each_key);
    tcase_add_test(t, the_last_record_of_a_key_counts);
    tcase_add_test(t, found_by_its_beginning);
    tcase_add_test(t, words_that_are_hashes);
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
