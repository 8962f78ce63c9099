/* test_step.c - what messages about calls, payments, lists and people change on a page. */
#include "engine/step.h"

#include "engine/eval/vocab.h"
#include "engine/state/kept.h"
#include "tests/unit/small_event.h"
#include "tests/unit/small_pack.h"

#include "tests/unit/quiet_check.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LATENESS (15 * MINUTE)
#define NONE VALUE_UNKNOWN

static struct step_limits limits(void)
{
    struct step_limits made = {.lateness_ms = LATENESS};
    retention_defaults(&made.retention);
    return made;
}

/* ---- calls and payments --------------------------------------------------------------------- */

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

#define T_START (1U << TRIGGER_CALL_START)
#define T_END (1U << TRIGGER_CALL_END)
#define T_PAYMENT (1U << TRIGGER_TRANSACTION)
#define T_SETTLEMENT (1U << TRIGGER_SETTLEMENT)

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
    struct step_limits bounds = limits();
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

static struct page *take(struct page *page, struct event event, int leg, struct step_taken *taken)
{
    struct step_limits bounds = limits();
    page = page == NULL ? step_new_page(&event, leg) : page;
    step_take(page, &event, leg, &bounds, taken);
    return page;
}

START_TEST(a_message_takes_the_payment_id_on)
{
    struct step_taken taken;
    struct event named = event_payment("p", PHASE_INITIATED, "A", "M", 1, T0);
    struct event posted = event_payment("p", PHASE_POSTED, "A", "M", 1, T0);
    struct event other = event_payment("p", PHASE_POSTED, "A", "M", 2, T0);
    event_set_payment_id(&named, "x");
    ck_assert_uint_ne(named.record_id, posted.record_id);
    struct page *page = take(NULL, named, LEG_PAYEE, &taken);
    ck_assert_uint_eq(taken.record_id, named.record_id);
    take(page, other, LEG_PAYEE, &taken); /* another payment: it stays what it is */
    ck_assert_uint_eq(taken.record_id, other.record_id);
    take(page, posted, LEG_PAYEE, &taken);
    ck_assert_uint_eq(taken.record_id, named.record_id);
    page_free(page);
    page = take(NULL, event_call("c", PHASE_START, "F", "P", NONE, T0), LEG_CALLEE, &taken);
    struct event copy = event_call("k", PHASE_START, "F", "P", NONE, T0);
    take(page, copy, LEG_CALLEE, &taken); /* the other carrier's copy keeps its own */
    ck_assert_uint_eq(taken.record_id, copy.record_id);
    page_free(page);
}
END_TEST

START_TEST(a_busy_page_notes_only_the_newest_payment_ids)
{
    struct step_taken taken;
    struct page *page = NULL;
    for (int i = 0; i <= PAGE_ALIASES_MAX; i++) {
        char id[16];
        (void)snprintf(id, sizeof id, "p-%d", i);
        struct event event = event_payment(id, PHASE_INITIATED, "A", "M", 1, T0 + i);
        event_set_payment_id(&event, id);
        page = take(page, event, LEG_PAYEE, &taken);
    }
    take(page, event_payment("p-1", PHASE_POSTED, "A", "M", 1, T0), LEG_PAYEE, &taken);
    ck_assert_uint_eq(taken.triggers, T_SETTLEMENT);
    take(page, event_payment("p-0", PHASE_POSTED, "A", "M", 1, T0), LEG_PAYEE, &taken);
    ck_assert_uint_eq(taken.triggers, T_PAYMENT | T_SETTLEMENT);
    page_free(page);
}
END_TEST

START_TEST(an_own_transfer_is_two_records_of_one_page)
{
    struct step_taken taken;
    struct event event = event_payment("p", PHASE_INITIATED, "P.b", "P.c", 500, T0);
    struct page *page = take(NULL, event, LEG_PAYEE_PERSON, &taken);
    ck_assert_uint_eq(taken.triggers, T_PAYMENT);
    take(page, event, LEG_PAYER_PERSON, &taken);
    ck_assert_uint_eq(taken.triggers, T_PAYMENT);
    const struct record *in = &page->streams[STREAM_PAYMENT_IN].records[0];
    const struct record *out = &page->streams[STREAM_PAYMENT_OUT].records[0];
    ck_assert(in->flags & RECORD_OWN);
    ck_assert(out->flags & RECORD_OWN);
    ck_assert_uint_eq(page->member_count, 2);
    struct token c = token_of(ENTITY_ACCOUNT, "P.c");
    ck_assert(token_eq(&page->members[in->member].token, &c));
    ck_assert_int_ne(in->member, out->member);
    page_free(page);
}
END_TEST

START_TEST(own_needs_two_known_holders)
{
    static const struct {
        const char *name, *payer, *payee;
        bool own;
    } rows[] = {
        {"two accounts of one person", "P.b", "P.c", true},
        {"accounts of two persons", "P", "Q", false},
        {"an account without a holder", "x", "x", false},
        {"cash", "P", NULL, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct step_taken taken;
        struct page *page =
            take(NULL, event_payment("p", PHASE_INITIATED, rows[i].payer, rows[i].payee, 500, T0),
                 LEG_PAYER_PERSON, &taken);
        ck_assert_msg(((taken.hand->flags & RECORD_OWN) != 0) == rows[i].own, "%s", rows[i].name);
        page_free(page);
    }
}
END_TEST

START_TEST(a_hidden_caller_is_nobody_and_has_no_copies)
{
    struct step_taken taken;
    struct page *page =
        take(NULL, event_call("c", PHASE_START, NULL, "P", NONE, T0), LEG_CALLEE, &taken);
    take(page, event_call("k", PHASE_START, NULL, "P", NONE, T0), LEG_CALLEE, &taken);
    ck_assert_uint_eq(taken.triggers, T_START);
    ck_assert_uint_eq(page->streams[STREAM_CALL_IN].end, 2);
    ck_assert_uint_eq(taken.hand->peer, 0);
    ck_assert_uint_eq(taken.hand->peer_kind, NUMBER_KIND_HIDDEN);
    ck_assert_uint_eq(page->peer_count, 0);
    page_free(page);
}
END_TEST

START_TEST(copies_are_of_one_own_number)
{
    struct step_taken taken;
    struct page *page =
        take(NULL, event_call("c", PHASE_START, "F", "P", NONE, T0), LEG_CALLEE_PERSON, &taken);
    take(page, event_call("k", PHASE_START, "F", "P.b", NONE, T0), LEG_CALLEE_PERSON, &taken);
    ck_assert_uint_eq(taken.triggers, T_START);
    ck_assert_uint_eq(page->streams[STREAM_CALL_IN].end, 2);
    page_free(page);
}
END_TEST

START_TEST(the_end_goes_before_what_the_start_said)
{
    struct step_taken taken;
    struct event start = event_call("c", PHASE_START, "F", "P", NONE, T0);
    struct event end = event_call("c", PHASE_END, "F", "P", MINUTE, T0);
    start.answered = TRUTH_YES;
    start.region = 330502;
    end.answered = TRUTH_NO;
    end.forwarded = TRUTH_YES;
    end.region = 330503;
    struct page *page = take(NULL, start, LEG_CALLEE, &taken);
    take(page, end, LEG_CALLEE, &taken);
    ck_assert_uint_eq(taken.hand->flags & (RECORD_ANSWERED | RECORD_ANSWERED_KNOWN),
                      RECORD_ANSWERED_KNOWN);
    ck_assert(taken.hand->flags & RECORD_FORWARDED);
    ck_assert_uint_eq(record_region(taken.hand), 330502);
    page_free(page);
}
END_TEST

START_TEST(a_copy_fills_only_what_is_missing)
{
    struct step_taken taken;
    struct event ours = event_call("c", PHASE_RECORD, "F", "P", MINUTE, T0);
    struct event theirs = event_call("k", PHASE_RECORD, "F", "P", HOUR, T0);
    ours.answered = TRUTH_NO;
    theirs.answered = TRUTH_YES;
    theirs.forwarded = TRUTH_NO;
    theirs.region = 330503;
    struct page *page = take(NULL, ours, LEG_CALLEE, &taken);
    take(page, theirs, LEG_CALLEE, &taken);
    ck_assert_int_eq(taken.hand->value, MINUTE);
    ck_assert((taken.hand->flags & RECORD_ANSWERED) == 0);
    ck_assert(taken.hand->flags & RECORD_FORWARDED_KNOWN);
    ck_assert_uint_eq(record_region(taken.hand), 330503);
    page_free(page);
}
END_TEST

START_TEST(a_beginning_that_comes_last_overwrites_nothing)
{
    struct step_taken taken;
    struct event posted = event_payment("p", PHASE_POSTED, "A", "M", 1, T0);
    struct event initiated = event_payment("p", PHASE_INITIATED, "A", "M", 1, T0);
    posted.region = 330502;
    posted.channel = 1;
    initiated.region = 330503;
    initiated.channel = 2;
    initiated.purpose = 3;
    struct page *page = take(NULL, posted, LEG_PAYEE, &taken);
    take(page, initiated, LEG_PAYEE, &taken);
    ck_assert_uint_eq(record_region(taken.hand), 330502);
    ck_assert_uint_eq(record_channel(taken.hand), 1);
    ck_assert_uint_eq(record_purpose(taken.hand), 3);
    page_free(page);
}
END_TEST

START_TEST(a_long_call_is_late_by_its_end)
{
    struct step_taken taken;
    struct page *page =
        take(NULL, event_call("c", PHASE_RECORD, "F", "P", 0, T0 + HOUR), LEG_CALLEE, &taken);
    struct event inside = event_call("k", PHASE_RECORD, "G", "P", 50 * MINUTE, T0);
    take(page, inside, LEG_CALLEE, &taken);
    ck_assert_uint_eq(taken.triggers, T_START | T_END);
    ck_assert(taken.hand->flags & RECORD_LATE);
    page_free(page);
}
END_TEST

START_TEST(what_the_page_does_not_keep_is_not_judged)
{
    struct step_limits bounds = limits();
    struct step_taken taken;
    struct event event = event_payment("p-a", PHASE_INITIATED, "A", "M", 1, T0);
    struct page *page = step_new_page(&event, LEG_PAYEE);
    bounds.retention.stream[ENTITY_ACCOUNT][STREAM_PAYMENT_IN].records_max = 8;
    for (int i = 0; i < 8; i++) {
        char id[] = "p-0";
        id[2] = (char)('0' + i);
        event = event_payment(id, PHASE_INITIATED, "A", "M", 1, T0 + i);
        step_take(page, &event, LEG_PAYEE, &bounds, &taken);
        ck_assert_uint_eq(taken.triggers, T_PAYMENT);
    }
    event = event_payment("p-old", PHASE_INITIATED, "A", "M", 1, T0 - 1);
    step_take(page, &event, LEG_PAYEE, &bounds, &taken);
    ck_assert_uint_eq(taken.triggers, 0);
    ck_assert(taken.too_late);
    page_free(page);
}
END_TEST

/* ---- directory and lists -------------------------------------------------------------------- */

START_TEST(the_seventeenth_list_is_said)
{
    struct step_taken taken = {0};
    struct page *page = NULL;
    for (int i = 0; i < PAGE_MEMBERSHIPS_MAX + 1; i++) {
        char list[] = "list-a";
        list[5] = (char)('a' + i);
        ck_assert(!taken.gave_way);
        page = take(page, event_listing("x-1", list, "M", false, T0), LEG_ENTITY, &taken);
    }
    ck_assert(taken.gave_way);
    take(page, event_listing("x-1", "list-b", "M", false, T0 + 1), LEG_ENTITY, &taken);
    ck_assert(!taken.gave_way);
    page_free(page);
}
END_TEST

START_TEST(facts_by_the_latest_word_each)
{
    struct step_taken taken;
    struct event one = event_binding("n-1", ENTITY_ACCOUNT, "M", T0);
    one.kind = EVENT_ACCOUNT;
    one.opened_ms = 1000;
    one.entity_kind_value = 2;
    one.region = 330502;
    struct event older = one;
    older.time_ms = T0 - 1;
    older.opened_ms = 2000;
    older.account_class = 3;
    older.region = 0;
    struct event same_time = one;
    same_time.opened_ms = 3000;
    same_time.entity_kind_value = 0;
    struct page *page = take(NULL, one, LEG_ENTITY, &taken);
    ck_assert_uint_eq(taken.triggers, 1U << TRIGGER_ACCOUNT);
    take(page, older, LEG_ENTITY, &taken);
    take(page, same_time, LEG_ENTITY, &taken);
    ck_assert_int_eq(page->attributes[PAGE_OPENED].value, 3000);
    ck_assert_int_eq(page->attributes[PAGE_KIND].value, 2);
    ck_assert_int_eq(page->attributes[PAGE_CLASS].value, 3);
    ck_assert_int_eq(page->attributes[PAGE_REGION].value, 330502);
    ck_assert_str_eq(page->mask, "M***");
    page_free(page);
}
END_TEST

static struct event person_record(const char *region, uint32_t code, const char *adviser,
                                  int64_t time_ms)
{
    struct event event = event_binding("b-1", ENTITY_PERSON, "P", time_ms);
    event.kind = EVENT_PERSON;
    event.region = code;
    event.region_text_len = (uint8_t)strlen(region);
    memcpy(event.region_text, region, event.region_text_len);
    event.adviser_len = (uint8_t)strlen(adviser);
    memcpy(event.adviser, adviser, event.adviser_len);
    return event;
}

START_TEST(a_persons_texts_are_facts_of_their_own)
{
    struct step_taken taken;
    struct page *page = take(NULL, person_record("330502/001", 330502, "", T0), LEG_ENTITY, &taken);
    take(page, person_record("", 0, "A-17", T0 - 5), LEG_ENTITY, &taken);
    ck_assert_uint_eq(page->adviser_len, 4);
    take(page, person_record("330503", 330503, "A-18", T0 - 9), LEG_ENTITY, &taken);
    ck_assert_mem_eq(page->adviser, "A-17", 4);
    ck_assert_mem_eq(page->region_text, "330502/001", 10);
    take(page, person_record("330504", 330504, "A-19", T0), LEG_ENTITY, &taken);
    take(page, person_record("", 0, "A-20", T0), LEG_ENTITY, &taken);
    ck_assert_mem_eq(page->adviser, "A-20", 4);
    ck_assert_uint_eq(page->region_text_len, 6);
    ck_assert_mem_eq(page->region_text, "330504", 6);
    page_free(page);
}
END_TEST

START_TEST(a_person_is_shown_by_the_latest_binding)
{
    struct step_taken taken;
    struct page *page =
        take(NULL, event_binding("b-1", ENTITY_NUMBER, "P", T0), LEG_HOLDER, &taken);
    ck_assert_mem_eq(page->mask, "P***", 4);
    take(page, event_binding("b-2", ENTITY_ACCOUNT, "P.b", T0 - 1), LEG_HOLDER, &taken);
    ck_assert_mem_eq(page->mask, "P***", 4);
    take(page, event_binding("b-3", ENTITY_ACCOUNT, "P.c", T0), LEG_HOLDER, &taken);
    ck_assert_mem_eq(page->mask, "P.c***", 6);
    ck_assert_uint_eq(page->member_count, 3);
    /* A payment does not change how the person is shown. */
    take(page, event_payment("p", PHASE_INITIATED, "P.b", "M", 1, T0 + 1), LEG_PAYER_PERSON,
         &taken);
    ck_assert_mem_eq(page->mask, "P.c***", 6);
    page_free(page);
}
END_TEST

START_TEST(an_extract_of_the_directory_makes_nothing_late)
{
    struct step_taken taken;
    struct page *page =
        take(NULL, event_binding("b-1", ENTITY_ACCOUNT, "M", T0 + 300 * DAY), LEG_ENTITY, &taken);
    take(page, event_payment("p", PHASE_INITIATED, "A", "M", 1, T0), LEG_PAYEE, &taken);
    ck_assert_uint_eq(taken.triggers, T_PAYMENT);
    page_free(page);
}
END_TEST

START_TEST(an_unknown_holder_has_a_stand_in)
{
    struct event event = event_payment("p", PHASE_INITIATED, "x", "M", 1, T0);
    struct page *page = step_new_page(&event, LEG_PAYER_PERSON);
    ck_assert_uint_eq(page->stand_in, 1);
    ck_assert_uint_eq(page->stand_in_entity, ENTITY_ACCOUNT);
    struct token account = token_of(ENTITY_ACCOUNT, "x");
    ck_assert(token_eq(&page->stand_in_token, &account));
    ck_assert_uint_eq(page->entity, ENTITY_PERSON);
    page_free(page);
    event = event_payment("p", PHASE_INITIATED, "X", "M", 1, T0);
    page = step_new_page(&event, LEG_PAYER_PERSON);
    ck_assert_uint_eq(page->stand_in, 0);
    page_free(page);
}
END_TEST

/* ---- messages, logins, changes, warnings ---------------------------------------------------- */

START_TEST(a_message_is_a_record_of_both_ends)
{
    struct step_limits limit = limits();
    struct event event = event_message("m-1", "F", "P", T0);
    event.has_link = TRUTH_YES;
    event.tags = UINT64_C(0xfedc000300020001);
    event.fifth_tag = 5;
    event.template_token = 77;
    event.party[PARTY_THING] = (struct party){.token = {{78, 0, 0, 0, 9}}, .entity = ENTITY_DOMAIN};
    event.tag_set = 0xef01;
    event.party[PARTY_FROM].kind = NUMBER_KIND_PORT106;
    static const struct {
        int leg, stream;
    } rows[] = {{LEG_SENDER, STREAM_SMS_OUT},
                {LEG_SENDER_PERSON, STREAM_SMS_OUT},
                {LEG_RECEIVER, STREAM_SMS_IN},
                {LEG_RECEIVER_PERSON, STREAM_SMS_IN}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct page *page = step_new_page(&event, rows[i].leg);
        const struct party *other = &event.party[1 - leg_infos[rows[i].leg].party];
        struct step_taken taken;
        step_take(page, &event, rows[i].leg, &limit, &taken);
        const struct stream *stream = &page->streams[rows[i].stream];
        ck_assert_uint_eq(stream->end, 1);
        ck_assert_ptr_eq(taken.hand, &stream->records[0]);
        ck_assert_uint_eq(taken.triggers, 1U << TRIGGER_SMS);
        ck_assert_uint_eq(taken.hand->peer, token_low64(&other->token));
        ck_assert_uint_eq(taken.hand->peer_kind, other->kind);
        ck_assert_uint_eq(record_tag_set(taken.hand), 0xef01);
        ck_assert_uint_eq(taken.hand->template_token, 77);
        ck_assert_uint_eq(taken.hand->domain_token, 78);
        for (unsigned hash = 0; hash <= UINT16_MAX; hash++) {
            bool has = (hash >= 1 && hash <= 3) || hash == 0xfedc || hash == 5;
            quiet_check(record_has_tag(taken.hand, (uint16_t)hash) == has, "tag %u", hash);
        }
        ck_assert_uint_eq(taken.hand->flags, RECORD_LINK | RECORD_LINK_KNOWN | RECORD_FIRST_TIME);
        ck_assert_uint_eq(taken.hand->member,
                          page->entity == ENTITY_PERSON ? 0 : RECORD_MEMBER_NONE);
        step_take(page, &event, rows[i].leg, &limit, &taken); /* sent again */
        ck_assert(taken.repeated);
        ck_assert_uint_eq(stream->end, 1);
        page_free(page);
    }
}
END_TEST

START_TEST(links_of_messages)
{
    static const unsigned flags[] = {[TRUTH_UNKNOWN] = 0,
                                     [TRUTH_NO] = RECORD_LINK_KNOWN,
                                     [TRUTH_YES] = RECORD_LINK | RECORD_LINK_KNOWN};
    for (uint8_t truth = TRUTH_UNKNOWN; truth <= TRUTH_YES; truth++) {
        struct step_limits limit = limits();
        struct event event = event_message("m-1", "F", "P", T0);
        event.has_link = truth;
        struct page *page = step_new_page(&event, LEG_RECEIVER);
        struct step_taken taken;
        step_take(page, &event, LEG_RECEIVER, &limit, &taken);
        ck_assert_uint_eq(taken.hand->flags, flags[truth] | RECORD_FIRST_TIME);
        page_free(page);
    }
}
END_TEST

/* Who was called has been met when he writes, and the other way round. */
START_TEST(calls_and_messages_are_contacts_of_each_other)
{
    struct step_limits limit = limits();
    struct event call = event_call("c-1", PHASE_START, "P", "F", VALUE_UNKNOWN, T0);
    struct event message = event_message("m-1", "F", "P", T0 + HOUR);
    struct page *page = step_new_page(&call, LEG_CALLER_PERSON);
    struct step_taken taken;
    step_take(page, &call, LEG_CALLER_PERSON, &limit, &taken);
    step_take(page, &message, LEG_RECEIVER_PERSON, &limit, &taken);
    ck_assert_uint_eq(taken.hand->flags & (RECORD_FIRST_TIME | RECORD_TWO_WAY), RECORD_TWO_WAY);
    ck_assert_int_eq(page_known_for_ms(page, taken.hand), HOUR);
    ck_assert_int_eq(record_gap_ms(taken.hand), HOUR);
    page_free(page);
}
END_TEST

static const int triggers_of_notes[EVENT_KIND_COUNT] = {[EVENT_SMS] = TRIGGER_SMS,
                                                        [EVENT_LOGIN] = TRIGGER_LOGIN,
                                                        [EVENT_CHANGE] = TRIGGER_CHANGE,
                                                        [EVENT_WARNING] = TRIGGER_WARNING};

/* At a leg the event becomes the wanted record, once. */
static void check_note(const char *name, const struct event *event, int leg, int stream,
                       const struct record *wanted)
{
    struct step_limits limit = limits();
    struct page *page = step_new_page(event, leg);
    struct step_taken taken;
    step_take(page, event, leg, &limit, &taken);
    const struct record *r = taken.hand;
    ck_assert_msg(taken.triggers == 1U << triggers_of_notes[event->kind], "%s", name);
    ck_assert_msg(page->streams[stream].end == 1 && r == page->streams[stream].records, "%s", name);
    ck_assert_msg(r->place == wanted->place && r->value == wanted->value, "%s", name);
    ck_assert_msg(r->flags == (wanted->flags | RECORD_FIRST_TIME), "%s: %x", name, r->flags);
    ck_assert_msg(r->peer == 0 && page->peer_count == 0, "%s", name);
    ck_assert_msg(page->member_count == leg_infos[leg].is_person, "%s", name);
    step_take(page, event, leg, &limit, &taken);
    ck_assert_msg(taken.repeated, "%s", name);
    page_free(page);
}

#define PLACED(place_, value_, flags_)                              \
    {                                                               \
        .place = place_, .value = value_, .flags = (uint16_t)flags_ \
    }

START_TEST(logins_changes_and_warnings_have_no_other_end)
{
    int64_t mule = value_of_key(name_key(STR("mule")));
    const struct {
        const char *name;
        struct event event;
        int leg, stream;
        struct record wanted;
    } rows[] = {
        {"a login", event_login("l-1", "P", "bind_device", T0), LEG_USER, STREAM_LOGIN,
         PLACED(record_place(330502, 2, 0), NONE, 0)},
        {"a change of a number", event_change("g-1", ENTITY_NUMBER, "P", "power_off", T0),
         LEG_OWNER, STREAM_CHANGE, PLACED(record_place(330502, 5, 0), NONE, 0)},
        {"a change of an account", event_change("g-1", ENTITY_ACCOUNT, "p", "limit_raised", T0),
         LEG_OWNER, STREAM_CHANGE, PLACED(record_place(330502, 8, 0), NONE, 0)},
        {"a warning", event_warning("w-1", ENTITY_ACCOUNT, "P", "mule", TIER_HIGH, T0), LEG_ENTITY,
         STREAM_WARNING,
         PLACED(record_place(0, ORIGIN_MINISTRY, TIER_HIGH), mule, RECORD_EXTERNAL)},
        {"a warning about a person", event_warning("w-1", ENTITY_PERSON, "P", "mule", 0, T0),
         LEG_ENTITY, STREAM_WARNING,
         PLACED(record_place(0, ORIGIN_MINISTRY, 0), mule, RECORD_EXTERNAL)},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct event event = rows[i].event;
        event.region = event.kind == EVENT_WARNING ? 0 : 330502;
        check_note(rows[i].name, &event, rows[i].leg, rows[i].stream, &rows[i].wanted);
        if (event_has_leg(&event, rows[i].leg + 1)) {
            check_note(rows[i].name, &event, rows[i].leg + 1, rows[i].stream, &rows[i].wanted);
        }
    }
}
END_TEST

START_TEST(an_outcome_counts_once)
{
    struct step_limits limit = limits();
    struct event event = event_outcome("o-1", ENTITY_PERSON, "P", "mule", "loss", T0);
    struct page *page = step_new_page(&event, LEG_ENTITY);
    struct step_taken taken;
    step_take(page, &event, LEG_ENTITY, &limit, &taken);
    ck_assert(!taken.repeated && taken.triggers == 1U << TRIGGER_OUTCOME);
    ck_assert_ptr_null(taken.hand);
    ck_assert_uint_eq(page->outcome_count, 1);
    step_take(page, &event, LEG_ENTITY, &limit, &taken);
    ck_assert(taken.repeated && taken.triggers == 0);
    event = event_outcome("o-2", ENTITY_PERSON, "P", "mule", "loss", T0 - LATENESS - 1);
    step_take(page, &event, LEG_ENTITY, &limit, &taken);
    ck_assert(taken.too_late && taken.triggers == 0);
    ck_assert_uint_eq(page->outcome_count, 2); /* but it counts */
    page_free(page);
}
END_TEST

START_TEST(an_outcome_ends_or_corrects)
{
    static const struct {
        const char *name, *result;
        int tier;
        bool open;
        uint8_t then; /* the episode's tier */
    } rows[] = {
        {"a loss ends it", "loss", TIER_NONE, false, TIER_HIGH},
        {"corrected to low", "corrected", TIER_LOW, true, TIER_LOW},
        {"corrected to urgent", "corrected", TIER_URGENT, true, TIER_URGENT},
        {"no tier of a broken log", "corrected", TIER_NONE, true, TIER_HIGH},
        {"nor what is none", "corrected", TIER_LIMIT, true, TIER_HIGH},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct step_limits limit = limits();
        struct event event = event_outcome("o-1", ENTITY_PERSON, "P", "mule", rows[i].result, T0);
        struct page *page = step_new_page(&event, LEG_ENTITY);
        struct step_taken taken;
        page->episodes =
            page_reserve(page->episodes, &page->episode_cap, 1, sizeof(struct episode));
        page->episode_count = 1;
        page->episodes[0] = (struct episode){.typology_key = event.about_key,
                                             .opened_ms = T0,
                                             .last_fired_ms = T0,
                                             .closes_ms = HOUR,
                                             .closed_before_ms = TIME_NONE,
                                             .closed_ms = TIME_NONE,
                                             .tier = TIER_HIGH};
        event.tier = (uint8_t)rows[i].tier;
        step_take(page, &event, LEG_ENTITY, &limit, &taken);
        ck_assert_msg(taken.triggers == 1U << TRIGGER_OUTCOME, "%s", rows[i].name);
        ck_assert_msg((page->episodes[0].closed_ms == TIME_NONE) == rows[i].open, "%s",
                      rows[i].name);
        ck_assert_msg(page->episodes[0].tier == rows[i].then, "%s", rows[i].name);
        page_free(page);
    }
}
END_TEST

START_TEST(an_override_is_noted_and_not_judged)
{
    struct step_limits limit = limits();
    struct event event = event_override("x-1", "P", ENTITY_ACCOUNT, "M", T0 + HOUR, T0);
    struct page *page = step_new_page(&event, LEG_ENTITY);
    struct step_taken taken;
    step_take(page, &event, LEG_ENTITY, &limit, &taken);
    ck_assert(!taken.repeated && taken.triggers == 0 && taken.hand == NULL);
    ck_assert_uint_eq(page->override_count, 1);
    ck_assert(page_has_override(page, &event.party[PARTY_TO].token, T0));
    ck_assert(!page_has_override(page, &event.party[PARTY_TO].token, T0 + HOUR));
    ck_assert_int_eq(page->newest_judged_ms, T0);
    page_free(page);
}
END_TEST

START_TEST(list_entries)
{
    static const struct {
        const char *name;
        int64_t from_ms, to_ms, asked_ms;
        bool removes;
        int64_t in;
    } rows[] = {
        {"from the record's time on", NONE, NONE, 0, false, 1},
        {"not before it", NONE, NONE, -1, false, 0},
        {"for ever", NONE, NONE, 9000 * DAY, false, 1},
        {"from its own start", -DAY, NONE, -DAY, false, 1},
        {"until its end, which is out", NONE, HOUR, HOUR, false, 0},
        {"last moment in", NONE, HOUR, HOUR - 1, false, 1},
        {"a removal", NONE, NONE, 0, true, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct step_taken taken;
        struct event event = event_listing("x", "fraud", "M", rows[i].removes, T0);
        event.from_ms = rows[i].from_ms == NONE ? NONE : T0 + rows[i].from_ms;
        event.to_ms = rows[i].to_ms == NONE ? NONE : T0 + rows[i].to_ms;
        struct page *page = take(NULL, event, LEG_ENTITY, &taken);
        ck_assert_uint_eq(taken.triggers, 1U << TRIGGER_LISTING);
        ck_assert_msg(page_is_member(page, name_key(STR("fraud")), T0 + rows[i].asked_ms) ==
                          rows[i].in,
                      "%s", rows[i].name);
        page_free(page);
    }
}
END_TEST

static struct event mark_on(const char *account, int level, int64_t time_ms, int64_t to_ms)
{
    struct event event = event_listing("x", "list", account, false, time_ms);
    event.kind = EVENT_MARK;
    event.mark_key = 7;
    event.mark_level = (uint8_t)level;
    event.to_ms = to_ms;
    return event;
}

START_TEST(a_mark_is_taken_in_when_the_page_is)
{
    static const struct {
        const char *name;
        int64_t time_ms, to_ms, judged_ms;
        bool runs;
    } rows[] = {
        {"later than the page", T0 + 5, T0 + HOUR, T0 + 5, true},
        {"earlier", T0 - 5, T0 + HOUR, T0, true},
        {"long before, and never too late", T0 - 30 * DAY, T0 + HOUR, T0, true},
        {"over by then", T0 - 5, T0, T0, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct step_taken taken;
        struct page *page =
            take(NULL, event_payment("p", PHASE_INITIATED, "A", "M", 1, T0), LEG_PAYEE, &taken);
        take(page, mark_on("M", 2, rows[i].time_ms, rows[i].to_ms), LEG_ENTITY, &taken);
        ck_assert_msg(taken.judged_ms == rows[i].judged_ms && !taken.too_late, "%s", rows[i].name);
        ck_assert_msg(taken.triggers == (unsigned)rows[i].runs << TRIGGER_MARK, "%s", rows[i].name);
        ck_assert_int_eq(page->newest_judged_ms, T0); /* it makes nothing late */
        page_free(page);
    }
}
END_TEST

/* A mark's page may be ahead: it makes nothing late, but was judged by what comes before it. */
START_TEST(what_a_mark_was_judged_by_may_still_come)
{
    static const struct {
        const char *name;
        int64_t after_ms;
        bool again;
    } rows[] = {
        {"before the mark, long before", HOUR, true},
        {"just before it", 2 * HOUR - 1, true},
        {"at its time", 2 * HOUR, false},
        {"behind it", 2 * HOUR + 1, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct step_taken taken;
        struct buf bytes = {0}, scratch = {0};
        struct page *page =
            take(NULL, event_payment("p", PHASE_INITIATED, "A", "M", 1, T0), LEG_PAYEE, &taken);
        struct event mark = mark_on("M", 2, T0 + 2 * HOUR, T0 + DAY);
        take(page, mark, LEG_ENTITY, &taken);
        event_encode(&bytes, &mark);
        struct kept_visit visit = {.event = &mark,
                                   .event_bytes = buf_str(&bytes),
                                   .judged_ms = taken.judged_ms,
                                   .leg = LEG_ENTITY,
                                   .triggers = taken.triggers};
        kept_add(page, &visit, &scratch);
        take(page, event_payment("q", PHASE_INITIATED, "A", "M", 1, T0 + rows[i].after_ms),
             LEG_PAYEE, &taken);
        ck_assert_msg(!taken.too_late && taken.triggers != 0, "%s", rows[i].name);
        ck_assert_msg(taken.after_younger == rows[i].again, "%s", rows[i].name);
        buf_fini(&bytes);
        buf_fini(&scratch);
        page_free(page);
    }
}
END_TEST

START_TEST(a_holder_ends_a_stand_in)
{
    enum { PAYS, PAYS_HELD, BOUND, NOBODY };
    static const struct {
        const char *name;
        int events[3];
        bool ended[3];
    } rows[] = {
        {"bound after it was paid", {PAYS, BOUND, NOBODY}, {false, true, false}},
        {"named by the payment behind", {PAYS, PAYS_HELD, BOUND}, {false, true, false}},
        {"bound before", {BOUND, PAYS_HELD, PAYS_HELD}, {false, false, false}},
        {"nobody comes", {PAYS, PAYS, NOBODY}, {false, false, false}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct page *page = NULL;
        for (int k = 0; k < 3 && rows[i].events[k] != NOBODY; k++) {
            struct step_taken taken;
            char id[2] = {(char)('a' + k), '\0'};
            bool binds = rows[i].events[k] == BOUND;
            struct event event = binds ? event_binding(id, ENTITY_ACCOUNT, "M", T0 + k)
                                       : event_payment(id, PHASE_INITIATED, "A", "M", 1, T0 + k);
            struct party *party = &event.party[binds ? PARTY_FROM : PARTY_TO];
            party->holder_known = rows[i].events[k] != PAYS;
            party->holder = token_of(ENTITY_PERSON, "Q");
            page = take(page, event, binds ? LEG_ENTITY : LEG_PAYEE, &taken);
            ck_assert_msg(taken.stand_in_ended == rows[i].ended[k], "%s: %d", rows[i].name, k);
        }
        page_free(page);
    }
}
END_TEST

START_TEST(a_full_page_says_so)
{
    struct step_taken taken;
    struct page *page = NULL;
    for (int i = 0; i <= PAGE_HELD_MARKS_MAX; i++) {
        struct event mark = mark_on("M", 2, T0, T0 + HOUR - i);
        mark.mark_key = (uint64_t)i + 1;
        page = take(page, mark, LEG_ENTITY, &taken);
        ck_assert_int_eq(taken.gave_way, i == PAGE_HELD_MARKS_MAX);
        ck_assert_int_eq(taken.triggers != 0, i < PAGE_HELD_MARKS_MAX); /* the new one gave way */
    }
    page_free(page);
}
END_TEST

/* The latest word of an event counts; a mark of many says nothing about who holds its account. */
START_TEST(a_page_knows_who_holds_it)
{
    struct step_taken taken;
    struct event mark = mark_on("m", 1, T0, T0 + HOUR);
    struct event pays = event_payment("p", PHASE_INITIATED, "A", "m", 1, T0);
    struct token person = token_of(ENTITY_PERSON, "P");
    struct token stand_in = holder_of(ENTITY_ACCOUNT, "m");
    struct page *page = take(NULL, pays, LEG_PAYEE, &taken);
    step_name_holder(page, &mark);
    ck_assert(token_eq(&mark.party[PARTY_FROM].holder, &stand_in));
    ck_assert_uint_eq(mark.party[PARTY_FROM].holder_known, 0);
    pays = event_payment("q", PHASE_INITIATED, "A", "m", 1, T0);
    pays.party[PARTY_TO].holder = person;
    pays.party[PARTY_TO].holder_known = 1;
    take(page, pays, LEG_PAYEE, &taken);
    take(page, mark, LEG_ENTITY, &taken);
    step_name_holder(page, &mark);
    ck_assert(token_eq(&mark.party[PARTY_FROM].holder, &person));
    ck_assert_uint_eq(mark.party[PARTY_FROM].holder_known, 1);
    page_free(page);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("step");
    TCase *tests = tcase_create("step");
    tcase_add_loop_test(tests, messages_about_calls, 0,
                        4 * (int)(sizeof call_rows / sizeof call_rows[0]));
    tcase_add_loop_test(tests, messages_about_payments, 0,
                        4 * (int)(sizeof payment_rows / sizeof payment_rows[0]));
    tcase_add_test(tests, a_message_takes_the_payment_id_on);
    tcase_add_test(tests, a_busy_page_notes_only_the_newest_payment_ids);
    tcase_add_test(tests, an_own_transfer_is_two_records_of_one_page);
    tcase_add_test(tests, own_needs_two_known_holders);
    tcase_add_test(tests, a_hidden_caller_is_nobody_and_has_no_copies);
    tcase_add_test(tests, copies_are_of_one_own_number);
    tcase_add_test(tests, the_end_goes_before_what_the_start_said);
    tcase_add_test(tests, a_copy_fills_only_what_is_missing);
    tcase_add_test(tests, a_beginning_that_comes_last_overwrites_nothing);
    tcase_add_test(tests, a_long_call_is_late_by_its_end);
    tcase_add_test(tests, what_the_page_does_not_keep_is_not_judged);
    tcase_add_test(tests, the_seventeenth_list_is_said);
    tcase_add_test(tests, facts_by_the_latest_word_each);
    tcase_add_test(tests, a_persons_texts_are_facts_of_their_own);
    tcase_add_test(tests, a_person_is_shown_by_the_latest_binding);
    tcase_add_test(tests, an_extract_of_the_directory_makes_nothing_late);
    tcase_add_test(tests, an_unknown_holder_has_a_stand_in);
    tcase_add_test(tests, a_message_is_a_record_of_both_ends);
    tcase_add_test(tests, links_of_messages);
    tcase_add_test(tests, calls_and_messages_are_contacts_of_each_other);
    tcase_add_test(tests, logins_changes_and_warnings_have_no_other_end);
    tcase_add_test(tests, an_outcome_counts_once);
    tcase_add_test(tests, an_outcome_ends_or_corrects);
    tcase_add_test(tests, an_override_is_noted_and_not_judged);
    tcase_add_test(tests, list_entries);
    tcase_add_test(tests, a_mark_is_taken_in_when_the_page_is);
    tcase_add_test(tests, a_holder_ends_a_stand_in);
    tcase_add_test(tests, what_a_mark_was_judged_by_may_still_come);
    tcase_add_test(tests, a_full_page_says_so);
    tcase_add_test(tests, a_page_knows_who_holds_it);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
