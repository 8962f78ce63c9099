/* test_judgement.c - whole judgements of a few events: what a rule sees of them, what is asked for,
 * and what the warning says.
 *
 * The cases are differences that the comparison with the slow reference once found.
 */
#include "engine/local.h"

#include "tests/unit/small_event.h"
#include "tests/unit/small_pack.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define EVENTS_MAX 4

/* Feeds the events to an empty city; the outputs stay in kept. */
static void judge(struct program *p, const struct event *events, int count,
                  struct kept_outputs *kept)
{
    struct settings settings;
    struct err err = {0};
    struct sink sink = kept_sink(kept);
    settings_defaults(&settings);
    struct local *city = local_new(&settings, p, &sink, NULL);
    ck_assert_msg(local_start(city, &err) == 0, "%s", err.text);
    for (int i = 0; i < count; i++) {
        ck_assert_msg(local_deliver(city, SOURCE_FEED, (uint64_t)i, &events[i], &err) == 0, "%s",
                      err.text);
    }
    local_free(city);
    program_free(p);
}

static struct program *merchant_settled(void)
{
    struct program *p = program_new();
    int32_t mule = pack_typology(p, "mule", ENTITY_ACCOUNT, 20, 40, 60, 85);
    pack_rule(p, "to_a_merchant", mule, LEG_PAYER, TRIGGER_SETTLEMENT,
              pack_word(p, WORD_PAYEE_KIND, OP_EQ, 3));
    pack_score(p, 65, DAY);
    return pack_ready(p, "merchant settled");
}

START_TEST(kind_of_the_other_end_is_what_any_message_said)
{
    static const struct {
        const char *name;
        int phases[3];
        int says_kind; /* which message does */
        size_t warnings;
    } rows[] = {
        {"the first message said it", {PHASE_INITIATED, PHASE_POSTED}, 0, 1},
        {"the message itself says it", {PHASE_POSTED}, 0, 1},
        {"the first word stays", {PHASE_INITIATED, PHASE_POSTED}, 1, 0},
        {"filled in by what came late", {PHASE_POSTED, PHASE_INITIATED, PHASE_REVERSED}, 1, 1},
        {"nobody said it", {PHASE_INITIATED, PHASE_POSTED}, 9, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct event events[EVENTS_MAX];
        struct kept_outputs kept = {0};
        int count = 0;
        for (; count < 3 && rows[i].phases[count] != PHASE_NONE; count++) {
            events[count] = event_payment("p-1", rows[i].phases[count], "A", "M", 300000, T0);
            events[count].party[PARTY_TO].kind = rows[i].says_kind == count ? 3 : 0;
        }
        judge(merchant_settled(), events, count, &kept);
        ck_assert_msg(kept_count(&kept, OUTPUT_WARNING) == rows[i].warnings, "%s: %zu warnings",
                      rows[i].name, kept_count(&kept, OUTPUT_WARNING));
        kept_fini(&kept);
    }
}
END_TEST

/* Two rules ask for the same; the first one's tier allows it only with approval before. */
static struct program *two_delays(int first_points, int second_points)
{
    struct program *p = program_new();
    int32_t first = pack_typology(p, "first", ENTITY_ACCOUNT, 20, 40, 60, 85);
    int32_t second = pack_typology(p, "second", ENTITY_ACCOUNT, 20, 40, 60, 85);
    pack_rule(p, "one", first, LEG_PAYER, TRIGGER_TRANSACTION, pack_yes(p));
    pack_score(p, first_points, DAY);
    pack_action(p, ACTION_DELAY, LEG_PAYER, 0);
    pack_rule(p, "two", second, LEG_PAYER, TRIGGER_TRANSACTION, pack_yes(p));
    pack_score(p, second_points, DAY);
    pack_action(p, ACTION_DELAY, LEG_PAYER, 0);
    return pack_ready(p, "two delays");
}

START_TEST(a_request_of_two_rules_has_the_higher_tier)
{
    static const struct {
        const char *name;
        int first, second;
        const char *part;
    } rows[] = {
        {"the second is urgent", 60, 90, "\"tier\":\"urgent\""},
        {"the first is urgent", 90, 60, "\"tier\":\"urgent\""},
        {"approval may follow", 60, 90, "\"mode\":\"within\""},
        {"for the reasons of both", 60, 90,
         "\"reasons\":[{\"rule\":\"one\",\"title\":\"\",\"version\":"},
        {"both are high", 60, 60, "\"mode\":\"before\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct event event = event_payment("p-1", PHASE_INITIATED, "A", "M", 300000, T0);
        struct kept_outputs kept = {0};
        judge(two_delays(rows[i].first, rows[i].second), &event, 1, &kept);
        ck_assert_msg(kept_count(&kept, OUTPUT_STOP) == 1, "%s", rows[i].name);
        const char *json = kept_json(&kept, OUTPUT_STOP, 0);
        ck_assert_msg(strstr(json, rows[i].part) != NULL, "%s: %s", rows[i].name, json);
        kept_fini(&kept);
    }
}
END_TEST

START_TEST(who_was_named_by_token_only_is_a_question_mark)
{
    struct program *p = program_new();
    struct event event = event_payment("p-1", PHASE_INITIATED, "A", "M", 300000, T0);
    struct kept_outputs kept = {0};
    int32_t mule = pack_typology(p, "mule", ENTITY_ACCOUNT, 20, 40, 60, 85);
    pack_rule(p, "any", mule, LEG_PAYER, TRIGGER_TRANSACTION, pack_yes(p));
    pack_score(p, 65, DAY);
    pack_say(p, "to ", pack_of_word(p, WORD_PAYEE), UNIT_ACCOUNT_REF);
    event.party[PARTY_TO].mask_len = 0;
    judge(pack_ready(p, "by token"), &event, 1, &kept);
    const char *json = kept_json(&kept, OUTPUT_WARNING, 0);
    ck_assert_msg(strstr(json, "\"text\":\"to ?\"") != NULL, "%s", json);
    kept_fini(&kept);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("judgement");
    TCase *tests = tcase_create("judgement");
    tcase_add_test(tests, kind_of_the_other_end_is_what_any_message_said);
    tcase_add_test(tests, a_request_of_two_rules_has_the_higher_tier);
    tcase_add_test(tests, who_was_named_by_token_only_is_a_question_mark);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
