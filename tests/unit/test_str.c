/* test_str.c - views, growing buffers, hexadecimal digits, and every kind of broken UTF-8. */
#include "connectors/cli/prng.h"
#include "engine/base/str.h"
#include "tests/unit/child.h"
#include "tests/unit/exact.h"

#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

struct compare_row {
    const char *name;
    struct str a, b;
    int order; /* -1, 0, 1 */
    bool starts;
};

static const struct compare_row compares[] = {
    {"the same", {"payer", 5}, {"payer", 5}, 0, true},
    {"both empty", {"", 0}, {NULL, 0}, 0, true},
    {"something against nothing", {"a", 1}, {NULL, 0}, 1, true},
    {"nothing against something", {NULL, 0}, {"a", 1}, -1, false},
    {"a beginning comes first", {"pay", 3}, {"payer", 5}, -1, false},
    {"what it begins comes later", {"payer", 5}, {"pay", 3}, 1, true},
    {"the first byte that differs decides", {"pb", 2}, {"pazz", 4}, 1, false},
    {"bytes have no sign", {"\x80", 1}, {"a", 1}, 1, false},
    {"NUL is a byte like others", {"a\0b", 3}, {"a\0c", 3}, -1, false},
    {"NUL ends nothing", {"a\0b", 3}, {"a", 1}, 1, true},
};

START_TEST(views_compare)
{
    for (size_t i = 0; i < sizeof compares / sizeof compares[0]; i++) {
        const struct compare_row *row = &compares[i];
        int order = str_compare(row->a, row->b);
        ck_assert_msg((order > 0) - (order < 0) == row->order, "%s", row->name);
        ck_assert_msg(str_eq(row->a, row->b) == (row->order == 0), "%s", row->name);
        ck_assert_msg(str_starts(row->a, row->b) == row->starts, "%s", row->name);
    }
    ck_assert(str_eq_text(STR("payer"), "payer"));
    ck_assert(!str_eq_text(STR("payer\0"), "payer"));
    ck_assert_uint_eq(str_of("冒充").len, 6);
}
END_TEST

START_TEST(buffers_keep_all_they_are_given)
{
    struct buf buf = {0};
    ck_assert_uint_eq(buf_str(&buf).len, 0);
    ck_assert_str_eq(buf_text(&buf), "");
    buf_add(&buf, NULL, 0);
    for (int i = 0; i < 3000; i++) {
        buf_add_char(&buf, (char)('a' + i % 26));
        buf_add_text(&buf, "-");
        buf_add_str(&buf, STR("xy"));
    }
    ck_assert_uint_eq(buf.len, 12000);
    for (int i = 0; i < 3000; i++) {
        const char piece[4] = {(char)('a' + i % 26), '-', 'x', 'y'};
        ck_assert_int_eq(memcmp(buf.at + 4 * (size_t)i, piece, sizeof piece), 0);
    }
    const char *at = buf.at;
    buf_clear(&buf);
    ck_assert_uint_eq(buf_str(&buf).len, 0);
    buf_reserve(&buf, 11000);
    ck_assert_ptr_eq(buf.at, at); /* a warm buffer does not allocate */
    buf_fini(&buf);
    ck_assert_ptr_null(buf.at);
    buf_fini(&buf);
}
END_TEST

START_TEST(the_closing_nul_does_not_count)
{
    for (size_t len = 0; len < 100; len++) {
        struct buf buf = {0};
        for (size_t i = 0; i < len; i++) {
            buf_add_char(&buf, 'x');
        }
        ck_assert_uint_eq(strlen(buf_text(&buf)), len);
        ck_assert_uint_eq(buf.len, len);
        buf_add_char(&buf, 'y');
        ck_assert_uint_eq(strlen(buf_text(&buf)), len + 1);
        buf_fini(&buf);
    }
}
END_TEST

START_TEST(formatted_texts_of_all_lengths)
{
    struct buf buf = {0};
    size_t len = 0;
    for (int width = 0; width < 300; width++) {
        buf_add_format(&buf, "%0*d%s", width, 1, "");
        len += width == 0 ? 1 : (size_t)width;
        ck_assert_uint_eq(buf.len, len);
        ck_assert_int_eq(buf.at[len - 1], '1');
    }
    buf_add_format(&buf, "%s", "");
    ck_assert_uint_eq(buf.len, len);
    buf_fini(&buf);
}
END_TEST

static void reserve_far(const void *context)
{
    struct buf buf = {0};
    buf_reserve(&buf, *(const size_t *)context);
    buf_fini(&buf);
}

START_TEST(an_absurd_room_is_a_bug)
{
    size_t more = SIZE_MAX - 1;
    ck_assert_int_eq(child_run(reserve_far, &more).signal, SIGABRT);
}
END_TEST

struct hex_row {
    const char *name, *text;
    bool good;
};

static const struct hex_row hexes[] = {
    {"small letters", "00ff7fab", true},
    {"large letters", "00FF7FAB", true},
    {"one digit short", "00ff7fa", false},
    {"one digit more", "00ff7fab0", false},
    {"another letter", "00ff7fag", false},
    {"a sign", "00ff7f-b", false},
    {"a blank", "00ff 7fb", false},
    {"the byte before 0", "/0ff7fab", false},
    {"the byte behind 9", "0:ff7fab", false},
    {"the byte before a", "00`f7fab", false},
    {"the byte before A", "00@f7fab", false},
    {"the byte behind F", "00Gf7fab", false},
    {"nothing", "", false},
};

START_TEST(hexadecimal_digits)
{
    static const uint8_t expected[4] = {0, 0xff, 0x7f, 0xab};
    for (size_t i = 0; i < sizeof hexes / sizeof hexes[0]; i++) {
        struct str text = exact_copy(str_of(hexes[i].text));
        uint8_t out[4];
        ck_assert_msg(hex_decode(out, sizeof out, text) == hexes[i].good, "%s", hexes[i].name);
        ck_assert_msg(!hexes[i].good || memcmp(out, expected, sizeof out) == 0, "%s",
                      hexes[i].name);
        exact_free(text);
    }
    for (unsigned byte = 0; byte < 256; byte++) {
        uint8_t in = (uint8_t)byte;
        uint8_t out = 0;
        char text[3];
        hex_encode(text, &in, 1);
        ck_assert(hex_decode(&out, 1, str_of(text)) && out == in);
        ck_assert_uint_eq(strspn(text, "0123456789abcdef"), 2);
    }
}
END_TEST

/* Bytes of the character at the front by the arithmetic of RFC 3629: its code has no shorter form,
 * is no surrogate and at most 10FFFF. 0: no character. */
static size_t char_bytes(const unsigned char *at, size_t len)
{
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    size_t need = at[0] < 0x80 ? 1 : at[0] < 0xc0 ? 0 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
    if (need == 0 || need > len || at[0] >= 0xf8) {
        return 0;
    }
    uint32_t code = need == 1 ? at[0] : at[0] & (0xffU >> (need + 1));
    for (size_t i = 1; i < need; i++) {
        if (at[i] >> 6 != 2) {
            return 0;
        }
        code = code << 6 | (at[i] & 0x3f);
    }
    bool is_surrogate = code >= 0xd800 && code < 0xe000;
    return code < least[need] || is_surrogate || code > 0x10ffff ? 0 : need;
}

static size_t slow_prefix(const unsigned char *at, size_t len)
{
    size_t i = 0;
    while (i < len) {
        size_t step = char_bytes(at + i, len - i);
        if (step == 0) {
            break;
        }
        i += step;
    }
    return i;
}

START_TEST(utf8_of_all_short_texts)
{
    for (uint32_t word = 0; word < UINT32_C(1) << 24; word++) {
        const unsigned char bytes[3] = {(unsigned char)(word >> 16), (unsigned char)(word >> 8),
                                        (unsigned char)word};
        if (utf8_valid_prefix((const char *)bytes, 3) != slow_prefix(bytes, 3)) {
            ck_abort_msg("%02x %02x %02x", bytes[0], bytes[1], bytes[2]);
        }
    }
}
END_TEST

START_TEST(utf8_of_four_bytes)
{
    /* all leading bytes, all second ones, and the edges of the last two */
    static const unsigned char edges[] = {0, 0x7f, 0x80, 0xbf, 0xc0, 0xff};
    for (unsigned first = 0xe0; first < 0x100; first++) {
        for (unsigned second = 0; second < 0x100; second++) {
            for (size_t i = 0; i < sizeof edges * sizeof edges; i++) {
                const unsigned char bytes[4] = {(unsigned char)first, (unsigned char)second,
                                                edges[i / sizeof edges], edges[i % sizeof edges]};
                ck_assert_uint_eq(utf8_valid_prefix((const char *)bytes, 4), slow_prefix(bytes, 4));
            }
        }
    }
}
END_TEST

/* Pieces that are characters, nearly characters, and plain text in between, at every alignment. */
START_TEST(utf8_of_long_texts)
{
    static const char *const pieces[] = {"abcdefgh",
                                         "abcdefg",
                                         "a",
                                         "é",
                                         "冒",
                                         "😀",
                                         "\x80",
                                         "\xc3",
                                         "\xe5\x86",
                                         "\xf0\x9f\x98",
                                         "\xed\xa0\x80",
                                         "\xc0\xaf",
                                         "\xf4\x90\x80\x80"};
    struct prng rng = prng_seed(3, "utf8");
    struct buf buf = {0};
    for (int i = 0; i < 50000; i++) {
        uint32_t good_of_ten = prng_below(&rng, 10);
        uint32_t count = prng_below(&rng, 12);
        buf_clear(&buf);
        for (uint32_t n = 0; n < count; n++) {
            bool good = prng_below(&rng, 10) <= good_of_ten;
            buf_add_text(&buf, pieces[good ? prng_below(&rng, 6) : prng_below(&rng, 13)]);
        }
        struct str text = exact_copy(buf_str(&buf));
        ck_assert_uint_eq(utf8_valid_prefix(text.at, text.len),
                          slow_prefix((const unsigned char *)text.at, text.len));
        exact_free(text);
    }
    buf_fini(&buf);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("str");
    TCase *t = tcase_create("str");
    tcase_add_test(t, views_compare);
    tcase_add_test(t, buffers_keep_all_they_are_given);
    tcase_add_test(t, the_closing_nul_does_not_count);
    tcase_add_test(t, formatted_texts_of_all_lengths);
    tcase_add_test(t, an_absurd_room_is_a_bug);
    tcase_add_test(t, hexadecimal_digits);
    tcase_add_test(t, utf8_of_all_short_texts);
    tcase_add_test(t, utf8_of_four_bytes);
    tcase_add_test(t, utf8_of_long_texts);
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
