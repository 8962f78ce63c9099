/* test_pack_shelf.c - packs by their hash: what is taken, what is refused, who waits how long. */
#include "connectors/cli/pack_shelf.h"

#include "engine/base/clock.h"
#include "tests/unit/small_pack.h"

#include <check.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define LONG_MS 600000

/* A pack as a record of the topic. */
struct packed {
    struct buf bytes;
    uint8_t hash[DIGEST_BYTES];
    char hex[RULE_SOURCE_HEX_BYTES];
};

static void pack_up(struct packed *packed, const char *text)
{
    struct rule_source source;
    memset(packed, 0, sizeof *packed);
    rule_source_init(&source);
    ck_assert_int_eq(rule_source_add(&source, STR("a.rule"), str_of(text), NULL), 0);
    rule_source_pack(&source, &packed->bytes);
    rule_source_hash(packed->hash, &source);
    rule_source_hash_hex(packed->hex, &source);
    rule_source_fini(&source);
}

static int take(struct pack_shelf *shelf, const struct packed *packed, struct err *err)
{
    return pack_shelf_take(shelf, str_of(packed->hex), buf_str(&packed->bytes), err);
}

START_TEST(what_was_taken_is_found)
{
    struct packed one;
    struct packed two;
    struct err err = {0};
    struct pack_shelf *shelf = pack_shelf_new("test", 0);
    pack_up(&one, "list cases of account\n");
    pack_up(&two, "list cases of account # changed\n");
    ck_assert_ptr_null(pack_shelf_find(shelf, one.hash));
    ck_assert_msg(take(shelf, &one, &err) == 1, "%s", err.text);
    ck_assert_msg(take(shelf, &two, &err) == 1, "%s", err.text);
    const struct program *first = pack_shelf_find(shelf, one.hash);
    ck_assert_ptr_nonnull(first);
    ck_assert_str_eq(first->hash_hex, one.hex);
    ck_assert_str_eq(pack_shelf_find(shelf, two.hash)->hash_hex, two.hex);
    ck_assert_int_eq(take(shelf, &one, &err), 0);
    ck_assert_ptr_eq(pack_shelf_find(shelf, one.hash), first);
    buf_fini(&one.bytes);
    buf_fini(&two.bytes);
    pack_shelf_free(shelf);
}
END_TEST

START_TEST(what_was_lent_is_found_and_not_freed)
{
    struct program *program = program_new();
    (void)pack_yes(program);
    (void)pack_ready(program, "lent");
    struct pack_shelf *shelf = pack_shelf_new("test", 0);
    pack_shelf_lend(shelf, program);
    ck_assert_ptr_eq(pack_shelf_find(shelf, program->hash), program);
    ck_assert_int_eq(pack_shelf_take(shelf, str_of(program->hash_hex), STR("anything"), NULL), 0);
    pack_shelf_free(shelf);
    program_free(program);
}
END_TEST

START_TEST(records_that_are_refused)
{
    struct packed good;
    struct packed faulty;
    char upper[RULE_SOURCE_HEX_BYTES];
    pack_up(&good, "list cases of account\n");
    pack_up(&faulty, "list cases of\nlist more of\n");
    memcpy(upper, good.hex, sizeof upper);
    upper[0] = upper[0] == '0' ? '1' : '0';
    struct str bytes = buf_str(&good.bytes);
    const struct {
        const char *name;
        struct str key, bytes;
        const char *message; /* a piece of it */
    } rows[] = {
        {"no key", {"", 0}, bytes, "its key (0x) is not the 64 digits of a hash"},
        {"a key that is no hash", STR("a\n"), bytes, "its key (0x610a) is not the 64 digits"},
        {"another pack's key", str_of(upper), bytes,
         "their hash is another; `sluice pack publish`"},
        {"cut short", str_of(good.hex), {bytes.at, bytes.len - 1}, "their hash is another"},
        {"removed", str_of(good.hex), {"", 0}, "their hash is another"},
        {"its name, bytes of no pack",
         STR("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
         {"", 0},
         "these are not the bytes of a pack: there are none"},
        {"rules with mistakes", str_of(faulty.hex), buf_str(&faulty.bytes),
         "does not compile with this program (2 mistakes)"},
    };
    struct pack_shelf *shelf = pack_shelf_new("test", 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err = {0};
        ck_assert_msg(pack_shelf_take(shelf, rows[i].key, rows[i].bytes, &err) == -1, "%s",
                      rows[i].name);
        ck_assert_msg(strstr(err.text, rows[i].message) != NULL, "%s: %s", rows[i].name, err.text);
    }
    ck_assert_ptr_null(pack_shelf_find(shelf, good.hash));
    ck_assert_ptr_null(pack_shelf_find(shelf, faulty.hash));
    ck_assert_int_eq(take(shelf, &good, NULL), 1); /* nothing that was refused stands in its way */
    buf_fini(&good.bytes);
    buf_fini(&faulty.bytes);
    pack_shelf_free(shelf);
}
END_TEST

/* ---- waiting
 * -------------------------------------------------------------------------------------- */

struct asker {
    struct pack_shelf *shelf;
    const uint8_t *hash;
    const struct program *found;
    pthread_t thread;
};

static void *ask(void *context)
{
    struct asker *asker = context;
    asker->found = pack_shelf_find(asker->shelf, asker->hash);
    return NULL;
}

static void ask_in_threads(struct asker *askers, int count)
{
    for (int i = 0; i < count; i++) {
        ck_assert_int_eq(pthread_create(&askers[i].thread, NULL, ask, &askers[i]), 0);
    }
    clock_pause_us(30000); /* so that most of them wait; whoever comes later finds it at once */
}

static void join(struct asker *askers, int count)
{
    for (int i = 0; i < count; i++) {
        ck_assert_int_eq(pthread_join(askers[i].thread, NULL), 0);
    }
}

START_TEST(who_waits_gets_it_when_it_comes)
{
    struct packed packed;
    struct pack_shelf *shelf = pack_shelf_new("test", LONG_MS);
    pack_up(&packed, "list cases of account\n");
    struct asker askers[3] = {{shelf, packed.hash, NULL, 0},
                              {shelf, packed.hash, NULL, 0},
                              {shelf, packed.hash, NULL, 0}};
    ask_in_threads(askers, 3);
    ck_assert_int_eq(take(shelf, &packed, NULL), 1);
    join(askers, 3);
    for (int i = 0; i < 3; i++) {
        ck_assert_ptr_nonnull(askers[i].found);
        ck_assert_str_eq(askers[i].found->hash_hex, packed.hex);
    }
    buf_fini(&packed.bytes);
    pack_shelf_free(shelf);
}
END_TEST

START_TEST(nobody_waits_when_the_process_ends)
{
    struct pack_shelf *shelf = pack_shelf_new("test", LONG_MS);
    uint8_t hash[DIGEST_BYTES] = {1};
    struct asker askers[2] = {{shelf, hash, NULL, 0}, {shelf, hash, NULL, 0}};
    ask_in_threads(askers, 2);
    pack_shelf_end_waits(shelf);
    join(askers, 2);
    ck_assert_ptr_null(askers[0].found);
    ck_assert_ptr_null(askers[1].found);
    pack_shelf_free(shelf);
}
END_TEST

/* Messages are looked through for the tags of the pack that was published last. */
START_TEST(tags_are_those_of_the_newest)
{
    struct packed one;
    struct packed two;
    struct err err;
    struct pack_shelf *shelf = pack_shelf_new("test", 0);
    struct tagging *tagging = tagging_new();
    static const struct {
        int taken;
        const char *tag;
    } rows[] = {{0, "a"}, {1, "b"}, {1, "b"}, {0, "a"}};
    pack_up(&one, "tag a = \"x\"\n");
    pack_up(&two, "tag b = \"x\"\n");
    ck_assert_ptr_null(pack_shelf_tagger(shelf));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct tags_found found;
        ck_assert_int_ge(take(shelf, rows[i].taken == 0 ? &one : &two, &err), 0);
        const struct tagger *tagger = pack_shelf_tagger(shelf);
        ck_assert_ptr_eq(pack_shelf_tagger(shelf), tagger);
        tagger_find(tagger, tagging, STR("x"), true, STR(""), &found);
        ck_assert_uint_eq(found.count, 1);
        ck_assert_uint_eq(found.hash[0], tag_hash(str_of(rows[i].tag)));
    }
    tagging_free(tagging);
    buf_fini(&one.bytes);
    buf_fini(&two.bytes);
    pack_shelf_free(shelf);
}
END_TEST

/* Four partitions that meet the same missing pack do not wait four times. */
START_TEST(a_pack_is_waited_for_once)
{
    struct pack_shelf *shelf = pack_shelf_new("test", 200);
    uint8_t hash[DIGEST_BYTES] = {1};
    int64_t began_ms = clock_mono_ms();
    ck_assert_ptr_null(pack_shelf_find(shelf, hash));
    ck_assert_int_ge(clock_mono_ms() - began_ms, 200);
    for (int i = 0; i < 1000; i++) { /* 200 s if each of them waited */
        ck_assert_ptr_null(pack_shelf_find(shelf, hash));
    }
    pack_shelf_free(shelf);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("pack_shelf");
    TCase *t = tcase_create("pack_shelf");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, what_was_taken_is_found);
    tcase_add_test(t, what_was_lent_is_found_and_not_freed);
    tcase_add_test(t, records_that_are_refused);
    tcase_add_test(t, who_waits_gets_it_when_it_comes);
    tcase_add_test(t, nobody_waits_when_the_process_ends);
    tcase_add_test(t, tags_are_those_of_the_newest);
    tcase_add_test(t, a_pack_is_waited_for_once);
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
