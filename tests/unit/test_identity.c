/* test_identity.c - tokens against values of other programs, normal forms, masks that hide,
 * stand-ins. */
#include "connectors/cli/prng.h"
#include "engine/base/digest.h"
#include "engine/ingest/identity.h"
#include "tests/unit/child.h"
#include "tests/unit/exact.h"

#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define X64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static const char *hex(const struct token *token)
{
    static char text[TOKEN_HEX_BYTES];
    hex_encode(text, token->bytes, TOKEN_BYTES);
    return text;
}

/* ---- tokens ---- */

struct token_row {
    const char *name;
    enum entity_kind kind;
    const char *text;
    const char *expected;
};

/* printf '\x01%s' TEXT | openssl dgst -sha256 -hmac sluice-demonstration-key, first 32 digits */
static const struct token_row tokens[] = {
    {"a number", ENTITY_NUMBER, "13800138000", "cafd5f32d7311e358f11b8a1b0a9a1ff"},
    {"an account of the same digits", ENTITY_ACCOUNT, "13800138000",
     "7f7c780006c547f1faeae02f68fcbc88"},
    {"a person of the same digits", ENTITY_PERSON, "13800138000",
     "fa0036263689aa6daf3c7fcee815a59b"},
    {"a number abroad", ENTITY_NUMBER, "+85291234567", "0f8f5f3e9056879b74e449b9c9db2897"},
    {"an account", ENTITY_ACCOUNT, "6222000000000000011", "b34c7421316d711c12e4859b7f01d5ae"},
    {"letters", ENTITY_ACCOUNT, "ABCDEF", "e70dae2a15d25afb1ad27401b7c6f474"},
    {"a person", ENTITY_PERSON, "P-1001", "299c1a91e2f001d3e7952e45d30c091b"},
    {"Chinese", ENTITY_PERSON, "张三", "ffd496f84359c3486005edf9c77c1d9e"},
    {"a device", ENTITY_DEVICE, "861234567890123", "e2efedbfd0db1a67f5a795f56d64c3c3"},
    {"a domain", ENTITY_DOMAIN, "a.example", "e6781aa8d6664c865c9b1ce63c32c949"},
    {"a domain that is not cached", ENTITY_DOMAIN, X64 "." X64 ".example",
     "6efb3a5c46f171df4b1168d50a9a6c2a"},
    {"the longest", ENTITY_PERSON, X64, "2fdcc7d49131821453560272c32e399f"},
};

enum { TOKEN_ROWS = sizeof tokens / sizeof tokens[0] };

START_TEST(tokens_as_openssl_makes_them)
{
    struct identity *identity = identity_new(STR(IDENTITY_DEMONSTRATION_KEY), 16);
    for (int pass = 0; pass < 3; pass++) {
        for (size_t i = 0; i < TOKEN_ROWS; i++) {
            struct str text = exact_copy(str_of(tokens[i].text));
            struct token token = identity_token(identity, tokens[i].kind, text);
            ck_assert_msg(strcmp(hex(&token), tokens[i].expected) == 0, "%s: %s", tokens[i].name,
                          hex(&token));
            exact_free(text);
        }
    }
    identity_free(identity);
}
END_TEST

START_TEST(another_key_another_token)
{
    char key[200];
    for (unsigned i = 0; i < sizeof key; i++) {
        key[i] = (char)i; /* NUL and bytes above 127 too, longer than a block of SHA-256 */
    }
    struct identity *identity = identity_new((struct str){key, sizeof key}, 1);
    memset(key, 0, sizeof key); /* the identity has its own */
    struct token token = identity_token(identity, ENTITY_NUMBER, STR("13800138000"));
    ck_assert_str_eq(hex(&token), "7e2336b034544963d86af4de9794d154");
    identity_free(identity);
    identity = identity_new(STR("another key"), 1);
    token = identity_token(identity, ENTITY_NUMBER, STR("13800138000"));
    ck_assert_str_eq(hex(&token), "c422e0323f1d432f36f00a02fb266582");
    identity_free(identity);
    identity_free(NULL);
}
END_TEST

START_TEST(the_cache_counts_what_it_knew)
{
    struct identity *identity = identity_new(STR("k"), 1);
    uint64_t hits = 0;
    uint64_t misses = 0;
    (void)identity_token(identity, ENTITY_NUMBER, STR("110"));
    (void)identity_token(identity, ENTITY_NUMBER, STR("110"));
    (void)identity_token(identity, ENTITY_ACCOUNT, STR("110"));
    (void)identity_token(identity, ENTITY_ACCOUNT, STR("1100"));
    (void)identity_token(identity, ENTITY_ACCOUNT, STR("1100"));
    (void)identity_token(identity, ENTITY_NUMBER, STR("110"));
    identity_cache_counts(identity, &hits, &misses);
    ck_assert_uint_eq(hits, 2);
    ck_assert_uint_eq(misses, 4);
    identity_free(identity);
}
END_TEST

START_TEST(a_cache_of_any_size_tells_the_truth)
{
    static const size_t sizes[] = {0, 1, 2, 3, 100, 4096};
    struct str key = STR("k");
    struct prng rng = prng_seed(10, "cache");
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        struct identity *identity = identity_new(key, sizes[s]);
        for (int i = 0; i < 4000; i++) {
            char message[1 + 20];
            uint8_t full[DIGEST_BYTES];
            size_t len = 1 + prng_below(&rng, 20);
            message[0] = (char)(1 + prng_below(&rng, 3));
            for (size_t at = 1; at <= len; at++) {
                message[at] = at + 1 < len ? '6' : (char)('0' + prng_below(&rng, 3));
            }
            struct token token = identity_token(identity, (enum entity_kind)message[0],
                                                (struct str){message + 1, len});
            digest_hmac_sha256(full, key, message, 1 + len);
            if (memcmp(full, token.bytes, TOKEN_BYTES) != 0) {
                ck_abort_msg("size %zu: %.*s", sizes[s], (int)len, message + 1);
            }
        }
        identity_free(identity);
    }
}
END_TEST

static void name_badly(const void *context)
{
    const struct token_row *row = context;
    struct identity *identity = identity_new(STR("k"), 1);
    (void)identity_token(identity, row->kind, str_of(row->text));
}

START_TEST(no_kind_no_text_or_too_much_is_a_bug)
{
    static const struct token_row bad[] = {
        {"no kind", ENTITY_NONE, "1", ""},
        {"a kind of nobody", ENTITY_KIND_COUNT, "1", ""},
        {"no text", ENTITY_NUMBER, "", ""},
        {"too much", ENTITY_DOMAIN, X64 X64 X64 X64 "x", ""},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ck_assert_msg(child_run(name_badly, &bad[i]).signal == SIGABRT, "%s", bad[i].name);
    }
}
END_TEST

/* ---- normal forms ---- */

struct normal_row {
    const char *name;
    enum entity_kind kind;
    struct str raw;
    const char *normal; /* NULL: none */
};

#define TEXT(literal)                \
    {                                \
        literal, sizeof(literal) - 1 \
    }

static const struct normal_row normals[] = {
    {"a number", ENTITY_NUMBER, TEXT("+86 138-0013-8000"), "13800138000"},
    {"no number", ENTITY_NUMBER, TEXT("P-1001"), NULL},
    {"an account", ENTITY_ACCOUNT, TEXT("6222000000000000011"), "6222000000000000011"},
    {"in groups", ENTITY_ACCOUNT, TEXT(" 6222 0000 0000 0000 011 "), "6222000000000000011"},
    {"small letters", ENTITY_ACCOUNT, TEXT("gb29 nwbk"), "GB29NWBK"},
    {"the edges of the alphabet", ENTITY_ACCOUNT, TEXT("azAZ09"), "AZAZ09"},
    {"one digit", ENTITY_ACCOUNT, TEXT("0"), "0"},
    {"34 letters", ENTITY_ACCOUNT, TEXT("1234567890123456789012345678901234"),
     "1234567890123456789012345678901234"},
    {"34 letters and blanks", ENTITY_ACCOUNT, TEXT("12345678901234567890123456789012 34  "),
     "1234567890123456789012345678901234"},
    {"35 letters", ENTITY_ACCOUNT, TEXT("12345678901234567890123456789012345"), NULL},
    {"a dash", ENTITY_ACCOUNT, TEXT("6222-0000"), NULL},
    {"a tab", ENTITY_ACCOUNT, TEXT("6222\t0000"), NULL},
    {"the characters beside letters and digits", ENTITY_ACCOUNT, TEXT("12/3"), NULL},
    {"a colon", ENTITY_ACCOUNT, TEXT("12:3"), NULL},
    {"an at sign", ENTITY_ACCOUNT, TEXT("@12"), NULL},
    {"a bracket", ENTITY_ACCOUNT, TEXT("[12"), NULL},
    {"a backquote", ENTITY_ACCOUNT, TEXT("`12"), NULL},
    {"a brace", ENTITY_ACCOUNT, TEXT("{12"), NULL},
    {"Chinese", ENTITY_ACCOUNT, TEXT("账户"), NULL},
    {"digits of full width", ENTITY_ACCOUNT, TEXT("６２２２"), NULL},
    {"NUL", ENTITY_ACCOUNT, TEXT("62\0 22"), NULL},
    {"blanks alone", ENTITY_ACCOUNT, TEXT("   "), NULL},
    {"nothing", ENTITY_ACCOUNT, TEXT(""), NULL},
    {"a person as it stands", ENTITY_PERSON, TEXT("P-1001 a"), "P-1001 a"},
    {"letters of a person keep their size", ENTITY_PERSON, TEXT("p-1001"), "p-1001"},
    {"a person in Chinese", ENTITY_PERSON, TEXT("张三"), "张三"},
    {"64 bytes", ENTITY_PERSON, TEXT(X64), X64},
    {"65 bytes", ENTITY_PERSON, TEXT(X64 "x"), NULL},
    {"a line end in a person", ENTITY_PERSON, TEXT("P\n1"), NULL},
    {"NUL in a person", ENTITY_PERSON, TEXT("P\0"), NULL},
    {"the last control character", ENTITY_PERSON, TEXT("P\x1f"), NULL},
    {"DEL", ENTITY_PERSON, TEXT("P\x7f"), NULL},
    {"nobody", ENTITY_PERSON, TEXT(""), NULL},
    {"a device as it stands", ENTITY_DEVICE, TEXT("d-77 ~A"), "d-77 ~A"},
    {"a device of 64 bytes", ENTITY_DEVICE, TEXT(X64), X64},
    {"a device of 65 bytes", ENTITY_DEVICE, TEXT(X64 "x"), NULL},
    {"a device in Chinese", ENTITY_DEVICE, TEXT("设备"), NULL},
    {"DEL in a device", ENTITY_DEVICE, TEXT("d\x7f"), NULL},
    {"a tab in a device", ENTITY_DEVICE, TEXT("d\t1"), NULL},
    {"no device", ENTITY_DEVICE, TEXT(""), NULL},
    {"a domain", ENTITY_DOMAIN, TEXT("WWW.Example.com.cn"), "example.com.cn"},
    {"a link for its domain", ENTITY_DOMAIN, TEXT("https://u@a.example:8/x"), "a.example"},
    {"a public suffix", ENTITY_DOMAIN, TEXT("com.cn"), NULL},
    {"no domain", ENTITY_DOMAIN, TEXT("localhost"), NULL},
};

START_TEST(normal_forms)
{
    for (size_t i = 0; i < sizeof normals / sizeof normals[0]; i++) {
        const struct normal_row *row = &normals[i];
        struct str raw = exact_copy(row->raw);
        char *out = malloc(IDENTITY_NORMAL_MAX);
        size_t len = 0;
        ck_assert_ptr_nonnull(out);
        ck_assert_msg(identity_normalise(row->kind, raw, out, &len) == (row->normal != NULL), "%s",
                      row->name);
        ck_assert_msg(row->normal == NULL || str_eq_text((struct str){out, len}, row->normal),
                      "%s: %.*s", row->name, (int)len, out);
        free(out);
        exact_free(raw);
    }
}
END_TEST

struct form_row {
    const char *name, *raw;
    bool is_form, is_token;
};

static const struct form_row forms[] = {
    {"a token", "token:cafd5f32d7311e358f11b8a1b0a9a1ff", true, true},
    {"large letters", "token:CAFD5F32D7311E358F11B8A1B0A9A1FF", true, true},
    {"one digit less", "token:cafd5f32d7311e358f11b8a1b0a9a1f", true, false},
    {"one digit more", "token:cafd5f32d7311e358f11b8a1b0a9a1ff0", true, false},
    {"another letter", "token:cafd5f32d7311e358f11b8a1b0a9a1fg", true, false},
    {"a blank", "token: afd5f32d7311e358f11b8a1b0a9a1ff0", true, false},
    {"the token of nobody", "token:00000000000000000000000000000000", true, false},
    {"no digits", "token:", true, false},
    {"no colon", "tokencafd5f32d7311e358f11b8a1b0a9a1ff", false, false},
    {"a large T", "Token:cafd5f32d7311e358f11b8a1b0a9a1ff", false, false},
    {"a blank in front", " token:cafd5f32d7311e358f11b8a1b0a9a1ff", false, false},
    {"the digits alone", "cafd5f32d7311e358f11b8a1b0a9a1ff", false, false},
    {"cut short", "toke", false, false},
    {"nothing", "", false, false},
};

START_TEST(tokens_in_place_of_identifiers)
{
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct str raw = exact_copy(str_of(forms[i].raw));
        struct token token = {{0}};
        bool is_form = !forms[i].is_form;
        bool is_token = identity_parse_token(raw, &is_form, &token);
        ck_assert_msg(is_form == forms[i].is_form && is_token == forms[i].is_token, "%s",
                      forms[i].name);
        ck_assert_msg(!is_token || strcmp(hex(&token), "cafd5f32d7311e358f11b8a1b0a9a1ff") == 0,
                      "%s", forms[i].name);
        exact_free(raw);
    }
}
END_TEST

/* ---- masks ---- */

struct mask_row {
    const char *name;
    enum entity_kind kind;
    const char *text, *mask;
};

static const struct mask_row masks[] = {
    {"a mobile", ENTITY_NUMBER, "13800138000", "138****8000"},
    {"a fixed line", ENTITY_NUMBER, "057112345678", "057*****5678"},
    {"a number abroad", ENTITY_NUMBER, "+85291234567", "+852****4567"},
    {"a short number abroad", ENTITY_NUMBER, "+8529123456", "*********56"},
    {"ten digits", ENTITY_NUMBER, "4008123456", "********56"},
    {"five digits", ENTITY_NUMBER, "95588", "***88"},
    {"four digits", ENTITY_NUMBER, "9558", "****"},
    {"one digit", ENTITY_NUMBER, "1", "*"},
    {"the longest number", ENTITY_NUMBER, "10691234567890123456", "106*************3456"},
    {"an account", ENTITY_ACCOUNT, "6222000000000000011", "6222***********0011"},
    {"twelve digits", ENTITY_ACCOUNT, "622200000011", "6222****0011"},
    {"eleven digits", ENTITY_ACCOUNT, "62220000011", "*********11"},
    {"24 digits are all there", ENTITY_ACCOUNT, "622200000000000000000011",
     "6222****************0011"},
    {"more lose stars, not digits", ENTITY_ACCOUNT, "6222000000000000000000000000000011",
     "6222****************0011"},
    {"four letters", ENTITY_ACCOUNT, "ABCD", "****"},
    {"a person has none", ENTITY_PERSON, "P-1001", ""},
    {"a device", ENTITY_DEVICE, "861234567890123", "86*********0123"},
    {"a short device", ENTITY_DEVICE, "d-77", "****"},
    {"seven characters", ENTITY_DEVICE, "d-77abc", "*****bc"},
    {"eight characters", ENTITY_DEVICE, "d-77abcd", "d-**abcd"},
    {"a domain is shown", ENTITY_DOMAIN, "a.example", "a.example"},
    {"24 letters of a domain", ENTITY_DOMAIN, "abcdefghijklmnop.example",
     "abcdefghijklmnop.example"},
    {"a long domain", ENTITY_DOMAIN, "abcdefghijklmnopq.example", "abcdefgh***mnopq.example"},
};

START_TEST(masks_for_the_eye)
{
    for (size_t i = 0; i < sizeof masks / sizeof masks[0]; i++) {
        struct str text = exact_copy(str_of(masks[i].text));
        char *out = malloc(EVENT_MASK_MAX);
        ck_assert_ptr_nonnull(out);
        uint8_t len = identity_mask(masks[i].kind, text, out);
        ck_assert_msg(str_eq_text((struct str){out, len}, masks[i].mask), "%s: %.*s", masks[i].name,
                      (int)len, out);
        free(out);
        exact_free(text);
    }
}
END_TEST

START_TEST(masks_hide_four_digits_or_all_but_two)
{
    for (size_t len = 1; len <= IDENTITY_ACCOUNT_MAX; len++) {
        for (int kind = ENTITY_NUMBER; kind <= ENTITY_ACCOUNT; kind++) {
            char text[IDENTITY_ACCOUNT_MAX];
            char out[EVENT_MASK_MAX];
            memset(text, '7', len);
            uint8_t mask_len = identity_mask((enum entity_kind)kind, (struct str){text, len}, out);
            size_t shown = 0;
            for (size_t i = 0; i < mask_len; i++) {
                shown += out[i] == '7';
            }
            ck_assert_uint_le(mask_len, EVENT_MASK_MAX);
            ck_assert_uint_le(shown, len <= 4 ? 0 : len < 11 ? 2 : 8);
            ck_assert_uint_ge(mask_len - shown, len <= 4 ? len : 3);
        }
    }
}
END_TEST

/* ---- stand-ins ---- */

START_TEST(stand_ins_need_no_key)
{
    /* Python: hashlib.sha256(b"stand-in" + bytes([kind]) + token).hexdigest()[:32] */
    struct token entity;
    ck_assert(hex_decode(entity.bytes, TOKEN_BYTES, STR("cafd5f32d7311e358f11b8a1b0a9a1ff")));
    struct token person = identity_stand_in(ENTITY_NUMBER, &entity);
    ck_assert_str_eq(hex(&person), "0ed1596a0c62e5ce8de5c6d324585e0e");
    person = identity_stand_in(ENTITY_ACCOUNT, &entity);
    ck_assert_str_eq(hex(&person), "5257dfc257196c4e9f909c8230f57777");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("identity");
    TCase *t = tcase_create("identity");
    tcase_add_test(t, tokens_as_openssl_makes_them);
    tcase_add_test(t, another_key_another_token);
    tcase_add_test(t, the_cache_counts_what_it_knew);
    tcase_add_test(t, a_cache_of_any_size_tells_the_truth);
    tcase_add_test(t, no_kind_no_text_or_too_much_is_a_bug);
    tcase_add_test(t, normal_forms);
    tcase_add_test(t, tokens_in_place_of_identifiers);
    tcase_add_test(t, masks_for_the_eye);
    tcase_add_test(t, masks_hide_four_digits_or_all_but_two);
    tcase_add_test(t, stand_ins_need_no_key);
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
