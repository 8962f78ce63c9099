/* test_tagger.c - what is found in a message, what of it is unknown, and that neither a message nor
 * a pack can make that slow. */
#include "engine/ingest/tagger.h"

#include "engine/base/mem.h"
#include "engine/ingest/json.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(rows) ((int)(sizeof(rows) / sizeof(rows)[0]))
#define S(literal) STR(literal)

/* ---- one sign ---- */

static struct tags_found find_with(const struct tagger_setup *setup, struct str text, bool has_text,
                                   struct str feed)
{
    struct err err;
    struct tags_found found;
    struct tagger *tagger = tagger_new(setup, &err);
    ck_assert_msg(tagger != NULL, "%s", err.text);
    struct tagging *tagging = tagging_new();
    tagger_find(tagger, tagging, text, has_text, feed, &found);
    tagging_free(tagging);
    tagger_free(tagger);
    return found;
}

static struct tags_found find_one(struct tag_sign sign, struct str text)
{
    struct tag tag = {.name = S("t"), .sign_count = 1, .hash = tag_hash(S("t"))};
    struct tagger_setup setup = {.tags = &tag, .tag_count = 1, .signs = &sign};
    return find_with(&setup, text, true, S(""));
}

static const struct {
    const char *name;
    struct tag_sign sign;
    struct str text;
    bool found;
} signs[] = {
    {"a text inside", {.text = {"验证码", 9}}, {"您的验证码是 1", 20}, true},
    {"half a character is none", {.text = {"\xe9\xaa", 2}}, {"您的", 6}, false},
    {"letters of any size", {.text = {"Code", 4}}, {"cODE", 4}, true},
    {"full-width letters", {.text = {"code", 4}}, {"ＣＯＤＥ", 12}, true},
    {"a literal in full width", {.text = {"ＣＯＤＥ", 12}}, {"code", 4}, true},
    {"a full-width blank", {.text = {"a b", 3}}, {"a　b", 5}, true},
    {"what has no width between letters", {.text = {"贷款", 6}}, {"贷\u200b款", 9}, true},
    {"a blank has width", {.text = {"贷款", 6}}, {"贷 款", 7}, false},
    {"in an empty message is nothing", {.text = {"a", 1}}, {"", 0}, false},
    {"a zero byte is a byte", {.text = {"b", 1}}, {"a\0b", 3}, true},
    {"near, in order",
     {.text = {"额度", 6}, .near = {"提现", 6}, .within_chars = 3},
     {"额度可以再提现", 21},
     true},
    {"near, the other way round",
     {.text = {"提现", 6}, .near = {"额度", 6}, .within_chars = 3},
     {"额度可以再提现", 21},
     true},
    {"one character too far",
     {.text = {"额度", 6}, .near = {"提现", 6}, .within_chars = 2},
     {"额度可以再提现", 21},
     false},
    {"touching is near",
     {.text = {"ab", 2}, .near = {"cd", 2}, .within_chars = 0},
     {"abcd", 4},
     true},
    {"overlapping is not",
     {.text = {"abc", 3}, .near = {"cd", 2}, .within_chars = 9},
     {"abcd", 4},
     false},
    {"itself is not near itself",
     {.text = {"ab", 2}, .near = {"ab", 2}, .within_chars = 9},
     {"xabx", 4},
     false},
    {"another one is",
     {.text = {"ab", 2}, .near = {"ab", 2}, .within_chars = 9},
     {"abxab", 5},
     true},
    {"far first, near later",
     {.text = {"a", 1}, .near = {"b", 1}, .within_chars = 1},
     {"a......b..ab", 12},
     true},
    {"a regular expression",
     {.kind = TAG_SIGN_REGEX, .text = {"code [0-9]{4,6}", 15}},
     {"your CODE　１２３４", 24},
     true},
    {"with too few digits",
     {.kind = TAG_SIGN_REGEX, .text = {"code [0-9]{4,6}", 15}},
     {"your code 123", 13},
     false},
    {"one character is one", {.kind = TAG_SIGN_REGEX, .text = {"^.款$", 6}}, {"贷款", 6}, true},
    {"what looks back",
     {.kind = TAG_SIGN_REGEX, .text = {"(?<!no )loan", 12}},
     {"no loan", 7},
     false},
    {"what a literal cannot say",
     {.kind = TAG_SIGN_REGEX, .text = {"(a|b)\\1", 7}},
     {"abba", 4},
     true},
    {"what is no digit, of any size",
     {.kind = TAG_SIGN_REGEX, .text = {"码\\D{0,4}\\d{4}", 15}},
     {"码为 贷1234", 14},
     true},
    {"what is no letter, of any size",
     {.kind = TAG_SIGN_REGEX, .text = {"^\\W$", 4}},
     {"贷", 3},
     true},
    {"what is no blank, of any size",
     {.kind = TAG_SIGN_REGEX, .text = {"^\\S$", 4}},
     {"贷", 3},
     true},
    {"all characters but one", {.kind = TAG_SIGN_REGEX, .text = {"^[^a]$", 6}}, {"😀", 4}, true},
    {"a feed's word is not looked for",
     {.kind = TAG_SIGN_FEED, .text = {"OTP", 3}},
     {"OTP", 3},
     false},
};

START_TEST(a_sign_is_found_or_not)
{
    struct tags_found found = find_one(signs[_i].sign, signs[_i].text);
    ck_assert_msg(found.count == signs[_i].found, "%s", signs[_i].name);
    ck_assert_msg(found.set != 0, "%s: nothing is unknown", signs[_i].name);
    ck_assert_uint_eq(found.hash[0], signs[_i].found ? tag_hash(S("t")) : 0);
}
END_TEST

/* ---- what the feed says ---- */

static const struct {
    const char *name;
    struct str feed;
    uint32_t count;
} feeds[] = {
    {"its word", {"[\"OTP\"]", 7}, 1},
    {"among others", {"[ 1, {\"a\":[\"x\"]}, \"bank\" , \"\\u004fTP\"]", 41}, 1},
    {"a word of another size", {"[\"otp\"]", 7}, 0},
    {"inside something else", {"[{\"OTP\":\"OTP\"},[\"OTP\"]]", 24}, 0},
    {"none", {"[]", 2}, 0},
    {"not said", {"", 0}, 0},
};

START_TEST(the_feed_gives_tags_too)
{
    struct tag_sign sign = {.kind = TAG_SIGN_FEED, .text = S("OTP")};
    struct tag tag = {.name = S("otp"), .sign_count = 1, .hash = tag_hash(S("otp"))};
    struct tagger_setup setup = {.tags = &tag, .tag_count = 1, .signs = &sign};
    struct tags_found found = find_with(&setup, S(""), false, feeds[_i].feed);
    ck_assert_msg(found.count == feeds[_i].count, "%s", feeds[_i].name);
    ck_assert_uint_eq(found.set, 0); /* without a text, no other tag is certainly absent */
}
END_TEST

START_TEST(a_case_names_tags)
{
    struct tag_sign sign = {.text = S("x")};
    struct tag tag = {.name = S("otp"), .sign_count = 1, .hash = tag_hash(S("otp"))};
    struct tagger_setup setup = {.tags = &tag, .tag_count = 1, .signs = &sign, .by_name = true};
    ck_assert_uint_eq(find_with(&setup, S(""), true, S("[\"tag:otp\"]")).count, 1);
    setup.by_name = false;
    ck_assert_uint_eq(find_with(&setup, S(""), true, S("[\"tag:otp\"]")).count, 0);
}
END_TEST

/* ---- several tags ---- */

#define MANY 8
struct many {
    struct tag tags[MANY];
    struct tag_sign signs[MANY];
    char names[MANY][8];
};

static struct tagger_setup many_letters(struct many *many, char first)
{
    for (uint32_t i = 0; i < MANY; i++) {
        (void)snprintf(many->names[i], sizeof many->names[i], "%c", first + (int)i);
        struct str name = {many->names[i], 1};
        many->signs[i] = (struct tag_sign){.text = name};
        many->tags[i] =
            (struct tag){.name = name, .sign_first = i, .sign_count = 1, .hash = tag_hash(name)};
    }
    return (struct tagger_setup){.tags = many->tags, .tag_count = MANY, .signs = many->signs};
}

START_TEST(five_are_kept_in_the_order_of_the_pack)
{
    struct many many;
    struct tagger_setup setup = many_letters(&many, 'a');
    struct tags_found found = find_with(&setup, S("e d c b a"), true, S(""));
    ck_assert_uint_eq(found.count, 5);
    ck_assert_uint_eq(found.dropped, 0);
    ck_assert_uint_eq(found.set, tag_set(many.tags, MANY, many.signs));
    for (int i = 0; i < 5; i++) {
        ck_assert_uint_eq(found.hash[i], many.tags[i].hash);
    }
    found = find_with(&setup, S("h g f e d c b a"), true, S(""));
    ck_assert_uint_eq(found.count, 5);
    ck_assert_uint_eq(found.dropped, 3);
    ck_assert_uint_eq(found.set, 0);
    ck_assert_uint_eq(found.hash[0], many.tags[0].hash);
}
END_TEST

START_TEST(one_user_goes_from_pack_to_pack)
{
    struct many some;
    struct many others;
    struct tagger_setup first = many_letters(&some, 'a');
    struct tagger_setup second = many_letters(&others, 'p');
    struct tagging *tagging = tagging_new();
    for (int i = 0; i < 6; i++) {
        struct tags_found found;
        struct tagger *tagger = tagger_new(i % 2 == 0 ? &first : &second, NULL);
        tagger_find(tagger, tagging, S("a p q"), true, S(""), &found);
        ck_assert_uint_eq(found.count, i % 2 == 0 ? 1 : 2);
        tagger_free(tagger);
    }
    struct tagger *none = tagger_new(&(struct tagger_setup){.tag_count = 0}, NULL);
    struct tags_found found;
    tagger_find(none, tagging, S("a"), true, S("[\"a\"]"), &found);
    ck_assert_uint_eq(found.count + found.set, 0);
    tagger_free(none);
    tagging_free(tagging);
}
END_TEST

START_TEST(a_set_is_named_by_all_that_it_says)
{
    struct many a;
    struct many b;
    (void)many_letters(&a, 'a');
    (void)many_letters(&b, 'a');
    uint16_t set = tag_set(a.tags, MANY, a.signs);
    ck_assert_uint_eq(set, tag_set(b.tags, MANY, b.signs));
    ck_assert_uint_eq(tag_set(a.tags, 0, a.signs), 0);
    b.signs[3].text = S("z");
    ck_assert_uint_ne(set, tag_set(b.tags, MANY, b.signs));
    b.signs[3] = a.signs[3];
    b.signs[3].kind = TAG_SIGN_FEED;
    ck_assert_uint_ne(set, tag_set(b.tags, MANY, b.signs));
    b.signs[3] = a.signs[3];
    b.tags[7].name = S("other");
    ck_assert_uint_ne(set, tag_set(b.tags, MANY, b.signs));
    ck_assert_uint_ne(set, tag_set(a.tags, MANY - 1, a.signs));
}
END_TEST

/* ---- what cannot be a sign ---- */

static const struct {
    const char *name;
    struct tag_sign sign;
    const char *why; /* NULL: it can */
    size_t at;
} checks[] = {
    {"an empty text", {.text = {"", 0}}, "a text has 1 to 256 bytes", 0},
    {"nothing to see", {.text = {"\u200b", 3}}, "nothing of this text can be seen", 0},
    {"nothing near",
     {.text = {"a", 1}, .near = {"\u200b", 3}},
     "nothing of this text can be seen",
     0},
    {"an open bracket",
     {.kind = TAG_SIGN_REGEX, .text = {"co(de", 5}},
     "missing closing parenthesis",
     5},
    {"a range the wrong way",
     {.kind = TAG_SIGN_REGEX, .text = {"x[z-a]", 6}},
     "range out of order in character class",
     4},
    {"the empty text",
     {.kind = TAG_SIGN_REGEX, .text = {"(a*)*", 5}},
     "it finds the empty text, so every message",
     0},
    {"too many steps for nothing", /* as many as its limit in a message, and more */
     {.kind = TAG_SIGN_REGEX, .text = {"(||||){30}\\b", 12}},
     "it takes too many steps to find nothing in the empty text",
     0},
    {"bytes of characters",
     {.kind = TAG_SIGN_REGEX, .text = {"a\\Cb", 4}},
     "using \\C is disabled by the application",
     3},
    {"no UTF-8",
     {.kind = TAG_SIGN_REGEX, .text = {"a\xff", 2}},
     "UTF-8 error: illegal byte (0xfe or 0xff)",
     1},
    {"too large when compiled",
     {.kind = TAG_SIGN_REGEX, .text = {"(a{1,1000}){1,1000}", 19}},
     "it takes 21130 bytes when compiled, at most 16384",
     0},
    {"far too large",
     {.kind = TAG_SIGN_REGEX, .text = {"((a{1,999}){1,999}){1,999}", 26}},
     "regular expression is too large",
     26},
    {"what a feed says is not looked at", {.kind = TAG_SIGN_FEED, .text = {"\u200b", 3}}, NULL, 0},
    {"a good one", {.kind = TAG_SIGN_REGEX, .text = {"(?i)code\\s+\\d+", 14}}, NULL, 0},
};

START_TEST(a_sign_that_cannot_be_says_why)
{
    struct err why = {.code = ERR_NONE};
    size_t at;
    int result = tag_sign_check(&checks[_i].sign, &why, &at);
    ck_assert_msg((result == 0) == (checks[_i].why == NULL), "%s", checks[_i].name);
    if (checks[_i].why != NULL) {
        ck_assert_str_eq(why.text, checks[_i].why);
        ck_assert_uint_eq(at, checks[_i].at);
    }
}
END_TEST

START_TEST(long_signs_are_refused)
{
    char text[TAG_REGEX_BYTES_MAX + 1];
    struct err why;
    size_t at;
    memset(text, 'a', sizeof text);
    struct tag_sign sign = {.text = {text, TAG_TEXT_BYTES_MAX}};
    ck_assert_int_eq(tag_sign_check(&sign, &why, &at), 0);
    sign.text.len++;
    ck_assert_int_eq(tag_sign_check(&sign, &why, &at), -1);
    sign = (struct tag_sign){.text = {text, TAG_REGEX_BYTES_MAX}, .kind = TAG_SIGN_REGEX};
    ck_assert_int_eq(tag_sign_check(&sign, &why, &at), 0);
    sign.text.len++;
    ck_assert_int_eq(tag_sign_check(&sign, &why, &at), -1);
    ck_assert_str_eq(why.text, "it has 1 to 512 bytes");
}
END_TEST

/* ---- nothing makes it slow ---- */

static const char *const catastrophes[] = {
    "(a+)+$",        "(a|aa)+$",     "^(([a-z])+.)+[A-Z]([a-z])+$",
    "(.*a){12}[xy]", "(a*){20}[yz]", "((a|b)*)*[cd]",
};

START_TEST(a_catastrophe_is_given_up)
{
    char text[30000];
    memset(text, 'a', sizeof text);
    text[sizeof text - 1] = '!';
    struct tag_sign sign = {.kind = TAG_SIGN_REGEX, .text = str_of(catastrophes[_i])};
    struct tags_found found = find_one(sign, (struct str){text, sizeof text});
    ck_assert_msg(found.count == 0 && found.gave_up == 1 && found.set == 0, "%s: %u found, %u up",
                  catastrophes[_i], found.count, found.gave_up);
}
END_TEST

#define MANY_TAGS TAGS_MAX
static struct tag many_tags[MANY_TAGS];
static struct tag_sign many_signs[MANY_TAGS];
static char many_texts[MANY_TAGS][32];

static struct tagger_setup full_pack(const char *before, const char *behind, uint8_t kind)
{
    for (uint32_t i = 0; i < MANY_TAGS; i++) {
        (void)snprintf(many_texts[i], sizeof many_texts[i], "%s%u%s", before, i, behind);
        many_signs[i] = (struct tag_sign){.text = str_of(many_texts[i]), .kind = kind};
        many_tags[i] = (struct tag){.name = many_signs[i].text,
                                    .sign_first = i,
                                    .sign_count = 1,
                                    .hash = tag_hash(many_signs[i].text)};
    }
    return (struct tagger_setup){.tags = many_tags, .tag_count = MANY_TAGS, .signs = many_signs};
}

START_TEST(a_pack_full_of_catastrophes_stops_after_a_few)
{
    char text[30000];
    memset(text, 'a', sizeof text);
    struct tagger_setup setup = full_pack("(a+)+[xy", "]", TAG_SIGN_REGEX);
    struct tags_found found = find_with(&setup, (struct str){text, sizeof text}, true, S(""));
    ck_assert_uint_eq(found.gave_up, 8);
    ck_assert_uint_eq(found.set, 0);
}
END_TEST

START_TEST(a_full_pack_of_literals_is_found)
{
    struct tagger_setup setup = full_pack("贷款 ", ".", TAG_SIGN_TEXT);
    struct tags_found found = find_with(&setup, S("贷款 4095. 贷款 17. 贷款 9"), true, S(""));
    ck_assert_uint_eq(found.count, 2);
    ck_assert_uint_eq(found.hash[0], many_tags[17].hash);
    ck_assert_uint_eq(found.hash[1], many_tags[4095].hash);
}
END_TEST

START_TEST(more_places_than_are_noted_leave_doubt)
{
    char text[20000];
    memset(text, 'a', sizeof text);
    text[sizeof text - 1] = 'b';
    struct tag_sign sign = {.text = S("a"), .near = S("b"), .within_chars = 0};
    struct tags_found found = find_one(sign, (struct str){text, sizeof text});
    ck_assert_uint_eq(found.count, 0);
    ck_assert_uint_eq(found.set, 0);
}
END_TEST

/* Whatever the bytes: json.c lets nothing but UTF-8 through, and the tagger does not rely on it. */
START_TEST(bytes_that_are_no_text_do_no_harm)
{
    struct tag_sign three[3] = {
        {.text = S("贷款"), .near = S("a"), .within_chars = 3},
        {.text = S("贷.款"), .kind = TAG_SIGN_REGEX},
        {.text = S("\xef\xbc"), .kind = TAG_SIGN_TEXT},
    };
    struct tag tag = {.name = S("t"), .sign_count = 3, .hash = 1};
    struct tagger_setup setup = {.tags = &tag, .tag_count = 1, .signs = three};
    struct tagger *tagger = tagger_new(&setup, NULL);
    struct tagging *tagging = tagging_new();
    uint64_t state = 88172645463325252u;
    static const char pieces[] = "\xe8\xb4\xb7\xe6\xac\xbe\xef\xbc\xa1\xe2\x80\x8b\xf0\x9f\xff"
                                 "a\0";
    for (int round = 0; round < 20000; round++) {
        char *text = mem_alloc(40, 1); /* on the heap, so that asan sees its end */
        size_t len = 0;
        for (state = state * 6364136223846793005u + 1; len < (state >> 58) % 40; len++) {
            text[len] = pieces[(state >> (len % 48)) % (sizeof pieces - 1)];
        }
        char *exact = mem_alloc(len + 1, 1);
        memcpy(exact, text, len);
        struct tags_found found;
        tagger_find(tagger, tagging, (struct str){exact, len}, true, S(""), &found);
        ck_assert_uint_le(found.count, 1);
        mem_free(exact);
        mem_free(text);
    }
    tagging_free(tagging);
    tagger_free(tagger);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tagger");
    TCase *tests = tcase_create("tagger");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, a_sign_is_found_or_not, 0, COUNT_OF(signs));
    tcase_add_loop_test(tests, the_feed_gives_tags_too, 0, COUNT_OF(feeds));
    tcase_add_test(tests, a_case_names_tags);
    tcase_add_test(tests, five_are_kept_in_the_order_of_the_pack);
    tcase_add_test(tests, one_user_goes_from_pack_to_pack);
    tcase_add_test(tests, a_set_is_named_by_all_that_it_says);
    tcase_add_loop_test(tests, a_sign_that_cannot_be_says_why, 0, COUNT_OF(checks));
    tcase_add_test(tests, long_signs_are_refused);
    tcase_add_loop_test(tests, a_catastrophe_is_given_up, 0, COUNT_OF(catastrophes));
    tcase_add_test(tests, a_pack_full_of_catastrophes_stops_after_a_few);
    tcase_add_test(tests, a_full_pack_of_literals_is_found);
    tcase_add_test(tests, more_places_than_are_noted_leave_doubt);
    tcase_add_test(tests, bytes_that_are_no_text_do_no_harm);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
