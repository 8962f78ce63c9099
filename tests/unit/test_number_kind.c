/* test_number_kind.c - one spelling for each number, and its kind by the longest prefix that fits.
 */
#include "connectors/cli/prng.h"
#include "connectors/file/number_kind_file.h"
#include "engine/ingest/event.h"
#include "engine/ingest/number_kind.h"
#include "tests/unit/child.h"
#include "tests/unit/exact.h"

#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

struct form_row {
    const char *name, *raw;
    const char *normal; /* NULL: no number */
};

static const struct form_row forms[] = {
    {"a mobile", "13800138000", "13800138000"},
    {"with blanks and dashes", "138-0013 8000", "13800138000"},
    {"with brackets", "(138)00138000", "13800138000"},
    {"with +86", "+8613800138000", "13800138000"},
    {"with +86 and a dash", "+86-138-0013-8000", "13800138000"},
    {"with 0086", "008613800138000", "13800138000"},
    {"with 86", "8613800138000", "13800138000"},
    {"with the 0 of long-distance calls", "013800138000", "13800138000"},
    {"with +86 and 0", "+86013800138000", "13800138000"},
    {"with 0086 and 0", "0086013800138000", "13800138000"},
    {"the lowest mobile", "+8613000000000", "13000000000"},
    {"12 begins no mobile", "012012345678", "012012345678"},
    {"nor behind 86", "8612012345678", "8612012345678"},
    {"but +86 always goes", "+8612012345678", "12012345678"},
    {"86 in front of too few digits stays", "861380013800", "861380013800"},
    {"86 in front of too many digits stays", "86138001380000", "86138001380000"},
    {"a fixed line", "05722012345", "05722012345"},
    {"a fixed line from abroad lacks its 0", "+865722012345", "05722012345"},
    {"a fixed line of 8 digits from abroad", "+8657112345678", "057112345678"},
    {"a fixed line from abroad that has its 0", "+8605722012345", "05722012345"},
    {"Beijing from abroad", "+861012345678", "01012345678"},
    {"Shanghai from abroad", "+862112345678", "02112345678"},
    {"a service of 400 from abroad has no 0", "+864008123456", "4008123456"},
    {"a service of 800 from abroad has no 0", "+868008123456", "8008123456"},
    {"a short service from abroad", "+8695588", "95588"},
    {"a service number of 8 digits from abroad", "+8695533000", "95533000"},
    {"abroad", "+85291234567", "+85291234567"},
    {"abroad with 00", "0085291234567", "+85291234567"},
    {"abroad with blanks", "+852 9123 4567", "+85291234567"},
    {"an international prefix behind +86", "+860085291234567", "+85291234567"},
    {"the country code twice", "0086008613800138000", "13800138000"},
    {"the country code twice, once without its prefix", "+868613800138000", "13800138000"},
    {"a short number", "110", "110"},
    {"one digit", "1", "1"},
    {"zero", "0", "0"},
    {"two zeros alone are no prefix", "00", "00"},
    {"+86 alone is no prefix", "+86", "+86"},
    {"the longest", "10691234567890123456", "10691234567890123456"},
    {"the longest, from abroad", "+8610691234567890123456", "10691234567890123456"},
    {"the longest, with 0086", "008610691234567890123456", "10691234567890123456"},
    {"one digit more", "106912345678901234567", NULL},
    {"one digit more, from abroad", "+86106912345678901234567", NULL},
    {"more zeros than any prefix has", "0000000000000000000000000", NULL},
    {"nothing", "", NULL},
    {"a plus alone", "+", NULL},
    {"blanks alone", " - ()", NULL},
    {"two pluses", "++8613800138000", NULL},
    {"a plus inside", "86+13800138000", NULL},
    {"letters", "1380013800o", NULL},
    {"a point", "138.0013.8000", NULL},
    {"digits of another script", "１３８", NULL},
    {"a tab", "138\t0013", NULL},
    {"the word for hidden", "anonymous", NULL},
};

START_TEST(one_spelling_for_each_number)
{
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        const struct form_row *row = &forms[i];
        struct str raw = exact_copy(str_of(row->raw));
        char *out = malloc(NUMBER_TEXT_MAX); /* of its own: ASan sees one byte too many */
        size_t len = 0;
        ck_assert_ptr_nonnull(out);
        ck_assert_msg(number_normalise(raw, out, &len) == (row->normal != NULL), "%s", row->name);
        ck_assert_msg(row->normal == NULL || str_eq_text((struct str){out, len}, row->normal),
                      "%s: %.*s", row->name, (int)len, out);
        free(out);
        exact_free(raw);
    }
}
END_TEST

START_TEST(a_normal_form_is_its_own)
{
    static const char *const pieces[] = {"00", "86", "+86", "0", "+", "138", "10", "400", "7", "-"};
    struct prng rng = prng_seed(9, "numbers");
    for (int i = 0; i < 200000; i++) {
        struct buf raw = {0};
        char once[NUMBER_TEXT_MAX];
        char twice[NUMBER_TEXT_MAX];
        size_t once_len = 0;
        size_t twice_len = 0;
        for (uint32_t n = prng_below(&rng, 5); n > 0; n--) {
            buf_add_text(&raw, pieces[prng_below(&rng, 10)]);
        }
        for (uint32_t n = prng_below(&rng, 12); n > 0; n--) {
            buf_add_char(&raw, (char)('0' + prng_below(&rng, 10)));
        }
        if (number_normalise(buf_str(&raw), once, &once_len) &&
            (!number_normalise((struct str){once, once_len}, twice, &twice_len) ||
             once_len != twice_len || memcmp(once, twice, once_len) != 0)) {
            ck_abort_msg("%s: %.*s", buf_text(&raw), (int)once_len, once);
        }
        buf_fini(&raw);
    }
}
END_TEST

/* ---- kinds ---- */

static const struct number_kind_row rows[] = {
    {"+", 4, 15, NUMBER_KIND_INTL},
    {"+852", 4, 15, NUMBER_KIND_REGIONAL},
    {"13", 11, 11, NUMBER_KIND_MOBILE},
    {"139", 11, 11, NUMBER_KIND_MVNO},
    {"1391", 13, 13, NUMBER_KIND_IOT},
    {"95", 5, 5, NUMBER_KIND_SHORT},
    {"95", 6, 9, NUMBER_KIND_SERVICE95},
    {"96110", 5, 5, NUMBER_KIND_OFFICIAL},
    {"12345678901", 11, 11, NUMBER_KIND_FIXED},
};

struct kind_row {
    const char *name, *number;
    uint8_t kind;
};

static const struct kind_row kinds_of[] = {
    {"a prefix", "13800138000", NUMBER_KIND_MOBILE},
    {"the longer prefix wins", "13900138000", NUMBER_KIND_MVNO},
    {"a longer prefix of another length does not", "13910138000", NUMBER_KIND_MVNO},
    {"unless its length is met", "1391013800012", NUMBER_KIND_IOT},
    {"too short for all", "1380013800", NUMBER_KIND_IRREGULAR},
    {"too long for all", "138001380000", NUMBER_KIND_IRREGULAR},
    {"one prefix, two lengths", "95588", NUMBER_KIND_SHORT},
    {"one prefix, the other lengths", "955881", NUMBER_KIND_SERVICE95},
    {"its longest", "955881234", NUMBER_KIND_SERVICE95},
    {"one digit more", "9558812345", NUMBER_KIND_IRREGULAR},
    {"a prefix that is the whole number", "96110", NUMBER_KIND_OFFICIAL},
    {"a number that is shorter than the prefix", "9611", NUMBER_KIND_IRREGULAR},
    {"the longest prefix", "12345678901", NUMBER_KIND_FIXED},
    {"one digit differs at its end", "12345678902", NUMBER_KIND_IRREGULAR},
    {"a foreign number", "+4912345", NUMBER_KIND_INTL},
    {"the plus is no digit: the shortest", "+491", NUMBER_KIND_IRREGULAR},
    {"the plus is no digit: the longest", "+491234567890123", NUMBER_KIND_INTL},
    {"a country of its own", "+85291234567", NUMBER_KIND_REGIONAL},
    {"no prefix", "7", NUMBER_KIND_IRREGULAR},
    {"nothing", "", NUMBER_KIND_IRREGULAR},
};

START_TEST(the_longest_prefix_that_fits)
{
    struct number_kinds *kinds = number_kinds_new(rows, sizeof rows / sizeof rows[0]);
    for (size_t i = 0; i < sizeof kinds_of / sizeof kinds_of[0]; i++) {
        struct str number = exact_copy(str_of(kinds_of[i].number));
        ck_assert_msg(number_kinds_find(kinds, number) == kinds_of[i].kind, "%s: %u",
                      kinds_of[i].name, number_kinds_find(kinds, number));
        ck_assert_uint_eq(number_kinds_find(NULL, number), NUMBER_KIND_UNKNOWN);
        exact_free(number);
    }
    number_kinds_free(kinds);
    number_kinds_free(NULL);
}
END_TEST

START_TEST(a_table_without_rows_knows_nothing)
{
    struct number_kinds *kinds = number_kinds_new(NULL, 0);
    ck_assert_uint_eq(number_kinds_find(kinds, STR("13800138000")), NUMBER_KIND_IRREGULAR);
    number_kinds_free(kinds);
}
END_TEST

START_TEST(a_row_without_a_prefix_fits_all_of_its_length)
{
    const struct number_kind_row any = {"", 3, 3, NUMBER_KIND_SHORT};
    struct number_kinds *kinds = number_kinds_new(&any, 1);
    ck_assert_uint_eq(number_kinds_find(kinds, STR("110")), NUMBER_KIND_SHORT);
    ck_assert_uint_eq(number_kinds_find(kinds, STR("1100")), NUMBER_KIND_IRREGULAR);
    number_kinds_free(kinds);
}
END_TEST

/* The first row with the longest fitting prefix, by looking at all. */
static uint8_t slow_kind(const struct number_kind_row *table, size_t count, struct str number)
{
    size_t digits = number.len - str_starts(number, STR("+"));
    const struct number_kind_row *best = NULL;
    for (size_t i = 0; i < count; i++) {
        const struct number_kind_row *row = &table[i];
        if (str_starts(number, str_of(row->prefix)) && digits >= row->min_digits &&
            digits <= row->max_digits &&
            (best == NULL || strlen(row->prefix) > strlen(best->prefix))) {
            best = row;
        }
    }
    return best == NULL ? (uint8_t)NUMBER_KIND_IRREGULAR : best->kind;
}

/* Few symbols, so that prefixes share beginnings; lengths of one prefix do not overlap. */
START_TEST(as_by_looking_at_all_rows)
{
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct prng rng = prng_seed(seed, "kinds");
        struct number_kind_row table[40];
        for (size_t i = 0; i < 40; i++) {
            memset(&table[i], 0, sizeof table[i]);
            size_t len = prng_below(&rng, 6);
            for (size_t c = 0; c < len; c++) {
                table[i].prefix[c] =
                    c == 0 && prng_chance(&rng, 20) ? '+' : (char)('1' + prng_below(&rng, 2));
            }
            table[i].min_digits = table[i].max_digits = (uint8_t)(i % 8 + 1);
            table[i].kind = (uint8_t)(i % 13 + 1);
            for (size_t other = 0; other < i; other++) {
                if (strcmp(table[other].prefix, table[i].prefix) == 0 &&
                    table[other].min_digits == table[i].min_digits) {
                    table[i].kind = table[other].kind;
                }
            }
        }
        struct number_kinds *kinds = number_kinds_new(table, 40);
        for (int n = 0; n < 300; n++) {
            char text[9];
            size_t len = 1 + prng_below(&rng, 8);
            for (size_t c = 0; c < len; c++) {
                text[c] = c == 0 && prng_chance(&rng, 20) ? '+' : (char)('1' + prng_below(&rng, 2));
            }
            struct str number = {text, len};
            if (number_kinds_find(kinds, number) != slow_kind(table, 40, number)) {
                ck_abort_msg("seed %d: %.*s", (int)seed, (int)len, text);
            }
        }
        number_kinds_free(kinds);
    }
}
END_TEST

/* ---- the shipped table ---- */

static const struct kind_row shipped[] = {
    {"a mobile", "13800138000", NUMBER_KIND_MOBILE},
    {"a virtual operator", "17012345678", NUMBER_KIND_MVNO},
    {"Hong Kong", "+85291234567", NUMBER_KIND_REGIONAL},
    {"Macao", "+85366123456", NUMBER_KIND_REGIONAL},
    {"Taiwan", "+886912345678", NUMBER_KIND_REGIONAL},
    {"abroad", "+447700900123", NUMBER_KIND_INTL},
    {"a fixed line", "05722012345", NUMBER_KIND_FIXED},
    {"a bank's short number", "95588", NUMBER_KIND_SHORT},
    {"a service of 95", "955881234", NUMBER_KIND_SERVICE95},
    {"a service of 400", "4008123456", NUMBER_KIND_SERVICE400},
    {"a gateway of messages", "106912345678", NUMBER_KIND_PORT106},
    {"a card for things", "1440012345678", NUMBER_KIND_IOT},
    {"the police", "110", NUMBER_KIND_SHORT},
    {"the anti-fraud line", "96110", NUMBER_KIND_OFFICIAL},
    {"a made-up mobile", "12012345678", NUMBER_KIND_MOBILE},
    {"a made-up virtual operator", "12071234567", NUMBER_KIND_MVNO},
    {"no number that there is", "99912345", NUMBER_KIND_IRREGULAR},
};

START_TEST(kinds_of_the_shipped_table)
{
    struct number_kinds *kinds = NULL;
    struct err err;
    ck_assert_int_eq(number_kind_file_read("rules/library/number_kinds.yaml", &kinds, &err), 0);
    for (size_t i = 0; i < sizeof shipped / sizeof shipped[0]; i++) {
        ck_assert_msg(number_kinds_find(kinds, str_of(shipped[i].number)) == shipped[i].kind,
                      "%s: %u", shipped[i].name,
                      number_kinds_find(kinds, str_of(shipped[i].number)));
    }
    number_kinds_free(kinds);
}
END_TEST

static void make_table(const void *context)
{
    number_kinds_free(number_kinds_new(context, 1));
}

START_TEST(a_prefix_of_other_characters_is_a_bug)
{
    static const struct number_kind_row bad[] = {{"13x", 11, 11, NUMBER_KIND_MOBILE},
                                                 {"1+3", 11, 11, NUMBER_KIND_MOBILE}};
    ck_assert_int_eq(child_run(make_table, &bad[0]).signal, SIGABRT);
    ck_assert_int_eq(child_run(make_table, &bad[1]).signal, SIGABRT);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("number_kind");
    TCase *t = tcase_create("number_kind");
    tcase_add_test(t, one_spelling_for_each_number);
    tcase_add_test(t, a_normal_form_is_its_own);
    tcase_add_test(t, the_longest_prefix_that_fits);
    tcase_add_test(t, a_table_without_rows_knows_nothing);
    tcase_add_test(t, a_row_without_a_prefix_fits_all_of_its_length);
    tcase_add_test(t, as_by_looking_at_all_rows);
    tcase_add_test(t, kinds_of_the_shipped_table);
    tcase_add_test(t, a_prefix_of_other_characters_is_a_bug);
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
