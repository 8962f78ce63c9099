/* test_policy.c - the default policy, what is no policy, and what one does to warnings and
 * requests. */
#include "engine/eval/policy.h"

#include "tests/unit/small_city.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define ck_member(json, name, value) ck_assert_str_eq(json_member(json, name), value)

/* ---- sound or not --------------------------------------------------------------------------- */

static void too_many_channels(struct policy *p)
{
    p->tiers[TIER_LOW].reach_count = CHANNEL_WORD_COUNT + 1;
}
static void no_such_channel(struct policy *p)
{
    p->tiers[TIER_HIGH].reach[1].channel = CHANNEL_WORD_COUNT;
}
static void deadline_past_all_time(struct policy *p)
{
    p->tiers[TIER_HIGH].reach[1].within_ms = INT64_MAX;
}
static void too_many_receivers(struct policy *p)
{
    p->tiers[TIER_LOW].receiver_count = RECEIVER_COUNT + 1;
}
static void no_such_receiver(struct policy *p)
{
    p->tiers[TIER_LOW].receivers[0] = RECEIVER_COUNT;
}
static void negative_approval(struct policy *p)
{
    p->tiers[TIER_URGENT].approved_within_ms = -1;
}
static void negative_cap(struct policy *p)
{
    p->cap_ms[ACTION_WATCH] = -1;
}
static void too_many_budgets(struct policy *p)
{
    p->budget_count = POLICY_BUDGETS_MAX + 1;
}
static void no_such_action(struct policy *p)
{
    p->budget_count = 1;
    p->budgets[0] = (struct policy_budget){ACTION_COUNT, 0, 0, 5};
}
static void no_such_time(struct policy *p)
{
    p->budget_count = 1;
    p->budgets[0] = (struct policy_budget){ACTION_STOP, BUDGET_PER_COUNT, 0, 5};
}
static void no_such_division(struct policy *p)
{
    p->budget_count = 1;
    p->budgets[0] = (struct policy_budget){ACTION_STOP, 0, BUDGET_BY_COUNT + 1, 5};
}
static void budget_of_nothing(struct policy *p)
{
    p->budget_count = 1;
    p->budgets[0] = (struct policy_budget){ACTION_STOP, 0, 0, 0};
}

static void (*const broken[])(struct policy *) = {
    too_many_channels, no_such_channel,   deadline_past_all_time, too_many_receivers,
    no_such_receiver,  negative_approval, negative_cap,           too_many_budgets,
    no_such_action,    no_such_time,      no_such_division,       budget_of_nothing,
};

START_TEST(a_broken_one_does_not_run)
{
    struct program *p = program_new();
    struct err err;
    ck_assert(policy_is_sound(&p->policy));
    broken[_i](&p->policy);
    ck_assert(!policy_is_sound(&p->policy));
    ck_assert_int_eq(program_verify(p, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "policy"));
    program_free(p);
}
END_TEST

START_TEST(the_default)
{
    struct policy policy;
    policy_default(&policy);
    ck_assert(policy_is_sound(&policy));
    ck_assert_uint_eq(policy.budget_count, 0);
    for (int action = 0; action < ACTION_COUNT; action++) {
        bool request = action == ACTION_PROTECT || action == ACTION_STOP ||
                       action == ACTION_DELAY || action == ACTION_WATCH;
        ck_assert_int_eq(policy.basis[action].len > 0, request);
        ck_assert(!policy.tiers[TIER_NONE].allows[action]);
    }
}
END_TEST

/* ---- what it does --------------------------------------------------------------------------- */

/* A rule of 90 points, urgent, that asks for a stop of 30 hours and a delay. */
static struct program *make_pack(void)
{
    struct program *p = program_new();
    int32_t mule = pack_typology(p, "mule", ENTITY_ACCOUNT, 20, 40, 60, 85);
    pack_rule(p, "r", mule, LEG_PAYEE, TRIGGER_TRANSACTION, pack_yes(p));
    pack_score(p, 90, HOUR);
    pack_action(p, ACTION_STOP, LEG_PAYEE, 30 * HOUR);
    pack_action(p, ACTION_DELAY, LEG_PAYER, 0);
    return p;
}

static void send_payment(struct city *city, struct program *p)
{
    city_begin(city, pack_ready(p, "policy"));
    city_send(city, event_payment("p-1", PHASE_INITIATED, "A", "M", 5000, T0));
}

START_TEST(reach_and_receivers)
{
    struct city city;
    struct program *p = make_pack();
    struct policy_tier *urgent = &p->policy.tiers[TIER_URGENT];
    urgent->reach[0] = (struct policy_reach){CHANNEL_WORD_ADVISER, MINUTE};
    urgent->reach_count = 1;
    urgent->receivers[0] = RECEIVER_COUNTY;
    urgent->receiver_count = 1;
    send_payment(&city, p);
    const char *json = kept_json(&city.kept, OUTPUT_WARNING, 0);
    ck_member(json, "reach",
              "[{\"channel\":\"adviser\",\"deadline\":\"2026-03-02T10:01:00.000+08:00\"}]");
    ck_member(json, "receivers", "[\"county\"]");
    city_end(&city);
}
END_TEST

START_TEST(what_it_does_not_allow_is_advice)
{
    struct city city;
    struct program *p = make_pack();
    p->policy.tiers[TIER_URGENT].allows[ACTION_STOP] = false;
    send_payment(&city, p);
    ck_assert_uint_eq(kept_count(&city.kept, OUTPUT_STOP), 1);
    ck_member(kept_json(&city.kept, OUTPUT_STOP, 0), "kind", "\"delay\"");
    ck_member(kept_json(&city.kept, OUTPUT_ADVICE, 0), "kind", "\"stop\"");
    ck_member(kept_json(&city.kept, OUTPUT_ADVICE, 0), "because", "\"tier\"");
    city_end(&city);
}
END_TEST

START_TEST(cap_basis_approval_budgets)
{
    struct city city;
    struct program *p = make_pack();
    p->policy.cap_ms[ACTION_STOP] = 24 * HOUR;
    p->policy.basis[ACTION_STOP] = STR("a law");
    p->policy.tiers[TIER_URGENT].approved_within_ms = 10 * MINUTE;
    p->policy.budgets[0] = (struct policy_budget){ACTION_STOP, BUDGET_PER_DAY, BUDGET_BY_BANK, 500};
    p->policy.budgets[1] =
        (struct policy_budget){ACTION_PROTECT, BUDGET_PER_DAY, BUDGET_BY_BANK, 5};
    p->policy.budgets[2] =
        (struct policy_budget){ACTION_STOP, BUDGET_PER_HOUR, BUDGET_BY_COUNT, 30};
    p->policy.budget_count = 3;
    send_payment(&city, p);
    const char *stop = kept_json(&city.kept, OUTPUT_STOP, 0);
    ck_member(stop, "duration_s", "86400");
    ck_member(stop, "basis", "\"a law\"");
    ck_member(stop, "approval", "{\"mode\":\"within\",\"seconds\":600}");
    ck_member(stop, "budgets",
              "[{\"count\":500,\"per\":\"day\",\"by\":\"bank\"},{\"count\":30,\"per\":\"hour\"}]");
    ck_member(kept_json(&city.kept, OUTPUT_STOP, 1), "budgets", "");
    city_end(&city);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("policy");
    TCase *tests = tcase_create("policy");
    suite_add_tcase(suite, tests);
    tcase_add_loop_test(tests, a_broken_one_does_not_run, 0,
                        (int)(sizeof broken / sizeof broken[0]));
    tcase_add_test(tests, the_default);
    tcase_add_test(tests, reach_and_receivers);
    tcase_add_test(tests, what_it_does_not_allow_is_advice);
    tcase_add_test(tests, cap_basis_approval_budgets);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
