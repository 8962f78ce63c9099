/* test_receipts.c - which partition runs which pack, out of what lies in the topic `receipts`. */
#include "connectors/cli/receipts.h"

#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PACK_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define PACK_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define RECEIPT(partition, pack, number)                                                      \
    "{\"type\":\"receipt\",\"partition\":" partition ",\"lsn\":\"33554432\",\"pack\":\"" pack \
    "\",\"number\":" number ",\"time\":\"2026-03-02T09:00:00.000+08:00\"}"

START_TEST(one_receipt)
{
    struct receipt receipt;
    uint32_t partition = 0;
    ck_assert(receipt_read(&receipt, &partition, STR(RECEIPT("3", PACK_A, "7"))));
    ck_assert_uint_eq(partition, 3);
    ck_assert_uint_eq(receipt.number, 7);
    ck_assert_str_eq(receipt.pack, PACK_A);
    ck_assert_str_eq(receipt.lsn, "33554432");
    ck_assert_str_eq(receipt.time, "2026-03-02T09:00:00.000+08:00");
    ck_assert(receipt_read(&receipt, &partition,
                           STR("{\"type\":\"receipt\",\"partition\":0,\"lsn\":\"0\",\"pack\":"
                               "\"" PACK_A "\",\"number\":1,\"time\":null}")));
    ck_assert_str_eq(receipt.time, "");
    ck_assert_int_eq(receipt.clock, CLOCK_UNSAID);
}
END_TEST

START_TEST(clock_of_the_log)
{
    static const struct {
        const char *bytes;
        uint8_t clock;
    } rows[] = {
        {"\"live\"", CLOCK_LIVE},      {"\"event\"", CLOCK_EVENT}, {"\"unsaid\"", CLOCK_UNSAID},
        {"\"another\"", CLOCK_UNSAID}, {"7", CLOCK_UNSAID},        {"null", CLOCK_UNSAID},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char bytes[512];
        struct receipt receipt;
        uint32_t partition = 0;
        int len = snprintf(bytes, sizeof bytes,
                           "{\"type\":\"receipt\",\"partition\":0,\"lsn\":\"0\",\"pack\":\"" PACK_A
                           "\",\"number\":1,\"clock\":%s}",
                           rows[i].bytes);
        ck_assert(receipt_read(&receipt, &partition, (struct str){bytes, (size_t)len}));
        ck_assert_msg(receipt.clock == rows[i].clock, "%s", rows[i].bytes);
    }
}
END_TEST

START_TEST(no_receipts)
{
    static const struct {
        const char *name, *bytes;
    } rows[] = {
        {"nothing", ""},
        {"no JSON", "receipt"},
        {"another record", "{\"type\":\"tick\",\"partition\":0,\"number\":1,\"lsn\":\"0\"}"},
        {"no type", "{\"partition\":0,\"lsn\":\"0\",\"pack\":\"" PACK_A "\",\"number\":1}"},
        {"no partition",
         "{\"type\":\"receipt\",\"lsn\":\"0\",\"pack\":\"" PACK_A "\",\"number\":1}"},
        {"no lsn", "{\"type\":\"receipt\",\"partition\":0,\"pack\":\"" PACK_A "\",\"number\":1}"},
        {"an lsn that paints the terminal",
         "{\"type\":\"receipt\",\"partition\":0,\"lsn\":\"\\u001b[m\",\"pack\":\"" PACK_A
         "\",\"number\":1}"},
        {"an lsn with a NUL",
         "{\"type\":\"receipt\",\"partition\":0,\"lsn\":\"\\u0000\",\"pack\":\"" PACK_A
         "\",\"number\":1}"},
        {"a partition too many", RECEIPT("4", PACK_A, "1")},
        {"a negative partition", RECEIPT("-1", PACK_A, "1")},
        {"a number with a point", RECEIPT("0", PACK_A, "1.5")},
        {"a number as a text", RECEIPT("0", PACK_A, "\"1\"")},
        {"a number beyond all", RECEIPT("0", PACK_A, "9999999999999999999")},
        {"number 0", RECEIPT("0", PACK_A, "0")},
        {"a pack cut short", RECEIPT("0", "abc", "1")},
        {"a pack too long", RECEIPT("0", PACK_A "a", "1")},
        {"a pack that is no hash",
         RECEIPT("0", "zaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "1")},
    };
    struct receipts receipts;
    receipts_init(&receipts, 4);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        receipts_take(&receipts, str_of(rows[i].bytes));
        ck_assert_msg(receipts.ignored == i + 1, "%s", rows[i].name);
    }
    ck_assert_uint_eq(receipts.greatest, 0);
    ck_assert_uint_eq(receipts_missing(&receipts, NULL), 4);
    ck_assert_ptr_null(receipts_newest(&receipts));
    receipts_fini(&receipts);
}
END_TEST

START_TEST(longer_than_any_receipt)
{
    struct receipts receipts;
    struct buf bytes = {0};
    receipts_init(&receipts, 1);
    buf_add_text(&bytes, RECEIPT("0", PACK_A, "1"));
    buf_add_format(&bytes, "%2000s", "");
    receipts_take(&receipts, buf_str(&bytes));
    ck_assert_uint_eq(receipts.ignored, 1);
    buf_fini(&bytes);
    receipts_fini(&receipts);
}
END_TEST

START_TEST(the_newest_of_each_partition)
{
    static const struct {
        const char *name;
        struct str bytes;
        uint64_t numbers[2], greatest;
        bool agree;
        const char *missing;
    } rows[] = {
        {"the first", STR(RECEIPT("1", PACK_A, "1")), {0, 1}, 1, false, "0"},
        {"all", STR(RECEIPT("0", PACK_A, "1")), {1, 1}, 1, true, ""},
        {"one is ahead", STR(RECEIPT("0", PACK_B, "2")), {2, 1}, 2, false, ""},
        {"an old one again, late", STR(RECEIPT("0", PACK_A, "1")), {2, 1}, 2, false, ""},
        {"both", STR(RECEIPT("1", PACK_B, "2")), {2, 2}, 2, true, ""},
        {"the same again", STR(RECEIPT("1", PACK_B, "2")), {2, 2}, 2, true, ""},
        {"back, under a new number", STR(RECEIPT("1", PACK_A, "9")), {2, 9}, 9, false, ""},
        {"one number, two packs", STR(RECEIPT("0", PACK_B, "9")), {9, 9}, 9, false, ""},
    };
    struct receipts receipts;
    struct buf missing = {0};
    receipts_init(&receipts, 2);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        receipts_take(&receipts, rows[i].bytes);
        for (int p = 0; p < 2; p++) {
            ck_assert_msg(receipts.rows[p].number == rows[i].numbers[p], "%s", rows[i].name);
        }
        buf_clear(&missing);
        (void)receipts_missing(&receipts, &missing);
        ck_assert_msg(strcmp(buf_text(&missing), rows[i].missing) == 0, "%s", rows[i].name);
        ck_assert_msg(receipts.greatest == rows[i].greatest, "%s", rows[i].name);
        ck_assert_msg(receipts_newest(&receipts)->number == rows[i].greatest, "%s", rows[i].name);
        ck_assert_msg(receipts_agree(&receipts) == rows[i].agree, "%s", rows[i].name);
    }
    ck_assert_uint_eq(receipts.ignored, 0);
    ck_assert_str_eq(receipts.rows[0].pack, PACK_B);
    ck_assert_str_eq(receipts.rows[1].pack, PACK_A);
    buf_fini(&missing);
    receipts_fini(&receipts);
}
END_TEST

START_TEST(nobody_runs_anything)
{
    struct receipts receipts;
    struct buf missing = {0};
    receipts_init(&receipts, 3);
    ck_assert(!receipts_agree(&receipts));
    ck_assert_uint_eq(receipts_missing(&receipts, &missing), 3);
    ck_assert_str_eq(buf_text(&missing), "0, 1, 2");
    buf_fini(&missing);
    receipts_fini(&receipts);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("receipts");
    TCase *t = tcase_create("receipts");
    tcase_add_test(t, one_receipt);
    tcase_add_test(t, clock_of_the_log);
    tcase_add_test(t, no_receipts);
    tcase_add_test(t, longer_than_any_receipt);
    tcase_add_test(t, the_newest_of_each_partition);
    tcase_add_test(t, nobody_runs_anything);
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
