/* test_again.c - what comes late makes the younger ones be judged again: what fires then, what
 * would not have, and that neither is told twice. */
#include "engine/base/digest.h"
#include "rules/compile.h"
#include "tests/unit/small_city.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(rows) ((int)(sizeof(rows) / sizeof(rows)[0]))
#define EVENTS_MAX 6

/* A payment to M, unless it is an override about A for M's holder. */
struct row_event {
    const char *payer; /* NULL: there are no more; "override": that */
    int second;
    int amount;
};

#define TYPOLOGY "typology mule for account tiers low 20 high 60 closes after 24h\n"
#define MANY                                               \
    TYPOLOGY "rule many of mule for payee on transaction " \
             "when count(payment_in in 10m) >= 3 score 30 for 1h watch payer for 1h\n"
#define FEW                                                \
    TYPOLOGY                                               \
    "rule few of mule for payee on transaction "           \
    "when count(payment_in in 10m) == 2 score 30 for 1h\n" \
    "rule big of mule for payee on transaction when amount >= 500.00 CNY score 40 for 1h\n"

static const struct {
    const char *name;
    const char *rules;
    struct row_event events[EVENTS_MAX]; /* as they come; the n-th is p-n */
    const char *story;                   /* what was told of judgements made again, and warnings */
} rows[] = {
    {"the younger one fires",
     MANY,
     {{"A", 0, 1}, {"B", 120, 1}, {"C", 60, 1}},
     "warning low at 120 for p-3; p-2 for p-3 fired [\"many\"], tier \"low\"; "},
    {"and does so once",
     MANY,
     {{"A", 0, 1}, {"B", 120, 1}, {"C", 60, 1}, {"D", 119, 1}},
     "warning low at 120 for p-3; p-2 for p-3 fired [\"many\"], tier \"low\"; "},
    {"its warning is there for those that come",
     MANY "typology next for account tiers low 20 closes after 1h\n"
          "rule seen of next for payee on transaction\n"
          "when any(warning in 1h) and amount >= 500.00 CNY score 30 for 1h\n",
     {{"A", 0, 1}, {"B", 120, 1}, {"C", 60, 1}, {"D", 719, 500}},
     "warning low at 120 for p-3; p-2 for p-3 fired [\"many\"], tier \"low\"; warning low at 719; "},
    {"two younger ones, in order of time",
     TYPOLOGY "rule two of mule for payee on transaction when count(payment_in in 5m) == 2\n"
              "score 30 for 1m\n",
     {{"A", 1, 1}, {"B", 500, 1}, {"C", 0, 1}, {"D", 499, 1}},
     "warning low at 1 for p-3; p-1 for p-3 fired [\"two\"], tier \"low\"; "
     "p-2 for p-4 fired [\"two\"], tier \"low\"; "},
    {"in order, nothing is judged again",
     MANY,
     {{"A", 0, 1}, {"B", 60, 1}, {"C", 120, 1}},
     "warning low at 120; "},
    {"of the same time neither",
     MANY,
     {{"A", 0, 1}, {"B", 120, 1}, {"C", 120, 1}},
     "warning low at 120; "},
    {"15 minutes late", /* the window of the younger one does not hold what is 10 minutes older */
     TYPOLOGY "rule many of mule for payee on transaction when count(payment_in in 1h) >= 2 "
              "score 30 for 1h\n",
     {{"A", 900, 1}, {"B", 0, 1}},
     "warning low at 900 for p-2; p-1 for p-2 fired [\"many\"], tier \"low\"; "},
    {"a second more is too late",
     TYPOLOGY "rule many of mule for payee on transaction when count(payment_in in 1h) >= 2 "
              "score 30 for 1h\n",
     {{"A", 901, 1}, {"B", 0, 1}},
     ""},
    {"the younger ones would not have fired",
     FEW,
     {{"A", 0, 1}, {"B", 120, 1}, {"C", 60, 1}},
     "warning low at 120; p-2 for p-3 contradicted [\"few\"], tier \"low\"; "},
    {"which the next warning says",
     FEW,
     {{"A", 0, 1}, {"B", 120, 1}, {"C", 60, 1}, {"D", 180, 500}},
     "warning low at 120; p-2 for p-3 contradicted [\"few\"], tier \"low\"; "
     "warning high at 180, contradicted; "},
    {"and which is told once",
     FEW,
     {{"A", 0, 1}, {"B", 120, 1}, {"C", 60, 1}, {"D", 61, 1}},
     "warning low at 120; p-2 for p-3 contradicted [\"few\"], tier \"low\"; "},
    {"it would have fired after all",
     TYPOLOGY "rule even of mule for payee on transaction\n"
              "when count(payment_in in 10m) in {2, 4} score 30 for 1h\n"
              "rule big of mule for payee on transaction when amount >= 500.00 CNY\n"
              "score 40 for 1h\n",
     {{"A", 0, 1}, {"B", 120, 1}, {"C", 60, 1}, {"D", 61, 1}, {"E", 180, 500}},
     "warning low at 120; p-2 for p-3 contradicted [\"even\"], tier \"low\"; warning high at 180; "},
    {"the points that a visit makes it does not see",
     TYPOLOGY "rule big of mule for payee on transaction when amount >= 5.00 CNY score 30 for 1h\n"
              "rule more of mule for payee on transaction when points(mule) > 0 score 30 for 1h\n",
     {{"B", 120, 5}, {"C", 60, 1}},
     "warning low at 120; "},
    {"nor those of what came late",
     TYPOLOGY "rule big of mule for payee on transaction when amount >= 5.00 CNY score 30 for 1h\n"
              "rule more of mule for payee on transaction when points(mule) > 0 score 30 for 1h\n",
     {{"B", 120, 1}, {"C", 60, 5}},
     "warning low at 60; "},
    {"but those that it saw",
     TYPOLOGY "rule big of mule for payee on transaction when amount >= 5.00 CNY score 30 for 1h\n"
              "rule more of mule for payee on transaction\n"
              "when points(mule) > 0 and count(payment_in in 10m) >= 3 score 30 for 1h\n",
     {{"A", 0, 5}, {"B", 120, 1}, {"C", 60, 1}},
     "warning low at 0; warning high at 120 for p-3; "
     "p-2 for p-3 fired [\"more\"], tier \"high\"; "},
    {"nor its own warning",
     TYPOLOGY
     "rule big of mule for payee on transaction when amount >= 5.00 CNY score 30 for 1h\n"
     "rule again of mule for payee on transaction when any(warning in 1h) score 30 for 1h\n",
     {{"B", 120, 5}, {"C", 60, 1}},
     "warning low at 120; "},
    {"nor what came after it at the same time",
     TYPOLOGY "rule two of mule for payee on transaction\n"
              "when count(payment_in in 1m) == 2 score 30 for 1h\n",
     {{"B", 120, 1}, {"C", 120, 1}, {"D", 0, 1}},
     "warning low at 120; "},
    {"nor a mark that came after it",
     "rule marker for payer on transaction when amount == 5.00 CNY\n"
     "mark payee suspect level 1 for 1h\n"
     "rule told for payee on transaction when subject marked suspect watch payee for 1h\n",
     {{"A", 120, 1}, {"B", 60, 5}, {"C", 90, 1}},
     ""},
    {"an override that came after it does not silence it",
     "typology victim for person tiers low 20 closes after 24h\n"
     "rule many of victim for payee.person on transaction when count(payment_in in 10m) >= 3 "
     "score 30 for 1h\n",
     {{"A", 0, 1}, {"B", 120, 1}, {"override", 0, 0}, {"C", 60, 1}},
     "warning low at 120 for p-4; p-2 for p-4 fired [\"many\"], tier \"low\"; "},
    {"one that it saw silences it still",
     "typology victim for person tiers low 20 closes after 24h\n"
     "rule many of victim for payee.person on transaction when count(payment_in in 10m) >= 3 "
     "score 30 for 1h\n",
     {{"A", 0, 1}, {"override", 0, 0}, {"B", 120, 1}, {"C", 60, 1}},
     ""},
    {"a shadow rule is told of once, and is not contradicted",
     TYPOLOGY "shadow rule three of mule for payee on transaction\n"
              "when count(payment_in in 10m) == 3 score 30 for 1h\n",
     {{"A", 0, 1}, {"B", 120, 1}, {"C", 60, 1}, {"D", 61, 1}},
     "shadow three for p-3; "},
};

static struct event event_of(const struct row_event *row, int number)
{
    char id[8];
    int64_t time_ms = T0 + row->second * SECOND;
    (void)snprintf(id, sizeof id, "p-%d", number);
    if (strcmp(row->payer, "override") == 0) {
        return event_override(id, "M", ENTITY_ACCOUNT, "B", T0 + DAY, time_ms);
    }
    return event_payment(id, PHASE_INITIATED, row->payer, "M", row->amount * (int64_t)100, time_ms);
}

static void add_quoted(struct buf *out, const char *lead, const char *quoted)
{
    size_t len = strlen(quoted);
    if (len > 2) {
        buf_add_text(out, lead);
        buf_add(out, quoted + 1, len - 2);
    }
}

/* "120": seconds after T0, of a time on that morning. */
static int second_of(const char *quoted)
{
    const char *clock = strchr(quoted, 'T');
    ck_assert_ptr_nonnull(clock);
    long hours = strtol(clock + 1, NULL, 10);
    long minutes = strtol(clock + 4, NULL, 10);
    return (int)((hours - 10) * 3600 + minutes * 60 + strtol(clock + 7, NULL, 10));
}

static void tell(struct buf *story, const struct kept_output *output)
{
    const char *json = output->json;
    bool late = json_member(json, "late")[0] != '\0';
    if (output->kind == OUTPUT_WARNING) {
        add_quoted(story, "warning ", json_member(json, "tier"));
        buf_add_format(story, " at %d", second_of(json_member(json, "time")));
        add_quoted(story, " for ", json_member(json, "late"));
        ck_assert(!late || strstr(json_member(json, "flags"), "\"late\"") != NULL);
        buf_add_text(story, strstr(json, "\"contradicted\":true") != NULL ? ", contradicted" : "");
    } else if (output->kind == OUTPUT_DECISION && late) {
        add_quoted(story, "", json_member(json, "event"));
        add_quoted(story, " for ", json_member(json, "late"));
        ck_assert_str_eq(json_member(json, "flags"), "[\"late\"]");
        if (strcmp(json_member(json, "fired"), "[]") != 0) {
            buf_add_format(story, " fired %s", json_member(json, "fired"));
        }
        if (json_member(json, "contradicted")[0] != '\0') {
            buf_add_format(story, " contradicted %s", json_member(json, "contradicted"));
        }
        buf_add_format(story, ", tier %s", json_member(json, "tier"));
    } else if (output->kind == OUTPUT_SHADOW && late) {
        add_quoted(story, "shadow ", json_member(json, "rule"));
        add_quoted(story, " for ", json_member(json, "late"));
    } else {
        return;
    }
    buf_add_text(story, "; ");
}

static void city_of(struct city *city, struct compiled *pack, const char *rules)
{
    ck_assert_int_eq(compile_text(pack, STR("t.rule"), str_of(rules), NULL), 0);
    struct buf shown = {0};
    diag_render(&shown, &pack->diags, &pack->source);
    ck_assert_msg(pack->program != NULL, "%s", buf_text(&shown));
    buf_fini(&shown);
    city_begin(city, pack->program);
}

static void city_done(struct city *city, struct compiled *pack)
{
    city->program = NULL; /* the pack's */
    city_end(city);
    compile_fini(pack);
}

START_TEST(what_is_told)
{
    struct city city;
    struct compiled pack;
    struct buf story = {0};
    city_of(&city, &pack, rows[_i].rules);
    for (int i = 0; i < EVENTS_MAX && rows[_i].events[i].payer != NULL; i++) {
        city_send(&city, event_of(&rows[_i].events[i], i + 1));
    }
    for (size_t i = 0; i < city.kept.count; i++) {
        tell(&story, &city.kept.item[i]);
    }
    ck_assert_msg(str_eq_text(buf_str(&story), rows[_i].story), "%s:\n%s\n%s", rows[_i].name,
                  buf_text(&story), rows[_i].story);
    buf_fini(&story);
    city_done(&city, &pack);
}
END_TEST

/* ---- ids, marks, carried values
 * --------------------------------------------------------------------- */

START_TEST(id_names_both_events)
{
    struct city city;
    struct compiled pack;
    struct digest_id id;
    struct token page = token_of(ENTITY_ACCOUNT, "M");
    city_of(&city, &pack, MANY);
    city_send(&city, event_of(&(struct row_event){"A", 0, 1}, 1));
    city_send(&city, event_of(&(struct row_event){"B", 120, 1}, 2));
    city_send(&city, event_of(&(struct row_event){"C", 60, 1}, 3));
    struct event event = event_of(&(struct row_event){"B", 120, 1}, 2);
    digest_id_begin(&id, "decision");
    digest_id_token(&id, &page);
    digest_id_text(&id, STR("payee"));
    digest_id_text(&id, EVENT_TEXT(&event, source));
    digest_id_text(&id, STR("p-2"));
    digest_id_text(&id, STR("initiated"));
    digest_id_text(&id, STR("payee"));
    digest_id_text(&id, EVENT_TEXT(&event, source));
    digest_id_text(&id, STR("p-3"));
    digest_id_text(&id, STR("initiated"));
    struct token want = digest_id_end(&id);
    int found = 0;
    for (size_t i = 0; i < city.kept.count; i++) {
        found += token_eq(&city.kept.item[i].id, &want);
    }
    ck_assert_int_eq(found, 1);
    ck_assert_uint_eq(kept_count(&city.kept, OUTPUT_STOP), 1); /* to watch */
    city_done(&city, &pack);
}
END_TEST

/* The longest that ingest lets through: 64 characters, of 3 bytes or of 4, and a source of 32
 * bytes. */
START_TEST(ids_of_two_long_events)
{
    static const char *const letters[] = {"\xe7\xbc\x96", "\xf0\xa0\x80\x80"};
    static const char *const rules = TYPOLOGY
        "rule many of mule for payee on transaction when count(payment_in in 10m) >= 3\n"
        "score 30 for 1h watch payee for 1h\n"
        "rule person for payee.person on transaction when count(payment_in in 10m) >= 3\n"
        "mark payee a_name_of_a_mark_that_is_about_as_long_as_a_name_may_be level 1 for 1h\n"
        "shadow rule told for payee on transaction when count(payment_in in 10m) >= 3\n"
        "watch payee for 1h\n";
    static const int seconds[] = {0, 120, 60};
    struct city city;
    struct compiled pack;
    city_of(&city, &pack, rules);
    for (int i = 0; i < 3; i++) {
        struct event event = event_of(&(struct row_event){"A", seconds[i], 1}, i + 1);
        size_t width = strlen(letters[_i]);
        event.id_len = (uint8_t)(1 + 63 * width);
        event.id[0] = (char)('0' + i);
        for (size_t k = 0; k < 63; k++) {
            memcpy(event.id + 1 + k * width, letters[_i], width);
        }
        event.source_len = sizeof event.source;
        memset(event.source, 's', sizeof event.source);
        city_send(&city, event);
    }
    ck_assert_uint_ge(kept_count(&city.kept, OUTPUT_DECISION), 2);
    ck_assert_uint_eq(kept_count(&city.kept, OUTPUT_STOP), 1);
    ck_assert_uint_eq(kept_count(&city.kept, OUTPUT_WARNING), 1);
    ck_assert_uint_eq(kept_count(&city.kept, OUTPUT_SHADOW), 1);
    city_done(&city, &pack);
}
END_TEST

START_TEST(marks_are_sent)
{
    struct city city;
    struct compiled pack;
    city_of(&city, &pack,
            "rule many for payee on transaction when count(payment_in in 10m) >= 3\n"
            "mark payer suspect level 2 for 1h\n"
            "rule r for payer on transaction when subject marked suspect watch payer for 1h\n");
    city_send(&city, event_of(&(struct row_event){"A", 0, 1}, 1));
    city_send(&city, event_of(&(struct row_event){"B", 120, 1}, 2));
    city_send(&city, event_of(&(struct row_event){"C", 60, 1}, 3));
    ck_assert_uint_eq(city_page(&city, token_of(ENTITY_ACCOUNT, "A"))->held_count, 0);
    ck_assert_uint_eq(city_page(&city, token_of(ENTITY_ACCOUNT, "C"))->held_count, 0);
    const struct page *marked = city_page(&city, token_of(ENTITY_ACCOUNT, "B"));
    ck_assert_uint_eq(marked->held_count, 1);
    ck_assert_int_eq(marked->held[0].from_ms, T0 + 2 * MINUTE);
    city_done(&city, &pack);
}
END_TEST

/* What came late marks, and so does the younger one: each mark has a place of its own in the log.
 */
START_TEST(marks_of_both_are_sent)
{
    struct city city;
    struct compiled pack;
    city_of(&city, &pack,
            "rule many for payee on transaction when count(payment_in in 10m) >= 2\n"
            "mark payer suspect level 2 for 1h\n"
            "rule big for payee on transaction when amount >= 5.00 CNY\n"
            "mark payer suspect level 3 for 1h\n"
            "rule r for payer on transaction when subject marked suspect watch payer for 1h\n");
    city_send(&city, event_of(&(struct row_event){"A", 120, 1}, 1));
    city_send(&city, event_of(&(struct row_event){"B", 60, 5}, 2));
    const struct page *younger = city_page(&city, token_of(ENTITY_ACCOUNT, "A"));
    const struct page *late = city_page(&city, token_of(ENTITY_ACCOUNT, "B"));
    ck_assert_uint_eq(younger->held_count, 1);
    ck_assert_int_eq(younger->held[0].level, 2);
    ck_assert_uint_eq(late->held_count, 1);
    ck_assert_int_eq(late->held[0].level, 3);
    city_done(&city, &pack);
}
END_TEST

START_TEST(carried_values_stay)
{
    struct city city;
    struct compiled pack;
    city_of(
        &city, &pack,
        "feature sent for account = count(payment_out in 1h)\n"
        "feature got for account = count(payment_in in 1h)\n"
        "rule r for payer on transaction when payee.got == 1 and sent == 2 watch payer for 1h\n");
    city_send(&city, event_payment("p-1", PHASE_INITIATED, "A", "M", 100, T0 + MINUTE));
    /* At M it is the second now, of which A's page, where it was carried to, does not learn. */
    city_send(&city, event_payment("p-2", PHASE_INITIATED, "B", "M", 100, T0));
    ck_assert_uint_eq(kept_count(&city.kept, OUTPUT_ADVICE), 0);
    city_send(&city, event_payment("p-3", PHASE_INITIATED, "A", "X", 100, T0));
    ck_assert_uint_eq(kept_count(&city.kept, OUTPUT_ADVICE), 1);
    city_done(&city, &pack);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("again");
    TCase *t = tcase_create("again");
    tcase_add_loop_test(t, what_is_told, 0, COUNT_OF(rows));
    tcase_add_test(t, id_names_both_events);
    tcase_add_loop_test(t, ids_of_two_long_events, 0, 2);
    tcase_add_test(t, marks_are_sent);
    tcase_add_test(t, marks_of_both_are_sent);
    tcase_add_test(t, carried_values_stay);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
