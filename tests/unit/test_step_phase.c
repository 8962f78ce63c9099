/* test_step_phase.c - the messages about one call or one payment, in any order, make one record. */
#include "engine/step.h"

#include "tests/unit/small_event.h"
#include "tests/unit/small_pack.h"
#include "tests/unit/stepped.h"

#include <check.h>
#include <stdlib.h>

#define NONE VALUE_UNKNOWN

struct message {
    int phase; /* PHASE_NONE ends the list */
    const char *id;
    int64_t value;          /* duration or amount */
    int64_t at_ms;          /* since T0: where it lies in the history */
    const char *payment_id; /* NULL: it gives none */
};

#define START(id, at)                   \
    {                                   \
        PHASE_START, id, NONE, at, NULL \
    }
#define END(id, duration, at)             \
    {                                     \
        PHASE_END, id, duration, at, NULL \
    }
#define RECORD(id, duration, at)             \
    {                                        \
        PHASE_RECORD, id, duration, at, NULL \
    }
#define INITIATED(id, amount, at)             \
    {                                         \
        PHASE_INITIATED, id, amount, at, NULL \
    }
#define POSTED(id, amount, at)             \
    {                                      \
        PHASE_POSTED, id, amount, at, NULL \
    }
#define REVERSED(id, amount, at)             \
    {                                        \
        PHASE_REVERSED, id, amount, at, NULL \
    }

/* A payment's message with payment_id. */
#define NAMED(phase, id, amount, payment_id)     \
    {                                            \
        PHASE_##phase, id, amount, 0, payment_id \
    }

enum { REPEATED = 1, TOO_LATE = 2 };

static const struct history_row {
    const char *name;
    struct message messages[5];
    unsigned triggers; /* of the last message */
    int outcome;       /* REPEATED, TOO_LATE */
    uint32_t records;
    int64_t value; /* of the record of the last message */
    unsigned flags, no_flags;
} call_rows[] =
    {
        {"a call begins", {START("c", 0)}, T_START, 0, 1, NONE, RECORD_STARTED, RECORD_ENDED},
        {"its end updates it",
         {START("c", 0), END("c", MINUTE, 0)},
         T_END,
         0,
         1,
         MINUTE,
         RECORD_STARTED | RECORD_ENDED,
         RECORD_ENDED_BY_COPY},
        {"a record after the start is its end",
         {START("c", 0), RECORD("c", MINUTE, 0)},
         T_END,
         0,
         1,
         MINUTE,
         RECORD_ENDED,
         0},
        {"a record alone is start and end",
         {RECORD("c", MINUTE, 0)},
         T_START | T_END,
         0,
         1,
         MINUTE,
         RECORD_ENDED,
         RECORD_STARTED},
        {"an end alone is start and end",
         {END("c", MINUTE, 0)},
         T_START | T_END,
         0,
         1,
         MINUTE,
         RECORD_ENDED,
         RECORD_STARTED},
        {"a second start changes nothing",
         {START("c", 0), START("c", 9)},
         0,
         REPEATED,
         1,
         NONE,
         0,
         0},
        {"a second end changes nothing",
         {START("c", 0), END("c", MINUTE, 0), END("c", HOUR, 0)},
         0,
         REPEATED,
         1,
         MINUTE,
         0,
         0},
        {"an end after the record changes nothing",
         {RECORD("c", MINUTE, 0), END("c", HOUR, 0)},
         0,
         REPEATED,
         1,
         MINUTE,
         0,
         0},
        {"a start after the end fills and is not judged",
         {END("c", MINUTE, 0), START("c", 0)},
         0,
         0,
         1,
         MINUTE,
         RECORD_STARTED | RECORD_ENDED,
         0},
        {"and a start after that is a repetition",
         {END("c", MINUTE, 0), START("c", 0), START("c", 0)},
         0,
         REPEATED,
         1,
         MINUTE,
         0,
         0},
        {"an end without a duration",
         {START("c", 0), END("c", NONE, 0)},
         T_END,
         0,
         1,
         NONE,
         RECORD_ENDED,
         0},
        {"the other carrier's record of a running call ends it, unjudged",
         {START("c", 0), RECORD("k", MINUTE, 500)},
         0,
         0,
         1,
         MINUTE,
         RECORD_ENDED | RECORD_ENDED_BY_COPY,
         0},
        {"its own end is judged all the same",
         {START("c", 0), RECORD("k", MINUTE, 500), END("c", 61 * SECOND, 0)},
         T_END,
         0,
         1,
         61 * SECOND,
         RECORD_ENDED,
         RECORD_ENDED_BY_COPY},
        {"but only once",
         {START("c", 0), RECORD("k", MINUTE, 500), END("c", MINUTE, 0), END("c", MINUTE, 0)},
         0,
         REPEATED,
         1,
         MINUTE,
         0,
         0},
        {"a copy of an ended call adds nothing",
         {RECORD("c", MINUTE, 0), RECORD("k", HOUR, 500)},
         0,
         0,
         1,
         MINUTE,
         RECORD_ENDED,
         RECORD_ENDED_BY_COPY},
        {"a call a minute and a bit later is another one",
         {START("c", 0), START("k", MINUTE + 1)},
         T_START,
         0,
         2,
         NONE,
         RECORD_STARTED,
         0},
        {"ended calls that do not overlap are two",
         {RECORD("c", MINUTE, 0), RECORD("k", MINUTE, MINUTE)},
         T_START | T_END,
         0,
         2,
         MINUTE,
         0,
         0},
        {"too late to be judged, but kept",
         {RECORD("c", 0, HOUR), RECORD("k", 0, HOUR - LATENESS - 1)},
         0,
         TOO_LATE,
         2,
         0,
         RECORD_LATE,
         0},
        {"late, but judged",
         {RECORD("c", 0, HOUR), RECORD("k", 0, HOUR - LATENESS)},
         T_START | T_END,
         0,
         2,
         0,
         RECORD_LATE,
         0},
},
  payment_rows[] = {
      {"a payment begins",
       {INITIATED("p", 100, 0)},
       T_PAYMENT,
       0,
       1,
       100,
       RECORD_STARTED,
       RECORD_POSTED},
      {"posted settles it",
       {INITIATED("p", 100, 0), POSTED("p", 100, 3000)},
       T_SETTLEMENT,
       0,
       1,
       100,
       RECORD_STARTED | RECORD_POSTED,
       RECORD_REVERSED},
      {"posted first is both",
       {POSTED("p", 100, 0)},
       T_PAYMENT | T_SETTLEMENT,
       0,
       1,
       100,
       RECORD_POSTED,
       RECORD_STARTED},
      {"initiated after posted fills and is not judged",
       {POSTED("p", NONE, 0), INITIATED("p", 100, 0)},
       0,
       0,
       1,
       100,
       RECORD_STARTED | RECORD_POSTED,
       0},
      {"posted changes no amount",
       {INITIATED("p", NONE, 0), POSTED("p", 100, 0)},
       T_SETTLEMENT,
       0,
       1,
       NONE,
       RECORD_POSTED,
       0},
      {"posted with another amount is another payment",
       {INITIATED("p", 90, 0), POSTED("p", 100, 0)},
       T_PAYMENT | T_SETTLEMENT,
       0,
       2,
       100,
       RECORD_POSTED,
       0},
      {"posted again changes nothing",
       {INITIATED("p", 100, 0), POSTED("p", 100, 0), POSTED("p", 100, 0)},
       0,
       REPEATED,
       1,
       100,
       0,
       0},
      {"reversed after posted",
       {POSTED("p", 100, 0), REVERSED("p", 100, 9)},
       T_SETTLEMENT,
       0,
       1,
       100,
       RECORD_POSTED | RECORD_REVERSED,
       0},
      {"posted after reversed",
       {REVERSED("p", 100, 0), POSTED("p", 100, 9)},
       T_SETTLEMENT,
       0,
       1,
       100,
       RECORD_POSTED | RECORD_REVERSED,
       0},
      {"two payments at one moment are two",
       {INITIATED("p", 100, 0), INITIATED("q", 100, 0)},
       T_PAYMENT,
       0,
       2,
       100,
       0,
       RECORD_LATE},
      {"posted may leave the payment_id out",
       {NAMED(INITIATED, "p", 100, "x"), POSTED("p", 100, 0)},
       T_SETTLEMENT,
       0,
       1,
       100,
       RECORD_STARTED | RECORD_POSTED,
       0},
      {"posted may be the first to give it",
       {INITIATED("p", 100, 0), NAMED(POSTED, "p", 100, "x")},
       T_SETTLEMENT,
       0,
       1,
       100,
       RECORD_STARTED | RECORD_POSTED,
       0},
      {"and is known by it and without it from then on",
       {INITIATED("p", 100, 0), NAMED(POSTED, "p", 100, "x"), NAMED(POSTED, "q", 100, "x"),
        POSTED("q", 100, 0), REVERSED("p", 100, 0)},
       T_SETTLEMENT,
       0,
       1,
       100,
       RECORD_POSTED | RECORD_REVERSED,
       0},
      {"initiated again without payment_id is a repetition",
       {NAMED(INITIATED, "p", 100, "x"), INITIATED("p", 100, 0)},
       0,
       REPEATED,
       1,
       100,
       0,
       0},
      {"the other bank's copy, under the same payment_id, is a repetition",
       {NAMED(INITIATED, "p", 100, "x"), NAMED(INITIATED, "q", 100, "x")},
       0,
       REPEATED,
       1,
       100,
       0,
       0},
      {"either bank may leave it out then",
       {NAMED(INITIATED, "p", 100, "x"), NAMED(INITIATED, "q", 100, "x"), POSTED("q", 100, 0)},
       T_SETTLEMENT,
       0,
       1,
       100,
       RECORD_STARTED | RECORD_POSTED,
       0},
      {"and what one has said the other repeats",
       {NAMED(INITIATED, "p", 100, "x"), NAMED(INITIATED, "q", 100, "x"), POSTED("q", 100, 0),
        POSTED("p", 100, 0)},
       0,
       REPEATED,
       1,
       100,
       0,
       0},
      {"two payment_ids under one id are two payments",
       {NAMED(INITIATED, "p", 100, "x"), NAMED(INITIATED, "p", 100, "y")},
       T_PAYMENT,
       0,
       2,
       100,
       0,
       0},
      {"without payment_id, another amount is another payment",
       {NAMED(INITIATED, "p", 90, "x"), POSTED("p", 100, 0)},
       T_PAYMENT | T_SETTLEMENT,
       0,
       2,
       100,
       RECORD_POSTED,
       0},
      {"a settlement too late is not judged",
       {INITIATED("p", 1, 0), INITIATED("q", 2, HOUR), POSTED("p", 1, 0)},
       0,
       TOO_LATE,
       2,
       1,
       RECORD_POSTED,
       0},
};

static struct event event_of(const struct message *m, bool call)
{
    if (call) {
        return event_call(m->id, m->phase, "F", "P", m->value, T0 + m->at_ms);
    }
    struct event event = event_payment(m->id, m->phase, "A", "M", m->value, T0 + m->at_ms);
    event_set_payment_id(&event, m->payment_id);
    return event;
}

static void check_history(const struct history_row *row, bool call, int leg)
{
    struct step_limits bounds = stepped_limits();
    struct step_taken taken = {0};
    struct page *page = NULL;
    int stream = leg == LEG_CALLER || leg == LEG_CALLER_PERSON   ? STREAM_CALL_OUT
                 : leg == LEG_CALLEE || leg == LEG_CALLEE_PERSON ? STREAM_CALL_IN
                 : leg == LEG_PAYEE || leg == LEG_PAYEE_PERSON   ? STREAM_PAYMENT_IN
                                                                 : STREAM_PAYMENT_OUT;
    struct event event = event_of(&row->messages[0], call);
    for (int i = 0; i < 5 && row->messages[i].phase != PHASE_NONE; i++) {
        event = event_of(&row->messages[i], call);
        page = page == NULL ? step_new_page(&event, leg) : page;
        step_take(page, &event, leg, &bounds, &taken);
    }
    ck_assert_msg(taken.triggers == row->triggers, "%s: triggers %x", row->name, taken.triggers);
    ck_assert_msg(taken.repeated == (row->outcome == REPEATED), "%s: repeated", row->name);
    ck_assert_msg(taken.too_late == (row->outcome == TOO_LATE), "%s: too late", row->name);
    const struct stream *s = &page->streams[stream];
    ck_assert_msg(s->end - s->begin == row->records, "%s: %u records", row->name,
                  s->end - s->begin);
    const struct record *record = taken.hand != NULL ? taken.hand : &s->records[s->begin];
    ck_assert_msg(record->value == row->value, "%s: value", row->name);
    ck_assert_msg((record->flags & row->flags) == row->flags, "%s: flags %x", row->name,
                  record->flags);
    ck_assert_msg((record->flags & row->no_flags) == 0, "%s: flags %x", row->name, record->flags);
    page_free(page);
}

START_TEST(messages_about_calls)
{
    static const int legs[] = {LEG_CALLER, LEG_CALLER_PERSON, LEG_CALLEE, LEG_CALLEE_PERSON};
    check_history(&call_rows[_i / 4], true, legs[_i % 4]);
}
END_TEST

START_TEST(messages_about_payments)
{
    static const int legs[] = {LEG_PAYEE, LEG_PAYEE_PERSON, LEG_PAYER, LEG_PAYER_PERSON};
    check_history(&payment_rows[_i / 4], false, legs[_i % 4]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("step_phase");
    TCase *tests = tcase_create("step_phase");
    tcase_add_loop_test(tests, messages_about_calls, 0,
                        4 * (int)(sizeof call_rows / sizeof call_rows[0]));
    tcase_add_loop_test(tests, messages_about_payments, 0,
                        4 * (int)(sizeof payment_rows / sizeof payment_rows[0]));
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
