/* test_header.c - watermarks, and a header that comes back as it was stored or not at all. */
#include "engine/header.h"

#include "engine/state/page.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct place place(uint64_t lsn, uint8_t actor, uint32_t sub)
{
    struct place made = {.lsn = lsn, .sub = sub};
    made.actor.bytes[0] = actor;
    return made;
}

START_TEST(a_place_is_taken_once)
{
    static const struct {
        const char *name;
        uint64_t lsn;
        uint8_t actor;
        uint32_t sub;
        bool seen;
    } rows[] = {
        {"the same place", 7, 5, 1, true},
        {"an earlier step", 6, 9, 9, true},
        {"a later step", 8, 0, 0, false},
        {"the same step, a smaller token", 7, 4, 9, true},
        {"the same step, a greater token", 7, 6, 0, false},
        {"the same actor, an earlier number", 7, 5, 0, true},
        {"the same actor, the next number", 7, 5, 2, false},
    };
    struct header header = {0};
    struct place taken = place(7, 5, 1);
    header_take_place(&header, 3, &taken);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct place asked = place(rows[i].lsn, rows[i].actor, rows[i].sub);
        ck_assert_msg(header_has_place(&header, 3, &asked) == rows[i].seen, "%s", rows[i].name);
        ck_assert_msg(!header_has_place(&header, 2, &asked), "%s: another source", rows[i].name);
        ck_assert_msg(!header_has_place(&header, 4, &asked), "%s: a source never seen",
                      rows[i].name);
    }
    header_fini(&header);
}
END_TEST

START_TEST(the_first_record_of_a_source_is_new)
{
    struct header header = {0};
    struct place first = place(0, 0, 0);
    ck_assert(!header_has_place(&header, 1, &first));
    header_take_place(&header, 1, &first);
    ck_assert(header_has_place(&header, 1, &first));
    ck_assert(!header_has_place(&header, 0, &first));
    header_fini(&header);
}
END_TEST

static struct header example(void)
{
    struct header header = {.clock_ms = 1772416800000,
                            .frame_print = UINT64_C(0x123456789abcdef0),
                            .clock_mode = CLOCK_EVENT,
                            .partitions = 64,
                            .pack_number = 7};
    memset(header.pack_hash, 0xab, sizeof header.pack_hash);
    struct place one = place(41, 1, 2);
    struct place two = place(0, 0, 0);
    header_take_place(&header, 5, &one);
    header_take_place(&header, 1, &two);
    header.counters.fetched = 10;
    header.counters.overflows = 3;
    return header;
}

START_TEST(comes_back_as_stored)
{
    struct header header = example();
    struct header back = {0};
    struct buf bytes = {0};
    struct buf again = {0};
    struct err err = {0};
    header_encode(&header, &bytes);
    ck_assert_msg(header_decode(&back, buf_str(&bytes), 64, 6, &err) == 0, "%s", err.text);
    ck_assert_int_eq(back.clock_ms, 1772416800000);
    ck_assert_uint_eq(back.frame_print, UINT64_C(0x123456789abcdef0));
    ck_assert_int_eq(back.clock_mode, CLOCK_EVENT);
    ck_assert_uint_eq(back.pack_number, 7);
    ck_assert_uint_eq(back.partitions, 64);
    ck_assert_mem_eq(back.pack_hash, header.pack_hash, sizeof header.pack_hash);
    ck_assert_uint_eq(back.counters.fetched, 10);
    ck_assert_uint_eq(back.counters.overflows, 3);
    struct place one = place(41, 1, 2);
    struct place after = place(41, 1, 3);
    struct place first = place(0, 0, 0);
    ck_assert(header_has_place(&back, 5, &one));
    ck_assert(!header_has_place(&back, 5, &after));
    ck_assert(header_has_place(&back, 1, &first));
    ck_assert(!header_has_place(&back, 3, &first));
    header_encode(&back, &again);
    ck_assert(str_eq(buf_str(&bytes), buf_str(&again)));
    header_fini(&header);
    header_fini(&back);
    buf_fini(&bytes);
    buf_fini(&again);
}
END_TEST

/* Each entity would be in another partition. */
START_TEST(another_number_of_partitions_is_refused)
{
    static const struct {
        uint32_t stored, wanted;
        bool taken;
    } rows[] = {{64, 64, true}, {64, 0, true}, {0, 4, true}, {64, 4, false}, {64, 128, false}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct header header = example();
        struct header back = {0};
        struct buf bytes = {0};
        struct err err = {0};
        header.partitions = rows[i].stored;
        header_encode(&header, &bytes);
        int result = header_decode(&back, buf_str(&bytes), rows[i].wanted, 6, &err);
        ck_assert_msg((result == 0) == rows[i].taken, "row %zu", i);
        if (!rows[i].taken) {
            ck_assert_int_eq(err.code, ERR_USAGE);
            ck_assert_ptr_nonnull(
                strstr(err.text, "begun with 64 partitions, visits.partitions says"));
        }
        header_fini(&header);
        header_fini(&back);
        buf_fini(&bytes);
    }
}
END_TEST

static void refuses(struct str bytes, uint32_t source_limit, const char *why, const char *says)
{
    struct header header = {0};
    struct err err = {0};
    ck_assert_msg(header_decode(&header, bytes, 64, source_limit, &err) == -1, "%s", why);
    ck_assert_int_eq(err.code, ERR_OUTSIDE);
    ck_assert_msg(strstr(err.text, says) != NULL, "%s: %s", why, err.text);
    ck_assert_msg(header.watermarks == NULL && header.clock_ms == 0, "%s: left something", why);
}

START_TEST(broken_bytes_are_refused)
{
    struct header header = example();
    struct buf bytes = {0};
    header_encode(&header, &bytes);
    for (size_t len = 0; len < bytes.len; len++) {
        refuses((struct str){bytes.at, len}, 6, "cut short", len < 4 ? "layout" : "cannot be read");
    }
    refuses(buf_str(&bytes), 5, "a source that is not there", "cannot be read");
    buf_add_char(&bytes, 'x');
    refuses(buf_str(&bytes), 6, "a byte too many", "cannot be read");
    bytes.len--;
    /* Two watermarks of one source: the second one's number stands 32 bytes behind the first's. */
    size_t first_source = 4 + 8 + 8 + 1 + 8 + 32 + 4 + 4 + 28;
    memcpy(bytes.at + first_source + 32, bytes.at + first_source, 4);
    refuses(buf_str(&bytes), 6, "a source twice", "cannot be read");
    size_t mode = 4 + 8 + 8;
    bytes.at[mode] = CLOCK_EVENT + 1;
    bytes.at[first_source + 32] = 5;
    refuses(buf_str(&bytes), 6, "a clock that is none", "cannot be read");
    char words[96];
    (void)snprintf(words, sizeof words,
                   "layout %d, with pages of layout %d; this program reads %d and %d",
                   HEADER_LAYOUT + 1, PAGE_LAYOUT, HEADER_LAYOUT, PAGE_LAYOUT);
    bytes.at[0]++;
    refuses(buf_str(&bytes), 6, "another layout", words);
    (void)snprintf(words, sizeof words, "layout %d, with pages of layout %d;", HEADER_LAYOUT,
                   PAGE_LAYOUT + 1);
    bytes.at[0]--;
    bytes.at[2]++;
    refuses(buf_str(&bytes), 6, "pages of another layout", words);
    header_fini(&header);
    buf_fini(&bytes);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("header");
    TCase *tests = tcase_create("header");
    tcase_add_test(tests, a_place_is_taken_once);
    tcase_add_test(tests, the_first_record_of_a_source_is_new);
    tcase_add_test(tests, comes_back_as_stored);
    tcase_add_test(tests, another_number_of_partitions_is_refused);
    tcase_add_test(tests, broken_bytes_are_refused);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
