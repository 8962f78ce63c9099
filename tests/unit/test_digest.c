/* test_digest.c - ids and keyed hashes against values that other programs computed. */
#include "engine/base/digest.h"
#include "tests/unit/child.h"

#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static const char *hex(const uint8_t *bytes, size_t count)
{
    static char text[2 * DIGEST_BYTES + 1];
    hex_encode(text, bytes, count);
    return text;
}

struct hash_row {
    const char *name;
    const char *text;
    size_t times;
    const char *expected;
};

/* FIPS 180-4's examples. */
static const struct hash_row hashes[] = {
    {"nothing", "", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"one block", "abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"a million letters", "a", 1000000,
     "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
    {"the first again: nothing is left of the one before", "abc", 1,
     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
};

START_TEST(sha256_of_one_piece)
{
    struct buf text = {0};
    for (size_t i = 0; i < sizeof hashes / sizeof hashes[0]; i++) {
        uint8_t out[DIGEST_BYTES];
        buf_clear(&text);
        for (size_t n = 0; n < hashes[i].times; n++) {
            buf_add_text(&text, hashes[i].text);
        }
        digest_sha256(out, text.at, text.len);
        ck_assert_msg(strcmp(hex(out, sizeof out), hashes[i].expected) == 0, "%s: %s",
                      hashes[i].name, hex(out, sizeof out));
    }
    buf_fini(&text);
}
END_TEST

struct hmac_row {
    const char *name;
    const char *key_hex, *text_hex, *expected;
};

/* RFC 4231, test cases 1, 2 and 3. */
static const struct hmac_row hmacs[] = {
    {"a short key", "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265",
     "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
    {"a key of letters", "4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
    {"bytes above 127", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
     "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
     "dddddddddddddddddddddddddddddddd",
     "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
};

START_TEST(hmac_sha256)
{
    for (size_t i = 0; i < sizeof hmacs / sizeof hmacs[0]; i++) {
        uint8_t key[64];
        uint8_t text[64];
        uint8_t out[DIGEST_BYTES];
        struct str key_hex = str_of(hmacs[i].key_hex);
        struct str text_hex = str_of(hmacs[i].text_hex);
        ck_assert(hex_decode(key, key_hex.len / 2, key_hex));
        ck_assert(hex_decode(text, text_hex.len / 2, text_hex));
        digest_hmac_sha256(out, (struct str){(const char *)key, key_hex.len / 2}, text,
                           text_hex.len / 2);
        ck_assert_msg(strcmp(hex(out, sizeof out), hmacs[i].expected) == 0, "%s: %s", hmacs[i].name,
                      hex(out, sizeof out));
    }
}
END_TEST

/* Each piece begins after the key, whatever the one before was. */
START_TEST(a_ready_key_serves_many_pieces)
{
    for (size_t i = 0; i < sizeof hmacs / sizeof hmacs[0]; i++) {
        uint8_t key[64];
        uint8_t text[64];
        uint8_t out[DIGEST_BYTES];
        struct str key_hex = str_of(hmacs[i].key_hex);
        struct str text_hex = str_of(hmacs[i].text_hex);
        ck_assert(hex_decode(key, key_hex.len / 2, key_hex));
        ck_assert(hex_decode(text, text_hex.len / 2, text_hex));
        struct digest_key *ready = digest_key_new((struct str){(const char *)key, key_hex.len / 2});
        for (unsigned times = 0; times < 3; times++) {
            digest_key_hmac(ready, out, text, text_hex.len / 2);
            ck_assert_msg(strcmp(hex(out, sizeof out), hmacs[i].expected) == 0, "%s, %u: %s",
                          hmacs[i].name, times, hex(out, sizeof out));
            digest_key_hmac(ready, out, "another", times);
        }
        digest_key_free(ready);
    }
}
END_TEST

enum field { END, TEXT, TOKEN, NUMBER };

struct id_row {
    const char *name;
    const char *what;
    struct {
        enum field field;
        const char *text;
        uint64_t number;
    } fields[6];
    const char *expected;
};

/* Python: hashlib.sha256(b"".join(len(f).to_bytes(4, "little") + f for f in fields)), first 16
 * bytes; the token is the bytes 0 to 15. */
static const struct id_row ids[] = {
    {"no field but what it is of",
     "decision",
     {{END, NULL, 0}},
     "8c3f848072960b0421e3a490fa4ad996"},
    {"an empty text is a field", "decision", {{TEXT, "", 0}}, "dc342ce2e26bfcfb60945da2dd066603"},
    {"a decision",
     "decision",
     {{TOKEN, NULL, 0},
      {TEXT, "payer.person", 0},
      {TEXT, "transactions", 0},
      {TEXT, "p-1", 0},
      {TEXT, "initiated", 0}},
     "5cd236b0d3385c18a89285bff6b12d19"},
    {"the same letters in other fields",
     "x",
     {{TEXT, "ab", 0}, {TEXT, "c", 0}},
     "8e5abff79b9c8dc07a71885e17ed6737"},
    {"are another id", "x", {{TEXT, "a", 0}, {TEXT, "bc", 0}}, "3d31e418f17155daa78eb6aeb6da3b88"},
    {"a number has 8 bytes, the low one first",
     "x",
     {{NUMBER, NULL, 258}},
     "2455cb679d6ab743d15026127150dc51"},
    {"the largest number", "x", {{NUMBER, NULL, UINT64_MAX}}, "19ef62ea347dd5e59e35d840bc73017a"},
    {"a number is not its text", "x", {{TEXT, "258", 0}}, "631a9f1abc5f368590652878ed7ea34b"},
    {"Chinese", "x", {{TEXT, "fake_police 冒充", 0}}, "3537e80eca2811b2708f8d4dfbb82ddc"},
};

static struct token id_of(const struct id_row *row)
{
    static const struct token counted = {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}};
    struct digest_id id;
    digest_id_begin(&id, row->what);
    for (size_t i = 0; row->fields[i].field != END; i++) {
        switch (row->fields[i].field) {
        case TEXT: digest_id_text(&id, str_of(row->fields[i].text)); break;
        case TOKEN: digest_id_token(&id, &counted); break;
        case NUMBER: digest_id_number(&id, row->fields[i].number); break;
        case END: break;
        }
    }
    return digest_id_end(&id);
}

START_TEST(ids_over_length_led_fields)
{
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        struct token id = id_of(&ids[i]);
        ck_assert_msg(strcmp(hex(id.bytes, TOKEN_BYTES), ids[i].expected) == 0, "%s: %s",
                      ids[i].name, hex(id.bytes, TOKEN_BYTES));
    }
}
END_TEST

START_TEST(a_text_of_nothing_is_an_empty_field)
{
    struct digest_id id;
    digest_id_begin(&id, "decision");
    digest_id_text(&id, (struct str){NULL, 0});
    struct token token = digest_id_end(&id);
    ck_assert_str_eq(hex(token.bytes, TOKEN_BYTES), "dc342ce2e26bfcfb60945da2dd066603");
}
END_TEST

struct room_row {
    const char *name;
    size_t text_len;
    int signal;
};

static const struct room_row rooms[] = {
    {"fields up to the last byte", DIGEST_ID_BYTES_MAX - 4 - 1 - 4, 0},
    {"one byte more is a bug", DIGEST_ID_BYTES_MAX - 4 - 1 - 4 + 1, SIGABRT},
    {"a length that overflows is a bug", SIZE_MAX - 2, SIGABRT},
};

static void fill_id(const void *context)
{
    static const char text[DIGEST_ID_BYTES_MAX];
    const size_t *len = context;
    struct digest_id id;
    digest_id_begin(&id, "x");
    digest_id_text(&id, (struct str){text, *len});
    (void)digest_id_end(&id);
}

START_TEST(ids_have_a_bound)
{
    for (size_t i = 0; i < sizeof rooms / sizeof rooms[0]; i++) {
        struct child_end end = child_run(fill_id, &rooms[i].text_len);
        ck_assert_msg(end.signal == rooms[i].signal, "%s: %s", rooms[i].name, end.text);
    }
}
END_TEST

static void use_no_key(const void *context)
{
    uint8_t out[DIGEST_BYTES];
    digest_hmac_sha256(out, (struct str){context, 0}, "", 0);
}

static void make_no_key(const void *context)
{
    digest_key_free(digest_key_new((struct str){context, 0}));
}

START_TEST(an_empty_key_is_a_bug)
{
    ck_assert_int_eq(child_run(use_no_key, "").signal, SIGABRT);
    ck_assert_int_eq(child_run(make_no_key, "").signal, SIGABRT);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("digest");
    TCase *t = tcase_create("digest");
    tcase_add_test(t, sha256_of_one_piece);
    tcase_add_test(t, hmac_sha256);
    tcase_add_test(t, a_ready_key_serves_many_pieces);
    tcase_add_test(t, ids_over_length_led_fields);
    tcase_add_test(t, a_text_of_nothing_is_an_empty_field);
    tcase_add_test(t, ids_have_a_bound);
    tcase_add_test(t, an_empty_key_is_a_bug);
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
