/* test_vm.c - what code computes, against tables of semantics.md; features, and what counted as
 * evidence. */
#include "engine/eval/vm.h"

#include "tests/unit/small_event.h"
#include "tests/unit/small_pack.h"
#include "tests/unit/vm_bench.h"

#include <check.h>
#include <stdlib.h>

static const struct {
    const char *name;
    int op;
    int64_t a, b, result;
} pairs[] = {
    {"yes and yes", OP_AND, 1, 1, 1},
    {"yes and no", OP_AND, 1, 0, 0},
    {"no and yes", OP_AND, 0, 1, 0},
    {"no and no", OP_AND, 0, 0, 0},
    {"no settles an unknown and", OP_AND, U, 0, 0},
    {"no settles an and of unknown", OP_AND, 0, U, 0},
    {"yes leaves an and unknown", OP_AND, U, 1, U},
    {"and of yes and unknown", OP_AND, 1, U, U},
    {"unknown and unknown", OP_AND, U, U, U},
    {"yes or yes", OP_OR, 1, 1, 1},
    {"yes or no", OP_OR, 1, 0, 1},
    {"no or yes", OP_OR, 0, 1, 1},
    {"no or no", OP_OR, 0, 0, 0},
    {"yes settles an unknown or", OP_OR, U, 1, 1},
    {"yes settles an or of unknown", OP_OR, 1, U, 1},
    {"no leaves an or unknown", OP_OR, U, 0, U},
    {"or of no and unknown", OP_OR, 0, U, U},
    {"unknown or unknown", OP_OR, U, U, U},
    {"equal", OP_EQ, 5, 5, 1},
    {"not equal", OP_EQ, 5, 6, 0},
    {"unknown is not equal to itself", OP_EQ, U, U, U},
    {"different", OP_NE, 5, 6, 1},
    {"not different", OP_NE, 5, 5, 0},
    {"unknown is not different either", OP_NE, 5, U, U},
    {"less", OP_LT, -1, 0, 1},
    {"not less than itself", OP_LT, 0, 0, 0},
    {"unknown is not less", OP_LT, U, 0, U},
    {"at most itself", OP_LE, 3, 3, 1},
    {"not at most", OP_LE, 4, 3, 0},
    {"more", OP_GT, INT64_MAX, INT64_MIN + 1, 1},
    {"not more than itself", OP_GT, 4, 4, 0},
    {"at least itself", OP_GE, 4, 4, 1},
    {"not at least", OP_GE, 3, 4, 0},
    {"nothing is at least unknown", OP_GE, 3, U, U},
    {"sum", OP_ADD, 2, -5, -3},
    {"sum with unknown", OP_ADD, 2, U, U},
    {"largest sum", OP_ADD, INT64_MAX - 1, 1, INT64_MAX},
    {"sum too large", OP_ADD, INT64_MAX, 1, U},
    {"sum that would read as unknown", OP_ADD, INT64_MIN + 1, -1, U},
    {"difference", OP_SUB, 2, 5, -3},
    {"difference with unknown", OP_SUB, U, 2, U},
    {"difference too small", OP_SUB, -2, INT64_MAX, U},
    {"difference too large", OP_SUB, 1, INT64_MIN + 1, U},
    {"smallest difference", OP_SUB, -1, INT64_MAX - 1, INT64_MIN + 1},
};

START_TEST(two_operands)
{
    struct program *p = program_new();
    int32_t a = pack_const(p, pairs[_i].a);
    int32_t b = pack_const(p, pairs[_i].b);
    uint32_t code = pack_code(p,
                              (struct insn[]){pack_insn(OP_CONST, a), pack_insn(OP_CONST, b),
                                              pack_insn(pairs[_i].op, 0), pack_insn(OP_END, 0)},
                              4);
    vm_verified(p);
    struct page *page = vm_page();
    int64_t value = vm_result(p, page, code, T0);
    ck_assert_msg(value == pairs[_i].result, "%s: %lld", pairs[_i].name, (long long)value);
    page_free(page);
    program_free(p);
}
END_TEST

static const struct {
    const char *name;
    int op;
    int64_t a, result;
} singles[] = {
    {"not yes", OP_NOT, 1, 0},
    {"not no", OP_NOT, 0, 1},
    {"not unknown", OP_NOT, U, U},
    {"zero is known", OP_KNOWN, 0, 1},
    {"unknown is not known", OP_KNOWN, U, 0},
    {"since a time", OP_AGO, T0 - 5, 5},
    {"since a time to come", OP_AGO, T0 + 5, -5},
    {"since an unknown time", OP_AGO, U, U},
    {"since too long ago", OP_AGO, INT64_MIN + 1, U},
};

START_TEST(one_operand)
{
    struct program *p = program_new();
    int32_t a = pack_const(p, singles[_i].a);
    uint32_t code = pack_code(p,
                              (struct insn[]){pack_insn(OP_CONST, a), pack_insn(singles[_i].op, 0),
                                              pack_insn(OP_END, 0)},
                              3);
    vm_verified(p);
    struct page *page = vm_page();
    int64_t value = vm_result(p, page, code, T0);
    ck_assert_msg(value == singles[_i].result, "%s: %lld", singles[_i].name, (long long)value);
    page_free(page);
    program_free(p);
}
END_TEST

static const struct {
    const char *name;
    int64_t a, low, high, result;
} betweens[] = {
    {"inside", 5, 1, 9, 1},
    {"at the low end", 1, 1, 9, 1},
    {"at the high end", 9, 1, 9, 1},
    {"below", 0, 1, 9, 0},
    {"above", 10, 1, 9, 0},
    {"nothing lies in an empty range", 5, 9, 1, 0},
    {"unknown value", U, 1, 9, U},
    {"inside, if it goes so far", 5, 1, U, U},
    {"below, but nobody knows how far up it goes", 0, 1, U, U},
    {"above, but nobody knows where it begins", 10, U, 9, U},
};

START_TEST(between)
{
    struct program *p = program_new();
    int32_t a = pack_const(p, betweens[_i].a);
    int32_t low = pack_const(p, betweens[_i].low);
    int32_t high = pack_const(p, betweens[_i].high);
    uint32_t code = pack_code(p,
                              (struct insn[]){pack_insn(OP_CONST, a), pack_insn(OP_CONST, low),
                                              pack_insn(OP_CONST, high), pack_insn(OP_BETWEEN, 0),
                                              pack_insn(OP_END, 0)},
                              5);
    vm_verified(p);
    struct page *page = vm_page();
    int64_t value = vm_result(p, page, code, T0);
    ck_assert_msg(value == betweens[_i].result, "%s: %lld", betweens[_i].name, (long long)value);
    page_free(page);
    program_free(p);
}
END_TEST

static const struct {
    const char *name;
    int64_t otherwise, then, condition, result;
} chooses[] = {
    {"true", 5, 9, 1, 9},
    {"false", 5, 9, 0, 5},
    {"unknown is not true", 5, 9, U, 5},
    {"what is chosen may be unknown", 5, U, 1, U},
};

START_TEST(choose)
{
    struct program *p = program_new();
    int32_t otherwise = pack_const(p, chooses[_i].otherwise);
    int32_t then = pack_const(p, chooses[_i].then);
    int32_t condition = pack_const(p, chooses[_i].condition);
    uint32_t code =
        pack_code(p,
                  (struct insn[]){pack_insn(OP_CONST, otherwise), pack_insn(OP_CONST, then),
                                  pack_insn(OP_CONST, condition), pack_insn(OP_CHOOSE, 0),
                                  pack_insn(OP_END, 0)},
                  5);
    vm_verified(p);
    struct page *page = vm_page();
    int64_t value = vm_result(p, page, code, T0);
    ck_assert_msg(value == chooses[_i].result, "%s: %lld", chooses[_i].name, (long long)value);
    page_free(page);
    program_free(p);
}
END_TEST

static const struct {
    const char *name;
    int64_t a, num, den, result;
} scales[] = {
    {"exact", 10, 1, 2, 5},
    {"half above an even stays", 5, 1, 2, 2},
    {"half above an odd goes up", 7, 1, 2, 4},
    {"minus half above an even stays", -5, 1, 2, -2},
    {"minus half above an odd goes down", -7, 1, 2, -4},
    {"half of one is nothing", 1, 1, 2, 0},
    {"under a half", 4, 1, 3, 1},
    {"over a half", 5, 1, 3, 2},
    {"minus over a half", -5, 1, 3, -2},
    {"half with an odd ratio", 3, 14, 4, 10},
    {"a per cent of an amount", 333, 5000, 10000, 166},
    {"times a factor", 25, 14, 10, 35},
    {"nothing", 0, 7, 3, 0},
    {"unknown", U, 1, 2, U},
    {"all of the largest", INT64_MAX, 10000, 10000, INT64_MAX},
    {"half of the largest", INT64_MAX, 1, 2, INT64_C(1) << 62},
    {"too large", INT64_MAX, 10001, 10000, U},
    {"all of the smallest", INT64_MIN + 1, 1, 1, INT64_MIN + 1},
    {"would read as unknown", INT64_MIN / 2, 2, 1, U},
};

START_TEST(scaled_half_to_even)
{
    struct program *p = program_new();
    int32_t a = pack_const(p, scales[_i].a);
    uint32_t ratio = program_add_ratios(p);
    p->ratios[ratio] = (struct ratio){scales[_i].num, scales[_i].den};
    uint32_t code = pack_code(p,
                              (struct insn[]){pack_insn(OP_CONST, a), pack_insn(OP_SCALE, ratio),
                                              pack_insn(OP_END, 0)},
                              3);
    vm_verified(p);
    struct page *page = vm_page();
    int64_t value = vm_result(p, page, code, T0);
    ck_assert_msg(value == scales[_i].result, "%s: %lld", scales[_i].name, (long long)value);
    page_free(page);
    program_free(p);
}
END_TEST

static const struct {
    const char *name;
    int64_t a, result;
} in_sets[] = {
    {"before the first range", 0, 0},  {"begin of the first", 1, 1},
    {"end of the first", 3, 1},        {"between the ranges", 4, 0},
    {"the range of one", 7, 1},        {"after the last", 8, 0},
    {"a range of another set", 20, 0}, {"unknown", U, U},
};

START_TEST(in_a_set)
{
    struct program *p = program_new();
    static const struct range ranges[] = {{20, 20}, {1, 3}, {7, 7}, {20, 21}};
    for (int i = 0; i < 4; i++) {
        uint32_t at = program_add_ranges(p);
        p->ranges[at] = ranges[i];
    }
    uint32_t set = program_add_sets(p);
    p->sets[set] = (struct range_set){1, 2};
    int32_t a = pack_const(p, in_sets[_i].a);
    uint32_t code = pack_code(p,
                              (struct insn[]){pack_insn(OP_CONST, a), pack_insn(OP_IN_SET, set),
                                              pack_insn(OP_END, 0)},
                              3);
    vm_verified(p);
    struct page *page = vm_page();
    int64_t value = vm_result(p, page, code, T0);
    ck_assert_msg(value == in_sets[_i].result, "%s: %lld", in_sets[_i].name, (long long)value);
    page_free(page);
    program_free(p);
}
END_TEST

/* `a, jump over NOT`: the top stays, only its own truth makes it jump. */
static const struct {
    const char *name;
    int op;
    int64_t a, result;
} jumps[] = {
    {"false jumps", OP_JUMP_FALSE, 0, 0},
    {"true does not jump if false", OP_JUMP_FALSE, 1, 0},
    {"true jumps", OP_JUMP_TRUE, 1, 1},
    {"false does not jump if true", OP_JUMP_TRUE, 0, 1},
    {"unknown is not false", OP_JUMP_FALSE, U, U},
    {"unknown is not true", OP_JUMP_TRUE, U, U},
};

START_TEST(jumping)
{
    struct program *p = program_new();
    int32_t a = pack_const(p, jumps[_i].a);
    uint32_t code = pack_code(p,
                              (struct insn[]){pack_insn(OP_CONST, a), pack_insn(jumps[_i].op, 3),
                                              pack_insn(OP_NOT, 0), pack_insn(OP_END, 0)},
                              4);
    vm_verified(p);
    struct page *page = vm_page();
    int64_t value = vm_result(p, page, code, T0);
    ck_assert_msg(value == jumps[_i].result, "%s: %lld", jumps[_i].name, (long long)value);
    page_free(page);
    program_free(p);
}
END_TEST

START_TEST(carried_memberships_have_three_values)
{
    static const struct {
        const char *name;
        int64_t slot, value;
        int pair;
    } rows[] = {
        {"nothing was carried", U, U, 0},         {"known to be no member", 1, 0, 0},
        {"known to be a member", 3, 1, 0},        {"the other pair says nothing", 3, U, 1},
        {"a member by the other pair", 12, 1, 1}, {"the last pair", INT64_C(3) << 60, 1, 30},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct program *p = program_new();
        uint32_t code = pack_carried_member(p, 5, rows[i].pair);
        vm_verified(p);
        struct page *page = vm_page();
        struct event event = event_payment("p-1", PHASE_INITIATED, "A", "M", 100, T0);
        int64_t carried[PROGRAM_CARRIED_MAX] = {[5] = rows[i].slot};
        struct vm vm;
        vm_init(&vm, p);
        vm_begin(&vm, page, &event, NULL, LEG_PAYEE, T0, carried);
        ck_assert_msg(vm_run(&vm, code) == rows[i].value, "%s", rows[i].name);
        vm_fini(&vm);
        page_free(page);
        program_free(p);
    }
}
END_TEST

START_TEST(features_are_worked_out_once_a_visit)
{
    struct program *p = program_new();
    uint32_t feature = pack_feature(p, "paid", ENTITY_ACCOUNT,
                                    pack_of_window(p, AGGREGATE_COUNT, STREAM_PAYMENT_IN, WORD_NONE,
                                                   HOUR, CODE_NONE));
    vm_verified(p);
    struct page *page = vm_page();
    struct retention retention;
    retention_defaults(&retention);
    struct event event = event_payment("p-1", PHASE_INITIATED, "A", "M", 100, T0);
    struct vm vm;
    vm_init(&vm, p);
    vm_begin(&vm, page, &event, NULL, LEG_PAYEE, T0, NULL);
    ck_assert_int_eq(vm_feature(&vm, feature), 0);
    vm_pay(page, T0, 5, &retention);
    ck_assert_int_eq(vm_feature(&vm, feature), 0); /* as of the begin of the visit */
    vm_begin(&vm, page, &event, NULL, LEG_PAYEE, T0, NULL);
    ck_assert_int_eq(vm_feature(&vm, feature), 1);
    vm.epoch = UINT32_MAX; /* the stamps start anew, and none looks fresh */
    vm.features[feature].epoch = 1;
    vm.features[feature].value = 99;
    vm_begin(&vm, page, &event, NULL, LEG_PAYEE, T0, NULL);
    ck_assert_int_eq(vm_feature(&vm, feature), 1);
    vm_fini(&vm);
    page_free(page);
    program_free(p);
}
END_TEST

START_TEST(evidence_is_what_counted)
{
    struct program *p = program_new();
    uint32_t where = pack_record(p, WORD_AMOUNT, OP_GE, 10);
    uint32_t code = pack_of_window(p, AGGREGATE_COUNT, STREAM_PAYMENT_IN, WORD_NONE, HOUR, where);
    vm_verified(p);
    struct page *page = vm_page();
    struct retention retention;
    retention_defaults(&retention);
    for (int i = 0; i < 20; i++) {
        vm_pay(page, T0 - MINUTE + i, i < 17 ? 10 : 9, &retention);
    }
    struct record *hand = vm_pay(page, T0, 10, &retention);
    struct event event = event_payment("p-1", PHASE_INITIATED, "A", "M", 10, T0);
    struct evidence evidence = {.count = 0};
    struct vm vm;
    vm_init(&vm, p);
    vm_begin(&vm, page, &event, hand, LEG_PAYEE, T0, NULL);
    ck_assert_int_eq(vm_run(&vm, code), 18);
    ck_assert_uint_eq(evidence.count, 0); /* only when it is asked for */
    vm_collect(&vm, code, &evidence);
    vm_collect(&vm, code, &evidence);
    ck_assert_ptr_null(vm.evidence);
    /* the newest ones, each once, without the one in hand */
    ck_assert_uint_eq(evidence.count, VM_EVIDENCE_MAX);
    for (uint32_t i = 0; i < evidence.count; i++) {
        ck_assert_int_eq(evidence.item[i].record->time_ms, T0 - MINUTE + 16 - (int64_t)i);
    }
    vm_fini(&vm);
    page_free(page);
    program_free(p);
}
END_TEST

/* Each of 24 features reads the one before it twice: evidence costs one look at each. */
START_TEST(evidence_of_features_that_read_features)
{
    struct program *p = program_new();
    uint32_t feature = pack_feature(p, "paid", ENTITY_ACCOUNT,
                                    pack_of_window(p, AGGREGATE_COUNT, STREAM_PAYMENT_IN, WORD_NONE,
                                                   HOUR, CODE_NONE));
    for (int i = 0; i < 24; i++) {
        struct insn twice[] = {pack_insn(OP_FEATURE, feature), pack_insn(OP_FEATURE, feature),
                               pack_insn(OP_ADD, 0), pack_insn(OP_END, 0)};
        feature = pack_feature(p, "twice", ENTITY_ACCOUNT, pack_code(p, twice, 4));
    }
    uint32_t code = p->features[feature].code;
    vm_verified(p);
    struct page *page = vm_page();
    struct retention retention;
    retention_defaults(&retention);
    (void)vm_pay(page, T0 - MINUTE, 10, &retention);
    struct event event = event_payment("p-1", PHASE_INITIATED, "A", "M", 10, T0);
    struct vm vm;
    vm_init(&vm, p);
    vm_begin(&vm, page, &event, NULL, LEG_PAYEE, T0, NULL);
    ck_assert_int_eq(vm_run(&vm, code), 1 << 24); /* so the values are known already */
    for (int round = 0; round < 2; round++) {
        struct evidence evidence = {.count = 0};
        vm_collect(&vm, code, &evidence);
        ck_assert_uint_eq(evidence.count, 1);
        ck_assert_int_eq(evidence.item[0].record->time_ms, T0 - MINUTE);
    }
    vm_fini(&vm);
    page_free(page);
    program_free(p);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("vm");
    TCase *tests = tcase_create("vm");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, two_operands, 0, VM_ROWS(pairs));
    tcase_add_loop_test(tests, one_operand, 0, VM_ROWS(singles));
    tcase_add_loop_test(tests, between, 0, VM_ROWS(betweens));
    tcase_add_loop_test(tests, choose, 0, VM_ROWS(chooses));
    tcase_add_loop_test(tests, scaled_half_to_even, 0, VM_ROWS(scales));
    tcase_add_loop_test(tests, in_a_set, 0, VM_ROWS(in_sets));
    tcase_add_loop_test(tests, jumping, 0, VM_ROWS(jumps));
    tcase_add_test(tests, carried_memberships_have_three_values);
    tcase_add_test(tests, features_are_worked_out_once_a_visit);
    tcase_add_test(tests, evidence_is_what_counted);
    tcase_add_test(tests, evidence_of_features_that_read_features);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
