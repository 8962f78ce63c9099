#include "engine/eval/policy.h"

#include "engine/base/caltime.h"

#include <string.h>

#define MINUTE_MS ((int64_t)60 * 1000)
#define HOUR_MS (60 * MINUTE_MS)
#define HOLD_CAP_MS (2 * CALTIME_DAY_MS) /* protect and stop end by themselves */

static const struct policy_tier default_tiers[TIER_LIMIT] = {
    [TIER_LOW] = {.reach = {{CHANNEL_WORD_SMS, 24 * HOUR_MS}},
                  .reach_count = 1,
                  .receivers = {RECEIVER_ADVISER},
                  .receiver_count = 1,
                  .allows = {[ACTION_WATCH] = true, [ACTION_ADVISE] = true}},
    [TIER_MEDIUM] = {.reach = {{CHANNEL_WORD_PHONE, 2 * HOUR_MS}},
                     .reach_count = 1,
                     .receivers = {RECEIVER_STATION, RECEIVER_ADVISER},
                     .receiver_count = 2,
                     .allows = {[ACTION_WATCH] = true, [ACTION_ADVISE] = true}},
    [TIER_HIGH] =
        {.reach = {{CHANNEL_WORD_PHONE, 15 * MINUTE_MS}, {CHANNEL_WORD_STATION, 2 * HOUR_MS}},
         .reach_count = 2,
         .receivers = {RECEIVER_COUNTY, RECEIVER_STATION},
         .receiver_count = 2,
         .allows = {[ACTION_DELAY] = true, [ACTION_WATCH] = true, [ACTION_ADVISE] = true}},
    [TIER_URGENT] = {.reach = {{CHANNEL_WORD_PHONE, 5 * MINUTE_MS},
                               {CHANNEL_WORD_STATION, 30 * MINUTE_MS}},
                     .reach_count = 2,
                     .receivers = {RECEIVER_CITY, RECEIVER_STATION},
                     .receiver_count = 2,
                     .allows = {[ACTION_PROTECT] = true,
                                [ACTION_STOP] = true,
                                [ACTION_DELAY] = true,
                                [ACTION_WATCH] = true,
                                [ACTION_ADVISE] = true},
                     .approved_within_ms = 15 * MINUTE_MS},
};

/* Delays rest on article 18 (verify, delay settlement), protection on article 20 of the
 * Anti-Telecom and Online Fraud Law of 2022; stops of the payee on notice 86 of 2016 of the central
 * bank, article 2. Watching is article 18 too (monitor abnormal accounts). */
void policy_default(struct policy *policy)
{
    memset(policy, 0, sizeof *policy);
    memcpy(policy->tiers, default_tiers, sizeof policy->tiers);
    for (int action = 0; action < ACTION_COUNT; action++) {
        policy->basis[action] = STR("");
    }
    policy->cap_ms[ACTION_PROTECT] = HOLD_CAP_MS;
    policy->cap_ms[ACTION_STOP] = HOLD_CAP_MS;
    policy->basis[ACTION_PROTECT] = STR("反电信网络诈骗法 第二十条");
    policy->basis[ACTION_STOP] = STR("银发〔2016〕86号 第二条");
    policy->basis[ACTION_DELAY] = STR("反电信网络诈骗法 第十八条");
    policy->basis[ACTION_WATCH] = STR("反电信网络诈骗法 第十八条");
}

static bool is_span(int64_t span_ms)
{
    return span_ms >= 0 && span_ms < INT64_C(1) << 60; /* added to a time, it gives a time */
}

static bool tier_is_sound(const struct policy_tier *tier)
{
    bool sound = tier->reach_count <= CHANNEL_WORD_COUNT &&
                 tier->receiver_count <= RECEIVER_COUNT && is_span(tier->approved_within_ms);
    for (int i = 0; sound && i < tier->reach_count; i++) {
        sound = tier->reach[i].channel < CHANNEL_WORD_COUNT && is_span(tier->reach[i].within_ms);
    }
    for (int i = 0; sound && i < tier->receiver_count; i++) {
        sound = tier->receivers[i] < RECEIVER_COUNT;
    }
    return sound;
}

bool policy_is_sound(const struct policy *policy)
{
    bool sound = policy->budget_count <= POLICY_BUDGETS_MAX;
    for (int tier = 0; sound && tier < TIER_LIMIT; tier++) {
        sound = tier_is_sound(&policy->tiers[tier]);
    }
    for (int action = 0; sound && action < ACTION_COUNT; action++) {
        sound = is_span(policy->cap_ms[action]);
    }
    for (int i = 0; sound && i < policy->budget_count; i++) {
        const struct policy_budget *budget = &policy->budgets[i];
        sound = budget->action < ACTION_COUNT && budget->per < BUDGET_PER_COUNT &&
                budget->by <= BUDGET_BY_COUNT && budget->count > 0;
    }
    return sound;
}
