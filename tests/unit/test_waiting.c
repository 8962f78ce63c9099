/* test_waiting.c - when a wait begins, what ends it, what is judged then, and what that says. */
#include "rules/compile.h"
#include "tests/unit/small_city.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(rows) ((int)(sizeof(rows) / sizeof(rows)[0]))

static struct program *compiled(const char *text)
{
    struct compiled pack;
    struct buf shown = {0};
    ck_assert_int_eq(compile_text(&pack, STR("t.rule"), str_of(text), NULL), 0);
    diag_render(&shown, &pack.diags, &pack.source);
    ck_assert_msg(pack.program != NULL, "%s", buf_text(&shown));
    struct program *program = pack.program;
    pack.program = NULL;
    compile_fini(&pack);
    buf_fini(&shown);
    return program;
}

static struct event pays(const char *id, const char *payer, const char *payee, int64_t time_ms)
{
    return event_payment(id, PHASE_INITIATED, payer, payee, 5000, time_ms);
}

/* Decisions of the rule's name; kept are those of all events. */
static size_t fired(const struct city *city, const char *rule)
{
    size_t count = 0;
    for (size_t i = 0; i < kept_count(&city->kept, OUTPUT_DECISION); i++) {
        const char *json = kept_json(&city->kept, OUTPUT_DECISION, i);
        count += strstr(json_member(json, "fired"), rule) != NULL;
    }
    return count;
}

static void move_clock(struct city *city, int64_t to_ms)
{
    struct err err = {0};
    ck_assert_int_eq(local_tick(city->local, to_ms, &err), 0);
}

#define WAITS "pattern p for account within 1h "
#define ON "\nrule r for account on timeout of p when known(time) watch subject for 1h\n"

/* ---- when it ends --------------------------------------------------------------------------- */

/* One letter an event at M: o, it pays; i, cash comes in; r, that is taken back. */
struct step {
    char what;
    int64_t at_ms; /* after T0 */
};

static const struct row {
    const char *name;
    const char *text;
    struct step steps[6];
    size_t fired;
} rows[] = {
    {"nothing came", WAITS "a: payment_out then no payment_in within 10m" ON, {{'o', 0}}, 1},
    {"it came",
     WAITS "a: payment_out then no payment_in within 10m" ON,
     {{'o', 0}, {'i', MINUTE}},
     0},
    {"it came in the last moment",
     WAITS "a: payment_out then no payment_in within 10m" ON,
     {{'o', 0}, {'i', 10 * MINUTE - 1}},
     0},
    {"it came when that was over",
     WAITS "a: payment_out then no payment_in within 10m" ON,
     {{'o', 0}, {'i', 10 * MINUTE}},
     1},
    {"it had come before",
     WAITS "a: payment_out then no payment_in within 10m" ON,
     {{'i', 0}, {'o', 0}},
     1},
    {"it came at the same time",
     WAITS "a: payment_out then no payment_in within 10m" ON,
     {{'o', 0}, {'i', 0}},
     0},
    {"something else came",
     WAITS "a: payment_out then no payment_in where amount > a.amount within 10m" ON,
     {{'o', 0}, {'i', MINUTE}},
     1},
    {"and was taken back",
     WAITS "a: payment_out then no payment_in within 10m" ON,
     {{'o', 0}, {'i', MINUTE}, {'r', 2 * MINUTE}},
     1},
    {"which was asked for",
     WAITS "a: payment_out then no payment_in where reversed within 10m" ON,
     {{'o', 0}, {'i', MINUTE}, {'r', 2 * MINUTE}},
     0},
    {"only time passes", WAITS "a: payment_out then wait 10m" ON, {{'o', 0}, {'i', MINUTE}}, 1},
    {"what it waits behind is taken back",
     WAITS "a: payment_in then wait 10m" ON,
     {{'i', 0}, {'r', MINUTE}},
     0},
    {"each record waits",
     WAITS "a: payment_out then no payment_in within 10m" ON,
     {{'o', 0}, {'o', MINUTE}, {'o', 2 * MINUTE}},
     3},
    {"for what comes behind it",
     WAITS "a: payment_out then no payment_in within 10m" ON,
     {{'o', 0}, {'i', MINUTE}, {'o', 2 * MINUTE}},
     1},
    {"two steps",
     WAITS "b: payment_in then a: payment_out then wait 10m" ON,
     {{'o', 0}, {'i', MINUTE}, {'o', 2 * MINUTE}, {'o', 3 * MINUTE}},
     2},
    {"a first step out of the window",
     WAITS "b: payment_in then a: payment_out then wait 10m" ON,
     {{'i', 0}, {'o', HOUR}},
     0},
    {"a repeated step alone",
     WAITS "a: payment_in at least 3 times then wait 10m" ON,
     {{'i', 0}, {'i', 1}, {'i', 2}, {'i', 3}},
     2},
    {"and what may not lie in it",
     WAITS "a: payment_in at least 3 times then wait 10m without payment_out" ON,
     {{'i', 0}, {'o', 1}, {'i', 2}, {'i', 3}},
     0},
    {"but before it",
     WAITS "a: payment_in at least 3 times then wait 10m without payment_out" ON,
     {{'o', 0}, {'i', 1}, {'i', 2}, {'i', 3}},
     1},
    {"no rule runs on it",
     WAITS "a: payment_out then wait 10m\n"
           "rule r for payer on transaction when not known(time) watch subject for 1h\n",
     {{'o', 0}},
     0},
};

START_TEST(what_ends_a_wait)
{
    const struct row *row = &rows[_i];
    struct city city;
    char id[8] = "p-0";
    city_begin(&city, compiled(row->text));
    for (int i = 0; i < COUNT_OF(row->steps) && row->steps[i].what != 0; i++) {
        const struct step *step = &row->steps[i];
        struct event event = step->what == 'o' ? pays(id, "M", NULL, T0 + step->at_ms)
                                               : pays(id, NULL, "M", T0 + step->at_ms);
        if (step->what == 'r') {
            id[2]--;
            event = event_payment(id, PHASE_REVERSED, NULL, "M", 5000, T0 + step->at_ms);
            id[2]++;
        }
        city_send(&city, event);
        id[2]++;
    }
    move_clock(&city, T0 + DAY);
    ck_assert_msg(fired(&city, "\"r\"") == row->fired, "%s: fired %d times", row->name,
                  (int)fired(&city, "\"r\""));
    city_end(&city);
}
END_TEST

START_TEST(it_ends_with_the_clock)
{
    struct city city;
    city_begin(&city, compiled(WAITS "a: payment_out then wait 10m" ON));
    city_send(&city, pays("p-1", "M", "X", T0));
    move_clock(&city, T0 + 10 * MINUTE - 1);
    ck_assert_uint_eq(fired(&city, "\"r\""), 0);
    const struct page *page = city_page(&city, token_of(ENTITY_ACCOUNT, "M"));
    ck_assert_uint_eq(page->wait_count, 1);
    move_clock(&city, T0 + 10 * MINUTE);
    ck_assert_uint_eq(fired(&city, "\"r\""), 1);
    ck_assert_uint_eq(page->wait_count, 0);
    struct local_counts counts;
    local_counts(city.local, &counts);
    ck_assert_uint_eq(counts.waits_ended, 1);
    ck_assert_uint_eq(counts.waits_lost, 0);
    city_end(&city);
}
END_TEST

/* An event that comes after its wait is over: judged as of its end, when the clock next moves. */
START_TEST(begun_after_its_end)
{
    struct city city;
    city_begin(&city, compiled(WAITS "a: payment_out then no payment_in within 10m" ON));
    city_send(&city, pays("p-1", "A", "B", T0 + 12 * MINUTE));
    city_send(&city, pays("p-2", "M", "X", T0));
    ck_assert_uint_eq(fired(&city, "\"r\""), 0);
    city_send(&city, event_binding("b-1", ENTITY_ACCOUNT, "A", T0 + DAY)); /* it moves no clock */
    city_send(&city, pays("p-3", NULL, "M", T0 + 12 * MINUTE));            /* nor does this */
    ck_assert_uint_eq(fired(&city, "\"r\""), 0);
    move_clock(&city, T0 + 12 * MINUTE + 1);
    ck_assert_uint_eq(fired(&city, "\"r\""), 1);
    const char *json =
        kept_json(&city.kept, OUTPUT_DECISION, kept_count(&city.kept, OUTPUT_DECISION) - 1);
    ck_assert_str_eq(json_member(json, "time"), "\"2026-03-02T10:10:00.000+08:00\"");
    city_end(&city);
}
END_TEST

/* Then what came at the end, and later, may be there already. */
START_TEST(begun_after_what_must_not_come)
{
    static const struct {
        const char *name;
        int64_t came_ms;
        size_t fired;
    } came[] = {{"the last moment", 10 * MINUTE - 1, 0},
                {"the end", 10 * MINUTE, 1},
                {"before", -1, 1}};
    for (int i = 0; i < COUNT_OF(came); i++) {
        struct city city;
        city_begin(&city, compiled(WAITS "a: payment_out then no payment_in within 10m" ON));
        city_send(&city, pays("p-1", NULL, "M", T0 + came[i].came_ms));
        city_send(&city, pays("p-2", NULL, "B", T0 + 12 * MINUTE));
        city_send(&city, pays("p-3", "M", NULL, T0));
        move_clock(&city, T0 + HOUR);
        ck_assert_msg(fired(&city, "\"r\"") == came[i].fired, "%s", came[i].name);
        city_end(&city);
    }
}
END_TEST

/* Whoever comes too late changes nothing that was said. */
START_TEST(what_comes_late)
{
    static const struct {
        const char *name;
        bool before; /* the time-out */
        size_t fired;
    } late[] = {{"before the end by the clock", true, 0}, {"after it", false, 1}};
    for (int i = 0; i < COUNT_OF(late); i++) {
        struct city city;
        city_begin(&city, compiled(WAITS "a: payment_out then no payment_in within 10m" ON));
        city_send(&city, pays("p-1", "M", "X", T0));
        int64_t other_ms = T0 + 10 * MINUTE - (late[i].before ? 1 : 0);
        city_send(&city, pays("p-2", NULL, "B", other_ms));
        city_send(&city, pays("p-3", NULL, "M", T0 + 9 * MINUTE));
        move_clock(&city, T0 + HOUR);
        ck_assert_msg(fired(&city, "\"r\"") == late[i].fired, "%s", late[i].name);
        city_end(&city);
    }
}
END_TEST

/* ---- calls and payments that are known ------------------------------------------------------ */

#define CALLS                                                 \
    "pattern p for number within 1h a: call_in then wait 10m" \
    "\nrule r for number on timeout of p when known(time) watch subject for 1h\n"
#define OPEN                                                             \
    "pattern p for number within 1h a: call_in where open then wait 10m" \
    "\nrule r for number on timeout of p when p.a.open watch subject for 1h\n"

START_TEST(the_end_of_a_call_moves_its_wait)
{
    static const struct {
        const char *name;
        const char *text;
        int64_t length_ms; /* VALUE_UNKNOWN: it does not end */
        size_t by_10m, by_15m, in_the_end;
    } calls[] = {
        {"it ends before", CALLS, 5 * MINUTE, 0, 1, 1},
        {"it ends after that", CALLS, 12 * MINUTE, 1, 1, 2},
        {"it goes on", CALLS, VALUE_UNKNOWN, 1, 1, 1},
        {"only while it is open, and it ends", OPEN, 5 * MINUTE, 0, 0, 0},
        {"only while it is open, and it goes on", OPEN, VALUE_UNKNOWN, 1, 1, 1},
    };
    for (int i = 0; i < COUNT_OF(calls); i++) {
        struct city city;
        city_begin(&city, compiled(calls[i].text));
        city_send(&city, event_call("c-1", PHASE_START, "F", "P", VALUE_UNKNOWN, T0));
        int64_t length_ms = calls[i].length_ms;
        if (length_ms != VALUE_UNKNOWN && length_ms <= 10 * MINUTE) {
            city_send(&city, event_call("c-1", PHASE_END, "F", "P", length_ms, T0));
        }
        move_clock(&city, T0 + 10 * MINUTE);
        ck_assert_msg(fired(&city, "\"r\"") == calls[i].by_10m, "%s, 10 m", calls[i].name);
        if (length_ms != VALUE_UNKNOWN && length_ms > 10 * MINUTE) {
            city_send(&city, event_call("c-1", PHASE_END, "F", "P", length_ms, T0));
        }
        move_clock(&city, T0 + 15 * MINUTE);
        ck_assert_msg(fired(&city, "\"r\"") == calls[i].by_15m, "%s, 15 m", calls[i].name);
        move_clock(&city, T0 + HOUR);
        ck_assert_msg(fired(&city, "\"r\"") == calls[i].in_the_end, "%s", calls[i].name);
        city_end(&city);
    }
}
END_TEST

START_TEST(a_payment_that_is_known_begins_none_that_is_over)
{
    static const struct {
        const char *name;
        const char *text;
        int64_t posted_ms;
        size_t fired;
    } posted[] = {
        {"it waits already", WAITS "a: payment_out then wait 10m" ON, MINUTE, 1},
        {"it has waited", WAITS "a: payment_out then wait 10m" ON, 11 * MINUTE, 1},
        {"it waits from then on", WAITS "a: payment_out where posted then wait 10m" ON, MINUTE, 1},
        {"that is over", WAITS "a: payment_out where posted then wait 10m" ON, 10 * MINUTE, 0},
    };
    for (int i = 0; i < COUNT_OF(posted); i++) {
        struct city city;
        city_begin(&city, compiled(posted[i].text));
        city_send(&city, pays("p-1", "M", "X", T0));
        city_send(&city,
                  event_payment("p-1", PHASE_POSTED, "M", "X", 5000, T0 + posted[i].posted_ms));
        move_clock(&city, T0 + HOUR);
        ck_assert_msg(fired(&city, "\"r\"") == posted[i].fired, "%s: %d", posted[i].name,
                      (int)fired(&city, "\"r\""));
        city_end(&city);
    }
}
END_TEST

/* ---- what it says --------------------------------------------------------------------------- */

START_TEST(its_decision)
{
    static const struct {
        const char *name;
        const char *payer; /* "m": nobody knows who holds it */
        const char *page;
        const char *role, *kind;
    } pages[] = {
        {"an account", "M", "account", "\"entity\"", "account"},
        {"its holder", "M", "person", "\"entity\"", "person"},
        {"a stand-in is shown as what it stands for", "m", "person", "\"holder\"", "account"},
    };
    for (int i = 0; i < COUNT_OF(pages); i++) {
        struct city city;
        struct buf text = {0};
        buf_add_format(&text,
                       "typology t for %s tiers low 20 closes after 1d\n"
                       "pattern p for %s within 1h a: payment_out then wait 10m\n"
                       "rule r of t for %s on timeout of p when p.a.amount > 5.00 CNY score 20 for "
                       "1h watch subject for 1h advise reverify subject\n",
                       pages[i].page, pages[i].page, pages[i].page);
        city_begin(&city, compiled(buf_text(&text)));
        city_send(&city, pays("p-1", pages[i].payer, "X", T0));
        kept_clear(&city.kept);
        move_clock(&city, T0 + 10 * MINUTE);
        const char *json = kept_json(&city.kept, OUTPUT_DECISION, 0);
        ck_assert_str_eq(json_member(json, "role"), pages[i].role);
        ck_assert_str_eq(json_member(json, "time"), "\"2026-03-02T10:10:00.000+08:00\"");
        ck_assert_str_eq(json_member(json, "flags"), "[]");
        const char *warning = kept_json(&city.kept, OUTPUT_WARNING, 0);
        ck_assert_ptr_nonnull(
            strstr(warning, "\"type\":\"timeout\",\"time\":\"2026-03-02T10:10:00"));
        ck_assert_ptr_nonnull(strstr(warning, pages[i].kind));
        ck_assert_str_eq(json_member(warning, "amount_at_risk"), "null");
        ck_assert_uint_eq(kept_count(&city.kept, OUTPUT_ADVICE), 1);
        ck_assert_uint_eq(kept_count(&city.kept, OUTPUT_STOP), 1);
        city_end(&city);
        buf_fini(&text);
    }
}
END_TEST

/* Its id is that of the page, the pattern, the event behind which it waited, and its end. */
START_TEST(its_id)
{
    static const struct {
        const char *name;
        const char *text;
        const char *id, *payer;
        int64_t time_ms;
        bool same;
    } ids[] = {
        {"the same again", WAITS "a: payment_out then wait 10m" ON, "p-1", "M", T0, true},
        {"another event", WAITS "a: payment_out then wait 10m" ON, "p-2", "M", T0, false},
        {"another page", WAITS "a: payment_out then wait 10m" ON, "p-1", "N", T0, false},
        {"another end", WAITS "a: payment_out then wait 11m" ON, "p-1", "M", T0, false},
        {"another pattern",
         "pattern q for account within 1h a: payment_out then wait 10m\n"
         "rule r for account on timeout of q when known(time) watch subject for 1h\n",
         "p-1", "M", T0, false},
    };
    char first[64] = "";
    for (int i = -1; i < COUNT_OF(ids); i++) {
        int row = i < 0 ? 0 : i;
        struct city city;
        city_begin(&city, compiled(ids[row].text));
        city_send(&city, pays(ids[row].id, ids[row].payer, "X", ids[row].time_ms));
        kept_clear(&city.kept);
        move_clock(&city, T0 + HOUR);
        const char *event = json_member(kept_json(&city.kept, OUTPUT_DECISION, 0), "event");
        ck_assert_uint_eq(strlen(event), 2 + 2 * TOKEN_BYTES);
        if (i < 0) {
            (void)snprintf(first, sizeof first, "%s", event);
        } else {
            ck_assert_msg((strcmp(first, event) == 0) == ids[row].same, "%s", ids[row].name);
        }
        city_end(&city);
    }
}
END_TEST

/* ---- own warnings, marks, shadow rules, bounds ---------------------------------------------- */

START_TEST(behind_an_own_warning)
{
    struct city city;
    city_begin(&city,
               compiled(
                   "typology t for account tiers low 20 high 60 closes after 1d\n"
                   "pattern p for account within 1h a: warning where tier >= high and open "
                   "then no payment_in within 10m\n"
                   "rule s of t for payer on transaction when known(time) score 60 for 1h\n"
                   "rule r of t for account on timeout of p when p.a.about == t score 5 for 1h\n"));
    city_send(&city, pays("p-1", "M", "X", T0));
    city_send(&city, pays("p-2", "N", "X", T0));
    city_send(&city, pays("p-3", NULL, "N", T0 + MINUTE));
    kept_clear(&city.kept);
    move_clock(&city, T0 + HOUR);
    ck_assert_uint_eq(fired(&city, "\"r\""), 1);
    city_end(&city);
}
END_TEST

/* The clock of the end was behind that of the start: the call is over all the same. */
START_TEST(behind_an_own_warning_at_the_end_of_a_call)
{
    struct city city;
    struct event end = event_call("c-1", PHASE_END, "F", "M", 20 * MINUTE, T0);
    end.time_ms = end.judged_ms = T0 + 15 * MINUTE;
    city_begin(&city,
               compiled("typology t for number tiers low 20 high 60 closes after 1d\n"
                        "pattern p for number within 1h a: call_in where duration >= 20m and not "
                        "open then b: warning then wait 10m\n"
                        "rule s of t for callee on call_end when duration >= 20m score 60 for 1h\n"
                        "rule r of t for number on timeout of p when matches p score 5 for 1h\n"));
    city_send(&city, event_call("c-1", PHASE_START, "F", "M", VALUE_UNKNOWN, T0));
    city_send(&city, end);
    ck_assert_uint_eq(fired(&city, "\"s\""), 1);
    move_clock(&city, T0 + HOUR);
    ck_assert_uint_eq(fired(&city, "\"r\""), 1);
    city_end(&city);
}
END_TEST

/* Several time-outs of a page are one step: each mark has a place of its own. */
START_TEST(marks_of_several_at_once)
{
    struct city city;
    city_begin(&city,
               compiled("pattern p for account within 1h a: payment_out then wait 10m\n"
                        "pattern q for account within 1h a: payment_out then wait 11m\n"
                        "rule r for account on timeout of p when known(time) mark subject "
                        "suspect level 2 for 1h mark subject seen for 1h\n"
                        "rule s for account on timeout of q when known(time) mark subject "
                        "suspect level 1 for 1h\n"
                        "rule u for payer on transaction when subject marked suspect or subject "
                        "marked seen watch subject for 1h\n"));
    city_send(&city, pays("p-1", "M", "X", T0));
    move_clock(&city, T0 + HOUR);
    const struct page *page = city_page(&city, token_of(ENTITY_ACCOUNT, "M"));
    ck_assert_uint_eq(page->held_count, 3);
    ck_assert_int_eq(page_mark_level(page, name_key(STR("suspect")), T0 + 10 * MINUTE), 2);
    ck_assert_int_eq(page_mark_level(page, name_key(STR("suspect")), T0 + 11 * MINUTE), 1);
    ck_assert_int_eq(page_mark_level(page, name_key(STR("suspect")), T0 + 70 * MINUTE), 1);
    city_end(&city);
}
END_TEST

/* Of a pattern that shadow rules alone ask for nothing is seen but their firings; a live rule makes
 * it one like others. */
START_TEST(waits_of_shadow_rules)
{
    for (int live = 0; live < 2; live++) {
        struct city city;
        struct buf text = {0};
        buf_add_format(
            &text,
            "pattern p for account within 1h a: payment_out then wait 10m\n"
            "shadow rule r for account on timeout of p when known(time) watch subject for 1h\n"
            "%srule s for account on timeout of p when not known(time) watch subject for 1h\n",
            live == 1 ? "" : "shadow ");
        city_begin(&city, compiled(buf_text(&text)));
        city_send(&city, pays("p-1", "M", "X", T0));
        const struct page *page = city_page(&city, token_of(ENTITY_ACCOUNT, "M"));
        ck_assert_uint_eq(page->wait_count, 1);
        ck_assert_int_eq(page->waits[0].shadow, live == 0);
        kept_clear(&city.kept);
        move_clock(&city, T0 + HOUR);
        ck_assert_uint_eq(kept_count(&city.kept, OUTPUT_SHADOW), 1);
        ck_assert_uint_eq(kept_count(&city.kept, OUTPUT_DECISION), (size_t)live);
        city_end(&city);
        buf_fini(&text);
    }
}
END_TEST

START_TEST(the_ninth_is_said)
{
    for (int shadow = 0; shadow < 2; shadow++) {
        struct city city;
        struct buf text = {0};
        struct local_counts counts;
        uint32_t most = shadow == 1 ? PAGE_SHADOW_WAITS_MAX : PAGE_WAITS_MAX;
        buf_add_format(
            &text,
            "pattern p for account within 1h a: payment_out then wait 10m\n"
            "%srule r for account on timeout of p when known(time) watch subject for 1h\n",
            shadow == 1 ? "shadow " : "");
        city_begin(&city, compiled(buf_text(&text)));
        for (uint32_t i = 0; i <= most; i++) {
            char id[8] = "p-0";
            id[2] = (char)('a' + i);
            kept_clear(&city.kept);
            city_send(&city, pays(id, "M", NULL, T0 + i));
            const char *json = kept_json(&city.kept, OUTPUT_DECISION, 0);
            bool said = strstr(json, "\"flags\":[\"bounded\"]") != NULL;
            ck_assert_msg(said == (i == most && shadow == 0), "%d: %s", (int)i, json);
            ck_assert_str_eq(json_member(json, "bounded"), said ? "[\"r\"]" : "");
        }
        local_counts(city.local, &counts);
        ck_assert_uint_eq(counts.waits_lost, 1);
        kept_clear(&city.kept);
        move_clock(&city, T0 + HOUR);
        local_counts(city.local, &counts);
        ck_assert_uint_eq(counts.waits_ended, most);
        city_end(&city);
        buf_fini(&text);
    }
}
END_TEST

/* What ended meanwhile is still there as of the end of a wait. */
START_TEST(points_as_of_its_end)
{
    for (int waits = 0; waits < 2; waits++) {
        struct city city;
        city_begin(&city, compiled("typology t for account tiers low 1 closes after 1d\n"
                                   "rule s of t for payee on transaction when amount > 5.00 CNY "
                                   "score 55 for 11m\n"
                                   "rule u of t for payee on transaction when amount < 5.00 CNY "
                                   "score 1 for 1h\n"));
        city_send(&city, pays("p-1", NULL, "M", T0));
        struct page *page = (struct page *)city_page(&city, token_of(ENTITY_ACCOUNT, "M"));
        struct wait wait = {.until_ms = T0 + 5 * MINUTE, .due_ms = T0 + DAY};
        page->newest_judged_ms = T0 + 30 * MINUTE; /* events may be 15 minutes older */
        ck_assert(waits == 0 || page_begin_wait(page, &wait));
        city_send(&city, event_payment("p-2", PHASE_INITIATED, NULL, "M", 100, T0 + 20 * MINUTE));
        ck_assert_uint_eq(page->points_count, 1 + (uint32_t)waits);
        city_end(&city);
    }
}
END_TEST

/* A call to P on the device D. */
static void send_use(struct city *city, const char *id, int64_t duration_ms, int64_t time_ms)
{
    struct event event = event_call(id, PHASE_RECORD, "F", "P", duration_ms, time_ms);
    event_set_thing(&event, ENTITY_DEVICE, "D");
    city_send(city, event);
}

/* A call of two hours is told at its end; what waits behind its beginning ends two hours before
 * what is judged. A younger firing of the rule is known by then, though its points are long over.
 */
START_TEST(a_long_call_ends_its_wait_in_the_past)
{
    struct city city;
    city_begin(&city, compiled("typology t for device tiers low 1 closes after 1d\n"
                               "pattern w for device within 1h a: use then wait 2m\n"
                               "rule many of t for device on timeout of w "
                               "when count(use in 10m) >= 2 score 40 for 10m\n"
                               "rule one of t for device on timeout of w "
                               "when count(use in 10m) <= 1 score 1 for 1m\n"));
    send_use(&city, "c-1", 0, T0);
    send_use(&city, "c-2", 0, T0 + 70 * SECOND);
    move_clock(&city, T0 + 2 * HOUR);
    send_use(&city, "c-3", 0, T0 + 2 * HOUR);
    move_clock(&city, T0 + 2 * HOUR + 3 * MINUTE);
    ck_assert_uint_eq(fired(&city, "\"one\""), 1);
    send_use(&city, "c-4", 2 * HOUR + 10 * MINUTE, T0 - 90 * SECOND);
    move_clock(&city, T0 + 4 * HOUR);
    ck_assert_uint_eq(fired(&city, "\"many\""), 3);
    const struct page *page = city_page(&city, token_of(ENTITY_DEVICE, "D"));
    for (uint32_t i = 0; i < page->points_count; i++) {
        ck_assert_int_ne(page->points[i].fired_ms, T0 + 30 * SECOND);
    }
    city_end(&city);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("waiting");
    TCase *tests = tcase_create("waiting");
    tcase_add_loop_test(tests, what_ends_a_wait, 0, COUNT_OF(rows));
    tcase_add_test(tests, it_ends_with_the_clock);
    tcase_add_test(tests, begun_after_its_end);
    tcase_add_test(tests, begun_after_what_must_not_come);
    tcase_add_test(tests, what_comes_late);
    tcase_add_test(tests, the_end_of_a_call_moves_its_wait);
    tcase_add_test(tests, a_payment_that_is_known_begins_none_that_is_over);
    tcase_add_test(tests, its_decision);
    tcase_add_test(tests, its_id);
    tcase_add_test(tests, behind_an_own_warning);
    tcase_add_test(tests, behind_an_own_warning_at_the_end_of_a_call);
    tcase_add_test(tests, marks_of_several_at_once);
    tcase_add_test(tests, waits_of_shadow_rules);
    tcase_add_test(tests, the_ninth_is_said);
    tcase_add_test(tests, points_as_of_its_end);
    tcase_add_test(tests, a_long_call_ends_its_wait_in_the_past);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
