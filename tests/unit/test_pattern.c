/* test_pattern.c - which records a pattern is matched by, on pages made by hand. */
#include "engine/eval/pattern.h"

#include "engine/state/page.h"
#include "rules/compile.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(rows) ((int)(sizeof(rows) / sizeof(rows)[0]))
#define MINUTE_MS ((int64_t)60000)
#define NOW_MS ((int64_t)1772416800000) /* 2026-03-02T10:00:00+08:00 */
#define PAST_MAX 8

/* One letter a stream: i call_in, I payment_in, O payment_out, S sms_in. The last one is in hand.
 */
struct past {
    char stream;
    int minutes;
    int value; /* a call's minutes, -1 while it is open; a payment's yuan */
    uint16_t flags;
};

struct row {
    const char *name;
    const char *steps;
    struct past past[PAST_MAX];
    /* By step: which of the past, and how many a repeated one takes; "" if there is no match. */
    const char *match;
};

static const struct row rows[] = {
    {"the latest of two",
     "a: call_in then b: payment_out",
     {{'i', -20, 1, 0}, {'i', -10, 1, 0}, {'O', 0, 5, 0}},
     "12"},
    {"nothing before it", "a: call_in then b: payment_out", {{'O', 0, 5, 0}}, ""},
    {"the window is open at its start",
     "a: call_in then b: payment_out",
     {{'i', -60, 1, 0}, {'O', 0, 5, 0}},
     ""},
    {"and holds all that is younger",
     "a: call_in then b: payment_out",
     {{'i', -59, 1, 0}, {'O', 0, 5, 0}},
     "01"},
    {"equal times are ordered by arrival",
     "a: call_in then b: payment_out",
     {{'i', 0, 1, 0}, {'O', 0, 5, 0}},
     "01"},
    {"the latest first, from the last step back",
     "a: call_in then b: payment_in then d: payment_out",
     {{'i', -30, 1, 0}, {'I', -20, 1, 0}, {'i', -10, 1, 0}, {'I', -5, 1, 0}, {'O', 0, 5, 0}},
     "234"},
    {"the latest that leaves room for the others",
     "a: call_in then b: payment_in then d: payment_out",
     {{'i', -30, 1, 0}, {'I', -20, 1, 0}, {'i', -3, 1, 0}, {'O', 0, 5, 0}},
     "013"},
    {"a step asks another",
     "a: payment_in where amount > b.amount then b: payment_out",
     {{'I', -30, 9, 0}, {'I', -20, 5, 0}, {'O', 0, 5, 0}},
     "02"},
    {"the last step asks the first",
     "a: payment_in then b: payment_out where amount > a.amount",
     {{'I', -30, 4, 0}, {'I', -20, 5, 0}, {'O', 0, 5, 0}},
     "02"},
    {"what is unknown is not true",
     "a: payment_in where region == 330502 then b: payment_out",
     {{'I', -30, 4, 0}, {'O', 0, 5, 0}},
     ""},
    {"reversed payments are left out",
     "a: payment_in then b: payment_out",
     {{'I', -30, 4, RECORD_REVERSED}, {'O', 0, 5, 0}},
     ""},
    {"but for who asks",
     "a: payment_in where reversed then b: payment_out",
     {{'I', -30, 4, RECORD_REVERSED}, {'O', 0, 5, 0}},
     "01"},
    {"the time of a step begins at the end of a call",
     "a: call_in then b: payment_out within 10m",
     {{'i', -30, 25, 0}, {'O', 0, 5, 0}},
     "01"},
    {"and is over then",
     "a: call_in then b: payment_out within 10m",
     {{'i', -30, 20, 0}, {'O', 0, 5, 0}},
     ""},
    {"an open call is not over",
     "a: call_in then b: payment_out within 10m",
     {{'i', -30, -1, 0}, {'O', 0, 5, 0}},
     "01"},
    {"an earlier one that is in time",
     "a: payment_in then b: sms_in within 10m then d: payment_out",
     {{'I', -30, 5, 0}, {'S', -25, 0, 0}, {'S', -10, 0, 0}, {'O', 0, 5, 0}},
     "013"},
    {"all between the neighbours",
     "a: call_in then b: payment_in at least 2 times then d: payment_out",
     {{'I', -40, 5, 0}, {'i', -30, 1, 0}, {'I', -20, 5, 0}, {'I', -10, 5, 0}, {'O', 0, 5, 0}},
     "1[2]4"},
    {"an earlier neighbour leaves room for more",
     "a: call_in then b: payment_in at least 2 times then d: payment_out",
     {{'i', -50, 1, 0}, {'I', -40, 5, 0}, {'i', -30, 1, 0}, {'I', -20, 5, 0}, {'O', 0, 5, 0}},
     "0[2]4"},
    {"too many",
     "a: call_in then b: payment_in at most 1 times then d: payment_out",
     {{'i', -30, 1, 0}, {'I', -20, 5, 0}, {'I', -10, 5, 0}, {'O', 0, 5, 0}},
     ""},
    {"the first step repeated, from the start of the window",
     "a: payment_in at least 2 times then b: payment_out",
     {{'I', -60, 5, 0}, {'I', -59, 5, 0}, {'I', -10, 5, 0}, {'O', 0, 5, 0}},
     "[2]3"},
    {"the last step repeated, with the one in hand",
     "a: payment_in then b: payment_out at least 2 times",
     {{'O', -50, 5, 0}, {'I', -40, 5, 0}, {'O', -10, 5, 0}, {'O', 0, 5, 0}},
     "1[2]"},
    {"which has to be one of them",
     "a: payment_in then b: payment_out where amount > 5.00 CNY at least 1 times",
     {{'I', -40, 5, 0}, {'O', -10, 6, 0}, {'O', 0, 5, 0}},
     ""},
    {"time counts from the last that was taken",
     "a: payment_in at least 1 times then b: payment_out within 10m",
     {{'I', -40, 5, 0}, {'I', -5, 5, 0}, {'O', 0, 5, 0}},
     "[2]2"},
    {"a step asks what another has taken",
     "a: payment_in at least 2 times then b: payment_out where amount == sum(a.amount)",
     {{'I', -40, 2, 0}, {'I', -5, 3, 0}, {'O', 0, 5, 0}},
     "[2]2"},
    {"without, and there is one",
     "a: payment_in then b: payment_out without sms_in",
     {{'I', -40, 2, 0}, {'S', -5, 0, 0}, {'O', 0, 5, 0}},
     ""},
    {"without, and it is before",
     "a: payment_in then b: payment_out without sms_in",
     {{'S', -50, 0, 0}, {'I', -40, 2, 0}, {'O', 0, 5, 0}},
     "12"},
    {"without what fills a step",
     "a: payment_in then b: sms_in then d: payment_out without sms_in",
     {{'I', -40, 2, 0}, {'S', -5, 0, 0}, {'O', 0, 5, 0}},
     "012"},
    {"without, and an aggregate of a step",
     "a: payment_in at least 1 times then b: payment_out without sms_in where gap >= 5m and count(a) > 1",
     {{'I', -40, 2, 0}, {'S', -5, 0, 0}, {'O', 0, 5, 0}},
     "[1]2"},
};

struct bench {
    struct compiled pack;
    struct page *page;
    struct event event;
    struct vm vm;
    int64_t carried[PROGRAM_CARRIED_MAX];
};

static int stream_of(char letter)
{
    return letter == 'i'   ? STREAM_CALL_IN
           : letter == 'I' ? STREAM_PAYMENT_IN
           : letter == 'S' ? STREAM_SMS_IN
                           : STREAM_PAYMENT_OUT;
}

static uint64_t id_of(int past)
{
    return (uint64_t)past + 1;
}

static void add_past(struct bench *b, const struct past *past, int index)
{
    struct retention retention;
    retention_defaults(&retention);
    struct record draft = {.time_ms = NOW_MS + past->minutes * MINUTE_MS,
                           .id = id_of(index),
                           .value = past->value * (int64_t)100,
                           .flags = past->flags,
                           .member = RECORD_MEMBER_NONE};
    if (past->stream == 'i') {
        draft.value = past->value < 0 ? VALUE_UNKNOWN : past->value * MINUTE_MS;
        draft.flags = past->value < 0 ? RECORD_STARTED : RECORD_ENDED;
    }
    (void)page_add_record(b->page, stream_of(past->stream), &draft, NULL, &retention);
}

static void bench_init(struct bench *b, const char *steps)
{
    struct buf text = {0};
    struct buf shown = {0};
    struct token token = {{0xaa}};
    memset(b, 0, sizeof *b);
    buf_add_format(&text,
                   "pattern p for person within 1h %s\n"
                   "rule r for payer.person on transaction when matches p watch payee for 1h\n",
                   steps);
    ck_assert_int_eq(compile_text(&b->pack, STR("t.rule"), buf_str(&text), NULL), 0);
    diag_render(&shown, &b->pack.diags, &b->pack.source);
    ck_assert_msg(b->pack.program != NULL, "%s", buf_text(&shown));
    b->page = page_new(&token, ENTITY_PERSON);
    b->event.kind = EVENT_TRANSACTION;
    vm_init(&b->vm, b->pack.program);
    buf_fini(&shown);
    buf_fini(&text);
}

/* The newest payment out is in hand. */
static void bench_begin(struct bench *b)
{
    const struct stream *out = &b->page->streams[STREAM_PAYMENT_OUT];
    const struct record *hand = &out->records[out->end - 1];
    vm_begin(&b->vm, b->page, &b->event, hand, LEG_PAYER_PERSON, hand->time_ms, b->carried);
}

static void bench_fini(struct bench *b)
{
    vm_fini(&b->vm);
    page_free(b->page);
    compile_fini(&b->pack);
}

static int64_t count_taken(struct bench *b, uint32_t step)
{
    const struct pattern *pattern = &b->pack.program->patterns[0];
    const struct pattern_step *of = &b->pack.program->pattern_steps[pattern->step_first + step];
    const struct record *records = b->page->streams[of->stream].records;
    int64_t count = 0;
    uint32_t first, last;
    ck_assert(pattern_range(&b->vm, 0, step, &first, &last));
    for (uint32_t i = first; i < last; i++) {
        count += pattern_takes(&b->vm, 0, step, &records[i]);
    }
    return count;
}

START_TEST(pattern_is_matched_by)
{
    const struct row *row = &rows[_i];
    struct bench b;
    struct buf got = {0};
    bench_init(&b, row->steps);
    for (int i = 0; i < PAST_MAX && row->past[i].stream != 0; i++) {
        add_past(&b, &row->past[i], i);
    }
    bench_begin(&b);
    bool found = pattern_matches(&b.vm, 0) == 1;
    const struct pattern *pattern = &b.pack.program->patterns[0];
    for (uint32_t i = 0; found && i < pattern->step_count; i++) {
        if (b.pack.program->pattern_steps[pattern->step_first + i].repeated) {
            buf_add_format(&got, "[%d]", (int)count_taken(&b, i));
        } else {
            buf_add_format(&got, "%d", (int)(b.vm.matches[0].bound[i]->id - 1));
        }
    }
    ck_assert_msg(str_eq_text(buf_str(&got), row->match), "%s: got %s", row->name, buf_text(&got));
    buf_fini(&got);
    bench_fini(&b);
}
END_TEST

START_TEST(workdays_are_a_window)
{
    static const struct {
        int minutes;
        int64_t matches;
    } cases[] = {{-(3 * 24 + 10) * 60, 1}, {-(3 * 24 + 10) * 60 - 1, 0}}; /* Friday, 00:00 */
    for (int i = 0; i < COUNT_OF(cases); i++) {
        struct bench b;
        bench_init(&b, "a: payment_in then b: payment_out");
        b.pack.program->patterns[0].within_ms = 0;
        b.pack.program->patterns[0].workdays = 2;
        add_past(&b, &(struct past){'I', cases[i].minutes, 5, 0}, 0);
        add_past(&b, &(struct past){'O', 0, 5, 0}, 1);
        bench_begin(&b);
        ck_assert_int_eq(pattern_matches(&b.vm, 0), cases[i].matches);
        bench_fini(&b);
    }
}
END_TEST

START_TEST(transfer_between_own_accounts_fills_one_step)
{
    struct bench b;
    bench_init(&b, "a: payment_in then b: payment_out");
    add_past(&b, &(struct past){'I', 0, 5, 0}, 0);
    add_past(&b, &(struct past){'O', 0, 5, 0}, 0); /* of the same id */
    bench_begin(&b);
    ck_assert_int_eq(pattern_matches(&b.vm, 0), 0);
    bench_fini(&b);
}
END_TEST

START_TEST(search_is_given_up)
{
    static const struct {
        int count;
        int64_t matches;
        bool bounded;
    } sizes[] = {{10, 0, false}, {60, VALUE_UNKNOWN, true}};
    for (int i = 0; i < COUNT_OF(sizes); i++) {
        struct bench b;
        bench_init(&b, "a: payment_in then b: payment_in then d: payment_in then e: payment_out "
                       "where amount < a.amount - b.amount + d.amount");
        for (int k = 0; k < sizes[i].count; k++) {
            add_past(&b, &(struct past){'I', -50, 1, 0}, k);
        }
        add_past(&b, &(struct past){'O', 0, 5, 0}, 100);
        bench_begin(&b);
        ck_assert_int_eq(pattern_matches(&b.vm, 0), sizes[i].matches);
        ck_assert_int_eq(pattern_matches(&b.vm, 0), sizes[i].matches);
        ck_assert_int_eq(b.vm.flags.bounded, sizes[i].bounded);
        ck_assert_uint_eq(b.vm.given_up, sizes[i].bounded);
        ck_assert(pattern_word(&b.vm, 0, 0, WORD_AMOUNT) == VALUE_UNKNOWN);
        bench_fini(&b);
    }
}
END_TEST

START_TEST(matched_records_are_evidence)
{
    struct bench b;
    struct evidence evidence = {.count = 0};
    bench_init(&b, "a: call_in then b: payment_in where any(sms_in in 1h) at least 2 times then d: "
                   "payment_out");
    add_past(&b, &(struct past){'S', -50, 0, 0}, 0);
    add_past(&b, &(struct past){'i', -40, 1, 0}, 1);
    add_past(&b, &(struct past){'I', -30, 5, 0}, 2);
    add_past(&b, &(struct past){'I', -20, 5, 0}, 3);
    add_past(&b, &(struct past){'O', 0, 5, 0}, 4);
    bench_begin(&b);
    ck_assert_int_eq(pattern_matches(&b.vm, 0), 1);
    vm_collect(&b.vm, b.pack.program->rules[0].when, &evidence);
    ck_assert_uint_eq(evidence.count, 3); /* what a filter looked at is none */
    ck_assert_uint_eq(evidence.item[0].record->id, id_of(1));
    ck_assert_uint_eq(evidence.item[1].record->id, id_of(3));
    ck_assert_uint_eq(evidence.item[2].record->id, id_of(2));
    bench_fini(&b);
}
END_TEST

START_TEST(reaching_behind_the_history_is_said)
{
    static const struct {
        const char *name;
        const char *steps;
        bool approximate;
    } cases[] = {
        {"not found", "a: sms_in then b: payment_out where a.gap > 5h", true},
        {"found in what there is", "a: sms_in then b: payment_out", false},
        {"more could have been taken", "a: sms_in at least 1 times then b: payment_out", true},
        {"what is kept is enough", "a: sms_in then b: sms_in at least 1 times then d: payment_out",
         false},
    };
    struct retention retention;
    retention_defaults(&retention);
    int kept = (int)retention.stream[ENTITY_PERSON][STREAM_SMS_IN].records_max;
    for (int i = 0; i < COUNT_OF(cases); i++) {
        struct bench b;
        bench_init(&b, cases[i].steps);
        for (int k = 0; k < kept + 5; k++) {
            add_past(&b, &(struct past){'S', k < kept + 3 ? -10 : k - kept - 12, 0, 0}, k);
        }
        add_past(&b, &(struct past){'O', 0, 5, 0}, 1000);
        bench_begin(&b);
        (void)pattern_matches(&b.vm, 0);
        ck_assert_msg(b.vm.flags.approximate == cases[i].approximate, "%s", cases[i].name);
        bench_fini(&b);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pattern");
    TCase *t = tcase_create("pattern");
    tcase_add_loop_test(t, pattern_is_matched_by, 0, COUNT_OF(rows));
    tcase_add_test(t, workdays_are_a_window);
    tcase_add_test(t, transfer_between_own_accounts_fills_one_step);
    tcase_add_test(t, search_is_given_up);
    tcase_add_test(t, matched_records_are_evidence);
    tcase_add_test(t, reaching_behind_the_history_is_said);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
