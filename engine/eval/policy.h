/* policy.h - from tier to action: who is reached how fast, who receives a warning, what may be
 * asked for and who must agree.
 *
 * "Urgent: by phone within 5 minutes and at the door within 30; the city and the station receive
 * it; everything may be asked for, approved within 15 minutes." A pack has one, or the default.
 *
 * Memory:  a plain value; its texts belong to whoever made it.
 * Threads: read-only.
 * Errors:  none.
 */
#ifndef SLUICE_EVAL_POLICY_H
#define SLUICE_EVAL_POLICY_H

#include "engine/eval/vocab.h"

#include <stdbool.h>
#include <stdint.h>

#define POLICY_BUDGETS_MAX 16

struct policy_reach {
    uint8_t channel; /* enum channel_word */
    int64_t within_ms;
};

/* What a tier does. */
struct policy_tier {
    struct policy_reach reach[CHANNEL_WORD_COUNT];
    uint8_t reach_count;
    uint8_t receivers[RECEIVER_COUNT]; /* enum receiver */
    uint8_t receiver_count;
    bool allows[ACTION_COUNT];
    int64_t approved_within_ms; /* 0: before it is sent */
};

/* At most so many requests of a kind; the engine says so with each, the desk counts. */
struct policy_budget {
    uint8_t action; /* enum action_kind */
    uint8_t per;    /* enum budget_per */
    uint8_t by;     /* enum budget_by; BUDGET_BY_COUNT: all together */
    int64_t count;
};

struct policy {
    struct policy_tier tiers[TIER_LIMIT];
    int64_t cap_ms[ACTION_COUNT];   /* the longest time of a request; 0: none */
    struct str basis[ACTION_COUNT]; /* the law it rests on */
    struct policy_budget budgets[POLICY_BUDGETS_MAX];
    uint8_t budget_count;
};

/* That of a pack without one. */
void policy_default(struct policy *policy);
/* Do all its parts lie in their tables? */
bool policy_is_sound(const struct policy *policy);

#endif
