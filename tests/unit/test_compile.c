/* test_compile.c - a folder or a text becomes a program, or says what is wrong with it. */
#include "rules/compile.h"

#include "engine/base/mem.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

START_TEST(shipped_pack_compiles)
{
    struct compiled pack;
    struct err err;
    struct buf shown = {0};
    ck_assert_int_eq(compile_load(&pack, "rules/library", &err), 0);
    diag_render(&shown, &pack.diags, &pack.source);
    ck_assert_str_eq(buf_text(&shown), "");
    ck_assert_ptr_nonnull(pack.program);
    ck_assert(pack.program->verified);
    ck_assert_uint_gt(pack.program->rules_count, 40);
    ck_assert(str_eq_text(pack.program->rules[0].name, "brush_big"));
    buf_fini(&shown);
    compile_fini(&pack);
}
END_TEST

/* A draft is checked and compiled, and runs in its cases alone. */
START_TEST(drafts_are_in_the_trial_program)
{
    static const char text[] =
        "feature n for account = count(payment_in in 1h)\n"
        "draft rule d for payer on transaction when payee.n >= 3 watch payer for 1h\n"
        "shadow rule s for payer on transaction when own watch payer for 1h\n"
        "rule r for payer on transaction when own watch payer for 1h\n";
    struct compiled pack;
    ck_assert_int_eq(compile_text(&pack, STR("t.rule"), str_of(text), NULL), 0);
    for (int trial = 0; trial < 2; trial++) {
        const struct program *p = trial == 0 ? pack.program : pack.trial;
        ck_assert_uint_eq(p->rules_count, 3);
        ck_assert(p->rules[0].shadow && p->rules[1].shadow && !p->rules[2].shadow);
        ck_assert_uint_eq(p->by_trigger_count[TRIGGER_TRANSACTION][LEG_PAYER], trial == 0 ? 2 : 3);
    }
    ck_assert_str_eq(pack.trial->hash_hex, pack.program->hash_hex);
    compile_fini(&pack);
    ck_assert_int_eq(compile_load(&pack, "rules/library", NULL), 0);
    ck_assert_ptr_null(pack.trial);
    compile_fini(&pack);
}
END_TEST

START_TEST(program_is_named_by_its_pack)
{
    struct compiled pack;
    char hex[RULE_SOURCE_HEX_BYTES];
    uint8_t hash[DIGEST_BYTES];
    ck_assert_int_eq(compile_load(&pack, "rules/library", NULL), 0);
    rule_source_hash_hex(hex, compile_named(&pack));
    rule_source_hash(hash, compile_named(&pack));
    ck_assert_str_eq(pack.program->hash_hex, hex);
    ck_assert_mem_eq(pack.program->hash, hash, sizeof hash);
    compile_fini(&pack);
}
END_TEST

START_TEST(packed_pack_is_the_same_program)
{
    struct compiled pack;
    struct compiled packed;
    struct buf bytes = {0};
    struct err err;
    ck_assert_int_eq(compile_load(&pack, "rules/library", NULL), 0);
    rule_source_pack(compile_named(&pack), &bytes);
    ck_assert_int_eq(compile_packed(&packed, buf_str(&bytes), &err), 0);
    ck_assert_ptr_nonnull(packed.program);
    ck_assert_str_eq(packed.program->hash_hex, pack.program->hash_hex);
    ck_assert_uint_eq(packed.program->rules_count, pack.program->rules_count);
    compile_fini(&packed);
    bytes.len--;
    ck_assert_int_eq(compile_packed(&packed, buf_str(&bytes), &err), -1);
    ck_assert_int_eq(err.code, ERR_OUTSIDE);
    compile_fini(&pack);
    buf_fini(&bytes);
}
END_TEST

/* What a pack does and says does not depend on its layout, so neither does its name; its comments
 * are part of what is published. */
START_TEST(layout_does_not_name_a_pack)
{
    static const char *const texts[] = {
        "# who\nrule r for payer on transaction\n"
        "    when   amount >= 5.00 CNY and not own\n"
        "    unless known_for >= 9d\n"
        "    watch  payer for 1h\n",
        "\n# who \nrule r for payer on transaction when amount>=5.00\n CNY and not  own\r\n"
        "unless known_for>=9d watch payer for 1h",
        "# whom\nrule r for payer on transaction\n"
        "    when   amount >= 5.00 CNY and not own\n"
        "    unless known_for >= 9d\n"
        "    watch  payer for 1h\n",
    };
    struct compiled packs[3];
    struct buf shown[3] = {{0}};
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(compile_text(&packs[i], STR("t.rule"), str_of(texts[i]), NULL), 0);
        compile_json(&packs[i], &shown[i]);
    }
    ck_assert_str_eq(buf_text(&shown[0]), buf_text(&shown[1]));
    ck_assert_str_ne(packs[0].program->hash_hex, packs[2].program->hash_hex);
    ck_assert(str_eq_text(compile_named(&packs[1])->files[0].text, texts[0]));
    for (int i = 0; i < 3; i++) {
        compile_fini(&packs[i]);
        buf_fini(&shown[i]);
    }
}
END_TEST

/* A later version may lay texts out otherwise; what was published keeps its name. */
START_TEST(packed_pack_keeps_its_name)
{
    struct compiled pack;
    struct rule_source source;
    struct buf bytes = {0};
    char hex[RULE_SOURCE_HEX_BYTES];
    rule_source_init(&source);
    ck_assert_int_eq(rule_source_add(&source, STR("t.rule"), STR("list  a of account"), NULL), 0);
    rule_source_pack(&source, &bytes);
    rule_source_hash_hex(hex, &source);
    ck_assert_int_eq(compile_packed(&pack, buf_str(&bytes), NULL), 0);
    ck_assert_str_eq(pack.program->hash_hex, hex);
    compile_fini(&pack);
    rule_source_fini(&source);
    buf_fini(&bytes);
}
END_TEST

START_TEST(folder_that_is_not_there)
{
    struct compiled pack;
    struct err err;
    ck_assert_int_eq(compile_load(&pack, "rules/no_such_pack", &err), -1);
    ck_assert_int_eq(err.code, ERR_OUTSIDE);
    ck_assert_ptr_nonnull(strstr(err.text, "rules/no_such_pack"));
    compile_fini(&pack); /* does no harm */
}
END_TEST

START_TEST(text_too_large)
{
    struct compiled pack;
    struct err err;
    struct str text = {mem_alloc(RULE_SOURCE_BYTES_MAX + 1, 1), RULE_SOURCE_BYTES_MAX + 1};
    ck_assert_int_eq(compile_text(&pack, STR("t.rule"), text, &err), -1);
    ck_assert_uint_gt(strlen(err.text), 0);
    mem_free((void *)(uintptr_t)text.at);
}
END_TEST

/* Mistakes of every pass, in one run: the parser's and the checker's; nothing is planned then. */
START_TEST(mistakes_leave_no_program)
{
    struct compiled pack;
    struct buf shown = {0};
    ck_assert_int_eq(
        compile_text(&pack, STR("t.rule"),
                     STR("list bad of\n"
                         "rule r for payer on transaction when own watch payr for 1h\n"),
                     NULL),
        0);
    ck_assert_ptr_null(pack.program);
    ck_assert_uint_eq(pack.diags.total.error_count, 2);
    diag_render(&shown, &pack.diags, &pack.source);
    ck_assert_str_eq(
        buf_text(&shown),
        "t.rule:2:1: error: expected a kind of entity, such as `account`, after `of`, found `rule`\n"
        "    2 | rule r for payer on transaction when own watch payr for 1h\n"
        "      | ^^^^\n"
        "t.rule:2:48: error: `payr` has no part in this event\n"
        "    2 | rule r for payer on transaction when own watch payr for 1h\n"
        "      |                                                ^^^^\n"
        "   hint: there are `subject`, `payee`, `device`, `payee.person`, `payer` and `payer.person`\n");
    buf_fini(&shown);
    compile_fini(&pack);
}
END_TEST

START_TEST(warnings_leave_a_program)
{
    struct compiled pack;
    ck_assert_int_eq(compile_text(&pack, STR("t.rule"), STR("const limit = 5\n"), NULL), 0);
    ck_assert_uint_eq(pack.diags.total.warning_count, 1);
    ck_assert_ptr_nonnull(pack.program);
    compile_fini(&pack);
}
END_TEST

START_TEST(empty_pack_runs_nothing)
{
    struct compiled pack;
    ck_assert_int_eq(compile_text(&pack, STR("t.rule"), STR("# nothing\n"), NULL), 0);
    ck_assert_ptr_nonnull(pack.program);
    ck_assert_uint_eq(pack.program->rules_count, 0);
    compile_fini(&pack);
}
END_TEST

/* The program outlives nothing it points to: it owns its texts. */
START_TEST(program_owns_its_texts)
{
    struct compiled pack;
    char text[] = "rule r for payer on transaction \"title\" when own watch payer for 1h\n";
    ck_assert_int_eq(compile_text(&pack, STR("t.rule"), str_of(text), NULL), 0);
    struct program *program = pack.program;
    pack.program = NULL;
    compile_fini(&pack);
    memset(text, 'x', sizeof text - 1);
    ck_assert(str_eq_text(program->rules[0].title, "title"));
    ck_assert(str_eq_text(program->conditions[0].text, "own"));
    program_free(program);
}
END_TEST

/* Blocks may stand in any order, and the same text gives the same program. */
START_TEST(order_of_blocks_does_not_matter)
{
    static const char *const texts[] = {
        "const limit = 5 feature busy for account = count(payment_in in 1h) > limit\n"
        "rule r for payer on transaction when busy watch payer for 1h\n",
        "rule r for payer on transaction when busy watch payer for 1h\n"
        "feature busy for account = count(payment_in in 1h) > limit const limit = 5\n",
    };
    struct buf code[2] = {{0}, {0}};
    for (int i = 0; i < 2; i++) {
        struct compiled pack;
        ck_assert_int_eq(compile_text(&pack, STR("t.rule"), str_of(texts[i]), NULL), 0);
        ck_assert_ptr_nonnull(pack.program);
        program_disassemble(pack.program, pack.program->features[0].code, &code[i]);
        program_disassemble(pack.program, pack.program->rules[0].when, &code[i]);
        compile_fini(&pack);
    }
    ck_assert_str_eq(buf_text(&code[0]), buf_text(&code[1]));
    buf_fini(&code[0]);
    buf_fini(&code[1]);
}
END_TEST

/* ---- nothing makes it crash ---- */

static void read_file(struct buf *text, const char *path)
{
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "%s", path);
    char bytes[4096];
    for (size_t got = fread(bytes, 1, sizeof bytes, file); got > 0;
         got = fread(bytes, 1, sizeof bytes, file)) {
        buf_add(text, bytes, got);
    }
    (void)fclose(file);
}

/* The next of a row of numbers that look like chance and are the same everywhere. */
static uint64_t next_number(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

/* Words of the pack change places; whatever comes of it, it ends in a program or in mistakes. */
START_TEST(shuffled_words_end_well)
{
    static const char *const files[] = {"rules/library/fan_in.rule",
                                        "rules/library/fake_service.rule",
                                        "rules/library/near_limits.rule",
                                        "rules/library/common.rule"};
    enum { WORDS_MAX = 16384, ROUNDS = 150 };
    static struct str words[WORDS_MAX];
    size_t word_count = 0;
    struct buf whole = {0};
    uint64_t state = 20260302;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        read_file(&whole, files[i]);
    }
    for (size_t at = 0; at < whole.len && word_count < WORDS_MAX;) {
        size_t end = at;
        while (end < whole.len && whole.at[end] != ' ' && whole.at[end] != '\n') {
            end++;
        }
        words[word_count++] = (struct str){whole.at + at, end + 1 - at};
        at = end + 1;
    }
    int good = 0;
    for (int round = 0; round < ROUNDS; round++) {
        struct buf text = {0};
        struct compiled pack;
        uint64_t changes = 1 + next_number(&state) % 8;
        size_t from[8];
        size_t to[8];
        for (uint64_t k = 0; k < changes; k++) {
            from[k] = (size_t)(next_number(&state) % word_count);
            to[k] = (size_t)(next_number(&state) % word_count);
        }
        for (size_t i = 0; i < word_count; i++) {
            struct str word = words[i];
            for (uint64_t k = 0; k < changes; k++) {
                word = i == to[k] ? words[from[k]] : word;
            }
            buf_add_str(&text, word);
        }
        ck_assert_int_eq(compile_text(&pack, STR("t.rule"), buf_str(&text), NULL), 0);
        ck_assert_int_eq(pack.program == NULL, diag_has_errors(&pack.diags));
        for (size_t i = 0; i < pack.diags.count; i++) {
            ck_assert_ptr_null(strstr(pack.diags.items[i].message.at, "faulty program"));
        }
        good += pack.program != NULL;
        compile_fini(&pack);
        buf_fini(&text);
    }
    ck_assert_int_gt(good, 0);
    ck_assert_int_lt(good, ROUNDS);
    buf_fini(&whole);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("compile");
    TCase *t = tcase_create("compile");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, shipped_pack_compiles);
    tcase_add_test(t, program_is_named_by_its_pack);
    tcase_add_test(t, drafts_are_in_the_trial_program);
    tcase_add_test(t, packed_pack_is_the_same_program);
    tcase_add_test(t, layout_does_not_name_a_pack);
    tcase_add_test(t, packed_pack_keeps_its_name);
    tcase_add_test(t, folder_that_is_not_there);
    tcase_add_test(t, text_too_large);
    tcase_add_test(t, mistakes_leave_no_program);
    tcase_add_test(t, warnings_leave_a_program);
    tcase_add_test(t, empty_pack_runs_nothing);
    tcase_add_test(t, program_owns_its_texts);
    tcase_add_test(t, order_of_blocks_does_not_matter);
    tcase_add_test(t, shuffled_words_end_well);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
